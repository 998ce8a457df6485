"""Weighted choices that are fast enough to make a year of the world in seconds."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

T = TypeVar("T")


class Draw(Generic[T]):
    """One of several things, by weight."""

    __slots__ = ("_cumulative", "_things", "_total")

    def __init__(self, weights: Mapping[T, float]) -> None:
        """Things with no weight are never drawn; one at least needs some."""
        kept = {thing: weight for thing, weight in weights.items() if weight > 0}
        self._things = tuple(kept)
        self._cumulative = list(accumulate(kept.values()))
        self._total = self._cumulative[-1]

    def one(self, world: random.Random) -> T:
        """The next thing."""
        return self._things[bisect(self._cumulative, world.random() * self._total, 0, len(self._things) - 1)]


def by_rank(things: tuple[T, ...], exponent: float = 1.0) -> dict[T, float]:
    """Weights that fall with rank: the lists of the source are in order of size."""
    return {thing: 1 / (rank + 1) ** exponent for rank, thing in enumerate(things)}
