"""Applying revisions with Alembic: all branches, one write transaction (so one process at a time), no ini file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config

from liaison.migrations import missing, packages
from liaison.node.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONNECTION: Final = "connection"


def upgrade_to_heads(url: str) -> list[str]:
    """See `liaison.migrations.upgrade`."""
    database = Database(url)
    try:
        with database.writing() as connection:
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
