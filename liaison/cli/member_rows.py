"""How a member list is shown: as a whole, and a row a node."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from liaison.node.trust import Accepted
    from liaison.protocol.members import Member, MemberList

MEMBER_COLUMNS: Final = ("node", "kind", "name", "region", "office", "key_ids", "valid_from", "valid_to")


def list_facts(accepted: "Accepted", members: "MemberList", now: "datetime") -> dict[str, Any]:
    """What is to be said of a list as a whole."""
    return {
        "version": accepted.version,
        "environment": members.environment,
        "federation": members.federation.hex(),
        "issued_at": accepted.issued_at,
        "fresh_until": accepted.fresh_until,
        "stale": accepted.stale(now),
    }


def member_row(member: "Member") -> dict[str, Any]:
    """One node of the list, for a table."""
    return {
        "node": member.node,
        "kind": member.kind,
        "name": member.name,
        "country": member.country,
        "region": member.region,
        "office": member.office,
        "custody": member.custody,
        "key_ids": [key.key_id for key in member.keys],
        "valid_from": member.valid_from,
        "valid_to": member.valid_to,
    }
