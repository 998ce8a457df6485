"""Notices to route countries: at a contact point what it was told, at an office what it told and which leads came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.seizures.case_words import CaseWords
from enforcement.seizures.notices.answering import (
    LeadUnfit,
    NothingToTake,
    count_notices,
    find_notice,
    give_lead,
    list_leads,
    list_notices,
    mark_read,
    show_notice,
)
from enforcement.seizures.notices.receiving import STATES
from enforcement.seizures.notices.telling import list_told
from enforcement.seizures.queries import UnknownCase
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.protocol.errors import EgressRefused, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError

LIST: Final = "/notices"
LOOK: Final = "notices.list"
READ: Final = "notices.read"
LEAD: Final = "notices.lead"
PACKAGE: Final = "enforcement.seizures.notices"
EACH: Final = 100
STATE_WORDS: Final = (n_("validated"), n_("withdrawn"), n_("elsewhere"))  # for the catalogues


def notice_pages() -> Sequence[Page]:
    """For `Console.pages` at contact points."""
    return (
        Page("GET", LIST, LOOK, show_notices, Place("intelligence", n_("Notices"), 30, "notices.unread")),
        Page("POST", f"{LIST}/lead", LEAD, say_ours),
        Page("POST", f"{LIST}/read", READ, say_read),
        Page("GET", f"{LIST}/{{administration}}/{{reference:path}}", READ, read),
    )


def told_pages() -> Sequence[Page]:
    """For `Console.pages` at offices."""
    return (Page("GET", LIST, LOOK, show_told, Place("intelligence", n_("Notices"), 30)),)


def notice_tallies() -> Sequence[Tally]:
    """For `Console.tallies` at contact points."""
    return (Tally("notices.unread", LOOK, _unread, n_("notices unread"), n_("All are read."), f"{LIST}?unread=yes", order=35),)


def _unread(tx: UnitOfWork) -> int:
    return count_notices(tx, unread=True)


def show_notices(visit: Visit) -> Reply:
    """Cases of other countries whose route names ours, latest first."""
    state, unread = visit.asked("state"), visit.asked("unread") == "yes"
    if state and state not in STATES:
        raise BadForm(phrase("There is no such state."))
    with visit.desk.looking(LOOK) as tx:
        rows = list_notices(tx, state=state, unread=unread, limit=EACH)
        there, leads = count_notices(tx, state=state, unread=unread), list_leads(tx, EACH)
    data = {"rows": rows, "there": there, "leads": leads, "state": state, "unread": unread, "states": STATES}
    return Shown(f"{PACKAGE}/notices.html", {**data, "lists": visit.desk.parts.field[CodeLists]})


def read(visit: Visit) -> Reply:
    """One notice: the case as its reporter signed it. Who has read it says so: a page that is only fetched reads nothing."""
    return _notice(visit, (visit.path["administration"].upper(), visit.path["reference"]))


def _notice(visit: Visit, key: tuple[str, str], problem: LiaisonError | None = None) -> Shown:
    with visit.desk.acting(READ, key[1]) as tx:
        told = show_notice(tx, key[1], key[0])
        names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, visit.desk.access)}
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    tell: CaseWords = visit.desk.parts.field[CaseWords]
    groups = tell.groups(told["case"], lists, visit.words.language) if told["case"] is not None else {}
    data: dict[str, Any] = {"told": told, "groups": groups, "problem": problem, "own": visit.said("own"), "note_said": visit.said("note")}
    data["reader"] = names.get(told["read_by"], told["read_by"])
    return Shown(f"{PACKAGE}/notice.html", {**data, "lists": lists}, 422 if problem is not None else 200)


def say_read(visit: Visit) -> Reply:
    """Mark a notice as read, for all of this contact point."""
    key = (visit.said("administration")[:2], visit.said("reference")[:64])
    with visit.desk.acting(READ, key[1], read=True) as tx:
        mark_read(tx, find_notice(tx, key[1], key[0]))
    return Moved(f"{LIST}?unread=yes", visit.words("{reference} is marked as read.", reference=key[1]))


def say_ours(visit: Visit) -> Reply:
    """Tell the office that this case belongs to one of ours, or may; neither case changes."""
    key = (visit.said("administration")[:2], visit.said("reference")[:64])
    try:
        with visit.desk.acting(LEAD, key[1], own=visit.said("own")[:64]) as tx:
            notice = find_notice(tx, key[1], key[0])
            give_lead(tx, notice, visit.said("own"), visit.said("note"))
            mark_read(tx, notice)
            office = tx.me.office
    except (NothingToTake, UnknownCase, LeadUnfit, EgressRefused) as error:
        return _notice(visit, key, error)
    return Moved(LIST, visit.words("{office} will know that {reference} is ours too.", office=office, reference=key[1]))


def show_told(visit: Visit) -> Reply:
    """What this office told its contact points, or is about to, and the leads that came back."""
    due = visit.asked("due") == "yes"
    with visit.desk.looking(LOOK) as tx:
        rows, leads = list_told(tx, due=due, limit=EACH), list_leads(tx, EACH)
    return Shown(f"{PACKAGE}/told.html", {"rows": rows, "leads": leads, "due": due})
