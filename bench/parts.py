"""The raw speed of what a node is made of, one part at a time: encode, hash, sign, verify, decode, insert."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any, Final

from bench.command import folder
from bench.world import MEMBER, NCP, OFFICE, REGION, cases
from liaison.adapters.clock import SystemClock
from liaison.adapters.keys import MemorySigner
from liaison.protocol.batch import StreamHeadView, StreamKey, seal_batch
from liaison.protocol.codec import Schemas
from liaison.protocol.events import Draft, Envelopes, Handling, event_id_v7
from liaison.protocol.merkle import Tree, leaf_hash
from liaison.protocol.opening import decode_batch
from liaison.protocol.signatures import verify_signature
from schemas import published

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BATCH: Final = 1_000
SIGNED: Final = 500  # events signed one by one, to compare with
DDL: Final = (
    "CREATE TABLE events (issuer TEXT, event_id BLOB, batch_id INT, place INT, PRIMARY KEY (issuer, event_id)) WITHOUT ROWID",
    (
        "CREATE TABLE versions (administration TEXT, reference TEXT, version INT, state TEXT, occurred_on TEXT, kind TEXT, level TEXT,"
        " direction TEXT, channel TEXT, concealment TEXT, conveyance TEXT, country TEXT, place TEXT, event_id BLOB, entered_at INT,"
        " PRIMARY KEY (administration, reference, version))"
    ),
    (
        "CREATE TABLE lines (administration TEXT, reference TEXT, version INT, number INT, section TEXT, stream TEXT, commodity TEXT,"
        " hs_code TEXT, amount INT, unit TEXT, PRIMARY KEY (administration, reference, version, number)) WITHOUT ROWID"
    ),
)


def raw_speed(count: int) -> list[dict[str, Any]]:
    """µs a case of each part, on `count` simulated cases (at least one batch); processor time, as in `stages`."""
    count = max(BATCH, count // BATCH * BATCH)
    schemas, clock, signer = Schemas(published()), SystemClock(), MemorySigner(bytes(32))
    payloads = [{"case": case} for case in cases(count)]
    writer, envelope = schemas.writer("SeizureReported"), schemas.writer("Event")
    envelopes, handling, now = Envelopes(NCP, schemas), Handling(), clock.now()
    ids = [event_id_v7(int(now.timestamp() * 1000), number.to_bytes(10, "big")) for number in range(count)]
    rows: list[dict[str, Any]] = []

    def part(name: str, what: str, work: Callable[[], Any], of: int = count) -> Any:  # noqa: ANN401 - whatever the work gives
        started = time.thread_time()
        made = work()
        rows.append({"part": name, "us_a_case": round((time.thread_time() - started) / of * 1e6, 2), "what": what})
        return made

    bodies = part("encode", "the case as Avro", lambda: [writer.encode(payload) for payload in payloads])
    drafts = [Draft("SeizureReported", payload, now, handling) for payload in payloads]
    events = part(
        "make an event", "encode and envelope", lambda: [envelopes.make(d, i, bytes(16)) for d, i in zip(drafts, ids, strict=True)]
    )
    leaves = part("hash", "leaf hash of an event", lambda: [leaf_hash(event) for event in events])
    part("tree", f"Merkle tree over {BATCH}", lambda: [Tree(leaves[at : at + BATCH]) for at in range(0, count, BATCH)])
    head = StreamHeadView(StreamKey(NCP, f"submissions.{OFFICE}", REGION, 1), 1, bytes(32), bytes(32), "training", signer.key_id, now, 1)
    seal = [events[at : at + BATCH] for at in range(0, count, BATCH)]
    batches = part(
        "seal",
        f"{BATCH} at a time: hash, tree, sign, encode",
        lambda: [seal_batch(head, e, sign=signer.sign, schemas=schemas) for e in seal],
    )
    part("open", "decode the batch, leaf hashes, tree", lambda: [decode_batch(batch.raw, schemas).tree for batch in batches])
    sample = events[:SIGNED]
    signatures = part("sign singly", "one signature an event, to compare", lambda: [signer.sign(event) for event in sample], len(sample))
    pairs = list(zip(signatures, sample, strict=True))
    part("verify singly", "one check an event, to compare", lambda: [verify_signature(signer.public, s, e) for s, e in pairs], len(sample))
    part("decode event", "envelope as Avro", lambda: [envelope.decode(event) for event in events])
    part("decode case", "the case as Avro", lambda: [writer.decode(body) for body in bodies])
    with folder() as place:
        _insert(place, part, ids, payloads)
    return rows


def _insert(place: Path, part: Callable[..., Any], ids: Sequence[bytes], payloads: Sequence[dict[str, Any]]) -> None:
    """The rows of a case straight through the driver, 2,000 cases a commit, as a node keeps them: WAL, synchronous FULL."""
    database = sqlite3.connect(place / "parts.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *DDL):
        database.execute(statement)
    found = list(zip(ids, (payload["case"] for payload in payloads), strict=True))
    versions = [_version(event_id, case) for event_id, case in found]
    lines = [_line(case, number, line) for _, case in found for number, line in enumerate(case["lines"])]
    part("insert event", "id and place", lambda: _write(database, "events", [(NCP, event_id, 1, 1) for event_id in ids]))
    part("insert version", "15 columns", lambda: _write(database, "versions", versions))
    part("insert lines", f"{len(lines) / len(versions):.2f} a case, 10 columns", lambda: _write(database, "lines", lines))
    database.close()


def _version(event_id: bytes, case: dict[str, Any]) -> tuple[Any, ...]:
    coded = ("kind", "level", "direction", "detection_channel", "concealment", "conveyance")
    key = (MEMBER, case["reference"], case["version"], "validated", case["date"].isoformat())
    return (*key, *(case[name] for name in coded), MEMBER, case["place"]["location_type"], event_id, 1)


def _line(case: dict[str, Any], number: int, line: dict[str, Any]) -> tuple[Any, ...]:
    coded = (line["section"], line["stream"], line["commodity"], line["hs_code"])
    return (MEMBER, case["reference"], case["version"], number, *coded, 1_000_000, "KGM")


def _write(database: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    marks = ",".join("?" * len(rows[0]))
    for start in range(0, len(rows), 2 * BATCH):
        database.execute("BEGIN IMMEDIATE")
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[start : start + 2 * BATCH])  # noqa: S608 - our own name
        database.execute("COMMIT")
