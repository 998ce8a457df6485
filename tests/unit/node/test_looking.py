"""What an administrator sees of a node and does about it: overview, quarantine and its retry, and proofs from stored bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from liaison.assembly import NodeSpec
from liaison.node.handling import Dispatcher
from liaison.node.originals import NoSuchEvent
from liaison.node.overview import gap_rows, held_rows, outbox_rows, refusal_rows, status, stream_rows
from liaison.node.proof import BadEventId, Proof, describe, parse_event_id, prove, summary
from liaison.node.quarantine import DoneAlready, NotInQuarantine, one_quarantined, quarantined, retry
from liaison.protocol.errors import LiaisonError
from liaison.protocol.events import Draft, Handling
from liaison.protocol.topics import EventRow, TopicRow
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

PLACES = (Place("ncp.jm", "AMS", "rilo.car"), Place("rilo.car", "AMS", "rilo.car"), Place("wco.hub", "AMS", "wco.hub"))
OPEN = Handling(tlp="GREEN")


class NotToday(LiaisonError):  # noqa: N818 - a stand-in
    """The office does not take this."""

    code = "test.not-today"


@dataclass
class Office:
    """The office's handler, whose mood a test sets: accept and pass on, refuse, or break."""

    mood: str = "accept"
    seen: list[bytes] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)

    def on_case_withdrawn(self, tx: UnitOfWork, event: VerifiedEvent) -> None:
        if self.mood == "refuse":
            raise NotToday
        if self.mood == "break":
            raise ZeroDivisionError
        self.seen.append(event.event_id)
        self.authors.append(tx.author)
        payload = {"administration": "JM", "reference": "2026/1", "version": 1, "method": "rule", "evidence": event.evidence()}
        tx.emit(Draft("WithdrawalVerified", payload, tx.now, OPEN, carries=event), "seizures.verified", region="AMS")


@dataclass
class World:
    """Three offices, and the office's mood."""

    federation: MemoryFederation
    office: Office

    def withdraw(self, text: str = "entered twice") -> bytes:
        """The contact point sends one; its event id."""
        payload = {"administration": "JM", "reference": "2026/1", "version": 1, "reason_code": "duplicate", "reason": text}
        with self.federation["ncp.jm"].desk(user="u-0000000b").acting("seizures.withdraw") as tx:
            return tx.emit(Draft("CaseWithdrawn", payload, tx.now, OPEN), "submissions", region="AMS")

    def sent(self, text: str = "entered twice") -> bytes:
        event_id = self.withdraw(text)
        self.federation.settle()
        return event_id

    def proofs(self, node: str, event_id: bytes) -> list[Proof]:
        with self.federation[node].desk().looking("events.verify") as tx:
            return prove(tx, event_id)

    def described(self, node: str, event_id: bytes) -> list[dict[str, Any]]:
        with self.federation[node].desk().looking("events.verify") as tx:
            return [describe(proof, tx) for proof in prove(tx, event_id)]

    def waiting(self) -> list[dict[str, Any]]:
        with self.federation["rilo.car"].desk().looking("quarantine.list") as tx:
            return quarantined(tx)

    def retry(self, number: int) -> Any:
        running = self.federation["rilo.car"]
        dispatcher = Dispatcher({"CaseWithdrawn": self.office.on_case_withdrawn}, running.node.parts.clock)
        with running.desk().acting("quarantine.retry") as tx:
            return retry(tx, dispatcher, number)

    def seen(self, node: str, query: Any, *more: Any, **how: Any) -> Any:
        parts = self.federation[node].node.parts
        with parts.database.reading() as connection:
            return query(connection, parts.tables, *more, **how)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    office = Office()
    topics = (TopicRow("seizures.verified", "none", "offices", "members", region_of_reporter=True),)
    events = (
        EventRow("CaseWithdrawn", ("submissions",), ("ncp",)),
        EventRow("WithdrawalVerified", ("seizures.verified",), ("rilo", "hub")),
    )

    def spec(node: str) -> NodeSpec:
        kind: Any = "hub" if node == "wco.hub" else node.partition(".")[0]
        return NodeSpec(kind, topics=topics, events=events, handlers={"CaseWithdrawn": office.on_case_withdrawn} if kind == "rilo" else {})

    with MemoryFederation(tmp_path, spec, PLACES) as federation:
        yield World(federation.start(), office)


# --- proof --------------------------------------------------------------------------------------------------------------


def test_an_event_is_proven_at_its_issuer_its_office_and_inside_what_the_office_passed_on(world: World) -> None:
    event_id = world.sent()
    own, = world.described("ncp.jm", event_id)[:1]
    assert (own["found"], own["verified"], own["signed_by"], own["author"]) == ("own", True, "ncp.jm", "u-0000000b")
    assert own["chained_to_predecessor"] is None
    received = world.described("rilo.car", event_id)[0]
    assert (received["found"], received["verified"], received["issuer"], received["type"]) == ("received", True, "ncp.jm", "CaseWithdrawn")
    carried, = world.described("wco.hub", event_id)
    assert (carried["found"], carried["verified"], carried["signed_by"]) == ("evidence", True, "ncp.jm")
    assert (carried["inside"]["signed_by"], carried["inside"]["type"], carried["inside"]["verified"]) == ("rilo.car", "WithdrawalVerified", True)
    proof, = world.proofs("wco.hub", event_id)
    assert summary(proof).endswith("and passed on by rilo.car.")


def test_a_second_batch_is_chained_to_the_first(world: World) -> None:
    world.sent()
    second = world.sent("again")
    assert world.described("rilo.car", second)[0]["chained_to_predecessor"] is True


def test_stored_bytes_that_were_changed_do_not_prove_anything(world: World) -> None:
    event_id = world.sent("entered twice")
    parts = world.federation["rilo.car"].node.parts
    batches = parts.tables.batches
    with parts.database.writing() as connection:
        row = connection.execute(select(batches).where(batches.c.topic == "submissions.rilo.car")).mappings().one()
        connection.execute(update(batches).where(batches.c.id == row["id"]).values(raw=row["raw"].replace(b"entered twice", b"entered TWICE")))
    proof = world.proofs("rilo.car", event_id)[0]
    assert not proof.holds
    assert proof.failed is not None
    assert proof.failed.code == "batch.wrong-root"
    assert "NOT proven" in summary(proof)


def test_evidence_that_was_changed_inside_is_found_at_the_outer_signature(world: World) -> None:
    event_id = world.sent("entered twice")
    parts = world.federation["wco.hub"].node.parts
    batches = parts.tables.batches
    with parts.database.writing() as connection:
        row = connection.execute(select(batches).where(batches.c.topic == "seizures.verified")).mappings().one()
        connection.execute(update(batches).where(batches.c.id == row["id"]).values(raw=row["raw"].replace(b"entered twice", b"entered TWICE")))
    with pytest.raises(NoSuchEvent):
        world.proofs("wco.hub", event_id)  # what does not verify outside is not looked into


def test_a_key_that_was_compromised_since_proves_nothing_any_more(world: World) -> None:
    event_id = world.sent()
    federation = world.federation
    member = federation.members.members["ncp.jm"]
    from dataclasses import replace  # noqa: PLC0415 - only here

    federation.change("ncp.jm", keys=(replace(member.keys[0], compromised_at=federation.clock.now()),))
    federation.update_trust(federation["rilo.car"].node)
    federation.restart("rilo.car")
    record = world.described("rilo.car", event_id)[0]
    assert (record["verified"], record["failed_check"], record["failed_code"]) == (False, 9, "batch.revoked-key")


def test_what_was_refused_elsewhere_is_said(world: World) -> None:
    world.office.mood = "refuse"
    event_id = world.sent()
    assert world.described("rilo.car", event_id)[0]["quarantine_code"] == "event.refused-by-handler"
    record = world.described("ncp.jm", event_id)[0]
    assert record["verified"] is True
    assert "event.refused-by-handler" in record["refused_by"][0]


def test_an_event_that_is_not_signed_yet_or_unknown_is_said(world: World) -> None:
    event_id = world.withdraw()
    with pytest.raises(NoSuchEvent, match="not signed it yet"):
        world.proofs("ncp.jm", event_id)
    with pytest.raises(NoSuchEvent, match="does not hold"):
        world.proofs("ncp.jm", bytes(16))


@pytest.mark.parametrize("word", ["", "12", "zz" * 16, "00" * 17])
def test_what_is_no_event_id_is_refused(word: str) -> None:
    with pytest.raises(BadEventId):
        parse_event_id(word)


def test_an_event_id_is_read_with_and_without_hyphens() -> None:
    plain = "0197a0f2c1d87b3e9c4d5e6f70811223"
    assert parse_event_id(plain) == parse_event_id("0197A0F2-c1d8-7b3e-9c4d-5e6f70811223") == bytes.fromhex(plain)


# --- quarantine ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mood", "code"), [("refuse", "event.refused-by-handler"), ("break", "event.internal")])
def test_a_retry_after_the_cause_is_gone_takes_effect_as_if_just_arrived(world: World, mood: str, code: str) -> None:
    world.office.mood = mood
    event_id = world.sent()
    row, = world.waiting()
    assert (row["code"], row["state"], row["event_id"]) == (code, "open", event_id.hex())
    world.office.mood = "accept"
    result = world.retry(row["id"])
    assert (result.error, result.event_id) == (None, event_id)
    assert world.office.seen == [event_id]
    assert world.office.authors == [""]  # the node's word, not the administrator's
    assert world.waiting() == []
    world.federation.settle()
    assert world.described("wco.hub", event_id)[0]["verified"] is True
    with pytest.raises(DoneAlready):
        world.retry(row["id"])
    assert world.office.seen == [event_id]


def test_a_retry_that_fails_stays_with_the_new_reason(world: World) -> None:
    world.office.mood = "break"
    world.sent()
    number = world.waiting()[0]["id"]
    world.office.mood = "refuse"
    assert world.retry(number).error.code == "event.refused-by-handler"
    row, = world.waiting()
    assert (row["tries"], row["code"]) == (2, "event.refused-by-handler")
    assert "test.not-today" in row["detail"]


def test_a_retry_opens_the_batch_again(world: World) -> None:
    world.office.mood = "refuse"
    world.sent("entered twice")
    parts = world.federation["rilo.car"].node.parts
    batches = parts.tables.batches
    with parts.database.writing() as connection:
        row = connection.execute(select(batches).where(batches.c.topic == "submissions.rilo.car")).mappings().one()
        connection.execute(update(batches).where(batches.c.id == row["id"]).values(raw=row["raw"].replace(b"entered twice", b"entered TWICE")))
    world.office.mood = "accept"
    assert world.retry(world.waiting()[0]["id"]).error.code == "batch.wrong-root"
    assert world.office.seen == []


def test_one_in_quarantine_is_shown_without_its_payload(world: World) -> None:
    world.office.mood = "refuse"
    world.sent("a secret reason")
    number = world.waiting()[0]["id"]
    with world.federation["rilo.car"].desk().acting("quarantine.list") as tx:
        shown = one_quarantined(tx, number)
        with pytest.raises(NotInQuarantine):
            one_quarantined(tx, 99)
    assert (shown["topic"], shown["tlp"], shown["author"]) == ("submissions.rilo.car", "GREEN", "u-0000000b")
    assert "secret" not in str(shown)


# --- overview -----------------------------------------------------------------------------------------------------------


def test_a_quiet_node_has_its_streams_and_nothing_else(world: World) -> None:
    world.sent()
    now = world.federation.clock.now()
    page = world.seen("rilo.car", status, now)
    assert {name: page[name] for name in ("held", "parked", "gaps", "forks", "quarantine", "refused_by_others")} == dict.fromkeys(
        ("held", "parked", "gaps", "forks", "quarantine", "refused_by_others"), 0
    )
    assert page["running"] is True
    assert page["list"]["version"] == 1
    assert page["lag"] is None
    rows = world.seen("rilo.car", stream_rows)
    assert [(row["own"], row["topic"], row["last_sequence"], row["state"]) for row in rows] == [
        (True, "seizures.verified", 2, "open"),
        (False, "submissions.rilo.car", 2, "open"),
    ]


def test_a_node_that_stopped_and_an_old_list_show(world: World) -> None:
    world.federation.clock.advance(timedelta(days=8))
    page = world.seen("rilo.car", status, world.federation.clock.now())
    assert page["running"] is False
    assert page["list"]["stale"] is True


def test_what_waits_to_leave_shows_its_age_and_what_could_not_its_reason(world: World) -> None:
    world.withdraw()
    world.federation.clock.advance(timedelta(seconds=30))
    now = world.federation.clock.now()
    row, = world.seen("ncp.jm", outbox_rows, now)
    assert (row["type"], row["topic"], row["age_seconds"], row["failure"]) == ("CaseWithdrawn", "submissions", 30.0, "")
    assert world.seen("ncp.jm", outbox_rows, now, failed_only=True) == []
    parts = world.federation["ncp.jm"].node.parts
    with parts.database.writing() as connection:
        connection.execute(update(parts.tables.outbox).values(failure="egress.refused"))
    assert world.seen("ncp.jm", status, now)["outbox"] == {"waiting": 0, "oldest_age_seconds": 0, "failed": 1, "sealed_not_published": 0}


def test_quarantine_and_refusals_are_counted_on_both_sides(world: World) -> None:
    world.office.mood = "refuse"
    event_id = world.sent()
    now = world.federation.clock.now()
    assert world.seen("rilo.car", status, now)["quarantine"] == 1
    assert world.seen("ncp.jm", status, now)["refused_by_others"] == 1
    told, = world.seen("ncp.jm", refusal_rows)
    assert (told["refused_by"], told["event_id"], told["check"]) == ("rilo.car", event_id.hex(), 16)


def test_a_gap_shows_as_parked_batches_and_a_range(world: World) -> None:
    world.sent()
    federation = world.federation
    from liaison.node.ports import Position  # noqa: PLC0415 - only here

    lost = Position("submissions.rilo.car", 0)
    world.withdraw("lost on the way")
    federation.send("ncp.jm")
    end = asyncio_end(federation, lost)
    federation.cluster.trim(lost, end)
    world.withdraw("after it")
    federation.send("ncp.jm")
    federation.receive("rilo.car")
    page = world.seen("rilo.car", status, federation.clock.now())
    assert (page["parked"], page["gaps"], page["held"]) == (1, 1, 0)
    gap, = world.seen("rilo.car", gap_rows)
    assert (gap["issuer"], gap["first"], gap["last"], gap["state"]) == ("ncp.jm", 3, 3, "open")
    parked, = world.seen("rilo.car", held_rows)
    assert (parked["state"], parked["code"], parked["kept"]) == ("parked", "stream.gap", True)
    federation.settle()  # the issuer serves what is missing
    page = world.seen("rilo.car", status, federation.clock.now())
    assert (page["parked"], page["gaps"]) == (0, 0)
    assert world.seen("rilo.car", gap_rows, everything=True)[0]["state"] == "filled"


def asyncio_end(federation: MemoryFederation, position: Any) -> int:
    """The offset after the last record."""
    import asyncio  # noqa: PLC0415 - only here

    return asyncio.run(federation["ncp.jm"].broker.end_offsets([position]))[position]
