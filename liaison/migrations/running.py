"""Applying revisions with Alembic: all branches, one transaction, one process at a time, no ini file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from liaison.migrations import missing, packages
from liaison.node.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LOCK: Final = int.from_bytes(hashlib.sha256(b"liaison/migrations/1").digest()[:7], "big")
CONNECTION: Final = "connection"


def upgrade_to_heads(url: str) -> list[str]:
    """See `liaison.migrations.upgrade`."""
    database = Database(url)
    try:
        with database.writing() as connection:
            if connection.dialect.name == "postgresql":  # on SQLite the write lock is already held
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            lacking = missing(connection)
            if lacking:
                command.upgrade(alembic_config(connection), "heads")
            return lacking
    finally:
        database.close()


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for this program's branches; `connection` has a transaction begun."""
    config = Config()
    config.set_main_option("script_location", f"{__package__}:")
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(f"{package}:versions" for package in packages().values()))
    config.attributes[CONNECTION] = connection
    return config
