"""The synchronous steps of a node, one transaction each; the engine's loops call them from the one worker thread."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from liaison.node import lease
from liaison.node.catching import catching_up, end_catching_up
from liaison.node.catchup import ask_again, open_gaps, pass_over
from liaison.node.duties import Duties
from liaison.node.fleet import counted, fleet
from liaison.node.holding import held_records, leave_cluster, overflowed, refetched
from liaison.node.outbox import Outgoing, Sealer, mark_published, seal_once, seal_said, unpublished
from liaison.node.overview import LAGS_STATE
from liaison.node.parts import renew, surroundings
from liaison.node.ports import Position, Record
from liaison.node.quarantine import retry_held
from liaison.node.reporting import backup_at
from liaison.node.restore import import_tail, republish_all, tails_from
from liaison.node.state import read_state, write_state
from liaison.node.streams import close_rotated
from liaison.node.work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from liaison.node.catching import CatchingUp
    from liaison.node.holding import Which
    from liaison.node.parts import Parts
    from liaison.node.work import Surroundings
    from liaison.protocol.members import MemberList

HELD_RETRY_SECONDS = 30.0
SETTLING_SECONDS = 0.1
MOST_TOLD = 64  # batches acknowledged and not written down
FLEET_SECONDS = 60.0  # how often the nodes of an office are counted by state, for the metrics
LAGS_SECONDS = 10.0  # how often unchanged lags are written down, so that `status` can say when somebody last looked


class Steps:
    """One node's steps. Not thread-safe on purpose: there is one writer."""

    def __init__(self, parts: Parts, holder: str, ended: Callable[[str], bool] = lease.nobody) -> None:
        """`holder`: unique to this process; names it in the lease. `ended`: which holder's process is known to be no more."""
        self._parts = parts
        self._holder = holder
        self._ended = ended
        self._fence = 0
        self._members: MemberList | None = None
        self._retried_at = -HELD_RETRY_SECONDS
        self._retry_everything = True
        self._stamp: object = None
        self._settled_at = 0.0
        self._nothing_due_at: object = None  # the stamp at which no duty was due
        self._restless = True  # whether records wait for others or for their time
        self.company_waits = True  # whether events wait for others to leave with
        self._lags: dict[str, int] = {}
        self._lags_at = -LAGS_SECONDS
        self._fleet_at = -FLEET_SECONDS
        self._duties = Duties(parts.duties, parts.clock, parts.log)
        self._catching: CatchingUp | None = None  # after a restore, until all is read
        self._unread: set[str] = set()  # topics that were not read to their end since then
        self._told: list[tuple[Outgoing, int]] = []  # acknowledged by the broker, and written down with whatever is written next

    # --- transactions ---------------------------------------------------------------------------------------------------

    def around(self, connection: Connection) -> Surroundings:
        """One reference time and one member list for a step."""
        if self._members is None:
            self._members = self._parts.load_members(connection)
        for renewed in renew(self._parts, connection):
            self._retry_everything = True  # what waited for it may pass now
            self._parts.log.info("reference.renewed", what=type(renewed).__name__, now=str(renewed))
        return surroundings(self._parts, self._members)

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """A write transaction under the lease, flushed and committed at the end. Raises LeaseLost, DatabaseFailed."""
        with self._parts.database.writing() as connection:
            lease.renew(connection, self._parts.tables, self._fence, self._parts.clock.now())
            tx = UnitOfWork(connection, self.around(connection))
            tx.catching = self._catching
            told = len(self._told)
            mark_published(tx, self._told)
            yield tx
            tx.flush()
        del self._told[:told]  # only now: what is rolled back is told again
        if tx.list_changed:
            self._members, self._retry_everything = None, True

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A snapshot to read from."""
        with self._parts.database.reading() as connection:
            yield UnitOfWork(connection, self.around(connection))

    # --- lease ----------------------------------------------------------------------------------------------------------

    def acquire_lease(self) -> None:
        """Become the one process of this node. Raises AlreadyRunning."""
        with self._parts.database.writing() as connection:
            self._fence = lease.acquire(connection, self._parts.tables, self._holder, self._parts.clock.now(), self._ended)
        with self.writing() as tx:
            self._catch_up(catching_up(tx.connection, self._parts.tables))
            if close_rotated(tx, self._parts.signer.key_id):
                self._parts.log.info("key.rotated", key_id=self._parts.signer.key_id)

    def renew_lease(self) -> None:
        """Show that this process lives, while it waits."""
        with self._parts.database.writing() as connection:
            lease.renew(connection, self._parts.tables, self._fence, self._parts.clock.now())

    def release_lease(self) -> None:
        """Give it back."""
        if self._fence:
            with self._parts.database.writing() as connection:
                lease.release(connection, self._parts.tables, self._fence)

    # --- topics and offsets ---------------------------------------------------------------------------------------------

    def connection_of(self, topic: str) -> str:
        """`regional` or `global`."""
        members = self._list()
        return self._parts.topics.connection(members.get(self._parts.node), self._parts.topics.resolve(topic), members)

    def used_topics(self) -> list[str]:
        """Topics this node reads or may write."""
        members, topics = self._list(), self._parts.topics
        me = members.get(self._parts.node)
        used = (t for t in topics.all_topics(members) if topics.may_read(me, t) or topics.may_write(me, t, members))
        return [topic.name for topic in used]

    def read_topics(self) -> list[str]:
        """Topics this node reads."""
        members = self._list()
        return [topic.name for topic in self._parts.topics.read_by(members.get(self._parts.node), members)]

    def _list(self) -> MemberList:
        if self._members is None:
            with self._parts.database.reading() as connection:
                self._members = self._parts.load_members(connection)
        return self._members

    def _positions(self, *, writable: bool) -> list[Position]:
        members, topics = self._list(), self._parts.topics
        me = members.get(self._parts.node)
        found = []
        for topic in topics.all_topics(members):
            if topics.may_write(me, topic, members) if writable else topics.may_read(me, topic):
                found += [Position(topic.name, partition) for partition in range(topics.partitions(topic))]
        return found

    def meet_cluster(self, connection_name: str, cluster_id: str) -> None:
        """Notice a rebuilt broker: its offsets mean nothing, and it has lost what we published."""
        key = f"cluster.{connection_name}"
        with self.writing() as tx:
            before = read_state(tx.connection, self._parts.tables, key)
            if before and before != cluster_id:
                count = republish_all(tx)
                leave_cluster(tx, before)
                self._parts.log.error("broker.rebuilt", connection=connection_name, republished=count, next_step="Nothing to do.")
            if before != cluster_id:
                write_state(tx.connection, self._parts.tables, key, cluster_id)

    def offsets(self, cluster_id: str) -> dict[Position, int]:
        """Where to read on, for every partition this node reads; 0 where nothing of this cluster was read."""
        offsets = self._parts.tables.offsets
        with self.reading() as tx:
            stored = {(row["topic"], row["partition"]): row for row in tx.rows(select(offsets))}
        found = {}
        for position in self._positions(writable=False):
            row = stored.get((position.topic, position.partition))
            found[position] = row["next_offset"] if row is not None and row["cluster_id"] == cluster_id else 0
        return found

    def own_tails(self) -> dict[Position, int]:
        """Per writable partition, the offset after the last own batch that was acknowledged."""
        with self.reading() as tx:
            return tails_from(tx, self._positions(writable=True))

    def import_tail(self, records: Sequence[Record]) -> int:
        """Own batches the database has forgotten; how many."""
        with self.writing() as tx:
            imported = import_tail(tx, records, self._parts.own_handlers)
            self._catch_up(tx.catching)
            if imported:
                write_state(tx.connection, self._parts.tables, "restored_at", str(tx.now_ms))
            return imported

    # --- receiving ------------------------------------------------------------------------------------------------------

    def receive(self, records: Sequence[Record], cluster_id: str) -> int:
        """Take the next records in one transaction; how many were taken."""
        started = self._parts.clock.monotonic()
        with self.reading() as reading:
            judged = self._parts.inbox.judge(reading, records, waits=self._parts.database.waits)
        with self.writing() as tx:
            tx.said = []
            self._parts.inbox.take(tx, judged, cluster_id)
            sealed = seal_said(tx, self._sealer(tx))
        self._parts.metrics.count("events_total", sealed, stage="sealed")
        self._duties.busy()
        if any(item.error is None for item in judged):
            self._retry_held("due")
        self._parts.metrics.observe("step_seconds", self._parts.clock.monotonic() - started, step="receive")
        return len(judged)

    def _retry_held(self, which: Which) -> None:
        """Judge held records again, page by page; `due` until none of them is due any more."""
        last = 0
        while True:
            with self.reading() as reading:
                news, last = self._parts.inbox.judge_held(reading, held_records(reading, which, after=last))
            if news:
                with self.writing() as tx:
                    self._parts.inbox.take_held(tx, news)
            if not last or (which == "due" and not news):
                return

    def overflowed(self) -> list[tuple[int, Position, int]]:
        """Row id and place of some held records whose bytes were not kept."""
        with self.reading() as tx:
            return [(row_id, place.position, place.offset) for row_id, place in overflowed(tx)]

    def refetched(self, row_id: int, records: Sequence[Record]) -> None:
        """Judge what was read again; a record that retention has removed is a gap like any other."""
        with self.reading() as reading:
            judged = self._parts.inbox.judge(reading, records)
        with self.writing() as tx:
            if refetched(tx, row_id, judged[0] if judged else None):
                self._parts.inbox.take(tx, judged, "")

    # --- sending --------------------------------------------------------------------------------------------------------

    def seal(self, at_once: bool, absent: Collection[str] = ()) -> list[Outgoing]:  # noqa: FBT001 - the executor takes no keywords
        """Seal what is due and give what is to be published, oldest first. Costs nothing but a look when there is nothing.
        `absent`: topics the broker does not have yet.
        """
        started = self._parts.clock.monotonic()
        self._stamp = self._parts.database.stamp()  # before looking: what is written meanwhile is looked at again
        with self.reading() as reading:
            outbox = self._parts.tables.outbox
            self.company_waits = reading.one(select(outbox.c.id).where(outbox.c.failure == "").limit(1)) is not None
            if not self.company_waits:
                return unpublished(reading, absent=absent, told=self._told)
        with self.writing() as tx:
            sealed = seal_once(tx, self._sealer(tx), at_once=at_once)
            outgoing = unpublished(tx, absent=absent, told=self._told)
        self._parts.metrics.count("events_total", sealed, stage="sealed")
        self._parts.metrics.observe("step_seconds", self._parts.clock.monotonic() - started, step="seal")
        return outgoing

    def write_back(self) -> None:
        """Let the database tidy its log; from any thread."""
        self._parts.database.write_back()

    def anything_written(self) -> bool:
        """Whether somebody may have written since `seal` looked; costs no query, and may be asked from any thread. What is being
        written can be seen only a moment later, when it is on the disk: a write is remembered for SETTLING_SECONDS.
        """
        stamp, now = self._parts.database.stamp(), self._parts.clock.monotonic()
        if stamp is None or stamp != self._stamp:
            self._settled_at = now + SETTLING_SECONDS
        return now < self._settled_at

    def _sealer(self, tx: UnitOfWork) -> Sealer:
        reader, recheck = tx.around.reader, self._parts.recheck
        return Sealer(self._parts.tables, self._parts.signer, lambda event, topic: recheck(event, topic, reader))

    def published(self, outgoing: Sequence[Outgoing], offsets: Sequence[int]) -> None:
        """Remember what the broker acknowledged: now, and in the database with the next transaction, a second later at most.
        A process killed before then publishes it again, and readers absorb the repeats.
        """
        self._duties.busy()
        self._told += zip(outgoing, offsets, strict=True)
        self._parts.metrics.count("batches_published_total", len(outgoing))
        if len(self._told) > MOST_TOLD:
            self.settle()

    def settle(self) -> None:
        """Write down what is only remembered."""
        if self._told:
            with self.writing():
                pass

    def do_duty(self, at_once: bool = False) -> bool:  # noqa: FBT001, FBT002 - the executor takes no keywords
        """A portion of what the node does by itself when it has time (`at_once`: or not); whether there was anything to do.
        Where nothing was, and nobody has written since, nothing is looked at: `tick` writes, so it is a matter of seconds.
        """
        stamp = self._parts.database.stamp()
        if stamp is not None and stamp == self._nothing_due_at and not at_once:
            return False
        done = self._duties.do_next(self.reading, self.writing, at_once=at_once)
        self._nothing_due_at = None if done or not self._duties.looked else stamp
        return done

    # --- ticking --------------------------------------------------------------------------------------------------------

    def is_calm(self) -> bool:
        """Whether nothing has come in or gone out for a while, and nothing waits for what is missing."""
        return not self._restless and not self.company_waits and self._duties.has_time()

    def tick(self) -> bool:
        """Once a second, less often while calm: lease, newer member list, gaps, held records, figures. Whether the list changed."""
        changed = self._reload_list()
        with self.writing() as tx:
            ask_again(tx)
            moved = pass_over(tx)
        if moved:
            self._retry_held("due")
        now = self._parts.clock.monotonic()
        if self._retry_everything or now - self._retried_at >= HELD_RETRY_SECONDS:
            which: Which = "all" if self._retry_everything else "timed"
            self._retried_at, self._retry_everything = now, False
            self._retry_held(which)
            if which == "all":
                with self.writing() as tx:
                    retry_held(tx, self._parts.inbox.dispatcher)
            self._retry_held("due")
        self._figures()
        return changed

    def _reload_list(self) -> bool:
        with self._parts.database.reading() as connection:
            members = self._parts.load_members(connection)
        if members is self._members:
            return False
        self._members = members
        self._retry_everything = True
        self._parts.log.info("trust.list-loaded", version=self._members.version)
        return True

    def note_lags(self, lags: Mapping[Position, int]) -> None:
        """Records on the broker that this node has not taken in yet, per partition; kept per topic for `liaison status`."""
        by_topic: dict[str, int] = {}
        for position, lag in lags.items():
            self._parts.metrics.gauge("stream_lag", lag, topic=position.topic, partition=str(position.partition))
            by_topic[position.topic] = by_topic.get(position.topic, 0) + lag
        self._note_read(by_topic)
        now = self._parts.clock.monotonic()
        if by_topic == self._lags and now - self._lags_at < LAGS_SECONDS:
            return
        self._lags, self._lags_at = by_topic, now
        with self.writing() as tx:
            write_state(tx.connection, self._parts.tables, LAGS_STATE, json.dumps({"at": tx.now_ms, "lags": by_topic}))

    def _catch_up(self, catching: CatchingUp | None) -> None:
        if catching != self._catching:
            self._catching, self._unread = catching, set(self.read_topics())

    def _note_read(self, lags: Mapping[str, int]) -> None:
        """After a restore: a topic of which nothing is left to read has been caught up with, and in the end all of them."""
        if self._catching is None:
            return
        self._unread.difference_update(topic for topic, lag in lags.items() if not lag)
        if not self._unread:
            with self.writing() as tx:
                end_catching_up(tx.connection, self._parts.tables)
            self._catching = None

    def _figures(self) -> None:
        tables, metrics = self._parts.tables, self._parts.metrics
        with self.reading() as tx:
            metrics.gauge("outbox_rows", tx.execute(select(func.count()).select_from(tables.outbox)).scalar_one())
            oldest = tx.execute(select(func.min(tables.outbox.c.queued_at))).scalar_one()
            metrics.gauge("outbox_age_seconds", (tx.now_ms - oldest) / 1000 if oldest else 0)
            waiting = select(func.count()).select_from(tables.quarantine).where(tables.quarantine.c.state != "done")
            metrics.gauge("quarantine_open", tx.execute(waiting).scalar_one())
            parked = tables.held.c.code == "stream.gap"
            waits = [tx.execute(select(func.count()).select_from(tables.held).where(one)).scalar_one() for one in (parked, ~parked)]
            waits.append(open_gaps(tx))
            self._restless = any(waits)
            for name, number in zip(("parked_open", "held_open", "gap_open"), waits, strict=True):
                metrics.gauge(name, number)
            metrics.gauge("member_list_age_seconds", (tx.now - tx.members.issued_at).total_seconds())
            last_backup = backup_at(tx.connection, tables)
            if last_backup is not None:
                metrics.gauge("backup_age_seconds", (tx.now - last_backup).total_seconds())
            self._fleet_figures(tx)

    def _fleet_figures(self, tx: UnitOfWork) -> None:
        """At an office, once a minute: how many of its nodes are in each state."""
        now = self._parts.clock.monotonic()
        if tx.me.kind == "ncp" or now - self._fleet_at < FLEET_SECONDS:
            return
        self._fleet_at = now
        for state, number in counted(fleet(tx)).items():
            self._parts.metrics.gauge("fleet_nodes", number, state=state)
