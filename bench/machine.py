"""What a figure was measured on, and how busy that machine was: a figure without it says nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

QUIET: Final = 0.5  # load average per core, before the measurement, above which its figures are not worth keeping
LIBRARIES: Final = ("aiokafka", "cryptography", "fastavro", "sqlalchemy")


def circumstances(libraries: Sequence[str] = LIBRARIES) -> dict[str, Any]:
    """Cores, processor, memory, Python, libraries, and the load average of the last minute, as it is now."""
    load = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    return {
        "cores": cores,
        "processor": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_mb": int(_first("/proc/meminfo", "MemTotal").split()[0] or 0) // 1024 if Path("/proc/meminfo").exists() else 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries},
        "load_before": round(load, 2),
        "quiet": load < QUIET * cores,
    }


def load_now() -> float:
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def _first(path: str, name: str) -> str:
    """The first value of `name` in a file of `name: value` lines; empty where there is none."""
    if not Path(path).exists():
        return ""
    for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
