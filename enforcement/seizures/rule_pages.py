"""Pages of the rules: what every case is checked for, and what the office in charge makes of it; at an office, proposed by one person and
released by another.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures import switch_actions as actions
from enforcement.seizures.errors import UnknownRule
from enforcement.seizures.rules import BY_CODE, ERROR, RULES, WARNING
from enforcement.seizures.rules.switches import AS_IS, MOST_WEIGHT, OFF, USUAL_WEIGHT, Switch
from enforcement.seizures.switching import MAX_REASON, edition_rows, office_of, switches_now
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.rules.findings import Rule
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

HERE: Final = "enforcement.seizures"
LOOK: Final = "rules.list"
PROPOSE: Final = "rules.propose"
RELEASE: Final = "rules.release"
SWITCHED: Final = "switched"
_NAMED: Final = re.compile(r"['«“]?(?:\{\w+\})+['»”]?")
STATE_WORDS: Final[Mapping[str, str]] = {
    AS_IS: n_("as shipped"),
    OFF: n_("off"),
    WARNING: n_("warning"),
    ERROR: n_("error"),
}
STATE_TONES: Final[Mapping[str, str]] = {ERROR: "bad", WARNING: "warn"}
SUBJECT_WORDS: Final[Mapping[str, str]] = {
    "agency": n_("Who seized"),
    "attribute": n_("Attributes of goods"),
    "cash": n_("Cash"),
    "code": n_("Codes"),
    "concealment": n_("Concealment"),
    "date": n_("Date"),
    "detection": n_("Detection"),
    "direction": n_("Direction"),
    "ecommerce": n_("E-commerce"),
    "field": n_("Fields"),
    "firearm": n_("Firearms"),
    "hs": n_("Tariff codes"),
    "kind": n_("Offences without goods"),
    "line": n_("Lines"),
    "list": n_("Lists"),
    "name": n_("Names"),
    "nominal": n_("Nominal data"),
    "number": n_("Numbers"),
    "override": n_("Overrides"),
    "persons": n_("Persons"),
    "picture": n_("Pictures"),
    "place": n_("Place"),
    "prompt": n_("What prompted the control"),
    "quantity": n_("Quantities"),
    "reference": n_("Reference"),
    "route": n_("Route"),
    "species": n_("Species"),
    "specimen": n_("Specimens"),
    "text": n_("Texts"),
    "time": n_("Time"),
    "transport": n_("Means of transport"),
    "unit": n_("Units"),
    "value": n_("Values and duties"),
}


def rule_pages() -> Sequence[Page]:
    """For `Console.pages` of a contact point: looking only."""
    return (
        Page("GET", "/rules", LOOK, show_rules, Place("network", n_("Rules"), 35)),
        Page("GET", "/rules/switches", LOOK, show_switches),
        Page("GET", "/rules/{code}", LOOK, partial(show_rule, setting=False)),
    )


def office_rule_pages() -> Sequence[Page]:
    """For `Console.pages` of an office: setting switches too."""
    looking = {page.path: page for page in rule_pages()}
    return (
        looking["/rules"],
        looking["/rules/switches"],
        Page("POST", "/rules/switches/discard", PROPOSE, discard),
        Page("POST", "/rules/switches/release", RELEASE, release),
        Page("POST", "/rules/{code}", PROPOSE, propose),
        Page("GET", "/rules/{code}", LOOK, partial(show_rule, setting=True)),
    )


def office_rule_tallies() -> Sequence[Tally]:
    """For `Console.tallies` of an office."""
    title, empty = n_("changes of rules wait for a second person"), n_("No change of rules is proposed.")
    return (Tally("switches", RELEASE, _waiting, title, empty, "/rules/switches", order=85),)


def _waiting(tx: UnitOfWork) -> int:
    return int(actions.proposed(tx) is not None)


def plain_sentence(rule: Rule, language: str) -> str:
    """What a rule says, where no case is at hand: dots for what it would name of one."""
    return _NAMED.sub("…", rule.messages[language])


def show_rules(visit: Visit) -> Reply:
    """Every rule in the reader's language, with what holds of it here."""
    subject, severity, text = visit.asked("subject"), visit.asked("severity"), visit.asked("text")[:60].casefold()
    language = visit.words.language
    with visit.desk.looking(LOOK) as tx:
        office, switched = office_of(tx), switches_now(tx).by_code
    rows = []
    for rule in RULES:
        switch = switched.get(rule.code)
        sentence = plain_sentence(rule, language)
        if subject not in ("", rule.subject) or text not in f"{rule.code} {sentence}".casefold():
            continue
        if severity == SWITCHED if switch is None else severity not in ("", SWITCHED, rule.severity):
            continue
        if switch is None and severity not in ("", rule.severity):
            continue
        rows.append({"rule": rule, "sentence": sentence, "switch": switch})
    data: dict[str, Any] = {
        "rows": rows,
        "office": office,
        "subjects": [(code, visit.words(word)) for code, word in SUBJECT_WORDS.items()],
        "subject": subject,
        "severity": severity,
        "text": visit.asked("text")[:60],
        "states": STATE_WORDS,
        "tones": STATE_TONES,
        "switched": len(switched),
    }
    return Shown(f"{HERE}/rules.html", data)


def show_rule(visit: Visit, problem: LiaisonError | None = None, *, setting: bool) -> Reply:
    """One rule whole; at an office, the form that proposes to have it otherwise. Raises UnknownRule."""
    code = visit.path["code"].strip().lower()
    rule = BY_CODE.get(code)
    if rule is None:
        raise UnknownRule.of(code[:60], BY_CODE)
    with visit.desk.looking(LOOK) as tx:
        office, switch, proposed, today = office_of(tx), switches_now(tx).by_code.get(code), actions.proposed(tx), tx.now.date()
    wanted = next((one for one in (proposed or {"switches": []})["switches"] if one["code"] == code), None)
    state, weight = (wanted["state"], wanted["weight"]) if wanted else (switch.state, switch.weight) if switch else (AS_IS, USUAL_WEIGHT)
    data: dict[str, Any] = {
        "rule": rule,
        "sentence": plain_sentence(rule, visit.words.language),
        "office": office,
        "switch": switch,
        "proposed": proposed,
        "wanted": wanted,
        "setting": setting,
        "states": STATE_WORDS,
        "tones": STATE_TONES,
        "makes": [(one, visit.words(word)) for one, word in STATE_WORDS.items() if rule.overridable or one in (AS_IS, ERROR)],
        "given": {
            "state": visit.said("state", state),
            "weight": visit.said("weight", str(weight)),
            "from": visit.said("from", proposed["valid_from"] if proposed else today.isoformat()),
            "reason": visit.said("reason", proposed["reason"] if proposed else ""),
        },
        "most": MOST_WEIGHT,
        "longest": MAX_REASON,
        "problem": problem,
    }
    return Shown(f"{HERE}/rule.html", data, 422 if problem is not None else 200)


def propose(visit: Visit) -> Reply:
    """Add what was chosen for this rule to the open proposal, or begin one."""
    code = visit.path["code"].strip().lower()
    try:
        change = _change(visit, code)
        with visit.desk.acting(PROPOSE, code, reason=change.reason) as tx:
            told = actions.propose(tx, change)
    except LiaisonError as error:
        return show_rule(visit, error, setting=True)
    note = visit.words.many("{n} rule is otherwise in the proposal.", "{n} rules are otherwise in the proposal.", len(told["switches"]))
    return Moved("/rules/switches", f"{note} {visit.words('Somebody else releases it.')}")


def _change(visit: Visit, code: str) -> actions.Change:
    """What the form says. Raises BadForm."""
    weight, day = visit.said("weight", str(USUAL_WEIGHT)), visit.said("from")
    if not (weight.isascii() and weight.isdigit() and len(weight) < 6):  # noqa: PLR2004 - digits
        raise BadForm(visit.words("A weight is a whole number of per cent."))
    try:
        begins = date.fromisoformat(day) if day else None
    except ValueError:
        raise BadForm(visit.words("Write the day as 2026-01-31.")) from None
    return actions.Change(visit.said("reason"), begins, set=[Switch(code, visit.said("state", AS_IS), int(weight))])


def show_switches(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """What the office in charge has switched, since when and why; and what is proposed."""
    with visit.desk.looking(LOOK) as tx:
        office = office_of(tx)
        editions, proposed = edition_rows(tx, office), actions.proposed(tx)
        names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, visit.desk.access)}
        me = visit.desk.person.user_id
    data: dict[str, Any] = {
        "office": office,
        "editions": editions,
        "proposed": proposed,
        "mine": proposed is not None and me in proposed["editors"],
        "names": names,
        "states": STATE_WORDS,
        "tones": STATE_TONES,
        "sentences": {rule.code: plain_sentence(rule, visit.words.language) for rule in RULES},
        "problem": problem,
    }
    return Shown(f"{HERE}/switches.html", data, 422 if problem is not None else 200)


def discard(visit: Visit) -> Reply:
    """End the open proposal; nothing is sent."""
    with visit.desk.acting(PROPOSE, "discarded") as tx:
        actions.discard(tx)
    return Moved("/rules/switches", visit.words("The proposal is discarded; what holds goes on holding."))


def release(visit: Visit) -> Reply:
    """Sign what was proposed, and send it to every contact point. Not by anybody who wrote in it."""
    try:
        with visit.desk.acting(RELEASE, "rule switches") as tx:
            told = actions.release(tx)
    except LiaisonError as error:
        return show_switches(visit, error)
    note = visit.words(
        "Edition {edition} is released: it holds from {day} on.", edition=told["edition"], day=visit.words.day(told["valid_from"])
    )
    return Moved("/rules/switches", note)
