"""One waiting record: beside it what the rules found and what is near it; the verdict; then the next record of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intake.field_words import said_again
from enforcement.intake.receipts import in_words
from enforcement.seizures.keyed import report_row
from enforcement.seizures.passed import ACCEPTED
from enforcement.seizures.queries import case_file, find_case, remarks_by_field
from enforcement.seizures.search import SHOWN_LINES
from enforcement.seizures.states import DECLINED, RETURNED
from enforcement.verification.about import neighbours, pairs_of, reporting_of
from enforcement.verification.assigning import do_all, look_again, named, verifiers
from enforcement.verification.deciding import ReasonMissing, Verdict
from enforcement.verification.drawing import OFFICER
from enforcement.verification.queries import Waiting, count_waiting, next_waiting, waiting_record
from enforcement.verification.queue_pages import (
    DECIDE,
    LOOK,
    PACKAGE,
    QUEUE,
    done_words,
    queue_asked,
    queue_said,
    reason_codes,
    waiting_from,
)
from enforcement.verification.reason_words import reason_title
from enforcement.verification.reviewing import LEFT_ALONE, decide_all
from enforcement.verification.screens import unquoted
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Shown
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.queries import CaseFile
    from enforcement.verification.queue_pages import Queue
    from liaison.console.pages import Reply, Visit

MOST_TEXT: Final = 1_000
Problem = LiaisonError | None


def record_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", f"{QUEUE}/case/{{administration}}/{{reference:path}}", LOOK, show_record),
        Page("POST", f"{QUEUE}/verdict", DECIDE, give_verdict),
        Page("POST", f"{QUEUE}/reopen", DECIDE, reopen),
    )


def record_address(one: Waiting, queue: Queue) -> str:
    """Where a record of a queue is shown."""
    return f"{QUEUE}/case/{one.administration}/{quote(one.reference)}" + (f"?{queue.query}" if queue.told else "")


def show_record(visit: Visit) -> Reply:
    """The record with all that an officer needs for a verdict; the view is in the audit."""
    key = (visit.path["administration"].upper(), visit.path["reference"])
    return shown(visit, key, queue_asked(visit))


def shown(visit: Visit, key: tuple[str, str], queue: Queue, problem: Problem = None, said: Mapping[str, Any] | None = None) -> Shown:
    """The page of a record; with what was wrong and what had been written. Raises UnknownCase."""
    desk = visit.desk
    lists: CodeLists = desk.parts.field[CodeLists]
    with desk.viewing(LOOK, key[1]) as tx:
        found = find_case(tx, key[1], key[0])
        waiting = waiting_record(tx, found)
        case = case_file(tx, found, waiting["version"] if waiting else 0)
        beside = {"neighbours": neighbours(tx, case.payload), "pairs": pairs_of(tx, found), "reporting": reporting_of(tx, found[0])}
        row = named(desk, tx, [waiting])[0] if waiting else None
        people = [one.name for one in verifiers(desk, tx)]
        names = {one.person.user_id: one.person.name for one in list_users(tx.connection, desk.access)}
        sheet = report_row(tx, found, case.shown)
    told = remarks_by_field(case, visit.words.language)
    groups = in_words(case.payload, lists, visit.words.language, codes=False)
    data = {
        "case": case,
        "version": next(one for one in case.versions if one["version"] == case.shown),
        "row": row,
        "groups": groups,
        "again": said_again(lists, visit.words.language),
        "reason_title": reason_title(visit.words),
        "told": told,
        "others": {path: texts for path, texts in told.items() if path not in _paths(groups)},
        "paths": _fields(groups),
        "codes": _codes(case),
        "queue": queue,
        "people": people,
        "names": names,
        "sheet": sheet,
        "keyed_by_me": sheet is not None and desk.person.user_id in sheet["keyers"].split(),
        "mine": row is not None and row["assigned_to"] == desk.person.user_id,
        "problem": problem,
        "said": {"verdict": "", "code": "", "field": "", "text": "", "findings": (), **(said or {})},
        "reopens": case.versions[0]["state"] in (RETURNED, DECLINED),
        "lists": lists,
        "most_lines": SHOWN_LINES,
        "language": visit.words.language,
        **beside,
    }
    return Shown(f"{PACKAGE}/record.html", data, 422 if problem is not None else 200)


def _paths(groups: Mapping[str, Sequence[Mapping[str, str]]]) -> frozenset[str]:
    return frozenset(one["path"] for rows in groups.values() for one in rows)


def _fields(groups: Mapping[str, Sequence[Mapping[str, str]]]) -> list[tuple[str, str]]:
    """What a reason may be about: path and label."""
    return [(one["path"], f"{title}: {one['label']}") for title, rows in groups.items() for one in rows]


def _codes(case: CaseFile) -> list[str]:
    """The codes of reasons that are offered: what was found here, the usual ones, then every rule's."""
    found = [one["code"] for version in case.versions if version["version"] == case.shown for one in version["findings"]]
    return list(dict.fromkeys([*found, *reason_codes()]))


# --- the verdict ------------------------------------------------------------------------------------------------------------


def give_verdict(visit: Visit) -> Reply:
    """Accept, return or decline the version that was shown; what is wrong stands beside what was written."""
    queue, one = queue_said(visit), waiting_from(visit.said("one"))
    verdict = visit.said("verdict")
    if verdict not in (ACCEPTED, RETURNED, DECLINED):
        raise BadForm(phrase("A case is accepted, returned or declined."))
    said = {name: visit.said(name) for name in ("verdict", "code", "field", "text")}
    try:
        made = Verdict(verdict, OFFICER, _reasons(visit, one, said) if verdict != ACCEPTED else ())
        return decided(visit, queue, one, made)
    except LEFT_ALONE as error:
        return shown(visit, (one.administration, one.reference), queue, error, {**said, "findings": visit.form.get("finding", ())})


def _reasons(visit: Visit, one: Waiting, said: Mapping[str, str]) -> list[dict[str, str]]:
    """What was chosen of the findings, and what was written. Raises ReasonMissing, UnknownCase."""
    chosen = set(visit.form.get("finding", ()))
    with visit.desk.looking(LOOK) as tx:
        found = case_file(tx, (one.administration, one.reference), one.version).versions
    findings: list[dict[str, str]] = next((version["findings"] for version in found if version["version"] == one.version), [])
    reasons = [unquoted(finding) for number, finding in enumerate(findings) if str(number) in chosen]
    if said["code"]:
        reasons.append({"code": said["code"][:60], "field": said["field"][:120], "text": said["text"][:MOST_TEXT]})
    elif said["text"] and not reasons:
        raise ReasonMissing(phrase("Choose a reason code for what you write."))
    elif said["text"]:  # written beside what a rule found: the officer's own words about it
        first = reasons[0]
        reasons.append({"code": first["code"], "field": said["field"][:120] or first["field"], "text": said["text"][:MOST_TEXT]})
    return reasons


def decided(visit: Visit, queue: Queue, one: Waiting, verdict: Verdict) -> Moved:
    """Give the verdict; then the next record of the queue, or the list when it is empty. Raises what kept it from being decided."""
    told = next(decide_all(visit.desk, [one], verdict))[0]
    if told.error is not None:
        raise told.error
    with visit.desk.looking(LOOK) as tx:
        tx.author = visit.desk.person.user_id
        following = next_waiting(tx, queue.wanted, one)
        left = count_waiting(tx, queue.wanted)
    said = f"{one.reference}: {done_words(visit.words, verdict.verdict, 1)}"
    if following is None:
        return Moved(queue.address, f"{said} {visit.words('Nothing more waits here.')}")
    waits = visit.words.many("{n} case waits here; this is the next.", "{n} cases wait here; this is the next.", left)
    return Moved(record_address(following, queue), f"{said} {waits}")


def reopen(visit: Visit) -> Reply:
    """Look once more at what was returned or declined: it waits again, with whoever asked."""
    queue, one = queue_said(visit), Waiting(visit.said("administration")[:2], visit.said("reference")[:64], 0)
    told = next(do_all(visit.desk, [one], "reopened", look_again))[0]
    if told.error is not None:
        raise told.error
    note = visit.words("{reference} waits again, with you. Nobody is told before your second verdict.", reference=one.reference)
    return Moved(record_address(one, queue), note)
