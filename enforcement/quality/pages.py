"""How contact points report: at an office its region, unranked, and reminders; at a contact point its own card beside the median."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.codelists.model import CodeLists
from enforcement.intake.field_words import field_told
from enforcement.quality.contents import unseen, up_to_date
from enforcement.quality.figure_words import figure_record, figure_told
from enforcement.quality.issuing import ISSUE, PeriodRuns, issue, issued_cards
from enforcement.quality.nil import list_nils, months_of
from enforcement.quality.offices import office_figures
from enforcement.quality.periods import Span, last_quarter, number_of, span_of
from enforcement.quality.regions import region
from enforcement.quality.scope import READ, contact_point, region_of
from enforcement.verification.reason_words import reason_title
from liaison.console.jobs import Ended, Progress
from liaison.console.lately import forget, kept, lately
from liaison.console.pages import BadForm, Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import datetime

    from enforcement.quality.cards import Card
    from enforcement.quality.regions import Medians
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

    Asked = tuple[Sequence[Member], Span, str]

PACKAGE: Final = "enforcement.quality"
REGION: Final = "/region"
MOST_AT_ONCE: Final = 200  # versions that are looked at within a request; more is long work
MONTHS: Final = 12
# column -> figure
SHOWN: Final[Mapping[str, str]] = {
    n_("Participation"): "participation",
    n_("Days to submit"): "seizure to submission, median",
    n_("Days to a verdict"): "submission to verdict, median",
    n_("Complete"): "completeness",
    n_("Returned"): "return rate",
    n_("Repeated errors"): "repeat errors",
}


def region_pages() -> Sequence[Page]:
    """For `Console.pages` at offices."""
    return (
        Page("GET", REGION, READ, show_region, Place("figures", n_("Region"), 10)),
        Page("GET", f"{REGION}/months", READ, show_months),
        Page("GET", f"{REGION}/{{node}}", READ, show_card),
        Page("POST", f"{REGION}/prepare", READ, prepare),
        Page("POST", f"{REGION}/issue", ISSUE, issue_cards),
    )


def quality_pages() -> Sequence[Page]:
    """For `Console.pages` at contact points."""
    return (
        Page("GET", "/quality", READ, show_card, Place("figures", n_("Our quality card"), 10)),
        Page("POST", "/quality/prepare", READ, prepare),
    )


def _asked(visit: Visit) -> tuple[Span, str]:
    """Period and section of the query. Raises BadPeriod, BadForm."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    period, section = visit.asked("period") or visit.said("period"), visit.asked("section") or visit.said("section")
    if section and section not in lists.valid["sections"]:
        raise BadForm(phrase("There is no such section."))
    return span_of(period) if period else last_quarter(visit.desk.parts.clock.now()), section


def _periods(visit: Visit) -> list[str]:
    """Those that a list offers: the last quarters, and years."""
    now = visit.desk.parts.clock.now()
    quarter = number_of(now.date()) // 3
    return [f"{one // 4}-Q{one % 4 + 1}" for one in range(quarter, quarter - 6, -1)] + [str(now.year), str(now.year - 1)]


def _ready(visit: Visit, members: Sequence[Member], span: Span) -> int:
    """Look at what the cases have filled, if it is little; how many versions are still to be looked at."""
    administrations = [one.country for one in members]
    with visit.desk.looking(READ) as tx:
        left = unseen(tx, administrations, span)
    if 0 < left <= MOST_AT_ONCE:
        for taken in up_to_date(visit.desk.parts, administrations, span):
            left -= taken
    return max(0, left)


def prepare(visit: Visit) -> Reply:
    """Look at what the cases of a period have filled: long work when it is much."""
    span, section = _asked(visit)
    with visit.desk.looking(READ) as tx:
        members = [tx.me] if tx.me.kind == "ncp" else list(region_of(tx)[1])
        back = "/quality" if tx.me.kind == "ncp" else REGION
        left = unseen(tx, [one.country for one in members], span)
    to = f"{back}?period={span.name}&section={section}"

    def steps() -> Generator[Progress, None, Ended]:
        done = 0
        for taken in up_to_date(visit.desk.parts, [one.country for one in members], span):
            done += taken
            yield Progress(done, max(left, done))
        forget(visit.desk.parts, _span_key(span))
        return Ended(to)

    job = visit.jobs.start(visit.desk.person.user_id, visit.words("Looking at what the cases have filled"), to, steps())
    return Moved(f"/jobs/{job.job_id}")


def issue_cards(visit: Visit) -> Reply:
    """Sign and send the cards of a period that is over: what its cases have filled is looked at first, so it may be long work."""
    span, section = _asked(visit)
    if visit.desk.parts.clock.now() < span.until:
        raise PeriodRuns(phrase("{period} ends on {day}.", period=span.name, day=f"{span.until:%Y-%m-%d}"))
    with visit.desk.looking(ISSUE) as tx:
        members = list(region_of(tx)[1])
        administrations = [one.country for one in members]
        left = unseen(tx, administrations, span)
    to = f"{REGION}?period={span.name}&section={section}"

    def steps() -> Generator[Progress, None, Ended]:
        done = 0
        for taken in up_to_date(visit.desk.parts, administrations, span):
            done += taken
            yield Progress(done, max(left, done))
        with visit.desk.acting(ISSUE, span.name, section=section, contact_points=len(members)) as tx:
            issued = issue(tx, members, span, section, office_figures(tx, members, span, section))
        forget(visit.desk.parts, _span_key(span))
        note = visit.words.many(
            "{n} card is on its way; the hub gets what the contact point gets, and this office's own.",
            "{n} cards are on their way; the hub gets what the contact points get, and this office's own.",
            len(issued),
        )
        return Ended(to, note)

    job = visit.jobs.start(visit.desk.person.user_id, visit.words("Issuing the cards of {period}", period=span.name), to, steps())
    return Moved(f"/jobs/{job.job_id}")


def _choices(visit: Visit, span: Span, section: str) -> dict[str, Any]:
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    sections = [(one, lists.label("sections", one, visit.words.language)) for one in lists.codes("sections")]
    periods = list(dict.fromkeys([span.name, *_periods(visit)]))
    return {"periods": periods, "period": span.name, "sections": sections, "section": section}


def show_region(visit: Visit) -> Reply:
    """The contact points of this office by name, never by rank, with the regional median where it may be told."""
    span, section = _asked(visit)
    with visit.desk.looking(READ) as tx:
        office, members = region_of(tx)
        key = _key(tx, members, span, section)
    known: _Region | None = kept(visit.desk.parts, key)
    left = known.left if known is not None else _ready(visit, members, span)
    with visit.desk.viewing("quality.read", office, period=span.name, section=section) as tx:
        told = known or _region(visit, tx, key, (members, span, section), left)
        sent = [one["as_of"] for one in issued_cards(tx, subject=tx.node, period=span.name, section=section)]
        over = tx.now >= span.until
    rows = [{"node": card.member.node, "cases": card.cases, "told": _figures(visit.words, card)} for card in told.cards]
    medians = [told.medians.get(name, (None, 0)) for name in SHOWN.values()]
    data = {"office": office, "rows": rows, "medians": medians, "columns": list(SHOWN), "as_of": told.as_of, "left": told.left}
    data |= {"issued": max(sent, default=None), "over": over}
    return Shown(f"{PACKAGE}/region.html", {**data, **_choices(visit, span, section)})


def _figures(words: Words, card: Card) -> list[str]:
    named = {one.name: figure_told(words, one) for one in card.figures if one.name in SHOWN.values()}
    return [named[name] for name in SHOWN.values()]


def show_card(visit: Visit) -> Reply:
    """One contact point's card: each figure with the cases it is of, and the regional median beside it."""
    span, section = _asked(visit)
    with visit.desk.looking(READ) as tx:
        member = contact_point(tx, visit.path.get("node", ""))
        mine = tx.me.kind == "ncp"
        members = [member] if mine else list(region_of(tx, member.office)[1])
        key = _key(tx, members, span, section)
    known: _Region | None = kept(visit.desk.parts, key)
    left = known.left if known is not None else _ready(visit, members, span)
    with visit.desk.viewing("quality.read", member.node, period=span.name, section=section) as tx:
        told = known or _region(visit, tx, key, (members, span, section), left)
        medians = _issued(tx, member, span, section) if mine else {name: median for name, (median, _) in told.medians.items()}
    card = next(card for card in told.cards if card.member.node == member.node)
    records = [(card.figure(one["figure"]), one) for one in card.record()["figures"]]
    figures = [{**figure_record(visit.words, figure, one), "median": medians.get(figure.name)} for figure, one in records]
    data = {"card": card, "figures": figures, "left": told.left, "mine": mine, "node": member.node}
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    data |= {"field_told": partial(field_told, lists=lists, language=visit.words.language), "reason_title": reason_title(visit.words)}
    return Shown(f"{PACKAGE}/card.html", {**data, **_choices(visit, span, section)})


class _Region(NamedTuple):
    """Cards and medians as they were at a time, when so many versions had not been looked at."""

    cards: Sequence[Card]
    medians: Medians
    as_of: datetime
    left: int


def _key(tx: UnitOfWork, members: Sequence[Member], span: Span, section: str) -> tuple[Any, ...]:
    """Under which these cards are shown again."""
    return (*_span_key(span), section, tx.members.version, tuple(one.node for one in members))


def _span_key(span: Span) -> tuple[str, str]:
    return "region", span.name


def _region(visit: Visit, tx: UnitOfWork, key: tuple[Any, ...], asked: Asked, left: int) -> _Region:
    """The cards with the medians, and as of when they are: of a year of many cases they are shown again for some minutes."""
    return lately(visit.desk.parts, key, lambda: _Region(*region(tx, *asked), tx.now, left))


def _issued(tx: UnitOfWork, member: Member, span: Span, section: str) -> dict[str, Any]:
    """At the contact point itself: the medians of the card that its office issued."""
    issued = issued_cards(tx, subject=member.node, period=span.name, section=section)
    return {one["figure"]: one.get("region_median") for card in issued for one in card["figures"]}


def show_months(visit: Visit) -> Reply:
    """Month by month what was reported: cases, a nil report, or nothing; and the nil reports."""
    with visit.desk.looking(READ) as tx:
        office, members = region_of(tx)
        now = number_of(tx.now.date())
        span = Span("", now - MONTHS + 1, now)
        administrations = [one.country for one in members]
        months, nils = months_of(tx, administrations, span), list_nils(tx, administrations)
    rows = [{"node": one.node, "months": months[one.country]} for one in members]
    return Shown(f"{PACKAGE}/months.html", {"office": office, "rows": rows, "months": span.months, "nils": nils})
