"""Buffered rows: many are written by one statement, in the way the database takes them best. Texts must fit, on every database alike."""

from __future__ import annotations

from importlib import import_module
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, bindparam, delete, update
from sqlalchemy.exc import DBAPIError

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table

    _Together = Callable[[Connection, Sequence[tuple[Any, ...]]], None]

TOGETHER_FROM = 16  # rows that are worth a statement of their own on PostgreSQL


class TextUnfit(LiaisonError):  # noqa: N818 - named for the state
    """A text cannot be stored as it is; no database may be more patient than another."""

    code = "text.unfit"
    next_step = "Shorten the text, or take its control characters out."


_NO_TEXT = frozenset((None, ""))


def _ensure_fits(texts: Collection[str], column: str, most: int) -> None:
    """SQLite would take text of any length, and PostgreSQL no NUL. Raises TextUnfit; says where, never what."""
    if most and max(map(len, texts), default=0) > most:
        raise TextUnfit(phrase("A text for {column} has more than {most} characters.", column=column, most=most))
    if "\0" in "".join(texts):
        raise TextUnfit(phrase("A text for {column} has a NUL character.", column=column))


def ensure_fits(table: Table, row: Mapping[str, Any]) -> None:
    """The same for a row that is not written in bulk. Raises TextUnfit."""
    for name, value in row.items():
        kind = table.c[name].type
        if isinstance(kind, String) and value:
            _ensure_fits({value}, f"{table.name}.{name}", kind.length or 0)


class BulkWriter:
    """Buffered rows per statement; the SQL text is compiled once per table, shape and dialect."""

    def __init__(self, connection: Connection) -> None:
        """All rows go to this connection's transaction."""
        self._connection = connection
        self._rows: dict[_Shape, list[tuple[Any, ...]]] = {}
        self._pick: dict[_Shape, Callable[[Mapping[str, Any]], tuple[Any, ...]]] = {}
        self._changing: dict[str, _Shape] = {}  # tables with buffered updates, and their shape
        self._open: dict[tuple[str, str, int], tuple[list[tuple[Any, ...]], Callable[[Mapping[str, Any]], tuple[Any, ...]]]] = {}

    def add(self, table: Table, row: Mapping[str, Any], mode: str = "") -> None:
        """Buffer a row. `mode`: '' plain insert, 'keep' leave an existing row, '>column' replace it when newer, '=' replace it,
        'change' update the row with this key, if there is one, 'drop' delete it.
        """
        key = (table.name, mode, len(row))
        known = self._open.get(key)
        if known is not None:
            try:  # as many columns as the last row, and every one of its: the same columns, without making their tuple
                known[0].append(known[1](row))
            except KeyError:
                pass
            else:
                return
        shape = (table.name, tuple(row), mode)
        if self._changing.get(table.name, shape) != shape:
            self.flush()  # rows of one shape are written together: nothing may overtake an update of the same table
        if mode not in ("", "keep"):
            self._changing[table.name] = shape
            self._open = {other: rows for other, rows in self._open.items() if other[0] != table.name}
        rows = self._rows.get(shape)
        if rows is None:
            rows = self._rows[shape] = []
            self._pick[shape] = _statement(self._connection, table, shape).pick
        self._open[key] = (rows, self._pick[shape])
        rows.append(self._pick[shape](row))

    def flush(self) -> None:
        """Write everything buffered, table by table in the order of first use."""
        buffered = self._rows
        self.discard()
        for shape, rows in buffered.items():
            statement = _STATEMENTS[self._connection.dialect.name, shape]
            if statement.texts:
                columns = tuple(zip(*rows, strict=True))
                for place, column, most in statement.texts:
                    _ensure_fits(set(columns[place]) - _NO_TEXT, f"{shape[0]}.{column}", most)  # codes repeat a thousand times
            if statement.together and len(rows) >= TOGETHER_FROM:
                statement.together(self._connection, rows)
            else:
                self._connection.exec_driver_sql(statement.sql, rows)

    def discard(self) -> None:
        """Forget what is buffered (after a rollback)."""
        self._rows, self._changing, self._open = {}, {}, {}


def _copied(sql: str) -> _Together:
    """Rows to PostgreSQL as one stream. Raises what a statement would raise."""

    def run(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        driver: Any = connection.connection.driver_connection
        dialect = connection.dialect
        error_of = dialect.loaded_dbapi.Error
        try:
            with driver.cursor() as cursor, cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(row)
        except error_of as error:
            lost = bool(driver.closed)
            raise DBAPIError.instance(
                sql, (), error, error_of, hide_parameters=True, connection_invalidated=lost, dialect=dialect
            ) from error

    return run


def _in_columns(sql: str, keys: Sequence[int]) -> _Together:
    """Rows to PostgreSQL as an array for each column. Of rows with the same values at these places only the last counts."""

    def run(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        given = list({tuple(row[at] for at in keys): row for row in rows}.values()) if keys else rows
        connection.exec_driver_sql(sql, tuple(list(column) for column in zip(*given, strict=True)))

    return run


def _together(table: Table, shape: _Shape, order: Sequence[str], dialect: Dialect) -> _Together | None:
    """How PostgreSQL takes many rows at once: a statement for each row costs it, and us, twice as much and more."""
    arrays = ", ".join(
        f"%s::{'TEXT' if isinstance(table.c[name].type, String) else table.c[name].type.compile(dialect)}[]" for name in order
    )
    quoted = {name: dialect.identifier_preparer.quote(name) for name in (table.name, *order)}  # a column may be called `column`
    into, names = quoted[table.name], ", ".join(quoted[name] for name in order)
    match shape[2]:
        case "":
            return _copied(f"COPY {into} ({names}) FROM STDIN")
        case "keep":
            return _in_columns(f"INSERT INTO {into} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING", ())  # noqa: S608 - names are the table's own
        case "change" | "drop":
            keys = [column.name for column in table.primary_key if column.name in order]  # a part of the key names all that have it
            keys_at = [order.index(name) for name in keys]
            same = " AND ".join(f"{into}.{quoted[name]} = given.{quoted[name]}" for name in keys)
            given = f"unnest({arrays}) AS given({names}) WHERE {same}"
            if shape[2] == "drop":
                return _in_columns(f"DELETE FROM {into} USING {given}", keys_at)  # noqa: S608 - names are the table's own
            changed = ", ".join(f"{quoted[name]} = given.{quoted[name]}" for name in order if name not in keys)
            return _in_columns(f"UPDATE {into} SET {changed} FROM {given}", keys_at)  # noqa: S608 - names are the table's own
    return None


PARAMETER = "given_"  # a bound parameter must not be called like its column in an UPDATE
_Shape = tuple[str, tuple[str, ...], str]


class _Statement(NamedTuple):
    """SQL for executemany with positional parameters, what picks a row's values in their order, and which of them are text."""

    sql: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    texts: tuple[tuple[int, str, int], ...]  # place, column, most characters (0: any number)
    together: _Together | None  # how many rows are written at once where the database has a better way


_STATEMENTS: dict[tuple[str, _Shape], _Statement] = {}  # texts only: tables of the same name have the same columns in every node


def _statement(connection: Connection, table: Table, shape: _Shape) -> _Statement:
    key = (connection.dialect.name, shape)
    found = _STATEMENTS.get(key)
    if found is None:
        is_sqlite = connection.dialect.name == "sqlite"
        inserts = shape[2] not in ("change", "drop")
        statement = _inserted(table, shape, is_sqlite=is_sqlite) if inserts else _changed(table, shape)
        make: Any = type(connection.dialect)
        dialect = make(paramstyle="qmark" if is_sqlite else "format")
        compiled = statement.compile(dialect=dialect)
        order = tuple(compiled.positiontup) if inserts else tuple(name.removeprefix(PARAMETER) for name in compiled.positiontup)
        pick: Any = itemgetter(*order) if len(order) > 1 else lambda row: (row[order[0]],)
        texts = [(place, name, table.c[name].type) for place, name in enumerate(order)]
        lengths = tuple((at, name, kind.length or 0) for at, name, kind in texts if isinstance(kind, String))
        together = None if is_sqlite else _together(table, shape, order, dialect)
        found = _Statement(str(compiled), pick, lengths, together)
        _STATEMENTS[key] = found
    return found


def _changed(table: Table, shape: _Shape) -> Any:  # noqa: ANN401 - SQLAlchemy's own type
    keys = [column for column in table.primary_key if column.name in shape[1]]
    names = {key.name for key in keys}
    changed: dict[str, Any] = {name: bindparam(f"{PARAMETER}{name}", None) for name in shape[1] if name not in names}
    statement: Any = delete(table) if shape[2] == "drop" else update(table).values(changed)
    return statement.where(*(key == bindparam(f"{PARAMETER}{key.name}", None) for key in keys))


def _inserted(table: Table, shape: _Shape, *, is_sqlite: bool) -> Any:  # noqa: ANN401 - two dialects, one shape
    values = dict.fromkeys(shape[1])
    dialect: Any = import_module(f"sqlalchemy.dialects.{'sqlite' if is_sqlite else 'postgresql'}")  # PostgreSQL's is slow to import
    statement: Any = dialect.insert(table).values(values)
    return _on_conflict(statement, table, shape) if shape[2] else statement


def _on_conflict(statement: Any, table: Table, shape: _Shape) -> Any:  # noqa: ANN401 - two dialects, one shape
    keys = [column.name for column in table.primary_key]
    mode = shape[2]
    if mode == "keep":
        return statement.on_conflict_do_nothing()
    changes = {name: statement.excluded[name] for name in shape[1] if name not in keys}
    newer = None if mode == "=" else statement.excluded[mode[1:]] > table.c[mode[1:]]
    return statement.on_conflict_do_update(index_elements=keys, set_=changes, where=newer)
