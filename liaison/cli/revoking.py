"""`liaison federation revoke`: a member list in which keys of a node are revoked, for the keeper of the trust root."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from liaison.protocol.members import Member, MemberKey, SealingKey

Node = Annotated[str, typer.Argument(metavar="NODE", help="Whose keys they are, for example ncp.jm.")]
Key = Annotated[str, typer.Option("--key", metavar="ID", help="Only this key; default: all that are in force.")]
Since = Annotated[datetime | None, typer.Option(metavar="TIME", help="In UTC: what it signed from then on is refused; default: now.")]
Compromised = Annotated[
    bool, typer.Option("--compromised", help="Somebody else has it: whatever it signed and a node has not yet is refused.")
]


class NothingToRevoke(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The node has no such key that is in force."""

    code = "federation.nothing-to-revoke"
    next_step = "See the keys with `liaison federation show FOLDER`."


def with_revoked(member: "Member", key_id: str, since: datetime | None, now: datetime, *, compromised: bool) -> tuple["Member", list[str]]:
    """The member with an event or sealing key revoked (empty: all in force), and their ids. A sealing key ends. Raises NothingToRevoke."""
    at = now if since is None else since if since.tzinfo is not None else since.replace(tzinfo=UTC)
    if at > now:
        raise NothingToRevoke("A key is not revoked from a later time on.")

    def meant(key: "MemberKey | SealingKey") -> bool:
        return key_id in ("", key.key_id) and (key.valid_to is None or key.valid_to > now)

    signing = {key.key_id for key in member.keys if meant(key) and key.revoked_at is None and key.compromised_at is None}
    sealing = {key.key_id for key in member.sealing if meant(key)}
    if not signing | sealing:
        raise NothingToRevoke(f"{member.node} has no key {key_id or 'at all'} that is in force.")
    ended = at if compromised else None
    keys = tuple(replace(key, revoked_at=at, compromised_at=ended) if key.key_id in signing else key for key in member.keys)
    seals = tuple(replace(key, valid_to=now) if key.key_id in sealing else key for key in member.sealing)
    return replace(member, keys=keys, sealing=seals), [*sorted(signing), *sorted(sealing)]
