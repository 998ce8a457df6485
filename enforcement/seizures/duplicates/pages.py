"""Cases that may be one, at every kind of office: an office asks or dismisses, an owner answers; both side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.seizures.case_words import CaseWords
from enforcement.seizures.duplicates.deciding import agree, dismiss, propose, reopen, unlink
from enforcement.seizures.duplicates.finding import Account, search, waiting
from enforcement.seizures.duplicates.model import THRESHOLD
from enforcement.seizures.duplicates.pairs import STATES, key_of
from enforcement.seizures.duplicates.portions import DISMISS, LINK, PROPOSE, decide_all, lead_of
from enforcement.seizures.duplicates.queries import (
    ALL,
    PairFilter,
    count_pairs,
    list_pairs,
    pair_by_number,
    record,
    shared,
    side_by_side,
    statement_records,
)
from enforcement.seizures.duplicates.reason_words import reason_in
from enforcement.seizures.facts import unindexed, up_to_date
from enforcement.seizures.store import known_versions
from liaison.console.jobs import Ended, Progress
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from enforcement.seizures.duplicates.pairs import Row
    from liaison.access.desk import Desk
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

LIST: Final = "/duplicates"
LOOK: Final = "duplicates.list"
FIND: Final = "duplicates.find"
PACKAGE: Final = "enforcement.seizures.duplicates"
EACH: Final = 100
STATE_WORDS: Final = (n_("open"), n_("proposed"), n_("waiting"), n_("linked"), n_("dismissed"), n_("gone"), n_("all"))


def _pages() -> tuple[Page, ...]:
    at = f"{LIST}/{{number}}"
    return (
        Page("GET", LIST, LOOK, show_list, Place("work", n_("Duplicates"), 40, "duplicates.undecided")),
        Page("POST", f"{LIST}/find", FIND, find),
        Page("GET", at, LOOK, show_pair),
        Page("POST", f"{at}/dismiss", DISMISS, dismiss_it),
        Page("POST", f"{at}/reopen", DISMISS, reopen_it),
    )


def office_duplicate_pages() -> Sequence[Page]:
    """For `Console.pages` at offices, which ask the owners."""
    return (*_pages(), Page("POST", f"{LIST}/{{number}}/propose", PROPOSE, propose_it))


def owner_duplicate_pages() -> Sequence[Page]:
    """For `Console.pages` at contact points, which own cases."""
    at = f"{LIST}/{{number}}"
    return (*_pages(), Page("POST", f"{at}/link", LINK, link_it), Page("POST", f"{at}/unlink", LINK, unlink_it))


def duplicate_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    return (Tally("duplicates.undecided", LOOK, _undecided, n_("pairs may be one case"), n_("No pair waits."), LIST, order=40),)


def _undecided(tx: UnitOfWork) -> int:
    return count_pairs(tx, PairFilter())


def show_list(visit: Visit) -> Reply:
    """Pairs, the likeliest first."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    state, section = visit.asked("state"), visit.asked("section")
    if state not in ("", ALL, *STATES) or (section and section not in lists.valid["sections"]):
        raise BadForm(phrase("There is no such state or section."))
    wanted = PairFilter(
        state=state,
        administration=visit.asked("administration").upper()[:2],
        section=section,
        reference=visit.asked("reference")[:64],
        exact=visit.asked("exact") == "yes",
        across=visit.asked("across") == "yes",
        least=0 if state else THRESHOLD,
    )
    with visit.desk.looking(LOOK) as tx:
        rows = list_pairs(tx, wanted, limit=EACH)
        data = {"rows": rows, "fitting": count_pairs(tx, wanted), "new": waiting(tx) + unindexed(tx)}
    sections = [(one, lists.label("sections", one, visit.words.language)) for one in lists.codes("sections")]
    return Shown(
        f"{PACKAGE}/pairs.html", {**data, "wanted": wanted, "states": (*STATES, ALL), "sections": sections, "called": dict(sections)}
    )


def find(visit: Visit) -> Reply:
    """Compare what is new with what is here: long work."""
    desk = visit.desk
    with desk.acting(FIND, "what is new"):
        pass
    job = visit.jobs.start(desk.person.user_id, visit.words("Comparing what is new"), LIST, _steps(visit, desk))
    return Moved(f"/jobs/{job.job_id}")


def _steps(visit: Visit, desk: Desk) -> Generator[Progress, None, Ended]:
    account, done = Account(), 0
    for taken in up_to_date(desk.parts):
        done += taken
        yield Progress(done, 0, visit.words("Preparing what is new for search"))
    with desk.looking(LOOK) as tx:
        total = waiting(tx)
    done = 0
    for taken in search(desk.parts, account):
        done += taken
        yield Progress(done, max(total, done), visit.words("Comparing"))
    found = visit.words.many("{n} new pair found.", "{n} new pairs found.", account.found)
    compared = visit.words.many("{n} case compared.", "{n} cases compared.", account.compared)
    return Ended(LIST, f"{compared} {found}")


def _number(visit: Visit) -> int:
    """Of the address. Raises BadForm."""
    text = visit.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 16):  # noqa: PLR2004 - digits
        raise BadForm(phrase("A pair has a number."))
    return int(text)


def show_pair(visit: Visit) -> Reply:
    """Both cases side by side, why they score so, what their owners said."""
    return _pair(visit, _number(visit))


def _pair(visit: Visit, number: int, problem: LiaisonError | None = None) -> Shown:
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.acting(LOOK, f"pair {number}") as tx:
        row = pair_by_number(tx, number)
        data: dict[str, Any] = {
            "pair": record(row),
            "reason_told": reason_in(visit.words),
            "rows": visit.desk.parts.field[CaseWords].beside(side_by_side(tx, row), lists, visit.words.language),
            "said": statement_records(tx, row),
            "lead": row["lead"] or lead_of(tx, row, ""),
            "cases": [" ".join(case) for case in key_of(row).cases],
            "here": [case for case in key_of(row).cases if known_versions(tx, case)],
            "own": tx.me.kind == "ncp" and tx.me.country in key_of(row).owners,
            "owner": tx.me.kind == "ncp",
        }
    shown = {**data, "problem": problem, "lead_said": visit.said("lead"), "reason": visit.said("reason")}
    return Shown(f"{PACKAGE}/pair.html", shown, 422 if problem is not None else 200)


# --- what people do about it ------------------------------------------------------------------------------------------------


def _reason(visit: Visit) -> str:
    return visit.said("reason")[:400]


def _lead(visit: Visit, tx: UnitOfWork, row: Row) -> int:
    """Which leads: 1 or 2 as chosen, else by custom."""
    chosen = visit.said("lead")
    return int(chosen) if chosen in ("1", "2") else lead_of(tx, row, "")


def _do(visit: Visit, action: str, verb: str, step: Any, said: str) -> Reply:  # noqa: ANN401 - a verb of pairs
    number = _number(visit)
    told = next(decide_all(visit.desk, (action, verb), [number], step))[0]
    if told.error is not None:
        return _pair(visit, number, told.error)
    return Moved(f"{LIST}/{number}", visit.words("{said} The pair is now {state}.", said=said, state=told.state))


def dismiss_it(visit: Visit) -> Reply:
    """They are not one: an owner says so, signed; an office only takes it off its list."""
    return _do(visit, DISMISS, "dismiss", lambda tx, row: dismiss(tx, row, _reason(visit)), visit.words("Dismissed."))


def reopen_it(visit: Visit) -> Reply:
    """Look at a dismissed pair again; nobody is told."""
    return _do(visit, DISMISS, "reopen", reopen, visit.words("On the list again."))


def propose_it(visit: Visit) -> Reply:
    """Ask the owners to link two cases."""

    def ask(tx: UnitOfWork, row: Row) -> str:
        return propose(tx, row, _lead(visit, tx, row), (shared(side_by_side(tx, row)), _reason(visit)))

    return _do(visit, PROPOSE, "propose", ask, visit.words("The owners are asked."))


def link_it(visit: Visit) -> Reply:
    """Say that two cases are one, and which counts."""
    return _do(visit, LINK, "link", lambda tx, row: agree(tx, row, _lead(visit, tx, row)), visit.words("You say that they are one."))


def unlink_it(visit: Visit) -> Reply:
    """Take back that two cases are one."""
    if not _reason(visit):
        return _pair(visit, _number(visit), ReasonNeeded())
    return _do(visit, LINK, "unlink", lambda tx, row: unlink(tx, row, _reason(visit)), visit.words("Taken back."))


class ReasonNeeded(LiaisonError):  # noqa: N818 - named for the state
    """A link is taken back with a reason."""

    code = "duplicates.reason"
    next_step = "Say in a sentence why they are not one."
