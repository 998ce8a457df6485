"""The versions of a node's tables: one numbered line of revisions (a branch) per package, and which of them a database has.

Revision ids are file names: `liaison_0002.py` in `versions/` follows `liaison_0001.py`, so that a start-up check needs no Alembic.
Other packages announce theirs by the entry point group `liaison.migrations`: branch name = package with a folder `versions`.
"""

from __future__ import annotations

from importlib import resources
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from sqlalchemy import column, inspect, select, table

from liaison.migrations.errors import MigrationsMissing, SchemaAhead, SchemaBehind, SchemaUnknown
from liaison.node.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

ENTRY_POINTS: Final = "liaison.migrations"
BRANCH: Final = "liaison"
VERSION_TABLE: Final = "alembic_version"
FIRST_TABLE: Final = "node_state"  # in every node's database from the first revision on

__all__ = ["MigrationsMissing", "SchemaAhead", "SchemaBehind", "SchemaUnknown", "current", "pending", "require_current", "upgrade"]


def upgrade(url: str) -> list[str]:
    """Bring the database to this program's version in one transaction; the revisions that were applied, oldest first.

    Repeating it does nothing. Raises SchemaAhead, SchemaUnknown, DatabaseFailed; then nothing was changed.
    """
    from liaison.migrations.running import upgrade_to_heads  # noqa: PLC0415 - Alembic is slow to import, and a start needs only `pending`

    return upgrade_to_heads(url)


def current(url: str) -> dict[str, str]:
    """The newest applied revision of each branch; empty for a database without tables. Raises DatabaseFailed."""
    database = Database(url)
    try:
        with database.reading() as connection:
            return applied(connection)
    finally:
        database.close()


def pending(url: str) -> list[str]:
    """The revisions this database still lacks, in the order they will be applied. Raises SchemaAhead, SchemaUnknown, DatabaseFailed."""
    database = Database(url)
    try:
        with database.reading() as connection:
            return missing(connection)
    finally:
        database.close()


def require_current(url: str) -> None:
    """What a node asks before it starts. Raises SchemaBehind, SchemaAhead, SchemaUnknown, DatabaseFailed."""
    lacking = pending(url)
    if lacking:
        raise SchemaBehind(f"The database lacks {len(lacking)} upgrade step(s), the first is {lacking[0]}.", pending=lacking)


def packages() -> dict[str, str]:
    """Each branch and the package that holds its revisions; the engine's own first."""
    return {BRANCH: __name__} | {entry.name: entry.value for entry in sorted(entry_points(group=ENTRY_POINTS))}


def known() -> dict[str, list[str]]:
    """The revisions of each branch that this program has, oldest first. Raises MigrationsMissing."""
    return {branch: _revisions(branch, package) for branch, package in packages().items()}


def _revisions(branch: str, package: str) -> list[str]:
    folder = resources.files(package) / "versions"
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    found = sorted(name.removesuffix(".py") for name in names if name.startswith(f"{branch}_") and name.endswith(".py"))
    if not found:
        raise MigrationsMissing(f"{package} announces migrations but has none.")
    return found


def applied(connection: Connection) -> dict[str, str]:
    """As `current`, in the caller's transaction."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return {}
    rows = connection.execute(select(table(VERSION_TABLE, column("version_num")))).scalars()
    return {revision.rpartition("_")[0]: revision for revision in sorted(rows)}


def missing(connection: Connection) -> list[str]:
    """As `pending`, in the caller's transaction."""
    found, have = applied(connection), known()
    for branch, revision in found.items():
        if revision not in have.get(branch, []):
            raise SchemaAhead(f"The database is at {revision}, which this version of the program does not know.", revision=revision)
    if BRANCH not in found and inspect(connection).has_table(FIRST_TABLE):
        raise SchemaUnknown
    return [revision for branch, all_of_it in have.items() for revision in all_of_it if revision > found.get(branch, "")]
