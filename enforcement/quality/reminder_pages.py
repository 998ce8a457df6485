"""Reminders: at an office whom to remind, what was sent and answered; at a contact point what is open, its answer, nil reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.quality.nil import NIL, CasesThere, MonthNotOver, NoNilReport, ReasonUnfit, months_of, say_nil, withdraw_nil
from enforcement.quality.periods import Span, is_month, number_of
from enforcement.quality.reminding import (
    ANSWER,
    LOOK,
    OPEN,
    POLICY,
    SEND,
    NoReminder,
    NoteUnfit,
    NothingToRemind,
    RemindedBefore,
    acknowledge,
    drafts,
    list_policies,
    reminder_of,
    send,
    sent_reminders,
    set_every_days,
)
from enforcement.quality.scope import READ, NotYours, contact_point
from enforcement.quality.waiting import CONTRADICTED, CORRECTION, NOT_REPORTED, RETURNED_CASE, standing_of
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.node.times import from_ms
from liaison.protocol.errors import EgressRefused, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError
    from liaison.protocol.members import Member

LIST: Final = "/reminders"
PACKAGE: Final = "enforcement.quality"
MOST_DAYS: Final = 366
MONTHS: Final = 12
UNFIT: Final = (NoteUnfit, NothingToRemind, RemindedBefore, EgressRefused)
NIL_UNFIT: Final = (MonthNotOver, CasesThere, NoNilReport, ReasonUnfit, EgressRefused)
KIND_WORDS: Final[Mapping[str, str]] = {
    NOT_REPORTED: n_("month without a report"),
    RETURNED_CASE: n_("returned case"),
    CORRECTION: n_("proposed correction"),
    CONTRADICTED: n_("nothing was reported, yet there are cases"),
}
STATUS_WORDS: Final = (n_("reported"), n_("silent"), n_("nil"), n_("running"))
POLICY_WORDS: Final = (n_("its own"), n_("all"), n_("standing"))


def office_reminder_pages() -> Sequence[Page]:
    """For `Console.pages` at offices."""
    return (
        Page("GET", LIST, LOOK, show_drafts, Place("work", n_("Reminders"), 50)),
        Page("POST", f"{LIST}/send", SEND, send_it),
        Page("POST", f"{LIST}/policy", POLICY, put_policy),
    )


def reminder_pages() -> Sequence[Page]:
    """For `Console.pages` at contact points."""
    return (
        Page("GET", LIST, LOOK, show_open, Place("work", n_("Reminders and months"), 50, "reminders.open")),
        Page("POST", f"{LIST}/acknowledge", ANSWER, answer),
        Page("POST", f"{LIST}/nil", NIL, say_nothing),
        Page("POST", f"{LIST}/withdraw", NIL, withdraw),
    )


def reminder_tallies() -> Sequence[Tally]:
    """For `Console.tallies` at contact points."""
    title, none = n_("reminders to answer"), n_("No reminder waits for an answer.")
    return (Tally("reminders.open", ANSWER, _open, title, none, LIST, urgent=True, order=45),)


def _open(tx: UnitOfWork) -> int:
    return sum(one.state == OPEN for one in sent_reminders(tx))


# --- at an office -----------------------------------------------------------------------------------------------------------


def show_drafts(visit: Visit) -> Reply:
    """Whom to remind now, and what became of what was sent."""
    return _drafts(visit)


def _drafts(visit: Visit, problem: LiaisonError | None = None) -> Shown:
    with visit.desk.looking(LOOK) as tx:
        today = tx.now.date()
        rows = [
            {
                "node": one.member.node,
                "silent_days": one.silent_days,
                "every_days": one.every_days,
                "heard_at": from_ms(one.heard_at) if one.heard_at else None,
                "items": [item.record(today) for item in one.items],
            }
            for one in drafts(tx)
        ]
        sent, policies = [one.record(today) for one in sent_reminders(tx)], list_policies(tx)
    data = {"rows": rows, "sent": sent, "policies": policies, "problem": problem, "said": visit.said("note"), "node": visit.said("node")}
    return Shown(f"{PACKAGE}/drafts.html", {**data, "most_days": MOST_DAYS}, 422 if problem is not None else 200)


def _mine(tx: UnitOfWork, node: str) -> Member:
    """One of this office's own. Raises NotYours."""
    member = contact_point(tx, node)
    if member.office != tx.node:
        raise NotYours(phrase("{node} reports to {office}, which reminds it.", node=member.node, office=member.office), node=member.node)
    return member


def send_it(visit: Visit) -> Reply:
    """Send one reminder, signed and with the person as author; never twice for the same month."""
    try:
        with visit.desk.acting(SEND, visit.said("node")[:40], reminders=1) as tx:
            node = send(tx, _mine(tx, visit.said("node")), visit.said("note")).row["node"]
    except UNFIT as error:
        return _drafts(visit, error)
    return Moved(LIST, visit.words("{node} is reminded.", node=node))


def put_policy(visit: Visit) -> Reply:
    """After how many days without a word to remind; 0 takes a policy away."""
    days, node = visit.said("every_days"), visit.said("node")
    if not (days.isascii() and days.isdigit() and len(days) < 4 and int(days) <= MOST_DAYS):  # noqa: PLR2004 - digits
        raise BadForm(phrase("The days are a whole number from 0 to {MOST_DAYS}.", MOST_DAYS=MOST_DAYS))
    with visit.desk.acting(POLICY, node[:40] or "all", every_days=int(days)) as tx:
        set_every_days(tx, _mine(tx, node).node if node else "", int(days))
    return Moved(LIST, visit.words("Set."))


# --- at a contact point -----------------------------------------------------------------------------------------------------


def show_open(visit: Visit) -> Reply:
    """What the office waits for, the reminders that came, and which months are reported."""
    return _standing(visit)


def _standing(visit: Visit, problem: LiaisonError | None = None) -> Shown:
    with visit.desk.looking(LOOK) as tx:
        today = tx.now.date()
        items = [one.record(today) for one in standing_of(tx, tx.me).items]
        came = [one.record(today) for one in sent_reminders(tx)]
        now = number_of(today)
        visit.desk.require(READ)
        months = list(reversed(months_of(tx, [tx.me.country], Span("", now - MONTHS + 1, now))[tx.me.country]))
    data = {"items": items, "came": came, "months": months, "problem": problem, "said": visit.said("reason"), "kinds": KIND_WORDS}
    return Shown(f"{PACKAGE}/open.html", data, 422 if problem is not None else 200)


def answer(visit: Visit) -> Reply:
    """Tell the office that its reminder was seen, and what to expect."""
    try:
        with visit.desk.acting(ANSWER, visit.said("month")[:10] or "latest") as tx:
            month = reminder_of(tx, tx.node, visit.said("month")).row["month"]
            acknowledge(tx, month, visit.said("reason"))
    except (NoReminder, NoteUnfit, EgressRefused) as error:
        return _standing(visit, error)
    return Moved(LIST, visit.words("The office knows; what is open stays open until it is done."))


def _month(visit: Visit) -> str:
    month = visit.said("month")
    if not is_month(month):
        raise BadForm(phrase("A month is written 2026-01."))
    return month


def say_nothing(visit: Visit) -> Reply:
    """Say that a month brought no seizures: a nil report."""
    month = _month(visit)
    try:
        with visit.desk.acting(NIL, month, section="") as tx:
            said = say_nil(tx, month, "")
    except NIL_UNFIT as error:
        return _standing(visit, error)
    if not said:
        return Moved(LIST, visit.words("That was said before; nothing changes."), "warning")
    return Moved(LIST, visit.words("Nothing in {month}: the office is told.", month=month))


def withdraw(visit: Visit) -> Reply:
    """Take a nil report back, and say why."""
    month = _month(visit)
    try:
        with visit.desk.acting(NIL, month, section="", withdrawn=True) as tx:
            withdraw_nil(tx, month, "", visit.said("reason"))
    except NIL_UNFIT as error:
        return _standing(visit, error)
    return Moved(LIST, visit.words("The nil report of {month} is withdrawn; the office is told.", month=month))
