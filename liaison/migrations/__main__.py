"""`python -m liaison.migrations check|draft`: whether the revisions make the tables that the code declares, and what is missing.

`check` prints each difference and exits 1 if there is one. `draft` prints the Alembic operations that would close it, to be
pasted into a new file `versions/<branch>_<number>.py` and read with care.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from liaison.migrations import upgrade
from liaison.migrations.shape import differences, shape
from liaison.migrations.wanted import wanted_tables
from liaison.node.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def _check(migrated: Connection, declared: Connection) -> int:
    found = differences(shape(migrated), shape(declared))
    sys.stdout.write("".join(f"{line}\n" for line in found) or "The revisions make exactly the declared tables.\n")
    return 1 if found else 0


def _draft(migrated: Connection, _declared: Connection) -> int:
    operations = produce_migrations(MigrationContext.configure(migrated), wanted_tables()).upgrade_ops
    sys.stdout.write("" if operations is None else f"{render_python_code(operations)}\n")
    return 0


TASKS: dict[str, Callable[[Connection, Connection], int]] = {"check": _check, "draft": _draft}


def main(arguments: list[str]) -> int:
    """Run one task on two scratch databases, one made by the revisions and one by the declarations; the exit code."""
    task = TASKS.get(arguments[0]) if len(arguments) == 1 else None
    if task is None:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    with TemporaryDirectory() as folder:
        migrated, declared = (Database(f"sqlite:///{Path(folder) / name}.db") for name in ("migrated", "declared"))
        upgrade(migrated.url)
        wanted_tables().create_all(declared.engine)
        with migrated.reading() as one, declared.reading() as other:
            code = task(one, other)
        migrated.close()
        declared.close()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
