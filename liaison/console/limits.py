"""How often a client may ask: a bucket of tokens each, refilled by the clock."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from liaison.console.calls import TooManyRequests

if TYPE_CHECKING:
    from liaison.node.ports import Stopwatch

MAX_BUCKETS: Final = 4_096  # addresses remembered; the one not seen for longest goes first


class Buckets:
    """One bucket a name; full at first, refilled evenly over a minute."""

    def __init__(self, clock: Stopwatch, each_minute: int) -> None:
        """`each_minute`: how many a minute, and how many at once."""
        self._clock = clock
        self._size = float(each_minute)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """One request of this name. Raises TooManyRequests with the seconds to wait."""
        left = self._now(name)
        if left < 1:
            raise TooManyRequests(max(1, math.ceil((1 - left) * 60 / self._size)))
        self._put(name, left - 1)

    def check(self, name: str) -> None:
        """As `take`, without counting it."""
        if self._now(name) < 1:
            raise TooManyRequests(max(1, math.ceil(60 / self._size)))

    def _now(self, name: str) -> float:
        left, at = self._left.get(name, (self._size, self._clock.monotonic()))
        return min(self._size, left + (self._clock.monotonic() - at) * self._size / 60)

    def _put(self, name: str, left: float) -> None:
        self._left[name] = (left, self._clock.monotonic())
        self._left.move_to_end(name)
        if len(self._left) > MAX_BUCKETS:
            self._left.popitem(last=False)
