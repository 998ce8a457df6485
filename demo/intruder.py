"""What somebody with write access to the broker, and no key of ours, can put there: for showing and testing that it is refused."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from liaison.adapters.kafka import KafkaBroker
from liaison.adapters.keys import MemorySigner
from liaison.protocol.batch import Batch, StreamHeadView, StreamKey, seal_batch
from liaison.protocol.codec import Schemas
from liaison.protocol.opening import decode_batch
from schemas import published

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from liaison.node.ports import Position, Record


@dataclass(frozen=True)
class Intruder:
    """Reads and writes records on a cluster, whatever they are."""

    bootstrap: str

    def read(self, position: Position) -> list[Record]:
        """Every record a partition still holds. Raises BrokerUnavailable."""
        return asyncio.run(self._read(position))

    def write(self, records: Iterable[tuple[Position, bytes]]) -> list[int]:
        """Put records where they are told to go; their offsets. Raises BrokerUnavailable, TooLarge."""
        return asyncio.run(self._write(list(records)))

    async def _read(self, position: Position) -> list[Record]:
        async with self._connected() as broker:
            at = (await broker.earliest_offsets([position]))[position]
            end = (await broker.end_offsets([position]))[position]
            found: list[Record] = []
            while at < end:
                found += await broker.read_range(position, at, end)
                at = found[-1].offset + 1
            return found

    async def _write(self, records: Sequence[tuple[Position, bytes]]) -> list[int]:
        async with self._connected() as broker:
            return list(await broker.publish(records))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[KafkaBroker]:
        broker = KafkaBroker(self.bootstrap)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()


def corrupted(raw: bytes) -> bytes:
    """A record with one bit turned over, in the Merkle root that its header names: the signature does not fit any more.

    A copy whose header is untouched would count as the batch that is there already.
    """
    at = raw.index(decode_batch(raw, Schemas(published())).header.root)
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def truncated(raw: bytes) -> bytes:
    """The first two thirds of a record."""
    return raw[: len(raw) * 2 // 3]


def foreign_environment(raw: bytes) -> bytes:
    """The events of a record of ours, as a batch of the production environment under a key of our own."""
    schemas = Schemas(published())
    batch: Batch = decode_batch(raw, schemas)
    header, signer = batch.header, MemorySigner(sha256(b"intruder").digest())
    stream = StreamHeadView(
        key=StreamKey(header.issuer, header.topic, header.region, header.epoch),
        next_sequence=header.first_sequence,
        head=header.previous,
        federation=header.federation,
        environment="production",
        key_id=signer.key_id,
        issued_at=header.issued_at,
        trust_version=header.trust_version,
    )
    return seal_batch(stream, [entry for entry in batch.entries if entry is not None], sign=signer.sign, schemas=schemas).raw
