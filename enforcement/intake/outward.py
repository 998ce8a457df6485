"""A mapping profile run outward: a case -> the rows that the same profile reads back into it, or why it cannot say the case.

What has no place in the profile is left out, and counted; what the profile would read back as something else is held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN
from enforcement.intake.errors import IntakeError
from enforcement.intake.further import told, unsaid
from enforcement.intake.profile import BY_REFERENCE, YEAR
from enforcement.intake.targets import FURTHER, RELEASABILITY, TARGETS
from enforcement.intake.values import EPOCH, SERIAL
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.intake.profile import FieldMap, Profile

_QUANTITY: Final = "line.quantity."
_NOTHING: Final = ("", UNKNOWN, None)


class OutwardError(IntakeError):
    """This profile cannot be run outward."""

    code = "outward.profile"
    next_step = "Use a profile with a column of references and its headings in the first row; it may be made for this target alone."


class NotSayable(IntakeError):  # noqa: N818 - named for the state
    """The profile cannot say this case."""

    code = "outward.not-sayable"
    next_step = "Add the value to the profile, or a column for it."


@dataclass(frozen=True, slots=True)
class Said:
    """The rows of one case by the columns of the profile, and the fields that have no place in it."""

    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...]


class Outward:
    """One profile, made ready to write."""

    def __init__(self, profile: Profile) -> None:
        """Raises OutwardError."""
        if profile.reference_prefix is not None:
            raise OutwardError(
                phrase("The profile {profile} has no column for references: what comes back could not be told apart.", profile=profile.name)
            )
        if profile.header_row != 1 or profile.header_rows != 1:
            raise OutwardError(phrase("The headings of the profile {profile} are not in the first row alone.", profile=profile.name))
        if profile.date_format == YEAR:
            raise OutwardError(phrase("The profile {profile} writes the year alone.", profile=profile.name))
        self._profile = profile
        self.columns = profile.columns
        self._targets = {one.target for one in profile.fields}
        unit = next((one for one in profile.fields if one.target == f"{_QUANTITY}unit"), None)
        self._units = frozenset[str]() if unit is None else frozenset(unit.spelt) if unit.column else frozenset((unit.constant,))

    def said(self, case: Mapping[str, Any]) -> Said:
        """The rows of a case payload. Raises NotSayable."""
        lines = case["lines"] or [None]
        if len(lines) > 1 and self._profile.cases != BY_REFERENCE:
            raise NotSayable(phrase("{count} lines, and the profile has one row a case.", count=len(lines)), field="lines")
        rows = tuple(self._row(case, line) for line in lines)
        return Said(rows, tuple(self._left_out(case)))

    def _row(self, case: Mapping[str, Any], line: Mapping[str, Any] | None) -> tuple[str, ...]:
        cells = dict.fromkeys(self.columns, "")
        for one in self._profile.fields:
            if one.target == RELEASABILITY:  # beside the case: only what is for all goes into a file
                if one.column:
                    cells[one.column] = one.spelt.get("all", "all")
                continue
            value = self._value(one.target, case, line)
            if one.column:
                cells[one.column] = self._word(one, value)
            elif value != one.constant:
                text = phrase(
                    "{target} is {value}; the profile says {constant} for all.",
                    target=one.target,
                    value=value or phrase("empty"),
                    constant=one.constant,
                )
                raise NotSayable(text, field=one.target)
        for column, unit in self._profile.quantities:
            amounts = [one["amount"] for one in (line["quantities"] if line else ()) if one["unit"] == unit]
            cells[column] = self._amount(amounts[0]) if amounts else ""
        return tuple(cells[column] for column in self.columns)

    def _value(self, target: str, case: Mapping[str, Any], line: Mapping[str, Any] | None) -> str:
        """What the case says in a field, as text."""
        if target == "date":
            return self._date(case)
        if target in FURTHER:
            return self._further(told(target, case, line, self._targets))
        if target.startswith("line."):
            return "" if line is None else self._of_line(target, line)
        head, _, name = target.partition(".")
        if head == "route":
            return next((stop["country"] for stop in case["route"] if stop["role"] == name), "")
        if head == "text":
            return next((text["text"] for text in case["texts"] if text["kind"] == name), "")
        return str(case["place"][name] if head == "place" else case[head])

    def _further(self, value: object) -> str:
        """An amount, degrees or a text as the profile's files write them."""
        if isinstance(value, list):
            return "; ".join(self._further(one) for one in value)
        if isinstance(value, float):
            return self._amount(Decimal(repr(value)))
        return self._amount(value) if isinstance(value, Decimal) else str(value)

    def _of_line(self, target: str, line: Mapping[str, Any]) -> str:
        if target.startswith("line.attribute."):
            name = target.removeprefix("line.attribute.")
            return next((one["value"] for one in line["attributes"] if one["name"] == name), "")
        if not target.startswith(_QUANTITY):
            return str(line[target.removeprefix("line.")])
        if not line["quantities"]:
            return ""
        value = self._chosen(line["quantities"])[target.removeprefix(_QUANTITY)]
        return self._amount(value) if isinstance(value, Decimal) else str(value)

    def _chosen(self, quantities: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Of several quantities the one in a unit that the profile says or has a word for; the first, where it takes any."""
        return next((one for one in quantities if one["unit"] in self._units), quantities[0])

    def _amount(self, amount: Decimal) -> str:
        text = f"{amount:f}"
        plain = text.rstrip("0").rstrip(".") if "." in text else text
        return plain.replace(".", self._profile.decimal_mark)

    def _date(self, case: Mapping[str, Any]) -> str:
        form = self._profile.date_format
        if form == SERIAL:
            return str((case["date"] - EPOCH).days)
        hour, _, minute = case["time"].partition(":")
        return datetime.combine(case["date"], time(int(hour or 0), int(minute or 0))).strftime(form)

    def _word(self, one: FieldMap, value: str) -> str:
        """What the source writes for a value. Raises NotSayable for a code that it has no word for."""
        if value in one.spelt:
            return one.spelt[value]
        if value in _NOTHING and one.empty in (None, *_NOTHING):
            return ""
        if value == one.empty:
            return ""
        coded = bool(TARGETS.get(one.target)) or one.target.startswith("route.")
        if one.values and not coded:
            raise NotSayable(
                phrase("The profile has no word for {value!r} in {target}.", value=value[:40], target=one.target), field=one.target
            )
        if not value and one.empty is not None:
            raise NotSayable(
                phrase("{target} is empty, which the profile reads as {empty!r}.", target=one.target, empty=one.empty), field=one.target
            )
        return value  # a code is read as itself

    def _left_out(self, case: Mapping[str, Any]) -> list[str]:
        """The fields of a case that say something and have no column."""
        found = {name: case[name] for name in ("time", "operation", "agency", "customs_role", "direction", "detection_channel")}
        found |= {name: case[name] for name in ("concealment", "conveyance", "ecommerce")}
        found |= {f"place.{name}": case["place"][name] for name in ("location_type", "name", "locode")}
        found |= {f"route.{stop['role']}": stop["country"] for stop in case["route"]}
        found |= {f"text.{text['kind']}": text["text"] for text in case["texts"]}
        for line in case["lines"]:
            found |= {f"line.attribute.{one['name']}": one["value"] for one in line["attributes"]}
            found |= {"line.hs_code": line["hs_code"]}
        clocked = {"time"} if "%H" in self._profile.date_format else set()
        left = [name for name, value in found.items() if value not in _NOTHING and name not in self._targets | clocked]
        left += unsaid(case, self._targets)
        left += ["line.quantities"] if self._more_quantities(case) else []
        return left

    def _more_quantities(self, case: Mapping[str, Any]) -> bool:
        units = {unit for _, unit in self._profile.quantities}
        if units:
            told = [[one["unit"] for one in line["quantities"]] for line in case["lines"]]
            return any(not units.issuperset(line) or len(set(line)) < len(line) for line in told)
        return any(len(line["quantities"]) > 1 for line in case["lines"])
