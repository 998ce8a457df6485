"""Answers to the office: taking up or declining what it proposes, withdrawing a case; and what stays in the node beside a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intake.case_words import compared_in_words
from enforcement.seizures.national import national_values, remove_national
from enforcement.seizures.nominal.comparing import KINDS
from enforcement.seizures.ports import ensure_own_port
from enforcement.seizures.queries import UnknownCase, case_file
from enforcement.seizures.store import known_versions
from enforcement.verification.corrections import OPEN, decline, proposals
from liaison.console.pages import Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.amending import CORRECT, take_up_all
from services.ncp_gateway.pages.mine import refusal_of
from services.ncp_gateway.pages.report import NATIONAL_WORDS
from services.ncp_gateway.reporting import withdraw_case
from services.ncp_gateway.writing_cases import NATIONAL, tell_national

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.verification.corrections import Proposal
    from liaison.console.pages import Reply, Visit

OFFICE: Final = "services.ncp_gateway"
LOOK: Final = "seizures.list"
WITHDRAW: Final = "seizures.withdraw"
MOST_REASON: Final = 400
SHOWN: Final = 200


def answering_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/corrections", LOOK, show_proposals, Place("work", n_("Proposed corrections"), 25, tally="proposals")),
        Page("POST", "/corrections/accept", CORRECT, accept),
        Page("POST", "/corrections/decline", CORRECT, decline_one),
        Page("GET", "/withdraw/{reference:path}", WITHDRAW, ask_withdrawal),
        Page("POST", "/withdraw", WITHDRAW, withdraw),
        Page("GET", "/national/{reference:path}", NATIONAL, show_national),
        Page("POST", "/national", NATIONAL, change_national),
    )


def show_proposals(visit: Visit) -> Reply:
    """What the office proposes and waits for an answer."""
    with visit.desk.looking(LOOK) as tx:
        found = proposals(tx, administration=tx.me.country, state=OPEN)
    proposed = [{**one.record(), "changes": _changes(visit, one)} for one in found[:SHOWN]]
    return Shown(f"{OFFICE}/corrections.html", {"proposed": proposed, "all": len(found)})


def _changes(visit: Visit, proposal: Proposal) -> list[dict[str, str]]:
    """What would change, in words: label, first (now) and second."""
    rows = [{"field": one["field"], "first": one["old"], "second": one["new"], "same": ""} for one in proposal.changes]
    return compared_in_words(rows, visit.desk.parts.field[CodeLists], visit.words.language)


def accept(visit: Visit) -> Reply:
    """Take proposals up: each corrected case is submitted as its next version."""
    references = list(dict.fromkeys(one[:64] for one in visit.form.get("reference", ()) if one))
    back = visit.said("back") or "/corrections"
    if not references:
        return Moved(back, visit.words("Mark the corrections first."), "warning")
    with visit.desk.looking(CORRECT) as tx:
        home = tx.me.country
    told = [one for portion in take_up_all(visit.desk, [(home, reference) for reference in references]) for one in portion]
    refused = [one for one in told if one.error is not None]
    note = visit.words.many(
        "{n} correction taken up: the corrected case goes to the office.",
        "{n} corrections taken up: the corrected cases go to the office.",
        len(told) - len(refused),
    )
    if refused:
        note = " ".join(
            f"{refusal_of(visit.words, one)} {visit.words.explained(one.error).step}" for one in refused[:5] if one.error is not None
        )
    return Moved(back, note, "warning" if refused else "done")


def decline_one(visit: Visit) -> Reply:
    """Say why a proposal is not accepted: the case stays as it is."""
    reference, reason = visit.said("reference")[:64], " ".join(visit.said("reason").split())[:MOST_REASON]
    back = visit.said("back") or "/corrections"
    if not reason:
        return Moved(back, visit.words("Say why: the office reads it."), "warning")
    with visit.desk.acting(CORRECT, reference, answer="declined") as tx:
        decline(tx, (tx.me.country, reference), reason)
    return Moved(back, visit.words("The correction of {reference} is declined; the office is told.", reference=reference))


def ask_withdrawal(visit: Visit) -> Reply:
    """Whether this case is to be withdrawn, and why."""
    return _ask(visit, visit.path["reference"])


def _ask(visit: Visit, reference: str, problems: dict[str, str] | None = None, error: LiaisonError | None = None) -> Shown:
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.viewing(LOOK, reference) as tx:
        file = case_file(tx, (tx.me.country, reference))
    told = {
        "reference": reference,
        "versions": file.versions,
        "codes": [(code, lists.label("withdrawal-reasons", code, visit.words.language)) for code in lists.lists["withdrawal-reasons"]],
        "code": visit.said("code"),
        "reason": visit.said("reason"),
        "problems": problems or {},
        "error": error,
    }
    return Shown(f"{OFFICE}/withdraw.html", told, 422 if problems or error is not None else 200)


def withdraw(visit: Visit) -> Reply:
    """Withdraw every version of a case, everywhere."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    reference, code = visit.said("reference")[:64], visit.said("code")
    reason = " ".join(visit.said("reason").split())
    problems = {}
    if code not in lists.valid["withdrawal-reasons"]:
        problems["code"] = visit.words("Choose why.")
    if not reason or len(reason) > MOST_REASON:
        problems["reason"] = visit.words("Say why in a sentence of at most {n} characters.", n=MOST_REASON)
    if problems:
        return _ask(visit, reference, problems)
    try:
        with visit.desk.acting(WITHDRAW, reference, reason_code=code) as tx:
            withdraw_case(tx, (tx.me.country, reference), code, reason)
    except LiaisonError as error:
        return _ask(visit, reference, error=error)
    return Moved(f"/mine/{quote(reference)}", visit.words("{reference} is withdrawn; the office is told.", reference=reference))


def show_national(visit: Visit) -> Reply:
    """What is kept beside a case and never leaves; that somebody looked is written down."""
    return _national(visit, visit.path["reference"])


def _national(visit: Visit, reference: str, error: LiaisonError | None = None) -> Shown:
    with visit.desk.acting(NATIONAL, reference, what="show") as tx:
        key = (tx.me.country, reference)
        ensure_own_port(tx, key)
        if not known_versions(tx, key):
            raise UnknownCase(phrase("This node holds no case {reference}.", reference=reference))
        values = national_values(tx, key)
    told = {"reference": reference, "values": values, "kinds": NATIONAL_WORDS, "said": dict(NATIONAL_WORDS), "error": error}
    return Shown(f"{OFFICE}/national.html", told, 422 if error is not None else 200)


def change_national(visit: Visit) -> Reply:
    """Keep one more value, or forget one."""
    reference, number = visit.said("reference")[:64], visit.said("number")
    try:
        if number:
            at = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0  # noqa: PLR2004 - digits
            with visit.desk.acting(NATIONAL, reference, what="remove", number=at) as tx:
                ensure_own_port(tx, (tx.me.country, reference))
                remove_national(tx, (tx.me.country, reference), max(1, at))
            note = visit.words("Forgotten here. Older backups hold it until they are destroyed.")
        else:
            kind = visit.said("kind")
            tell_national(visit.desk, reference, [(kind if kind in KINDS else "other", visit.said("value"))])
            note = visit.words("Kept, encrypted. It never leaves.")
    except LiaisonError as error:
        return _national(visit, reference, error)
    return Moved(f"/national/{quote(reference)}", note)
