"""Rows in which nothing is wrong, put together from parts that other rows of the file had before them (decision 48).

What a row says is divided by the part of the case that a column fills: its own codes, place, route, texts, line. A part is learnt from a
case that the plain way made of such cells, so nothing is read here that was not read there; dates and amounts are read in every row.
Whatever is new, empty or not readable goes the plain way.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.intake.cells import CellError, usual_amount
from enforcement.intake.model import Accepted
from enforcement.intake.targets import RELEASABILITY
from enforcement.seizures.rules.gates import amount_gate
from enforcement.seizures.rules.overrides import KIND
from enforcement.seizures.rules.parts import CASE, PartsJudge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.cells import Moment
    from enforcement.intake.meanings import Meaning, Meanings
    from enforcement.intake.model import Outcome, Row
    from enforcement.intake.profile import Profile
    from enforcement.seizures.rules import Finding
    from enforcement.seizures.rules.parts import Standing, Standings

MOST_PARTS: Final = 8_192  # different parts of one kind that are held
MOST_CHARACTERS: Final = 600  # of the cells of one that is
NEVER_AGAIN: Final = 4 * MOST_PARTS  # so many that were new, and more than came again: the file says something else in each row
LONG: Final = 500  # rows
_AMOUNT: Final = "line.quantity.amount"
_OF_ROW: Final = ("date", "reference", _AMOUNT)
_PREFIXES: Final = {"place.": "place", "route.": "route", "text.": "texts", "line.": "lines"}
_KINDS: Final = (CASE, "place", "route", "texts", "lines")


def _not_measured(_: Decimal) -> tuple[Decimal, str, bool]:
    raise LookupError


class Part:
    """What some cells of a row are to a case. `rows`: how many had it since the words were last counted."""

    __slots__ = ("fields", "meanings", "measure", "release", "rows", "standing")

    def __init__(self, fields: Any, standing: Standing, meanings: Sequence[Meaning], release: str) -> None:  # noqa: ANN401 - as in the payload
        self.fields = fields
        self.standing = standing
        self.meanings = meanings
        self.release = release  # whom the case is for; of the case's own part
        self.measure: Measure = _not_measured  # of the part that is a line
        self.rows = 0


Assembled = tuple[dict[str, Any], str, "Standings", bool]
"""A case without its reference, whom it is for, how its parts stand with the rules, and whether its amount is a usual one."""
Measure = Callable[[Decimal], tuple[Decimal, str, bool]]
Told = tuple[tuple["Finding", ...], tuple["Finding", ...]]  # warnings, errors


class Ways(NamedTuple):
    """How a date and an amount are read, and what counts of what the rules found."""

    date: Callable[[str], Moment]
    amount: Callable[[str], Decimal]
    told: Callable[[list[Finding]], Told]


class _Kind:
    """The columns that fill one part, and the parts that were met by what these say."""

    def __init__(self, places: Sequence[int], readers: Sequence[Meanings]) -> None:
        self.take: Callable[[Sequence[str]], Any] = itemgetter(*places) if places else lambda _: ""
        self.parts: dict[Any, Part] = {}
        self._places = places
        self._readers = readers

    def met(self, columns: Sequence[Sequence[str]]) -> Iterator[Part | None]:
        """The part of each row, where it is known when its turn comes; without end where no column fills it."""
        if not self._places:
            return map(self.parts.get, repeat(""))
        taken = [columns[place] for place in self._places]
        return map(self.parts.get, taken[0] if len(taken) == 1 else zip(*taken, strict=True))

    def meanings(self, cells: Sequence[str]) -> tuple[Meaning, ...]:
        return tuple([meanings.of(cells) for meanings in self._readers])

    def fits(self, key: Any) -> bool:  # noqa: ANN401 - a cell, or several
        return (len(key) if isinstance(key, str) else sum(map(len, key))) <= MOST_CHARACTERS


class Parts:
    """The parts of the cases of one file."""

    def __init__(  # noqa: PLR0913, PLR0917 - what of one file is known
        self,
        profile: Profile,
        places: Mapping[str, int],
        readers: Mapping[str, Meanings],
        lists: CodeLists,
        today: date,
        ways: Ways,
    ) -> None:
        """`readers`: by target, of the columns that hold codes."""
        columns = {one.target: places[one.column] for one in profile.fields if one.column}
        self._reading = not (profile.quantities or {"date", _AMOUNT} - columns.keys() or readers.keys() & {*_OF_ROW, RELEASABILITY})
        targets = {one.target for one in profile.fields}
        self._timed = "%H" in profile.date_format
        self._reading = self._reading and not (f"text.{KIND}" in targets or (self._timed and "time" in targets))
        self._lists = lists
        self._today = today
        self._usual, self._mark = usual_amount(profile).fullmatch, profile.decimal_mark
        self._read_date, self._read_amount, self._tell = ways
        self._judge: PartsJudge[Told] | None = None
        self._new = self._again = 0
        self._day, self._sum = columns.get("date", -1), columns.get(_AMOUNT, -1)
        kinds: dict[str, list[str]] = {kind: [] for kind in _KINDS}
        for target in columns:
            if target not in _OF_ROW:
                kinds[next((kind for prefix, kind in _PREFIXES.items() if target.startswith(prefix)), CASE)].append(target)
        self._kinds = [
            _Kind([columns[one] for one in targets], [readers[one] for one in targets if one in readers]) for targets in kinds.values()
        ]

    def cases(self, columns: Sequence[Sequence[str]]) -> Iterator[Assembled | None]:
        """The case that each row becomes, made when its turn comes; None where it has to go the plain way. `columns`: what the rows
        say, column by column.
        """
        if not self._reading:
            yield from repeat(None, len(columns[0]))
            return
        met = [kind.met(columns) for kind in self._kinds]
        usual, mark, read_date, copied = self._usual, self._mark, self._read_date, dict[str, Any].copy
        for day_cell, amount_cell, own, place, route, texts, line in zip(columns[self._day], columns[self._sum], *met, strict=False):
            if own is None or place is None or route is None or texts is None or line is None:
                yield None
                continue
            try:
                day, clock = read_date(day_cell.strip())
                said = amount_cell.strip()
                amount = Decimal(said.replace(mark, ".")) if usual(said) is not None else self._read_amount(said)
            except CellError:
                yield None
                continue
            self._again += 1
            own.rows += 1
            place.rows += 1
            route.rows += 1
            line.rows += 1
            payload: dict[str, Any] = own.fields.copy()
            spot = payload["place"] = place.fields.copy()
            spot["coordinates"] = []
            payload["route"] = list(map(copied, route.fields))
            payload["texts"] = list(map(copied, texts.fields))
            converted, base, is_usual = line.measure(amount)
            goods, measured = line.fields
            made = goods.copy()
            made["quantities"], made["values"] = [{**measured, "amount": amount, "converted_amount": converted, "converted_unit": base}], []
            made["attributes"] = list(map(copied, goods["attributes"]))
            payload["lines"] = [made]
            payload["duty_evaded"], payload["detection_means"], payload["transport"], payload["picture_hashes"] = [], [], [], []
            payload["date"] = day
            if clock:
                payload["time"] = clock
            yield payload, own.release, (own.standing, place.standing, route.standing, texts.standing, line.standing), is_usual

    def judged(self, payload: dict[str, Any], standings: Standings, *, usual: bool, made: bool) -> Told:
        """What counts of what the rules find in a case, whose reference is set, or was `made` (see there)."""
        if self._judge is None:  # there are parts only where a judge placed them
            raise LookupError
        return self._judge.found(payload, standings, usual=usual, made=made)

    def learn(self, row: Row, outcome: Outcome) -> None:
        """Take the parts of a row that the plain way made a case of."""
        if not self._reading or not isinstance(outcome, Accepted):
            return
        payload, cells = {**outcome.payload}, row.cells
        if self._timed:
            payload["time"] = ""  # it is the row's, not the part's
        self._new += 1
        if (self._judge is None or self._judge.full) and not self._begin(payload):
            return
        if self._new > NEVER_AGAIN and self._new > self._again:
            self.stop()
            return
        for kind, part, fields in zip(self._kinds, _KINDS, _divided(payload), strict=True):
            key = kind.take(cells)
            if key in kind.parts or not kind.fits(key) or self._judge is None:
                continue
            if len(kind.parts) >= MOST_PARTS:
                self.count()
                kind.parts.clear()
            said = {name: value for name, value in payload.items() if name not in _KINDS} if part == CASE else {part: payload[part]}
            made = kind.parts[key] = Part(fields, self._judge.standing(part, said), kind.meanings(cells), outcome.release)
            made.measure = self._measure(fields) if part == "lines" else made.measure

    def stop(self) -> None:
        """From now on every row goes the plain way."""
        self._forget()
        self._reading = False

    def _measure(self, fields: tuple[dict[str, Any], dict[str, Any]]) -> Measure:
        goods, measured = fields
        return amount_gate(goods["commodity"], measured["unit"], self._lists)

    def _begin(self, base: dict[str, Any]) -> bool:
        """With no part known, and whether a case of the file is fit to begin with; any is when none was for long."""
        self._forget()
        judge = PartsJudge(base, self._lists, self._today, self._tell)
        if judge.fit or self._new > LONG:
            self._judge = judge
        return self._judge is judge

    def _forget(self) -> None:
        self.count()
        for kind in self._kinds:
            kind.parts.clear()

    def count(self) -> None:
        """Add to the words the rows that were put together since the last time."""
        for kind in self._kinds:
            for part in kind.parts.values():
                if part.rows:
                    for meaning in part.meanings:
                        meaning.rows += part.rows
                    part.rows = 0


def _divided(payload: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the parts of a case fill, in the order of the kinds; copies, because the case goes on."""
    (line,) = payload["lines"]
    goods = {**line, "attributes": [{**one} for one in line["attributes"]]}
    stops, texts = [{**one} for one in payload["route"]], [{**one} for one in payload["texts"]]
    return payload, {**payload["place"]}, stops, texts, (goods, {**line["quantities"][0]})
