"""Founding a federation, listing nodes, and the member list at a node: what is signed, compared and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World


def signing(world: World, keys: str = "keys") -> list[str]:
    return ["--trust", str(world.folder / "trust"), "--keys", str(world.folder / keys), "--yes", "--json"]


def card(world: World, node: str = "ncp.jm") -> str:
    return str(world.home(node) / "card.json")


def test_a_federation_is_founded_once(bare: World) -> None:
    trust, keys = str(bare.folder / "trust"), str(bare.folder / "more-keys")
    answer = bare.cli("federation", "create", trust, "--environment", "training", "--keys", keys, "--json")
    assert answer.refusal == "ceremony.exists"
    assert not (bare.folder / "more-keys").exists()
    shown = bare.cli("federation", "show", trust, "--json").json
    assert (shown["environment"], shown["version"], shown["members"]) == ("training", 0, [])


@pytest.mark.parametrize(
    ("environment", "keys", "code"),
    [("play", "k", "ceremony.refused"), ("training", "t/k", "federation.keys-handed-out")],
)
def test_a_refused_founding_makes_no_keys(bare: World, environment: str, keys: str, code: str) -> None:
    place = bare.folder / keys
    answer = bare.cli("federation", "create", str(bare.folder / "t"), "--environment", environment, "--keys", str(place), "--json")
    assert answer.refusal == code
    assert not place.exists()


def test_admitting_again_changes_nothing(world: World) -> None:
    answer = world.cli("federation", "admit", card(world), *signing(world))
    assert answer.json == {"version": 1, "members": 2, "admitted": [], "renewed": []}


def test_keys_are_compared_by_a_person(bare: World) -> None:
    assert bare.init("rilo.car", "--root-sha256", bare.federation).code == 0
    words = [word for word in signing(bare) if word != "--yes"]
    assert bare.cli("federation", "admit", card(bare, "rilo.car"), *words).refusal == "federation.not-compared"
    assert bare.cli("federation", "admit", card(bare, "rilo.car"), *signing(bare)).json["admitted"] == ["rilo.car"]


def test_a_contact_point_without_its_office_is_not_listed(bare: World) -> None:
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation).code == 0
    assert bare.cli("federation", "admit", card(bare), *signing(bare)).refusal == "members.bad-list"
    assert bare.cli("federation", "show", str(bare.folder / "trust"), "--json").json["version"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [({"node": "ncp.br"}, "card.bad-signature"), ({"signature": "00" * 64}, "card.bad-signature"), ({"extra": 1}, "card.malformed")],
)
def test_a_changed_card_is_refused(world: World, change: dict[str, object], code: str) -> None:
    file = world.home() / "card.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert world.cli("federation", "admit", str(file), *signing(world)).refusal == code


def test_a_file_that_is_no_card_is_refused(world: World) -> None:
    assert world.cli("federation", "admit", str(world.home() / "liaison.db"), *signing(world)).refusal == "card.malformed"
    assert world.cli("federation", "admit", str(world.home() / "absent"), *signing(world)).refusal == "file.unusable"


def test_a_second_key_under_one_name_is_refused(world: World, bare: World) -> None:
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation).code == 0
    assert world.cli("federation", "admit", card(bare), *signing(world)).refusal == "federation.listed-already"


def test_a_card_for_the_other_environment_is_refused(world: World, bare: World) -> None:
    other = ["--environment", "production"]
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation, *other).code == 0
    assert world.cli("federation", "admit", card(bare), *signing(world)).refusal == "federation.foreign-card"


def test_the_keys_of_another_federation_sign_nothing(world: World, bare: World) -> None:
    words = ["--trust", str(world.folder / "trust"), "--keys", str(bare.folder / "keys"), "--yes", "--json"]
    assert bare.init("rilo.sa", "--root-sha256", bare.federation).code == 0
    assert world.cli("federation", "admit", card(bare, "rilo.sa"), *words).refusal == "federation.foreign-keys"
    renewed = world.cli("federation", "renew", str(world.folder / "trust"), "--keys", str(bare.folder / "keys"), "--json")
    assert renewed.refusal == "federation.foreign-keys"


def test_a_list_somebody_changed_is_not_built_upon(world: World) -> None:
    target = next((world.folder / "trust" / "targets").glob("*.members.json"))
    target.write_bytes(target.read_bytes().replace(b"AMS", b"EUR"))
    assert world.cli("federation", "admit", card(world), *signing(world)).refusal == "trust.refused"


def test_renewing_says_until_when(world: World) -> None:
    answer = world.cli("federation", "renew", str(world.folder / "trust"), "--keys", str(world.folder / "keys"), "--json")
    assert "current_until" in answer.json


def test_a_folder_without_a_federation_is_named(bare: World) -> None:
    assert bare.cli("federation", "show", str(bare.folder / "absent"), "--json").refusal == "ceremony.no-federation"


def test_a_node_takes_the_newer_list_and_shows_it(world: World) -> None:
    assert world.init("ncp.br", "--office", "rilo.car", "--root-sha256", world.federation).code == 0
    assert world.cli("federation", "admit", card(world, "ncp.br"), *signing(world)).json["version"] == 2
    folder = str(world.folder / "trust")
    updated = world.at("trust", "update", "--from", folder).json
    assert (updated["version"], updated["before"], updated["members"]) == (2, 1, 3)
    assert world.at("trust", "update").json["before"] == 2  # the folder is remembered
    shown = world.at("trust", "show", who="officer").json
    assert [row["node"] for row in shown["members"]] == ["ncp.br", "ncp.jm", "rilo.car"]
    assert shown["stale"] is False


def test_the_trust_files_of_another_federation_are_refused_and_nothing_changes(world: World, bare: World) -> None:
    assert bare.init("rilo.sa", "--root-sha256", bare.federation).code == 0
    assert bare.cli("federation", "admit", card(bare, "rilo.sa"), *signing(bare)).code == 0
    answer = world.at("trust", "update", "--from", str(bare.folder / "trust"))
    assert answer.refusal == "trust.refused"
    assert world.at("trust", "show").json["version"] == 1


def test_an_absent_trust_folder_is_a_sentence(world: World) -> None:
    assert world.at("trust", "update", "--from", str(world.folder / "absent")).refusal.startswith("trust.")


def test_without_a_list_the_node_says_what_to_do(bare: World) -> None:
    assert bare.init("rilo.car", "--root-sha256", bare.federation).code == 0
    password = str(bare.folder / "password")
    assert bare.at("login", "first.admin", "--password-file", password, node="rilo.car").code == 0
    assert bare.at("trust", "show", node="rilo.car").refusal == "trust.no-list"
    assert bare.at("status", node="rilo.car").json["list"] is None
    home = bare.home("rilo.car")
    answer = bare.cli("--home", str(home), "--session-file", str(home / "sessions" / "administrator"), "status")
    assert "liaison trust update" in answer.out


def test_a_revoked_key_stays_listed_and_the_node_is_admitted_with_another(world: World) -> None:
    listed = world.cli("federation", "show", str(world.folder / "trust"), "--json").json["members"]
    (old,) = next(row["key_ids"] for row in listed if row["node"] == "ncp.jm")
    words = [word for word in signing(world) if word != "--yes"]
    assert world.cli("federation", "revoke", "ncp.zz", *words).refusal == "members.unknown-node"
    assert world.cli("federation", "revoke", "ncp.jm", "--since", "2100-01-01", *words).refusal == "federation.nothing-to-revoke"
    done = world.cli("federation", "revoke", "ncp.jm", "--since", "2026-01-01", "--compromised", *words).json
    assert (done["version"], old in done["revoked"]) == (2, True)
    assert world.cli("federation", "revoke", "ncp.jm", *words).refusal == "federation.nothing-to-revoke"
    old_card = Path(card(world)).read_bytes()
    assert world.at("keys", "replace").refusal == "keys.still-listed"
    assert world.at("trust", "update", "--from", str(world.folder / "trust")).json["version"] == 2
    made = world.at("keys", "replace").json["key_id"]
    assert (world.home() / "keys" / f"events.{old}.pem").stat().st_mode & 0o077 == 0
    assert world.cli("federation", "admit", card(world), *signing(world)).json["admitted"] == ["ncp.jm"]
    Path(card(world)).write_bytes(old_card)
    assert world.cli("federation", "admit", card(world), *signing(world)).json["admitted"] == []  # the revoked key does not come back
    assert world.at("trust", "update", "--from", str(world.folder / "trust")).code == 0
    assert [row["valid_to"] is None for row in world.at("keys", "show").json if row["listed"]] == [False, True]
    members = world.cli("federation", "show", str(world.folder / "trust"), "--json").json["members"]
    keys = next(row["key_ids"] for row in members if row["node"] == "ncp.jm")
    assert keys == [old, made]
