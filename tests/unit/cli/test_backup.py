"""Backup and restore of a real home: permitted, whole, only while the node is stopped, and nothing of the old state lives on."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import time
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World


def backed_up(world: World) -> str:
    file = str(world.folder / "monday.backup")
    assert world.at("backup", file).json["node"] == "ncp.jm"
    return file


def sign_in(world: World) -> None:
    assert world.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0


def users(world: World) -> set[str]:
    return {row["user"] for row in world.at("users", "list").json}


def test_a_restored_database_is_the_one_of_the_backup(world: World) -> None:
    file = backed_up(world)
    assert world.at("users", "add", "later.one", "--role", "officer", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    done = world.at("restore", file).json
    assert "later.one" in str(closing_users(done["aside"]))
    assert world.at("whoami").refusal == "access.session-ended"  # every session ended
    with closing(sqlite3.connect(world.home() / "liaison.db")) as connection:
        assert connection.execute("SELECT count(*) FROM devices").fetchone() == (0,)  # and nothing is known that was shut out since
    sign_in(world)
    assert "later.one" not in users(world)
    assert world.at("audit", "verify").json["whole"] is True
    assert "node.restore" in [row["action"] for row in world.at("audit", "show").json]


def closing_users(database: str) -> list[tuple[str]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT name FROM users").fetchall()


def test_a_backup_is_written_once_and_into_the_audit(world: World) -> None:
    file = backed_up(world)
    assert world.at("backup", file).refusal == "backup.exists"
    assert world.at("backup", str(world.folder / "absent" / "file")).refusal == "file.unusable"
    assert world.at("audit", "show", "--last", "1").json[0]["action"] == "node.backup"
    assert [path.name for path in world.folder.iterdir() if "copy" in path.name or ".new" in path.name] == []


def test_a_folder_that_is_not_there_is_named(world: World) -> None:
    answer = world.at("backup", str(world.folder / "stick" / "monday.backup"))
    assert answer.refusal == "file.unusable"
    assert str(world.folder / "stick: ") in answer.err


def test_nothing_is_restored_under_a_running_node(world: World) -> None:
    file = backed_up(world)
    with closing(sqlite3.connect(world.home() / "liaison.db")) as database:
        until = int(time.time() * 1000) + 60_000
        database.execute("INSERT INTO leases VALUES ('node', 'another process', 7, ?)", (until,))
        database.commit()
    answer = world.at("restore", file)
    assert (answer.code, answer.refusal) == (4, "node.running")
    assert world.at("database", "upgrade").refusal == "node.running"


def test_the_backup_of_another_node_is_refused(world: World) -> None:
    file = backed_up(world)
    answer = world.at("restore", file, node="rilo.car")
    assert (answer.code, answer.refusal) == (1, "backup.foreign")


@pytest.mark.parametrize("how", ["cut", "text", "absent"])
def test_what_is_no_whole_backup_changes_nothing(world: World, how: str) -> None:
    file = world.folder / "monday.backup"
    backed_up(world)
    if how == "cut":
        file.write_bytes(file.read_bytes()[:-200])
    elif how == "text":
        file.write_text("dear diary")
    else:
        file.unlink()
    assert world.at("restore", str(file)).refusal in {"backup.bad", "file.unusable"}
    assert "first.admin" in users(world)


def test_a_person_without_the_right_restores_nothing(world: World) -> None:
    file = backed_up(world)
    assert world.at("restore", file, who="auditor").refusal == "access.not-permitted"
    assert world.at("restore", file, who="nobody").refusal == "access.not-signed-in"


@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_a_lost_or_damaged_database_is_restored_by_whoever_holds_the_folder(world: World, how: str) -> None:
    file = backed_up(world)
    for path in world.home().glob("liaison.db*"):
        path.unlink()
    if how == "damaged":
        (world.home() / "liaison.db").write_bytes(b"nothing that a database would say" * 400)
    assert world.at("restore", file, who="nobody").code == 0
    sign_in(world)
    assert "first.admin" in users(world)
    assert world.at("audit", "show", "--last", "2").json[0]["who"] == "system"
    assert len(list(world.home().glob("*replaced*"))) == (1 if how == "damaged" else 0)


def test_no_working_copy_stays_behind(world: World) -> None:
    file = backed_up(world)
    assert world.at("restore", file).code == 0
    assert not list(world.home().glob(".restore*"))
    shutil.rmtree(world.home() / "sessions")


def test_the_version_of_the_tables_is_shown_and_upgrading_again_does_nothing(world: World) -> None:
    shown = world.at("database", "show").json
    assert shown["lacks"] == []
    assert any(revision.startswith("liaison_") for revision in shown["has"])
    assert world.at("database", "upgrade").json == {"applied": []}


def test_a_lost_sealing_key_comes_back_and_none_is_replaced(world: World) -> None:
    made = world.at("keys", "renew").json["key_id"]
    file, folder = backed_up(world), world.home() / "keys" / "sealing"
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(held) == 2
    (folder / f"{made}.pem").unlink()
    done = world.at("restore", file).json
    assert done["sealing_back"] == [made]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == held
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    sign_in(world)
    assert all(row["file"] for row in world.at("keys", "show").json)


def test_attack_a_backup_that_would_write_a_key_outside_its_folder_changes_nothing(world: World) -> None:
    file, forged = backed_up(world), world.folder / "forged.backup"
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(forged, "w") as made:
        manifest = json.loads(archive.read("manifest.json"))
        manifest["sealing"] = {"../events": hashlib.sha256(b"mine").hexdigest()}
        made.writestr("manifest.json", json.dumps(manifest))
        made.writestr("sealing/../events", b"mine")
        made.writestr("database", archive.read("database"))
    before = (world.home() / "keys" / "events.pem").read_bytes()
    assert world.at("restore", str(forged)).refusal == "backup.bad"
    assert (world.home() / "keys" / "events.pem").read_bytes() == before
