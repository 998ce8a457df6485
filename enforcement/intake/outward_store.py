"""What was made for other systems: each file, and which version of which case went into it, so that the next file has only what is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, and_, exists, insert, select

from enforcement.seizures.ports import ensure_whole
from enforcement.seizures.states import VALIDATED, WITHDRAWN
from enforcement.seizures.store import SeizureTables
from liaison.node.store import BigId
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

MADE: Final = "made"
SENT: Final = "sent"
LOOK: Final = "outward.list"
ACCEPTED: Final = "accepted"
UNDONE: Final = "undone"
BACK: Final = "back"  # no state: the last mark is taken back
_ORDER: Final = (MADE, SENT, ACCEPTED)
_BEFORE: Final = {SENT: (MADE,), ACCEPTED: (MADE, SENT), UNDONE: (MADE, SENT), BACK: (SENT, ACCEPTED)}


class UnknownOutward(LiaisonError):  # noqa: N818 - named for the state
    """There is no such file."""

    code = "outward.unknown"
    next_step = "See `liaison outward list`."


class NotInOutward(LiaisonError):  # noqa: N818 - named for the state
    """A case is not in this file."""

    code = "outward.not-in-file"
    next_step = "See `liaison outward show NUMBER`."


class OutwardStanding(LiaisonError):  # noqa: N818 - named for the state
    """The file stands otherwise."""

    code = "outward.standing"
    next_step = "See `liaison outward list`: a file is made, sent, accepted; one that was not accepted can be undone."


@dataclass(frozen=True, slots=True)
class OutwardTables:
    """Files made for other systems, and what went into each."""

    files: Table
    marks: Table


def outward_tables(metadata: MetaData) -> OutwardTables:
    """Declare the tables in this MetaData. Times are milliseconds."""
    files = Table(
        "outward_files",
        metadata,
        Column("id", BigId, primary_key=True),
        Column("target", String(40), nullable=False),
        Column("profile", Text, nullable=False),
        Column("profile_version", Integer, nullable=False),
        Column("file_name", Text, nullable=False),
        Column("sha256", LargeBinary(32), nullable=False),
        Column("cases", Integer, nullable=False),
        Column("rows", Integer, nullable=False),
        Column("state", String(10), nullable=False),
        Column("made_by", String(40), nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
    marks = Table(
        "outward_marks",
        metadata,
        Column("target", String(40), primary_key=True),
        Column("administration", String(2), primary_key=True),
        Column("reference", String(64), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("file_id", BigInteger, nullable=False),
        Column("state", String(10), nullable=False),  # of this case; the file's is that of the case which is least far
        Column("moved_at", BigInteger, nullable=False),
        Index("ix_outward_marks_file_id", "file_id"),
    )
    return OutwardTables(files, marks)


def due_versions(tx: UnitOfWork, target: str, administration: str, *, after: str = "", limit: int = 500) -> Sequence[RowMapping]:
    """The validated versions of own cases that no file for this target has yet, by reference."""
    versions, marks = tx.of(SeizureTables).versions, tx.of(OutwardTables).marks
    same = (marks.c.administration == versions.c.administration) & (marks.c.reference == versions.c.reference)
    marked = exists().where(and_(marks.c.target == target, same, marks.c.version == versions.c.version))
    own = (versions.c.administration == administration) & (versions.c.reference > after) & (versions.c.state == VALIDATED)
    return tx.rows(select(versions).where(own, ~marked).order_by(versions.c.reference).limit(limit))


def gone_since(tx: UnitOfWork, target: str, *, limit: int = 1_000) -> list[str]:
    """References of cases that a file for this target has, and that were withdrawn since: the other system has to be told by hand."""
    versions, marks = tx.of(SeizureTables).versions, tx.of(OutwardTables).marks
    same = (marks.c.administration == versions.c.administration) & (marks.c.reference == versions.c.reference)
    joined = select(versions.c.reference).join_from(versions, marks, same & (marks.c.version == versions.c.version))
    wanted = joined.where(marks.c.target == target, versions.c.state == WITHDRAWN).distinct().order_by(versions.c.reference)
    return [row["reference"] for row in tx.rows(wanted.limit(limit))]


def add_file(tx: UnitOfWork, row: dict[str, Any], keys: Iterable[tuple[CaseKey, int]]) -> int:
    """Keep a file and what went into it; its number."""
    tables = tx.of(OutwardTables)
    times = {"state": MADE, "made_by": tx.author, "made_at": tx.now_ms, "changed_at": tx.now_ms}
    made = tx.execute(insert(tables.files).values({**row, **times})).inserted_primary_key
    number = int(made[0])  # type: ignore[index]  # there is always one after an insert
    for (administration, reference), version in keys:
        mark = {"target": row["target"], "administration": administration, "reference": reference, "version": version}
        tx.put(tables.marks, {**mark, "file_id": number, "state": MADE, "moved_at": tx.now_ms})
    return number


def move_file(tx: UnitOfWork, number: int, state: str, references: Sequence[str] = ()) -> dict[str, Any]:
    """Move the marks of a file's cases (all that can be, or those named) to another state; the file as it is then, and how many moved.

    `undone`: they are due again. `back`: the last mark is taken back. What was accepted is undone only after its mark is taken back.
    Raises UnknownOutward, NotInOutward, OutwardStanding.
    """
    tables = tx.of(OutwardTables)
    row = _file(tx, number)
    marks = marks_of(tx, number)
    wanted = _wanted(number, marks, references)
    movable = [one for one in wanted if one["state"] in _BEFORE[state]]
    if not movable or (references and len(movable) < len(wanted)):
        stuck = next((one for one in wanted if one["state"] not in _BEFORE[state]), None)
        what = (
            phrase("File {number} is {state}", number=number, state=word(row["state"]))
            if stuck is None
            else phrase("{reference} of file {number} is {state}", reference=stuck["reference"], number=number, state=word(stuck["state"]))
        )
        raise OutwardStanding(
            phrase("{what} and cannot become {state}.", what=what, state=word(state))
            if state != BACK
            else phrase("{what}: there is no mark to take back.", what=what)
        )
    for one in movable:
        key = {name: one[name] for name in ("target", "administration", "reference", "version")}
        if state == UNDONE:
            tx.drop(tables.marks, key)
        else:
            after = _ORDER[_ORDER.index(one["state"]) - 1] if state == BACK else state
            tx.change(tables.marks, {**key, "state": after, "moved_at": tx.now_ms})
    tx.flush()
    left = {one["state"] for one in marks_of(tx, number)}
    now = min(left, key=_ORDER.index) if left else UNDONE
    tx.change(tables.files, {"id": number, "state": now, "changed_at": tx.now_ms})
    return {**_record(row), "state": now, "moved": len(movable), "stayed": len(wanted) - len(movable)}


def _file(tx: UnitOfWork, number: int) -> RowMapping:
    files = tx.of(OutwardTables).files
    row = tx.one(select(files).where(files.c.id == number))
    if row is None:
        raise UnknownOutward(phrase("There is no file {number}.", number=number))
    return row


def marks_of(tx: UnitOfWork, number: int) -> Sequence[RowMapping]:
    """What is in a file and how each case stands, by reference. Raises UnknownOutward."""
    _file(tx, number)
    marks = tx.of(OutwardTables).marks
    return tx.rows(select(marks).where(marks.c.file_id == number).order_by(marks.c.reference))


def mark_records(tx: UnitOfWork, number: int) -> list[dict[str, Any]]:
    """The same as lists show it. Raises UnknownOutward, NationalOnly."""
    ensure_whole(tx)
    names = ("administration", "reference", "version", "state")
    return [{**{name: row[name] for name in names}, "moved_at": from_ms(row["moved_at"])} for row in marks_of(tx, number)]


def _wanted(number: int, marks: Sequence[RowMapping], references: Sequence[str]) -> Sequence[RowMapping]:
    missing = sorted(set(references) - {row["reference"] for row in marks})
    if missing:
        raise NotInOutward(phrase("{missing} is not in file {number}.", missing=missing[0][:64], number=number))
    return [row for row in marks if row["reference"] in references] if references else marks


def list_files(tx: UnitOfWork, target: str = "", *, limit: int = 100) -> list[dict[str, Any]]:
    """The files, newest first. They hold cases of every port. Raises NationalOnly."""
    ensure_whole(tx)
    files = tx.of(OutwardTables).files
    query = select(files).where(files.c.target == target) if target else select(files)
    return [_record(row) for row in tx.rows(query.order_by(files.c.id.desc()).limit(limit))]


def _record(row: RowMapping) -> dict[str, Any]:
    names = ("target", "file_name", "state", "cases", "rows", "profile", "profile_version", "made_by")
    told = {"number": row["id"], **{name: row[name] for name in names}}
    return {**told, "made_at": from_ms(row["made_at"]), "changed_at": from_ms(row["changed_at"]), "sha256": row["sha256"].hex()}
