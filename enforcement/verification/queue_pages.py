"""The queue: what waits for a verdict, who has it, many decided at once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from enforcement.codelists.model import CodeLists
from enforcement.seizures.passed import ACCEPTED
from enforcement.seizures.rules import BY_CODE
from enforcement.verification.assigning import ACTION as ASSIGN
from enforcement.verification.assigning import do_all, give, named, release, take, verifier, verifiers
from enforcement.verification.deciding import ReasonMissing, Verdict
from enforcement.verification.drawing import OFFICER
from enforcement.verification.queries import (
    NOBODY,
    Waiting,
    WaitingFilter,
    codes_waiting,
    count_waiting,
    list_waiting,
    waiting_keys,
)
from enforcement.verification.reason_words import reason_title
from enforcement.verification.reviewing import PORTION, decide_all
from enforcement.verification.screens import NominalVerdict
from liaison.console.jobs import Ended, Progress
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Undo
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from liaison.access.desk import Desk
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork

LOOK: Final = "verification.list"
DECIDE: Final = "verification.decide"
QUEUE: Final = "/verification"
PACKAGE: Final = "enforcement.verification"
EACH: Final = 50
SHOWN_MANY: Final = 100
MINE, ALL_THAT_FIT, SAMPLE = "mine", "yes", "drawn"
NARROWING: Final = ("administration", "section", "whose", "why", "overdue", "older")
MOST_DAYS: Final = 3650
OUT_OF_SCOPE: Final = "out-of-scope"
REASONS: Final = (OUT_OF_SCOPE, "laboratory", "not-a-seizure", "wrong-place", "wrong-goods", "wrong-amount", "text-unclear")


def reason_codes() -> list[str]:
    """The codes of reasons that are offered for any case: the usual ones, then every rule's."""
    return [*REASONS, *sorted(BY_CODE)]


def queue_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", QUEUE, LOOK, show_queue, Place("work", n_("Verification"), 20, "verification.waiting")),
        Page("POST", f"{QUEUE}/many", DECIDE, decide_many),
        Page("POST", f"{QUEUE}/assign", ASSIGN, assign),
    )


@dataclass(frozen=True, slots=True)
class Queue:
    """Which part of the queue somebody is on: the filter, and the fields that say it again in an address."""

    wanted: WaitingFilter
    told: Mapping[str, str]

    @property
    def query(self) -> str:
        """As the query of an address; empty for the whole queue."""
        return urlencode(self.told)

    @property
    def address(self) -> str:
        """Of the list."""
        return f"{QUEUE}?{self.query}" if self.told else QUEUE


def queue_of(desk: Desk, told: Mapping[str, str]) -> Queue:
    """The queue that the fields of an address ask for. Raises BadForm."""
    given = {name: told[name].strip()[:60] for name in NARROWING if told.get(name, "").strip()}
    lists: CodeLists = desk.parts.field[CodeLists]
    if given.get("section", "") and given["section"] not in lists.valid["sections"]:
        raise BadForm(phrase("There is no section {section!r}.", section=given["section"]))
    if given.get("older") and not (given["older"].isascii() and given["older"].isdigit() and int(given["older"]) <= MOST_DAYS):
        raise BadForm(phrase("The days are a whole number."))
    why = given.get("why", "")
    wanted = WaitingFilter(
        administration=given.get("administration", "").upper()[:2],
        section=given.get("section", ""),
        code="" if why == SAMPLE else why,
        older_than_days=int(given.get("older", "0")),
        user={MINE: desk.person.user_id, "nobody": NOBODY}.get(given.get("whose", ""), ""),
        overdue=bool(given.get("overdue")),
        drawn=why == SAMPLE,
    )
    return Queue(wanted, given)


def queue_asked(visit: Visit) -> Queue:
    """Of the query."""
    return queue_of(visit.desk, {name: visit.asked(name) for name in NARROWING})


def queue_said(visit: Visit) -> Queue:
    """Of the form's field `queue`, which is the query of a list."""
    return queue_of(visit.desk, dict(parse_qsl(visit.said("queue")[:1000])))


def show_queue(visit: Visit) -> Reply:
    """What waits for a verdict, longest waiting first."""
    queue, page = queue_asked(visit), visit.page()
    desk = visit.desk
    with desk.looking(LOOK) as tx:
        rows = named(desk, tx, list_waiting(tx, queue.wanted, limit=EACH, offset=(page - 1) * EACH))
        fitting = count_waiting(tx, queue.wanted)
        waiting = count_waiting(tx, WaitingFilter()) if queue.told else fitting
        overdue = count_waiting(tx, WaitingFilter(overdue=True))
        choices = {**filter_choices(visit, tx), "people": [one.name for one in verifiers(desk, tx)]}
    data = {"rows": rows, "fitting": fitting, "waiting": waiting, "overdue": overdue, "queue": queue, "page": page, **choices}
    return Shown(f"{PACKAGE}/queue.html", {**data, "more": page * EACH < fitting, "lists": desk.parts.field[CodeLists]})


def filter_choices(visit: Visit, tx: UnitOfWork) -> dict[str, Any]:
    """What the filters of a list offer: contact points of this office, sections, codes of findings."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    language = visit.words.language
    countries = sorted({one.country for one in tx.members.of_office(tx.node)})
    return {
        "administrations": [(one, f"{one} · {lists.label('countries', one, language)}") for one in countries],
        "sections": [(one, lists.label("sections", one, language)) for one in lists.codes("sections")],
        "codes": codes_waiting(tx),
        "reason_title": reason_title(visit.words),
    }


# --- many at once -----------------------------------------------------------------------------------------------------------


def decide_many(visit: Visit) -> Reply:
    """Accept or return what was marked, or all that fits: first asked, with how many and which; then done."""
    queue = queue_said(visit)
    verdict = visit.said("verdict")
    if verdict not in (ACCEPTED, "returned"):
        raise BadForm(phrase("Many are accepted or returned; one is declined or corrected by itself."))
    chosen = _chosen(visit, queue)
    if not chosen:
        return Moved(queue.address, visit.words("Nothing was marked: mark the cases first, or choose all that fit."), "warning")
    seal = _seal(chosen)
    if visit.said("sure") != "yes" or visit.said("seal") != seal:
        return _ask(visit, queue, chosen, changed=bool(visit.said("seal")) and visit.said("seal") != seal)
    try:
        made, findings = _verdict(visit, verdict)
        return _give(visit, queue, chosen, (made, findings))
    except (ReasonMissing, NominalVerdict) as error:
        return _ask(visit, queue, chosen, problem=error)


def _verdict(visit: Visit, verdict: str) -> tuple[Verdict, bool]:
    if verdict == ACCEPTED:
        return Verdict(ACCEPTED, OFFICER), False
    findings = visit.said("findings") == "yes"
    code = visit.said("code")[:60]
    reasons = [{"code": code, "field": "", "text": visit.said("text")[:1000]}] if code else []
    if visit.said("text") and not code:
        raise ReasonMissing(phrase("Choose a reason code for what you write."))
    if not reasons and not findings:
        raise ReasonMissing
    return Verdict(verdict, OFFICER, reasons), findings


def _give(visit: Visit, queue: Queue, chosen: list[Waiting], asked: tuple[Verdict, bool]) -> Reply:
    if len(chosen) > PORTION:
        steps = _portions(visit, queue, chosen, asked)
        job = visit.jobs.start(visit.desk.person.user_id, visit.words("Verdicts"), queue.address, steps)
        return Moved(f"/jobs/{job.job_id}")
    decided = [one for portion in decide_all(visit.desk, chosen, asked[0], with_findings=asked[1]) for one in portion]
    left = [one.error for one in decided if one.error is not None]
    return Moved(queue.address, _told(visit, asked[0].verdict, len(decided) - len(left), left), "warning" if left else "done")


def _portions(visit: Visit, queue: Queue, chosen: list[Waiting], asked: tuple[Verdict, bool]) -> Generator[Progress, None, Ended]:
    done, left = 0, list[LiaisonError]()
    for portion in decide_all(visit.desk, chosen, asked[0], with_findings=asked[1]):
        errors = [one.error for one in portion if one.error is not None]
        left += errors
        done += len(portion) - len(errors)
        yield Progress(done + len(left), len(chosen))
    return Ended(queue.address, _told(visit, asked[0].verdict, done, left))


def _told(visit: Visit, verdict: str, done: int, left: Sequence[LiaisonError]) -> str:
    said = [done_words(visit.words, verdict, done)] if done or not left else []
    if left:
        said.append(
            visit.words.many(
                "{n} case left alone: {why}",
                "{n} cases left alone, the first: {why}",
                len(left),
                why=visit.words.explained(left[0]).sentence,
            )
        )
    return " ".join(said)


def done_words(words: Words, verdict: str, number: int) -> str:
    """That so many cases got this verdict."""
    match verdict:
        case "accepted":
            return words.many("{n} case accepted.", "{n} cases accepted.", number)
        case "returned":
            return words.many("{n} case returned.", "{n} cases returned.", number)
        case "declined":
            return words.many("{n} case declined.", "{n} cases declined.", number)
    return words.many("{n} case accepted with a proposed correction.", "{n} cases accepted with a proposed correction.", number)


def _chosen(visit: Visit, queue: Queue) -> list[Waiting]:
    if visit.said("all") == ALL_THAT_FIT:
        with visit.desk.looking(LOOK) as tx:
            return waiting_keys(tx, queue.wanted)
    return marked(visit)


def marked(visit: Visit) -> list[Waiting]:
    """The cases whose boxes are marked. Raises BadForm."""
    return [waiting_from(text) for text in dict.fromkeys(visit.form.get("one", ()))]


def waiting_from(text: str) -> Waiting:
    """A version as a box names it: BR|REFERENCE|1. Raises BadForm."""
    administration, bar, rest = text.partition("|")
    reference, also, version = rest.rpartition("|")
    if not (bar and also and reference and version.isascii() and version.isdigit() and len(version) < 10):  # noqa: PLR2004 - digits
        raise BadForm(phrase("A marked case is not named as this page names it."))
    return Waiting(administration[:2], reference[:64], int(version))


def _seal(chosen: Sequence[Waiting]) -> str:
    """Of what was shown before asking: if other cases would be decided, it is asked again."""
    return blake2b(repr(sorted(chosen)).encode(), digest_size=16).hexdigest()


def _ask(visit: Visit, queue: Queue, chosen: list[Waiting], *, problem: LiaisonError | None = None, changed: bool = False) -> Reply:
    with visit.desk.looking(LOOK) as tx:
        codes = codes_waiting(tx)
    told = reason_title(visit.words)
    data = {
        "verdict": visit.said("verdict"),
        "queue": queue,
        "chosen": chosen,
        "shown": chosen[:SHOWN_MANY],
        "count": len(chosen),
        "every": visit.said("all") == ALL_THAT_FIT,
        "seal": _seal(chosen),
        "problem": problem,
        "changed": changed,
        "options": [(code, told(code) or code) for code in dict.fromkeys([*codes, *REASONS])],
        "said": {name: visit.said(name) for name in ("code", "text", "findings")},
        "first": not visit.said("seal"),
    }
    return Shown(f"{PACKAGE}/many.html", data, 422 if problem is not None else 200)


# --- who has it -------------------------------------------------------------------------------------------------------------


def assign(visit: Visit) -> Reply:
    """Take marked cases, give them back, or give them to somebody."""
    queue, chosen, what = queue_said(visit), marked(visit), visit.said("what")
    back = visit.said("back") or queue.address
    if not chosen:
        return Moved(back, visit.words("Nothing was marked: mark the cases first, or choose all that fit."), "warning")
    told = [one for portion in do_all(visit.desk, chosen, what[:20], _step(visit, what)) for one in portion]
    left = [one.error for one in told if one.error is not None]
    said = _assigned(visit.words, what, len(told) - len(left), visit.said("to"))
    if left:
        return Moved(back, f"{said} {visit.words.explained(left[0]).sentence}", "warning")
    one = chosen[0]
    undo = Undo(f"{QUEUE}/assign", {"what": "release", "one": "|".join(map(str, one)), "queue": queue.query, "back": back})
    return Moved(back, said, undo=undo if what == "take" and len(chosen) == 1 else None)


def _assigned(words: Words, what: str, number: int, who: str) -> str:
    if what == "take":
        return words.many("{n} case is with you.", "{n} cases are with you.", number)
    if what == "release":
        return words.many("{n} case is back in the queue.", "{n} cases are back in the queue.", number)
    return words.many("{n} case is with {who}.", "{n} cases are with {who}.", number, who=who)


def _step(visit: Visit, what: str) -> Callable[[UnitOfWork, Waiting], None]:
    if what == "take":
        return take
    if what == "release":
        return release
    if what != "give":
        raise BadForm(phrase("A case is taken, given or given back."))
    with visit.desk.looking(LOOK) as tx:
        user_id = verifier(visit.desk, tx, visit.said("to"))
    return lambda tx, one: give(tx, one, user_id)
