"""The files of reference data -> an edition as a document -> `CodeLists`. Pure: bytes in, values out."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.document import LANGUAGES, normal
from enforcement.codelists.errors import ReferenceDataError
from enforcement.codelists.model import Code, CodeLists, Member, PlaceCode, Requirement, Unit
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from enforcement.codelists.document import Document

FILES = (
    "codelists.json",
    "units.csv",
    "currencies.csv",
    "countries.csv",
    "members.csv",
    "places.csv",
    "requirements.json",
    "amounts.csv",
    "chapters.csv",
)
HUB = "wco.hub"
CASE = "all"
TABLES: Final = (("countries", "iso2"), ("currencies", "code"), ("units", "code"))  # lists that are files of their own, and their key
_KEYS = {"mandatory": ("always", "of-seizures"), "conditional": ("of-seizures",), "optional": ("optional",), "not-applicable": ("never",)}
_SAID = ("concealments", "directions", "conveyances", "location-types", "detection-means", "commodities", "streams", "sections")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What comes with the package and not with an edition: places by code, the members as the package knows them, what is plausible."""

    places: Mapping[str, PlaceCode]
    members: Mapping[str, Member]
    amounts: Sequence[Mapping[str, str]]  # the rows of amounts.csv: which commodities they mean, an edition says
    chapters: Mapping[str, frozenset[str]]


def _lines(data: bytes) -> Iterator[str]:
    return (line for line in data.decode("utf-8").splitlines() if not line.startswith("#"))


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    """The rows of a reference CSV; lines that begin with # are for people."""
    return csv.DictReader(_lines(data))


def _entry(row: Mapping[str, str], key: str) -> dict[str, Any]:
    """A row of a list that is a file of its own, as an entry of the document."""
    made: dict[str, Any] = {"code": row[key], "en": row["name"], "fr": row["fr"], "es": row["es"]}
    made |= {name: row[name] for name in ("base", "factor") if row.get(name)}
    made |= {name: row[name].split(";") for name in ("measures", "aliases") if row.get(name)}
    return made


def document_of(files: Mapping[str, bytes]) -> Document:
    """The shipped files as the document of their edition, every value looked at. Raises ReferenceDataError, and what parsers raise."""
    return normal(_shipped(files))


def _shipped(files: Mapping[str, bytes]) -> Document:
    document = json.loads(files["codelists.json"])
    for body in document["lists"].values():
        body["codes"] = [{"code": code, **entry} for code, entry in body["codes"].items()]
    for name, key in TABLES:
        data = files[f"{name}.csv"]
        source = data.decode("utf-8").partition("Source: ")[2].partition("\n")[0]
        document["lists"][name] = {"source": source, "codes": [_entry(row, key) for row in _rows(data)]}
    requirements = json.loads(files["requirements.json"])
    requirements.pop("about", None)
    return {**document, "requirements": requirements}


def _code(entry: Mapping[str, Any]) -> Code:
    return Code(
        code=entry["code"],
        labels={language: entry[language] for language in LANGUAGES if entry.get(language)},
        parent=entry.get("parent", ""),
        measures=frozenset(entry.get("measures", ())),
        unit=entry.get("unit", ""),
        sections=frozenset(entry.get("sections", ())),
        type=entry.get("type", ""),
        aliases=tuple(entry.get("aliases", ())),
        valid_from=entry.get("valid_from", ""),
        valid_to=entry.get("valid_to", ""),
        replaced_by=tuple(entry.get("replaced_by", ())),
    )


def is_open(entry: Mapping[str, Any], valid_from: str) -> bool:
    """Whether a code may be used under the edition that is valid from this day on."""
    return bool(entry.get("valid_from", "") <= valid_from and (not entry.get("valid_to") or entry["valid_to"] >= valid_from))


def _lists(document: Document, *, opened: bool) -> dict[str, dict[str, Code]]:
    """The open codes of every list, or the closed ones. What measures money is in `units` as well."""
    day = document["valid_from"]
    lists = {
        name: {entry["code"]: _code(entry) for entry in body["codes"] if is_open(entry, day) is opened}
        for name, body in document["lists"].items()
    }
    lists["units"] |= lists["currencies"]
    return lists


def _units(document: Document) -> dict[str, Unit]:
    """Units by code, closed ones too: an amount is converted whatever became of its unit. Currency codes are added by `build`."""
    return {
        entry["code"]: Unit(entry["code"], entry["en"], entry["measures"][0], entry.get("base", ""), Decimal(entry.get("factor", 0)))
        for entry in document["lists"]["units"]["codes"]
    }


def _measurable(lists: Mapping[str, Mapping[str, Code]]) -> dict[tuple[str, str], frozenset[str]]:
    """What can measure a commodity: its own list of measures, else its stream's; `unknown` goes with every stream."""
    streams = lists["streams"]
    table = {(stream, "unknown"): entry.measures for stream, entry in streams.items()}
    for code, entry in lists["commodities"].items():
        table[entry.parent, code] = entry.measures or streams[entry.parent].measures
    return table


def _requirement(path: str) -> Requirement:
    of_line = path.startswith("lines.")
    first, _, second = path.removeprefix("lines.").partition(".")
    return Requirement(path, of_line, first, second)


def _requirements(
    document: Mapping[str, Any], streams: Mapping[str, Code], sections: Iterable[str]
) -> dict[tuple[str, str, str], tuple[Requirement, ...]]:
    """The table, ready to ask: what a case needs under "all", what each line needs under every section and stream.

    A stream has what its section has, but for what is stated for itself.
    """
    table: dict[tuple[str, str, str], tuple[Requirement, ...]] = {}
    above = {CASE: "", **dict.fromkeys(sections, "")}
    above |= {code: stream.parent for code, stream in streams.items() if code not in above}
    for level, stated in document.items():
        for under, section in above.items():
            for path, force in {**stated[CASE], **stated.get(section, {}), **stated.get(under, {})}.items():
                asked = _requirement(path)
                if asked.of_line == (under != CASE):
                    for key in _KEYS[force]:
                        table[level, under, key] = (*table.get((level, under, key), ()), asked)
    return table


def _amounts(rows: Sequence[Mapping[str, str]], commodities: Mapping[str, Code]) -> dict[tuple[str, str], Decimal]:
    """The most that is plausible, for every commodity of the stream or commodity that a row names."""
    table: dict[tuple[str, str], Decimal] = {}
    for row in sorted(rows, key=lambda row: row["kind"] == "commodity"):  # a commodity's own row goes before its stream's
        named = row["goods"]
        codes = [named] if row["kind"] == "commodity" else [code for code, entry in commodities.items() if entry.parent == named]
        table |= {(code, row["unit"]): Decimal(row["most"]) for code in codes}
    return table


def _chapters(data: bytes) -> dict[str, frozenset[str]]:
    """The chapters of the Harmonized System in which a stream's goods are classified."""
    return {row["stream"]: frozenset(row["chapters"].split()) for row in _rows(data)}


def _words(lists: Mapping[str, Mapping[str, Code]]) -> frozenset[str]:
    """What a free text may not only say: every code and label of the field, in lower case."""
    said = (word for name in _SAID for code, entry in lists[name].items() for word in (code, *entry.labels.values()))
    return frozenset(word.casefold() for word in said)


def _members(data: bytes) -> dict[str, Member]:
    return {
        row["iso2"]: Member(row["iso2"], row["name"], row["region"], f"rilo.{row['rilo']}" if row["rilo"] else HUB) for row in _rows(data)
    }


def fixed_of(files: Mapping[str, bytes]) -> Fixed:
    """Places, members and what is plausible, of the shipped files."""
    places = {row["code"]: PlaceCode(**row) for row in _rows(files["places.csv"])}
    return Fixed(places, _members(files["members.csv"]), tuple(_rows(files["amounts.csv"])), _chapters(files["chapters.csv"]))


def _build(document: Document, fixed: Fixed) -> CodeLists:
    lists, units = _lists(document, opened=True), _units(document)
    return CodeLists(
        edition=document["edition"],
        valid_from=date.fromisoformat(document["valid_from"]),
        lists=lists,
        closed=_lists(document, opened=False),
        sources={name: body["source"] for name, body in document["lists"].items()},
        units=units,
        places=fixed.places,
        members=fixed.members,
        requirements=_requirements(document["requirements"], lists["streams"], lists["sections"]),
        valid={name: frozenset(codes) for name, codes in lists.items()},
        unit_measures={**dict.fromkeys(lists["currencies"], "money"), **{code: unit.measures for code, unit in units.items()}},
        measurable=_measurable(lists),
        amounts=_amounts(fixed.amounts, lists["commodities"]),
        chapters=fixed.chapters,
        words=_words(lists),
    )


_DAMAGED: Final = (KeyError, ValueError, TypeError, AttributeError, ArithmeticError, IndexError)


def build(document: Document, fixed: Fixed) -> CodeLists:
    """The value the rules look at, from an edition's document. Raises ReferenceDataError."""
    try:
        return _build(document, fixed)
    except _DAMAGED as error:
        raise ReferenceDataError(phrase("The edition cannot be used ({name}: {error}).", name=type(error).__name__, error=error)) from error


def parse(files: Mapping[str, bytes]) -> CodeLists:
    """One edition from its files, by the names in FILES. Raises ReferenceDataError."""
    try:
        return _build(_shipped(files), fixed_of(files))
    except _DAMAGED as error:
        raise ReferenceDataError(
            phrase("The reference data cannot be read ({name}: {error}).", name=type(error).__name__, error=error)
        ) from error
