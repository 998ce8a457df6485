"""A federation whose trust files a test may change, sign again with the keys an attacker could have, and show to a node."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from securesystemslib.signer import Signature, SSlibKey
from tuf.api.metadata import Metadata, MetaFile, TargetFile

from liaison.adapters.keys import MemorySigner
from liaison.node import ceremony, trust
from liaison.node.trust_update import update_from_folder
from liaison.protocol.members import Member, MemberKey, MemberList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NOW = datetime(2020, 1, 1, tzinfo=UTC)  # long past: nothing here may depend on the system's clock
DAY = timedelta(days=1)


@dataclass
class MemoryStore:
    """`TrustStore` in memory."""

    files: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    current: trust.Accepted | None = None

    def cached_files(self) -> Mapping[str, bytes]:
        return self.files

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def seen_versions(self) -> Mapping[str, int]:
        return self.versions

    def see_version(self, name: str, version: int) -> None:
        assert len(name) <= 50
        self.versions[name] = version

    def accepted(self) -> trust.Accepted | None:
        return self.current

    def accept(self, accepted: trust.Accepted) -> None:
        self.current = accepted


def signer(number: int) -> MemorySigner:
    return MemorySigner(bytes([number] * 32))


def member(node: str, number: int, kind: Any = "ncp", office: str = "wco.hub") -> Member:
    key = MemberKey(signer(number).key_id, signer(number).public, NOW)
    return Member(node=node, kind=kind, name=node, country="", region="AMS", office=office, keys=(key,), valid_from=NOW)


HUB = member("wco.hub", 100, "hub")
US = member("ncp.us", 101)


@dataclass
class World:
    """A federation's folder, its four keys, and a node that reads it."""

    folder: Path
    signers: dict[str, MemorySigner]
    root: bytes
    store: MemoryStore

    def publish(self, *members: Member, now: datetime = NOW) -> MemberList:
        return ceremony.publish_members(self.folder, self.signers, members, now)

    def update(self, now: datetime = NOW) -> MemberList:
        return update_from_folder(self.folder, self.store, self.root, "training", now)

    def refused(self, reason: str, now: datetime = NOW) -> None:
        """The update is refused for this reason, and the list the node had stays."""
        before = self.store.accepted()
        with pytest.raises(trust.TrustRefused) as error:
            self.update(now)
        assert error.value.facts.get("reason") == reason, error.value
        assert error.value.code == "trust.refused"
        assert self.store.accepted() == before

    def path(self, name: str) -> Path:
        return self.folder / "metadata" / name

    def change(self, name: str, change: Callable[[Any], object], key: MemorySigner | None = None, to: str = "") -> bytes:
        """Change the signed part of a file and sign it again, with its role's key or another."""
        metadata: Metadata[Any] = Metadata.from_bytes(self.path(name).read_bytes())
        change(metadata.signed)
        data = sign(metadata, key or self.signers[metadata.signed.type])
        self.path(to or name).write_bytes(data)
        return data

    def repoint(self, role: str, **values: object) -> None:
        """Let the file above (snapshot for targets, timestamp for snapshot) name another version, all signed rightly."""
        if role == "targets":
            version = self.newest("snapshot")
            self.change(f"{version}.snapshot.json", lambda part: (bump(part), set_meta(part, **values)), to=f"{version + 1}.snapshot.json")
            values = {"version": version + 1}
        self.change("timestamp.json", lambda part: (bump(part), put(part, "snapshot_meta", meta(**values))))

    def newest(self, role: str) -> int:
        return max(int(path.name.partition(".")[0]) for path in self.folder.glob(f"metadata/*.{role}.json"))

    def new_root(self, change: Callable[[Any], object], *keys: MemorySigner, version: int = 2) -> None:
        """Root `version`, made from root 1 and signed by these keys."""
        metadata: Metadata[Any] = Metadata.from_bytes(self.root)
        metadata.signed.version = version
        change(metadata.signed)
        self.path(f"{version}.root.json").write_bytes(sign(metadata, *keys))


def sign(metadata: Metadata[Any], *keys: MemorySigner) -> bytes:
    metadata.signatures.clear()
    for one in keys:
        metadata.signatures[one.key_id] = Signature(one.key_id, one.sign(metadata.signed_bytes).hex())
    return metadata.to_bytes()


def meta(**values: Any) -> MetaFile:
    return MetaFile(**values)


def put(part: Any, name: str, value: object) -> Any:
    setattr(part, name, value)


def set_meta(part: Any, **values: Any) -> Any:
    part.meta["targets.json"] = MetaFile(**values)


def bump(part: Any) -> Any:
    part.version += 1


def swap_key(part: Any, role: str, old: MemorySigner, new: MemorySigner) -> None:
    part.revoke_key(old.key_id, role)
    part.add_key(SSlibKey(new.key_id, "ed25519", "ed25519", {"public": new.public.hex()}), role)


def nothing(_part: Any) -> None:
    """Change nothing."""


def make_world(folder: Path) -> World:
    signers = {role: signer(number) for number, role in enumerate(ceremony.ROLES, 1)}
    root = ceremony.create_federation(folder, signers, "training", NOW)
    return World(folder, signers, root, MemoryStore())


def sign_target(world: World, data: bytes) -> None:
    """What an attacker with all online keys could publish: these bytes as the member list."""
    target = TargetFile.from_data("members.json", data, ["sha256"])
    (world.folder / "targets" / f"{target.hashes['sha256']}.members.json").write_bytes(data)
    version = world.newest("targets")
    world.change(
        f"{version}.targets.json",
        lambda part: (bump(part), part.targets.update({"members.json": target})),
        to=f"{version + 1}.targets.json",
    )
    world.repoint("targets", version=version + 1)
