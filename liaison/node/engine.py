"""The running node: receive, relay and tick loops around the synchronous steps, which all run in one worker thread."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from liaison.node.ports import BrokerUnavailable, Position, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from liaison.node.outbox import Outgoing
    from liaison.node.ports import Broker, Log, Metrics
    from liaison.node.steps import Steps

Made = TypeVar("Made")

FETCH_RECORDS = 4
FETCH_WAIT_MS = 1_000
POLL_SECONDS = 0.04  # how often the relay looks whether another process (an officer's command) has written
LOOK_SECONDS = 0.2  # how often it asks the database while something waits for company: that does not say when it has waited enough
CALM_LOOK_SECONDS = 2.0  # how often it asks in any case: what is written is seen without asking
TICK_SECONDS = 1.0
CALM_TICK_SECONDS = 3.0  # with nothing coming in, going out, or waiting for its time; half a lease
DUTY_SECONDS = 1.0  # how often to look whether the node has time and something to do by itself
WRITE_BACK_SECONDS = 0.3
RETRY_SECONDS = 1.0
SAY_AGAIN = 30  # tries to reach an absent broker between two lines that say so
SCAN_RECORDS = 64


class Engine:
    """Runs one node until told to stop; any error that is not the broker's absence ends it, with nothing half done."""

    def __init__(self, steps: Steps, brokers: Mapping[str, Broker], *, log: Log, metrics: Metrics) -> None:
        """`brokers`: by connection, `regional` and `global`; the same object twice when both are one broker."""
        self._steps = steps
        self._brokers = brokers
        self._log = log
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="node")
        self._stopping = asyncio.Event()
        self._queued = asyncio.Event()
        self._clusters: dict[int, str] = {}
        self._tries: dict[int, int] = {}  # of brokers that are away
        self._absent: frozenset[str] = frozenset()  # topics of members listed since the last `liaison topics create`

    def stop(self) -> None:
        """Finish the step in hand, publish what is sealed, then end."""
        self._stopping.set()

    async def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Until `stop`, or an error that must stop the node. Raises LiaisonError (lease, database, stream moved)."""
        try:
            await self._step(self._steps.acquire_lease)
            if await self._start_brokers():
                await self._work(on_ready)
        finally:
            with suppress(Exception):  # the reason for stopping is already on its way up
                await self._step(self._steps.release_lease)
            for broker in self._distinct():
                await broker.stop()
            self._thread.shutdown(wait=True)

    async def _work(self, on_ready: Callable[[], None] | None) -> None:
        if on_ready is not None:
            on_ready()
        loops: list[Coroutine[None, None, None]] = [self._relay_loop(), self._tick_loop(), self._write_back_loop(), self._duty_loop()]
        loops += [self._receive_loop(broker) for broker in self._distinct()]
        tasks = [asyncio.ensure_future(loop) for loop in loops]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        self._stopping.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        with suppress(BrokerUnavailable):
            while await self._relay_once(at_once=True):
                pass
        await self._step(self._steps.settle)

    async def _step(self, step: Callable[..., Made], *given: object) -> Made:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step, *given)

    def _distinct(self) -> list[Broker]:
        return list({id(broker): broker for broker in self._brokers.values()}.values())

    def _broker_of(self, topic: str) -> Broker:
        return self._brokers[self._steps.connection_of(topic)]

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    # --- starting -------------------------------------------------------------------------------------------------------

    async def _start_brokers(self) -> bool:
        for broker in self._distinct():
            while not await self._try_start(broker):
                await self._step(self._steps.renew_lease)
                await self._pause(RETRY_SECONDS)
                if self._stopping.is_set():
                    return False
        return True

    async def _try_start(self, broker: Broker) -> bool:
        try:
            await broker.start()
            if not await self._topics_there(broker):
                return False
            await self._attach(broker)
        except BrokerUnavailable as error:
            self._away(broker, error)
            return False
        self._gauge_up(broker, 1)
        if self._tries.pop(id(broker), 0):
            self._log.info("broker.reached")
        return True

    def _away(self, broker: Broker, error: BrokerUnavailable) -> None:
        """Say so, at first and every half minute."""
        tries = self._tries[id(broker)] = self._tries.get(id(broker), 0) + 1
        if tries % SAY_AGAIN == 1:
            self._log.warning("broker.unavailable", reason=str(error), tries=tries, next_step="Waiting; nothing is lost.")
        self._gauge_up(broker, 0)

    async def _topics_there(self, broker: Broker) -> bool:
        """Whether every topic this node reads exists; those it only writes may come later, what goes there waits."""
        missing = frozenset(await broker.missing_topics(self._topics_of(broker)))
        if missing and missing != self._absent:
            self._log.warning("topics.missing", count=len(missing), first=min(missing), next_step="Run `liaison topics create`.")
        self._absent = frozenset(t for t in self._absent if self._broker_of(t) is not broker) | missing
        return missing.isdisjoint(self._steps.read_topics())

    def _gauge_up(self, broker: Broker, value: float) -> None:
        for name, one in self._brokers.items():
            if one is broker:
                self._metrics.gauge("broker_up", value, connection=name)

    def _topics_of(self, broker: Broker) -> list[str]:
        return [topic for topic in self._steps.used_topics() if self._broker_of(topic) is broker]

    async def _attach(self, broker: Broker) -> None:
        """Compare the cluster with what the database remembers, look at one's own tails, then read on from the stored offsets."""
        cluster = self._clusters[id(broker)] = await broker.cluster_id()
        name = next(name for name, one in self._brokers.items() if one is broker)
        await self._step(self._steps.meet_cluster, name, cluster)
        await self._import_tails(broker)
        reads = {p: o for p, o in (await self._step(self._steps.offsets, cluster)).items() if self._broker_of(p.topic) is broker}
        await broker.assign(reads)

    async def _import_tails(self, broker: Broker) -> None:
        starts = await self._step(self._steps.own_tails)
        there = (p for p in starts if self._broker_of(p.topic) is broker and p.topic not in self._absent)
        starts = {position: starts[position] for position in there}
        ends = await broker.end_offsets(starts)
        earliest = await broker.earliest_offsets(starts)
        for position, start in starts.items():
            at = max(start, earliest[position])
            while at < ends[position]:
                records = await broker.read_range(position, at, ends[position])
                if not records:
                    break
                imported = await self._step(self._steps.import_tail, records)
                if imported:
                    self._log.error("database.restored", imported=imported, topic=position.topic, next_step="See `liaison status`.")
                at = records[-1].offset + 1

    # --- loops ----------------------------------------------------------------------------------------------------------

    async def _receive_loop(self, broker: Broker) -> None:
        """The next records are fetched while these are taken in."""
        coming = asyncio.ensure_future(self._fetch(broker))
        try:
            while not self._stopping.is_set():
                try:
                    records = await coming
                    coming = asyncio.ensure_future(self._fetch(broker))
                    await self._receive(broker, records)
                except BrokerUnavailable as error:
                    await self._reattach(broker, error)
                    coming = asyncio.ensure_future(self._fetch(broker))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _fetch(self, broker: Broker) -> Sequence[Record]:
        return await broker.fetch(max_records=FETCH_RECORDS, wait_ms=FETCH_WAIT_MS)

    async def _receive(self, broker: Broker, records: Sequence[Record]) -> None:
        rest = list(records)
        while rest and not self._stopping.is_set():
            taken = await self._step(self._steps.receive, rest, self._clusters[id(broker)])
            rest = rest[taken:]
            self._queued.set()
        if rest:
            await broker.seek(_first_offsets(rest))

    async def _reattach(self, broker: Broker, error: BrokerUnavailable) -> None:
        self._away(broker, error)
        while not self._stopping.is_set() and not await self._try_start(broker):
            await self._pause(RETRY_SECONDS)

    async def _relay_loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._queued.clear()
                if not await self._relay_once():
                    await self._rest()
            except BrokerUnavailable:
                await self._pause(RETRY_SECONDS)

    async def _rest(self) -> None:
        """Until a receive step has queued something, somebody else has written, or it is time to look in any case."""
        clock = asyncio.get_running_loop()
        until = clock.time() + (LOOK_SECONDS if self._steps.company_waits else CALM_LOOK_SECONDS)
        while not self._queued.is_set() and clock.time() < until:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._queued.wait(), POLL_SECONDS)
            if self._steps.anything_written():
                return

    async def _relay_once(self, *, at_once: bool = False) -> bool:
        """Seal what is due, publish, remember; whether there was anything to do."""
        outgoing = await self._step(self._steps.seal, at_once, self._absent)
        by_broker: dict[int, list[Outgoing]] = defaultdict(list)
        for item in outgoing:
            by_broker[id(self._broker_of(item.topic))].append(item)
        for broker in self._distinct():
            items = by_broker.get(id(broker), [])
            if items:
                started = asyncio.get_running_loop().time()
                offsets = await broker.publish([(Position(item.topic, item.partition), item.raw) for item in items])
                self._metrics.observe("publish_seconds", asyncio.get_running_loop().time() - started)
                await self._step(self._steps.published, items, list(offsets))
        return bool(outgoing)

    async def _tick_loop(self) -> None:
        while not self._stopping.is_set():
            changed = await self._step(self._steps.tick)
            with suppress(BrokerUnavailable):
                if changed or self._absent:
                    for broker in self._distinct():
                        await self._topics_there(broker)
                await self._lags()
                await self._refetch()
            await self._pause(CALM_TICK_SECONDS if self._steps.is_calm() else TICK_SECONDS)

    async def _duty_loop(self) -> None:
        while not self._stopping.is_set():
            if not await self._step(self._steps.do_duty):
                await self._pause(DUTY_SECONDS)

    async def _write_back_loop(self) -> None:
        """Beside the one thread that writes: the disk's part of its work."""
        while not self._stopping.is_set():
            await asyncio.get_running_loop().run_in_executor(None, self._steps.write_back)
            await self._pause(WRITE_BACK_SECONDS)

    async def _lags(self) -> None:
        for broker in self._distinct():
            cluster = self._clusters.get(id(broker))
            if cluster is None:
                continue
            offsets = await self._step(self._steps.offsets, cluster)
            ends = await broker.end_offsets([position for position in offsets if self._broker_of(position.topic) is broker])
            await self._step(self._steps.note_lags, {position: max(0, end - offsets[position]) for position, end in ends.items()})

    async def _refetch(self) -> None:
        """Held records beyond the cap kept only their place: read them again when there is room."""
        for row_id, position, offset in await self._step(self._steps.overflowed):
            records = await self._broker_of(position.topic).read_range(position, offset, offset + 1)
            await self._step(self._steps.refetched, row_id, list(records))


def _first_offsets(records: Sequence[Record]) -> dict[Position, int]:
    found: dict[Position, int] = {}
    for record in records:
        found.setdefault(record.position, record.offset)
    return found
