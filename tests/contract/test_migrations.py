"""Migrations: an upgraded database is the declared one, on SQLite and on PostgreSQL; a foreign or newer one is refused."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from liaison import migrations
from liaison.assembly import kind_of, node_spec
from liaison.migrations import SchemaAhead, SchemaBehind, SchemaUnknown, current, known, pending, require_current, upgrade
from liaison.migrations.__main__ import main
from liaison.migrations.errors import MigrationsMissing
from liaison.migrations.running import alembic_config
from liaison.migrations.shape import differences, shape
from liaison.migrations.wanted import wanted_tables
from liaison.node.database import Database, DatabaseFailed
from liaison.testing import MemoryFederation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    """A write transaction, and every connection closed afterwards."""
    database = Database(url)
    try:
        with database.writing() as connection:
            yield connection
    finally:
        database.close()


def shape_of(url: str) -> frozenset[str]:
    with opened(url) as connection:
        return shape(connection)


def tables_of(url: str) -> list[str]:
    with opened(url) as connection:
        return sorted(inspect(connection).get_table_names())


def is_one_of(tables: frozenset[str], name: str, kind: str, _parents: object) -> bool:
    """What Alembic compares: these tables with all they have."""
    return kind != "table" or name in tables


def make_declared(url: str) -> None:
    """The tables as the code declares them, without Alembic."""
    with opened(url) as connection:
        wanted_tables().create_all(connection)


def test_an_upgraded_database_is_the_declared_one(new_database: Callable[[str], str]) -> None:
    upgrade(new_database("migrated"))
    make_declared(new_database("declared"))
    assert differences(shape_of(new_database("migrated")), shape_of(new_database("declared"))) == []


def test_every_kind_of_node_finds_its_tables(database_url: str, tmp_path: Path) -> None:
    upgrade(database_url)
    with MemoryFederation(tmp_path, lambda name: node_spec(kind_of(name))) as federation, opened(database_url) as connection:
        for name in ("ncp.br", "rilo.sa", "wco.hub"):
            declared = federation.start(name).nodes[name].node.metadata
            context = MigrationContext.configure(connection, opts={"include_name": partial(is_one_of, frozenset(declared.tables))})
            assert compare_metadata(context, declared) == []
            assert declared.tables.keys() <= wanted_tables().tables.keys()


def test_nothing_but_the_declared_tables_is_made(database_url: str) -> None:
    upgrade(database_url)
    assert set(tables_of(database_url)) == wanted_tables().tables.keys() | {migrations.VERSION_TABLE}


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    assert pending(database_url) == upgrade(database_url) == [revision for branch in known().values() for revision in branch]
    before = shape_of(database_url)
    assert upgrade(database_url) == []
    assert shape_of(database_url) == before
    require_current(database_url)


def test_the_database_says_what_it_has(database_url: str) -> None:
    assert current(database_url) == {}
    upgrade(database_url)
    assert current(database_url) == {branch: revisions[-1] for branch, revisions in known().items()}


def test_two_upgrades_at_once_apply_each_revision_once(database_url: str) -> None:
    start = Barrier(2)

    def one(_: int) -> list[str]:
        start.wait()
        return upgrade(database_url)

    with ThreadPoolExecutor(2) as threads:
        applied = sorted(threads.map(one, range(2)))
    assert applied == [[], [revision for branch in known().values() for revision in branch]]


def test_an_upgrade_that_fails_leaves_nothing_behind(database_url: str) -> None:
    with opened(database_url) as connection:
        connection.execute(text("CREATE TABLE seizure_lines (mine INTEGER)"))
    with pytest.raises(DatabaseFailed):
        upgrade(database_url)
    assert tables_of(database_url) == ["seizure_lines"]


def test_an_empty_database_is_behind(database_url: str) -> None:
    with pytest.raises(SchemaBehind) as refused:
        require_current(database_url)
    assert refused.value.code == "database.schema-behind"
    assert "liaison database upgrade" in refused.value.sentence


@pytest.mark.parametrize("revision", ["liaison_9999", "statistics_0001"])
def test_a_database_of_a_newer_version_is_left_alone(database_url: str, revision: str) -> None:
    upgrade(database_url)
    with opened(database_url) as connection:
        connection.execute(text("DELETE FROM alembic_version WHERE version_num LIKE :like"), {"like": f"{revision.partition('_')[0]}%"})
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    for refuse in (upgrade, pending, require_current):
        with pytest.raises(SchemaAhead) as refused:
            refuse(database_url)
        assert refused.value.code == "database.schema-ahead"
        assert revision in refused.value.sentence
        assert "newer version" in refused.value.sentence


def test_tables_without_a_version_are_left_alone(database_url: str) -> None:
    make_declared(database_url)
    before = tables_of(database_url)
    with pytest.raises(SchemaUnknown) as refused:
        upgrade(database_url)
    assert refused.value.code == "database.schema-unknown"
    assert tables_of(database_url) == before


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_the_audit_of_an_upgraded_database_is_append_only(database_url: str, change: str) -> None:
    upgrade(database_url)
    with opened(database_url) as connection:
        connection.execute(text("INSERT INTO audit VALUES (1, 0, 'u', 'login', '', '{}', '', '')"))
    with pytest.raises((IntegrityError, DatabaseFailed)), opened(database_url) as connection:
        connection.execute(text(change))
    with opened(database_url) as connection:
        assert connection.execute(text("SELECT who FROM audit")).scalars().all() == ["u"]


# --- the scripts --------------------------------------------------------------------------------------------------------


def test_alembic_sees_the_revisions_that_the_file_names_say() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    for branch, revisions in known().items():
        newest_first = [script.revision for script in scripts.iterate_revisions(f"{branch}@head", f"{branch}@base")]
        assert newest_first[::-1] == revisions
    assert sorted(scripts.get_heads()) == sorted(revisions[-1] for revisions in known().values())


PACKAGES = itertools.count(1)


@pytest.fixture
def another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with a branch of its own; where its revisions go."""
    installed, name = tmp_path / "installed", f"harbour_field_{next(PACKAGES)}"  # an imported module stays: each test has its own
    (installed / "harbour-1.dist-info").mkdir(parents=True)
    (installed / "harbour-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: harbour\nVersion: 1\n")
    (installed / "harbour-1.dist-info" / "entry_points.txt").write_text(f"[liaison.migrations]\nharbour = {name}\n")
    (installed / name / "versions").mkdir(parents=True)
    (installed / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(installed))
    return installed / name / "versions"


REVISION = """
from alembic import op
import sqlalchemy as sa

revision, down_revision, branch_labels, depends_on = "harbour_0001", None, ("harbour",), None


def upgrade() -> None:
    op.create_table("quays", sa.Column("name", sa.String(20), primary_key=True))
"""


def test_another_package_brings_its_own_branch(database_url: str, another_package: Path) -> None:
    (another_package / "harbour_0001.py").write_text(REVISION)
    assert "harbour_0001" in pending(database_url)
    upgrade(database_url)
    assert "quays" in tables_of(database_url)
    assert current(database_url)["harbour"] == "harbour_0001"


def test_a_branch_without_revisions_is_refused(database_url: str, another_package: Path) -> None:
    assert another_package.is_dir()
    with pytest.raises(MigrationsMissing, match="harbour_field"):
        pending(database_url)


# --- the check ----------------------------------------------------------------------------------------------------------


def test_the_check_finds_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "exactly the declared tables" in capsys.readouterr().out


def test_there_is_nothing_to_draft(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draft"]) == 0
    assert "op." not in capsys.readouterr().out


def test_the_tool_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "check" in capsys.readouterr().err


SPOILS = {
    "a table more": "CREATE TABLE extra (id INTEGER PRIMARY KEY)",
    "a column more": "ALTER TABLE users ADD COLUMN shoe_size INTEGER",
    "an index less": "DROP INDEX ix_sessions_user_id",
    "an index more": "CREATE INDEX ix_events_batch_id ON events (batch_id)",
    "another partial index": "CREATE INDEX ix_outbox_later ON outbox (id) WHERE queued_at > 0",
    "a unique index": "CREATE UNIQUE INDEX ix_users_roles ON users (roles)",
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_the_check_sees_a_difference(database_url: str, spoil: str) -> None:
    upgrade(database_url)
    before = shape_of(database_url)
    with opened(database_url) as connection:
        connection.execute(text(spoil))
    assert differences(shape_of(database_url), before)


def test_the_check_sees_a_missing_trigger(database_url: str) -> None:
    upgrade(database_url)
    before = shape_of(database_url)
    with opened(database_url) as connection:
        name = "audit_no_delete" if connection.dialect.name == "sqlite" else "audit_no_change ON audit"
        connection.execute(text(f"DROP TRIGGER {name}"))
    assert differences(shape_of(database_url), before)
