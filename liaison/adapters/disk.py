"""How much room is left where a node keeps its database, as a class: an exact number would say more about a machine than is needed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

GIB: Final = 1024**3
LOW_GIB, CRITICAL_GIB = 20, 2


def free_class(folder: Path) -> str:
    """ample, low (under 20 GiB free), critical (under 2 GiB), or unknown when the system does not say."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return "unknown"
    return class_of(free)


def class_of(free_bytes: int) -> str:
    """The class of so many free bytes."""
    if free_bytes < CRITICAL_GIB * GIB:
        return "critical"
    return "low" if free_bytes < LOW_GIB * GIB else "ample"
