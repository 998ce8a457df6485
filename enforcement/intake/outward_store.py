"""What was made for other systems: each file, and which version of which case went into it, so that the next file has only what is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, and_, delete, exists, insert, select

from enforcement.seizures.states import VALIDATED, WITHDRAWN
from enforcement.seizures.store import SeizureTables
from liaison.node.store import BigId
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

MADE: Final = "made"
SENT: Final = "sent"
ACCEPTED: Final = "accepted"
UNDONE: Final = "undone"
_BEFORE: Final = {SENT: (MADE,), ACCEPTED: (MADE, SENT), UNDONE: (MADE, SENT)}


class UnknownOutward(LiaisonError):  # noqa: N818 - named for the state
    """There is no such file."""

    code = "outward.unknown"
    next_step = "See `liaison outward list`."


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
        tx.put(tables.marks, {**mark, "file_id": number})
    return number


def move_file(tx: UnitOfWork, number: int, state: str) -> dict[str, Any]:
    """Put a file into another state; undone: its cases are due again. Raises UnknownOutward, OutwardStanding."""
    tables = tx.of(OutwardTables)
    row = tx.one(select(tables.files).where(tables.files.c.id == number))
    if row is None:
        raise UnknownOutward(f"There is no file {number}.")
    if row["state"] not in _BEFORE[state]:
        raise OutwardStanding(f"File {number} is {row['state']} and cannot become {state}.")
    if state == UNDONE:
        tx.execute(delete(tables.marks).where(tables.marks.c.file_id == number))
    tx.change(tables.files, {"id": number, "state": state, "changed_at": tx.now_ms})
    return {**_record(row), "state": state}


def list_files(tx: UnitOfWork, target: str = "", *, limit: int = 100) -> list[dict[str, Any]]:
    """The files, newest first."""
    files = tx.of(OutwardTables).files
    query = select(files).where(files.c.target == target) if target else select(files)
    return [_record(row) for row in tx.rows(query.order_by(files.c.id.desc()).limit(limit))]


def _record(row: RowMapping) -> dict[str, Any]:
    names = ("target", "file_name", "state", "cases", "rows", "profile", "profile_version", "made_by")
    told = {"number": row["id"], **{name: row[name] for name in names}}
    return {**told, "made_at": from_ms(row["made_at"]), "changed_at": from_ms(row["changed_at"]), "sha256": row["sha256"].hex()}
