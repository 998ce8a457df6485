"""The rules for the cases of one source, which are put together from parts that come again and again (decision 48).

Each gate asks about few parts of a case, and for each part it is worked out once, by the gates' own keys, which other parts it cannot
be told from there. A row then costs a few look-ups by numbers. `check` is asked whenever a combination is new, and is the judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from enforcement.seizures.nominal import screen, screen_key
from enforcement.seizures.rules import RULES, check
from enforcement.seizures.rules.dates import oldest_usual
from enforcement.seizures.rules.findings import ALWAYS, AMOUNTS, CODES, DATES, LINES, PLACE, ROUTE, TEXTS
from enforcement.seizures.rules.gates import BIT, open_gates
from enforcement.seizures.rules.remembering import KEY_OF, MOST_CHARACTERS, MOST_TOLD, characters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules import Finding, Payload

T = TypeVar("T")

MOST_NUMBERS: Final = 32_768  # different keys of parts; the source is begun anew beyond
CASE: Final = "case"  # the case's own codes
PARTS: Final[Mapping[str, tuple[str, ...]]] = {  # gate -> the parts that it is about
    CODES: (CASE, "place", "route", "texts"),
    LINES: (CASE, "lines"),
    PLACE: ("place",),
    ROUTE: (CASE, "route"),
    TEXTS: (CASE, "texts"),
}
_KEPT: Final = sum(BIT[gate] for gate in (DATES, *PARTS))
_BY_ROW: Final = BIT[ALWAYS] | BIT[AMOUNTS]
_OF_REFERENCE: Final = tuple(rule.find for rule in RULES if rule.when == (ALWAYS,) and rule.fields == ("reference",))


@dataclass(slots=True)
class Standing:
    """What one part is to each gate: parts with the same number are the same to it. `apart`: cases with it are judged by `check`."""

    codes: int
    lines: int
    place: int
    route: int
    texts: int
    apart: bool


Standings = tuple[Standing, Standing, Standing, Standing, Standing]


class PartsJudge(Generic[T]):
    """`check` for cases with the parts of one source. `tell` makes of the findings what the caller wants of them, once a combination."""

    def __init__(self, base: Payload, lists: CodeLists, today: date, tell: Callable[[list[Finding]], T]) -> None:
        """`base`: any case of the source; parts are compared as parts of it. `fit`: nothing of it has to be asked anew each time."""
        self._base = base
        self._lists = lists
        self._today = today
        self._tell = tell
        self._oldest = oldest_usual(today)
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._of_base = self._numbered(base)
        self._shut: set[tuple[int, ...]] = set()  # keys of gates that are known to be shut
        self._told: dict[tuple[object, ...], T] = {}
        self.fit = not open_gates(base, lists, today)[0] & ~(_KEPT | _BY_ROW)

    @property
    def full(self) -> bool:
        """Whether there are so many different parts that the judge should be made anew."""
        return len(self._numbers) > MOST_NUMBERS

    def standing(self, part: str, fields: Mapping[str, Any]) -> Standing:
        """What a part is to the gates. `fields`: what of the case it fills."""
        case = {**self._base, **fields}
        numbers = self._numbered(case)
        opened, _ = open_gates(case, self._lists, self._today)
        others = [gate for gate, parts in PARTS.items() if part not in parts]
        told = dict(zip(PARTS, numbers, strict=True))
        strange = 0 in numbers or any(told[gate] != number for gate, number in zip(PARTS, self._of_base, strict=True) if gate in others)
        if part == "place" and not opened & BIT[PLACE]:
            told[PLACE] = 0
        if part == "texts" and not opened & BIT[TEXTS]:
            told[TEXTS] = 0
        strange |= bool(opened & ~(_KEPT | _BY_ROW)) or any(hit.field != "reference" for hit in screen(case))
        return Standing(told[CODES], told[LINES], told[PLACE], told[ROUTE], told[TEXTS], strange)

    def _numbered(self, case: Payload) -> tuple[int, ...]:
        """A number for what each gate would keep its findings under; 0 where it cannot."""
        keys = [(gate, KEY_OF[BIT[gate]](case, self._lists, self._today)) for gate in PARTS]
        fit = [bool(key) and characters(key) <= MOST_CHARACTERS for _, key in keys]
        numbers = self._numbers
        return tuple([numbers.setdefault(key, len(numbers) + 1) if good else 0 for key, good in zip(keys, fit, strict=True)])

    def found(self, case: Payload, parts: Standings, *, usual: bool, made: bool) -> T:
        """What the rules find, told. `parts`: of the case's own codes, place, route, texts, line, of which it has one with one quantity,
        whose amount is `usual` (see `amount_gate`); `made`: its reference was made of a letter, letters and digits, a dash and a
        number, and screened, so nothing is to be found in it.
        """
        own, place, route, texts, line = parts
        lists, today = self._lists, self._today
        if own.apart or place.apart or route.apart or texts.apart or line.apart or not usual or case["time"] or not case["reference"]:
            return self._tell(check(case, lists, today))
        if not made and (any(find(case, lists, today) for find in _OF_REFERENCE) or screen_key(case["reference"])):
            return self._tell(check(case, lists, today))
        day, shut = case["date"], self._shut
        codes = (1, own.codes, place.codes, route.codes, texts.codes)
        lines = (2, own.lines, line.lines)
        way = (3, own.route, route.route)
        key = (
            0 if codes in shut else codes,
            0 if lines in shut else lines,
            0 if way in shut else way,
            (own.texts, texts.texts) if texts.texts else 0,
            place.place,
            0 if self._oldest <= day <= today else day,
        )
        told = self._told.get(key)
        if told is None:
            told = self._tell(check(case, lists, today))
            self._keep(case, (codes, lines, way), key, told)
        return told

    def _keep(self, case: Payload, asked: tuple[tuple[int, ...], ...], key: tuple[object, ...], told: T) -> None:
        """For the next case like it, and which gates are shut for it from now on."""
        opened, _ = open_gates(case, self._lists, self._today)
        if opened & ~(_KEPT | _BY_ROW) or opened & BIT[AMOUNTS]:
            return
        for gate, one in zip((CODES, LINES, ROUTE), asked, strict=True):
            if not opened & BIT[gate]:
                self._shut.add(one)
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told[(*[0 if one in self._shut else one for one in asked], *key[len(asked) :])] = told
