"""Who may see whose quality: a contact point its own, an office its region's, the hub everybody's. Nothing else, whatever the role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

READ: Final = "quality.read"


class NotYours(LiaisonError):  # noqa: N818 - named for the state
    """This node may not see the quality of that one."""

    code = "quality.not-yours"
    next_step = "A contact point sees its own card and the regional median, an office those of its region, the hub all."


def visible(tx: UnitOfWork) -> Sequence[Member]:
    """The contact points whose cards this node may see, by node id."""
    me = tx.me
    if me.kind == "ncp":
        return (me,)
    found = (one for one in tx.members.members.values() if one.kind == "ncp" and (me.kind == "hub" or one.office == me.node))
    return tuple(sorted(found, key=lambda one: one.node))


def contact_point(tx: UnitOfWork, told: str = "") -> Member:
    """The contact point that is named by its node id or two-letter code; none named: this node itself. Raises NotYours."""
    name = told.strip()
    wanted = name.upper() or (tx.me.country if tx.me.kind == "ncp" else "")
    for member in visible(tx):
        if wanted in (member.country, member.node.upper()):
            return member
    if not name:
        raise NotYours(phrase("{node} is no contact point: name one.", node=tx.node), node=tx.node)
    raise NotYours(phrase("{node} does not see the quality of {name}.", node=tx.node, name=name[:40]), node=tx.node)


def is_in_charge(tx: UnitOfWork, member: Member) -> bool:
    """Whether this node is the office of that contact point, and so knows its returns and nil reports."""
    return member.office == tx.node


def region_of(tx: UnitOfWork, office: str = "") -> tuple[str, Sequence[Member]]:
    """An office (none named: this node) and its contact points. Raises NotYours."""
    me = tx.me
    wanted = office.strip().lower() or me.node
    known = {one.node for one in tx.members.offices()}
    if me.kind == "ncp" or wanted not in known or (me.kind != "hub" and wanted != me.node):
        raise NotYours(phrase("{node} does not see the region of {wanted}.", node=tx.node, wanted=wanted[:40]), node=tx.node)
    return wanted, tx.members.of_office(wanted)
