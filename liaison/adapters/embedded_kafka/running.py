"""Which process serves a data folder: written when a broker starts, so that another process can find and stop it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_SECONDS = 0.02
BECOMING_SECONDS = 5.0
_STATE, _THREADS = 0, 17  # proc_pid_stat(5), fields 3 and 20, counted after the name


@dataclass(frozen=True, slots=True)
class Running:
    """The last broker started on a data folder; it may have ended since."""

    pid: int
    port: int

    def write(self, path: Path) -> None:
        """Keep this at `path`."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def read_running(path: Path) -> Running | None:
    """What `path` says, or None when it says nothing readable."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Running(pid=int(row["pid"]), port=int(row["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_alive(pid: int, marker: str) -> bool:
    """True when `pid` runs and, where the system tells, was started with `marker` among its arguments (numbers are reused)."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    arguments = _arguments(pid)
    return arguments is None or marker.encode() in arguments.split(b"\0")


def _arguments(pid: int) -> bytes | None:
    """What the process was started with; empty when it has ended, None where the system does not tell (any more)."""
    limit = time.monotonic() + BECOMING_SECONDS
    try:
        while not (arguments := Path(f"/proc/{pid}/cmdline").read_bytes()):
            # Ended and not reaped yet, or on the way from fork to program: then wait, for it may be the broker or a stranger.
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            if fields[_STATE] == b"Z" and int(fields[_THREADS]) > 1:
                return None  # its first thread has ended and others are about to: until then they hold its port and its files
            if fields[_STATE] == b"Z" or time.monotonic() > limit:
                break
            time.sleep(POLL_SECONDS)
    except FileNotFoundError:
        return b"" if Path("/proc/self/cmdline").exists() else None
    except OSError:  # it ended while we looked
        return b""
    return arguments


def has_ended(pid: int, marker: str) -> bool:
    """True when `pid` is gone; reaps it when it is our child."""
    with contextlib.suppress(OSError):
        os.waitpid(pid, os.WNOHANG)
    return not is_alive(pid, marker)


def end(pid: int, marker: str, *, signal_number: int, wait_seconds: float) -> bool:
    """Signal `pid` and wait for it to go; False when it is still there. Never raises."""
    if not is_alive(pid, marker):
        return True
    with contextlib.suppress(OSError):
        os.kill(pid, signal_number)
    limit = time.monotonic() + wait_seconds
    while time.monotonic() < limit:
        if has_ended(pid, marker):
            return True
        time.sleep(POLL_SECONDS)
    return False


def end_softly(pid: int, marker: str, *, wait_seconds: float) -> None:
    """SIGTERM, then SIGKILL after `wait_seconds`. Never raises."""
    if not end(pid, marker, signal_number=signal.SIGTERM, wait_seconds=wait_seconds):
        end(pid, marker, signal_number=signal.SIGKILL, wait_seconds=wait_seconds)
