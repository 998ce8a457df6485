"""The main job from end to end: reports up three tiers, verdicts and an alert down, feedback up, a proof, and one bad thing shown."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from demo.alerting import global_alert, regional_alert
from demo.books import Books
from demo.counters import decided
from demo.founding import beside
from demo.intruder import Intruder, corrupted, foreign_environment
from demo.offices import ANALYST, OFFICER, VERIFIER, Office
from demo.waiting import wait_until
from liaison.node.ports import Position
from liaison.protocol.topics import TopicTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.federation import Federation
    from demo.journal import Journal

REAL_FILE: Final = Path("../shared/data/brazil_pf_seizures/PF_Apreensoes_Portos_Aeroportos.csv")
PROFILE: Final = "br-pf-ports-airports"
FLOW_SECONDS: Final = 120.0
SEED: Final = 2025
LISTED: Final = "10000"
# How the reporter corrects a case that was returned for this reason.
FIXES: Final = {
    "code.unknown": ("direction", "import"),
    "date.before-1990": ("date", "2025-06-01"),
    "quantity.not-positive": ("lines[0].quantities[0].amount", "1"),
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many simulated cases a contact point reports, and which share of them has a planted error."""

    cases: Mapping[str, int] = field(default_factory=lambda: {"ncp.br": 300, "ncp.jm": 400, "ncp.us": 600})
    error_rate: float = 0.04


class Story:
    """Tells the main job on a running federation, through the installed command. Close it."""

    def __init__(self, federation: Federation, journal: Journal, amounts: Amounts | None = None, *, real_file: Path | None = None) -> None:
        """`real_file`: Brazil's own file, to be imported before what is simulated."""
        self.federation = federation
        self.journal = journal
        self.amounts = amounts or Amounts()
        self.real_file = real_file
        self.books = {node: Books(node, federation.url(node)) for node in federation.nodes}
        self.intake: list[dict[str, int]] = []

    def close(self) -> None:
        """Close the databases it reads."""
        for one in self.books.values():
            one.close()

    @property
    def reporters(self) -> list[Office]:
        """The contact points."""
        return [office for office in self.federation.offices if office.kind == "ncp"]

    @property
    def verifiers(self) -> list[Office]:
        """The offices that verify, the hub included."""
        return [office for office in self.federation.offices if office.kind != "ncp"]

    def tell(self) -> None:
        """Everything in order. Raises CommandRefusedError, NotMetError."""
        with self.journal.step("contact points import, simulate and submit"):
            beside([partial(self._report, office) for office in self.reporters], self.federation.cancel)
        with self.journal.step("the offices pass what the rules pass and queue the rest"):
            self.wait(self.all_arrived, "every case is at its office and validated or waiting there")
        with self.journal.step("officers return what must be corrected and accept the rest"):
            beside([partial(self._decide, office) for office in self.verifiers], self.federation.cancel)
            self.wait(self.all_told, "every contact point has its verdicts")
        with self.journal.step("contact points correct what was returned and submit it again"):
            beside([partial(self._amend, office) for office in self.reporters], self.federation.cancel)
        with self.journal.step("the hub and the offices collect what is verified, both signatures checked"):
            self.wait(self.all_collected, "every office holds every validated case of the world")
        with self.journal.step("an alert goes down and feedback comes up"):
            beside([partial(regional_alert, self), partial(global_alert, self)], self.federation.cancel)
        with self.journal.step("the hub proves one seizure from its stored bytes"):
            self._prove()
        with self.journal.step("a corrupted record and a foreign batch are put on the broker"):
            self._intrude()
        self.wait(self.all_quiet, "nothing is on its way any more")

    def wait(self, condition: Any, what: str) -> None:  # noqa: ANN401 - any callable
        """Wait for the events to flow."""
        wait_until(condition, what, FLOW_SECONDS, say=self.journal.tell)

    # --- reporting ------------------------------------------------------------------------------------------------------

    def _report(self, office: Office) -> None:
        node, run = office.node, self.federation.cli
        if node == "ncp.br" and self.real_file is not None:
            told = run(node, OFFICER, "seizures", "import", str(self.real_file), "--profile", PROFILE)
            self.intake.append(
                {"rows": told["rows"], "imported": told["new"] + told["changed"] + told["unchanged"], "rejected": told["rejected"]}
            )
            submitted = run(node, OFFICER, "seizures", "submit", "--all")
            self.journal.tell(
                f"{node} imported {self.intake[-1]['imported']:,} of {told['rows']:,} rows, {told['rejected']:,} were rejected "
                f"with their reason; {submitted['submitted']:,} submitted"
            )
        cases = self.amounts.cases.get(node, 0)
        if cases:
            words = ["simulate", "--cases", str(cases), "--seed", str(SEED), "--error-rate", str(self.amounts.error_rate)]
            told = run(node, OFFICER, *words)
            self.journal.tell(f"{node} simulated and submitted {told['submitted']:,} cases with {told['lines']:,} lines")

    def _amend(self, office: Office) -> None:
        node = office.node
        returned = self.federation.cli(node, OFFICER, "seizures", "list", "--state", "returned", "--limit", LISTED)
        wanted = [row["reference"] for row in returned][1:] or [row["reference"] for row in returned]  # one stays with its officer
        if not wanted:
            return
        file = self.federation.folder / f"{node}-corrections.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(("reference", "field", "value"))
            rows.writerows((reference, *self._fix_of(office, reference)) for reference in wanted)
        told = self.federation.cli(node, OFFICER, "seizures", "amend", str(file))
        self.journal.tell(f"{node} corrected {told['submitted']:,} of {len(returned):,} returned cases and submitted them again")

    def _fix_of(self, office: Office, reference: str) -> tuple[str, str]:
        versions = self.books[office.node].tables.seizures.versions
        (row,) = self.books[office.node].rows(
            versions.select().where(
                versions.c.administration == office.country, versions.c.reference == reference, versions.c.state == "returned"
            )
        )
        return next(fix for code, fix in FIXES.items() if f'"{code}"' in row["reasons"])

    # --- verifying ------------------------------------------------------------------------------------------------------

    def _decide(self, office: Office) -> None:
        node, run = office.node, self.federation.cli
        waiting = run(node, VERIFIER, "verification", "list", "--limit", LISTED)
        codes = Counter(code for row in waiting for code in row["codes"] if code in FIXES)
        if codes:
            code = max(codes, key=lambda one: (codes[one], one))
            told = run(node, VERIFIER, "verification", "return", "--all", "--code", code, "--with-findings", "--yes")
            self.journal.tell(f"{node} returned {told['decided']:,} cases for {code}")
        if len(waiting) > sum(code in row["codes"] for row in waiting) if codes else waiting:
            told = run(node, VERIFIER, "verification", "accept", "--all", "--yes")
            self.journal.tell(f"{node} accepted {told['decided']:,} cases after a look")

    # --- conditions -----------------------------------------------------------------------------------------------------

    def all_arrived(self) -> bool:
        """Every submitted case is at its office."""
        return all(self._at_office(office).total() == self.books[office.node].newest(office.country).total() for office in self.reporters)

    def _at_office(self, office: Office) -> Counter[str]:
        return self.books[office.office].newest(office.country)

    def all_told(self) -> bool:
        """Every case stands at its contact point as it stands at its office."""
        for office in self.reporters:
            there = self._at_office(office)
            there["submitted"] += there.pop("in-review", 0)
            if +there != +self.books[office.node].newest(office.country):
                return False
        return True

    def all_collected(self) -> bool:
        """Nothing waits or is on its way, and every office holds what all of them validated."""
        if not self.all_arrived() or not self.all_told() or any(self._at_office(office)["in-review"] for office in self.reporters):
            return False
        world = sum(self.books[office.office].states(office.country)["validated"] for office in self.reporters)
        return all(self.books[office.node].states()["validated"] == world for office in self.verifiers)

    def all_quiet(self) -> bool:
        """No node has anything to send."""
        return all(not one.outbox() for one in self.books.values())

    # --- proving and breaking -------------------------------------------------------------------------------------------

    def _prove(self) -> None:
        _, reference, version, event_id = self.books["wco.hub"].cases("validated", administration=self.reporters[0].country)[0]
        told = self.federation.cli("wco.hub", ANALYST, "verify", event_id.hex())
        place = told["places"][0]
        inside = place.get("inside", {})
        self.journal.tell(
            f"wco.hub: {reference} version {version} was signed by {place['signed_by']} at {_clock(place['signed_at'])}"
            + (f" and verified by {inside['signed_by']} at {_clock(inside['signed_at'])}" if inside else "")
        )

    def _intrude(self) -> None:
        """Needs no key, only a way to the broker; nothing it writes has any effect."""
        victim = next(office for office in self.reporters if office.office != "wco.hub")
        office, intruder = victim.office, Intruder(self.federation.bootstrap)
        topic = f"submissions.{office}"
        position = position_of(topic, victim)
        before, refused_before = self.books[office].states(), self._refused(office)
        raw = intruder.read(position)[0].value
        intruder.write([(position, corrupted(raw)), (position, foreign_environment(raw))])
        self.wait(lambda: self._refused(office) >= refused_before + 2, f"{office} has refused both records on {topic}")
        kept = self.books[office].states() == before
        self.journal.tell(f"{office} refused both and counted them; {'nothing was lost or added' if kept else 'ITS CASES CHANGED'}")
        if not kept:
            raise AssertionError(f"{office} changed its cases because of junk on the broker")

    def _refused(self, node: str) -> int:
        outcomes = decided(self.federation.metrics_port(node))
        return sum(count for (outcome, _), count in outcomes.items() if outcome == "reject")


def _clock(moment: str) -> str:
    """Hours, minutes and seconds (UTC) of a time as JSON has it."""
    return f"{datetime.fromisoformat(moment):%H:%M:%S}Z"


def position_of(topic: str, office: Office) -> Position:
    """The partition on which a contact point's stream lies."""
    topics = TopicTable()
    return Position(topic, topics.partition(topics.resolve(topic), office.region, office.node))
