"""Time and randomness: the system's, and those a test sets by hand."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Aware, UTC, millisecond precision."""
        return _to_millisecond(datetime.now(UTC))

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class SystemRandom:
    """The operating system's generator."""

    def bytes(self, count: int) -> bytes:
        """`count` unpredictable bytes."""
        return os.urandom(count)


class ManualClock:
    """Stands still until told."""

    def __init__(self, now: datetime) -> None:
        """`now` must be aware; raises ValueError when it is not."""
        self._now = _aware(now)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The time last set, UTC, millisecond precision."""
        return _to_millisecond(self._now)

    def monotonic(self) -> float:
        """Seconds advanced since the start; `set` does not move it, as a corrected wall clock would not."""
        return self._elapsed

    def set(self, now: datetime) -> None:
        """Put the wall clock, forward or back. Raises ValueError for a naive time."""
        self._now = _aware(now)

    def advance(self, by: timedelta) -> None:
        """Let time pass on both clocks. Raises ValueError when `by` is negative."""
        if by < timedelta(0):
            message = "time does not run backwards; use set() for a clock that was put back"
            raise ValueError(message)
        self._now += by
        self._elapsed += by.total_seconds()


class SeededRandom:
    """The same bytes in every run; never outside tests and simulations."""

    def __init__(self, seed: int) -> None:
        """Equal seeds give equal bytes."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes of the seed."""
        return self._random.randbytes(count)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = "a clock needs an aware time"
        raise ValueError(message)
    return moment.astimezone(UTC)


def _to_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
