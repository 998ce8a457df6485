"""What is usual: the 99th percentile of amounts by stream and unit in the simulated year, as the reference table that rules look at.

`python -m enforcement.simulation.amounts > enforcement/reference/amounts.csv` makes it again. When a year of verified cases is there,
the same table is made from it and takes the place of this one.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.store import load_shipped
from enforcement.seizures.rules.measures import TIMES_BEYOND
from enforcement.simulation.tables import figures
from enforcement.simulation.world import simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

SEED: Final = 2025
YEAR: Final = 2025
# Rounds and pellets come by the thousand, and the simulated year draws them like weapons: ours.
ROUNDS: Final = ("ammunition-other", "conventional-ammunition", "pellets", "projectiles", "shell-casings")
USUAL_ROUNDS: Final = 10_000
LEAST_LINES: Final = 100  # for a percentile that says anything
HEAD: Final = """\
# The most that is plausible in one line: 100 times the 99th percentile, by stream (or commodity) and statistical unit; cash by currency.
# Source: ours, the simulated year 2025 of all members (python -m enforcement.simulation.amounts), calibrated on totals published for 2025.
# A commodity and unit that is not named is not judged. kind says what goods is; a commodity's row goes before its stream's.
goods,kind,unit,lines,p99,most
"""


def amounts(cases: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, int, Decimal]]:
    """(stream, unit, lines, 99th percentile) of what the cases hold, where there are enough lines."""
    seen: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for case in cases:
        for line in case["lines"]:
            for quantity in line["quantities"]:
                converted = bool(quantity["converted_unit"])
                unit = quantity["converted_unit"] if converted else quantity["unit"]
                seen[line["stream"], unit].append(quantity["converted_amount"] if converted else quantity["amount"])
    for (stream, unit), found in sorted(seen.items()):
        if len(found) >= LEAST_LINES:
            yield stream, unit, len(found), sorted(found)[len(found) * 99 // 100]


def table() -> str:
    """The whole table as CSV."""
    year = simulate(tuple(load_shipped().members), figures()["totals"]["cases"], SEED, YEAR)
    rows = (f"{stream},stream,{unit},{lines},{p99:f},{p99 * TIMES_BEYOND:f}" for stream, unit, lines, p99 in amounts(year))
    rounds = (f"{code},commodity,H87,,{USUAL_ROUNDS},{USUAL_ROUNDS * TIMES_BEYOND}" for code in ROUNDS)
    return HEAD + "\n".join((*rows, *rounds)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
