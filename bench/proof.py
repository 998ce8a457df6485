"""Whether what was measured is also right: everything arrived, exactly once, nothing refused, every chain whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.command import BenchError
from bench.flow import VALIDATED, ask
from bench.world import HUB, NCP, OFFICE
from enforcement.verification.passing import MOST_TOLD_AT_ONCE
from liaison.protocol.topics import MAX_BATCH_EVENTS

if TYPE_CHECKING:
    from bench.world import Filled
    from demo.federation import Federation

VERSIONS = "SELECT count(*) FROM seizure_versions"
LINES = "SELECT count(*) FROM seizure_lines"
EVENTS = "SELECT count(*) FROM events"
NUMBERED = "SELECT sum(next_sequence - complete_from) FROM streams"  # events the chains have counted; the primary key keeps them single
STREAMS = "SELECT count(*) FROM streams"
WAITING = "SELECT count(*) FROM outbox"
TROUBLES = ("quarantine", "held", "gaps", "forks", "refusals")
EVENTS_A_CASE = {NCP: 1, OFFICE: 1, HUB: 0}  # its report; what passed by rule is told together, downward and to the world


def prove(federation: Federation, filled: Filled) -> dict[str, dict[str, int]]:
    """The counts of each node. Raises BenchError, naming what is wrong."""
    found = {node: _counts(federation, node) for node in (NCP, OFFICE, HUB)}
    receipts = found[NCP]["events"] - filled.cases - found[NCP]["streams"]
    if not filled.cases <= receipts * MOST_TOLD_AT_ONCE <= filled.cases * MOST_TOLD_AT_ONCE:
        raise BenchError(f"{NCP} holds {receipts:,} receipts for {filled.cases:,} cases. The figures of this run are worth nothing.")
    passed_on = found[HUB]["events"] - found[HUB]["streams"]
    if not filled.cases <= passed_on * MAX_BATCH_EVENTS <= filled.cases * MAX_BATCH_EVENTS:
        raise BenchError(f"{HUB} holds {passed_on:,} events for {filled.cases:,} cases. The figures of this run are worth nothing.")
    heard = {NCP: receipts, OFFICE: receipts + passed_on, HUB: passed_on}
    for node, counts in found.items():
        expected = {"cases": filled.cases, "validated": filled.cases, "lines": filled.lines, "waiting": 0, **dict.fromkeys(TROUBLES, 0)}
        expected |= {"events": EVENTS_A_CASE[node] * filled.cases + heard[node] + counts["streams"], "numbered": counts["events"]}
        wrong = {name: (counts[name], value) for name, value in expected.items() if counts[name] != value}
        if wrong:
            told = "; ".join(f"{name} {has:,} instead of {should:,}" for name, (has, should) in wrong.items())
            raise BenchError(f"{node} does not hold what it should: {told}. The figures of this run are worth nothing.")
    return found


def _counts(federation: Federation, node: str) -> dict[str, int]:
    names = ["cases", "validated", "lines", "events", "numbered", "streams", "waiting", *TROUBLES]
    questions = [VERSIONS, VALIDATED, LINES, EVENTS, NUMBERED, STREAMS, WAITING, *(f"SELECT count(*) FROM {name}" for name in TROUBLES)]  # noqa: S608 - our own names
    return dict(zip(names, ask(federation, node, *questions), strict=True))
