"""Code lists as values: is a code valid, what is it called, which codes are near, what does a unit measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from enforcement.codelists.errors import UnknownListError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

UNKNOWN: Final = "unknown"
UNKNOWN_COUNTRY: Final = "ZZ"
SUGGESTIONS: Final = 3
MAX_COMPARED_CHARACTERS: Final = 64  # a member may send a code of any length
LEAST_SIMILARITY: Final = 45.0  # of 100; below it a suggestion misleads more than it helps
AMOUNT_STEP: Final = Decimal("0.000001")  # scale 6, as in schemas/records/Quantity.avsc


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a list. `parent` is the code above it in the taxonomy, `measures` and `unit` how it is measured."""

    code: str
    labels: Mapping[str, str]
    parent: str = ""
    measures: frozenset[str] = frozenset()
    unit: str = ""
    sections: frozenset[str] = frozenset()
    type: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of quantity. `factor` turns it into `base`; an empty base means no conversion is known."""

    code: str
    name: str
    measures: str
    base: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """An airport or port code (IATA or UN/LOCODE) and the UN/LOCODE it stands for."""

    code: str
    scheme: str
    locode: str
    country: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member administration: ISO code, name as in the member list, region, office in charge (rilo.sa, wco.hub)."""

    iso2: str
    name: str
    region: str
    office: str

    @property
    def node(self) -> str:
        """Node id of its national contact point."""
        return f"ncp.{self.iso2.lower()}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of the table of requirements: a path, split into where it starts and what inside is meant."""

    path: str
    of_line: bool
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class CodeLists:
    """One edition of all lists. Built once (`parsing.parse`, `store.load_shipped`) and shared; never changed."""

    edition: str
    valid_from: date
    lists: Mapping[str, Mapping[str, Code]]
    sources: Mapping[str, str]
    units: Mapping[str, Unit]
    places: Mapping[str, PlaceCode]
    members: Mapping[str, Member]
    # (level, "all" for the case or the section of a line, "always" | "of-seizures" | "never")
    requirements: Mapping[tuple[str, str, str], tuple[Requirement, ...]]
    # What the fast rules look at: list name -> codes; unit -> what it measures; (stream, commodity) -> what measures it.
    valid: Mapping[str, frozenset[str]]
    unit_measures: Mapping[str, str]
    measurable: Mapping[tuple[str, str], frozenset[str]]
    # combinations of codes that the rules have found valid
    right: set[tuple[str, ...]] = field(default_factory=set, compare=False, repr=False)

    def codes(self, name: str) -> Mapping[str, Code]:
        """Every code of the list `name`, in its order. Raises UnknownListError."""
        try:
            return self.lists[name]
        except KeyError:
            raise UnknownListError(f"There is no code list {name!r}.", list=name) from None

    def has(self, name: str, code: str) -> bool:
        """Whether `code` is in the list `name`. Raises UnknownListError."""
        return code in self.codes(name)

    def label(self, name: str, code: str, language: str = "en") -> str:
        """What `code` is called; English where the language is missing, the code itself where it is unknown."""
        entry = self.codes(name).get(code)
        return code if entry is None else entry.labels.get(language) or entry.labels["en"]

    def suggest(self, name: str, text: str, limit: int = SUGGESTIONS) -> tuple[str, ...]:
        """The nearest codes of the list to `text`, by code and label, best first; nothing that is far off."""
        entries = self.codes(name)
        wanted = text[:MAX_COMPARED_CHARACTERS].strip().lower()
        if not wanted:
            return ()
        choices = {code: f"{code} {entry.labels['en'].lower()}" for code, entry in entries.items()}
        by_text = process.extract(wanted, choices, scorer=fuzz.WRatio, limit=limit * 2, score_cutoff=LEAST_SIMILARITY)
        by_code = process.extract(
            wanted, {code: code.lower() for code in entries}, scorer=fuzz.ratio, limit=limit, score_cutoff=LEAST_SIMILARITY
        )
        best: dict[str, float] = {}
        for _, score, code in [*by_code, *by_text]:
            best[code] = max(score, best.get(code, 0.0))
        return tuple(sorted(best, key=lambda code: (-best[code], code))[:limit])

    def section_and_stream(self, commodity: str) -> tuple[str, str]:
        """Section and stream of a commodity; unknown for an unknown one."""
        entry = self.lists["commodities"].get(commodity)
        stream = entry.parent if entry else UNKNOWN
        return self.lists["streams"][stream].parent, stream

    def convert(self, amount: Decimal, unit: str) -> tuple[Decimal, str]:
        """The amount in the statistical unit of what `unit` measures, to six decimals; (0, "") when none is known."""
        found = self.units.get(unit)
        if found is None or not found.base:
            return Decimal(0), ""
        return (amount * found.factor).quantize(AMOUNT_STEP, rounding=ROUND_HALF_EVEN), found.base
