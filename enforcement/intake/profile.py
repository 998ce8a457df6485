"""Mapping profiles: per source, which column fills which field of a case, and how its values are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from enforcement.intake.errors import HeaderError, ProfileError
from enforcement.intake.files import ENCODINGS, Dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from enforcement.codelists.model import CodeLists

MAX_PROFILE_BYTES: Final = 1 << 18
DATE_FORMATS: Final = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "YYYYMMDD": "%Y%m%d",
}
# Field of a case -> the code list its values come from; an empty list name means text, a date, a time or an amount.
TARGETS: Final[Mapping[str, str]] = {
    "reference": "",
    "kind": "kinds",
    "level": "levels",
    "date": "",
    "time": "",
    "agency": "agencies",
    "customs_role": "customs-roles",
    "operation": "",
    "place.country": "countries",
    "place.location_type": "location-types",
    "place.name": "",
    "place.locode": "",
    "direction": "directions",
    "detection_channel": "detection-channels",
    "concealment": "concealments",
    "conveyance": "conveyances",
    "ecommerce": "ecommerce",
    "line.commodity": "commodities",
    "line.hs_code": "",
    "line.quantity.amount": "",
    "line.quantity.unit": "units",
    "line.quantity.accuracy": "accuracy",
    "line.quantity.weight_basis": "weight-basis",
}
PREFIXES: Final = {"line.attribute.": "attributes", "text.": "text-kinds", "route.": "route-roles"}
LOOKUPS: Final = ("places",)
TOP_KEYS: Final = frozenset(
    {
        "profile",
        "version",
        "title",
        "source",
        "file",
        "dates",
        "decimal_mark",
        "thousands_mark",
        "administration",
        "reference",
        "fields",
        "ignored",
    }
)
FILE_KEYS: Final = frozenset({"encoding", "delimiter", "quote"})
FIELD_KEYS: Final = frozenset({"column", "constant", "values", "empty", "lookup"})
REFERENCE_KEYS: Final = frozenset({"made_from", "prefix"})


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How one field is filled: from a column (through `values` or a `lookup`), or with a constant."""

    target: str
    column: str = ""
    constant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    empty: str | None = None
    lookup: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of the mapping of one source."""

    name: str
    version: int
    title: str
    source: str
    dialect: Dialect
    date_format: str
    decimal_mark: str
    thousands_mark: str
    administration: str
    reference_prefix: str | None  # None: the reference comes from a column
    fields: tuple[FieldMap, ...]
    ignored: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the profile knows, mapped or ignored with a reason."""
        return tuple(dict.fromkeys([*(one.column for one in self.fields if one.column), *self.ignored]))

    def bind(self, header: Sequence[str]) -> dict[str, int]:
        """Column -> place in the row. Raises HeaderError if the file's columns are not exactly the profile's."""
        names = [name.strip() for name in header]
        known = self.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise HeaderError(f"The file has {_listed(twice)} more than once.", columns=twice)
        lacking = [name for name in known if name not in names]
        if len(lacking) == len(known):
            text = f"The first row of the file has none of the columns of the profile {self.name}; it begins {', '.join(names)[:80]!r}."
            raise HeaderError(f"{text} Is it separated by {self.dialect.delimiter!r}?", columns=lacking)
        if lacking:
            raise HeaderError(f"The profile {self.name} needs {_listed(lacking)}, which the file does not have.", columns=lacking)
        strange = [name for name in names if name not in known]
        if strange:
            raise HeaderError(f"The file has {_listed(strange)}, which the profile {self.name} does not know.", columns=strange)
        return {name: place for place, name in enumerate(names)}


def _listed(names: Sequence[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} " + ", ".join(repr(name[:60]) for name in names)


def key_of(value: str) -> str:
    """A cell as the value maps see it: case and outer blanks do not matter."""
    return " ".join(value.split()).casefold()


def _only(found: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    strange = sorted(str(key) for key in found if key not in allowed)
    if strange:
        raise ProfileError(
            f"{where} has the unknown key {', '.join(repr(key[:60]) for key in strange)}; known are {', '.join(sorted(allowed))}."
        )


def _mapping(found: object, where: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise ProfileError(f"{where} must be a mapping.")
    return found


def _text(found: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = found.get(key, default)
    if not isinstance(value, str):
        raise ProfileError(f"{where} needs {key!r} as text (in quotation marks where YAML would read a number, a date or yes/no).")
    return value


def _one_of(value: str, allowed: Iterable[str], where: str) -> str:
    choices = list(allowed)
    if value not in choices:
        raise ProfileError(f"{where} is {value!r}; it can be {', '.join(repr(choice) for choice in choices)}.")
    return value


def _dialect(found: Mapping[str, Any]) -> Dialect:
    _only(found, FILE_KEYS, "file")
    encoding = _one_of(_text(found, "encoding", "file"), ENCODINGS, "file.encoding")
    delimiter, quote = _text(found, "delimiter", "file"), _text(found, "quote", "file", '"')
    if (
        len(delimiter) != 1
        or len(quote) != 1
        or delimiter == quote
        or not (delimiter + quote).isascii()
        or set(delimiter + quote) & set("\r\n\0 ")
    ):
        raise ProfileError("file.delimiter and file.quote must be two different single ASCII characters.")
    return Dialect(encoding, delimiter, quote)


def _known_target(target: str, lists: CodeLists) -> None:
    if target in TARGETS:
        return
    for prefix, name in PREFIXES.items():
        if target.startswith(prefix):
            _one_of(target.removeprefix(prefix), lists.codes(name), f"The field {target!r}")
            return
    raise ProfileError(f"There is no field {target!r}; fields are {', '.join([*TARGETS, *(prefix + '...' for prefix in PREFIXES)])}.")


def _field_map(target: str, found: Mapping[str, Any], lists: CodeLists) -> FieldMap:
    where = f"fields.{target}"
    _known_target(target, lists)
    _only(found, FIELD_KEYS, where)
    if ("column" in found) == ("constant" in found):
        raise ProfileError(f"{where} needs either a column or a constant.")
    values = {key_of(str(key)): str(value) for key, value in _mapping(found.get("values", {}), f"{where}.values").items()}
    made = FieldMap(
        target=target,
        column=_text(found, "column", where, ""),
        constant=_text(found, "constant", where, ""),
        values=values,
        empty=_text(found, "empty", where) if "empty" in found else None,
        lookup=_one_of(_text(found, "lookup", where), LOOKUPS, f"{where}.lookup") if "lookup" in found else "",
    )
    _codes_exist(made, where, lists)
    return made


def _codes_exist(made: FieldMap, where: str, lists: CodeLists) -> None:
    """Every code a profile can put into a case is checked when the profile is read, not when a row happens to use it."""
    name = TARGETS.get(made.target, "countries" if made.target.startswith("route.") else "")
    if not name:
        return
    for code in [*made.values.values(), *filter(None, [made.constant, made.empty])]:
        if code not in lists.valid[name]:
            near = lists.suggest(name, code)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise ProfileError(f"{where}: {code!r} is not in the code list {name}.{hint}")


def _prefix(found: Mapping[str, Any], fields: Sequence[FieldMap]) -> str | None:
    """The prefix of made references, or None where a column gives them."""
    has_column = any(one.target == "reference" and one.column for one in fields)
    if has_column == ("reference" in found):
        raise ProfileError("A profile needs either fields.reference with a column, or `reference: {made_from: content, prefix: ...}`.")
    if has_column:
        return None
    made = _mapping(found["reference"], "reference")
    _only(made, REFERENCE_KEYS, "reference")
    _one_of(_text(made, "made_from", "reference"), ("content",), "reference.made_from")
    prefix = _text(made, "prefix", "reference")
    if not prefix.isalnum() or not prefix.isascii() or len(prefix) > 16:  # noqa: PLR2004 - leaves room in 64 characters
        raise ProfileError("reference.prefix must be 1 to 16 ASCII letters and digits.")
    return prefix


def _load(data: bytes) -> Mapping[str, Any]:
    if len(data) > MAX_PROFILE_BYTES:
        raise ProfileError(f"The profile is larger than {MAX_PROFILE_BYTES:,} bytes.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProfileError("The profile is not UTF-8 text.") from None
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise ProfileError("A profile may not use YAML aliases (*).")  # a few lines of them can stand for gigabytes
        return _mapping(yaml.safe_load(text), "The profile")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f"line {mark.line + 1}, {getattr(error, 'problem', '')}" if mark else type(error).__name__
        raise ProfileError(f"The profile is not valid YAML ({at}).") from None


def parse_profile(data: bytes, lists: CodeLists) -> Profile:
    """A profile from its YAML; every field, code, format and key in it is checked. Raises ProfileError."""
    found = _load(data)
    _only(found, TOP_KEYS, "The profile")
    version = found.get("version")
    if type(version) is not int or version < 1:
        raise ProfileError("The profile needs a version, a number from 1.")
    fields = tuple(
        _field_map(str(target), _mapping(body, f"fields.{target}"), lists)
        for target, body in _mapping(found.get("fields"), "fields").items()
    )
    targets = {one.target for one in fields}
    for needed in ("date", "line.commodity"):
        if needed not in targets:
            raise ProfileError(f"The profile does not say where {needed} comes from.")
    decimal_mark = _one_of(_text(found, "decimal_mark", "The profile"), (".", ","), "decimal_mark")
    thousands_mark = _one_of(_text(found, "thousands_mark", "The profile", ""), {"", ".", ",", " ", "'"} - {decimal_mark}, "thousands_mark")
    return Profile(
        name=_text(found, "profile", "The profile"),
        version=version,
        title=_text(found, "title", "The profile"),
        source=_text(found, "source", "The profile"),
        dialect=_dialect(_mapping(found.get("file"), "file")),
        date_format=DATE_FORMATS[_one_of(_text(found, "dates", "The profile"), DATE_FORMATS, "dates")],
        decimal_mark=decimal_mark,
        thousands_mark=thousands_mark,
        administration=_one_of_codes(_text(found, "administration", "The profile"), lists),
        reference_prefix=_prefix(found, fields),
        fields=fields,
        ignored={str(name): str(reason) for name, reason in _mapping(found.get("ignored", {}), "ignored").items()},
    )


def _one_of_codes(code: str, lists: CodeLists) -> str:
    if code not in lists.members:
        raise ProfileError(f"administration {code!r} is not a member (ISO 3166-1 alpha-2, upper case).")
    return code
