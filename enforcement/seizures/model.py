"""The case as a value, and its way to and from the payload of `SeizureReported`.

A *payload* here is the `case` record of schemas/SeizureReported.avsc as the codec gives it: dicts, lists, `Decimal`, `date`.
Hot paths (intake, rules, an office's handlers) work on payloads; the dataclasses are for forms, pages and tests.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

from enforcement.seizures.errors import CaseShapeError
from liaison.protocol.errors import phrase

T = TypeVar("T")
NOT_KNOWN: Final = -1  # persons_arrested when the source does not say
SCALARS: Final = {"str": str, "int": int, "date": date, "Decimal": Decimal, "float": float}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity as reported, with the converted value beside it (0 and "" when no conversion is known)."""

    amount: Decimal
    unit: str
    accuracy: str = "unknown"
    weight_basis: str = ""
    converted_amount: Decimal = Decimal(0)
    converted_unit: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in an ISO 4217 currency and what it states."""

    amount: Decimal
    currency: str
    basis: str = "unknown"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One typed attribute of a line."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One commodity of a case."""

    section: str
    stream: str
    commodity: str
    hs_code: str = ""
    quantities: tuple[Quantity, ...] = ()
    values: tuple[Money, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened. `coordinates`: empty, or latitude and longitude."""

    country: str
    location_type: str = "unknown"
    name: str = ""
    locode: str = ""
    coordinates: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One stop of the route."""

    role: str
    country: str
    name: str = ""
    locode: str = ""


@dataclass(frozen=True, slots=True)
class Transport:
    """Carrier and identifier of a means of transport."""

    carrier: str = ""
    identifier_kind: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One free text of a case."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One enforcement reference of one administration, in one version. Fields as in schemas/records/Case.avsc."""

    administration: str
    reference: str
    date: date
    place: Place
    code_list_edition: str
    version: int = 1
    kind: str = "seizure"
    level: str = "SIMPLIFIED"
    time: str = ""
    report_source: str = "electronic"
    agency: str = "unknown"
    customs_role: str = "unknown"
    operation: str = ""
    prompted_by: str = ""
    duty_evaded: tuple[Money, ...] = ()
    direction: str = "unknown"
    detection_channel: str = "unknown"
    detection_means: tuple[str, ...] = ()
    concealment: str = "unknown"
    conveyance: str = "unknown"
    ecommerce: str = "unknown"
    transport: tuple[Transport, ...] = ()
    route: tuple[RouteStop, ...] = ()
    persons_arrested: int = NOT_KNOWN
    lines: tuple[Line, ...] = ()
    texts: tuple[Text, ...] = ()
    picture_hashes: tuple[str, ...] = ()

    def to_payload(self) -> dict[str, Any]:
        """The `case` record of a SeizureReported payload."""
        return to_payload(self)

    @staticmethod
    def from_payload(payload: dict[str, Any]) -> Case:
        """The case of a payload. Raises CaseShapeError."""
        return from_payload(payload)


_NESTED: Final[dict[str, type[Any]]] = {
    "place": Place,
    "duty_evaded": Money,
    "transport": Transport,
    "route": RouteStop,
    "lines": Line,
    "texts": Text,
    "quantities": Quantity,
    "values": Money,
    "attributes": Attribute,
}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def to_payload(case: Case) -> dict[str, Any]:
    """The `case` record of a SeizureReported payload; the payload itself is this under the name `case`."""
    return cast("dict[str, Any]", _plain(case))


def _scalar(value: object, wanted: str, path: str) -> object:
    kind = SCALARS[wanted]
    if type(value) is not kind:
        raise CaseShapeError(phrase("{path} is a {name}, not a {wanted}.", path=path, name=type(value).__name__, wanted=wanted), field=path)
    return value


def _items(value: object, inner: str, name: str, path: str) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise CaseShapeError(phrase("{path} is not a list.", path=path), field=path)
    if name in _NESTED:
        return tuple(_record(_NESTED[name], item, f"{path}[{number}]") for number, item in enumerate(value))
    return tuple(_scalar(item, inner, f"{path}[{number}]") for number, item in enumerate(value))


def _field(value: object, name: str, annotation: str, path: str) -> object:
    if annotation.startswith("tuple["):
        return _items(value, annotation[6:].partition(",")[0], name, path)
    if name in _NESTED:
        return _record(_NESTED[name], value, path)
    return _scalar(value, annotation, path)


def _record(kind: type[T], value: object, path: str) -> T:
    """One record: exactly the fields of the schema, each of its type."""
    if not isinstance(value, dict):
        raise CaseShapeError(phrase("{path} is not a record.", path=path or "case"), field=path)
    wanted = {field.name: str(field.type) for field in fields(cast("Any", kind))}
    for name in wanted.keys() ^ value.keys():
        there = _join(path, name)
        text = phrase("{path} is missing.", path=there) if name in wanted else phrase("{path} is not a field of this record.", path=there)
        raise CaseShapeError(text, field=there)
    return kind(**{name: _field(value[name], name, note, _join(path, name)) for name, note in wanted.items()})


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def from_payload(payload: dict[str, Any]) -> Case:
    """The case of a decoded `case` record. Raises CaseShapeError with the field's path."""
    return _record(Case, payload, "")


def blank(administration: str, edition: str) -> dict[str, Any]:
    """A new payload in which everything is unknown: what intake and simulation start from.

    `date` is missing on purpose (there is no unknown date) and `reference` is empty: the caller sets both.
    """
    return {
        "administration": administration,
        "reference": "",
        "version": 1,
        "kind": "seizure",
        "level": "SIMPLIFIED",
        "time": "",
        "report_source": "electronic",
        "agency": "unknown",
        "customs_role": "unknown",
        "operation": "",
        "prompted_by": "",
        "duty_evaded": [],
        "place": {"country": administration, "location_type": "unknown", "name": "", "locode": "", "coordinates": []},
        "direction": "unknown",
        "detection_channel": "unknown",
        "detection_means": [],
        "concealment": "unknown",
        "conveyance": "unknown",
        "ecommerce": "unknown",
        "transport": [],
        "route": [],
        "persons_arrested": NOT_KNOWN,
        "lines": [],
        "texts": [],
        "picture_hashes": [],
        "code_list_edition": edition,
    }


def as_json(value: object) -> object:
    """A payload, or part of one, as JSON can say it: amounts as plain decimal text, dates as ISO 8601."""
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if isinstance(value, date) else value
