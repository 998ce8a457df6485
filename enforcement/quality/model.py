"""Figures as values: what each is, how it is worked out from a list of numbers, when it is only a count. Pure.

docs/quality.md has every formula in full, under the number that `FORMULAS` gives it, and an example that a test works out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

FEWEST: Final = 20  # cases: below it counts only, a percentage or a median of five cases misleads
LEAST_MEMBERS: Final = 5  # a regional median of fewer would tell of one of them
DAY_MS: Final = 86_400_000
P90: Final = 0.9
DAYS: Final = "days"
PERCENT: Final = "%"
TOO_FEW: Final = "too few"
FIVE_POINTS: Final = 5  # to which a regional median of percentages is rounded


@dataclass(frozen=True, slots=True)
class Formula:
    """One figure: its number in docs/quality.md, its unit, what it is in a line."""

    number: str
    unit: str
    line: str


FORMULAS: Final[Mapping[str, Formula]] = MappingProxyType(
    {
        "participation": Formula("Q1", PERCENT, "months with a case or a nil report"),
        "seizure to submission, median": Formula("Q2", DAYS, "from the day of the seizure to its first report"),
        "seizure to submission, 90 %": Formula("Q2", DAYS, "nine of ten cases are reported within"),
        "late bulk": Formula("Q3", PERCENT, "cases that came late in bulk, not in Q2"),
        "submission to verdict, median": Formula("Q4", DAYS, "from signing to the office's verdict"),
        "submission to verdict, 90 %": Formula("Q4", DAYS, "nine of ten verdicts are given within"),
        "of it at the office, median": Formula("Q5", DAYS, "from arrival to verdict; the office's, not the contact point's"),
        "of it at the office, 90 %": Formula("Q5", DAYS, "nine of ten verdicts are given within, after arrival"),
        "completeness": Formula("Q6", PERCENT, "of the applicable fields, filled and not unknown"),
        "completeness, mandatory": Formula("Q6", PERCENT, "of the mandatory fields, not unknown"),
        "return rate": Formula("Q7", PERCENT, "of the verdicts, returned"),
        "repeat errors": Formula("Q8", PERCENT, "of the reasons for return, told before"),
        "answer to a return, median": Formula("Q9", DAYS, "from the return to the next version"),
        "answer to a return, 90 %": Formula("Q9", DAYS, "nine of ten are answered within"),
    }
)
OFFICE_FORMULAS: Final[Mapping[str, Formula]] = MappingProxyType(
    {
        "verdicts": Formula("O1", "", "given in the period"),
        "verdicts by an officer": Formula("O1", PERCENT, "of the verdicts, by officer or sample"),
        "arrival to verdict, median": Formula("O2", DAYS, "all verdicts"),
        "arrival to verdict, 90 %": Formula("O2", DAYS, "all verdicts"),
        "by people, median": Formula("O2", DAYS, "without what passed by rule"),
        "by people, 90 %": Formula("O2", DAYS, "without what passed by rule"),
        "within target": Formula("O3", PERCENT, "of the verdicts by people, within the days of the policy"),
        "waiting now": Formula("O4", "", "reports without a verdict"),
        "overdue now": Formula("O4", "", "of them past the target"),
        "participation of contact points": Formula("O5", PERCENT, "months of its contact points with a case or a nil report"),
        "reminders sent": Formula("O6", "", "in the period"),
        "reminders answered": Formula("O6", PERCENT, "of them acknowledged or done"),
        "keyed, unanswered now": Formula("O7", "", "keyed from paper, and nobody has said yet that it is theirs"),
        "keyed, unanswered for long": Formula("O7", "", "of them for longer than the office's policy"),
    }
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `n`: cases (months, verdicts, reasons, as its formula says) it is of; `count` of `of`: the counts behind a share;
    `value`: the share or the days, None where n is under FEWEST or nothing is known; `covered` of `expected`: how much of what it
    should be of could be looked at. `region`: the regional median, with how many members, where it may be told.
    """

    name: str
    n: int
    count: int | None = None
    of: int | None = None
    value: float | None = None
    covered: int = 0
    expected: int = 0
    note: str = ""
    region: float | None = None
    region_members: int = 0

    @property
    def unit(self) -> str:
        """Of the value; empty for a plain number."""
        return _unit(self.name)

    @property
    def told(self) -> str:
        """For a person: the value with its unit, or the counts, or that there are too few; empty where nothing is known."""
        if self.value is not None:
            return f"{self.value:g} {self.unit}".strip()
        if self.count is not None and self.of is not None:
            return f"{self.count:,} of {self.of:,}"
        if self.count is not None:
            return f"{self.count:,}"
        return TOO_FEW if self.n else ""

    def record(self, as_of: datetime) -> dict[str, Any]:
        """As JSON and lists show it."""
        formula = FORMULAS.get(self.name) or OFFICE_FORMULAS[self.name]
        return {
            "figure": self.name,
            "told": self.told,
            "value": self.value,
            "unit": self.unit,
            "n": self.n,
            "count": self.count,
            "of": self.of,
            "coverage": f"{self.covered:,} of {self.expected:,}",
            "as_of": as_of,
            "formula": f"docs/quality.md {formula.number}",
            "about": formula.line,
            "region_median": self.region,
            "region_members": self.region_members,
            "note": self.note,
        }


def _unit(name: str) -> str:
    return (FORMULAS.get(name) or OFFICE_FORMULAS[name]).unit


def share(  # noqa: PLR0913 - one figure, each part by name
    name: str, count: int, of: int, cases: tuple[int, int], *, n: int | None = None, note: str = ""
) -> Figure:
    """A share; `cases`: covered of expected. A percentage only from FEWEST on, of `n` where that is not `of`."""
    seen = of if n is None else n
    value = round(100 * count / of, 1) if of and seen >= FEWEST else None
    return Figure(name, seen, count, of, value, *cases, note=note)


def plain(name: str, count: int, *, note: str = "") -> Figure:
    """A count."""
    return Figure(name, count, count, covered=count, expected=count, note=note)


def spread(name: str, days: Sequence[float], cases: tuple[int, int], *, note: str = "") -> list[Figure]:
    """Median and 90th percentile of days, by nearest rank, of FEWEST or more."""
    ordered = sorted(days)
    told = len(ordered) >= FEWEST
    median = round(ordered[len(ordered) // 2], 2) if told else None
    p90 = round(ordered[int(len(ordered) * P90)], 2) if told else None
    ends = ((", median", median), (", 90 %", p90))
    return [Figure(f"{name}{end}", len(ordered), value=value, covered=cases[0], expected=cases[1], note=note) for end, value in ends]


def regional_median(name: str, values: Sequence[float]) -> tuple[float | None, int]:
    """The median of the members' values and how many they are; None for fewer than LEAST_MEMBERS.

    Rounded to whole days or five percent, so that it is no member's own figure; of an even number the mean of the middle two.
    """
    ordered = sorted(values)
    if len(ordered) < LEAST_MEMBERS:
        return None, len(ordered)
    half = len(ordered) // 2
    median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return (float(round(median / FIVE_POINTS) * FIVE_POINTS) if _unit(name) == PERCENT else float(round(median))), len(ordered)
