"""An edition on its way: cut into events at the hub, put together, proved and kept at every node."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from enforcement.codelists.checking import MOST_DAYS_AHEAD, errors, problems
from enforcement.codelists.document import EDITION, MAX_DOCUMENT_BYTES, canonical, digest, read_canonical
from enforcement.codelists.errors import ReferenceDataError, ReleaseRefused
from enforcement.codelists.parsing import build
from enforcement.codelists.store import CodeListTables, load_shipped, pack, shipped_fixed, unpack
from liaison.node.times import to_ms
from liaison.protocol.errors import phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

    from enforcement.codelists.document import Document
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

PART_BYTES: Final = 192 * 1024
MAX_PARTS: Final = 32
HASH_BYTES: Final = 32
MAX_NOTE_CHARACTERS: Final = 400
TOPIC: Final = "reference"


class Released(NamedTuple):
    """What a release sent: the edition's hash, in how many events, how many bytes."""

    sha256: str
    parts: int
    bytes: int


class Said(NamedTuple):
    """What is said with an edition: what changes, in a sentence; who proposed it."""

    note: str = ""
    author: str = ""


BY_ITSELF: Final = Said()


def release(tx: UnitOfWork, document: Document, previous: Document, said: Said = BY_ITSELF) -> Released:
    """Say a new edition to the federation and keep it here, in one transaction. It was checked before. Raises TooLarge."""
    text, packed = canonical(document), pack(document)
    pieces = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
    if len(pieces) > MAX_PARTS:
        raise ReferenceDataError(phrase("The edition would need {count} events; {most} is the most.", count=len(pieces), most=MAX_PARTS))
    payload = {
        "edition": document["edition"],
        "valid_from": date.fromisoformat(document["valid_from"]),
        "sha256": sha256(text).digest(),
        "bytes": len(text),
        "previous_edition": previous["edition"],
        "previous_sha256": bytes.fromhex(digest(previous)),
        "released_at": tx.now,
        "note": said.note,
        "packed_sha256": sha256(packed).digest(),
        "parts": len(pieces),
    }
    event_id = b""
    for number, content in enumerate(pieces, 1):
        part = {**payload, "part": number, "content": content}
        draft = Draft("CodeListReleased", part, tx.now, Handling("CLEAR"), author=said.author or tx.author, releaser=tx.author)
        event_id = tx.emit(draft, TOPIC)
    _keep(tx, payload, packed, event_id)
    return Released(payload["sha256"].hex(), len(pieces), len(packed))


def on_code_list_released(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep a part; with the last one, in whatever order they come, the edition is proved and kept. Raises ReleaseRefused."""
    said = event.payload
    _bounded(said)
    known = _known(tx, said["edition"])
    if known is not None and known["sha256"] == said["sha256"].hex():
        return
    parts, key = tx.of(CodeListTables).parts, said["packed_sha256"].hex()
    tx.keep(
        parts,
        {"packed_sha256": key, "number": said["part"], "edition": said["edition"], "received_at": tx.now_ms, "content": said["content"]},
    )
    rows = tx.rows(select(parts).where(parts.c.packed_sha256 == key).order_by(parts.c.number))
    if len(rows) == said["parts"]:
        packed = b"".join(row["content"] for row in rows)
        _prove(said, packed)
        _keep(tx, said, packed, event.event_id)
        tx.execute(parts.delete().where(parts.c.packed_sha256 == key))


def _bounded(said: Mapping[str, Any]) -> None:
    """Nothing in the event is beyond its bounds, before any of it is kept."""
    hashes = all(len(said[name]) == HASH_BYTES for name in ("sha256", "previous_sha256", "packed_sha256"))
    named = all(EDITION.fullmatch(said[name]) for name in ("edition", "previous_edition"))
    counted = 1 <= said["part"] <= said["parts"] <= MAX_PARTS and 0 < said["bytes"] <= MAX_DOCUMENT_BYTES
    fits = 0 < len(said["content"]) <= PART_BYTES and len(said["note"]) <= MAX_NOTE_CHARACTERS and said["note"].isprintable()
    ahead = (said["valid_from"] - said["released_at"].date()).days <= MOST_DAYS_AHEAD
    if not (hashes and named and counted and fits and ahead):
        raise ReleaseRefused(phrase("A part of an edition is beyond its bounds: names, hashes, numbers, sizes or days."))


def _prove(said: Mapping[str, Any], packed: bytes) -> None:
    """The parts are what was announced, the document too, and the rules can work with it. Raises ReleaseRefused."""
    if sha256(packed).digest() != said["packed_sha256"]:
        raise ReleaseRefused(phrase("The parts of edition {edition} do not make what was announced.", edition=said["edition"]))
    try:
        text = unpack(packed, said["bytes"])
        document = read_canonical(text)
        if sha256(text).digest() != said["sha256"] or len(text) != said["bytes"]:
            raise ReleaseRefused(phrase("Edition {edition} is not what its hash says.", edition=said["edition"]))
        if (document["edition"], document["valid_from"]) != (said["edition"], said["valid_from"].isoformat()):
            raise ReleaseRefused(phrase("Edition {edition} calls itself otherwise inside.", edition=said["edition"]))
        build(document, shipped_fixed())
    except ReferenceDataError as error:
        raise ReleaseRefused(f"Edition {said['edition']}: {error}") from error
    wrong = _unsound(document)
    if wrong:
        raise ReleaseRefused(f"Edition {said['edition']}: {wrong}")


def _unsound(document: Document) -> str:
    """What would make the rules stumble over an edition, whatever it follows; empty when nothing does."""
    for name in load_shipped().lists:
        if name not in document["lists"]:
            return phrase("the list {name} is missing.", name=name)
    found = errors(problems(document, {**document, "edition": "0000.0", "valid_from": "0001-01-01"}))
    return (
        phrase(
            "{number} errors, the first in {list} {code}: {text}",
            number=len(found),
            list=found[0].list,
            code=found[0].code,
            text=found[0].text,
        )
        if found
        else ""
    )


def _known(tx: UnitOfWork, edition: str) -> RowMapping | None:
    table = tx.of(CodeListTables).editions
    return tx.one(select(table.c.sha256, table.c.released_at).where(table.c.edition == edition))


def _keep(tx: UnitOfWork, said: Mapping[str, Any], packed: bytes, event_id: bytes) -> None:
    """Keep an edition; where another has taken its name, that which was released first stands, whichever came first."""
    row = {
        "edition": said["edition"],
        "sha256": said["sha256"].hex(),
        "valid_from": said["valid_from"].isoformat(),
        "previous": said["previous_edition"],
        "previous_sha256": said["previous_sha256"].hex(),
        "released_at": to_ms(said["released_at"]),
        "received_at": tx.now_ms,
        "event_id": event_id,
        "note": said["note"],
        "packed": packed,
    }
    known = _known(tx, row["edition"])
    if known is None or (row["released_at"], row["sha256"]) < (known["released_at"], known["sha256"]):
        tx.put(tx.of(CodeListTables).editions, row)
        tx.flush()


RECEIVING_EDITIONS: Final = {"CodeListReleased": on_code_list_released}
EDITIONS_BEFORE: Final = {"CodeListReleased": on_code_list_released}
