"""Facts: every line of every version as one narrow row of numbers, from which search pages and statistics are read.

They are a projection of `seizure_versions` and `seizure_lines`, brought up to date by the node when it has time (KEEPING_FACTS), and
at the latest when somebody asks (`up_to_date`), never while cases come in; dropped and made again they are the same. Codes are numbers
of one dictionary, whatever list they are from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, String, Table, Text, delete, func, select, text

from enforcement.seizures.duplicates.store import DuplicateTables
from enforcement.seizures.notices.queueing import queue_notices
from enforcement.seizures.projecting import CODE_COLUMNS, FIRSTS, UNITS, Parted, fact_rows
from enforcement.seizures.store import UNINDEXED, SeizureTables
from liaison.node.duties import Duty
from liaison.node.parts import surroundings
from liaison.node.work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import MetaData

    from liaison.node.parts import Parts

PORTION: Final = 2_000  # versions a transaction: the node's own work goes on between two
SMALL_PORTION: Final = 250  # when the node does it by itself: a twentieth of a second
CODE_LENGTH: Final = 120
TAKEN: Final = (
    *("administration", "reference", "version", "state", "occurred_on", "kind", "level", "direction", "detection_channel"),
    *("concealment", "conveyance", "ecommerce", "country", "location_type", "locode", "entered_at", "method"),
    *("particulars", "counted_from", "counted_until"),
)
LINE: Final = (
    *("administration", "reference", "version", "number", "section", "stream", "commodity", "hs_code"),
    *("amount_micro", "unit", "more_amounts"),
)


DAYS: Final = 7  # of a segment, which is what is packed together (see `segments`)
CHANGED, BUILT, SMALL = 0, 1, 2  # of a segment: to be packed, packed, not worth it


@dataclass(frozen=True, slots=True)
class FactTables:
    """One row a line; the dictionary of codes; cases by number; the texts to search in; how each week stands, and its packed columns."""

    facts: Table
    codes: Table
    cases: Table
    texts: Table
    segments: Table
    columns: Table


def fact_tables(metadata: MetaData) -> FactTables:
    """Declare the tables in this MetaData. Days are proleptic ordinals, months years x 12 + month, times milliseconds."""
    codes = Table(
        "seizure_codes",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("code", String(CODE_LENGTH), nullable=False, unique=True),
    )
    cases = Table(
        "seizure_cases",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("administration", String(2), nullable=False),
        Column("reference", String(64), nullable=False),
        Index("ix_seizure_cases_key", "administration", "reference", unique=True),
        # how a reference begins is asked as a range; PostgreSQL needs to be told that letters are to be compared as they are
        Index("ix_seizure_cases_reference", "reference", postgresql_ops={"reference": "text_pattern_ops"}),
    )
    texts = Table(
        "seizure_texts",
        metadata,
        Column("case_id", Integer, primary_key=True, autoincrement=False),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("words", Text, nullable=False),  # small letters without accents
        sqlite_with_rowid=False,
    )
    return FactTables(_facts(metadata), codes, cases, texts, *_packed(metadata))


def _packed(metadata: MetaData) -> tuple[Table, Table]:
    """How each piece of a week stands, and its columns."""
    segments = Table(
        "seizure_segments",
        metadata,
        Column("segment", Integer, primary_key=True, autoincrement=False),
        Column("part", Integer, primary_key=True, autoincrement=False),
        Column("state", Integer, nullable=False),
        Column("rows", Integer, nullable=False),
        Column("last_entered", BigInteger, nullable=False),
        Index("ix_seizure_segments_state", "state"),
    )
    columns = Table(
        "seizure_columns",
        metadata,
        Column("name", String(20), primary_key=True),
        Column("segment", Integer, primary_key=True, autoincrement=False),
        Column("part", Integer, primary_key=True, autoincrement=False),
        Column("data", LargeBinary, nullable=False),
    )
    return segments, columns


def _facts(metadata: MetaData) -> Table:
    """The order of columns is that in which questions need them: SQLite reads a row from its beginning."""
    return Table(
        "seizure_facts",
        metadata,
        Column("day", Integer, primary_key=True, autoincrement=False),
        Column("case_id", Integer, primary_key=True, autoincrement=False),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("counted_from", BigInteger, nullable=False),  # never: the end of time
        Column("counted_until", BigInteger, nullable=False),
        Column("month", Integer, nullable=False),
        Column("has_line", Integer, nullable=False),  # 0: a case without goods, which is no seizure but a case
        *(Column(name, Integer, nullable=False) for name in FIRSTS),  # 1 on the first row of its case; with this section; ...
        *(Column(name, Integer, nullable=False) for name in CODE_COLUMNS),
        Column("hs_code", String(10), nullable=False),
        *(Column(f"unit_{at}", Integer, nullable=False) for at in UNITS),
        *(Column(f"amount_{at}", BigInteger, nullable=False) for at in UNITS),
        Column("entered_at", BigInteger, nullable=False),
        *(Column(name, Float, nullable=True) for name in ("latitude", "longitude", "east", "north", "up")),
        Index("ix_seizure_facts_case", "case_id", "version"),
        sqlite_with_rowid=False,
    )


def unindexed(tx: UnitOfWork) -> int:
    """How many versions search and statistics have not seen as they are."""
    versions = tx.of(SeizureTables).versions
    found = tx.one(select(func.count().label("waiting")).select_from(versions).where(text(UNINDEXED)))
    return int(found["waiting"]) if found is not None else 0


def _any_unindexed(tx: UnitOfWork) -> bool:
    versions = tx.of(SeizureTables).versions
    return tx.one(select(versions.c.version).where(text(UNINDEXED)).limit(1)) is not None


def up_to_date(parts: Parts) -> Iterator[int]:
    """Bring the facts up to date in portions, each a transaction of its own; yields how many versions each took. Raises DatabaseFailed.

    Derived rows only: nothing that anybody reported or decided changes, so nothing of it is audited.
    """
    while True:
        with parts.database.writing() as connection:
            tx = UnitOfWork(connection, surroundings(parts, parts.load_members(connection)))
            taken = index_portion(tx)
            tx.flush()
        if not taken:
            return
        yield taken


def index_portion(tx: UnitOfWork, limit: int = PORTION) -> int:
    """Make the facts of the next versions that have changed, and queue the notices that follow from them; how many."""
    versions = tx.of(SeizureTables).versions
    query = select(*(versions.c[name] for name in TAKEN)).where(text(UNINDEXED)).limit(limit)
    rows = [dict(zip(TAKEN, row, strict=True)) for row in tx.execute(query)]
    if not rows:
        return 0
    numbers, last = _case_numbers(tx, rows)
    _forget_facts(tx, [row for row in rows if numbers[row["administration"], row["reference"]] <= last], numbers)
    lines = _lines(tx, rows)
    parted = [Parted.of(row, numbers[row["administration"], row["reference"]], lines.get(_key(row), ())) for row in rows]
    codes = intern(tx, {code for one in parted for code in one.codes()})
    tables = tx.of(FactTables)
    for one in parted:
        for fact in fact_rows(one, codes):
            tx.insert(tables.facts, fact)
        if one.words:
            tx.insert(tables.texts, {"case_id": one.case_id, "version": one.version, "words": one.words})
    _mark(tx, {one.plain["day"] // DAYS for one in parted})
    queue_notices(tx, rows)
    for row in rows:
        tx.change(versions, {**dict(zip(("administration", "reference", "version"), _key(row), strict=True)), "indexed": 1})
    return len(rows)


def _key(row: Mapping[str, Any]) -> tuple[str, str, int]:
    return row["administration"], row["reference"], row["version"]


def _by_administration(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for administration, reference in dict.fromkeys((row["administration"], row["reference"]) for row in rows):
        found.setdefault(administration, []).append(reference)
    return found


def _case_numbers(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> tuple[dict[tuple[str, str], int], int]:
    """The number of each case, a new one for a new case, and the last number there was before."""
    cases = tx.of(FactTables).cases
    found: dict[tuple[str, str], int] = {}
    for administration, references in _by_administration(rows).items():
        known = tx.lookup(cases, ("reference", "id"), {"administration": administration}, ("reference", references))
        found |= {(administration, reference): number for reference, number in known}
    last = _last(tx, cases)
    new = [key for key in dict.fromkeys((row["administration"], row["reference"]) for row in rows) if key not in found]
    for number, key in enumerate(new, last + 1):
        found[key] = number
        tx.insert(cases, {"id": number, "administration": key[0], "reference": key[1]})
    return found, last


def _last(tx: UnitOfWork, table: Table) -> int:
    row = tx.one(select(func.max(table.c.id).label("last")))
    return (row["last"] or 0) if row is not None else 0


def _forget_facts(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]], numbers: Mapping[tuple[str, str], int]) -> None:
    """Take out what was known of these versions; their cases will be compared with others again."""
    tables = tx.of(FactTables)
    versions = [{"case_id": numbers[row["administration"], row["reference"]], "version": row["version"]} for row in rows]
    known = tx.lookup(tables.facts, ("day",), {}, ("case_id", sorted({one["case_id"] for one in versions})))
    _mark(tx, {day // DAYS for (day,) in known})  # the day of a draft may change
    for table in (tables.facts, tables.texts):
        for one in versions:
            tx.drop(table, one)
    for one in versions:
        tx.keep(tx.of(DuplicateTables).changed, {"case_id": one["case_id"]})
    tx.flush()


def _mark(tx: UnitOfWork, weeks: Iterable[int]) -> None:
    """Something has changed in these weeks: they are read from the facts until they are packed again."""
    for week in sorted(weeks):
        tx.put(tx.of(FactTables).segments, {"segment": week, "part": 0, "state": CHANGED, "rows": 0, "last_entered": 0})


def remove_facts(tx: UnitOfWork, key: tuple[str, str], version: int = 0) -> int:
    """Take a case, or one version of it, out of search and statistics; the case's number, 0 where the facts did not know it."""
    tables = tx.of(FactTables)
    cases = tables.cases
    row = tx.one(select(cases.c.id).where(cases.c.administration == key[0], cases.c.reference == key[1]))
    if row is None:
        return 0
    days = tx.execute(select(tables.facts.c.day).where(tables.facts.c.case_id == row["id"]).distinct())
    _mark(tx, {day // DAYS for (day,) in days})
    for table in (tables.facts, tables.texts):
        of_version = [table.c.version == version] if version else []
        tx.execute(delete(table).where(table.c.case_id == row["id"], *of_version))
    tx.keep(tx.of(DuplicateTables).changed, {"case_id": row["id"]})  # compared anew; its number may be given again
    return int(row["id"])


def _lines(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, int], list[dict[str, Any]]]:
    table = tx.of(SeizureTables).lines
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for administration, references in _by_administration(rows).items():
        for values in tx.lookup(table, LINE, {"administration": administration}, ("reference", references)):
            line = dict(zip(LINE, values, strict=True))
            found.setdefault(_key(line), []).append(line)
    return found


def intern(tx: UnitOfWork, wanted: set[str]) -> dict[str, int]:
    """The numbers of these codes; one that is new gets the next."""
    codes = tx.of(FactTables).codes
    found = code_numbers(tx, wanted)
    new = sorted(wanted - found.keys())
    last = _last(tx, codes) if new else 0
    for number, code in enumerate(new, last + 1):
        found[code] = number
        tx.insert(codes, {"id": number, "code": code})
    return found


def code_numbers(tx: UnitOfWork, wanted: Iterable[str]) -> dict[str, int]:
    """The numbers of those of these codes that occur at this node."""
    return dict(tx.lookup(tx.of(FactTables).codes, ("code", "id"), {}, ("code", sorted(wanted))))


def code_names(tx: UnitOfWork, wanted: Iterable[int]) -> dict[int, str]:
    """The codes of these numbers."""
    return dict(tx.lookup(tx.of(FactTables).codes, ("id", "code"), {}, ("id", sorted(wanted))))


KEEPING_FACTS: Final = Duty("facts", _any_unindexed, lambda tx: index_portion(tx, SMALL_PORTION))
