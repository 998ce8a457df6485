"""A row of a source -> a case payload, or the problems that stand in the way."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN
from enforcement.codelists.place_names import Places
from enforcement.intake.cells import CellError, amount_reader, date_reader
from enforcement.intake.doubts import Doubting, Doubts
from enforcement.intake.meanings import Meaning, Meanings, PlaceMeanings
from enforcement.intake.model import Accepted, Problem, Rejected, shown
from enforcement.intake.parts import Parts, Told, Ways
from enforcement.intake.profile import YEAR
from enforcement.intake.references import References, tidy
from enforcement.intake.targets import PLACES, RELEASABILITY
from enforcement.seizures.model import blank
from enforcement.seizures.rules import ERROR, check
from enforcement.seizures.rules.overrides import not_overridden
from enforcement.seizures.rules.switches import NONE, Switches, applied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome, Row
    from enforcement.intake.profile import FieldMap, Profile
    from enforcement.seizures.rules import Finding

BLOCK: Final = 125  # rows; a divisor of what is imported in one transaction
MOST_SAID: Final = 1_024  # findings that are held with their sentences
AMOUNT: Final = "line.quantity.amount"
UNIT: Final = "line.quantity.unit"
_ACCURACY: Final = "line.quantity.accuracy"
_BASIS: Final = "line.quantity.weight_basis"
_ATTRIBUTE: Final = "line.attribute."
_INDEX: Final = re.compile(r"\[\d+\]")
_NOT_SHOWN: Final = "nominal.content"  # what is nominal is not repeated into problem lists and logs
_ROUTE_ROLES: Final = ("origin", "departure", "transit", "destination")


Said = tuple["Finding", str, int, str, str]  # a finding, its column and the place of that (-1: not shown), its sentence, near codes


def _target(field: str) -> str:
    """A field path of a case as the profile's targets write it."""
    path = _INDEX.sub("", field).replace("lines.", "line.", 1).replace("quantities", "quantity")
    return path.replace("attributes.value", "attribute.").replace("texts.text", "text.")


def _cut_off(row: Row) -> Problem:
    """A warning for a row that the file may not have whole."""
    text = "The file ends in this row without a line end: it may be cut off, and the last cell with it."
    return Problem(row.number, "", "", "row.unfinished", text)


class Mapper:
    """A profile bound to the columns of one file. One mapper reads one file, because it counts repeated rows.

    What a profile asks of every row is worked out once here, and what a cell means once for each different cell.
    """

    def __init__(  # noqa: PLR0913 - what of one file is known
        self,
        profile: Profile,
        header: Sequence[str],
        lists: CodeLists,
        today: date,
        *,
        taken: frozenset[str] = frozenset(),
        doubts: Doubts | None = None,
        switches: Switches = NONE,
        places: Places | None = None,
    ) -> None:
        """`taken`: references of other rows that were made before; `doubts`: what speaks against the profile's dates and amounts;
        `switches`: of the office in charge; `places`: those known here, else the package's.
        Raises HeaderError when the file's columns are not the profile's.
        """
        self._switches = switches
        self._profile = profile
        self._lists = lists
        self._today = today
        self._places = profile.bind(header)
        self._known_places = places if places is not None else Places(lists)
        self._amount = amount_reader(profile)
        self._date = date_reader(profile)
        self._quantity_places = [(self._places[column], column, unit) for column, unit in profile.quantities]
        self._said: dict[int, Said] = {}
        self._columns: dict[str, str] = {}  # field of a case -> the column it comes from, as it was asked for
        self._year_only = profile.date_format == YEAR
        self._doubts = doubts if doubts is not None and (doubts.dates or doubts.amounts) else None
        self._doubting = Doubting(profile, self._places)
        self._noting = self._year_only or self._doubts is not None  # of every row
        self._width = len(self._places)
        self._bind_fields()
        self._references = References(profile, self._places, self._date, taken, self._column("date"))
        own = next((one for one in profile.fields if one.target == "reference"), None)
        self._stated = (-1, "") if own is None else (self._places.get(own.column, -1), own.empty or own.constant)
        readers = dict(self._readers)
        ways = Ways(self._date, self._amount, self._switched)
        self._parts = Parts(profile, self._places, readers, lists, today, ways)

    def _bind_fields(self) -> None:
        """What each field of the profile asks of a row."""
        fields = self._profile.fields
        self._constants = {one.target: one.constant for one in fields if not one.column and one.constant}
        read = [(one.target, self._places[one.column], self._meanings_of(one), one.empty) for one in fields if one.column]
        self._readers = [(target, meanings) for target, _, meanings, _ in read if meanings.coded]
        self._plain = [(target, place, empty or "") for target, place, meanings, empty in read if not meanings.coded]
        targets = [one.target for one in fields]
        plain = blank("", "")
        self._of_place = [(target, target[6:]) for target in targets if target.startswith("place.")]
        self._of_case = [target for target in targets if target in plain and target != "date"]
        self._texts = [(target, target[5:]) for target in targets if target.startswith("text.")]
        self._attributes = [(target, target.removeprefix(_ATTRIBUTE)) for target in targets if target.startswith(_ATTRIBUTE)]
        self._route = [(f"route.{role}", role) for role in _ROUTE_ROLES if f"route.{role}" in targets]

    def _meanings_of(self, one: FieldMap) -> Meanings:
        """What the cells of a column mean; those of places beside the country that the profile takes from a column, or says itself."""
        at = self._places[one.column]
        if one.lookup != PLACES:
            return Meanings(one, self._lists, at)
        if not one.target.startswith("place."):
            return PlaceMeanings(one, self._lists, at, self._known_places, "")
        usual = self._constants.get("place.country", self._profile.administration)
        beside = next((other for other in self._profile.fields if other.target == "place.country" and other.column), None)
        country = usual if beside is None else Meanings(beside, self._lists, self._places[beside.column])
        return PlaceMeanings(one, self._lists, at, self._known_places, country, usual)

    @property
    def meanings(self) -> Iterable[Meaning]:
        """What the cells of coded columns were read as, so far."""
        self._parts.count()
        return (meaning for _, meanings in self._readers for meaning in meanings.values())

    def outcomes(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """What becomes of each row: a case that passes every error rule, or the problems. Up to BLOCK rows are taken at a time."""
        taken = iter(rows)
        while block := tuple(islice(taken, BLOCK)):
            if all(len(row.cells) == self._width for row in block):
                yield from self._block(block)
            else:
                for row in block:
                    yield from self._block((row,)) if len(row.cells) == self._width else (self._uneven(row),)

    def _uneven(self, row: Row) -> Outcome:
        text = f"The row has {len(row.cells)} cells, the header {self._width}."
        return Rejected(row.number, (Problem(row.number, "", "", "row.cells", text),), (), (row,))

    def _block(self, rows: Sequence[Row]) -> Iterator[Outcome]:
        """What becomes of rows with as many cells as there are columns: put together from parts, or else cell by cell."""
        columns = tuple(zip(*[row.cells for row in rows], strict=True))
        referred = self._references.refer(rows, columns, *self._stated)
        parts, noting, told = self._parts, self._noting, self._told
        for row, (reference, repeated, made), assembled in zip(rows, referred, parts.cases(columns), strict=True):
            warnings = self._noted(row, repeated) if noting or row.cut else repeated
            if assembled is None:
                plain = self._plainly(row, reference, warnings)
                parts.learn(row, plain)
                yield plain
                continue
            payload, release, standings, usual = assembled
            payload["reference"] = reference
            lesser, errors = parts.judged(payload, standings, usual=usual, made=made)
            if lesser:
                warnings += told(row, lesser)
            if errors:
                yield Rejected(row.number, told(row, errors), warnings, (row,))
            else:
                yield Accepted(row.number, payload, warnings, (row,), release)

    def _plainly(self, row: Row, reference: str, warnings: tuple[Problem, ...]) -> Outcome:
        """What becomes of a row, cell by cell: the judge of what is put together from parts."""
        problems: list[Problem] = []
        values = self._values(row, problems)
        payload = self._payload(values, row, problems)
        payload["reference"] = reference if self._references.made else tidy(values.get("reference", ""))
        if "date" in payload:
            lesser, errors = self._judged(payload)
            warnings += self._told(row, lesser)
            problems += self._new(problems, self._told(row, errors))
        if problems:
            return Rejected(row.number, tuple(problems), warnings, (row,))
        return Accepted(row.number, payload, warnings, (row,), values.get(RELEASABILITY, ""))

    def _noted(self, row: Row, known: tuple[Problem, ...]) -> tuple[Problem, ...]:
        """What is worth a look beside the rules."""
        warnings = [_cut_off(row), *known] if row.cut else [*known]
        if self._year_only:
            text = "The source states only the year: the case is dated 1 January of it."
            warnings.append(Problem(row.number, self._column("date"), "", "date.year-only", text, "", "date"))
        if self._doubts is not None:
            warnings += self._doubting.tells(row, self._doubts)
        return tuple(warnings)

    def place_of(self, target: str) -> int:
        """The place in a row of the column that fills a field."""
        return self._places[self._column(target)]

    def errors_of(self, payload: dict[str, Any], row: Row) -> list[Problem]:
        """The error rules once more, for a case put together from several rows."""
        return list(self._told(row, self._judged(payload)[1]))

    def _judged(self, payload: dict[str, Any]) -> Told:
        """What the rules find, but for what the row itself gives a reason to keep."""
        findings = check(payload, self._lists, self._today)
        return self._switched(not_overridden(findings, payload) if findings else findings)

    def _switched(self, findings: list[Finding]) -> Told:
        """Warnings and errors, as the office in charge has switched them."""
        found = applied(findings, self._switches)
        return tuple([one for one in found if one.severity != ERROR]), tuple([one for one in found if one.severity == ERROR])

    def _values(self, row: Row, problems: list[Problem]) -> dict[str, str]:
        """Target -> value, code values translated; empty cells give nothing unless the profile says what they mean."""
        values = dict(self._constants)
        cells = row.cells
        for target, place, empty in self._plain:  # free texts, dates, amounts: the cell itself
            if value := cells[place].strip() or empty:
                values[target] = value
        for target, meanings in self._readers:
            meaning = meanings.of(cells)
            meaning.rows += 1
            if meaning.value:
                values[target] = meaning.value
            elif meaning.value is None:
                near = ", ".join(meaning.near)
                text = meaning.objection or meanings.objection
                problems.append(Problem(row.number, meaning.column, meaning.text, "value.unmapped", text, near, target))
        return values

    def _payload(self, values: dict[str, str], row: Row, problems: list[Problem]) -> dict[str, Any]:
        payload = blank(self._profile.administration, self._lists.edition)
        payload["report_source"] = "file"
        for target in self._of_case:
            if target in values:
                payload[target] = values[target]
        place = payload["place"]
        for target, name in self._of_place:
            if target in values:
                place[name] = values[target]
        if self._texts:
            payload["texts"] = [{"kind": kind, "text": values[target]} for target, kind in self._texts if target in values]
        if self._route:
            stops = [(role, values[target]) for target, role in self._route if target in values]
            payload["route"] = [{"role": role, "country": country, "name": "", "locode": ""} for role, country in stops]
        self._dated(payload, values, row, problems)
        payload["lines"] = [self._line(values, row, problems)]
        return payload

    def _dated(self, payload: dict[str, Any], values: dict[str, str], row: Row, problems: list[Problem]) -> None:
        if "date" not in values:
            problems.append(self._missing(row, "date", "A case needs its date."))
            return
        try:
            payload["date"], clock = self._date(values["date"])
        except CellError as error:
            problems.append(self._unreadable(row, "date", error))
            return
        if clock and not payload["time"]:
            payload["time"] = clock

    def _line(self, values: dict[str, str], row: Row, problems: list[Problem]) -> dict[str, Any]:
        commodity = values.get("line.commodity", UNKNOWN)
        section, stream = self._lists.section_and_stream(commodity)
        quantities = self._quantities(values, row, problems) if self._quantity_places else self._quantity(values, row, problems)
        return {
            "section": section,
            "stream": stream,
            "commodity": commodity,
            "hs_code": values.get("line.hs_code", ""),
            "quantities": quantities,
            "values": [],
            "attributes": [{"name": name, "value": values[target]} for target, name in self._attributes if target in values],
        }

    def _quantity(self, values: dict[str, str], row: Row, problems: list[Problem]) -> list[dict[str, Any]]:
        """The quantity of the row; nothing where the amount is not there or not readable. Problems are told."""
        for target, text in ((AMOUNT, "The row states no amount."), (UNIT, "The row states no unit.")):
            if target not in values and not any(problem.field == target for problem in problems):
                problems.append(self._missing(row, target, text))
        if AMOUNT not in values:
            return []
        try:
            amount = self._amount(values[AMOUNT])
        except CellError as error:
            problems.append(self._unreadable(row, AMOUNT, error))
            return []
        return [self._measured(amount, values.get(UNIT, ""), values)]

    def _quantities(self, values: dict[str, str], row: Row, problems: list[Problem]) -> list[dict[str, Any]]:
        """One quantity for each filled column of amounts."""
        made = []
        empty = True
        for place, column, unit in self._quantity_places:
            cell = row.cells[place].strip()
            if not cell:
                continue
            empty = False
            try:
                made.append(self._measured(self._amount(cell), unit, values))
            except CellError as error:
                problems.append(Problem(row.number, column, shown(cell), error.rule, str(error), error.suggestion, AMOUNT))
        if empty:
            text = "The row states no amount in any of its columns of amounts."
            problems.append(Problem(row.number, self._quantity_places[0][1], "", "field.missing", text, "", AMOUNT))
        return made

    def _measured(self, amount: Decimal, unit: str, values: dict[str, str]) -> dict[str, Any]:
        converted, base = self._lists.convert(amount, unit)
        of_mass = self._lists.unit_measures.get(unit) == "mass"
        return {
            "amount": amount,
            "unit": unit,
            "accuracy": values.get(_ACCURACY, UNKNOWN),
            "weight_basis": values.get(_BASIS, UNKNOWN) if of_mass else "",
            "converted_amount": converted,
            "converted_unit": base,
        }

    def _told(self, row: Row, findings: Sequence[Finding]) -> tuple[Problem, ...]:
        """Rule findings as problems of the columns they come from."""
        told = []
        for finding in findings:
            _, column, place, text, near = self._said.get(id(finding)) or self._say(finding)
            cell = row.cells[place] if place >= 0 else ""
            told.append(Problem(row.number, column, shown(cell), finding.code, text, near, finding.field))
        return tuple(told)

    def _say(self, finding: Finding) -> Said:
        """A finding in words, held together with it: the rules tell many rows the same one."""
        column = self._column(finding.field)
        place = self._places[column] if column and finding.code != _NOT_SHOWN else -1
        if len(self._said) >= MOST_SAID:
            self._said.clear()
        made = self._said[id(finding)] = (finding, column, place, finding.text(), ", ".join(finding.suggestions))
        return made

    def _new(self, known: list[Problem], more: Sequence[Problem]) -> list[Problem]:
        """Those of `more` that do not only repeat what is known to be wrong with a cell or with a part of the field."""
        columns = {problem.column for problem in known}
        targets = [problem.field for problem in known]
        return [
            problem
            for problem in more
            if problem.column not in columns or not problem.column
            if not any(target.startswith(_target(problem.field)) for target in targets)
        ]

    def _column(self, field: str) -> str:
        """The column that fills a field of the case, or the first that fills a part of it; empty when none does."""
        if field not in self._columns:
            self._columns[field] = self._column_of(_target(field))
        return self._columns[field]

    def _column_of(self, path: str) -> str:
        mapped = [one for one in self._profile.fields if one.column]
        exact = next((one.column for one in mapped if one.target == path), "")
        if path.startswith("line.quantit") and self._quantity_places:
            return self._quantity_places[0][1]
        return exact or next((one.column for one in mapped if one.target.startswith(path)), "")

    def _missing(self, row: Row, target: str, text: str) -> Problem:
        return Problem(row.number, self._column(target), "", "field.missing", text, "", target)

    def _unreadable(self, row: Row, target: str, error: CellError) -> Problem:
        column = self._column(target)
        cell = row.cells[self._places[column]] if column else ""
        return Problem(row.number, column, shown(cell), error.rule, str(error), error.suggestion, target)
