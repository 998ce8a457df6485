"""The ceremony that makes trust files: what it refuses to sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from liaison.node import ceremony
from liaison.protocol.members import BadMemberList

if TYPE_CHECKING:
    from pathlib import Path

from tests.unit.node.trust_world import DAY, HUB, NOW, US, World, member, signer

# The ceremony


def test_the_same_key_for_two_roles_is_refused(tmp_path: Path) -> None:
    signers = {role: signer(1) for role in ceremony.ROLES}
    with pytest.raises(ceremony.SameKeyTwice) as error:
        ceremony.create_federation(tmp_path / "trust", signers, "training", NOW)
    assert error.value.code == "ceremony.same-key-twice"
    assert not (tmp_path / "trust").exists()


def test_a_members_key_that_is_also_a_trust_key_is_refused(world: World) -> None:
    with pytest.raises(ceremony.SameKeyTwice, match="trust role targets"):
        world.publish(HUB, member("ncp.us", 2))


def test_one_key_for_two_nodes_is_refused(world: World) -> None:
    with pytest.raises(BadMemberList, match="listed twice"):
        world.publish(HUB, member("ncp.us", 100))


def test_one_key_under_two_ids_is_refused(world: World) -> None:
    second = replace(US.keys[0], key_id="0" * 32)
    with pytest.raises(ceremony.CeremonyRefused, match="does not belong to its public bytes"):
        world.publish(HUB, replace(US, keys=(*US.keys, second)))


def test_entries_are_closed_and_never_deleted(world: World) -> None:
    world.publish(HUB, US)
    with pytest.raises(ceremony.EntryRemoved, match=r"ncp\.us"):
        world.publish(HUB)
    with pytest.raises(ceremony.EntryRemoved, match="key"):
        world.publish(HUB, replace(US, keys=()))
    closed = replace(US, valid_to=NOW + DAY, keys=(replace(US.keys[0], valid_to=NOW + DAY),))
    assert world.publish(HUB, closed).get("ncp.us") == closed


def test_a_federation_is_not_made_twice_in_one_folder(world: World) -> None:
    with pytest.raises(ceremony.FederationExists):
        ceremony.create_federation(world.folder, world.signers, "training", NOW)


def test_a_folder_without_a_federation_is_named(tmp_path: Path, world: World) -> None:
    with pytest.raises(ceremony.NoFederation):
        ceremony.publish_members(tmp_path / "nowhere", world.signers, [HUB], NOW)
    with pytest.raises(ceremony.NoFederation):
        ceremony.renew_timestamp(tmp_path / "nowhere", world.signers, NOW)


def test_an_unknown_environment_is_refused(tmp_path: Path, world: World) -> None:
    with pytest.raises(ceremony.CeremonyRefused, match="production or training"):
        ceremony.create_federation(tmp_path / "nowhere", world.signers, "test", NOW)
