"""The files of reference data -> `CodeLists`. Pure: bytes in, values out."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from enforcement.codelists.errors import ReferenceDataError
from enforcement.codelists.model import Code, CodeLists, Member, PlaceCode, Requirement, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FILES = ("codelists.json", "units.csv", "currencies.csv", "countries.csv", "members.csv", "places.csv", "requirements.json")
HUB = "wco.hub"
CASE = "all"
_KEYS = {"mandatory": ("always", "of-seizures"), "conditional": ("of-seizures",), "optional": (), "not-applicable": ("never",)}
_NOT_LABELS = frozenset({"parent", "measures", "unit", "sections", "type", "range"})


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    """The rows of a reference CSV; lines that begin with # are for people."""
    return csv.DictReader(line for line in data.decode("utf-8").splitlines() if not line.startswith("#"))


def _code(code: str, entry: Mapping[str, Any]) -> Code:
    return Code(
        code=code,
        labels={key: value for key, value in entry.items() if key not in _NOT_LABELS},
        parent=entry.get("parent", ""),
        measures=frozenset(entry.get("measures", ())),
        unit=entry.get("unit", ""),
        sections=frozenset(entry.get("sections", ())),
        type=entry.get("type", ""),
    )


def _lists(document: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, dict[str, Code]]:
    """The lists of codelists.json, and countries, currencies and units as lists of the same shape."""
    lists = {name: {code: _code(code, entry) for code, entry in body["codes"].items()} for name, body in document["lists"].items()}
    lists["countries"] = {row["iso2"]: Code(row["iso2"], {"en": row["name"]}) for row in _rows(files["countries.csv"])}
    lists["currencies"] = {row["code"]: Code(row["code"], {"en": row["code"]}) for row in _rows(files["currencies.csv"])}
    lists["units"] = {row["code"]: Code(row["code"], {"en": row["name"]}) for row in _rows(files["units.csv"])}
    lists["units"] |= lists["currencies"]
    return lists


def _units(data: bytes) -> dict[str, Unit]:
    """Units by code. Currency codes measure money and are added by `parse`."""
    return {row["code"]: Unit(row["code"], row["name"], row["measures"], row["base"], Decimal(row["factor"] or 0)) for row in _rows(data)}


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


def _requirements(data: bytes, sections: Iterable[str]) -> dict[tuple[str, str, str], tuple[Requirement, ...]]:
    """The table, ready to ask: what a case needs under "all", what each line needs under every section."""
    table: dict[tuple[str, str, str], tuple[Requirement, ...]] = {}
    document = json.loads(data)
    del document["about"]
    for level, stated in document.items():
        for section in (CASE, *sections):
            for path, force in {**stated[CASE], **stated.get(section, {})}.items():
                asked = _requirement(path)
                if asked.of_line == (section != CASE):
                    for key in _KEYS[force]:
                        table[level, section, key] = (*table.get((level, section, key), ()), asked)
    return table


def _members(data: bytes) -> dict[str, Member]:
    return {
        row["iso2"]: Member(row["iso2"], row["name"], row["region"], f"rilo.{row['rilo']}" if row["rilo"] else HUB) for row in _rows(data)
    }


def _build(files: Mapping[str, bytes]) -> CodeLists:
    document = json.loads(files["codelists.json"])
    lists = _lists(document, files)
    units = _units(files["units.csv"])
    return CodeLists(
        edition=document["edition"],
        valid_from=date.fromisoformat(document["valid_from"]),
        lists=lists,
        sources={name: body["source"] for name, body in document["lists"].items()},
        units=units,
        places={row["code"]: PlaceCode(**row) for row in _rows(files["places.csv"])},
        members=_members(files["members.csv"]),
        requirements=_requirements(files["requirements.json"], lists["sections"]),
        valid={name: frozenset(codes) for name, codes in lists.items()},
        unit_measures={**dict.fromkeys(lists["currencies"], "money"), **{code: unit.measures for code, unit in units.items()}},
        measurable=_measurable(lists),
    )


def parse(files: Mapping[str, bytes]) -> CodeLists:
    """One edition from its files, by the names in FILES. Raises ReferenceDataError."""
    try:
        return _build(files)
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise ReferenceDataError(f"The reference data cannot be read ({type(error).__name__}: {error}).") from error
