"""A case as another program writes it in JSON -> the payload of a case, or everything that keeps it from being one.

The form is that of `liaison --json seizures show`: what is left out is unknown. What is wrong with the form is told as findings with
stable codes, field paths and sentences by language, as the rules tell what is wrong with the content.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from rapidfuzz import process

from enforcement.codelists.model import UNKNOWN
from enforcement.seizures.fields import DERIVED, RECORDS
from enforcement.seizures.model import Case, Place, blank
from enforcement.seizures.rules.findings import CLEAN, ERROR, Finding, Rule, spoken
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules.findings import Found, Payload

MAX_ITEMS: Final = 1_000  # of one list
MAX_AMOUNT_CHARACTERS: Final = 40
MAX_FOUND: Final = 50  # enough to correct by
_GIVEN_BY_US: Final = frozenset({"version", "code_list_edition"})
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BROKEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MASS: Final = "mass"


class NotJsonError(LiaisonError):
    """This is not JSON, or not an object."""

    code = "document.not-json"
    next_step = "Send one JSON object a case, in UTF-8."


def _never(_case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Found while the document is read, not in a case."""
    return CLEAN


def _shape(code: str, en: str, fr: str, es: str) -> Rule:
    return Rule(code, ERROR, ("*",), spoken(en, fr, es), _never)


FIELD_UNKNOWN: Final = _shape(
    "document.field-unknown",
    "A case has no field {field}.{hint}",
    "Une affaire n'a pas de champ {field}.{hint}",
    "Un caso no tiene ningún campo {field}.{hint}",
)
WRONG_TYPE: Final = _shape(
    "document.type",
    "{field} takes {wanted}, not {given}.",
    "{field} attend : {wanted} ; reçu : {given}.",
    "{field} espera: {wanted}; recibido: {given}.",
)
DATE_FORM: Final = _shape(
    "document.date-form",
    "{field} is a day of the calendar written YYYY-MM-DD, not '{value}'.",
    "{field} est un jour du calendrier écrit AAAA-MM-JJ, et non «{value}».",
    "{field} es un día del calendario escrito AAAA-MM-DD, y no «{value}».",
)
DATE_MISSING: Final = _shape(
    "document.date-missing", "A case needs its date.", "Une affaire doit porter sa date.", "Un caso necesita su fecha."
)
AMOUNT_FORM: Final = _shape(
    "document.amount-form",
    "{field} is a plain number such as 12.5, not '{value}'.",
    "{field} est un nombre simple comme 12.5, et non «{value}».",
    "{field} es un número simple como 12.5, y no «{value}».",
)
TOO_MANY: Final = _shape(
    "document.too-many",
    "{field} has {value} entries; {limit} are the most.",
    "{field} compte {value} éléments ; {limit} au plus.",
    "{field} tiene {value} elementos; como máximo {limit}.",
)
TEXT_BROKEN: Final = _shape(
    "document.text-broken",
    "{field} holds a control character, or half of a character.",
    "{field} contient un caractère de contrôle, ou la moitié d'un caractère.",
    "{field} contiene un carácter de control, o la mitad de un carácter.",
)
SHAPES: Final = (FIELD_UNKNOWN, WRONG_TYPE, DATE_FORM, DATE_MISSING, AMOUNT_FORM, TOO_MANY, TEXT_BROKEN)
"""Every way in which a document is not a case."""


def parse(raw: bytes) -> dict[str, Any]:
    """The one JSON object in `raw` (UTF-8), numbers exact. Raises NotJsonError."""
    try:
        found = json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise NotJsonError(f"Byte {error.start + 1} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise NotJsonError(f"Not JSON: {error.msg} at character {error.pos + 1}.") from None
    except (ValueError, InvalidOperation, RecursionError):
        raise NotJsonError("Not JSON that can be read: a number, a name given twice, or a depth beyond any case.") from None
    if not isinstance(found, dict):
        raise NotJsonError(f"One JSON object is a case; this is {_kind(found)}.")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name given twice is refused, because readers differ in which of the two they take."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def read_case(document: Mapping[str, Any], administration: str, lists: CodeLists) -> tuple[dict[str, Any], list[Finding]]:
    """The payload that a document (from `parse`) describes, and what is wrong with its form; only without findings is it whole.

    `administration` is meant where the document names none. Section, stream and converted amounts are worked out here, whatever it
    says of them; version and code list edition are the node's to set.
    """
    reading = _Reading()
    payload = blank(administration, lists.edition)
    payload["report_source"] = "other-system"
    form = _FORMS[Case]
    given = reading.known(document, form, "")
    for name, value in given.items():
        if name not in _GIVEN_BY_US:
            payload[name] = reading.value(name, form[name][0], value, (name, payload.get(name)))
    if "date" not in payload:
        reading.say(DATE_MISSING, "date")
    if not reading.found:
        for line in payload["lines"]:
            _derive(line, lists)
    return payload, reading.found


def stated_version(document: Mapping[str, Any]) -> int | None:
    """The version that the document says it is, None when it does not say; 0 for something that is no version."""
    version = document.get("version")
    if version is None:
        return None
    return version if isinstance(version, int) and not isinstance(version, bool) and version > 0 else 0


def _derive(line: dict[str, Any], lists: CodeLists) -> None:
    if line["commodity"] in lists.valid["commodities"]:
        line["section"], line["stream"] = lists.section_and_stream(line["commodity"])
    for quantity in line["quantities"]:
        quantity["converted_amount"], quantity["converted_unit"] = lists.convert(quantity["amount"], quantity["unit"])
        if not quantity["weight_basis"] and lists.unit_measures.get(quantity["unit"]) == _MASS:
            quantity["weight_basis"] = UNKNOWN


class _Reading:
    """What was found while one document is read."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def say(self, rule: Rule, field: str, **facts: object) -> None:
        if len(self.found) < MAX_FOUND:
            self.found.append(Finding(rule, field, facts))

    def known(self, given: Mapping[str, Any], names: Mapping[str, object], path: str) -> dict[str, Any]:
        """What is given of these fields; null says as much as leaving it out."""
        for name in given.keys() - names.keys():
            near = [str(one[0]) for one in process.extract(name[:64], sorted(names), limit=3, score_cutoff=60)]
            self.say(FIELD_UNKNOWN, f"{path}{_plain(name)}", suggestions=near)
        return {name: value for name, value in given.items() if name in names and value is not None}

    def value(self, name: str, kind: str, given: Any, at: tuple[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON holds
        """A value of the type the field has; on a finding its usual value, which nobody will see."""
        path, usual = at
        if kind.startswith("tuple["):
            return self._items(name, kind[6:].partition(",")[0], given, path)
        if name == "place":
            return self._record(Place, given, path, {**usual})
        return _SCALARS[kind](self, given, path)

    def _items(self, name: str, inner: str, given: Any, path: str) -> list[Any]:  # noqa: ANN401 - the same
        if not isinstance(given, list):
            self._wrong(path, "a list", given)
            return []
        if len(given) > MAX_ITEMS:
            self.say(TOO_MANY, path, value=len(given), limit=MAX_ITEMS)
            return []
        if name in RECORDS:
            return [self._record(RECORDS[name], item, f"{path}[{number}]", {}) for number, item in enumerate(given)]
        return [_SCALARS[inner](self, item, f"{path}[{number}]") for number, item in enumerate(given)]

    def _record(self, kind: type[Any], given: Any, path: str, usual: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - the same
        if not isinstance(given, dict):
            self._wrong(path, "an object", given)
            return usual
        form = _FORMS[kind]
        said = self.known(given, form, f"{path}.")
        for name, (kind_of, default) in form.items():
            if name in said:
                usual[name] = self.value(name, kind_of, said[name], (f"{path}.{name}", None))
            elif name not in usual:
                usual[name] = _usual(name, default)
        return usual

    def text(self, given: Any, path: str) -> str:  # noqa: ANN401 - the same
        if not isinstance(given, str):
            self._wrong(path, "text", given)
            return ""
        if _BROKEN.search(given):
            self.say(TEXT_BROKEN, path)
            return ""
        return given

    def whole(self, given: Any, path: str) -> int:  # noqa: ANN401 - the same
        if isinstance(given, bool) or not isinstance(given, int) or abs(given) > 2**31 - 1:
            self._wrong(path, "a whole number", given)
            return 0
        return given

    def day(self, given: Any, path: str) -> date:  # noqa: ANN401 - the same
        try:
            if isinstance(given, str) and _DAY.fullmatch(given):
                return date.fromisoformat(given)
        except ValueError:
            pass
        self.say(DATE_FORM, path, value=_shown(given))
        return date.min

    def amount(self, given: Any, path: str) -> Decimal:  # noqa: ANN401 - the same
        if isinstance(given, int | Decimal | str) and not isinstance(given, bool) and len(str(given)) <= MAX_AMOUNT_CHARACTERS:
            try:
                amount = Decimal(given)
            except InvalidOperation:
                amount = Decimal("NaN")
            if amount.is_finite() and abs(amount.adjusted()) < MAX_AMOUNT_CHARACTERS:
                return amount
        self.say(AMOUNT_FORM, path, value=_shown(given))
        return Decimal(0)

    def degrees(self, given: Any, path: str) -> float:  # noqa: ANN401 - the same
        if isinstance(given, int | Decimal) and not isinstance(given, bool) and math.isfinite(number := float(given)):
            return number
        self._wrong(path, "a number", given)
        return 0.0

    def _wrong(self, path: str, wanted: str, given: object) -> None:
        self.say(WRONG_TYPE, path, wanted=wanted, given=_kind(given))


_SCALARS: Final[Mapping[str, Callable[[_Reading, Any, str], Any]]] = {
    "str": _Reading.text,
    "int": _Reading.whole,
    "date": _Reading.day,
    "Decimal": _Reading.amount,
    "float": _Reading.degrees,
}
_KINDS: Final = ((bool, "true or false"), (str, "text"), (int, "a number"), (Decimal, "a number"), (list, "a list"), (dict, "an object"))


def _form_of(kind: type[Any]) -> Mapping[str, tuple[str, object]]:
    """The fields of a record: name -> its type as written, and what it is when not stated."""
    return {one.name: (str(one.type), one.default) for one in fields(cast("Any", kind))}


_FORMS: Final = {kind: _form_of(kind) for kind in (Case, Place, *RECORDS.values())}


def _usual(name: str, default: object) -> object:
    """What a field has that is not stated; the rules say where that is too little."""
    if default is MISSING:
        return UNKNOWN if name in ("section", "stream", "commodity") else Decimal(0) if name == "amount" else ""
    return [] if default == () else "" if name in DERIVED and isinstance(default, str) else default


def _kind(given: object) -> str:
    return next((word for kind, word in _KINDS if isinstance(given, kind)), "null")


def _plain(name: str) -> str:
    return name[:60] if name.isprintable() else ascii(name[:60])


def _shown(given: object) -> str:
    return str(given)[:60] if isinstance(given, str | int | Decimal) else _kind(given)
