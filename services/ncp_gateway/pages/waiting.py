"""Waiting for me: at the national office what ports handed in, to approve or send back; at a port what came back, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.codelists.places import names_of_places
from enforcement.seizures.ports import (
    APPROVED,
    BEGUN,
    SENT_BACK,
    STANDINGS,
    WAITING,
    PortFilter,
    approval_rule,
    count_port_drafts,
    counts_by_port,
    list_port_drafts,
)
from liaison.access.permissions import permitted
from liaison.access.ports import known_ports
from liaison.access.users import list_users
from liaison.console.pages import Moved, Page, Place, Shown, Tally, Undo
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.approving import APPROVE, MOST_REASON, POLICY, approve_cases, change_rule, send_back, wait_once_more
from services.ncp_gateway.pages.mine import OFFICE, case_shown, refusal_of, said_of
from services.ncp_gateway.submitting import HAND_IN, submit_cases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.access.desk import Desk
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork
    from services.ncp_gateway.approving import Asked
    from services.ncp_gateway.submitting import Submitted

LIST: Final = "ports.waiting"
COUNTS: Final = "ports.list"
EACH: Final = 50
MOST_AT_ONCE: Final = 500
SHOWN_REFUSED: Final = 5
STANDING_WORDS: Final[Mapping[str, str]] = {
    WAITING: n_("waiting for approval"),
    SENT_BACK: n_("sent back"),
    BEGUN: n_("not handed in"),
    APPROVED: n_("approved"),
}
STANDING_TONES: Final[Mapping[str, str]] = {WAITING: "warn", SENT_BACK: "bad", APPROVED: "good"}


def waiting_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/waiting", LIST, show_waiting, Place("work", n_("Waiting for me"), 5, tally="waiting")),
        Page("POST", "/waiting/approve", APPROVE, approve),
        Page("POST", "/waiting/send-back", APPROVE, back),
        Page("POST", "/waiting/undo", APPROVE, undo),
        Page("POST", "/waiting/hand-in", HAND_IN, hand_in),
        Page("GET", "/waiting/{reference:path}", LIST, show_one),
        Page("GET", "/ports", COUNTS, show_ports, Place("node", n_("Ports"), 62)),
        Page("POST", "/ports", POLICY, change),
    )


def waiting_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    return (
        Tally(
            "waiting",
            LIST,
            waits_for_me,
            n_("drafts waiting for me"),
            n_("No draft of a port waits."),
            "/waiting",
            urgent=True,
            order=5,
            personal=True,
        ),
    )


def waits_for_me(tx: UnitOfWork) -> int:
    """At the national office what was handed in, at a port what was sent back."""
    return count_port_drafts(tx, PortFilter(SENT_BACK if tx.port else WAITING))


# --- the list -----------------------------------------------------------------------------------------------------------------


def show_waiting(visit: Visit, problem: LiaisonError | None = None, reason: str = "") -> Reply:
    """What waits, by port; other standings under tabs."""
    page, mine = visit.page(), visit.desk.person.port
    usual = SENT_BACK if mine else WAITING
    asked = visit.asked("standing", usual)
    standing = asked if asked in STANDINGS else usual
    port = visit.asked("port")[:64]
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.looking(LIST) as tx:
        rows = list_port_drafts(tx, PortFilter(standing, port), limit=EACH + 1, offset=(page - 1) * EACH)
        tabs = [(one, STANDING_WORDS[one], count_port_drafts(tx, PortFilter(one, port))) for one in STANDING_WORDS]
        ports = [row["port"] for row in counts_by_port(tx)]
        names, places = names_of(visit.desk, tx), names_of_places(tx, ports)
    data = {
        "rows": rows[:EACH],
        "more": len(rows) > EACH,
        "page": page,
        "tabs": tabs,
        "standing": standing,
        "port": port,
        "ports": ports,
        "mine": mine,
        "names": names,
        "places": places,
        "called": {code: lists.label("sections", code, visit.words.language) for code in lists.lists["sections"]},
        "base": case_base(visit.desk),
        "problem": problem,
        "reason": reason,
        "most": MOST_REASON,
    }
    return Shown(f"{OFFICE}/waiting.html", data, 422 if problem is not None else 200)


def case_base(desk: Desk) -> str:
    """Where this person looks at cases: all of the node's, or those of the port."""
    return "/mine/" if permitted(desk.person, "seizures.list") else "/waiting/"


def names_of(desk: Desk, tx: UnitOfWork) -> dict[str, str]:
    """Login names by pseudonymous id: who drafted is known by name in the own office."""
    return {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, desk.access)}


# --- the national office's word ----------------------------------------------------------------------------------------------------


def _asked(visit: Visit) -> list[Asked]:
    """The marked drafts: what was looked at, a blank, the reference."""
    with visit.desk.looking(APPROVE) as tx:
        home = tx.me.country
    pairs = [one.partition(" ") for one in visit.form.get("draft", ())][:MOST_AT_ONCE]
    return [((home, name[:64]), int(seen)) for seen, _, name in pairs if name and seen.isascii() and seen.isdigit() and len(seen) < 16]  # noqa: PLR2004


def approve(visit: Visit) -> Reply:
    """Let the marked drafts go to the office in charge."""
    asked = _asked(visit)
    if not asked:
        return Moved(_list_of(visit), visit.words("Mark the drafts first."), "warning")
    told = [one for portion in approve_cases(visit.desk, asked, urgent=bool(visit.said("urgent"))) for one in portion]
    went = sum(one.error is None for one in told)
    note = visit.words.many("{n} approved: signed, it goes to the office.", "{n} approved: signed, they go to the office.", went)
    return _moved(visit, told, note)


def back(visit: Visit) -> Reply:
    """Send the marked drafts back to their port, with a reason."""
    asked = _asked(visit)
    if not asked:
        return Moved(_list_of(visit), visit.words("Mark the drafts first."), "warning")
    try:
        told = [one for portion in send_back(visit.desk, asked, visit.said("reason")) for one in portion]
    except LiaisonError as error:
        return show_waiting(visit, error, visit.said("reason")[: 2 * MOST_REASON])
    done = [one.key[1] for one in told if one.error is None]
    note = visit.words.many("{n} sent back: its port reads the reason.", "{n} sent back: their ports read the reason.", len(done))
    return _moved(visit, told, note, Undo("/waiting/undo", {"references": "\n".join(done)}) if done else None)


def _list_of(visit: Visit) -> str:
    port = visit.said("port")[:64]
    return f"/waiting?port={quote(port)}" if port else "/waiting"


def _moved(visit: Visit, told: Sequence[Submitted], note: str, take_back: Undo | None = None) -> Moved:
    refused = [one for one in told if one.error is not None]
    if refused:
        kept = visit.words.many("{n} left alone:", "{n} left alone:", len(refused))
        note = f"{note} {kept} " + " ".join(refusal_of(visit.words, one) for one in refused[:SHOWN_REFUSED])
    return Moved(_list_of(visit), note, "warning" if refused else "done", take_back)


def undo(visit: Visit) -> Reply:
    """Take back that drafts were sent back."""
    references = [one[:64] for one in visit.said("references").splitlines() if one][:MOST_AT_ONCE]
    waiting = wait_once_more(visit.desk, references)
    return Moved("/waiting", visit.words.many("{n} waits again.", "{n} wait again.", waiting), "done" if waiting else "warning")


# --- at the port --------------------------------------------------------------------------------------------------------------


def show_one(visit: Visit) -> Reply:
    """A case of one's own port. Raises OtherPort."""
    return case_shown(visit, LIST, "/waiting/")


def hand_in(visit: Visit) -> Reply:
    """Put the marked drafts before the national office, or send them where no approval is asked."""
    references = list(dict.fromkeys(one[:64] for one in visit.form.get("reference", ()) if one))[:MOST_AT_ONCE]
    if not references:
        return Moved("/waiting?standing=begun", visit.words("Mark the drafts first."), "warning")
    with visit.desk.looking(HAND_IN) as tx:
        home = tx.me.country
    told = submit_cases(visit.desk, [(home, reference) for reference in references])
    to = f"{case_base(visit.desk)}{quote(references[0])}" if len(references) == 1 else "/waiting?standing=waiting"
    return Moved(to, *said_of(visit, told))


# --- the ports ----------------------------------------------------------------------------------------------------------------


def show_ports(visit: Visit) -> Reply:
    """Which ports draft here and how their drafts stand; for administrators, whether they wait."""
    with visit.desk.looking(COUNTS) as tx:
        rule, counted, names = approval_rule(tx), {row["port"]: row for row in counts_by_port(tx)}, names_of(visit.desk, tx)
        people: dict[str, int] = {}
        for entry in list_users(tx.connection, visit.desk.access):
            people[entry.person.port] = people.get(entry.person.port, 0) + (not entry.disabled)
        ports = sorted({*known_ports(tx.connection, visit.desk.access), *counted})
        places = names_of_places(tx, ports)
    none = dict.fromkeys(STANDINGS, 0) | {"oldest": None}
    rows = [{**none, **counted.get(port, {}), "port": port, "people": people.get(port, 0), "place": places[port]} for port in ports]
    return Shown(f"{OFFICE}/ports.html", {"rows": rows, "rule": rule, "names": names})


def change(visit: Visit) -> Reply:
    """Say whether drafts of ports wait for the national office."""
    required = visit.said("approval") == "required"
    change_rule(visit.desk, required=required)
    note = (
        n_("From now on drafts of ports wait for the national office.")
        if required
        else n_("From now on officers at ports submit by themselves.")
    )
    return Moved("/ports", visit.words(note))
