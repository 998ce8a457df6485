"""How alike two cases are, and how rare that is: the score of a pair with its reasons, and the keys that alike cases share. Pure.

The score answers one question: of two cases that agree like these, how often are they one? What agrees counts by its rarity in
the store: `expected` is how many other lines would agree by chance alone on place, commodity, date and amount. Fellegi and Sunter
(1969) weigh record pairs so; the weights of single fields below are ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log, log2
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

NEAR_DAYS: Final = 1
NEAR_SHARE: Final = 0.01  # of the larger amount
THRESHOLD: Final = 50  # lists show pairs from this score on
KEPT_FROM: Final = 10  # a pair that scores less is not kept
PRIOR: Final = 0.05  # of cases that have a double somewhere; the share of exact repeats in the files we know is about this
MOST_BITS: Final = 60.0
LEAST_EXPECTED: Final = 2.0**-40

_FINE: Final = log(1.01)  # amounts within one percent lie in one of these steps or in neighbours
_COARSE: Final = log(1.04)
_MASK: Final = 2**64 - 1
_NOTHING: Final = -(2**31)  # the step of an amount that is zero or not told
_MADE: Final = re.compile(r"[0-9a-f]{8,}-\d+\Z")  # how a reference ends that intake made from the row's content
_PLAIN: Final = re.compile(r"[^0-9A-Z]+")

# What agreeing and disagreeing on a known field is worth, in bits
FIELD_BITS: Final[Mapping[str, tuple[float, float]]] = {
    "kind": (0.0, -2.0),
    "location": (0.5, -2.0),
    "direction": (0.5, -2.0),
    "detection": (1.0, -1.0),
    "means": (1.0, -0.5),
    "concealment": (1.5, -1.5),
    "conveyance": (1.0, -1.5),
    "origin": (1.5, -1.5),
    "departure": (1.5, -1.5),
    "destination": (1.0, -1.5),
    "agency": (0.0, -0.5),
    "operation": (3.0, -1.0),
    "ecommerce": (0.0, -1.0),
}
WORDS_BITS: Final = (4.0, -1.0)  # at most; texts that many cases of the commodity have are worth less
LEAST_TOLD_BITS: Final = 0.1
WORD_SHELVES: Final = 1_024  # texts are counted on so many shelves a commodity: room is bounded, and a rare text is still rare
OTHER_DAY_BITS: Final = -1.0
OTHER_AMOUNT_BITS: Final = -1.0
OTHER_REFERENCE_BITS: Final = -3.0  # two references that one source gave: it took them for two cases
SAME_REFERENCE_BITS: Final = 10.0  # one reference written in two ways
UNMATCHED_LINE_BITS: Final = -2.0
NO_LINE_ALIKE_BITS: Final = -3.0
MOST_UNMATCHED: Final = 3


class Goods(NamedTuple):
    """One line as it is compared: its commodity and unit by number, its amount in millionths (0: not told)."""

    number: int
    commodity: int
    unit: int
    micro: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared of a case: codes by number, 0 where not known. `place` is that of a UN/LOCODE, or of country and location."""

    case_id: int
    administration: str
    reference: str
    version: int
    day: int
    place: int
    section: int
    codes: tuple[int, ...]  # by FIELD_BITS
    goods: tuple[Goods, ...]
    words: bytes
    digest: bytes  # of everything compared, without the reference

    @property
    def key(self) -> tuple[str, str]:
        """Administration and reference."""
        return self.administration, self.reference


class Agreement(NamedTuple):
    """One reason of a score: what was compared, how it came out, and its weight in bits."""

    what: str
    said: str
    bits: float


class Scored(NamedTuple):
    """A pair's score from 0 to 100, whether it repeats exactly, and why."""

    score: int
    exact: bool
    reasons: tuple[Agreement, ...]


# --- keys -------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2**16)
def mixed(*numbers: int) -> int:
    """A number of 64 bits that stands for these numbers; the same on every machine (the finaliser of SplitMix64)."""
    state = 0
    for number in numbers:
        state = (state ^ (number & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


def _key(start: int, day: int, step: int = 0) -> int:
    """A signed number of 64 bits for a start, a day and a step of amounts: cheap, because a probe needs several."""
    state = start + day * 0xD1B54A32D192ED03 + step * 0x8CB92BA72F3D8DD7 & _MASK
    return state - 2**64 if state >= 2**63 else state


def _step(micro: float, width: float) -> int:
    return floor(log(micro) / width) if micro > 0 else _NOTHING


def block_key(case: Compared, goods: Goods) -> int:
    """The key under which a line is found by lines like it."""
    return _key(mixed(1, case.place, goods.commodity, goods.unit), case.day, _step(goods.micro, _COARSE))


def probes(case: Compared, goods: Goods) -> list[int]:
    """The keys of all lines that may be like this one: the same place, commodity and unit, a day and a percent around."""
    start, day = mixed(1, case.place, goods.commodity, goods.unit), case.day
    least, most = _step(goods.micro * (1 - NEAR_SHARE), _COARSE), _step(goods.micro / (1 - NEAR_SHARE), _COARSE)
    steps = range(least, most + 1)
    return [_key(start, one, step) for one in range(day - NEAR_DAYS, day + NEAR_DAYS + 1) for step in steps]


def plain_reference(reference: str) -> str:
    """A reference as it is compared: letters and digits only, capitals."""
    return _PLAIN.sub("", reference.upper())


def is_made(reference: str) -> bool:
    """Whether intake made it from the row's content: then it says nothing about what its source thinks."""
    return _MADE.search(reference) is not None


def amounts_near(one: int, other: int) -> bool:
    """Whether two amounts differ by one percent of the larger at most; two that are not told do not differ."""
    return abs(one - other) * 100 <= max(one, other)


# --- rarity -----------------------------------------------------------------------------------------------------------------

ALL_LINES: Final = 2


def line_keys(place: int, day: int, goods: Goods, words: bytes) -> tuple[int, ...]:
    """What is counted of a line, so that the rarity of what agrees is known."""
    kind = (goods.commodity, goods.unit)
    return (
        ALL_LINES,
        _key(mixed(3, place, goods.commodity), 0),
        _key(4, day),
        _key(mixed(5, *kind), 0),
        _key(mixed(6, *kind), 0, _step(goods.micro, _FINE)),
        _words_key(goods.commodity, words),
    )


def _words_key(commodity: int, words: bytes) -> int:
    return _key(mixed(9, commodity), int.from_bytes(words[:2], "big") % WORD_SHELVES, len(words))


def rarity_keys(case: Compared, goods: Goods) -> dict[str, tuple[int, ...]]:
    """The keys whose counts a score needs, by what they count."""
    step, kind = _step(goods.micro, _FINE), (goods.commodity, goods.unit)
    steps = (step,) if step == _NOTHING else (step - 1, step, step + 1)
    return {
        "lines": (ALL_LINES,),
        "here": (_key(mixed(3, case.place, goods.commodity), 0),),
        "days": tuple(_key(4, day) for day in range(case.day - NEAR_DAYS, case.day + NEAR_DAYS + 1)),
        "goods": (_key(mixed(5, *kind), 0),),
        "amounts": tuple(_key(mixed(6, *kind), 0, one) for one in steps),
        "words": (_words_key(goods.commodity, case.words),),
    }


def expected(case: Compared, goods: Goods, counted: Callable[[int], int]) -> float:
    """How many further lines agree with this one by chance on place, commodity, date and amount. The pair itself does not count."""
    sums = _sums(case, goods, counted)
    share_of_days = min(1.0, sums["days"] / sums["lines"])
    share_of_amounts = min(1.0, sums["amounts"] / sums["goods"])
    return max(LEAST_EXPECTED, sums["here"] * share_of_days * share_of_amounts)


def _sums(case: Compared, goods: Goods, counted: Callable[[int], int]) -> dict[str, int]:
    return {name: max(1, sum(map(counted, keys)) - 1) for name, keys in rarity_keys(case, goods).items()}


# --- score ------------------------------------------------------------------------------------------------------------------


def score(one: Compared, other: Compared, counted: Callable[[int], int]) -> Scored:
    """The score of two cases; the same whichever comes first. `counted`: how often a tally key was counted."""
    first, second = sorted((one, other), key=lambda case: case.key)
    reasons = [*_chance(first, second, counted), *_words(first, second, counted), *_fields(first, second), *_rest(first, second)]
    bits = max(-MOST_BITS, min(MOST_BITS, sum(reason.bits for reason in reasons)))
    odds = PRIOR * 2.0**bits
    return Scored(round(100 * odds / (1 + odds)), first.digest == second.digest, tuple(reasons))


def matched(one: Compared, other: Compared) -> list[tuple[Goods, Goods]]:
    """Lines of both that are alike, each at most once."""
    left, found = list(other.goods), []
    for goods in one.goods:
        like = next((b for b in left if b[1:3] == goods[1:3] and amounts_near(goods.micro, b.micro)), None)
        if like is not None:
            left.remove(like)
            found.append((goods, like))
    return found


def _chance(one: Compared, other: Compared, counted: Callable[[int], int]) -> Iterator[Agreement]:
    """The heart of it: the rarest line that agrees."""
    near = one.place == other.place and abs(one.day - other.day) <= NEAR_DAYS
    lines = matched(one, other) if near else []
    if not lines:
        yield Agreement("goods", "no line agrees in place, date, commodity and amount", NO_LINE_ALIKE_BITS)
        return
    least, a, b = min((max(expected(one, a, counted), expected(other, b, counted)), a, b) for a, b in lines)
    said = f"place, commodity, date and amount agree; by chance {least:.2g} others would"
    yield Agreement("rarity", said, round(-log2(least), 1))
    if one.day != other.day:
        yield Agreement("date", "a day apart", OTHER_DAY_BITS)
    if a.micro != b.micro:
        yield Agreement("amount", "not quite the same", OTHER_AMOUNT_BITS)


def _fields(one: Compared, other: Compared) -> Iterator[Agreement]:
    for (name, (same, unlike)), a, b in zip(FIELD_BITS.items(), one.codes, other.codes, strict=True):
        if a and b and (bits := same if a == b else unlike):
            yield Agreement(name, "same" if a == b else "differs", bits)


def _words(one: Compared, other: Compared, counted: Callable[[int], int]) -> Iterator[Agreement]:
    if not one.words or not other.words:
        return
    if one.words != other.words:
        yield Agreement("texts", "differ", WORDS_BITS[1])
        return
    sums = [_sums(one, goods, counted) for goods in one.goods]
    rare = max(log2(max(1.0, found["goods"] / found["words"])) for found in sums)
    if rare >= LEAST_TOLD_BITS:
        yield Agreement("texts", "same", round(min(WORDS_BITS[0], rare), 1))


def _rest(one: Compared, other: Compared) -> Iterator[Agreement]:
    lines = max(len(one.goods), len(other.goods)) - len(matched(one, other))
    if lines:
        yield Agreement("lines", f"{lines} without a counterpart", UNMATCHED_LINE_BITS * min(lines, MOST_UNMATCHED))
    if one.administration != other.administration:
        return
    if plain_reference(one.reference) == plain_reference(other.reference):
        yield Agreement("references", "one reference, written in two ways", SAME_REFERENCE_BITS)
    elif not is_made(one.reference) and not is_made(other.reference):
        yield Agreement("references", "one source gave two", OTHER_REFERENCE_BITS)


def best(scored: Iterable[tuple[Any, Scored]], most: int) -> tuple[Sequence[tuple[Any, Scored]], int]:
    """The pairs worth keeping, best first: exact repeats, and what scores enough; and how many more there were."""
    kept = [one for one in scored if one[1].exact or one[1].score >= KEPT_FROM]
    kept.sort(key=lambda one: (not one[1].exact, -one[1].score))
    return kept[:most], max(0, len(kept) - most)
