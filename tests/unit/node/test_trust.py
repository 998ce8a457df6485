"""The updater under attack: each test changes one thing, signs again what the attacker could sign, and is named for the attack."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from securesystemslib.formats import encode_canonical

from liaison.node import ceremony, trust
from liaison.protocol.members import dump_list

if TYPE_CHECKING:
    from pathlib import Path

from tests.unit.node.trust_world import DAY, HUB, NOW, US, MemoryStore, World, bump, make_world, meta, put, sign_target, signer, swap_key

# What must work


def test_a_published_list_is_accepted_with_its_dates(world: World) -> None:
    published = world.publish(HUB, US, now=NOW + DAY)
    assert world.update(NOW + 2 * DAY) == published
    accepted = world.store.accepted()
    assert accepted is not None
    assert (accepted.version, accepted.data) == (2, dump_list(published))
    assert (accepted.issued_at, accepted.verified_at, accepted.fresh_until) == (NOW + DAY, NOW + 2 * DAY, NOW + 8 * DAY)


def test_the_accepted_list_is_read_from_the_database_alone(world: World) -> None:
    members = trust.load_accepted(world.store, world.root)
    assert members is not None
    assert members.get("wco.hub") == HUB
    assert members.federation == trust.federation_id(world.root)
    assert trust.load_accepted(MemoryStore(), world.root) is None


def test_an_unchanged_folder_is_accepted_again(world: World) -> None:
    assert world.update(NOW + DAY).version == 1


def test_a_renewed_timestamp_keeps_the_list_fresh(world: World) -> None:
    assert ceremony.renew_timestamp(world.folder, world.signers, NOW + 6 * DAY) == NOW + 13 * DAY
    assert world.update(NOW + 10 * DAY).version == 1
    accepted = world.store.accepted()
    assert accepted is not None
    assert (accepted.issued_at, accepted.fresh_until) == (NOW + 6 * DAY, NOW + 13 * DAY)


def test_a_list_is_stale_from_the_instant_it_ends(world: World) -> None:
    accepted = world.store.accepted()
    assert accepted is not None
    assert not accepted.stale(NOW + 7 * DAY - timedelta(milliseconds=1))
    assert accepted.stale(NOW + 7 * DAY)


def test_a_new_root_signed_by_old_and_new_key_is_followed(world: World) -> None:
    old, new = world.signers["root"], signer(50)
    world.new_root(lambda part: swap_key(part, "root", old, new), old, new)
    assert world.update().version == 1
    assert world.store.versions["root"] == 2


def test_after_new_keys_a_timestamp_may_start_again(world: World) -> None:
    """Recovery from a fast-forward attack: somebody with the timestamp key signed an absurdly high number."""
    world.change("timestamp.json", lambda part: put(part, "version", 10**6))
    world.update()
    stolen, new = world.signers["timestamp"], signer(51)
    world.new_root(lambda part: swap_key(part, "timestamp", stolen, new), world.signers["root"])
    world.signers["timestamp"] = new
    world.change("timestamp.json", lambda part: put(part, "version", 3))
    assert world.update().version == 1


def test_the_federation_id_is_the_hash_of_the_signed_part_of_the_first_root(world: World) -> None:
    signed = json.loads(world.root)["signed"]
    assert trust.federation_id(world.root) == hashlib.sha256(str(encode_canonical(signed)).encode()).digest()


# Attacks: old things shown again


def test_attack_old_timestamp(world: World) -> None:
    old = world.path("timestamp.json").read_bytes()
    world.publish(HUB, US)
    world.update()
    world.path("timestamp.json").write_bytes(old)
    world.refused("BadVersionNumberError")


def test_attack_old_timestamp_after_the_cache_was_lost(world: World) -> None:
    old = world.path("timestamp.json").read_bytes()
    world.publish(HUB, US)
    world.update()
    world.path("timestamp.json").write_bytes(old)
    world.store.files = {}
    world.refused("rollback")


def test_attack_old_root_after_the_cache_was_lost(world: World) -> None:
    old, new = world.signers["root"], signer(50)
    world.new_root(lambda part: swap_key(part, "root", old, new), old, new)
    world.update()
    world.path("2.root.json").unlink()
    world.store.files = {}
    world.refused("rollback")


def test_attack_old_snapshot(world: World) -> None:
    world.publish(HUB, US)
    world.update()
    world.repoint("snapshot", version=1)
    world.refused("BadVersionNumberError")


def test_attack_old_targets(world: World) -> None:
    world.publish(HUB, US)
    world.update()
    world.repoint("targets", version=1)
    world.refused("BadVersionNumberError")


def test_attack_old_list_in_new_targets(world: World) -> None:
    old = next(world.folder.glob("targets/*.members.json")).read_bytes()
    world.publish(HUB, US)
    world.update()
    sign_target(world, old)
    before = world.store.accepted()
    with pytest.raises(trust.TrustRefused, match="version 2 was accepted before"):
        world.update()
    assert world.store.accepted() == before


def test_attack_two_lists_of_one_version(world: World) -> None:
    members = trust.load_accepted(world.store, world.root)
    assert members is not None
    sign_target(world, dump_list(replace(members, members={"wco.hub": replace(HUB, name="Another hub")})))
    world.refused("equivocation")


def test_attack_wrong_root_number(world: World) -> None:
    world.new_root(lambda part: put(part, "version", 3), world.signers["root"])
    world.refused("BadVersionNumberError")


def test_attack_missing_root(world: World) -> None:
    old, new = world.signers["root"], signer(50)
    world.new_root(lambda part: swap_key(part, "root", old, new), old, new, version=3)
    with pytest.raises(trust.RootGap) as error:
        world.update()
    assert error.value.code == "trust.root-gap"
    assert error.value.facts == {"newest": 3, "trusted": 1}


# Attacks: freeze, mix, endless data


def test_attack_freeze_past_expiry(world: World) -> None:
    before = world.store.accepted()
    with pytest.raises(trust.TrustExpired) as error:
        world.update(NOW + 7 * DAY)
    assert error.value.code == "trust.expired"
    assert world.store.accepted() == before


def test_attack_freeze_of_a_fresh_node(tmp_path: Path) -> None:
    fresh = make_world(tmp_path / "trust")
    fresh.publish(HUB)
    with pytest.raises(trust.TrustExpired):
        fresh.update(NOW + 8 * DAY)
    assert fresh.store.accepted() is None


@pytest.mark.parametrize(("role", "days"), [("snapshot", 90), ("targets", 365), ("root", 730)])
def test_attack_freeze_of_one_role(world: World, role: str, days: int) -> None:
    """Everything below the expired role is signed freshly."""
    later = NOW + days * DAY
    world.change("timestamp.json", lambda part: (bump(part), put(part, "expires", later + DAY)))
    if role in {"targets", "root"}:
        world.change("1.snapshot.json", lambda part: (bump(part), put(part, "expires", later + DAY)), to="2.snapshot.json")
        world.change("timestamp.json", lambda part: put(part, "snapshot_meta", meta(version=2)))
    if role == "root":
        world.change("1.targets.json", lambda part: put(part, "expires", later + DAY))
    with pytest.raises(trust.TrustExpired):
        world.update(later)


def test_a_root_seen_in_a_failed_update_is_remembered(world: World) -> None:
    old, new = world.signers["root"], signer(50)
    world.new_root(lambda part: swap_key(part, "root", old, new), old, new)
    with pytest.raises(trust.TrustExpired):
        world.update(NOW + 8 * DAY)
    assert "root_history/2.root.json" in world.store.files


def test_attack_mix_and_match_targets(world: World) -> None:
    world.publish(HUB, US)
    world.change("1.targets.json", lambda part: put(part, "version", 2), to="2.targets.json")
    world.refused("LengthOrHashMismatchError")


def test_attack_mix_and_match_snapshot(world: World) -> None:
    world.publish(HUB, US)
    world.change("1.snapshot.json", lambda part: put(part, "version", 2), to="2.snapshot.json")
    world.refused("LengthOrHashMismatchError")


def test_attack_another_list_under_the_signed_name(world: World) -> None:
    world.publish(HUB, US)
    for path in world.folder.glob("targets/*.members.json"):
        path.write_bytes(path.read_bytes().replace(b"ncp.us", b"ncp.xx"))
    world.refused("LengthOrHashMismatchError")


def test_attack_endless_timestamp(world: World) -> None:
    world.path("timestamp.json").write_bytes(world.path("timestamp.json").read_bytes() + b" " * 20_000)
    world.refused("DownloadLengthMismatchError")


def test_attack_endless_list(world: World) -> None:
    world.publish(HUB, US)
    for path in world.folder.glob("targets/*.members.json"):
        path.write_bytes(path.read_bytes() + b" " * 1000)
    world.refused("DownloadLengthMismatchError")
