"""Mapping profiles: per source, which column fills which field of a case, and how its values are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from enforcement.intake.errors import HeaderError, ProfileError
from enforcement.intake.files import ENCODINGS, Dialect
from enforcement.intake.tables import CORRECTED_SHEET, MAX_HEADER_ROWS, Layout
from enforcement.intake.targets import LOOKUPS, PREFIXES, TARGETS, list_of
from enforcement.intake.values import SERIAL, Notation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.traits import Stated

MAX_PROFILE_BYTES: Final = 1 << 18
_ORDERS: Final = {"YYYY{0}MM{0}DD": "%Y{0}%m{0}%d", "DD{0}MM{0}YYYY": "%d{0}%m{0}%Y", "MM{0}DD{0}YYYY": "%m{0}%d{0}%Y"}
_SHORT_ORDERS: Final = {"DD{0}MM{0}YY": "%d{0}%m{0}%y", "MM{0}DD{0}YY": "%m{0}%d{0}%y"}
_CLOCKS: Final = {"": "", " HH:MM": " %H:%M", " HH:MM:SS": " %H:%M:%S"}
YEAR: Final = "%Y"
DATE_FORMATS: Final = {
    **{
        name.format(sign) + clock: form.format(sign) + tail
        for clock, tail in _CLOCKS.items()
        for name, form in _ORDERS.items()
        for sign in "-/."
    },
    **{name.format(sign): form.format(sign) for name, form in _SHORT_ORDERS.items() for sign in "-/."},
    "YYYY-MM-DDTHH:MM:SS": "%Y-%m-%dT%H:%M:%S",
    "YYYYMMDD": "%Y%m%d",
    "YYYY": YEAR,  # the first day of the year, and each row is told so
    "SERIAL": SERIAL,  # days as a spreadsheet counts them
}
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
        "cases",
        "fields",
        "ignored",
    }
)
FILE_KEYS: Final = frozenset({"encoding", "delimiter", "quote", "sheet", "header_row", "header_rows"})
FIELD_KEYS: Final = frozenset({"column", "constant", "values", "empty", "lookup"})
QUANTITIES: Final = "line.quantities"  # several columns, one a unit, of which each row fills at least one
BY_ROW: Final = "by-row"
BY_REFERENCE: Final = "by-reference"  # rows with the same reference are the lines of one case
DECIMAL_MARKS: Final = (".", ",")
THOUSANDS_MARKS: Final = ("", ".", ",", " ", "'")
MAX_HEADER_ROW: Final = 10_000
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
    spelt: Mapping[str, str] = field(default_factory=dict)  # code -> the first word for it, as the profile spells it


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
    quantities: tuple[tuple[str, str], ...] = ()  # column and the unit of its amounts
    cases: str = BY_ROW
    sheet: str = ""
    header_row: int = 1
    header_rows: int = 1
    corrected: bool = False  # whether the file is an annotated workbook that was made here

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the profile knows, mapped or ignored with a reason."""
        mapped = [one.column for one in self.fields if one.column]
        return tuple(dict.fromkeys([*mapped, *(column for column, _ in self.quantities), *self.ignored]))

    @property
    def layout(self) -> Layout:
        """How its files are read."""
        notation = Notation(self.decimal_mark, self.date_format)
        return Layout(self.dialect, notation, self.sheet, self.header_row, self.header_rows, self.corrected)

    def of_corrections(self) -> Profile:
        """The profile for an annotated workbook that was made with it."""
        return replace(self, corrected=True, sheet=CORRECTED_SHEET, header_row=1, header_rows=1)

    def read_as(self, stated: Stated) -> Profile:
        """The profile with what is stated about one file. Raises ProfileError."""
        changed: dict[str, Any] = {name: value for name in ("sheet", "header_row", "header_rows") if (value := getattr(stated, name))}
        for name, (allowed, where) in _STATED.items():
            if value := getattr(stated, name):
                changed[name] = _one_of(value, allowed, where)
        if stated.dates:
            changed["date_format"] = DATE_FORMATS[_one_of(stated.dates, DATE_FORMATS, "The form of dates")]
        encoding = _one_of(stated.encoding or self.dialect.encoding, ENCODINGS, "The encoding")
        delimiter = _sign(stated.delimiter, "The delimiter") if stated.delimiter else self.dialect.delimiter
        changed["dialect"] = replace(self.dialect, encoding=encoding, delimiter=delimiter)
        made = replace(self, **changed)
        if made.thousands_mark == made.decimal_mark:
            raise ProfileError(f"The decimal mark and the thousands mark are both {made.decimal_mark!r}; state both.")
        return made

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
            hint = (
                f" Is it separated by {self.dialect.delimiter!r}?" if len(names) == 1 else " Is the header in another row (--header-row)?"
            )
            raise HeaderError(text + hint, columns=lacking)
        if lacking:
            raise HeaderError(f"The profile {self.name} needs {_listed(lacking)}, which the file does not have.", columns=lacking)
        strange = [name for name in names if name not in known]
        if strange:
            raise HeaderError(f"The file has {_listed(strange)}, which the profile {self.name} does not know.", columns=strange)
        return {name: place for place, name in enumerate(names)}


_STATED: Final = {
    "decimal_mark": (DECIMAL_MARKS, "The decimal mark"),
    "thousands_mark": (THOUSANDS_MARKS, "The thousands mark"),
}


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
    encoding = _one_of(_text(found, "encoding", "file", "utf-8"), ENCODINGS, "file.encoding")
    delimiter, quote = _text(found, "delimiter", "file", ""), _sign(_text(found, "quote", "file", '"'), "file.quote")
    if delimiter and _sign(delimiter, "file.delimiter") == quote:
        raise ProfileError("file.delimiter and file.quote must be two different single ASCII characters.")
    return Dialect(encoding, delimiter, quote)


def _sign(text: str, where: str) -> str:
    if len(text) != 1 or not text.isascii() or text in "\r\n\0 ":
        raise ProfileError(f"{where} must be a single ASCII character; the delimiter and the quote must be different.")
    return text


def _number(found: Mapping[str, Any], key: str, most: int) -> int:
    value = found.get(key, 1)
    if type(value) is not int or not 1 <= value <= most:
        raise ProfileError(f"file.{key} must be a number from 1 to {most}.")
    return value


def _known_target(target: str, lists: CodeLists) -> None:
    if target in TARGETS or target == QUANTITIES:
        return
    for prefix, name in PREFIXES.items():
        if target.startswith(prefix):
            _one_of(target.removeprefix(prefix), lists.codes(name), f"The field {target!r}")
            return
    raise ProfileError(f"There is no field {target!r}; fields are {', '.join([*TARGETS, *(prefix + '...' for prefix in PREFIXES)])}.")


def _quantities(found: Mapping[str, Any], lists: CodeLists) -> tuple[tuple[str, str], ...]:
    """The columns of amounts, each of one unit; none where amount and unit have a column each. Raises ProfileError."""
    if QUANTITIES not in found:
        return ()
    where = f"fields.{QUANTITIES}"
    body = _mapping(found[QUANTITIES], where)
    _only(body, frozenset({"columns"}), where)
    columns = _mapping(body.get("columns"), f"{where}.columns")
    made = tuple((str(column), str(unit)) for column, unit in columns.items())
    for column, unit in made:
        if unit not in lists.valid["units"]:
            near = lists.suggest("units", unit)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise ProfileError(f"{where}: {unit!r} of the column {column!r} is not in the code list units.{hint}")
    if not made or any(name.startswith("line.quantity.") and name.endswith(("amount", "unit")) for name in found):
        raise ProfileError(f"{where} needs columns with their units, and stands instead of line.quantity.amount and line.quantity.unit.")
    return made


def _cases(found: Mapping[str, Any], prefix: str | None) -> str:
    cases = _one_of(_text(found, "cases", "The profile", BY_ROW), (BY_ROW, BY_REFERENCE), "cases")
    if cases == BY_REFERENCE and prefix is not None:
        raise ProfileError(f"`cases: {BY_REFERENCE}` needs fields.reference with a column.")
    return cases


def _field_map(target: str, found: Mapping[str, Any], lists: CodeLists) -> FieldMap:
    where = f"fields.{target}"
    _known_target(target, lists)
    _only(found, FIELD_KEYS, where)
    if ("column" in found) == ("constant" in found):
        raise ProfileError(f"{where} needs either a column or a constant.")
    words = [(str(word), str(code)) for word, code in _mapping(found.get("values", {}), f"{where}.values").items()]
    made = FieldMap(
        target=target,
        column=_text(found, "column", where, ""),
        constant=_text(found, "constant", where, ""),
        values={key_of(word): code for word, code in words},
        spelt={code: word for word, code in reversed(words)},
        empty=_text(found, "empty", where) if "empty" in found else None,
        lookup=_one_of(_text(found, "lookup", where), LOOKUPS, f"{where}.lookup") if "lookup" in found else "",
    )
    _codes_exist(made, where, lists)
    return made


def _codes_exist(made: FieldMap, where: str, lists: CodeLists) -> None:
    """Every code a profile can put into a case is checked when the profile is read, not when a row happens to use it."""
    name = list_of(made.target, lists)
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
    bodies = {str(target): body for target, body in _mapping(found.get("fields"), "fields").items()}
    fields = tuple(_field_map(target, _mapping(body, f"fields.{target}"), lists) for target, body in bodies.items() if target != QUANTITIES)
    for needed in ("date", "line.commodity"):
        if needed not in bodies:
            raise ProfileError(f"The profile does not say where {needed} comes from.")
    decimal_mark = _one_of(_text(found, "decimal_mark", "The profile"), DECIMAL_MARKS, "decimal_mark")
    thousands = [mark for mark in THOUSANDS_MARKS if mark != decimal_mark]
    prefix = _prefix(found, fields)
    file = _mapping(found.get("file", {}), "file")
    return Profile(
        name=_text(found, "profile", "The profile"),
        version=version,
        title=_text(found, "title", "The profile"),
        source=_text(found, "source", "The profile"),
        dialect=_dialect(file),
        date_format=DATE_FORMATS[_one_of(_text(found, "dates", "The profile"), DATE_FORMATS, "dates")],
        decimal_mark=decimal_mark,
        thousands_mark=_one_of(_text(found, "thousands_mark", "The profile", ""), thousands, "thousands_mark"),
        administration=_one_of_codes(_text(found, "administration", "The profile"), lists),
        reference_prefix=prefix,
        fields=fields,
        ignored={str(name): str(reason) for name, reason in _mapping(found.get("ignored", {}), "ignored").items()},
        quantities=_quantities(bodies, lists),
        cases=_cases(found, prefix),
        sheet=_text(file, "sheet", "file", ""),
        header_row=_number(file, "header_row", MAX_HEADER_ROW),
        header_rows=_number(file, "header_rows", MAX_HEADER_ROWS),
    )


def _one_of_codes(code: str, lists: CodeLists) -> str:
    if code not in lists.members:
        raise ProfileError(f"administration {code!r} is not a member (ISO 3166-1 alpha-2, upper case).")
    return code
