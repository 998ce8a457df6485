"""Imports as a national contact point remembers them: each file, what became of its rows, what was wrong. None of it leaves the node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, func, select, update

from enforcement.seizures.store import LOOKUP_CHUNK
from liaison.node.store import BigId
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import RowMapping

    from enforcement.intake.model import Problem
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

ERROR: Final = "error"
WARNING: Final = "warning"
ORIGIN_LENGTH: Final = 120
FATES: Final = ("new", "changed", "unchanged", "rejected")


class ImportUndone(LiaisonError):  # noqa: N818 - named for the state
    """This import was undone."""

    code = "intake.import-undone"
    next_step = "Import the file again: `liaison seizures import FILE --profile P`."


class UnknownImport(LiaisonError):  # noqa: N818 - named for the state
    """There is no import with this number."""

    code = "intake.import-unknown"
    next_step = "See `liaison seizures imports`."


@dataclass(frozen=True, slots=True)
class IntakeTables:
    """Imports, the problems of their rows, and what each case looked like in the file it was last read from."""

    imports: Table
    problems: Table
    sources: Table


def intake_tables(metadata: MetaData) -> IntakeTables:
    """Declare the tables in this MetaData. Times are milliseconds; 0 in `finished_at`: interrupted, or still running."""
    return IntakeTables(_imports(metadata), _problems(metadata), _sources(metadata))


def _imports(metadata: MetaData) -> Table:
    return Table(
        "intake_imports",
        metadata,
        Column("id", BigId, primary_key=True),
        Column("file_name", Text, nullable=False),
        Column("sha256", LargeBinary(32), nullable=False),
        Column("profile", Text, nullable=False),
        Column("profile_version", Integer, nullable=False),
        Column("historical", Integer, nullable=False),  # 1: an old export, of which nobody is told
        Column("origin", String(ORIGIN_LENGTH), nullable=False),  # of history: where it was reported, in words
        Column("imported_by", String(40), nullable=False),
        Column("port", String(64), nullable=False),  # where; empty: at the national office
        Column("started_at", BigInteger, nullable=False),
        Column("finished_at", BigInteger, nullable=False),
        Column("undone_at", BigInteger, nullable=False),  # 0: it stands
        Column("rows", Integer, nullable=False),  # read so far; the sum of the four below
        *(Column(fate, Integer, nullable=False) for fate in FATES),
    )


def _problems(metadata: MetaData) -> Table:
    return Table(
        "intake_problems",
        metadata,
        Column("import_id", BigInteger, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("row", Integer, nullable=False),  # as a spreadsheet counts
        Column("origin", Integer, nullable=False),  # in an annotated workbook: the row of the first file; 0 elsewhere
        Column("severity", String(10), nullable=False),
        Column("column", Text, nullable=False),
        Column("value", Text, nullable=False),
        Column("code", String(60), nullable=False),
        Column("text", Text, nullable=False),
        Column("suggestion", Text, nullable=False),
        Column("field", Text, nullable=False),
        Column("settled_by", BigInteger, nullable=False),  # the import that brought the row back corrected; 0: it waits
    )


def _sources(metadata: MetaData) -> Table:
    """A row that did not change since it was read last says nothing new, whatever was amended here in between."""
    return Table(
        "intake_sources",
        metadata,
        Column("administration", String(2), primary_key=True),
        Column("reference", String(64), primary_key=True),
        Column("digest", LargeBinary(16), nullable=False),  # of the case as read, without version and code list edition
        Column("import_id", BigInteger, nullable=False),  # that brought what stands here; 0: no file did
        Index("ix_intake_sources_import_id", "import_id"),
    )


def add_problem(tx: UnitOfWork, import_id: int, number: int, problem: Problem, severity: str, origin: int = 0) -> None:  # noqa: PLR0913, PLR0917 - one row
    """Buffer one problem of an import; `number` counts within the import, `origin` is the row of the file that a workbook corrects."""
    row = {"import_id": import_id, "number": number, "origin": origin, "severity": severity, "settled_by": 0, **problem_record(problem)}
    tx.insert(tx.of(IntakeTables).problems, row)


def settle_rows(tx: UnitOfWork, import_id: int, rows: Sequence[int], by: int) -> None:
    """Note that rows of an earlier import came back in an annotated workbook: what is still wrong with them waits there, and nowhere else.

    They wait no more under that import, under others of the same file, nor under workbooks that had brought them back before.
    """
    imports, problems = tx.of(IntakeTables).imports, tx.of(IntakeTables).problems
    sha256 = select(imports.c.sha256).where(imports.c.id == import_id).scalar_subquery()
    same = [row["id"] for row in tx.rows(select(imports.c.id).where(imports.c.sha256 == sha256))]
    for start in range(0, len(rows), LOOKUP_CHUNK):
        chunk = rows[start : start + LOOKUP_CHUNK]
        there = problems.c.import_id.in_(same) & problems.c.row.in_(chunk)
        back = select(problems.c.settled_by).where(there, problems.c.settled_by.not_in((0, by))).distinct()
        before = [row["settled_by"] for row in tx.rows(back)]
        again = problems.c.import_id.in_(before) & problems.c.origin.in_(chunk)
        for where in (there, again):
            tx.execute(update(problems).where(where, problems.c.settled_by == 0).values(settled_by=by))


def waiting_imports(tx: UnitOfWork, *, limit: int) -> list[dict[str, Any]]:
    """The work list: imports with rows that wait for correction, latest first; of several imports of one file the last one speaks."""
    imports, problems = tx.of(IntakeTables).imports, tx.of(IntakeTables).problems
    latest = select(func.max(imports.c.id)).group_by(imports.c.sha256)
    rows = func.count(problems.c.row.distinct()).label("waiting")
    query = (
        select(imports.c.id, imports.c.file_name, imports.c.profile, imports.c.imported_by, imports.c.started_at, rows)
        .join(problems, problems.c.import_id == imports.c.id)
        .where(imports.c.id.in_(latest), problems.c.severity == ERROR, problems.c.settled_by == 0, imports.c.undone_at == 0)
        .group_by(imports.c.id, imports.c.file_name, imports.c.profile, imports.c.imported_by, imports.c.started_at)
        .order_by(imports.c.id.desc())
        .limit(limit)
    )
    return [
        {
            "import": row["id"],
            "file": row["file_name"],
            "profile": row["profile"],
            "by": row["imported_by"],
            "started_at": from_ms(row["started_at"]),
            "rows_waiting": row["waiting"],
        }
        for row in tx.rows(query)
    ]


def problem_record(problem: Problem) -> dict[str, Any]:
    """A problem as tables, lists and JSON show it."""
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.rule,
        "text": problem.text,
        "suggestion": problem.suggestion,
        "field": problem.field,
    }


def digests(tx: UnitOfWork, keys: Iterable[CaseKey]) -> dict[CaseKey, bytes]:
    """What these cases looked like when a file last said something about them; cases never read from a file are missing."""
    sources = tx.of(IntakeTables).sources
    by_administration: dict[str, list[str]] = {}
    for administration, reference in keys:
        by_administration.setdefault(administration, []).append(reference)
    found: dict[CaseKey, bytes] = {}
    for administration, references in by_administration.items():
        for start in range(0, len(references), LOOKUP_CHUNK):
            chunk = references[start : start + LOOKUP_CHUNK]
            where = (sources.c.administration == administration) & sources.c.reference.in_(chunk)
            found |= {(administration, row["reference"]): bytes(row["digest"]) for row in tx.rows(select(sources).where(where))}
    return found


def source_of(tx: UnitOfWork, key: CaseKey) -> tuple[int, bytes]:
    """The import that brought what stands here of a case, and the digest of what its file said; (0, empty) for none."""
    sources = tx.of(IntakeTables).sources
    row = tx.one(select(sources).where(sources.c.administration == key[0], sources.c.reference == key[1]))
    return (0, b"") if row is None else (int(row["import_id"]), bytes(row["digest"]))


def list_imports(tx: UnitOfWork, *, limit: int) -> list[dict[str, Any]]:
    """The latest imports first, with their counts; at a port its own."""
    imports = tx.of(IntakeTables).imports
    mine = [imports.c.port == tx.port] if tx.port else []
    return [_import_record(row) for row in tx.rows(select(imports).where(*mine).order_by(imports.c.id.desc()).limit(limit))]


def _import_record(row: RowMapping) -> dict[str, Any]:
    return {
        "import": row["id"],
        "file": row["file_name"],
        "sha256": row["sha256"].hex(),
        "profile": row["profile"],
        "profile_version": row["profile_version"],
        "historical": bool(row["historical"]),
        "origin": row["origin"],
        "by": row["imported_by"],
        "port": row["port"],
        "started_at": from_ms(row["started_at"]),
        "finished_at": from_ms(row["finished_at"]) if row["finished_at"] else None,
        "undone_at": from_ms(row["undone_at"]) if row["undone_at"] else None,
        "rows": row["rows"],
        **{fate: row[fate] for fate in FATES},
    }


def require_import(tx: UnitOfWork, import_id: int) -> dict[str, Any]:
    """One import; at a port none but its own. Raises UnknownImport."""
    imports = tx.of(IntakeTables).imports
    row = tx.one(select(imports).where(imports.c.id == import_id))
    if row is None or tx.port not in ("", row["port"]):
        raise UnknownImport(phrase("There is no import {import_id}.", import_id=import_id))
    return _import_record(row)


def list_problems(
    tx: UnitOfWork, import_id: int, *, warnings: bool = False, after: int = 0, limit: int = LOOKUP_CHUNK
) -> Sequence[RowMapping]:
    """The next problems of an import by number, for reading them in portions: of rows that wait; `warnings`: every one, warnings too."""
    problems = tx.of(IntakeTables).problems
    query = select(problems).where(problems.c.import_id == import_id, problems.c.number > after)
    if not warnings:
        query = query.where(problems.c.severity == ERROR, problems.c.settled_by == 0)
    return tx.rows(query.order_by(problems.c.number).limit(limit))
