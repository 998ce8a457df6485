"""What Alembic loads to run revisions: on the caller's connection, whose transaction makes the whole upgrade one step or none."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Run what was asked for."""
    context.configure(connection=context.config.attributes["connection"])
    context.run_migrations()


if __name__ == "env_py":  # the name Alembic gives this file; importing it as a module does nothing
    run()
