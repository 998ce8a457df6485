"""What a database's tables look like, as lines that can be compared, read from the catalogue of SQLite or PostgreSQL.

Stricter than Alembic's comparison, which does not see keys, partial indexes, triggers, or tables without row ids. The order of
columns is left out, because an upgrade adds new ones at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection


def shape(connection: Connection) -> frozenset[str]:
    """One line for each table, column, key, index, trigger and function, Alembic's own table left out."""
    return frozenset(_sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection))


def differences(migrated: frozenset[str], declared: frozenset[str]) -> list[str]:
    """Sentences about what the revisions make and the code does not declare, and the other way round; empty when equal."""
    lacking = [f"declared, but no revision makes it: {line}" for line in sorted(declared - migrated)]
    return lacking + [f"made by the revisions, but not declared: {line}" for line in sorted(migrated - declared)]


# --- SQLite -------------------------------------------------------------------------------------------------------------

_TABLES = """
SELECT m.name, l.wr FROM sqlite_master m JOIN pragma_table_list l ON l.name = m.name AND l.schema = 'main'
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'alembic_version'
"""


def _sqlite(connection: Connection) -> list[str]:
    lines = []
    for name, without_rowid in connection.execute(text(_TABLES)).all():
        lines.append(f"table {name}{' without rowid' if without_rowid else ''}")
        for column in connection.execute(text(f"PRAGMA table_info({name})")):
            default = "" if column.dflt_value is None else f" default {column.dflt_value}"
            null = "not null" if column.notnull else "null"
            lines.append(f"column {name}.{column.name} {column.type} {null}{default} key {column.pk}")
        lines += [_sqlite_index(connection, name, row) for row in connection.execute(text(f"PRAGMA index_list({name})")).all()]
    triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return lines + [f"trigger {row.name}: {' '.join(row.sql.split())}" for row in triggers]


def _sqlite_index(connection: Connection, table: str, index: object) -> str:
    name, unique, origin, partial = index.name, index.unique, index.origin, index.partial  # type: ignore[attr-defined]
    columns = ", ".join(str(row.name) for row in connection.execute(text(f"PRAGMA index_info({name})")))
    if origin != "c":  # made by a key or a unique constraint; SQLite names it by the order in the table's text
        return f"constraint on {table}: {'primary key' if origin == 'pk' else 'unique'} ({columns})"
    sql = str(connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}).scalar_one())
    where = f" where{' '.join(sql.partition(' WHERE')[2].split())}" if partial else ""
    return f"{'unique ' if unique else ''}index {name} on {table} ({columns}){where}"


# --- PostgreSQL ---------------------------------------------------------------------------------------------------------

_MINE = """
SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i', 'S')
AND relname NOT LIKE 'alembic_version%'
"""
_CATALOGUE = (
    "SELECT 'table ' || relname FROM pg_class WHERE relkind = 'r' AND oid = ANY(:mine)",
    """SELECT concat('column ', relname, '.', attname, ' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' not null'
        ELSE ' null' END, ' default ' || pg_get_expr(adbin, adrelid)) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND pg_class.oid = ANY(:mine)""",
    """SELECT concat('constraint ', conname, ' on ', relname, ': ', pg_get_constraintdef(pg_constraint.oid))
        FROM pg_constraint JOIN pg_class ON conrelid = pg_class.oid WHERE pg_class.oid = ANY(:mine)""",
    "SELECT 'index ' || pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND oid = ANY(:mine)",
    "SELECT 'sequence ' || relname FROM pg_class WHERE relkind = 'S' AND oid = ANY(:mine)",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY(:mine)",
)
_FUNCTIONS = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"


def _postgresql(connection: Connection) -> list[str]:
    mine = list(connection.execute(text(_MINE)).scalars())
    lines = [line for query in _CATALOGUE for line in connection.execute(text(query), {"mine": mine}).scalars()]
    return [" ".join(str(line).split()) for line in [*lines, *connection.execute(text(_FUNCTIONS)).scalars()]]
