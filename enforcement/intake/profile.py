"""Mapping profiles: per source, which column fills which field of a case, and how its values are read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from enforcement.intake.errors import HeaderError, ProfileError
from enforcement.intake.files import ENCODINGS, Dialect
from enforcement.intake.profile_values import mapping, number_of, one_of, only, sign_of, text_of
from enforcement.intake.tables import CORRECTED_SHEET, MAX_HEADER_ROWS, Layout
from enforcement.intake.targets import LOOKUPS, PREFIXES, TARGETS, list_of
from enforcement.intake.values import SERIAL, Notation
from liaison.protocol.errors import joined, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.traits import Stated

MAX_PROFILE_BYTES: Final = 1 << 18
_ORDERS: Final = {"YYYY{0}MM{0}DD": "%Y{0}%m{0}%d", "DD{0}MM{0}YYYY": "%d{0}%m{0}%Y", "MM{0}DD{0}YYYY": "%m{0}%d{0}%Y"}
_SHORT_ORDERS: Final = {"DD{0}MM{0}YY": "%d{0}%m{0}%y", "MM{0}DD{0}YY": "%m{0}%d{0}%y"}
_CLOCKS: Final = {"": "", " HH:MM": " %H:%M", " HH:MM:SS": " %H:%M:%S"}
YEAR: Final = "%Y"
WHOLE: Final = phrase("The profile")
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
                changed[name] = one_of(value, allowed, where)
        if stated.dates:
            changed["date_format"] = DATE_FORMATS[one_of(stated.dates, DATE_FORMATS, phrase("The form of dates"))]
        encoding = one_of(stated.encoding or self.dialect.encoding, ENCODINGS, phrase("The encoding"))
        delimiter = sign_of(stated.delimiter, phrase("The delimiter")) if stated.delimiter else self.dialect.delimiter
        changed["dialect"] = replace(self.dialect, encoding=encoding, delimiter=delimiter)
        made = replace(self, **changed)
        if made.thousands_mark == made.decimal_mark:
            raise ProfileError(
                phrase("The decimal mark and the thousands mark are both {decimal_mark!r}; state both.", decimal_mark=made.decimal_mark)
            )
        return made

    def bind(self, header: Sequence[str]) -> dict[str, int]:
        """Column -> place in the row. Raises HeaderError if the file's columns are not exactly the profile's."""
        names = [name.strip() for name in header]
        known = self.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise HeaderError(phrase("The file has {twice} more than once.", twice=_listed(twice)), columns=twice)
        lacking = [name for name in known if name not in names]
        if len(lacking) == len(known):
            begins = ", ".join(names)[:80]
            text = phrase(
                "The first row of the file has none of the columns of the profile {name}; it begins {begins!r}.",
                name=self.name,
                begins=begins,
            )
            hint = (
                phrase("Is it separated by {delimiter!r}?", delimiter=self.dialect.delimiter)
                if len(names) == 1
                else phrase("Is the header in another row (--header-row)?")
            )
            raise HeaderError(joined((text, hint), " "), columns=lacking)
        if lacking:
            raise HeaderError(
                phrase("The profile {name} needs {lacking}, which the file does not have.", name=self.name, lacking=_listed(lacking)),
                columns=lacking,
            )
        strange = [name for name in names if name not in known]
        if strange:
            raise HeaderError(
                phrase("The file has {strange}, which the profile {name} does not know.", strange=_listed(strange), name=self.name),
                columns=strange,
            )
        return {name: place for place, name in enumerate(names)}


_STATED: Final = {
    "decimal_mark": (DECIMAL_MARKS, phrase("The decimal mark")),
    "thousands_mark": (THOUSANDS_MARKS, phrase("The thousands mark")),
}


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(repr(name[:60]) for name in names)
    return phrase("the columns {names}", names=told) if len(names) > 1 else phrase("the column {names}", names=told)


def key_of(value: str) -> str:
    """A cell as the value maps see it: case and outer blanks do not matter."""
    return " ".join(value.split()).casefold()


def _dialect(found: Mapping[str, Any]) -> Dialect:
    only(found, FILE_KEYS, "file")
    encoding = one_of(text_of(found, "encoding", "file", "utf-8"), ENCODINGS, "file.encoding")
    delimiter, quote = text_of(found, "delimiter", "file", ""), sign_of(text_of(found, "quote", "file", '"'), "file.quote")
    if delimiter and sign_of(delimiter, "file.delimiter") == quote:
        raise ProfileError(phrase("file.delimiter and file.quote must be two different single ASCII characters."))
    return Dialect(encoding, delimiter, quote)


def _known_target(target: str, lists: CodeLists) -> None:
    if target in TARGETS or target == QUANTITIES:
        return
    for prefix, name in PREFIXES.items():
        if target.startswith(prefix):
            one_of(target.removeprefix(prefix), lists.codes(name), phrase("The field {target!r}", target=target))
            return
    raise ProfileError(
        phrase(
            "There is no field {target!r}; fields are {names}.",
            target=target,
            names=", ".join([*TARGETS, *(prefix + "..." for prefix in PREFIXES)]),
        )
    )


def _quantities(found: Mapping[str, Any], lists: CodeLists) -> tuple[tuple[str, str], ...]:
    """The columns of amounts, each of one unit; none where amount and unit have a column each. Raises ProfileError."""
    if QUANTITIES not in found:
        return ()
    where = f"fields.{QUANTITIES}"
    body = mapping(found[QUANTITIES], where)
    only(body, frozenset({"columns"}), where)
    columns = mapping(body.get("columns"), f"{where}.columns")
    made = tuple((str(column), str(unit)) for column, unit in columns.items())
    for column, unit in made:
        if unit not in lists.valid["units"]:
            near = lists.suggest("units", unit)
            hint = phrase(" Did you mean {near}?", near=", ".join(near)) if near else ""
            raise ProfileError(
                phrase(
                    "{where}: {unit!r} of the column {column!r} is not in the code list units.{hint}",
                    where=where,
                    unit=unit,
                    column=column,
                    hint=hint,
                )
            )
    if not made or any(name.startswith("line.quantity.") and name.endswith(("amount", "unit")) for name in found):
        raise ProfileError(
            phrase(
                "{where} needs columns with their units, and stands instead of line.quantity.amount and line.quantity.unit.", where=where
            )
        )
    return made


def _cases(found: Mapping[str, Any], prefix: str | None) -> str:
    cases = one_of(text_of(found, "cases", WHOLE, BY_ROW), (BY_ROW, BY_REFERENCE), "cases")
    if cases == BY_REFERENCE and prefix is not None:
        raise ProfileError(phrase("`cases: {by_reference}` needs fields.reference with a column.", by_reference=BY_REFERENCE))
    return cases


def _field_map(target: str, found: Mapping[str, Any], lists: CodeLists) -> FieldMap:
    where = f"fields.{target}"
    _known_target(target, lists)
    only(found, FIELD_KEYS, where)
    if ("column" in found) == ("constant" in found):
        raise ProfileError(phrase("{where} needs either a column or a constant.", where=where))
    words = [(str(word), str(code)) for word, code in mapping(found.get("values", {}), f"{where}.values").items()]
    made = FieldMap(
        target=target,
        column=text_of(found, "column", where, ""),
        constant=text_of(found, "constant", where, ""),
        values={key_of(word): code for word, code in words},
        spelt={code: word for word, code in reversed(words)},
        empty=text_of(found, "empty", where) if "empty" in found else None,
        lookup=one_of(text_of(found, "lookup", where), LOOKUPS, f"{where}.lookup") if "lookup" in found else "",
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
            hint = phrase(" Did you mean {near}?", near=", ".join(near)) if near else ""
            raise ProfileError(
                phrase("{where}: {code!r} is not in the code list {name}.{hint}", where=where, code=code, name=name, hint=hint)
            )


def _prefix(found: Mapping[str, Any], fields: Sequence[FieldMap]) -> str | None:
    """The prefix of made references, or None where a column gives them."""
    has_column = any(one.target == "reference" and one.column for one in fields)
    if has_column == ("reference" in found):
        raise ProfileError(
            phrase("A profile needs either fields.reference with a column, or `reference: {{made_from: content, prefix: ...}}`.")
        )
    if has_column:
        return None
    made = mapping(found["reference"], "reference")
    only(made, REFERENCE_KEYS, "reference")
    one_of(text_of(made, "made_from", "reference"), ("content",), "reference.made_from")
    prefix = text_of(made, "prefix", "reference")
    if not prefix.isalnum() or not prefix.isascii() or len(prefix) > 16:  # noqa: PLR2004 - leaves room in 64 characters
        raise ProfileError(phrase("reference.prefix must be 1 to 16 ASCII letters and digits."))
    return prefix


def _load(data: bytes) -> Mapping[str, Any]:
    if len(data) > MAX_PROFILE_BYTES:
        raise ProfileError(phrase("The profile is larger than {max_profile_bytes:,} bytes.", max_profile_bytes=MAX_PROFILE_BYTES))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProfileError(phrase("The profile is not UTF-8 text.")) from None
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise ProfileError(phrase("A profile may not use YAML aliases (*)."))  # a few lines of them can stand for gigabytes
        return mapping(yaml.safe_load(text), WHOLE)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f"line {mark.line + 1}, {getattr(error, 'problem', '')}" if mark else type(error).__name__
        raise ProfileError(phrase("The profile is not valid YAML ({at}).", at=at)) from None


def parse_profile(data: bytes, lists: CodeLists) -> Profile:
    """A profile from its YAML; every field, code, format and key in it is checked. Raises ProfileError."""
    found = _load(data)
    only(found, TOP_KEYS, WHOLE)
    version = found.get("version")
    if type(version) is not int or version < 1:
        raise ProfileError(phrase("The profile needs a version, a number from 1."))
    bodies = {str(target): body for target, body in mapping(found.get("fields"), "fields").items()}
    fields = tuple(_field_map(target, mapping(body, f"fields.{target}"), lists) for target, body in bodies.items() if target != QUANTITIES)
    for needed in ("date", "line.commodity"):
        if needed not in bodies:
            raise ProfileError(phrase("The profile does not say where {needed} comes from.", needed=needed))
    decimal_mark = one_of(text_of(found, "decimal_mark", WHOLE), DECIMAL_MARKS, "decimal_mark")
    thousands = [mark for mark in THOUSANDS_MARKS if mark != decimal_mark]
    prefix = _prefix(found, fields)
    file = mapping(found.get("file", {}), "file")
    return Profile(
        name=text_of(found, "profile", WHOLE),
        version=version,
        title=text_of(found, "title", WHOLE),
        source=text_of(found, "source", WHOLE),
        dialect=_dialect(file),
        date_format=DATE_FORMATS[one_of(text_of(found, "dates", WHOLE), DATE_FORMATS, "dates")],
        decimal_mark=decimal_mark,
        thousands_mark=one_of(text_of(found, "thousands_mark", WHOLE, ""), thousands, "thousands_mark"),
        administration=_one_of_codes(text_of(found, "administration", WHOLE), lists),
        reference_prefix=prefix,
        fields=fields,
        ignored={str(name): str(reason) for name, reason in mapping(found.get("ignored", {}), "ignored").items()},
        quantities=_quantities(bodies, lists),
        cases=_cases(found, prefix),
        sheet=text_of(file, "sheet", "file", ""),
        header_row=number_of(file, "header_row", MAX_HEADER_ROW),
        header_rows=number_of(file, "header_rows", MAX_HEADER_ROWS),
    )


def _one_of_codes(code: str, lists: CodeLists) -> str:
    if code not in lists.members:
        raise ProfileError(phrase("administration {code!r} is not a member (ISO 3166-1 alpha-2, upper case).", code=code))
    return code
