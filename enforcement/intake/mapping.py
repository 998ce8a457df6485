"""A row of a source -> a case payload, or the problems that stand in the way."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN
from enforcement.intake.cells import CellError, amount_reader, date_reader, same_content
from enforcement.intake.model import Accepted, Problem, Rejected, shown
from enforcement.intake.profile import TARGETS, YEAR, key_of
from enforcement.seizures.model import blank
from enforcement.seizures.rules import ERROR, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome, Row
    from enforcement.intake.profile import FieldMap, Profile
    from enforcement.seizures.rules import Finding

REFERENCE_DIGITS: Final = 20
AMOUNT: Final = "line.quantity.amount"
UNIT: Final = "line.quantity.unit"
_INDEX: Final = re.compile(r"\[\d+\]")
_NOT_SHOWN: Final = "nominal.content"  # what is nominal is not repeated into problem lists and logs
_ROUTE_ROLES: Final = ("origin", "departure", "transit", "destination")


def _target(field: str) -> str:
    """A field path of a case as the profile's targets write it."""
    path = _INDEX.sub("", field).replace("lines.", "line.", 1).replace("quantities", "quantity")
    return path.replace("attributes.value", "attribute.").replace("texts.text", "text.")


def _cut_off(row: Row) -> list[Problem]:
    """A warning for a row that the file may not have whole."""
    text = "The file ends in this row without a line end: it may be cut off, and the last cell with it."
    return [Problem(row.number, "", "", "row.unfinished", text)] if row.cut else []


class Mapper:
    """A profile bound to the columns of one file. One mapper reads one file, because it counts repeated rows."""

    def __init__(
        self, profile: Profile, header: Sequence[str], lists: CodeLists, today: date, *, taken: frozenset[str] = frozenset()
    ) -> None:
        """`taken`: references of other rows that were made before. Raises HeaderError when the file's columns are not the profile's."""
        self._taken = taken
        self._profile = profile
        self._lists = lists
        self._today = today
        self._places = profile.bind(header)
        self._by_name = sorted(self._places.items())
        self._amount = amount_reader(profile)
        self._date = date_reader(profile)
        self._same = same_content(profile)
        self._seen: dict[int, int] = {}
        self._date_column = next((one.column for one in profile.fields if one.target == "date"), "")
        self._quantity_places = [(self._places[column], column, unit) for column, unit in profile.quantities]

    def outcome(self, row: Row) -> Outcome:
        """What becomes of one row: a case that passes every error rule, or the problems."""
        if len(row.cells) != len(self._places):
            text = f"The row has {len(row.cells)} cells, the header {len(self._places)}."
            return Rejected(row.number, (Problem(row.number, "", "", "row.cells", text),), (), (row,))
        problems: list[Problem] = []
        values = self._values(row, problems)
        payload = self._payload(values, row, problems)
        warnings = [*_cut_off(row), *self._reference(payload, values, row), *self._year_only(row)]
        if "date" in payload:
            findings = check(payload, self._lists, self._today)
            warnings += self._told(row, [one for one in findings if one.severity != ERROR])
            problems += self._new(problems, self._told(row, [one for one in findings if one.severity == ERROR]))
        if problems:
            return Rejected(row.number, tuple(problems), tuple(warnings), (row,))
        return Accepted(row.number, payload, tuple(warnings), (row,))

    def place_of(self, target: str) -> int:
        """The place in a row of the column that fills a field."""
        return self._places[self._column(target)]

    def errors_of(self, payload: dict[str, Any], row: Row) -> list[Problem]:
        """The error rules once more, for a case put together from several rows."""
        return self._told(row, [one for one in check(payload, self._lists, self._today) if one.severity == ERROR])

    def _values(self, row: Row, problems: list[Problem]) -> dict[str, str]:
        """Target -> value, code values translated; empty cells give nothing unless the profile says what they mean."""
        values = {}
        for one in self._profile.fields:
            if not one.column:
                values[one.target] = one.constant
                continue
            cell = row.cells[self._places[one.column]].strip()
            value = self._translated(one, cell, row, problems) if cell else one.empty
            if value:
                values[one.target] = value
        return values

    def _translated(self, one: FieldMap, cell: str, row: Row, problems: list[Problem]) -> str | None:
        """The value a cell stands for: by the value map, the lookup, or as it is where it is a valid code or free."""
        if one.values and (mapped := one.values.get(key_of(cell))) is not None:
            return mapped
        if one.lookup and (place := self._lists.places.get(cell.upper())) is not None:
            return place.locode
        name = TARGETS.get(one.target, "countries" if one.target.startswith("route.") else "")
        if name:
            if cell in self._lists.valid[name]:
                return cell
        elif not one.values and not one.lookup:
            return cell
        near = ", ".join(self._lists.suggest(name, cell)) if name else ""
        text = "The profile does not say what this value means."
        problems.append(Problem(row.number, one.column, shown(cell), "value.unmapped", text, near, one.target))
        return None

    def _payload(self, values: dict[str, str], row: Row, problems: list[Problem]) -> dict[str, Any]:
        payload = blank(self._profile.administration, self._lists.edition)
        payload["report_source"] = "file"
        for target, value in values.items():
            if target.startswith("place."):
                payload["place"][target[6:]] = value
            elif target in payload and target != "date":
                payload[target] = value
            elif target.startswith("text."):
                payload["texts"].append({"kind": target[5:], "text": value})
        stops = [(role, values.get(f"route.{role}", "")) for role in _ROUTE_ROLES]
        payload["route"] = [{"role": role, "country": country, "name": "", "locode": ""} for role, country in stops if country]
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

    def _year_only(self, row: Row) -> list[Problem]:
        """A warning for a case that is dated by its year, because no more is known."""
        if self._profile.date_format != YEAR:
            return []
        text = "The source states only the year: the case is dated 1 January of it."
        return [Problem(row.number, self._date_column, "", "date.year-only", text, "", "date")]

    def _line(self, values: dict[str, str], row: Row, problems: list[Problem]) -> dict[str, Any]:
        commodity = values.get("line.commodity", UNKNOWN)
        section, stream = self._lists.section_and_stream(commodity)
        if self._quantity_places:
            quantities = self._quantities(values, row, problems)
        else:
            quantity = self._quantity(values, row, problems)
            quantities = [quantity] if quantity else []
        return {
            "section": section,
            "stream": stream,
            "commodity": commodity,
            "hs_code": values.get("line.hs_code", ""),
            "quantities": quantities,
            "values": [],
            "attributes": [
                {"name": target.removeprefix("line.attribute."), "value": value}
                for target, value in values.items()
                if target.startswith("line.attribute.")
            ],
        }

    def _quantity(self, values: dict[str, str], row: Row, problems: list[Problem]) -> dict[str, Any] | None:
        """The quantity of the row; None where the amount is not there or not readable. Problems are told."""
        for target, text in ((AMOUNT, "The row states no amount."), (UNIT, "The row states no unit.")):
            if target not in values and not any(problem.field == target for problem in problems):
                problems.append(self._missing(row, target, text))
        if AMOUNT not in values:
            return None
        try:
            amount = self._amount(values[AMOUNT])
        except CellError as error:
            problems.append(self._unreadable(row, AMOUNT, error))
            return None
        return self._measured(amount, values.get(UNIT, ""), values)

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
            "accuracy": values.get("line.quantity.accuracy", UNKNOWN),
            "weight_basis": values.get("line.quantity.weight_basis", UNKNOWN) if of_mass else "",
            "converted_amount": converted,
            "converted_unit": base,
        }

    def _reference(self, payload: dict[str, Any], values: dict[str, str], row: Row) -> list[Problem]:
        """Sets the reference. A made one is a hash of all cells by column name, and which time this content comes."""
        if self._profile.reference_prefix is None:
            payload["reference"] = " ".join(values.get("reference", "").split())  # a line end inside a cell is a blank
            return []
        prefix = self._profile.reference_prefix
        if row.reference and re.fullmatch(rf"{prefix}[0-9a-f]{{{REFERENCE_DIGITS}}}-\d+", row.reference, re.ASCII):
            payload["reference"] = row.reference
            return []
        digest = hashlib.sha256()
        for name, place in self._by_name:
            digest.update(f"{name}\x1f{self._content(name, row.cells[place])}\x1e".encode())
        key = int.from_bytes(digest.digest()[:8], "big")
        stem = f"{prefix}{digest.hexdigest()[:REFERENCE_DIGITS]}"
        occurrence = self._seen.get(key, 0) + 1
        while f"{stem}-{occurrence}" in self._taken:
            occurrence += 1
        self._seen[key] = occurrence
        payload["reference"] = f"{stem}-{occurrence}"
        if occurrence == 1:
            return []
        text = f"An exact repeat of an earlier row (occurrence {occurrence}). Decide whether it is another case."
        return [Problem(row.number, "", "", "row.exact-repeat", text)]

    def _content(self, name: str, cell: str) -> str:
        """A cell as it is the same in every format of the file."""
        if name == self._date_column:
            try:
                day, clock = self._date(cell.strip())
            except CellError:
                return cell.strip()
            return f"{day} {clock}"
        return self._same(cell)

    def _told(self, row: Row, findings: list[Finding]) -> list[Problem]:
        """Rule findings as problems of the columns they come from."""
        told = []
        for finding in findings:
            column = self._column(finding.field)
            cell = row.cells[self._places[column]] if column and finding.code != _NOT_SHOWN else ""
            told.append(
                Problem(row.number, column, shown(cell), finding.code, finding.text(), ", ".join(finding.suggestions), finding.field)
            )
        return told

    def _new(self, known: list[Problem], more: list[Problem]) -> list[Problem]:
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
        path = _target(field)
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
