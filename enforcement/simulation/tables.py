"""What the world is drawn from: the figures of 2025 as facts, and our own assumptions where the figures are silent.

Facts (`reference/world_2025.json`): cases by region, seizures by region and section, streams, detection by section, location,
concealment and direction of drugs, e-commerce by region, routes, seizures per case, the two largest reporters, total quantities.
Assumptions (below): how location and concealment go together, the other sections' locations and directions, spreads of quantities.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.store import load_shipped, shipped_file
from enforcement.simulation.draws import Draw, by_rank

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from enforcement.codelists.model import CodeLists

SECTIONS: Final = ("aml", "drugs", "environment", "ipr", "revenue", "security")
STREAM_OF_FIGURE: Final = {
    "ipr_products": "ipr-products",
    "medical_products": "medical-products",
    "ods_hfc": "ods-hfc",
    "other_hazardous": "other-hazardous",
}
CHANNELS: Final = ("risk-profiling", "routine-control", "random-selection", "intelligence", "investigation")

# (location, concealment) in per cent of drug cases. Its margins are the figures of 2025 (tested); how they go together is ours.
DRUG_PLACES: Final = {
    ("mail-centre", "in-mail"): 32.5,
    ("express-courier", "in-express-courier"): 4.8,
    ("airport", "in-mail"): 18.2,
    ("airport", "in-baggage"): 11.2,
    ("airport", "unknown"): 8.0,
    ("airport", "on-the-person"): 1.6,
    ("airport", "in-freight"): 1.5,
    ("airport", "in-express-courier"): 0.1,
    ("inland", "unknown"): 6.2,
    ("inland", "in-transport"): 2.5,
    ("inland", "in-premises"): 0.8,
    ("inland", "in-freight"): 0.3,
    ("inland", "in-mail"): 0.2,
    ("inland", "on-the-person"): 0.2,
    ("inland", "not-concealed"): 0.1,
    ("land-boundary", "in-transport"): 4.2,
    ("land-boundary", "in-baggage"): 1.0,
    ("land-boundary", "unknown"): 0.6,
    ("land-boundary", "in-freight"): 0.4,
    ("land-boundary", "on-the-person"): 0.3,
    ("land-boundary", "not-concealed"): 0.2,
    ("seaport", "in-freight"): 2.4,
    ("seaport", "in-transport"): 0.3,
    ("seaport", "unknown"): 0.3,
    ("seaport", "in-baggage"): 0.1,
    ("unknown", "unknown"): 1.8,
    ("unknown", "not-concealed"): 0.1,
}
# Ours: where the other sections are found, and how goods are hidden there.
OTHER_LOCATIONS: Final[Mapping[str, Mapping[str, float]]] = {
    "aml": {"airport": 70, "land-boundary": 22, "inland": 4, "seaport": 2, "mail-centre": 2},
    "environment": {"airport": 40, "mail-centre": 25, "seaport": 15, "land-boundary": 12, "inland": 5, "express-courier": 3},
    "ipr": {"mail-centre": 50, "express-courier": 30, "airport": 8, "seaport": 5, "land-boundary": 4, "inland": 3},
    "revenue": {"land-boundary": 45, "inland": 25, "airport": 12, "seaport": 8, "mail-centre": 8, "express-courier": 2},
    "security": {"mail-centre": 45, "airport": 20, "express-courier": 15, "land-boundary": 15, "inland": 5},
}
HIDING: Final[Mapping[str, Mapping[str, float]]] = {
    "mail-centre": {"in-mail": 1},
    "express-courier": {"in-express-courier": 1},
    "airport": {"in-baggage": 55, "in-freight": 20, "on-the-person": 10, "unknown": 10, "not-concealed": 5},
    "land-boundary": {"in-transport": 60, "in-baggage": 25, "not-concealed": 10, "unknown": 5},
    "seaport": {"in-freight": 85, "in-transport": 10, "unknown": 5},
    "inland": {"in-premises": 30, "in-transport": 40, "on-market-places": 15, "unknown": 15},
}
PARCELS: Final = frozenset({("airport", "unknown"), ("airport", "in-freight")})  # beside all mail and courier: may be e-commerce
DIRECTIONS_IPR: Final = {"import": 88, "transit": 8, "export": 3, "internal": 1}
CONVEYANCES: Final[Mapping[str, Mapping[str, float]]] = {
    "airport": {"air": 1},
    "mail-centre": {"regular-mail": 1},
    "express-courier": {"express-courier": 1},
    "land-boundary": {"vehicle": 85, "pedestrian": 8, "rail-train": 7},
    "seaport": {"vessel": 1},
    "inland": {"vehicle": 80, "unknown": 20},
    "unknown": {"unknown": 1},
}
# Stream -> (unit of the draw, median, sigma of the logarithm). Medians of drugs, tobacco, alcohol, medicines and cash give the
# totals of 2025 at these spreads (mean = median x exp(sigma^2 / 2)); the rest are ours.
SIZES: Final[Mapping[str, tuple[str, float, float]]] = {
    "cash": ("money", 24_000, 1.0),
    "gold": ("mass", 0.4, 1.3),
    "gemstones": ("mass", 0.05, 1.3),
    "fauna": ("count", 4, 1.6),
    "flora": ("mass", 12, 2.0),
    "waste": ("mass", 4_000, 1.8),
    "ods-hfc": ("mass", 150, 1.6),
    "other-hazardous": ("mass", 300, 2.0),
    "ipr-products": ("count", 9, 2.2),
    "medical-products": ("count", 725, 3.0),
    "tobacco": ("mass", 35, 2.0),
    "alcohol": ("volume", 68, 2.0),
    "weapons": ("count", 2, 1.2),
    "uas": ("count", 1, 0.6),
    "explosives": ("mass", 8, 1.8),
}
DRUG_SIZE: Final = ("mass", 0.75, 2.5)
TAIL_EXPONENT: Final = 0.5  # ours: reporters of a region shrink with rank as rank^-0.5 x exp(-rank/12),
TAIL_RANKS: Final = 12  # which keeps the largest under the two known ones and leaves many with less than a case a week
SILENT_WEIGHT: Final = 1e-3  # of the smallest reporter: those who reported nothing in 2025, unless nobody else is asked for
SA_OTHER_CASES: Final = 1_800  # ours: what the second largest reporter has beside tobacco


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything to draw from, for one set of members."""

    lists: CodeLists
    members: Draw[str]
    sections: Mapping[str, Draw[str]]  # by member
    streams: Mapping[str, Draw[str]]  # by section
    commodities: Mapping[str, Draw[str]]  # by stream
    places: Mapping[str, Draw[tuple[str, str]]]  # by section: location, concealment
    channels: Mapping[str, Draw[str]]  # by section
    directions: Mapping[str, Draw[str]]  # by section
    conveyances: Mapping[str, Draw[str]]  # by location
    points: Mapping[str, tuple[tuple[float, float], ...]]  # by member: cities in which its places lie
    partners: Draw[str]
    ecommerce: Mapping[str, float]  # by member: chance of a parcel to be e-commerce
    another_line: Mapping[str, float]  # by section: chance of one more line
    with_route: float
    route_lacking: float


def figures() -> dict[str, Any]:
    """The figures of 2025. Source: named inside the file."""
    found: dict[str, Any] = json.loads(shipped_file("world_2025.json"))
    return found


def _places() -> dict[str, dict[tuple[str, str], float]]:
    table: dict[str, dict[tuple[str, str], float]] = {"drugs": dict(DRUG_PLACES)}
    for section, locations in OTHER_LOCATIONS.items():
        table[section] = {
            (location, hidden): weight * share / sum(HIDING[location].values())
            for location, weight in locations.items()
            for hidden, share in HIDING[location].items()
        }
    return table


def is_parcel(location: str, concealment: str) -> bool:
    """Whether goods found like this may have been bought online and sent."""
    return concealment in ("in-mail", "in-express-courier") or (location, concealment) in PARCELS


def _lines_per_case(world: Mapping[str, Any]) -> dict[str, float]:
    stated = world["seizures_per_case"]
    return {section: stated.get(section.upper(), stated["others"]) for section in SECTIONS}


def _region_cases(world: Mapping[str, Any], region: str) -> dict[str, float]:
    """Cases by section of a region: its seizures over the seizures per case."""
    per_case = _lines_per_case(world)
    return {section: lines / per_case[section] for section, lines in zip(SECTIONS, world["region_section_seizures"][region], strict=True)}


def _large(world: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The two largest reporters' cases by section, as facts; Saudi Arabia's other sections by its region."""
    stated = world["largest_reporters_cases"]
    us = {section: float(stated["US"].get(section.upper(), 0)) for section in SECTIONS}
    rest = _region_cases(world, "MENA") | {"revenue": 0.0}
    total = sum(rest.values())
    sa = {section: SA_OTHER_CASES * cases / total for section, cases in rest.items()}
    sa["revenue"] = float(stated["SA"]["REVENUE_tobacco"])
    return {"US": us, "SA": sa}


def _mixes(world: Mapping[str, Any], lists: CodeLists) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Cases by section for each large reporter and, for each region, for all the others together."""
    large = _large(world)
    rest = {region: _region_cases(world, region) for region in world["region_cases"]}
    for iso2, mix in large.items():
        region = lists.members[iso2].region
        rest[region] = {section: max(cases - mix[section], 0.02 * cases) for section, cases in rest[region].items()}
    return large, rest


def _weights(world: Mapping[str, Any], lists: CodeLists, seed: random.Random) -> dict[str, float]:
    """Cases a year of every member: facts for the two largest, a long tail in seeded order for the others."""
    large = {iso2: sum(mix.values()) for iso2, mix in _large(world).items()}
    weights = dict(large)
    for region, cases in world["region_cases"].items():
        others = sorted(iso2 for iso2, member in lists.members.items() if member.region == region and iso2 not in large)
        known = [iso2 for iso2 in large if lists.members[iso2].region == region]
        seed.shuffle(others)
        ranked = {
            iso2: weight * exp(-rank / TAIL_RANKS) for rank, (iso2, weight) in enumerate(by_rank(tuple(others), TAIL_EXPONENT).items())
        }
        reporting = others[: world["region_reporting_countries"][region] - len(known)]
        left, total = cases - sum(large[iso2] for iso2 in known), sum(ranked[iso2] for iso2 in reporting)
        weights |= {iso2: left * ranked[iso2] / total * (1 if iso2 in reporting else SILENT_WEIGHT) for iso2 in others}
    return weights


def _streams(world: Mapping[str, Any], lists: CodeLists) -> dict[str, dict[str, float]]:
    """Seizures of 2025 by stream, under their section."""
    table: dict[str, dict[str, float]] = {section: {} for section in SECTIONS}
    for figure, (seizures, _) in world["stream_seizures_2025_2024"].items():
        stream = STREAM_OF_FIGURE.get(figure, figure)
        table[lists.codes("streams")[stream].parent][stream] = float(seizures)
    return table


def _commodities(lists: CodeLists) -> dict[str, Draw[str]]:
    by_stream: dict[str, tuple[str, ...]] = {}
    for code, entry in lists.codes("commodities").items():
        by_stream[entry.parent] = (*by_stream.get(entry.parent, ()), code)
    return {stream: Draw(by_rank(codes)) for stream, codes in by_stream.items()}


def _ecommerce(world: Mapping[str, Any], places: Mapping[str, Mapping[tuple[str, str], float]]) -> dict[str, float]:
    """By region: how likely a parcel is e-commerce, so that the region's share of e-commerce comes out."""
    parcels = {
        section: sum(weight for where, weight in table.items() if is_parcel(*where)) / sum(table.values())
        for section, table in places.items()
    }
    chances = {}
    for region, percent in world["region_ecommerce_percent"].items():
        cases = _region_cases(world, region)
        share = sum(cases[section] * parcels[section] for section in SECTIONS) / sum(cases.values())
        chances[region] = min(1.0, percent / 100 / share)
    return chances


def _directions(world: Mapping[str, Any]) -> dict[str, Draw[str]]:
    of_drugs = {name.lower(): percent for name, percent in world["drugs_direction_percent"].items()}
    return {section: Draw(DIRECTIONS_IPR if section == "ipr" else of_drugs) for section in SECTIONS}


def _points() -> dict[str, tuple[tuple[float, float], ...]]:
    """Latitude and longitude of some cities by member. Source: named inside the file."""
    found: dict[str, tuple[tuple[float, float], ...]] = {}
    for row in csv.DictReader(line for line in shipped_file("training_points.csv").decode().splitlines() if not line.startswith("#")):
        found[row["iso2"]] = (*found.get(row["iso2"], ()), (float(row["latitude"]), float(row["longitude"])))
    return found


def build(members: tuple[str, ...], seed: random.Random) -> Tables:
    """The tables for these members (ISO codes, all known). `seed` orders the reporters of each region by size."""
    world, lists = figures(), load_shipped()
    large, rest = _mixes(world, lists)
    weights, places = _weights(world, lists, seed), _places()
    chances = _ecommerce(world, places)
    routes, totals = world["routes"], world["totals"]
    return Tables(
        lists=lists,
        members=Draw({iso2: weights[iso2] for iso2 in members}),
        sections={iso2: Draw(large.get(iso2) or rest[lists.members[iso2].region]) for iso2 in members},
        streams={section: Draw(table) for section, table in _streams(world, lists).items()},
        commodities=_commodities(lists),
        places={section: Draw(table) for section, table in places.items()},
        channels={
            section: Draw(dict(zip(CHANNELS, world["detection_percent_of_cases"][section.upper()], strict=True))) for section in SECTIONS
        },
        directions=_directions(world),
        conveyances={location: Draw(table) for location, table in CONVEYANCES.items()},
        points=_points(),
        partners=Draw(weights),
        ecommerce={iso2: chances[lists.members[iso2].region] for iso2 in members},
        another_line={section: 1 - 1 / mean for section, mean in _lines_per_case(world).items()},
        with_route=routes["cases_with_route"] / totals["cases"],
        route_lacking=routes["percent_lacking_departure_or_destination"] / 100,
    )
