"""`liaison searches`: asking the office or the hub, what came back, and at an office what others asked."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.commands import Limit
from enforcement.seizures.fields import filled
from enforcement.seizures.model import as_json
from enforcement.seizures.naming import Administration, country
from enforcement.seizures.search_options import Wanted, looking_for
from enforcement.statistics.remote.answering import list_received
from enforcement.statistics.remote.asking import (
    VALID_DAYS,
    answerer,
    ask,
    continued,
    find_question,
    forget,
    list_asked,
    list_found,
    read_found,
    told,
    withdraw,
)
from enforcement.statistics.remote.limits import LONGEST, MOST_ON_PAGE, MOST_PAGES
from enforcement.statistics.remote.policy import LIMITS, limits_of, set_limit
from enforcement.statistics.remote.question import short
from enforcement.statistics.remote.store import ANSWERED, OPEN, WITHDRAWN
from liaison.node.times import from_ms
from liaison.terminal import counter

if TYPE_CHECKING:
    from liaison.terminal import Terminal

LOOK: Final = "searches.list"
ASK: Final = "searches.ask"
READ: Final = "searches.read"
LIMIT: Final = "searches.limits"
COLUMNS: Final = ["question", "at", "state", "looking_for", "age", "cases", "more"]
FOUND_COLUMNS: Final = ["administration", "reference", "version", "date", "country", "goods", "method", "counts_under", "since_then"]
HEADINGS: Final = {"administration": "by", "counts_under": "counts under", "since_then": "since then"}
RECEIVED_COLUMNS: Final = ["question", "asker", "state", "looking_for", "age", "cases", "refusal"]

Question = Annotated[str, typer.Argument(help="The question, as `liaison searches list` shows it: the end of its id.")]
Days = Annotated[int, typer.Option("--days", min=1, max=LONGEST.days, help="For so many days an answer is wanted.")]

_ASKING: Final = """Searches: ask others for their verified cases.

The office is asked, or the hub. A question is signed and travels like a report; the answer comes in pages when both sides have been online.

It holds what its reporter lets us see. What we may not see is not mentioned, not even as a number.
"""
_ANSWERING: Final = """Searches: what members ask of this office.

The node answers by itself when it has time, from verified cases whose reporter admits the asker.
"""


def asking_app() -> typer.Typer:
    """Ask others for their verified cases."""
    made = typer.Typer(help=_ASKING, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    for name, command in (("ask", _ask), ("list", _list), ("show", _show), ("read", _read)):
        made.command(name)(command)
    for name, command in (("more", _more), ("withdraw", _withdraw), ("forget", _forget)):
        made.command(name)(command)
    return made


def searches_app() -> typer.Typer:
    """Ask others for their verified cases, and what is asked here."""
    made = asking_app()
    made.command("received")(_received)
    made.command("limits")(_limits)
    return made


def answering_app() -> typer.Typer:
    """What members ask of this office."""
    made = typer.Typer(help=_ANSWERING, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("received")(_received)
    made.command("limits")(_limits)
    return made


@looking_for
def _ask(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    asked: Wanted,
    *,
    at: Annotated[str, typer.Option("--at", metavar="NODE", help="Whom to ask: hub, or leave it out for the office.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="Why, in a sentence; both sides keep it. Nothing nominal.")] = "",
    per_page: Annotated[int, typer.Option("--per-page", min=1, max=MOST_ON_PAGE, help="Cases on a page.")] = MOST_ON_PAGE,
    pages: Annotated[int, typer.Option("--pages", min=1, max=MOST_PAGES, help="At most so many pages; `more` gets the next.")] = 2,
    days: Days = VALID_DAYS,
) -> None:
    """Ask for verified cases, with the filters of `liaison seizures search`.

    Example: liaison searches ask section=drugs departure=CO destination=JM --since 2025-01-01 --purpose "Route study"

    Next: `liaison searches list` shows whether it is answered; `liaison searches show QUESTION` what came.
    """
    here = counter(ctx)
    desk = here.desk()
    desk.require(ASK)
    wanted = asked.filter(desk.parts.field[CodeLists])
    how = {"sort": asked.sort, "per_page": per_page, "pages": pages, "purpose": purpose.strip()}
    with desk.acting(ASK, at or "office", purpose=how["purpose"]) as tx:
        wanted = asked.narrowed(tx, wanted)
        target = answerer(tx, at.strip().lower())
        event_id = ask(tx, target, wanted, how, days)
    _sent(here.terminal, event_id, target, days)


def _sent(terminal: "Terminal", event_id: bytes, target: str, days: int) -> None:
    if terminal.as_json:
        terminal.record({"question": short(event_id), "at": target, "days": days, "event_id": event_id.hex()})
        return
    terminal.say(f"Question {short(event_id)} goes to {target}; its answer is waited for {days} days. See `liaison searches list`.")


def _list(ctx: typer.Context, *, limit: Limit = 50) -> None:
    """Our questions, latest first: what waits and for how long, what is answered, what expired.

    Example: liaison searches list

    Next: `liaison searches show QUESTION`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = list_asked(tx, limit=limit)
    empty = "Nothing was asked. `liaison searches ask FIELD=VALUE` asks the office."
    at.terminal.table("Questions", rows, COLUMNS, headings={"looking_for": "looking for"}, empty=empty)


def _show(ctx: typer.Context, question: Question) -> None:
    """What came for a question: as of when, how complete, and the cases.

    Example: liaison searches show 5f2a9c01

    Next: `liaison searches read QUESTION REFERENCE` for one case; `liaison searches more QUESTION` for those behind the last page.
    """
    at = counter(ctx)
    with at.desk().acting(READ, question) as tx:
        row = find_question(tx, question)
        one, found = told(tx, row), list_found(tx, row)
    if at.terminal.as_json:
        at.terminal.record({**one, "found": found})
        return
    names = ("at", "state", "asked_at", "age", "valid_until", "purpose", "pages", "of_pages", "as_of", "refusal", "detail")
    shown: dict[str, Any] = {"looking for": one["looking_for"], **{name: one[name] for name in names if one[name] not in ("", None)}}
    if one["members"] > 0:
        shown["coverage"] = f"{one['reporting']} of {one['members']} administrations have anything counted there in the period"
    at.terminal.record(shown, title=f"Question {one['question']}")
    _print_found(at.terminal, one, found)


def _print_found(terminal: "Terminal", one: dict[str, Any], found: list[dict[str, Any]]) -> None:
    if found or one["state"] == ANSWERED:
        empty = "Nothing fits that may be shown to us."
        terminal.table("Found", found, FOUND_COLUMNS, headings=HEADINGS, empty=empty)
    elif one["state"] == OPEN:
        terminal.say(f"No answer yet. It was asked {one['age']} ago, and is answered when {one['at']} has been online and had time.")
    if one["more"]:
        terminal.say(f"More fit: `liaison searches more {one['question']}`.")


def _read(
    ctx: typer.Context,
    question: Question,
    reference: Annotated[str, typer.Argument(help="The reference of a case that came for it.")],
    *,
    administration: Administration = "",
) -> None:
    """Read one case that was found, as its reporter signed it.

    Example: liaison searches read 5f2a9c01 AB-2025-000123

    Next: `liaison notices ours REFERENCE` where our office has told us of it as well.
    """
    at = counter(ctx)
    with at.desk().acting(READ, reference, question=question) as tx:
        row = find_question(tx, question)
        case, since_then = read_found(tx, row, reference, country(administration))
    as_of = from_ms(row["as_of"])
    if at.terminal.as_json:
        at.terminal.record({"case": as_json(case), "as_of": as_of, "since_then": since_then})
        return
    rows = [{"field": path, "value": value} for path, value in filled(case)]
    at.terminal.table(f"{case['administration']} {reference}", rows, ["field", "value"])
    at.terminal.say(f"As {row['target']} had it on {as_of:%Y-%m-%d %H:%M}Z. {_AGED[since_then]}")


_AGED: Final = {
    "": "What was amended or withdrawn since shows when it is asked again.",
    WITHDRAWN: "It was WITHDRAWN since: do not rely on it.",
}


def _more(ctx: typer.Context, question: Question, *, days: Days = VALID_DAYS) -> None:
    """Ask for what is behind the last page of an answered question; it is a question of its own.

    Example: liaison searches more 5f2a9c01

    Next: `liaison searches list`.
    """
    at = counter(ctx)
    with at.desk().acting(ASK, question) as tx:
        row = find_question(tx, question)
        event_id = continued(tx, row, days)
    _sent(at.terminal, event_id, row["target"], days)


def _withdraw(ctx: typer.Context, question: Question) -> None:
    """Want no answer any more. Pages that came before stay.

    Example: liaison searches withdraw 5f2a9c01

    Next: `liaison searches forget QUESTION` removes what came.
    """
    at = counter(ctx)
    with at.desk().acting(ASK, question, withdrawn=True) as tx:
        row = find_question(tx, question)
        withdraw(tx, row)
    at.terminal.record({"question": short(row["event_id"]), "at": row["target"], "state": "withdrawn"})


def _forget(ctx: typer.Context, question: Question) -> None:
    """Remove a question that does not wait any more, with every case that came for it.

    Example: liaison searches forget 5f2a9c01

    Next: `liaison searches ask` when it is wanted again.
    """
    at = counter(ctx)
    with at.desk().acting(ASK, question, forgotten=True) as tx:
        row = find_question(tx, question)
        forget(tx, row)
    at.terminal.record({"question": short(row["event_id"]), "state": "forgotten"})


def _received(
    ctx: typer.Context,
    *,
    asker: Annotated[str, typer.Option("--asker", metavar="NODE", help="Only of this member.")] = "",
    limit: Limit = 50,
) -> None:
    """What members asked of this office, latest first, and how far it is answered.

    Example: liaison searches received --asker ncp.jm

    Next: `liaison audit list` has each page that went out.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = list_received(tx, asker=asker.strip().lower(), limit=limit)
    empty = "Nobody has asked. Contact points ask with `liaison searches ask`."
    at.terminal.table("Received", rows, RECEIVED_COLUMNS, headings={"looking_for": "looking for"}, empty=empty)


def _limits(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    page: Annotated[int, typer.Option("--page", help="Cases on a page, 1 to 50.")] = 0,
    answer: Annotated[int, typer.Option("--answer", help="Cases that one question gets, 1 to 500.")] = 0,
    message: Annotated[int, typer.Option("--message", metavar="KIB", help="Evidence in one message, 8 to 128 KiB.")] = 0,
    day: Annotated[int, typer.Option("--day", help="Questions of one asker in 24 hours, 1 to 40.")] = 0,
    waiting: Annotated[int, typer.Option("--open", help="Unanswered questions of one asker, 1 to 5.")] = 0,
    days: Annotated[int, typer.Option("--days", help="Days that a question is worked on, 1 to 60.")] = 0,
) -> None:
    """What this office gives to those who ask it: shown, or with options set.

    Stricter than the network, never more generous. Holds at once. An asker is told by what comes: shorter pages, `more`, or a refusal.

    Example: liaison searches limits --message 32 --day 10

    Next: `liaison searches received`.
    """
    at = counter(ctx)
    desk = at.desk()
    given = {"page": page, "answer": answer, "message": message, "day": day, "open": waiting, "days": days}
    wanted = {name: value for name, value in given.items() if value}
    if wanted:
        with desk.acting(LIMIT, " ".join(wanted), **wanted) as tx:
            for name, value in wanted.items():
                set_limit(tx, name, value)
    with desk.looking(LOOK) as tx:
        said = limits_of(tx)
    rows = [{"limit": name, "value": said[name], "most": one.most, "meaning": one.meaning} for name, one in LIMITS.items()]
    at.terminal.table("Limits of answers", rows, ["limit", "value", "most", "meaning"])
