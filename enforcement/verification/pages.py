"""The pages of verification, at regional offices and the hub: the queue, the record, corrections, policies, figures; what waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.codelists.model import CodeLists
from enforcement.verification.correcting_pages import correcting_pages
from enforcement.verification.figures import FEWEST, Period, figures
from enforcement.verification.policy import (
    MAY_PASS,
    MOST_DAYS,
    NONE,
    SETTINGS,
    NoPolicy,
    PolicyUnfit,
    clear_policy,
    in_words,
    list_policies,
    read_harmless,
    read_share,
    set_policy,
    standing,
)
from enforcement.verification.queries import WaitingFilter, count_waiting
from enforcement.verification.queue_pages import LOOK, PACKAGE, QUEUE, filter_choices, queue_pages
from enforcement.verification.record_pages import record_pages
from enforcement.verification.store import VerificationTables
from liaison.console.lately import lately
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.node.times import to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

POLICY: Final = "verification.policy"
FIGURES: Final = "verification.figures"
USUAL_DAYS: Final = 90
DECLINED_DAYS: Final = 14


def verification_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        *queue_pages(),
        *correcting_pages(),
        *record_pages(),
        Page("GET", f"{QUEUE}/policies", LOOK, show_policies),
        Page("POST", f"{QUEUE}/policies", POLICY, put_policy),
        Page("POST", f"{QUEUE}/policies/clear", POLICY, end_policy),
        Page("GET", f"{QUEUE}/figures", FIGURES, show_figures, Place("figures", n_("Verification figures"), 30)),
    )


def verification_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    decide = "verification.decide"
    overdue, mine = f"{QUEUE}?overdue=yes", f"{QUEUE}?whose=mine"
    declined = f"{QUEUE}/corrections?state=declined"
    return (
        Tally("verification.waiting", LOOK, _waiting, n_("wait for a verdict"), n_("Nothing waits: all passed by rule."), QUEUE, order=10),
        Tally("verification.overdue", LOOK, _overdue, n_("past their target"), n_("None is late."), overdue, urgent=True, order=11),
        Tally("verification.mine", decide, _mine, n_("cases with me"), n_("You have taken none."), mine, order=12, personal=True),
        Tally(
            "verification.declined", LOOK, _declined, n_("corrections declined in 14 days"), n_("None was declined."), declined, order=13
        ),
    )


def _waiting(tx: UnitOfWork) -> int:
    return count_waiting(tx, WaitingFilter())


def _overdue(tx: UnitOfWork) -> int:
    return count_waiting(tx, WaitingFilter(overdue=True))


def _mine(tx: UnitOfWork) -> int:
    return count_waiting(tx, WaitingFilter(user=tx.author))


def _declined(tx: UnitOfWork) -> int:
    declines = tx.of(VerificationTables).declines
    since = to_ms(tx.now - timedelta(days=DECLINED_DAYS))
    row = tx.one(select(func.count().label("there")).select_from(declines).where(declines.c.declined_at >= since))
    return 0 if row is None else int(row["there"])


# --- policies ---------------------------------------------------------------------------------------------------------------


def show_policies(visit: Visit) -> Reply:
    """The policies in force, widest first, and a form to set one."""
    return _policies(visit)


def _policies(visit: Visit, problem: PolicyUnfit | None = None) -> Shown:
    with visit.desk.looking(LOOK) as tx:
        rows = list_policies(tx, ended=visit.asked("ended") == "yes")
        choices = filter_choices(visit, tx)
        usual = standing(tx).settings()
    said = {name: visit.said(name) for name in ("administration", "section", *SETTINGS)}
    data = {"rows": rows, "usual": usual, "said": said, "may_pass": sorted(MAY_PASS), "most_days": MOST_DAYS, "none": NONE}
    beside = {problem.field: [visit.words.explained(problem).sentence]} if problem is not None else {}
    shown = {**data, **choices, "beside": beside, "lists": visit.desk.parts.field[CodeLists], "language": visit.words.language}
    return Shown(f"{PACKAGE}/policies.html", shown, 422 if problem is not None else 200)


def _scope(visit: Visit) -> tuple[str, str]:
    """Of the form, one that the page offers. Raises BadForm."""
    scope = visit.said("administration"), visit.said("section")
    with visit.desk.looking(LOOK) as tx:
        choices = filter_choices(visit, tx)
    known = [{code for code, _ in choices[name]} | {""} for name in ("administrations", "sections")]
    if scope[0] not in known[0] or scope[1] not in known[1]:
        raise BadForm(phrase("A policy is for a contact point of this office and a section of the code list, or for all."))
    return scope


def put_policy(visit: Visit) -> Reply:
    """Set what was written; what is empty stays as it is."""
    scope = _scope(visit)
    try:
        settings = _settings(visit)
    except PolicyUnfit as error:
        return _policies(visit, error)
    with visit.desk.acting(POLICY, in_words(scope), **settings) as tx:
        number = set_policy(tx, scope, settings)
    return Moved(f"{QUEUE}/policies", visit.words("Policy {number} is in force.", number=number))


def _settings(visit: Visit) -> dict[str, Any]:
    """Of the form. Raises PolicyUnfit."""
    harmless = visit.said("harmless").replace(",", " ").split()
    days = visit.said("target_days")
    if days and not (days.isascii() and days.isdigit() and 1 <= int(days[:6]) <= MOST_DAYS):
        raise PolicyUnfit("target_days", phrase("{days!r} is no number of days from 1 to {most}.", days=days[:40], most=MOST_DAYS))
    given = {
        "share": read_share(visit.said("share")),
        "harmless": read_harmless(harmless or None),
        "target_days": int(days) if days else None,
        "by_rule": {"yes": True, "no": False}.get(visit.said("by_rule")),
    }
    settings = {name: value for name, value in given.items() if value is not None}
    if not settings:
        raise PolicyUnfit("share", phrase("Say at least one thing that the policy changes."))
    return settings


def end_policy(visit: Visit) -> Reply:
    """End the policy of exactly this scope."""
    scope = visit.said("administration")[:2], visit.said("section")[:40]
    try:
        with visit.desk.acting(POLICY, in_words(scope), cleared=True) as tx:
            number = clear_policy(tx, scope)
    except NoPolicy:
        return Moved(f"{QUEUE}/policies", visit.words("Somebody has ended it before."), "warning")
    return Moved(f"{QUEUE}/policies", visit.words("Policy {number} has ended; the next wider one holds.", number=number))


# --- figures ----------------------------------------------------------------------------------------------------------------


def show_figures(visit: Visit) -> Reply:
    """How long this office takes, and how its verdicts come about."""
    with visit.desk.looking(FIGURES) as tx:
        first = _day(visit, "since") or (tx.now - timedelta(days=USUAL_DAYS)).date()
        last = _day(visit, "until") or tx.now.date()
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
        administration = visit.asked("administration").upper()[:2]
        told = lately(visit.desk.parts, ("verdicts", begin, end, administration), lambda: figures(tx, Period(begin, end, administration)))
        choices = filter_choices(visit, tx)
    shown = {"told": told, "first": first, "last": last, "administration": administration, "fewest": FEWEST, **choices}
    return Shown(f"{PACKAGE}/figures.html", shown)


def _day(visit: Visit, name: str) -> date | None:
    text = visit.asked(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadForm(phrase("{name} is a day like 2026-01-31.", name=name)) from None
