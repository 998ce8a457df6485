"""The Broker port in memory, for tests and single-process demonstrations: same rules as Kafka, faults by hand."""

from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liaison.node.ports import BrokerUnavailable, Position, Record
from liaison.protocol.errors import TooLarge
from liaison.protocol.topics import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from liaison.node.ports import TopicSpec

RANGE_RECORDS = 256
RANGE_BYTES = 64 * 1024 * 1024
_CLUSTER_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class _Log:
    """One partition: what is kept, and the offset of its first record."""

    first: int = 0
    values: list[bytes] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.first + len(self.values)

    def from_offset(self, offset: int) -> int:
        """Where reading from `offset` goes on: the earliest kept when retention or a rebuild took it away."""
        return offset if self.first <= offset <= self.end else self.first


class MemoryCluster:
    """What several MemoryBroker connections share. Safe between threads; survives the event loops that use it."""

    def __init__(self) -> None:
        """Empty and up."""
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._is_up = True
        self._logs: dict[Position, _Log] = {}
        self._id = _new_id()

    def down(self) -> None:
        """Every call of every connection fails from now on."""
        self._is_up = False
        self.wake()

    def up(self) -> None:
        """Back, with everything it had."""
        self._is_up = True

    def rebuild(self) -> None:
        """Back empty, as another cluster: no topics, no records, a new id."""
        with self._lock:
            self._logs.clear()
            self._id = _new_id()
            self._is_up = True
        self.wake()

    def trim(self, position: Position, before: int) -> None:
        """Retention: forget the records of `position` with an offset below `before`."""
        with self._lock:
            log = self._logs[position]
            gone = max(0, min(before, log.end) - log.first)
            del log.values[:gone]
            log.first += gone

    @property
    def id(self) -> str:
        """The cluster's own id."""
        return self._id

    def require_up(self) -> None:
        """Raises BrokerUnavailable while the cluster is down."""
        if not self._is_up:
            message = "the memory cluster is down"
            raise BrokerUnavailable(message)

    def topics(self) -> set[str]:
        """The names of all topics."""
        with self._lock:
            return {position.topic for position in self._logs}

    def create(self, topic: TopicSpec) -> bool:
        """Make a topic; False when it is there already."""
        with self._lock:
            if Position(topic.name, 0) in self._logs:
                return False
            self._logs.update({Position(topic.name, number): _Log() for number in range(topic.partitions)})
            return True

    def log_or_none(self, position: Position) -> _Log | None:
        """The partition, if there is one."""
        return self._logs.get(position)

    def log(self, position: Position) -> _Log:
        """The partition, or BrokerUnavailable when there is none: what Kafka's client comes to after its timeout."""
        log = self._logs.get(position)
        if log is None:
            message = f"{position.topic} has no partition {position.partition}"
            raise BrokerUnavailable(message)
        return log

    def append(self, position: Position, value: bytes) -> int:
        """Write one record; its offset."""
        with self._lock:
            log = self.log(position)
            log.values.append(value)
            return log.end - 1

    def read(self, position: Position, start: int, stop: int, most: int) -> list[Record]:
        """At most `most` kept records with start <= offset < stop."""
        with self._lock:
            log = self.log(position)
            first = max(start, log.first)
            kept = log.values[first - log.first : max(first, min(stop, first + most)) - log.first]
        return [Record(position.topic, position.partition, first + place, value) for place, value in enumerate(kept)]

    async def changed(self, within_seconds: float) -> None:
        """Wait for something to be written, for a fault, or for the time to pass."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(entry)
        try:
            async with asyncio.timeout(within_seconds):
                await entry[1].wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(entry)

    def wake(self) -> None:
        """Let everyone who waits look again."""
        for loop, event in tuple(self._waiting):
            loop.call_soon_threadsafe(event.set)


class MemoryBroker:
    """One connection to a MemoryCluster."""

    def __init__(self, cluster: MemoryCluster) -> None:
        """Not connected before `start()`."""
        self._cluster = cluster
        self._started = False
        self._positions: dict[Position, int] = {}

    async def start(self) -> None:
        """Connect. Raises BrokerUnavailable; may be called again."""
        self._started = True
        self._cluster.require_up()

    async def stop(self) -> None:
        """Close. Never raises."""
        self._started = False

    async def cluster_id(self) -> str:
        """The cluster's own id."""
        return self._reached().id

    async def create_topics(self, topics: Iterable[TopicSpec]) -> Sequence[str]:
        """Create those that are missing; the names that were created."""
        cluster = self._reached()
        return [topic.name for topic in topics if cluster.create(topic)]

    async def missing_topics(self, names: Iterable[str]) -> Sequence[str]:
        """Those of `names` that do not exist."""
        there = self._reached().topics()
        return [name for name in names if name not in there]

    async def assign(self, offsets: Mapping[Position, int]) -> None:
        """Read these partitions from these offsets; see the port for offsets that are not kept."""
        self._positions = dict(offsets)
        self._reached()

    async def fetch(self, *, max_records: int, wait_ms: int) -> Sequence[Record]:
        """The next records; empty after `wait_ms`."""
        records = self._next(max_records)
        if not records:
            await self._cluster.changed(wait_ms / 1000)
            records = self._next(max_records)
        return records

    async def seek(self, offsets: Mapping[Position, int]) -> None:
        """Go back or forward; needs no broker. Raises ValueError for a partition that is not assigned."""
        strangers = [position for position in offsets if position not in self._positions]
        if strangers:
            message = f"not assigned: {strangers}"
            raise ValueError(message)
        self._positions.update(offsets)

    async def end_offsets(self, positions: Iterable[Position]) -> Mapping[Position, int]:
        """The offset the next record of each partition will get."""
        cluster = self._reached()
        return {position: cluster.log(position).end for position in positions}

    async def earliest_offsets(self, positions: Iterable[Position]) -> Mapping[Position, int]:
        """The oldest offset each partition still holds."""
        cluster = self._reached()
        return {position: cluster.log(position).first for position in positions}

    async def read_range(self, position: Position, start: int, stop: int) -> Sequence[Record]:
        """Records of one partition with start <= offset < stop, at most 256 or 64 MiB."""
        found = self._reached().read(position, start, stop, RANGE_RECORDS)
        sizes = itertools.accumulate(len(record.value) for record in found)
        fitting = sum(1 for size in sizes if size <= RANGE_BYTES)
        return found[: max(1, fitting)]

    async def publish(self, records: Sequence[tuple[Position, bytes]]) -> Sequence[int]:
        """Write in the given order; their offsets. Raises BrokerUnavailable, TooLarge."""
        for position, value in records:
            if len(value) > MAX_RECORD_BYTES:
                message = f"A record of {len(value)} bytes for {position.topic} exceeds {MAX_RECORD_BYTES} bytes."
                raise TooLarge(message)
        cluster = self._reached()
        offsets = [cluster.append(position, value) for position, value in records]
        cluster.wake()
        return offsets

    def _reached(self) -> MemoryCluster:
        if not self._started:
            message = "The connection was not started, or was stopped."
            raise BrokerUnavailable(message)
        self._cluster.require_up()
        return self._cluster

    def _next(self, max_records: int) -> list[Record]:
        cluster = self._reached()
        records: list[Record] = []
        for position, wanted in self._positions.items():
            log = cluster.log_or_none(position)
            if log is None:  # not created yet, or lost in a rebuild: nothing to read, as with Kafka
                continue
            offset = log.from_offset(wanted)
            found = cluster.read(position, offset, log.end, max_records - len(records))
            self._positions[position] = offset + len(found)
            records.extend(found)
        return records


def _new_id() -> str:
    return f"memory-{next(_CLUSTER_NUMBERS)}"
