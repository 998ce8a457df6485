"""Code lists as values: is a code valid, what is it called, which codes are near, what does a unit measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.errors import UnknownListError
from enforcement.codelists.matching import MAX_COMPARED_CHARACTERS, Found, Index, folded, heirs_of
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

UNKNOWN: Final = "unknown"
UNKNOWN_COUNTRY: Final = "ZZ"
SUGGESTIONS: Final = 3
CERTAIN: Final = 101.0
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
    aliases: tuple[str, ...] = ()  # what sources write for it
    valid_from: str = ""  # ISO date; empty: from the first edition on
    valid_to: str = ""  # the last day on which it may be used; empty: no end
    replaced_by: tuple[str, ...] = ()  # what is used instead of a closed code; several: it was split


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of quantity. `factor` turns it into `base`; an empty base means no conversion is known."""

    code: str
    name: str
    measures: str
    base: str
    factor: Decimal

    def converted(self, amount: Decimal) -> Decimal:
        """An amount of it in its base, to six decimals."""
        return (amount * self.factor).quantize(AMOUNT_STEP, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """An airport or port code (IATA or UN/LOCODE), the UN/LOCODE it stands for, and where it lies, in degrees as written."""

    code: str
    scheme: str
    locode: str
    country: str
    name: str
    latitude: str
    longitude: str


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
    lists: Mapping[str, Mapping[str, Code]]  # the codes that may be used
    closed: Mapping[str, Mapping[str, Code]]  # those that no longer may: older records have them
    sources: Mapping[str, str]
    units: Mapping[str, Unit]
    places: Mapping[str, PlaceCode]
    members: Mapping[str, Member]
    # (level, "all" for the case or the section of a line, "always" | "of-seizures" | "optional" | "never")
    requirements: Mapping[tuple[str, str, str], tuple[Requirement, ...]]
    # What the fast rules look at: list name -> codes; unit -> what it measures; (stream, commodity) -> what measures it.
    valid: Mapping[str, frozenset[str]]
    unit_measures: Mapping[str, str]
    measurable: Mapping[tuple[str, str], frozenset[str]]
    # what tells a plausible amount, tariff code or text: (commodity, base unit or currency) -> the most; stream -> HS chapters;
    # every code and label that a text may repeat, in lower case
    amounts: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    chapters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    # shapes of cases and lines that the rules have found right (enforcement.seizures.rules.gates)
    right: set[tuple[object, ...]] = field(default_factory=set, compare=False, repr=False)
    # what the rules found in combinations of codes and texts (enforcement.seizures.rules.remembering)
    told: dict[tuple[Any, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    telling: list[int] = field(default_factory=lambda: [0, 0, 0], compare=False, repr=False)  # whether to keep that pays
    # the requirements as the rules look them up (enforcement.seizures.rules.presence)
    asked: dict[tuple[str, str, str], Any] = field(default_factory=dict, compare=False, repr=False)
    _indexes: dict[str, Index] = field(default_factory=dict, compare=False, repr=False)  # made when first asked for

    def __str__(self) -> str:
        """The edition's name."""
        return self.edition

    def codes(self, name: str) -> Mapping[str, Code]:
        """Every code of the list `name`, in its order. Raises UnknownListError."""
        try:
            return self.lists[name]
        except KeyError:
            raise UnknownListError(phrase("There is no code list {name!r}.", name=name), list=name) from None

    def has(self, name: str, code: str) -> bool:
        """Whether `code` is in the list `name`. Raises UnknownListError."""
        return code in self.codes(name)

    def places_named(self, text: str) -> tuple[str, ...]:
        """UN/LOCODEs of the places known by code that have this name, whatever case and accents."""
        wanted = folded(text[:MAX_COMPARED_CHARACTERS])
        return tuple(dict.fromkeys(one.locode for one in self.places.values() if folded(one.name) == wanted))

    @property
    def coverage(self) -> str:
        """Of how many places, and of which countries, codes of airports and ports are known, in words."""
        countries = ", ".join(sorted({one.country for one in self.places.values()}))
        if not self.places:
            return phrase("no airport or port")
        return phrase("{number} airports and ports of {countries}", number=len(self.places), countries=countries)

    def label(self, name: str, code: str, language: str = "en") -> str:
        """What `code` is called, closed ones too; English where the language is missing, the code itself where it is unknown."""
        entry = self.codes(name).get(code) or self.closed[name].get(code)
        return code if entry is None else entry.labels.get(language) or entry.labels["en"]

    def find(self, name: str, text: str) -> Found | None:
        """The one code of the list that `text` means, and how: by code, by label in any language, by an alias, or as a closed code
        with one successor, whatever case, accents and blanks it is written with. None where it means nothing, or several things;
        `suggest` then tells what is near. Raises UnknownListError.
        """
        meanings = self._index(name).meanings(text)
        return meanings[0] if len(meanings) == 1 else None

    def suggest(self, name: str, text: str, limit: int = SUGGESTIONS) -> tuple[str, ...]:
        """The nearest codes of the list to `text`, best first; nothing that is far off, so often none. What it means, if it means
        anything by `find`'s ways, and nothing else; otherwise what is spelt like it or shares its words, in any language.
        """
        index = self._index(name)
        best = dict.fromkeys((found.code for found in index.meanings(text)), CERTAIN) or index.near(text)
        return tuple(sorted(best, key=lambda code: (-best[code], code))[:limit])

    def hint(self, name: str, code: str) -> str:
        """The sentence that helps with a code that is not in the list, beginning with a blank; empty when nothing is near."""
        gone = self.closed[name].get(code)
        if gone is None:
            near = self.suggest(name, code)
            return f" Did you mean {', '.join(near)}?" if near else ""
        heirs = heirs_of(code, self.codes(name), self.closed[name])
        instead = f"use {' or '.join(heirs)}" if heirs else "nothing takes its place"
        return f" It was closed after {gone.valid_to}: {instead}."

    def _index(self, name: str) -> Index:
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = Index(self.codes(name), self.closed[name])
        return index

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
        return found.converted(amount), found.base
