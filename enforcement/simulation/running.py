"""Simulated seizures into a national contact point, in portions; refused wherever real ones live."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.store import known_versions, preload_versions
from enforcement.simulation.world import simulate
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

    Keep = Callable[[UnitOfWork, Mapping[str, Any]], str]
    Report = Callable[[UnitOfWork, Mapping[str, Any]], bytes]

PORTION: Final = 500  # cases a transaction
ACTION: Final = "seizures.simulate"
TRAINING: Final = "training"


class NotInTraining(LiaisonError):  # noqa: N818 - named for the state
    """Simulated seizures are made in the training environment only."""

    code = "simulation.production-refused"
    next_step = "Make a node of a training federation: `liaison init --environment training`."


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate: `error_rate` is the share of cases with a planted error, 0 to 1."""

    cases: int
    seed: int
    year: int
    error_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Ways:
    """How a case gets in: `keep` as a draft (new, changed, unchanged), `report` submitted at once."""

    keep: Keep
    report: Report


@dataclass(slots=True)
class Made:
    """How many cases came of it; `unchanged` were here from an earlier run with this seed."""

    new: int = 0
    unchanged: int = 0
    lines: int = 0
    sections: dict[str, int] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """Cases so far."""
        return self.new + self.unchanged


def simulate_here(desk: Desk, plan: Plan, ways: Ways, *, drafts: bool = False) -> Iterator[Made]:
    """Make the plan's cases of this node's own country; yields the account after each committed portion.

    The same plan again changes nothing. Raises NotInTraining, SimulationError, NotPermitted, DatabaseFailed.
    """
    desk.require(ACTION)
    with desk.parts.database.reading() as connection:
        members = desk.parts.load_members(connection)
    if members.environment != TRAINING:
        raise NotInTraining(f"This node's federation is in {members.environment}.")
    country = members.get(desk.parts.node).country
    cases = simulate([country], plan.cases, plan.seed, plan.year, error_rate=plan.error_rate)
    return _portions(desk, cases, (plan, ways, drafts))


def _portions(desk: Desk, cases: Iterator[dict[str, Any]], asked: tuple[Plan, Ways, bool]) -> Iterator[Made]:
    plan, ways, drafts = asked
    put = _kept(ways.keep) if drafts else _reported(ways.report)
    made = Made()
    while portion := list(islice(cases, PORTION)):
        facts = {"seed": plan.seed, "year": plan.year, "cases": len(portion), "drafts": drafts}
        with desk.acting(ACTION, f"{portion[0]['reference']} ... {portion[-1]['reference']}", **facts) as tx:
            preload_versions(tx, [(case["administration"], case["reference"]) for case in portion])
            fresh = [case for case in portion if put(tx, case)]
        _count(made, portion, fresh)
        yield made


def _kept(keep: Keep) -> Callable[[UnitOfWork, Mapping[str, Any]], bool]:
    return lambda tx, case: keep(tx, case) != "unchanged"


def _reported(report: Report) -> Callable[[UnitOfWork, Mapping[str, Any]], bool]:
    def put(tx: UnitOfWork, case: Mapping[str, Any]) -> bool:
        if known_versions(tx, (case["administration"], case["reference"])):
            return False
        report(tx, case)
        return True

    return put


def _count(made: Made, portion: Sequence[Mapping[str, Any]], fresh: Sequence[Mapping[str, Any]]) -> None:
    made.new += len(fresh)
    made.unchanged += len(portion) - len(fresh)
    for case in fresh:
        made.lines += len(case["lines"])
        for section in {line["section"] for line in case["lines"]}:
            made.sections[section] = made.sections.get(section, 0) + 1
