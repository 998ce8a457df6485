"""Walks every stream a node has stored, from its first batch to its head: numbers, hashes, and how epochs follow on."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from liaison.protocol.batch import ZERO_HASH, StreamKey
from liaison.protocol.codec import Schemas
from liaison.protocol.opening import decode_batch
from schemas import published

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from demo.books import Books
    from liaison.protocol.batch import Batch


class Family(NamedTuple):
    """The streams of one issuer on one topic for one region: one epoch after the other."""

    issuer: str
    topic: str
    region: str


def broken_links(books: Books) -> list[str]:
    """What does not follow on, in sentences; empty when every chain this node has stored is whole."""
    schemas = Schemas(published())
    found: list[str] = []
    for family, epochs in stored_epochs(books, schemas):
        for (key, batches), (_, following) in pairwise([*epochs, (None, [])]):
            found += _within(key, batches)
            found += _between(family, batches, following, schemas) if following else []
    return found


def stored_epochs(books: Books, schemas: Schemas) -> Iterator[tuple[Family, list[tuple[StreamKey | None, list[Batch]]]]]:
    """Every stream family with its epochs and their batches, in order."""
    table = books.tables.node.batches
    order = (table.c.issuer, table.c.topic, table.c.region, table.c.epoch, table.c.first_sequence)
    batches = [decode_batch(row["raw"], schemas) for row in books.rows(select(table.c.raw).order_by(*order))]
    by_family = groupby(batches, lambda batch: Family(batch.header.issuer, batch.header.topic, batch.header.region))
    for family, mine in by_family:
        yield family, [(key, list(some)) for key, some in groupby(mine, lambda batch: batch.header.stream)]


def header_hashes(books: Books) -> dict[Family, set[bytes]]:
    """The headers a node has stored, by stream family: what an issuer signed and what a reader holds can be compared."""
    table = books.tables.node.batches
    found: dict[Family, set[bytes]] = {}
    for row in books.rows(select(table.c.issuer, table.c.topic, table.c.region, table.c.header_hash)):
        found.setdefault(Family(row["issuer"], row["topic"], row["region"]), set()).add(row["header_hash"])
    return found


def _within(key: StreamKey | None, batches: Sequence[Batch]) -> Iterator[str]:
    sequence, head = 1, ZERO_HASH
    for batch in batches:
        header = batch.header
        if header.first_sequence != sequence:
            yield f"{key}: {header.first_sequence} where {sequence} was due."
        if header.previous != head:
            yield f"{key}: the batch at {header.first_sequence} does not name the one before it."
        sequence, head = header.last_sequence + 1, batch.header_hash


def _between(family: Family, before: Sequence[Batch], after: Sequence[Batch], schemas: Schemas) -> Iterator[str]:
    """A new epoch begins by naming where the one before ended."""
    opening = _opening(after[0], schemas)
    last = before[-1]
    said = opening.get("previous") or {}
    if (said.get("epoch"), said.get("sequence"), said.get("head")) != (last.header.epoch, last.header.last_sequence, last.header_hash):
        yield f"{family}: epoch {after[0].header.epoch} does not continue epoch {last.header.epoch} at {last.header.last_sequence}."


def _opening(batch: Batch, schemas: Schemas) -> dict[str, Any]:
    first = batch.entries[0]
    if first is None:
        return {}
    event = schemas.writer("Event").decode(first)
    return schemas.writer("StreamOpened").decode(event["payload"]) if event["type"] == "StreamOpened" else {}
