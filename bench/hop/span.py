"""The clock that all runs of `bench.hop` share: from the first event in hand to the last commit, start-up not counted."""

from __future__ import annotations

import time
from pathlib import Path


class Span:
    """Wall clock and processor time of this process, all its threads, between two moments."""

    def __init__(self) -> None:
        """Not begun."""
        self._begun: tuple[float, float] | None = None
        self._ended = (0.0, 0.0)

    def begin(self) -> None:
        """The first event is in hand; later calls do nothing."""
        if self._begun is None:
            self._begun = (time.monotonic(), time.process_time())

    def end(self) -> None:
        """The last event is committed."""
        self._ended = (time.monotonic(), time.process_time())

    def figures(self) -> dict[str, float]:
        """Seconds, processor seconds, and the most memory this process ever had (MB = 1,000,000 bytes)."""
        wall, cpu = self._begun or self._ended
        return {"seconds": self._ended[0] - wall, "cpu_seconds": self._ended[1] - cpu, "peak_rss_mb": _peak_mb()}


def _peak_mb() -> float:
    """Of /proc, because getrusage also counts what the process was before it became this program."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))
