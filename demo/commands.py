"""The installed command `liaison`, run as a person at a terminal would run it, with JSON for an answer."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.processes import launch

if TYPE_CHECKING:
    from collections.abc import Sequence

LIAISON = Path(sys.executable).with_name("liaison")
COMMAND_SECONDS = 300.0


class CommandRefusedError(Exception):
    """The command ended with a refusal: `code` and `next_step` are the command's own."""

    def __init__(self, command: str, status: int, errors: str) -> None:
        """`errors`: what it wrote to standard error."""
        told = _refusal(errors)
        self.command, self.status = command, status
        self.code: str = told.get("code", "")
        self.sentence: str = told.get("error", errors.strip()[-2000:])
        self.next_step: str = told.get("next_step", "")
        super().__init__(f"`{command}` ended with {status} ({self.code or 'no code'}): {self.sentence} {self.next_step}".strip())


def _refusal(errors: str) -> dict[str, Any]:
    """The last line that is a refusal as JSON."""
    for line in reversed(errors.splitlines()):
        if line.startswith("{"):
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if isinstance(told.get("error"), dict):
                return dict(told["error"])
    return {}


@dataclass
class Commands:
    """Runs commands from several threads; `cancel` ends those under way and lets no other begin."""

    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cancelled: bool = False

    def run(self, words: Sequence[str]) -> Any:  # noqa: ANN401 - whatever the command prints as JSON
        """The answer of `liaison --json WORDS...`, None when it printed none. Raises CommandRefusedError, TimeoutExpired."""
        with self._lock:
            if self._cancelled:
                raise CommandRefusedError(" ".join(words), 1, "The federation is being stopped.")
            process = launch([str(LIAISON), "--json", *words], leashed=True, errors=subprocess.PIPE)
            self._running.add(process)
        try:
            out, errors = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        finally:
            with self._lock:
                self._running.discard(process)
        if process.returncode:
            raise CommandRefusedError("liaison " + " ".join(words), process.returncode, errors.decode(errors="replace"))
        text = out.decode()
        return json.loads(text) if text.strip() else None

    def cancel(self) -> None:
        """End what is under way; what is asked for later is refused."""
        with self._lock:
            self._cancelled = True
            for process in self._running:
                process.kill()
