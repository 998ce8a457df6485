"""The member list: who is in the federation, which office each node belongs to, which keys it has and from when."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from liaison.protocol.errors import LiaisonError, UnknownNode, phrase
from liaison.protocol.sealing import is_weak_sealing_key, sealing_key_id

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["ncp", "rilo", "hub"]
REGIONS = ("AMS", "AP", "ESA", "EUR", "MENA", "WCA")


class BadMemberList(LiaisonError):  # noqa: N818
    """The member list file is not valid."""

    code = "members.bad-list"


@dataclass(frozen=True, slots=True)
class MemberKey:
    """One Ed25519 event key with its dates (aware UTC). `public` is 32 raw bytes."""

    key_id: str
    public: bytes
    valid_from: datetime
    valid_to: datetime | None = None
    revoked_at: datetime | None = None
    compromised_at: datetime | None = None
    suspended_at: datetime | None = None  # never in the list itself: said since, and held until the next list


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One X25519 key to seal for, with its dates (aware UTC). `public` is 32 raw bytes."""

    key_id: str
    public: bytes
    valid_from: datetime
    valid_to: datetime | None = None
    suspended_at: datetime | None = None  # as of MemberKey


@dataclass(frozen=True, slots=True)
class Member:
    """One node: id, kind, region, office (its own id for offices), dates, event and sealing keys, custody."""

    node: str
    kind: Kind
    name: str
    country: str  # ISO 3166-1 alpha-2, upper case; empty for offices
    region: str
    office: str
    keys: tuple[MemberKey, ...]
    valid_from: datetime
    valid_to: datetime | None = None
    custody: str = ""  # node id of the host when hosted
    sealing: tuple[SealingKey, ...] = ()

    @property
    def key_ids(self) -> frozenset[str]:
        """Ids of its event and sealing keys, old ones too."""
        return frozenset(key.key_id for key in self.keys) | frozenset(key.key_id for key in self.sealing)

    def key_at(self, key_id: str, at: datetime) -> MemberKey | None:
        """The key with this id if it was valid at `at` (revocation is check 9, not here)."""
        for key in self.keys:
            if key.key_id == key_id and key.valid_from <= at and (key.valid_to is None or at < key.valid_to):
                return key
        return None

    def sealing_at(self, at: datetime) -> SealingKey | None:
        """The key that is sealed for at this time: of those in force and not suspended the one that came last."""
        in_force = [key for key in self.sealing if key.valid_from <= at and (key.valid_to is None or at < key.valid_to)]
        in_force = [key for key in in_force if key.suspended_at is None]
        return max(in_force, key=lambda key: (key.valid_from, key.key_id), default=None)


@dataclass(frozen=True, slots=True)
class MemberList:
    """A verified, immutable list: federation id (32 bytes), environment, version, members by node id."""

    federation: bytes
    environment: str
    version: int
    issued_at: datetime
    members: dict[str, Member] = field(default_factory=dict)

    def get(self, node: str) -> Member:
        """The member, or UnknownNode."""
        try:
            return self.members[node]
        except KeyError:
            raise UnknownNode(phrase("{node} is not in the member list (version {version}).", node=node, version=self.version)) from None

    def of_office(self, office: str) -> tuple[Member, ...]:
        """The NCPs that report to this office, by node id."""
        found = (m for m in self.members.values() if m.office == office and m.kind == "ncp")
        return tuple(sorted(found, key=lambda m: m.node))

    def offices(self) -> tuple[Member, ...]:
        """RILOs and the hub, by node id."""
        return tuple(sorted((m for m in self.members.values() if m.kind != "ncp"), key=lambda m: m.node))


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a date without time zone")
    return found


def _start(text: str | None) -> datetime:
    found = _time(text)
    if found is None:
        raise ValueError("no id, bytes or start")
    return found


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def with_sealing_key(member: Member, public: bytes, at: datetime) -> Member:
    """The member with a new sealing key from `at` on, which ends the ones before; they stay listed."""
    before = tuple(replace(key, valid_to=at) if key.valid_to is None else key for key in member.sealing)
    return replace(member, sealing=(*before, SealingKey(sealing_key_id(public), public, at)))


def with_suspended(members: MemberList, suspended: Mapping[str, datetime]) -> MemberList:
    """The list with these keys (id -> since when) suspended; the same one where it names none of them."""
    held = {
        node: replace(
            member,
            keys=tuple(replace(key, suspended_at=suspended.get(key.key_id)) for key in member.keys),
            sealing=tuple(replace(key, suspended_at=suspended.get(key.key_id)) for key in member.sealing),
        )
        for node, member in members.members.items()
        if not member.key_ids.isdisjoint(suspended)
    }
    return replace(members, members={**members.members, **held}) if held else members


def dump_list(members: MemberList) -> bytes:
    """The target file's bytes (JSON, sorted keys, UTF-8); the federation id is not inside, it follows from the root."""
    rows = [
        {
            "node": m.node,
            "kind": m.kind,
            "name": m.name,
            "country": m.country,
            "region": m.region,
            "office": m.office,
            "custody": m.custody,
            "valid_from": _text(m.valid_from),
            "valid_to": _text(m.valid_to),
            "keys": [
                {
                    "key_id": k.key_id,
                    "public": k.public.hex(),
                    "valid_from": _text(k.valid_from),
                    "valid_to": _text(k.valid_to),
                    "revoked_at": _text(k.revoked_at),
                    "compromised_at": _text(k.compromised_at),
                }
                for k in m.keys
            ],
            "sealing_keys": [
                {"key_id": k.key_id, "public": k.public.hex(), "valid_from": _text(k.valid_from), "valid_to": _text(k.valid_to)}
                for k in m.sealing
            ],
        }
        for m in sorted(members.members.values(), key=lambda m: m.node)
    ]
    body = {"environment": members.environment, "version": members.version, "issued_at": _text(members.issued_at), "members": rows}
    return json.dumps(body, sort_keys=True, indent=1).encode()


def _key(row: dict[str, str | None]) -> MemberKey:
    if row["public"] is None or row["key_id"] is None:
        raise ValueError("a key has no id or bytes")
    return MemberKey(
        key_id=row["key_id"],
        public=bytes.fromhex(row["public"]),
        valid_from=_start(row["valid_from"]),
        valid_to=_time(row["valid_to"]),
        revoked_at=_time(row["revoked_at"]),
        compromised_at=_time(row["compromised_at"]),
    )


def _sealing_key(row: dict[str, str | None]) -> SealingKey:
    if row["public"] is None or row["key_id"] is None:
        raise ValueError("a sealing key has no id or bytes")
    public = bytes.fromhex(row["public"])
    if is_weak_sealing_key(public) or sealing_key_id(public) != row["key_id"]:
        raise ValueError(f"sealing key {row['key_id'][:40]} is not one to seal for")
    return SealingKey(row["key_id"], public, _start(row["valid_from"]), _time(row["valid_to"]))


def load_list(data: bytes, federation: bytes) -> MemberList:
    """Parse a target file that the trust layer has verified. Raises BadMemberList."""
    try:
        body = json.loads(data)
        members = {
            row["node"]: Member(
                node=row["node"],
                kind=row["kind"],
                name=row["name"],
                country=row["country"],
                region=row["region"],
                office=row["office"],
                custody=row["custody"],
                valid_from=_start(row["valid_from"]),
                valid_to=_time(row["valid_to"]),
                keys=tuple(_key(k) for k in row["keys"]),
                sealing=tuple(_sealing_key(k) for k in row.get("sealing_keys", ())),
            )
            for row in body["members"]
        }
        found = MemberList(
            federation=federation,
            environment=body["environment"],
            version=int(body["version"]),
            issued_at=_start(body["issued_at"]),
            members=members,
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise BadMemberList(f"The member list cannot be read: {error}.") from error
    if len(body["members"]) != len(members):
        raise BadMemberList("A node is listed twice.")
    _check(found)
    return found


def _check(found: MemberList) -> None:
    seen: set[str] = set()
    if found.version < 1:
        raise BadMemberList(f"Version {found.version} is not a version.")
    for member in found.members.values():
        if member.kind not in ("ncp", "rilo", "hub") or member.region not in REGIONS:
            raise BadMemberList(f"{member.node}: unknown kind or region.")
        office = found.members.get(member.office)
        if office is None or office.kind == "ncp":
            raise BadMemberList(f"{member.node}: its office {member.office} is not an office of the list.")
        keys: tuple[MemberKey | SealingKey, ...] = (*member.keys, *member.sealing)
        for key in keys:
            if key.key_id in seen:  # one key, one node, one purpose
                raise BadMemberList(f"{member.node}: key {key.key_id} is listed twice.")
            seen.add(key.key_id)
