"""Pages of the audit: who did what and when, and whether the record still is what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liaison.access.users import list_users
from liaison.console.pages import BadForm, Page, Place, Shown
from liaison.console.words import n_
from liaison.node.audit import AuditBroken, AuditFilter, AuditHead, browse_audit, verify_chain
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

SHELL: Final = "liaison.console"
ACTION: Final = "audit.read"
EACH: Final = 100
_HASH: Final = 64  # hex digits


def audit_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/audit", ACTION, show_audit, Place("node", n_("Audit"), 70)),
        Page("POST", "/audit/verify", ACTION, verify),
    )


def show_audit(visit: Visit) -> Reply:
    """The rows that fit, newest first, with the names of the people beside their ids."""
    before = visit.asked("before", "0")
    if not (before.isascii() and before.isdigit() and len(before) < 19):  # noqa: PLR2004 - digits of a number
        raise BadForm(phrase("before is the number of a row."))
    wanted = AuditFilter(visit.asked("who"), visit.asked("action"), visit.asked("subject"), int(before))
    with visit.desk.inspecting(ACTION) as connection:
        rows = browse_audit(connection, visit.desk.audit, wanted, limit=EACH + 1)
        names = {entry.person.user_id: entry.person.name for entry in list_users(connection, visit.desk.access)}
    return Shown(f"{SHELL}/audit.html", {"rows": rows[:EACH], "more": len(rows) > EACH, "wanted": wanted, "names": names})


def verify(visit: Visit) -> Reply:
    """Recompute every hash; a head noted before must still be in the chain."""
    number, _, digest = visit.said("noted").partition(":")
    if visit.said("noted") and not (number.isascii() and number.isdecimal() and len(digest) == _HASH):
        raise BadForm(phrase("A noted head is a row number, a colon and 64 hex digits."))
    broken, head = None, AuditHead()
    with visit.desk.inspecting(ACTION) as connection:
        try:
            head = verify_chain(connection, visit.desk.audit, AuditHead(int(number), digest.lower()) if number else None)
        except AuditBroken as error:
            broken = error
    return Shown(f"{SHELL}/audit_verified.html", {"head": head, "broken": broken})
