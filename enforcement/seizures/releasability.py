"""Whom a case may be shown to: the one place where that is asked before a case goes to a member that did not report it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liaison.protocol.events import EVERYONE

if TYPE_CHECKING:
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member


def may_see(report: VerifiedEvent, member: Member) -> bool:
    """Whether the reporter's own handling admits this member; what is not said is denied. A report that its originator controls, or
    that is for the named eyes of its reader only (TLP:RED), is passed on to nobody. A sealed one reaches its audience sealed
    (`enforcement.verification.sharing`), and nobody else in any other way.
    """
    handling = report.handling
    if member.node == report.issuer:
        return True
    if report.sealed or handling.originator_control or handling.tlp == "RED":
        return False
    return not {EVERYONE, member.node, member.office, member.region}.isdisjoint(handling.releasable_to)
