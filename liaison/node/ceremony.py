"""Making the trust files of a 1-of-1 federation: the first root, and the signed member list that every node loads.

Written with `tuf.api.metadata`; `tuf.repository` calls itself unstable. Private keys stay behind `KeyHolder`.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from securesystemslib.signer import Key, SecretsHandler, Signature, Signer, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from liaison.node.trust import ENVIRONMENT_FIELD, ISSUED_AT_FIELD, MEMBERS, METADATA, TARGETS, federation_id, is_sound_key
from liaison.protocol.errors import LiaisonError
from liaison.protocol.members import Member, MemberList, dump_list, load_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from liaison.node.cards import KeyHolder

ROLES: Final = ("root", "targets", "snapshot", "timestamp")
LIFETIMES: Final = {
    "root": timedelta(days=730),
    "targets": timedelta(days=365),
    "snapshot": timedelta(days=90),
    "timestamp": timedelta(days=7),
}
FIRST_ROOT: Final = "1.root.json"

_Role = TypeVar("_Role", Root, Targets, Snapshot, Timestamp)


class CeremonyRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The trust files cannot be made this way."""

    code = "ceremony.refused"


class SameKeyTwice(CeremonyRefused):
    """One key is used for two purposes: it would count as two where two are demanded."""

    code = "ceremony.same-key-twice"
    next_step = "Make a separate key for each role and each node."


class EntryRemoved(CeremonyRefused):
    """An entry of the published list is missing or was changed in the new one."""

    code = "ceremony.entry-removed"
    next_step = "Entries are closed with an end date, never deleted: old evidence must stay verifiable."


class FederationExists(CeremonyRefused):
    """The folder holds the trust files of a federation already."""

    code = "ceremony.exists"
    next_step = "Choose an empty folder for a new federation."


class NoFederation(CeremonyRefused):
    """The folder holds no usable trust files of a federation."""

    code = "ceremony.no-federation"
    next_step = "Run `liaison federation create` first, or give the folder that it made."


def create_federation(folder: Path, signers: Mapping[str, KeyHolder], environment: str, now: datetime) -> bytes:
    """Write `metadata/1.root.json`, signed by `signers["root"]` and naming one key each for the four roles; its exact bytes.

    `federation_id` of these bytes is the federation's id. Raises FederationExists, SameKeyTwice, CeremonyRefused.
    """
    if environment not in ("production", "training"):
        raise CeremonyRefused(f"{environment!r} is not an environment: production or training.")
    if (folder / METADATA).exists():
        raise FederationExists(f"{folder} holds the trust files of a federation already.")
    _refuse_shared({role: signers[role].public for role in ROLES})
    root = Root(expires=_expiry("root", now), unrecognized_fields={ENVIRONMENT_FIELD: environment})
    for role in ROLES:
        root.add_key(_public_key(signers[role]), role)
    data = _signed(root, signers["root"])
    _write(folder / METADATA / FIRST_ROOT, data)
    return data


def publish_members(folder: Path, signers: Mapping[str, KeyHolder], members: Iterable[Member], now: datetime) -> MemberList:
    """Sign a new member list with all its members, old entries included; the list, one version up.

    The target is written first and the timestamp last, so a reader never meets half of it. Raises NoFederation, EntryRemoved,
    SameKeyTwice, BadMemberList.
    """
    first_root, root = _roots(folder)
    held = _current(folder, "targets", Targets)
    new = MemberList(
        federation=federation_id(first_root),
        environment=str(root.unrecognized_fields[ENVIRONMENT_FIELD]),
        version=1 if held is None else held.version + 1,
        issued_at=now,
        members={member.node: member for member in members},
    )
    data = dump_list(new)
    checked = load_list(data, new.federation)
    _check_entries(checked, root)
    if held is not None:
        _refuse_removed(_published(folder, held, new.federation), checked)
    target = TargetFile.from_data(MEMBERS, data, ["sha256"])
    targets = Targets(version=new.version, expires=_expiry("targets", now), targets={MEMBERS: target})
    _write(folder / TARGETS / f"{target.hashes['sha256']}.{MEMBERS}", data)
    signed_targets = _signed(targets, signers["targets"])
    _write(folder / METADATA / f"{new.version}.targets.json", signed_targets)
    _publish_snapshot(folder, signers, _meta_file(new.version, signed_targets), now)
    return checked


def renew_timestamp(folder: Path, signers: Mapping[str, KeyHolder], now: datetime) -> datetime:
    """Say again that the published list is current (daily); needs the timestamp key only. When it ends.

    Raises NoFederation when nothing was published yet.
    """
    held = _current(folder, "timestamp", Timestamp)
    if held is None:
        raise NoFederation(f"{folder} holds no published member list to renew.")
    return _publish_timestamp(folder, signers, held.snapshot_meta, now)


def _publish_snapshot(folder: Path, signers: Mapping[str, KeyHolder], targets: MetaFile, now: datetime) -> None:
    held = _current(folder, "snapshot", Snapshot)
    version = 1 if held is None else held.version + 1
    snapshot = Snapshot(version=version, expires=_expiry("snapshot", now), meta={"targets.json": targets})
    data = _signed(snapshot, signers["snapshot"])
    _write(folder / METADATA / f"{version}.snapshot.json", data)
    _publish_timestamp(folder, signers, _meta_file(version, data), now)


def _publish_timestamp(folder: Path, signers: Mapping[str, KeyHolder], snapshot: MetaFile, now: datetime) -> datetime:
    held = _current(folder, "timestamp", Timestamp)
    timestamp = Timestamp(
        version=1 if held is None else held.version + 1,
        expires=_expiry("timestamp", now),
        snapshot_meta=snapshot,
        unrecognized_fields={ISSUED_AT_FIELD: now.isoformat()},
    )
    _write(folder / METADATA / "timestamp.json", _signed(timestamp, signers["timestamp"]))
    return timestamp.expires


def _check_entries(members: MemberList, root: Root) -> None:
    owners = {f"trust role {role}": _raw(root, role) for role in ROLES}
    for member in members.members.values():
        for key in member.keys:
            if not is_sound_key(key.key_id, key.public):
                raise CeremonyRefused(f"{member.node}: key {key.key_id} does not belong to its public bytes.")
            owners[f"{member.node} {key.key_id}"] = key.public
    _refuse_shared(owners)


def _refuse_shared(owners: Mapping[str, bytes]) -> None:
    """The same key under two ids would satisfy a threshold of two."""
    seen: dict[bytes, str] = {}
    for owner, public in owners.items():
        other = seen.setdefault(public, owner)
        if other != owner:
            raise SameKeyTwice(f"{owner} and {other} use one key.")


def _refuse_removed(old: MemberList, new: MemberList) -> None:
    for node, member in old.members.items():
        now_listed = new.members.get(node)
        if now_listed is None or now_listed.valid_from != member.valid_from:
            raise EntryRemoved(f"{node} is in the published list; its entry cannot be dropped or given another start.")
        kept = {(key.key_id, key.valid_from) for key in now_listed.keys}
        for key in member.keys:
            if (key.key_id, key.valid_from) not in kept:
                raise EntryRemoved(f"{node}: key {key.key_id} is in the published list; it cannot be dropped or given another start.")


class _HolderSigner(Signer):
    """Our key holder as the library's signer."""

    def __init__(self, holder: KeyHolder) -> None:
        self._holder = holder

    @property
    def public_key(self) -> Key:
        return _public_key(self._holder)

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None) -> Signer:
        raise NotImplementedError("keys come from a KeyHolder, never from an address")

    def sign(self, payload: bytes) -> Signature:
        return Signature(self._holder.key_id, self._holder.sign(payload).hex())


def _public_key(holder: KeyHolder) -> SSlibKey:
    return SSlibKey(holder.key_id, "ed25519", "ed25519", {"public": holder.public.hex()})


def _raw(root: Root, role: str) -> bytes:
    (key_id,) = root.get_delegated_role(role).keyids
    key = root.get_key(key_id)
    return bytes.fromhex(key.keyval["public"]) if isinstance(key, SSlibKey) else b""


def _signed(part: _Role, signer: KeyHolder) -> bytes:
    metadata: Metadata[Any] = Metadata(part)
    metadata.sign(_HolderSigner(signer))
    return metadata.to_bytes()


def _expiry(role: str, now: datetime) -> datetime:
    return (now + LIFETIMES[role]).replace(microsecond=0)


def _meta_file(version: int, data: bytes) -> MetaFile:
    return MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})


def _roots(folder: Path) -> tuple[bytes, Root]:
    """The exact bytes of the first root, and the newest root."""
    newest = _newest(folder, "root")
    try:
        return (folder / METADATA / FIRST_ROOT).read_bytes(), _part(folder / METADATA / f"{newest}.root.json", Root)
    except FileNotFoundError:
        raise NoFederation(f"{folder} holds no trust root.") from None


def _current(folder: Path, role: str, kind: type[_Role]) -> _Role | None:
    if kind is Timestamp:
        path = folder / METADATA / "timestamp.json"
        return _part(path, kind) if path.exists() else None
    version = _newest(folder, role)
    return _part(folder / METADATA / f"{version}.{role}.json", kind) if version else None


def _newest(folder: Path, role: str) -> int:
    pattern = re.compile(rf"([1-9][0-9]*)\.{role}\.json")
    found = (pattern.fullmatch(path.name) for path in (folder / METADATA).glob(f"*.{role}.json"))
    return max((int(match[1]) for match in found if match), default=0)


def _part(path: Path, kind: type[_Role]) -> _Role:
    try:
        signed = Metadata.from_bytes(path.read_bytes()).signed
    except RepositoryError as error:
        raise NoFederation(f"{path} cannot be read: {error}.") from error
    if not isinstance(signed, kind):
        raise NoFederation(f"{path} is not what its name says.")
    return signed


def _published(folder: Path, targets: Targets, federation: bytes) -> MemberList:
    digest = targets.targets[MEMBERS].hashes["sha256"]
    return load_list((folder / TARGETS / f"{digest}.{MEMBERS}").read_bytes(), federation)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, so that a node reading at this moment sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(data)
    draft.replace(path)
