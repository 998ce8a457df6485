"""Simulated cases of a year, one after another: same seed, same world. For the training environment only."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.store import load_shipped
from enforcement.seizures.model import NOT_KNOWN
from enforcement.seizures.rules.coherence import NOT_HIDDEN_ON
from enforcement.simulation.errors import SimulationError
from enforcement.simulation.faults import plant
from enforcement.simulation.goods import lines
from enforcement.simulation.tables import build, is_parcel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.simulation.tables import Tables

BY_FILE: Final = 2 / 3  # share of cases that arrive by spreadsheet
WITH_TEXT: Final = 0.2
WITH_TRANSIT: Final = 0.2
WITH_MEANS: Final = 0.4
FULL_SHARE: Final = 0.5  # of cases whose route is known
ARRESTS_KNOWN: Final = 0.3
MEANS: Final = ("x-ray-scanner-image", "physical-examination", "detector-dog", "document-check")
TEXTS: Final = (
    "Vacuum packed and hidden in a double bottom.",
    "Declared as household goods; the sender's statement did not fit the contents.",
    "Found between layers of cardboard.",
    "Hidden in the lining.",
    "Packed in the middle of legal goods.",
)
NAMES: Final = tuple("ABCDEFGH")
LOCATED: Final = 5  # of the places have coordinates in the records of their administration, the others have a name only
HIGH_SEAS: Final = "high-seas"


def _stop(role: str, country: str) -> dict[str, str]:
    return {"role": role, "country": country, "name": "", "locode": ""}


def _abroad(home: str, tables: Tables, world: random.Random) -> str:
    while (country := tables.partners.one(world)) == home:
        pass
    return country


def _ends(home: str, direction: str, tables: Tables, world: random.Random) -> tuple[str, str]:
    """Country of departure and of destination, as the direction has it."""
    if direction == "internal":
        return home, home
    departure = home if direction == "export" else _abroad(home, tables, world)
    if direction == "import":
        return departure, home
    while (destination := _abroad(home, tables, world)) == departure:
        pass
    return departure, destination


def _route(home: str, direction: str, tables: Tables, world: random.Random) -> list[dict[str, str]]:
    """The route, for as many cases as had one in 2025; some lack departure or destination."""
    if world.random() >= tables.with_route:
        return []
    departure, destination = _ends(home, direction, tables, world)
    if world.random() < tables.route_lacking:
        return [_stop("departure", departure)] if world.random() < 0.5 else [_stop("destination", destination)]  # noqa: PLR2004 - evenly
    route = [_stop("departure", departure)]
    if direction == "transit":
        route.append(_stop("transit", home))
    elif world.random() < WITH_TRANSIT:
        route.append(_stop("transit", _abroad(home, tables, world)))
    route.append(_stop("destination", destination))
    return route


def _coordinates(points: Sequence[tuple[float, float]], at: int) -> list[float]:
    """Where a place of training lies: a city of its member, always the same; none for those whose records have no coordinates."""
    return [*points[at % len(points)]] if points and at < LOCATED else []


def _conveyance(place: tuple[str, str], tables: Tables, world: random.Random) -> str:
    """One that comes to the location and can hide goods so."""
    location, hidden = place
    while hidden in NOT_HIDDEN_ON.get(conveyance := tables.conveyances[location].one(world), ()):
        pass
    return conveyance


def _ecommerce(home: str, place: tuple[str, str], tables: Tables, world: random.Random) -> str:
    return "yes" if is_parcel(*place) and world.random() < tables.ecommerce[home] else "no"


def _case(home: str, reference: str, day: date, tables: Tables, world: random.Random) -> dict[str, Any]:
    section = tables.sections[home].one(world)
    place = tables.places[section].one(world)
    direction = tables.directions[section].one(world)
    route = _route(home, direction, tables, world)
    return {
        "administration": home,
        "reference": reference,
        "version": 1,
        "kind": "seizure",
        "level": "FULL" if route and world.random() < FULL_SHARE else "SIMPLIFIED",
        "date": day,
        "time": "",
        "report_source": "file" if world.random() < BY_FILE else "electronic",
        "agency": "customs",
        "customs_role": "lead",
        "operation": "",
        "prompted_by": "",
        "duty_evaded": [],
        "place": {
            "country": home,
            "location_type": place[0],
            "name": f"Training place {NAMES[at := int(world.random() * len(NAMES))]}",
            "locode": "",
            "coordinates": _coordinates(tables.points.get(home, ()), at) if place[0] != HIGH_SEAS else [],
        },
        "direction": direction,
        "detection_channel": tables.channels[section].one(world),
        "detection_means": [MEANS[int(world.random() * len(MEANS))]] if world.random() < WITH_MEANS else [],
        "concealment": place[1],
        "conveyance": _conveyance(place, tables, world),
        "ecommerce": _ecommerce(home, place, tables, world),
        "transport": [],
        "route": route,
        "persons_arrested": int(world.random() * 3) if world.random() < ARRESTS_KNOWN else NOT_KNOWN,
        "lines": lines(section, tables, world),
        "texts": [{"kind": "modus-operandi", "text": TEXTS[int(world.random() * len(TEXTS))]}] if world.random() < WITH_TEXT else [],
        "picture_hashes": [],
        "code_list_edition": tables.lists.edition,
    }


def _checked(members: Sequence[str], cases: int, error_rate: float, lists: CodeLists) -> tuple[str, ...]:
    unknown = sorted(set(members) - lists.members.keys())
    if unknown or not members:
        raise SimulationError(f"Not members: {', '.join(unknown)}." if unknown else "No member is named.")
    if cases < 0 or not 0 <= error_rate <= 1:
        raise SimulationError(f"{cases} cases with an error rate of {error_rate} cannot be made.")
    return tuple(dict.fromkeys(members))


def simulate_with_answers(
    members: Sequence[str], cases: int, *, seed: int, year: int, error_rate: float = 0.0
) -> Iterator[tuple[dict[str, Any], str]]:
    """As `simulate`, each case with the code of the rule that must find its planted error; "" where none is planted."""
    named = _checked(members, cases, error_rate, load_shipped())
    tables = build(named, random.Random(f"reporters {seed}"))  # noqa: S311 - a simulation, nothing secret
    world = random.Random(f"cases {seed} {year}")  # noqa: S311 - a simulation, nothing secret
    return _cases(tables, cases, world, (seed, year, error_rate))


def _cases(tables: Tables, cases: int, world: random.Random, told: tuple[int, int, float]) -> Iterator[tuple[dict[str, Any], str]]:
    seed, year, error_rate = told
    first = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - first).days
    made: dict[str, int] = {}
    for number in range(cases):
        home = tables.members.one(world)
        made[home] = made.get(home, 0) + 1
        day = first + timedelta(days=number * days // cases)
        case = _case(home, f"SIM{seed}-{year}-{made[home]:06d}", day, tables, world)
        yield case, plant(case, world) if error_rate and world.random() < error_rate else ""


def simulate(members: Sequence[str], cases: int, seed: int, year: int, *, error_rate: float = 0.0) -> Iterator[dict[str, Any]]:
    """`cases` case payloads of `members` (ISO codes, upper case) over `year`, in order of date.

    Calibrated on the figures of 2025 (see tables.py). The same arguments give the same cases. References are SIM<seed>-<year>-<number>,
    numbered per member. Every case passes the rules, but for a share `error_rate` (0 to 1) with one planted error each; see
    `simulate_with_answers`. Holds one case in memory. Raises SimulationError.
    """
    return (case for case, _ in simulate_with_answers(members, cases, seed=seed, year=year, error_rate=error_rate))
