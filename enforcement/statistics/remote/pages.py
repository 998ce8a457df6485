"""Searches at other offices as pages: ask, what was asked and how it stands, what came; at an office what others asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.receipts import in_words
from enforcement.seizures.filter_forms import FIELD_TITLES, chips, read_form
from enforcement.seizures.search import BY_DATE
from enforcement.statistics.remote import asking
from enforcement.statistics.remote.answering import list_received
from enforcement.statistics.remote.asking import ASK, LOOK, READ
from enforcement.statistics.remote.limits import LONGEST, MOST_ON_PAGE, MOST_PAGES
from enforcement.statistics.remote.policy import LIMITS, limits_of, set_limit
from enforcement.statistics.remote.question import short
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Undo
from liaison.console.words import n_
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.console.pages import Reply, Visit

PATH: Final = "/searches"
RECEIVED: Final = "/searches-received"
LIMIT: Final = "searches.limits"
LIMIT_WORDS: Final[Mapping[str, str]] = {  # of `policy.LIMITS`
    "page": n_("Cases on a page"),
    "answer": n_("Cases that one question gets; what is behind them is asked for anew"),
    "message": n_("KiB of evidence in one message, for poor lines"),
    "day": n_("Questions of one asker in 24 hours"),
    "open": n_("Unanswered questions of one asker"),
    "days": n_("Days that a question is worked on"),
}
PAGES: Final = 2
STATES: Final = (n_("open"), n_("answered"), n_("refused"), n_("expired"))  # of a question, for the catalogues
_TEMPLATES: Final = "enforcement.statistics.remote"


def asking_pages() -> Sequence[Page]:
    """For `Console.pages` of who asks."""
    return (
        Page("GET", PATH, LOOK, show_asked, Place("network", n_("Searches elsewhere"), 30)),
        Page("GET", f"{PATH}/ask", ASK, show_form),
        Page("POST", f"{PATH}/ask", ASK, send_question),
        Page("GET", f"{PATH}/{{question}}/{{administration}}/{{reference:path}}", READ, show_case),
        Page("POST", f"{PATH}/{{question}}/more", ASK, ask_more),
        Page("POST", f"{PATH}/{{question}}/withdraw", ASK, take_back),
        Page("POST", f"{PATH}/{{question}}/forget", ASK, remove),
        Page("GET", f"{PATH}/{{question}}", READ, show_question),
    )


def searches_received_pages() -> Sequence[Page]:
    """For `Console.pages` of who is asked."""
    return (
        Page("GET", RECEIVED, LOOK, show_received, Place("network", n_("Searches received"), 31)),
        Page("GET", f"{RECEIVED}/limits", LOOK, show_limits),
        Page("POST", f"{RECEIVED}/limits", LIMIT, change_limits),
    )


def show_asked(visit: Visit) -> Reply:
    """Our questions, latest first."""
    with visit.desk.looking(LOOK) as tx:
        rows = asking.list_asked(tx)
    return Shown(f"{_TEMPLATES}/asked.html", {"rows": rows})


def show_form(visit: Visit) -> Reply:
    """The filters to ask with, as the address carries them."""
    return _form(visit)


def _form(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    with visit.desk.looking(ASK) as tx:
        form, lists = read_form(visit, tx), tx.of(CodeLists)
        kind = tx.me.kind
    return Shown(
        f"{_TEMPLATES}/ask.html",
        {
            "form": form,
            "problem": problem,
            "chips": chips(form, f"{PATH}/ask", lists, visit.words),
            "here": form.address(f"{PATH}/ask"),
            "whom": [("", visit.words("our office")), ("hub", visit.words("the hub"))]
            if kind == "ncp"
            else [("hub", visit.words("the hub"))],
            "purpose": visit.said("purpose"),
            "days": visit.said("days", str(asking.VALID_DAYS)),
            "longest": LONGEST.days,
            "pages": visit.said("pages", str(PAGES)),
            "most_pages": MOST_PAGES,
            "fields": [(name, title, "") for name, title in FIELD_TITLES.items()],
        },
        400 if problem is not None else 200,
    )


def _count(visit: Visit, name: str, usual: int, most: int) -> int:
    said = visit.said(name, str(usual)) or str(usual)
    if not (said.isascii() and said.isdigit() and 0 < int(said[:6]) <= most):
        raise BadForm(phrase("{name} is a whole number from 1 to {most}.", name=name, most=most))
    return int(said)


def send_question(visit: Visit) -> Reply:
    """Sign the question and let it travel."""
    try:
        days, pages = _count(visit, "days", asking.VALID_DAYS, LONGEST.days), _count(visit, "pages", PAGES, MOST_PAGES)
        how = {"sort": BY_DATE, "per_page": MOST_ON_PAGE, "pages": pages, "purpose": visit.said("purpose")}
        at = visit.said("at").lower()
        with visit.desk.acting(ASK, at or "office", purpose=how["purpose"]) as tx:
            form = read_form(visit, tx)
            if form.problems:
                raise BadForm(next(iter(form.problems.values()))[0])
            target = asking.answerer(tx, at)
            event_id = asking.ask(tx, target, form.wanted, how, days)
    except LiaisonError as error:
        return _form(visit, error)
    return Moved(
        f"{PATH}/{short(event_id)}",
        visit.words("The question goes to {target}; its answer is waited for {days} days.", target=target, days=days),
    )


def show_question(visit: Visit) -> Reply:
    """How a question stands, and what came for it."""
    name = visit.path["question"]
    with visit.desk.acting(READ, name) as tx:
        row = asking.find_question(tx, name)
        one, found = asking.told(tx, row), asking.list_found(tx, row)
    return Shown(f"{_TEMPLATES}/question.html", {"one": one, "found": found, "here": f"{PATH}/{one['question']}"})


def show_case(visit: Visit) -> Reply:
    """One case that came, as its reporter signed it."""
    name, administration, reference = (visit.path[part] for part in ("question", "administration", "reference"))
    with visit.desk.acting(READ, reference, question=name) as tx:
        row = asking.find_question(tx, name)
        case, since_then = asking.read_found(tx, row, reference, administration.upper())
        as_of = from_ms(row["as_of"])
    shown = {
        "title": f"{case['administration']} {reference}",
        "groups": in_words(case, visit.desk.parts.field[CodeLists], visit.words.language, codes=False),
        "as_of": as_of,
        "withdrawn": bool(since_then),
        "back": f"{PATH}/{name}",
    }
    return Shown(f"{_TEMPLATES}/found.html", shown)


def ask_more(visit: Visit) -> Reply:
    """Ask for what is behind the last page."""
    name = visit.path["question"]
    with visit.desk.acting(ASK, name) as tx:
        row = asking.find_question(tx, name)
        event_id = asking.continued(tx, row)
    return Moved(f"{PATH}/{short(event_id)}", visit.words("Asked for more; it is a question of its own."))


def take_back(visit: Visit) -> Reply:
    """Want no answer any more."""
    name = visit.path["question"]
    with visit.desk.acting(ASK, name, withdrawn=True) as tx:
        asking.withdraw(tx, asking.find_question(tx, name))
    return Moved(f"{PATH}/{name}", visit.words("Withdrawn. What came before stays."))


def remove(visit: Visit) -> Reply:
    """Remove a question with what came for it."""
    name = visit.path["question"]
    with visit.desk.acting(ASK, name, forgotten=True) as tx:
        asking.forget(tx, asking.find_question(tx, name))
    return Moved(PATH, visit.words("Removed, with every case that came for it."))


def show_received(visit: Visit) -> Reply:
    """What members asked of this office."""
    asker = visit.asked("asker").lower()[:40]
    with visit.desk.looking(LOOK) as tx:
        rows = list_received(tx, asker=asker)
    return Shown(f"{_TEMPLATES}/received.html", {"rows": rows, "asker": asker})


def show_limits(visit: Visit, problems: Mapping[str, str] | None = None) -> Reply:
    """What this office gives to those who ask it; a form for who may change that."""
    with visit.desk.looking(LOOK) as tx:
        said = limits_of(tx)
    rows = [
        {"name": name, "title": LIMIT_WORDS[name], "value": said[name], "given": visit.said(name, str(said[name]))[:6], "limit": limit}
        for name, limit in LIMITS.items()
    ]
    data = {"rows": rows, "problems": problems or {}}
    return Shown(f"{_TEMPLATES}/limits.html", data, 200 if not problems else 422)


def change_limits(visit: Visit) -> Reply:
    """Set what differs; it holds at once."""
    with visit.desk.looking(LOOK) as tx:
        before = limits_of(tx)
    wanted: dict[str, int] = {}
    problems: dict[str, str] = {}
    for name, limit in LIMITS.items():
        text = visit.said(name, str(before[name]))
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - digits
        if not limit.least <= value <= limit.most:
            problems[name] = visit.words("From {least} to {most}.", least=limit.least, most=limit.most)
        elif value != before[name]:
            wanted[name] = value
    if problems:
        return show_limits(visit, problems)
    if not wanted:
        return Moved(f"{RECEIVED}/limits", visit.words("Nothing was changed."), "warning")
    with visit.desk.acting(LIMIT, " ".join(wanted), **wanted) as tx:
        for name, value in wanted.items():
            set_limit(tx, name, value)
    back = {name: str(before[name]) for name in wanted}
    return Moved(f"{RECEIVED}/limits", visit.words("The limits hold from now on."), undo=Undo(f"{RECEIVED}/limits", back))
