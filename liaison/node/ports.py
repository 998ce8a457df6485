"""What the node needs of the outside, as protocols: broker, clock, randomness, signer, metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Position:
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record as fetched: unverified bytes and where they lay."""

    topic: str
    partition: int
    offset: int
    value: bytes

    @property
    def position(self) -> Position:
        """The partition this record lay on."""
        return Position(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic to create: name, number of partitions, retention."""

    name: str
    partitions: int
    retention_ms: int


class BrokerUnavailable(Exception):  # noqa: N818 - named for the state, not for a defect
    """The broker cannot be reached now; the node waits visibly and tries again."""


class Broker(Protocol):
    """One connection to one cluster. The only asynchronous port besides the web."""

    async def start(self) -> None:
        """Connect. Raises BrokerUnavailable; may be called again."""

    async def stop(self) -> None:
        """Flush and close. Never raises."""

    async def cluster_id(self) -> str:
        """The cluster's own id: another one means a rebuilt broker."""

    async def create_topics(self, topics: Iterable[TopicSpec]) -> Sequence[str]:
        """Create those that are missing; the names that were created."""

    async def missing_topics(self, names: Iterable[str]) -> Sequence[str]:
        """Those of `names` that do not exist on the cluster."""

    async def assign(self, offsets: Mapping[Position, int]) -> None:
        """Read these partitions by hand from these offsets (no consumer group). An offset that retention has removed is moved
        forward to the earliest kept; one beyond the end is moved to the earliest (the broker was rebuilt).
        """

    async def fetch(self, *, max_records: int, wait_ms: int) -> Sequence[Record]:
        """The next records of all assigned partitions, in order per partition; empty after `wait_ms`."""

    async def seek(self, offsets: Mapping[Position, int]) -> None:
        """Go back (or forward) to these offsets: after a rollback the same records come again."""

    async def end_offsets(self, positions: Iterable[Position]) -> Mapping[Position, int]:
        """The offset the next record of each partition will get."""

    async def earliest_offsets(self, positions: Iterable[Position]) -> Mapping[Position, int]:
        """The oldest offset each partition still holds."""

    async def read_range(self, position: Position, start: int, stop: int) -> Sequence[Record]:
        """Records of one partition with start <= offset < stop, apart from the assignment; at most 256 records or 64 MiB a call,
        so callers loop until the last offset reaches stop - 1. Empty when nothing is kept in the range.
        """

    async def publish(self, records: Sequence[tuple[Position, bytes]]) -> Sequence[int]:
        """Write in the given order per partition with acks=all; their offsets. Raises BrokerUnavailable: then none, some or all
        were written, and writing them again is right (readers absorb repeats).
        """


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> datetime:
        """Aware, UTC, millisecond precision."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""


class Stopwatch(Protocol):
    """The part of a clock that only measures."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""


class Random(Protocol):
    """Unpredictable bytes."""

    def bytes(self, count: int) -> bytes:
        """`count` bytes from the system's generator."""


class Signer(Protocol):
    """Holds the node's event key; the private part never comes out."""

    @property
    def key_id(self) -> str:
        """First 16 bytes of SHA-256 of the DER SubjectPublicKeyInfo, hex."""

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""


class Vault(Protocol):
    """Encrypts what a node keeps at rest; its key never signs, and is in no backup."""

    def ready(self) -> None:
        """Make the key if there is none."""

    def key_id(self) -> str:
        """Names the key without telling it: 32 hex digits."""

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypt; only with the same `about` does it open again."""

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Decrypt. Raises LiaisonError when it is not what was sealed here."""

    def of(self, purpose: str) -> Vault:
        """The same with a key of its own for this purpose: what is sealed for one does not open for another."""


class Metrics(Protocol):
    """Counters the administrator watches; names without prefix, labels as keywords."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add one observation to a histogram of seconds."""


class Log(Protocol):
    """Structured lines for the administrator; facts are identifiers and numbers, never payload."""

    def info(self, event: str, **facts: object) -> None:
        """Something happened as it should."""

    def warning(self, event: str, **facts: object) -> None:
        """Something needs watching."""

    def error(self, event: str, **facts: object) -> None:
        """Something needs an administrator."""
