"""Child processes: started on a leash or let go, recognised again by number and starting time, ended by number."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

LEASH: Final = Path(__file__).with_name("leash.py")
POLL_SECONDS: Final = 0.05
TREE: Final = Path(__file__).resolve().parent.parent
BYTECODE: Final = TREE / "var" / "cache" / "bytecode"
_STATE, _BEGUN = 0, 19  # fields of /proc/PID/stat after the name (proc_pid_stat(5), fields 3 and 22)


@dataclass(frozen=True, slots=True)
class Process:
    """A process we started: its number, and when it began, because numbers are given again."""

    pid: int
    begun: str


def environment() -> dict[str, str]:
    """What our programs get: ours without settings meant for another node. Where bytecode must not lie in the tree it lies in
    var/cache: compiling everything for each of a hundred commands would cost more than the commands.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIAISON_")}
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))
    return kept


def launch(
    command: Sequence[str],
    *,
    leashed: bool,
    output: int | IO[bytes] = subprocess.PIPE,
    errors: int | IO[bytes] = subprocess.STDOUT,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C is for us, who then stop it in order. `leashed`: it dies with the calling
    thread, however that ends. `folder`: where it works, ours when not given.
    """
    words = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command] if leashed else list(command)
    return subprocess.Popen(  # noqa: S603 - our own programs
        words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment(), cwd=folder, start_new_session=True
    )


def identity(pid: int) -> Process | None:
    """The process of this number as it is now, or None when there is none (a zombie has ended)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _identity_by_ps(pid)
    except OSError:
        return None
    return None if fields[_STATE] == "Z" else Process(pid, fields[_BEGUN])


def _identity_by_ps(pid: int) -> Process | None:
    shown = subprocess.run(["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603
    return Process(pid, shown.stdout.strip()) if shown.returncode == 0 else None


def lives(process: Process) -> bool:
    """Whether this very process still runs."""
    return identity(process.pid) == process


def end(process: Process, *, seconds: float, number: int = signal.SIGTERM) -> bool:
    """Signal it and wait until it is gone, then SIGKILL; whether it went by itself. Never raises."""
    for sent, limit in ((number, seconds), (signal.SIGKILL, 5.0)):
        if not lives(process):
            return True
        with contextlib.suppress(OSError):
            os.kill(process.pid, sent)
        if _gone(process, limit):
            return sent == number
    return False


def _gone(process: Process, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            os.waitpid(process.pid, os.WNOHANG)  # ours is reaped here; another's by whoever has it
        if not lives(process):
            return True
        time.sleep(POLL_SECONDS)
    return not lives(process)
