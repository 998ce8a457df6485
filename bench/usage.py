"""What a process has used so far, as the kernel tells (proc(5)); Linux only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_USER, _SYSTEM = 11, 12  # fields of /proc/PID/stat after the name (fields 14 and 15)
KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds since its start, memory now and at most (MB = 1,000,000 bytes), bytes read through system calls."""

    cpu_seconds: float
    rss_mb: float
    peak_rss_mb: float
    read_bytes: int


def usage(pid: int) -> Usage:
    """Of a running process. Raises OSError where there is no such process, or no /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
    status = _pairs(Path(f"/proc/{pid}/status"))
    return Usage(
        cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
        rss_mb=_megabytes(status["VmRSS"]),
        peak_rss_mb=_megabytes(status["VmHWM"]),
        read_bytes=int(_pairs(Path(f"/proc/{pid}/io"))["rchar"]),
    )


def _pairs(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _megabytes(text: str) -> float:
    return round(int(text.split(maxsplit=1)[0]) * KIB / 1e6, 1)
