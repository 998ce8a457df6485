"""Processes of this machine by name: whoever holds something gives its own, and others can tell when that process has ended."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Final

SELF: Final = Path("/proc/self")
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
SEPARATOR: Final = "-"
_BEGUN = 20  # proc_pid_stat(5), field 22, with the name taken out
_PLACE_DIGITS = 12


def own_name(unique: str) -> str:
    """This process, by a name that no other has: place, number and beginning, and `unique` among those it gives itself. Where the
    system does not tell, number and `unique`. 40 characters at most with six of `unique`.
    """
    place, begun = _place(), _begun_here()
    known = [place, str(os.getpid()), begun] if place and begun else [str(os.getpid())]
    return SEPARATOR.join([*known, unique])


def has_ended(name: str) -> bool:
    """Whether the process of this name is known to have ended. False when it was another machine's, or there is any doubt."""
    place, number, begun, *_ = [*name.split(SEPARATOR), "", "", ""]
    if not (begun and number.isdecimal() and place == _place() and _begun_here()):
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass  # it is somebody else's
    now = _begun(Path("/proc") / number)
    return bool(now) and now != begun  # the number was given again


def _place() -> str:
    """Where a process number and a beginning mean one process: one start of one machine, one namespace of each. Empty when unknown."""
    try:
        told = [BOOT.read_text(encoding="ascii"), str((SELF / "ns" / "pid").readlink())]
        clock = SELF / "ns" / "time"  # not in every kernel
        told += [str(clock.readlink())] if clock.is_symlink() else []
    except OSError:
        return ""
    return sha256("\n".join(told).encode()).hexdigest()[:_PLACE_DIGITS]


def _begun_here() -> str:
    """When this process began; empty where /proc is not of our own process numbers."""
    return _begun(SELF) if _fields(SELF)[:1] == [str(os.getpid())] else ""


def _begun(process: Path) -> str:
    """In ticks of the machine since its start; empty when it cannot be read."""
    fields = _fields(process)
    return fields[_BEGUN] if len(fields) > _BEGUN else ""


def _fields(process: Path) -> list[str]:
    try:
        number, _, rest = (process / "stat").read_text(encoding="utf-8", errors="replace").partition(" (")
    except OSError:
        return []
    return [number, *rest.rpartition(")")[2].split()]
