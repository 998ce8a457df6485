"""The upkeep of a node in its console: sealing keys, the member list, backups; what commands do, for who has no shell; nothing secret."""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from liaison.cli.counter import HomeCounter
from liaison.node.backup import read_manifest
from liaison.node.cards import read_card
from liaison.protocol.sealing import sealing_key_id
from liaison.settings import load_settings
from liaison.terminal import Terminal
from tests.served import Seen, Visitor, served
from tests.unit.cli.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cli.conftest import World


@contextmanager
def console(world: World) -> Iterator[int]:
    """The console of the contact point; its port."""
    with closing(HomeCounter(Terminal(), world.home(), None)) as counter, served(counter.node) as port:
        yield port


@pytest.fixture
def keeper(world: World) -> Iterator[Visitor]:
    with console(world) as port:
        yield Visitor(port).sign_in("some.administrator", PASSWORD)


def worked(visitor: Visitor, begun: Seen) -> Seen:
    """The page to which long work led."""
    for _ in range(2_000):
        seen = visitor.get(begun.to)
        if seen.status == 303:
            return visitor.get(seen.to)
        if "Working." not in seen.text and 'http-equiv="refresh"' not in seen.html:
            return seen
    raise AssertionError(seen.text)


def test_a_sealing_key_is_made_announced_and_shown(world: World, keeper: Visitor) -> None:
    (before,) = world.at("keys", "show").json
    page = keeper.get("/node/keys")
    assert f"{before['key_id']} in force" in page.text
    assert "The card waits" not in page.text
    made = keeper.follow(keeper.send("/node/keys", "/node/keys/renew"))
    assert "The new sealing key is" in made.text
    new = next(one["key_id"] for one in world.at("keys", "show").json if not one["listed"])
    assert f"{new} waits to be listed" in made.text
    sent = keeper.send("/node/keys", "/node/keys/card")
    assert sealing_key_id(read_card(sent.raw).sealing) == new
    assert b"PRIVATE" not in sent.raw
    assert "attachment" in sent.headers["content-disposition"]
    actions = [(row["action"], row["facts"].get("what")) for row in world.at("audit", "show", "--last", "2").json]
    assert actions == [("keys.renew", None), ("keys.renew", "card taken out")]
    (world.home() / "keys" / "sealing" / f"{before['key_id']}.pem").unlink()
    lost = keeper.get("/node/keys")
    assert "file missing" in lost.text
    assert "does not open" in lost.text


def test_a_node_looks_for_a_newer_list_in_the_folder_it_knows_and_nowhere_else(world: World, keeper: Visitor) -> None:
    assert world.at("trust", "update", "--from", str(world.folder / "trust")).code == 0
    assert str(world.folder / "trust") in keeper.get("/node/list").text
    same = keeper.follow(keeper.send("/node/list", "/node/list/update"))
    assert "No newer list is there" in same.text
    signing = ["--trust", str(world.folder / "trust"), "--keys", str(world.folder / "keys")]
    keeper.follow(keeper.send("/node/keys", "/node/keys/renew"))
    assert world.cli("federation", "admit", str(world.home() / "card.json"), *signing, "--yes").code == 0
    newer = keeper.follow(keeper.send("/node/list", "/node/list/update", folder="/etc", source="/etc", **{"from": "/etc"}))
    assert "is in force now." in newer.text
    assert "/etc" not in newer.text
    assert [one["listed"] for one in world.at("keys", "show").json] == [True, True]
    assert "waits to be listed" not in keeper.get("/node/keys").text


def test_trust_files_that_are_gone_or_forged_leave_the_list_alone(world: World, keeper: Visitor) -> None:
    assert world.at("trust", "update", "--from", str(world.folder / "trust")).code == 0
    version = world.at("trust", "show").json["version"]
    target = next((world.folder / "trust" / "targets").glob("*members.json"))
    target.write_bytes(target.read_bytes().replace(b"rilo.car", b"rilo.cat"))
    for path in (world.folder / "trust" / "metadata").glob("*timestamp.json"):
        path.write_bytes(path.read_bytes().replace(b'"sig": "', b'"sig": "00'))
    forged = keeper.send("/node/list", "/node/list/update")
    assert (forged.status, "trust." in forged.text) == (422, True)
    shutil.rmtree(world.folder / "trust")
    gone = keeper.send("/node/list", "/node/list/update")
    assert (gone.status, "trust." in gone.text) == (422, True)
    assert world.at("trust", "show").json["version"] == version


def test_a_backup_is_made_into_the_nodes_folder_and_told(world: World) -> None:
    with console(world) as port:
        keeper = Visitor(port).sign_in("some.administrator", PASSWORD)
        assert "No backup of this node was ever made." in keeper.get("/node/backups").text
        assert "LIAISON_BACKUP_FOLDER" in keeper.get("/node/backups").text
        assert "backup.no-folder" in keeper.send("/node/backups", "/node/backups").text
    assert world.at("backup").refusal == "backup.no-folder"
    folder = world.folder / "stick"
    with (world.home() / "node.env").open("a") as settings:
        settings.write(f"LIAISON_BACKUP_FOLDER={folder}\n")
    with console(world) as port:
        keeper = Visitor(port).sign_in("some.administrator", PASSWORD)
        assert "upkeep.folder-unusable" in keeper.get("/node/backups").text
        folder.mkdir()
        page = worked(keeper, keeper.send("/node/backups", "/node/backups", file="/etc/passwd"))
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o077 == 0
        manifest = read_manifest(file)
        assert file.name in page.text
        assert manifest.sha256 in page.text
        rows = [(row["action"], row["subject"]) for row in world.at("audit", "show", "--last", "2").json]
        assert rows == [("node.backup", file.name)] * 2  # begun, and written
        keeper.follow(keeper.send("/node/keys", "/node/keys/renew"))
        new = next(one["key_id"] for one in world.at("keys", "show").json if not one["listed"])
        assert f"The sealing key {new}, made since." in keeper.get("/node/backups").text
    assert world.at("backup").code == 0
    assert len(list(folder.iterdir())) == 2
    with zipfile.ZipFile(file) as archive:
        assert "database" in archive.namelist()


def test_a_full_or_foreign_disk_is_a_sentence_and_leaves_nothing(world: World) -> None:
    folder = world.folder / "stick"
    folder.write_text("a file in its place")
    with (world.home() / "node.env").open("a") as settings:
        settings.write(f"LIAISON_BACKUP_FOLDER={folder}\n")
    with console(world) as port:
        keeper = Visitor(port).sign_in("some.administrator", PASSWORD)
        seen = worked(keeper, keeper.post("/node/backups", {"csrf": keeper.get("/node").csrf}))
        assert "upkeep.folder-unusable" in seen.text
        assert "was ever made" in keeper.get("/node/backups").text


@pytest.mark.parametrize("who", ["officer", "analyst", "releaser", "verifier", "auditor", "drafter"])
def test_the_upkeep_is_the_administrators(world: World, who: str) -> None:
    with console(world) as port:
        visitor = Visitor(port).sign_in(f"some.{who}", PASSWORD)
        csrf = visitor.get("/").csrf
        for path in ("/node/keys/renew", "/node/keys/card", "/node/list/update", "/node/backups"):
            assert visitor.post(path, {"csrf": csrf}).status == 403, path
        seen = [visitor.get(path).status for path in ("/node/keys", "/node/list", "/node/backups")]
        assert seen == [200 if who == "auditor" else 403, 403, 403]
        if who == "auditor":
            assert "Make a new key" not in visitor.get("/node/keys").text
    assert json.loads((world.home() / "card.json").read_text())["made_at"]


def test_a_setting_that_is_left_empty_is_none_and_no_folder(tmp_path: Path) -> None:
    """As deploy/node.env.example leaves them: an empty path would be the folder in which the node was started."""
    (tmp_path / "node.env").write_text("LIAISON_NODE=ncp.jm\nLIAISON_ENVIRONMENT=training\nLIAISON_BACKUP_FOLDER=\nLIAISON_CONSOLE_TLS=\n")
    settings = load_settings(tmp_path)
    assert (settings.backup_folder, settings.console_tls) == (None, None)
