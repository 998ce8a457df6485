"""The command line without its start: one process imports the program once and forks for every command, so that a test that gives
hundreds of commands does not spend its time importing. Same code, same arguments, a process for each; `make demo` does not use it.

As a program (`python -m demo.warm SOCKET`) this is that process; `WarmCommands` asks it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from demo.commands import CommandRefusedError, Commands
from demo.processes import TREE, launch
from demo.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

START_SECONDS: Final = 60.0
INTERNAL: Final = 70
BACKLOG: Final = 32
PRELOADED: Final = (
    "init",
    "making",
    "login",
    "users",
    "trust",
    "topics",
    "federation",
    "status",
    "quarantine",
    "verify",
    "backup",
    "brokers",
)


class WarmCommands(Commands):
    """As Commands, answered by a warm process that dies with the thread that made this. Close it."""

    def __init__(self) -> None:
        """Starts the process; it answers a moment later."""
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="liaison-warm-")
        self._path = Path(self._folder.name) / "socket"
        self._server = launch([sys.executable, "-m", "demo.warm", str(self._path)], leashed=True, output=subprocess.DEVNULL, folder=TREE)

    def run(self, words: Sequence[str]) -> Any:  # noqa: ANN401 - whatever the command prints as JSON
        """The answer of `liaison --json WORDS...`. Raises CommandRefusedError."""
        wait_until(self._path.exists, "the warm process answers", START_SECONDS)
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self._path))
            link.sendall(json.dumps(["--json", *words]).encode() + b"\n")
            answer = b"".join(iter(lambda: link.recv(1 << 16), b""))
        told: dict[str, Any] = json.loads(answer) if answer else {"status": INTERNAL, "out": "", "errors": "The warm process ended."}
        if told["status"]:
            raise CommandRefusedError("liaison " + " ".join(words), told["status"], told["errors"])
        return json.loads(told["out"]) if told["out"].strip() else None

    def cancel(self) -> None:
        """End the process, and with it what is under way."""
        self._server.kill()
        self._server.wait()
        self._folder.cleanup()


def serve(path: Path) -> NoReturn:
    """Answer for ever: a child a connection."""
    _preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for the children's ends
    with socket.socket(socket.AF_UNIX) as listener:
        draft = path.with_suffix(".new")
        listener.bind(str(draft))
        listener.listen(BACKLOG)
        draft.rename(path)
        while True:
            link, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(link)
            link.close()


def _preload() -> None:
    for name in ("liaison.cli.program", *(f"liaison.cli.{one}" for one in PRELOADED)):
        import_module(name)
    from liaison.cli.field import field_groups  # noqa: PLC0415 - only this process needs the program itself

    field_groups()


def _answer(link: socket.socket) -> NoReturn:
    """In the child: run the command with its output in files, send what they hold, end."""
    from liaison.cli.program import run  # noqa: PLC0415 - as above

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    words = json.loads(link.makefile("rb").readline())
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        status = INTERNAL
        with suppress(BaseException):
            status = run(words)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        told: dict[str, Any] = {"status": status}
        for name, file in (("out", out), ("errors", errors)):
            file.seek(0)
            told[name] = file.read().decode(errors="replace")
    with suppress(OSError):
        link.sendall(json.dumps(told).encode())
        link.close()
    os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
