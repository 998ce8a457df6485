"""Fleet health: what a node says of itself, how seldom, who keeps it, and how an office judges it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from liaison.adapters.disk import GIB, class_of, free_class
from liaison.assembly import kind_of, node_spec
from liaison.node.fleet import Standing, count_needing, counted, fleet, one_node
from liaison.node.overview import LAGS_STATE
from liaison.node.ports import Position
from liaison.node.reporting import BACKUP, KEPT, LOOKED, note_backup
from liaison.node.state import write_state
from liaison.node.times import to_ms
from liaison.protocol.errors import UnknownNode
from liaison.testing import MemoryFederation, key_of
from tests.forging import stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NCP, RILO, HUB, OTHER = "ncp.br", "rilo.sa", "wco.hub", "ncp.jm"
HOUR = timedelta(hours=1)


class World:
    def __init__(self, federation: MemoryFederation) -> None:
        self.federation = federation

    def seen(self, node: str = RILO) -> dict[str, Standing]:
        with self.federation[node].steps.reading() as tx:
            return {one.member.node: one for one in fleet(tx)}

    def say(self, *names: str, after: timedelta = timedelta()) -> int:
        """Let these nodes do their duties and everything arrive; how many portions of duty there were."""
        self.federation.clock.advance(after)
        done = self.federation.work(*(names or (NCP,)))
        self.federation.settle()
        return done

    def lag(self, **lags: int) -> None:
        with self.federation[NCP].steps.writing() as tx:
            told = {name.replace("_", "."): lag for name, lag in lags.items()}
            write_state(tx.connection, tx.around.tables, LAGS_STATE, json.dumps({"at": tx.now_ms, "lags": told}))

    def back_up(self, at: datetime) -> None:
        with self.federation[NCP].steps.writing() as tx:
            note_backup(tx.connection, tx.around.tables, at)

    def reports(self, node: str = RILO, of: str = NCP) -> int:
        with self.federation[node].steps.reading() as tx:
            return len(one_node(tx, of)[1])

    def payload(self, **changes: Any) -> dict[str, Any]:
        now = self.federation.clock.now() + timedelta(minutes=1)  # when `forge` signs it
        plain = {"alive_at": now, "version": "1", "lags": [], "lag_seen_at": None, "list_version": 1, "list_issued_at": now}
        rest = {"list_fresh_until": now + HOUR, "quarantine": 0, "held": 0, "failed": 0, "backup_at": None, "disk": "ample"}
        return {**plain, **rest, **changes}

    def forge(self, issuer: str, payload: dict[str, Any], **changes: Any) -> None:
        """What a member's key, or a thief's, would publish on `heads`, a minute after the last."""
        self.federation.clock.advance(timedelta(minutes=1))
        now = self.federation.clock.now()
        stream = stream_of(self.federation.members, issuer, "heads", issued_at=now, epoch=to_ms(now), **changes)
        batch = stream.take(stream.opened(), stream.event("NodeStatusReported", payload))
        self.federation.cluster.append(Position("heads", 0), batch.raw)
        self.federation.settle()


def federation_of(folder: Path) -> MemoryFederation:
    return MemoryFederation(folder, lambda name: node_spec(kind_of(name)), status_minutes=15)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with federation_of(tmp_path_factory.mktemp("nodes")) as federation:
        yield World(federation.start(NCP, RILO))


@pytest.fixture
def world(running: World) -> World:
    """A contact point and its office, neither of which has ever reported."""
    for node in (NCP, RILO):
        with running.federation[node].steps.writing() as tx:
            tx.execute(tx.around.tables.reports.delete())
            for name in (LOOKED, BACKUP, LAGS_STATE):
                write_state(tx.connection, tx.around.tables, name, "")
    return running


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two offices; their contact points are played."""
    with federation_of(tmp_path_factory.mktemp("fleet")) as federation:
        yield World(federation.start(RILO, HUB))


def test_a_node_says_how_it_is_and_its_office_and_the_hub_know(world: World) -> None:
    assert world.seen()[NCP].state == "never"
    world.back_up(world.federation.clock.now())
    assert world.say() == 1
    one = world.seen()[NCP]
    assert (one.state, one.reasons) == ("fine", ())
    assert one.report is not None
    assert one.report.reported_at == world.federation.clock.now()
    assert one.report.list_version == 1
    assert set(world.seen()) == {NCP, RILO}  # an office sees its own nodes
    world.say(RILO)
    tables = world.federation[NCP].node.parts.tables
    with world.federation[NCP].steps.reading() as tx:
        assert {row["node"] for row in tx.rows(tables.reports.select())} == {NCP}  # a contact point keeps nothing of others
    assert set(world.seen(NCP)) == {NCP}


def test_nothing_is_said_again_while_nothing_changes_but_a_sign_of_life(world: World) -> None:
    world.say()
    assert world.say(after=timedelta(minutes=14)) == 0  # not even looked
    assert world.say(after=timedelta(minutes=1)) == 1
    assert world.reports() == 1
    world.back_up(world.federation.clock.now())
    assert world.say(after=timedelta(minutes=5)) == 0  # a change waits its turn
    world.say(after=timedelta(minutes=10))
    assert world.reports() == 2
    world.say(after=timedelta(hours=5))
    assert world.reports() == 2
    world.say(after=timedelta(hours=2))
    assert world.reports() == 3


def test_a_clock_that_was_set_back_does_not_silence_a_node(world: World) -> None:
    with world.federation[NCP].steps.writing() as tx:
        later = tx.now_ms + 10**9
        write_state(tx.connection, tx.around.tables, LOOKED, json.dumps({"looked": later, "said": later, "what": {}}))
    assert world.say() == 1
    assert world.reports() == 1


def test_lag_is_told_as_a_bound_by_class_of_topic_and_everyday_lag_not_at_all(world: World) -> None:
    world.lag(receipts_ncp_br=4, seizures_verified=40, mail_ncp_br=12_345, heads=900)
    world.say()
    report = world.seen()[NCP].report
    assert report is not None
    assert report.lags == {"mail": 100_000, "seizures.verified": 100}
    assert [one.code for one in world.seen()[NCP].reasons] == ["lag", "backup-never"]


def test_an_office_keeps_what_its_own_nodes_say_and_the_hub_what_all_say(watching: World) -> None:
    assert watching.seen(HUB)[OTHER].state == "never"
    watching.forge(OTHER, watching.payload(version="2.0"))  # of another office
    with watching.federation[RILO].steps.reading() as tx, pytest.raises(UnknownNode):
        one_node(tx, OTHER)
    assert set(watching.seen(HUB)) == {place.node for place in watching.federation.places}
    assert (told := watching.seen(HUB)[OTHER].report) is not None
    assert told.version == "2.0"


def test_a_node_cannot_report_for_another(watching: World) -> None:
    watching.forge(NCP, watching.payload(quarantine=900), signer=key_of(OTHER))
    assert watching.seen()[NCP].state == "never"
    watching.forge(OTHER, watching.payload(quarantine=900))  # signed by itself: it is about itself
    assert watching.seen(HUB)[NCP].state == "never"
    assert (told := watching.seen(HUB)[OTHER].report) is not None
    assert told.quarantine == 900


@pytest.mark.parametrize("wrong", [{"quarantine": -1}, {"disk": "full of names"}, {"lags": [{"family": "mail", "at_most": 10}] * 17}])
def test_a_report_that_says_what_none_may_say_is_put_into_quarantine(watching: World, wrong: dict[str, Any]) -> None:
    before = watching.reports()
    watching.forge(NCP, watching.payload(**wrong))
    assert watching.reports() == before
    with watching.federation[RILO].steps.reading() as tx:
        quarantine = watching.federation[RILO].node.parts.tables.quarantine
        assert {row["code"] for row in tx.rows(quarantine.select())} == {"event.refused-by-handler"}


def test_hostile_text_is_made_harmless_and_a_date_in_the_future_counts_as_signed(watching: World) -> None:
    later = watching.federation.clock.now() + timedelta(days=400)
    watching.forge(NCP, watching.payload(version="1\x1b[2J" + "x" * 90, alive_at=later))
    assert (told := watching.seen()[NCP].report) is not None
    assert told.version.startswith("1\ufffd[2Jxxx")
    assert len(told.version) == 40
    assert told.reported_at == watching.federation.clock.now()


def test_a_silent_node_comes_first_and_what_is_wrong_with_others_is_named(world: World) -> None:
    world.back_up(world.federation.clock.now())
    world.say(NCP, RILO)
    world.federation.clock.advance(9 * HOUR)
    assert [(one.code, one.number) for one in world.seen()[NCP].reasons] == [("late", 9)]
    world.federation.clock.advance(20 * HOUR)
    world.say(RILO)
    states = [(one.member.node, one.state) for one in world.seen().values()]
    assert states == [(NCP, "silent"), (RILO, "attention")]
    with world.federation[RILO].steps.reading() as tx:
        assert count_needing(tx) == 2
        assert counted(fleet(tx)) == {"silent": 1, "attention": 1, "late": 0, "never": 0, "fine": 0}


def test_old_backup_old_list_full_disk_and_quarantine_want_somebody(watching: World) -> None:
    now = watching.federation.clock.now()
    wrong = {"backup_at": now - timedelta(days=12), "list_issued_at": now - timedelta(days=40), "list_fresh_until": now - HOUR}
    watching.forge(NCP, watching.payload(**wrong, disk="critical", quarantine=3, held=2, failed=1))
    one = watching.seen()[NCP]
    assert one.state == "attention"
    codes = [(reason.code, reason.number) for reason in one.reasons]
    assert codes == [("disk-critical", 0), ("failed", 1), ("quarantine", 3), ("list-expired", 0), ("held", 2), ("backup-old", 12)]


def test_a_list_behind_the_offices_counts_by_days(watching: World) -> None:
    federation = watching.federation
    federation.clock.advance(timedelta(days=10))
    federation.change(OTHER, custody=HUB)
    federation.update_trust(federation[RILO].node)
    federation[RILO].steps.tick()
    now = federation.clock.now()
    watching.forge(NCP, watching.payload(list_issued_at=now - timedelta(days=10), backup_at=now))
    assert [(reason.code, reason.number) for reason in watching.seen()[NCP].reasons] == [("list-old", 10)]


def test_only_the_last_reports_of_a_node_are_kept(world: World) -> None:
    world.say()
    with world.federation[RILO].steps.writing() as tx:
        reports = tx.around.tables.reports
        (row,) = tx.rows(reports.select())
        older = [{**row, "reported_at": row["reported_at"] - n} for n in range(1, KEPT + 30)]
        tx.execute(insert(reports), older)
    world.say(after=7 * HOUR)
    assert world.reports() == KEPT


def test_a_restored_node_knows_again_what_it_said(world: World) -> None:
    world.say()
    running = world.federation[NCP]
    tables = running.node.parts.tables
    with running.steps.writing() as tx:
        for table in (tables.reports, tables.publications, tables.events, tables.batches, tables.streams):
            tx.execute(table.delete())
    world.federation.restart(NCP)
    assert world.seen(NCP)[NCP].report is not None


def test_free_room_is_told_as_a_class(tmp_path: Path) -> None:
    assert [class_of(size) for size in (0, 2 * GIB - 1, 2 * GIB, 20 * GIB - 1, 20 * GIB)] == ["critical", "critical", "low", "low", "ample"]
    assert free_class(tmp_path) in ("ample", "low", "critical")
    assert free_class(tmp_path / "gone") == "unknown"


def test_a_node_that_is_told_to_say_nothing_says_nothing(tmp_path: Path) -> None:
    with MemoryFederation(tmp_path, lambda name: node_spec(kind_of(name)), status_minutes=0) as federation:
        federation.start(NCP)
        assert federation.work(NCP) == 0
