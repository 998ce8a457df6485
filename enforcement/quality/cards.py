"""A card: how well one contact point reported in a period, worked out from stored rows when somebody asks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from enforcement.quality.contents import shapes_of
from enforcement.quality.model import DAY_MS, Figure, share, spread
from enforcement.quality.nil import REPORTED, STATUS_NIL, months_of
from enforcement.quality.reading import submitted
from enforcement.quality.scope import is_in_charge
from enforcement.seizures.states import RETURNED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from enforcement.quality.periods import Span
    from enforcement.quality.reading import Seen, Submitted
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

LATE_DAYS: Final = 90  # a case that is reported later is late
BULK_CASES: Final = 100  # so many late ones on one day are an upload of old cases, which says nothing about usual work
SHOWN: Final = 10  # fields and errors in the lists below the figures
NOT_HERE: Final = "known to its office only: see the card that {office} issues"
AT_OFFICE: Final = "known at the office only: see the card that it issues"


@dataclass(slots=True)
class Card:
    """One contact point's quality. `months`: as `nil.months_of`; `empty`: applicable fields that are most often not filled;
    `repeats`: errors told before, {code, field, times, same_case}.
    """

    member: Member
    period: Span
    section: str
    as_of: datetime
    cases: int
    figures: list[Figure]
    months: list[dict[str, Any]]
    empty: list[dict[str, Any]] = field(default_factory=list)
    repeats: list[dict[str, Any]] = field(default_factory=list)
    source: str = ""
    other_cards: Sequence[Mapping[str, Any]] = ()

    def figure(self, name: str) -> Figure:
        """One of its figures."""
        return next(one for one in self.figures if one.name == name)

    def record(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "node": self.member.node,
            "administration": self.member.country,
            "period": self.period.name,
            "section": self.section,
            "as_of": self.as_of,
            "cases": self.cases,
            "source": self.source,
            "figures": [one.record(self.as_of) for one in self.figures],
            "months": self.months,
            "empty_fields": self.empty,
            "repeat_errors": self.repeats,
            "issued_cards": list(self.other_cards),
        }


def cards(tx: UnitOfWork, members: Sequence[Member], period: Span, section: str = "", as_of: datetime | None = None) -> list[Card]:
    """The cards of these contact points, as of now or of a time (`periods.instant_of`). What they have filled must be up to date
    (`contents.up_to_date`).
    """
    administrations, at = [one.country for one in members], as_of or tx.now
    found, shapes = submitted(tx, administrations, period, section, at), shapes_of(tx)
    months = months_of(tx, administrations, period, section, as_of)
    return [_card(tx, member, (period, section, at), (found[member.country], months[member.country], shapes)) for member in members]


def _card(tx: UnitOfWork, member: Member, of: tuple[Span, str, datetime], told: tuple[Submitted, list[dict[str, Any]], Any]) -> Card:
    seen, months, shapes = told
    versions, (period, section, as_of) = seen.versions, of
    cases = len({one.reference for one in versions})
    repeats = _repeats(seen)
    known = member.node == tx.node or is_in_charge(tx, member)
    note = "" if known else f"nil reports are {NOT_HERE.format(office=member.office)}"
    figures = [
        _participation(months, len(period.over(as_of)), note=note),
        *_reporting(versions, cases),
        *_verdicts(tx, member, versions),
        *_filled(versions, shapes),
        *_returns(tx, member, seen, repeats),
    ]
    source = "" if known else f"Accepted cases only: the rest is {NOT_HERE.format(office=member.office)}"
    return Card(member, period, section, as_of, cases, figures, months, _empty(versions, shapes), _listed(repeats), source)


def _participation(months: Sequence[Mapping[str, Any]], over: int, *, note: str) -> Figure:
    ended = months[:over]
    covered = sum(one["status"] in (REPORTED, STATUS_NIL) for one in ended)
    return share("participation", covered, len(ended), (len(ended), len(months)), note=note)


def _reporting(versions: Sequence[Seen], cases: int) -> list[Figure]:
    """Q2 and Q3: first versions, those of a late bulk apart."""
    first = [one for one in versions if one.version == 1]
    late = Counter(_day(one) for one in first if one.days_late > LATE_DAYS)
    bulk = [one for one in first if one.days_late > LATE_DAYS and late[_day(one)] >= BULK_CASES]
    usual = [float(one.days_late) for one in first if one.days_late <= LATE_DAYS or late[_day(one)] < BULK_CASES]
    return [
        *spread("seizure to submission", usual, (len(usual), cases)),
        share("late bulk", len(bulk), len(first), (len(first), cases)),
    ]


def _day(one: Seen) -> int:
    return one.submitted_at // DAY_MS


def _verdicts(tx: UnitOfWork, member: Member, versions: Sequence[Seen]) -> list[Figure]:
    """Q4 and Q5."""
    decided = [one for one in versions if one.outcome and one.decided_at]
    whole = [max(0, one.decided_at - one.submitted_at) / DAY_MS for one in decided]
    here = [max(0, one.decided_at - one.arrived_at) / DAY_MS for one in decided if one.arrived_at]
    note = "" if is_in_charge(tx, member) else AT_OFFICE
    return [
        *spread("submission to verdict", whole, (len(whole), len(versions))),
        *spread("of it at the office", here, (len(here), len(versions)), note=note),
    ]


def _filled(versions: Sequence[Seen], shapes: Mapping[int, Mapping[str, Any]]) -> list[Figure]:
    """Q6, over the fields of all versions that were looked at."""
    alike = _alike(versions)
    n = alike.total()
    coverage = (n, len(versions))
    names = ("applicable", "filled", "mandatory", "mandatory_filled")
    total = {name: sum(shapes[shape][name] * count for shape, count in alike.items()) for name in names}
    return [
        share("completeness", total["filled"], total["applicable"], coverage, n=n),
        share("completeness, mandatory", total["mandatory_filled"], total["mandatory"], coverage, n=n),
    ]


def _returns(tx: UnitOfWork, member: Member, seen: Submitted, repeats: Sequence[tuple[tuple[str, str], bool]]) -> list[Figure]:
    """Q7, Q8 and Q9. A node that is neither the contact point nor its office knows accepted cases only."""
    if member.node != tx.node and not is_in_charge(tx, member):
        note = NOT_HERE.format(office=member.office)
        unknown = ("return rate", "repeat errors", "answer to a return, median", "answer to a return, 90 %")
        return [Figure(name, 0, expected=len(seen.versions), note=note) for name in unknown]
    decided = [one for one in seen.versions if one.outcome]
    returned = [one for one in decided if one.outcome == RETURNED]
    reasons = sum(len(one.told) for one in returned)
    answers = [
        seen.next_at[one.reference, one.version] - one.decided_at for one in returned if (one.reference, one.version) in seen.next_at
    ]
    return [
        share("return rate", len(returned), len(decided), (len(decided), len(seen.versions))),
        share("repeat errors", len(repeats), reasons, (len(returned), len(returned)), n=len(returned)),
        *spread("answer to a return", [max(0, one) / DAY_MS for one in answers], (len(answers), len(returned))),
    ]


def _repeats(seen: Submitted) -> list[tuple[tuple[str, str], bool]]:
    """Q8: the reasons of returned versions that had been told before the version was submitted: about an earlier version of the same
    case, whatever the field (True), or about the same field of another case in the period (False).
    """
    returned = sorted((one for one in seen.versions if one.outcome == RETURNED), key=lambda one: one.submitted_at)
    of_case: dict[str, list[tuple[int, set[str]]]] = {}
    of_field: dict[tuple[str, str], int] = {}  # the first time it was told in the period
    for one in (*seen.earlier, *returned):
        of_case.setdefault(one.reference, []).append((one.version, {code for code, _ in one.told}))
    for one in returned:
        for reason in one.told:
            of_field[reason] = min(of_field.get(reason, one.decided_at), one.decided_at)
    found = []
    for one in returned:
        before = {code for version, codes in of_case[one.reference] if version < one.version for code in codes}
        for reason in one.told:
            same_case = reason[0] in before
            if same_case or of_field[reason] < one.submitted_at:
                found.append((reason, same_case))
    return found


def _listed(repeats: Sequence[tuple[tuple[str, str], bool]]) -> list[dict[str, Any]]:
    times, same = Counter(reason for reason, _ in repeats), Counter(reason for reason, same_case in repeats if same_case)
    most = sorted(times, key=lambda reason: (-times[reason], reason))[:SHOWN]
    return [{"code": code, "field": path, "times": times[code, path], "same_case": same[code, path]} for code, path in most]


def _empty(versions: Sequence[Seen], shapes: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The applicable fields that are most often not filled."""
    paths: Counter[str] = Counter()
    for shape, count in _alike(versions).items():
        for path in _paths(shapes[shape]["empty"]):
            paths[path] += count
    most = sorted(paths, key=lambda path: (-paths[path], path))[:SHOWN]
    return [{"field": path, "not_filled": paths[path]} for path in most]


def _alike(versions: Sequence[Seen]) -> Counter[int]:
    """How many of those that were looked at have filled the same."""
    return Counter(one.shape for one in versions if one.shape is not None)


@lru_cache(maxsize=8192)
def _paths(told: str) -> tuple[str, ...]:
    return tuple(told.split())
