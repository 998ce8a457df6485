"""A node on PostgreSQL: made, backed up with `pg_dump`, restored with the replaced schema kept aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.contract.databases import PostgresServer
    from tests.unit.cli.conftest import World


def sign_in(world: World) -> None:
    assert world.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0


@pytest.mark.parametrize("socket", [True, False])
def test_a_node_on_postgresql_is_backed_up_and_restored(bare: World, postgresql: PostgresServer, *, socket: bool) -> None:
    url = postgresql.url(postgresql.create(), socket=socket)
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation, "--database-url", url).code == 0
    sign_in(bare)
    file = str(bare.folder / "monday.backup")
    made = bare.at("backup", file)
    assert made.json["kind"] == "postgresql"
    assert bare.at("users", "add", "later.one", "--role", "officer", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    done = bare.at("restore", file)
    assert done.json["aside"].startswith("schema replaced_")
    sign_in(bare)
    assert [row["user"] for row in bare.at("users", "list").json] == ["first.admin"]
    assert bare.at("audit", "verify").json["whole"] is True
    assert bare.at("database", "show").json["lacks"] == []
    again = str(bare.folder / "tuesday.backup")  # what was set aside is not in the next backup
    assert bare.at("backup", again).json["size"] < made.json["size"] * 2


def test_a_restore_that_fails_leaves_the_database_as_it_was(bare: World, postgresql: PostgresServer) -> None:
    name = postgresql.create()
    url = postgresql.url(name)
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation, "--database-url", url).code == 0
    sign_in(bare)
    file = str(bare.folder / "monday.backup")
    assert bare.at("backup", file).code == 0
    with postgresql.connect(name) as connection:  # something in the way: a name the restore needs, in no schema of ours
        connection.execute("CREATE FUNCTION public.in_the_way() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$")
        connection.execute("CREATE EVENT TRIGGER no_tables ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION in_the_way()")
    answer = bare.at("restore", file)
    assert (answer.code, answer.refusal) == (4, "database.dump-failed")
    assert [row["user"] for row in bare.at("users", "list").json] == ["first.admin"]
