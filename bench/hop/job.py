"""The job of a peer: check an event's own signature, decode it strictly, store its row.

Runs in the peers' environment: the standard library, cryptography and fastavro, nothing of ours. A message is 64 bytes of Ed25519
signature and the event. The same Avro schemas, the same table, the same journal settings and the same commit size as ours.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastavro
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench.hop.rows import COLUMNS, TABLE, row_of
from bench.hop.span import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNATURE_BYTES = 64


@dataclass(frozen=True)
class Load:
    """What waits on the broker, and where to put it; written by `comparing`, read by each peer."""

    bootstrap: str
    topic: str
    count: int
    commit: int
    public: str
    schemas: str
    database: str

    @classmethod
    def given(cls) -> Load:
        """From the file named on the command line."""
        return cls(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))


class Reader:
    """Messages to rows: signature, envelope, schema, payload, nothing left over. Raises whatever is wrong."""

    def __init__(self, load: Load) -> None:
        """The schemas come from their published files, parsed once."""
        folder = Path(load.schemas)
        exact = (folder / "SeizureReported.avsc").read_bytes()
        self._digest = hashlib.sha256(exact).digest()
        self._payload = fastavro.parse_schema(json.loads(exact))
        self._event = fastavro.parse_schema(json.loads((folder / "Event.avsc").read_bytes()))
        self._key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(load.public))

    def row(self, message: bytes) -> tuple[Any, ...]:
        """A checked event's row, with the signed original."""
        event = message[SIGNATURE_BYTES:]
        self._key.verify(message[:SIGNATURE_BYTES], event)
        record = _decoded(event, self._event)
        if record["schema"] != self._digest or "ALL" not in record["handling"]["releasable_to"]:
            raise ValueError("an event of another schema, or for others")
        return row_of(record["issuer"], record["event_id"], _decoded(record["payload"], self._payload)["case"], message)


def _decoded(data: bytes, schema: Any) -> Any:  # noqa: ANN401 - the library's own types
    source = BytesIO(data)
    record = fastavro.schemaless_reader(source, schema, None)
    if source.tell() != len(data):
        raise ValueError("bytes are left over")
    return record


@dataclass
class Store:
    """The table, and the clock."""

    load: Load
    span: Span = field(default_factory=Span)
    stored: int = 0
    database: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        """Open the database, which has the table already."""
        self.database = sqlite3.connect(self.load.database, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self.database.execute(f"PRAGMA {pragma}")
        self._insert = f"INSERT OR IGNORE INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names

    def begin(self) -> None:
        """The first event is in hand."""
        self.span.begin()

    def commit(self, rows: Sequence[tuple[Any, ...]], offset: int | None = None) -> bool:
        """Store rows in one transaction, with the offset to read on from where the peer keeps it here; whether all are stored."""
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany(self._insert, rows)
        if offset is not None:
            self.database.execute("UPDATE offsets_of_peer SET next_offset = ?", (offset,))
        self.database.execute("COMMIT")
        self.stored += len(rows)
        return self.stored >= self.load.count

    def told(self) -> None:
        """Print the figures, last thing before the end."""
        self.span.end()
        print(json.dumps(self.span.figures()), flush=True)
