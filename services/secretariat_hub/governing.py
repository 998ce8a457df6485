"""Central management: the hub releases the next edition of the code lists; one person proposes it, another releases it (decision 34)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from enforcement.codelists.checking import errors
from enforcement.codelists.commands import base_of, judged
from enforcement.codelists.document import digest, read_canonical
from enforcement.codelists.errors import NoteUnfitError, NotProposedError, NotReleasableError
from enforcement.codelists.releasing import MAX_NOTE_CHARACTERS, Released, Said, release
from enforcement.codelists.store import CodeListTables, pack, unpack
from enforcement.seizures.nominal import screen_text
from enforcement.seizures.nominal.reasons import seeming
from liaison.access.permissions import ensure_other_person
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from enforcement.codelists.document import Document
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

PROPOSE: Final = "codelists.propose"
RELEASE: Final = "codelists.release"
_SHOWN: Final = ("edition", "valid_from", "note", "proposed_by", "proposed_at", "sha256")


class Proposal(NamedTuple):
    """An edition to be released: its document, keys that stood in its file twice, and what changes, in a sentence."""

    document: Document
    twice: list[str]
    note: str = ""


def propose_edition(desk: Desk, proposal: Proposal) -> str:
    """Keep an edition that is to follow the newest one until a second person releases it; its hash. Nothing is sent. What was
    proposed under the same name before gives way. Raises NotReleasableError, NoteUnfitError.
    """
    document = proposal.document
    name, sha256 = document["edition"], digest(document)
    _ensure_note(proposal.note)
    with desk.acting(PROPOSE, name, sha256=sha256, valid_from=document["valid_from"]) as tx:
        _ensure_sound(tx, document, proposal.twice)
        row = {"edition": name, "sha256": sha256, "valid_from": document["valid_from"], "note": proposal.note, "packed": pack(document)}
        tx.put(tx.of(CodeListTables).proposals, {**row, "proposed_at": tx.now_ms, "proposed_by": tx.author})
    return sha256


def discard_proposal(desk: Desk, edition: str) -> None:
    """Drop what is proposed under this name. Raises NotProposedError."""
    with desk.acting(PROPOSE, edition, change="discarded") as tx:
        proposed(tx, edition)
        tx.drop(tx.of(CodeListTables).proposals, {"edition": edition})


def proposals(tx: UnitOfWork) -> list[dict[str, Any]]:
    """What is proposed and not released, by name."""
    table = tx.of(CodeListTables).proposals
    rows = tx.rows(select(*(table.c[name] for name in _SHOWN)).order_by(table.c.edition))
    return [{**row, "proposed_at": from_ms(row["proposed_at"])} for row in rows]


def proposed(tx: UnitOfWork, edition: str) -> tuple[Document, RowMapping]:
    """What is proposed under this name, and its row. Raises NotProposedError."""
    table = tx.of(CodeListTables).proposals
    row = tx.one(select(table).where(table.c.edition == edition))
    if row is None:
        raise NotProposedError(phrase("No edition {edition!r} is proposed.", edition=edition[:20]))
    return read_canonical(unpack(bytes(row["packed"]))), row


def release_edition(desk: Desk, edition: str, sha256: str) -> Released:
    """Release what another person proposed under this name, if it is what the releaser has seen (`sha256`). It is judged again in the
    transaction that says it. Raises NotProposedError, SamePerson, NotReleasableError.
    """
    with desk.acting(RELEASE, edition, sha256=sha256) as tx:
        document, row = proposed(tx, edition)
        ensure_other_person(row["proposed_by"], tx.author)
        if sha256 != row["sha256"]:
            raise NotReleasableError(
                phrase(
                    "What {proposed_by} proposed as {edition} has the SHA-256 {sha256}, not {sha256_2}.",
                    proposed_by=row["proposed_by"],
                    edition=edition,
                    sha256=row["sha256"],
                    sha256_2=sha256,
                )
            )
        _ensure_sound(tx, document, [])
        told = release(tx, document, base_of(tx), Said(row["note"], row["proposed_by"]))
        tx.drop(tx.of(CodeListTables).proposals, {"edition": edition})
        return told


def _ensure_note(note: str) -> None:
    if len(note) > MAX_NOTE_CHARACTERS or not note.isprintable():
        raise NoteUnfitError(
            phrase("The note is no line of at most {MAX_NOTE_CHARACTERS} characters.", MAX_NOTE_CHARACTERS=MAX_NOTE_CHARACTERS)
        )
    for found in screen_text(note):
        raise NoteUnfitError(phrase("note: it seems to contain {found}; take it out, there is no override.", found=seeming(found)))


def _ensure_sound(tx: UnitOfWork, document: Document, twice: list[str]) -> None:
    wrong = errors(judged(tx, document, twice))
    if wrong:
        first = f"{wrong[0].list} {wrong[0].code}".strip()
        where = phrase("the first in {place}", place=first) if first else phrase("the first")
        raise NotReleasableError(
            phrase(
                "Edition {edition} has {number} errors, {where}: {text}",
                edition=document["edition"],
                number=len(wrong),
                where=where,
                text=wrong[0].text,
            )
        )
