"""Facts column by column, a week at a time: what tables, pages and facets look through instead of rows.

A piece of a week holds each column packed (`packed`). Pieces are derived from the facts, when the node has time (KEEPING_SEGMENTS); what
changes in a week marks it in the same transaction, and a week that is marked, or holds too little to be worth it, is read from its facts.
So an answer never rests on anything but the facts of its own snapshot, whatever has been packed.
"""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, select

from enforcement.seizures.facts import BUILT, CHANGED, DAYS, SMALL, FactTables
from enforcement.seizures.packed import MOST_ROWS, Mask, Packed, masked, packed, read, written
from enforcement.seizures.projecting import CODE_COLUMNS, FIRSTS, UNITS
from liaison.node.database import AS_BYTES
from liaison.node.duties import Duty

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork

    Days = tuple[date | None, date | None]  # the first and the last
    Found = dict[tuple[int, int], Packed]  # a column of pieces, by week and part

WORDS: Final = "words"
REFERENCE: Final = "reference"
COLUMNS: Final = (
    *("day", "case_id", "version", "counted_from", "counted_until", "month", "has_line"),
    *(*FIRSTS, *CODE_COLUMNS, "hs_code"),
    *(f"unit_{at}" for at in UNITS),
    *(f"amount_{at}" for at in UNITS),
    *("entered_at", "latitude", "longitude", "east", "north", "up"),
)
WORTH_IT: Final = 200  # facts of a week; fewer are read as fast as they are
AT_ONCE: Final = 32  # pieces whose columns are read together: some hundred kilobytes a column
FIRST_AT_ONCE: Final = 8  # newest first: most questions end with the first ones
PORTION: Final = 2_000  # facts packed in one step of the duty


class Piece:
    """Some thousand facts, in order of day, case, version and line; no version is in two pieces. Columns are read when asked for."""

    __slots__ = ("_last_entered", "_span", "key", "last_week", "rows")

    def __init__(self, span: _Span, key: tuple[int, int], rows: int, *, last_week: int = 0, last_entered: int = 0) -> None:
        """`key`: its first week (days since the beginning / DAYS) and its part of it; `last_week`: 0 for the same; `last_entered`: as
        stored.
        """
        self._span = span
        self._last_entered = last_entered
        self.key = key
        self.last_week = last_week or key[0]
        self.rows = rows

    @property
    def last_entered(self) -> int:
        """When the latest of its versions was entered."""
        return self._last_entered or max(self.column("entered_at").values)

    def column(self, name: str) -> Packed:
        """One of COLUMNS, or the texts to search in."""
        return self._span.column(name)[self.key]

    def versions(self, mask: Mask) -> Iterable[int]:
        """Of these rows, a number for the version that each is of."""
        return masked(accumulate(self.column("first_case").all()), mask)


class _Span:
    """Pieces whose columns are read together."""

    def __init__(self, tx: UnitOfWork, rows: Sequence[RowMapping], needed: Collection[str]) -> None:
        self._tx = tx
        self._columns: dict[str, Found] = {}
        self._built = [(row["segment"], row["part"]) for row in rows if row["state"] == BUILT]
        self._needed = [*dict.fromkeys(["first_case", *(name for name in needed if name not in _TEXTS)])]
        self._runs = [
            (run[0]["segment"] * DAYS, run[-1]["segment"] * DAYS + DAYS - 1)
            for loose, run in ((loose, list(run)) for loose, run in groupby(rows, lambda row: row["state"] != BUILT))
            if loose
        ]
        self._loose: dict[tuple[int, int], int] = {}  # of weeks that are not packed, with the last of them
        self._cuts: list[list[tuple[tuple[int, int], int, int]]] = []  # of each run: pieces, and the rows from and to
        if self._runs:
            self._read_loose(self._needed)
        known = {(row["segment"], row["part"]): row for row in rows}
        self.pieces = [Piece(self, key, known[key]["rows"], last_entered=known[key]["last_entered"]) for key in self._built]
        self.pieces += [Piece(self, key, self._columns["first_case"][key].rows, last_week=last) for key, last in self._loose.items()]
        self.pieces.sort(key=lambda piece: piece.key)

    def column(self, name: str) -> Found:
        found = self._columns.setdefault(name, {})
        if len(found) < len(self._built) + len(self._loose):
            if self._loose and next(iter(self._loose)) not in found:
                self._read_texts(name) if name in _TEXTS else self._read_loose([name])
            if self._built and self._built[0] not in found:
                found.update(self._read_built(name))
        return found

    def _read_built(self, name: str) -> Found:
        keys = set(self._built)
        tx, table = self._tx, self._tx.of(FactTables).columns.name
        mark = _mark(tx)
        sql = f"SELECT segment, part, data FROM {table} WHERE name = {mark} AND segment BETWEEN {mark} AND {mark}"  # noqa: S608 - our own text
        rows = tx.connection.exec_driver_sql(sql, (name, min(keys)[0], max(keys)[0]), execution_options=AS_BYTES)
        every = rows.cursor.fetchall() if rows.cursor is not None else ()
        return {(week, part): read(bytes(data)) for week, part, data in every if (week, part) in keys}

    def _read_loose(self, names: Sequence[str]) -> None:
        """These columns of the weeks that are not packed, straight from the facts."""
        wanted = [*dict.fromkeys(["day", "first_case", *names])]
        for at, (first, last) in enumerate(self._runs):
            told = list(zip(*_facts(self._tx, wanted, first, last), strict=True))
            if len(self._cuts) <= at:
                self._cuts.append(list(_cut(*told[:2])) if told else [])
                self._loose |= {key: told[0][end - 1] // DAYS for key, _, end in self._cuts[at]}
            for name, column in zip(wanted, told, strict=False):
                self._columns.setdefault(name, {}).update({key: packed(column[a:b]) for key, a, b in self._cuts[at]})

    def _read_texts(self, name: str) -> None:
        cases, versions = self.column("case_id"), self.column("version")
        for at, (first, last) in enumerate(self._runs):
            texts = _TEXTS[name](self._tx, first, last)
            for key, _, _ in self._cuts[at]:
                of_rows = zip(cases[key].all(), versions[key].all(), strict=True)
                self._columns[name][key] = packed([texts.get(version, "") for version in of_rows])


def _mark(tx: UnitOfWork) -> str:
    return "?" if tx.connection.dialect.name == "sqlite" else "%s"


def _facts(tx: UnitOfWork, names: Sequence[str], first: int, last: int) -> Sequence[tuple[Any, ...]]:
    """The driver's own rows: thousands of wide ones cost more in SQLAlchemy than in the database."""
    tx.flush()
    mark = _mark(tx)
    table = tx.of(FactTables).facts.name
    sql = f"SELECT {', '.join(names)} FROM {table} WHERE day BETWEEN {mark} AND {mark} ORDER BY day, case_id, version, number"  # noqa: S608 - names are the table's own
    rows = tx.connection.exec_driver_sql(sql, (first, last))
    return rows.cursor.fetchall() if rows.cursor is not None else ()


def _texts(tx: UnitOfWork, first: int, last: int) -> dict[tuple[int, int], str]:
    tables = tx.of(FactTables)
    facts, texts = tables.facts, tables.texts
    same = and_(texts.c.case_id == facts.c.case_id, texts.c.version == facts.c.version)
    query = select(texts.c.case_id, texts.c.version, texts.c.words).select_from(facts.join(texts, same))
    rows: Any = tx.execute(query.where(facts.c.day.between(first, last), facts.c.first_case == 1))
    return {(case, version): words for case, version, words in rows}


def _references(tx: UnitOfWork, first: int, last: int) -> dict[tuple[int, int], str]:
    tables = tx.of(FactTables)
    facts, cases = tables.facts, tables.cases
    query = select(facts.c.case_id, facts.c.version, cases.c.reference).select_from(facts.join(cases, cases.c.id == facts.c.case_id))
    rows: Any = tx.execute(query.where(facts.c.day.between(first, last), facts.c.first_case == 1))
    return {(case, version): reference for case, version, reference in rows}


_TEXTS: Final = {WORDS: _texts, REFERENCE: _references}  # of versions: what is not in their facts


def _cut(days: Sequence[int], firsts: Sequence[int]) -> Iterator[tuple[tuple[int, int], int, int]]:
    """Pieces of rows that lie in order, of MOST_ROWS or a version more: the key (of the first row's week), the first row and the one after.
    What is not packed may hold many weeks with little in each; a piece takes as long as it is long, and a little for itself.
    """
    begin, part = 0, 0
    while begin < len(days):
        end = min(begin + MOST_ROWS, len(days))
        while end < len(days) and not firsts[end]:
            end += 1
        week = days[begin] // DAYS
        yield (week, part), begin, end
        part = part + 1 if end < len(days) and days[end] // DAYS == week else 0
        begin = end


def pieces(tx: UnitOfWork, days: Days, needed: Collection[str], *, newest_first: bool = False) -> Iterator[Piece]:
    """Every piece with facts of these days, and of days beside them in the same weeks. `needed`: columns that will be asked for."""
    segments = tx.of(FactTables).segments
    within = [segments.c.segment >= days[0].toordinal() // DAYS] if days[0] is not None else []
    within += [segments.c.segment <= days[1].toordinal() // DAYS] if days[1] is not None else []
    rows = _whole(tx.rows(select(segments).where(*within).order_by(segments.c.segment, segments.c.part)))
    most = FIRST_AT_ONCE if newest_first else AT_ONCE
    while rows:
        taken = rows[-most:] if newest_first else rows[:most]
        rows = rows[:-most] if newest_first else rows[most:]
        most = min(AT_ONCE, 2 * most)
        span = _Span(tx, taken, needed)
        yield from reversed(span.pieces) if newest_first else span.pieces


def _whole(rows: Sequence[RowMapping]) -> list[RowMapping]:
    """Without the parts of a week that has changed since they were packed."""
    changed = {row["segment"] for row in rows if row["state"] != BUILT}
    return [row for row in rows if row["state"] != BUILT or row["segment"] not in changed]


def in_days(piece: Piece, days: Days) -> tuple[int, int] | None:
    """The first and the last day to be looked for among the rows of a piece; None where all its days are within."""
    first = days[0].toordinal() if days[0] is not None else 0
    begin, end = piece.key[0] * DAYS, piece.last_week * DAYS + DAYS - 1
    last = days[1].toordinal() if days[1] is not None else end
    return None if first <= begin and last >= end else (first, last)


# --- packing ------------------------------------------------------------------------------------------------------------


def _any_changed(tx: UnitOfWork) -> bool:
    segments = tx.of(FactTables).segments
    return tx.one(select(segments.c.segment).where(segments.c.state == CHANGED).limit(1)) is not None


def pack_portion(tx: UnitOfWork, most: int = PORTION) -> int:
    """Pack weeks that have changed, latest first, until so many facts are packed or none is left; how many weeks."""
    segments = tx.of(FactTables).segments
    query = select(segments.c.segment).where(segments.c.state == CHANGED).order_by(segments.c.segment.desc()).limit(AT_ONCE)
    taken = facts = 0
    for row in tx.rows(query):
        facts += _pack(tx, row["segment"])
        taken += 1
        if facts >= most:
            break
    return taken


def _pack(tx: UnitOfWork, week: int) -> int:
    tables = tx.of(FactTables)
    first = week * DAYS
    told = list(zip(*_facts(tx, COLUMNS, first, first + DAYS - 1), strict=True))
    number = len(told[0]) if told else 0
    for table in (tables.segments, tables.columns):
        tx.execute(delete(table).where(table.c.segment == week))
    if number < WORTH_IT:
        if number:
            tx.insert(tables.segments, {"segment": week, "part": 0, "state": SMALL, "rows": number, "last_entered": 0})
        return number
    named = dict(zip(COLUMNS, told, strict=True))
    for name, read_texts in _TEXTS.items():
        texts = read_texts(tx, first, first + DAYS - 1)
        named[name] = tuple([texts.get(version, "") for version in zip(named["case_id"], named["version"], strict=True)])
    for (_, part), begin, end in _cut(named["day"], named["first_case"]):
        for name, column in named.items():
            data = written(packed(column[begin:end]))
            tx.insert(tables.columns, {"name": name, "segment": week, "part": part, "data": data})
        row = {"segment": week, "part": part, "state": BUILT, "rows": end - begin, "last_entered": max(named["entered_at"][begin:end])}
        tx.insert(tables.segments, row)
    return number


KEEPING_SEGMENTS: Final = Duty("segments", _any_changed, pack_portion)
