"""A load of seizures during which processes are killed at seeded instants, and what must hold afterwards."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from demo.chains import broken_links, header_hashes
from demo.federation import NodeEndedError
from demo.offices import OFFICER

if TYPE_CHECKING:
    from demo.books import Books
    from demo.federation import Federation

VICTIMS = ("ncp.br", "rilo.sa", "wco.hub", "broker")
REPORTER, COUNTRY = "ncp.br", "BR"
PORTION = 1_000
POLL_SECONDS = 0.05
LATEST_SECONDS = 0.3  # after its moment in the load has come, a kill waits for up to so long: a random instant, not a boundary
STALLED_SECONDS = 120.0


class Blow(NamedTuple):
    """One kill: when the hub has so many seizures, whom, and how many seconds later."""

    moment: int
    victim: str
    later: float


@dataclass
class Storm:
    """Kills spread over a load. One seed, one order of victims and one set of moments; the machine adds the rest."""

    federation: Federation
    books: dict[str, Books]
    seizures: int
    kills: int
    seed: int
    killed: list[str] = field(default_factory=list)
    _down: set[str] = field(default_factory=set)

    def rage(self) -> None:
        """Load, kill, revive, until the hub has every seizure. Raises AssertionError when nothing moves any more."""
        with ThreadPoolExecutor(1) as pool:
            feeder = pool.submit(self._feed)
            self._strike(self._plan())
            feeder.result()

    def _strike(self, plan: list[Blow]) -> None:
        seen, moved_at = -1, time.monotonic()
        while plan or self._down or seen < self.seizures:
            self._revive()
            due = next((blow for blow in plan if blow.moment <= seen and blow.victim not in self._down), None)
            if due is not None:
                plan.remove(due)
                self._kill(due)
            now_seen = self.books["wco.hub"].states(COUNTRY)["validated"]
            if now_seen != seen:
                seen, moved_at = now_seen, time.monotonic()
            assert time.monotonic() - moved_at < STALLED_SECONDS, f"stalled at {seen} of {self.seizures} after {self.killed}"
            time.sleep(POLL_SECONDS)

    def _plan(self) -> list[Blow]:
        chance = random.Random(self.seed)  # noqa: S311 - the same storm for the same seed
        victims = [VICTIMS[place % len(VICTIMS)] for place in range(self.kills)]
        chance.shuffle(victims)
        moments = sorted(chance.randrange(self.seizures * 97 // 100) for _ in victims)
        return [Blow(moment, victim, chance.random() * LATEST_SECONDS) for moment, victim in zip(moments, victims, strict=True)]

    def _feed(self) -> None:
        for number, start in enumerate(range(0, self.seizures, PORTION)):
            cases, seed = min(PORTION, self.seizures - start), self.seed * 1_000 + number
            self.federation.cli(REPORTER, OFFICER, "simulate", "--cases", str(cases), "--seed", str(seed))

    def _kill(self, blow: Blow) -> None:
        time.sleep(blow.later)
        if blow.victim == "broker":
            self.federation.broker.kill()
            self.federation.start_broker()
        else:
            self.federation.kill(blow.victim)
            self.federation.launch(blow.victim)
            self._down.add(blow.victim)
        self.killed.append(blow.victim)

    def _revive(self) -> None:
        """A node that came too early, while the lease of its dead process still runs, is started again, as a supervisor would."""
        for node in sorted(self._down):
            try:
                if self.federation.is_ready(node):
                    self._down.discard(node)
            except NodeEndedError as error:
                if "node.already-running" not in str(error):
                    raise
                self.federation.launch(node)

    def damage(self) -> list[str]:
        """Everything that does not hold after a storm: nothing, if the engine keeps its word."""
        found = [f"{node}: {link}" for node, one in self.books.items() for link in broken_links(one)]
        found += [f"{node}: {count} {what}" for node, one in self.books.items() for what, count in one.put_aside().items() if count]
        cases = {node: one.cases("validated") for node, one in self.books.items()}
        wanted = [case[:3] for case in cases[REPORTER]]
        if len(wanted) != self.seizures:
            found.append(f"{REPORTER} knows of {len(wanted)} validated seizures, not {self.seizures}")
        found += [f"{node} does not have the same seizures" for node in cases if [case[:3] for case in cases[node]] != wanted]
        return found + list(self._differing_headers())

    def _differing_headers(self) -> list[str]:
        """A reader must hold exactly the batches the issuer signed: none missing, none twice under another header."""
        held = {node: header_hashes(one) for node, one in self.books.items()}
        return [
            f"{reader} holds other batches of {family} than {family.issuer} signed"
            for reader, families in held.items()
            for family, hashes in families.items()
            if family.issuer in held and hashes != held[family.issuer][family]
        ]

    def settled(self) -> bool:
        """Whether nobody has anything to send, and the reporter has every verdict."""
        told = self.books[REPORTER].states(COUNTRY)["validated"] == self.seizures
        return told and all(not one.outbox() for one in self.books.values())
