"""Proposing a correction: the fields of the record to edit, then old and new side by side, then the verdict; and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.byhand.case_forms import GROUPS, LINE_GROUPS, SCALARS, meant
from enforcement.intake.case_words import compared_in_words
from enforcement.intake.receipts import in_words, label_of, list_told, where_told
from enforcement.seizures.correcting import NothingChanged, RulesBroken, difference
from enforcement.seizures.fields import DERIVED, filled
from enforcement.seizures.queries import CaseFilter, case_file, count_versions, list_versions
from enforcement.seizures.rules.retelling import in_language, retold
from enforcement.seizures.states import DECLINED, RETURNED
from enforcement.verification.corrections import STATES, proposals
from enforcement.verification.deciding import CORRECTED, NotInReview, ReasonMissing, Verdict, as_proposed
from enforcement.verification.drawing import OFFICER
from enforcement.verification.queries import Waiting, waiting_record
from enforcement.verification.queue_pages import DECIDE, EACH, LOOK, PACKAGE, QUEUE, queue_asked, queue_said, reason_codes, waiting_from
from enforcement.verification.record_pages import decided
from enforcement.verification.screens import ensure_unnamed
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Page, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.verification.queue_pages import Queue
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words

MOST_OPTIONS: Final = 120  # a longer list is typed
FIELD: Final = "v:"
NOT_ASKED: Final = frozenset({"reference", "picture_hashes"})  # fixed; made from pictures
STATE_WORDS: Final = (n_("open"), n_("accepted"), n_("declined"), n_("overtaken"), n_("withdrawn"))


def correcting_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", f"{QUEUE}/correct/{{administration}}/{{reference:path}}", DECIDE, show_fields),
        Page("POST", f"{QUEUE}/correct", DECIDE, propose),
        Page("GET", f"{QUEUE}/corrections", LOOK, show_corrections),
        Page("GET", f"{QUEUE}/given", LOOK, show_given),
    )


def show_fields(visit: Visit) -> Reply:
    """Every field of the waiting version, to edit."""
    desk, key = visit.desk, (visit.path["administration"].upper(), visit.path["reference"])
    with desk.viewing(LOOK, key[1]) as tx:
        waiting = waiting_record(tx, key)
        if waiting is None:
            raise NotInReview(phrase("{reference} is not waiting for a verdict here.", reference=key[1]))
        payload = case_file(tx, key, waiting["version"]).payload
    return _fields(visit, Waiting(*key, waiting["version"]), payload, queue_asked(visit), {})


def _fields(visit: Visit, one: Waiting, payload: Mapping[str, Any], queue: Queue, told: Mapping[str, Any]) -> Shown:
    """The form. `told`: values that were written, other, reasons, problem."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    language = visit.words.language
    raw = dict(filled(payload))
    now = {**raw, **told.get("values", {})}

    def row_of(row: Mapping[str, str]) -> dict[str, Any]:
        path = row["path"]
        asked, name = _asked(path, payload, lists, language), _list(path, payload, lists)
        shown = _shown(name, now[path], lists, language) if asked.get("suggest") and now[path] in lists.lists[name] else now[path]
        return {**row, **asked, "value": shown, "changed": now[path] != raw[path], "was": row["value"]}

    groups = {
        title: [row_of(row) for row in rows if row["path"].rpartition(".")[2] not in DERIVED]
        for title, rows in in_words(payload, lists, language, codes=False).items()
    }
    problem: LiaisonError | None = told.get("problem")
    data = {
        "one": one,
        "groups": groups,
        "queue": queue,
        "problem": problem,
        "beside": _beside(problem, visit.words),
        "other": told.get("other", ("", "")),
        "empty": _empty(payload, raw, lists, language),
        "codes": reason_codes(),
        "said": {"code": "", "text": "", **told.get("said", {})},
    }
    return Shown(f"{PACKAGE}/correct.html", data, 422 if problem is not None else 200)


def _list(path: str, payload: Mapping[str, Any], lists: CodeLists) -> str:
    """The code list that a field's value is from; empty for a text, a day or an amount."""
    name = list_told(where_told(path, payload)[1], lists)
    return name if name in lists.lists else ""


def _asked(path: str, payload: Mapping[str, Any], lists: CodeLists, language: str) -> dict[str, Any]:
    """How a field is asked for: dropped down, where there are few codes; looked up as one types; a day; or written."""
    name = _list(path, payload, lists)
    codes = lists.codes(name) if name else ()
    if 0 < len(codes) <= MOST_OPTIONS:
        return {"options": [(code, lists.label(name, code, language)) for code in codes]}
    return {"options": (), "suggest": name, "kind": "date" if path == "date" else "text"}


def _shown(name: str, code: str, lists: CodeLists, language: str) -> str:
    """What a code is called, where that means this code and no other."""
    label = lists.label(name, code, language)
    found = lists.find(name, label)
    return label if found is not None and found.code == code else code


def _empty(payload: Mapping[str, Any], raw: Mapping[str, str], lists: CodeLists, language: str) -> list[tuple[str, str]]:
    """The fields that say nothing yet, of the case and of what there is several of: path and what it is called."""
    paths = [path for path in SCALARS if path not in NOT_ASKED]
    paths += [f"{group}[{number}].{leaf}" for group, leaves in GROUPS.items() for number in range(len(payload[group])) for leaf in leaves]
    for number, line in enumerate(payload["lines"]):
        paths.append(f"lines[{number}].hs_code")
        for group, leaves in LINE_GROUPS.items():
            paths += [f"lines[{number}].{group}[{place}].{leaf}" for place in range(len(line[group])) for leaf in leaves]
    found = []
    for path in paths:
        target = where_told(path, payload)[1]
        if path not in raw and target and (label := label_of(target, lists, language)) != target:
            found.append((path, label if "[" not in path or len(payload["lines"]) == 1 else f"{label} ({path})"))
    return found


def _beside(problem: LiaisonError | None, words: Words) -> dict[str, list[str]]:
    """The sentences about fields, by path."""
    if isinstance(problem, RulesBroken):
        found: dict[str, list[str]] = {}
        findings: Any = problem.facts["findings"]
        for one in findings:
            found.setdefault(one["field"], []).append(retold(one["code"], one["text"], words.language).text)
        return found
    field = problem.facts.get("field", "") if problem is not None else ""
    return {str(field): [words.explained(problem).sentence]} if field and problem is not None else {}


def propose(visit: Visit) -> Reply:
    """Show what would change, old and new side by side; sent only after that."""
    queue, one = queue_said(visit), waiting_from(visit.said("one"))
    values = {name.removeprefix(FIELD): texts[-1].strip() for name, texts in visit.form.items() if name.startswith(FIELD)}
    other = (visit.said("other_path")[:120] or visit.said("other")[:120], visit.said("other_value")[:4000])
    said = {"code": visit.said("code")[:60], "text": visit.said("text")[:1000]}
    with visit.desk.looking(DECIDE) as tx:
        payload = case_file(tx, (one.administration, one.reference), one.version).payload
        raw = dict(filled(payload))
        lists: CodeLists = tx.around.field[CodeLists]
        known = {*raw, *(path for path, _ in _empty(payload, raw, lists, visit.words.language))}

        def kept(path: str, typed: str) -> str:
            return meant(path, typed, _list(path, payload, lists), lists) if path in known and typed != raw.get(path) else typed

        values = {path: kept(path, typed) for path, typed in values.items()}
        other = (other[0], kept(*other))
        corrections = [{"field": path, "value": value} for path, value in values.items() if path in raw and value != raw[path]]
        corrections += [{"field": other[0], "value": other[1]}] if other[0] else []
        told = {"values": values, "other": other, "said": said}
        try:
            if said["text"] and not said["code"]:
                raise ReasonMissing(phrase("Choose a reason code for what you write."))
            reasons = [{"code": said["code"], "field": "", "text": said["text"]}] if said["code"] else []
            ensure_unnamed(reasons, corrections)
            if not corrections:
                raise NothingChanged(phrase("{reference} has these values already.", reference=one.reference))
            after = as_proposed(tx, payload, corrections)
        except LiaisonError as error:
            return _fields(visit, one, payload, queue, {**told, "problem": error})
    if visit.said("step") == "send":
        return decided(visit, queue, one, Verdict(CORRECTED, OFFICER, reasons, corrections))
    if visit.said("step") == "back":
        return _fields(visit, one, payload, queue, told)
    changes = difference(payload, after)
    asked = {one["field"] for one in corrections}
    rows = [{**change, "follows": change["field"] not in asked} for change in changes]
    return Shown(f"{PACKAGE}/diff.html", {"one": one, "rows": rows, "queue": queue, "values": values, "other": other, "said": said})


# --- what became of it ------------------------------------------------------------------------------------------------------


def show_corrections(visit: Visit) -> Reply:
    """What this office proposed to correct, and what became of each."""
    state = visit.asked("state")
    if state and state not in STATES:
        raise BadForm(phrase("There is no such state."))
    with visit.desk.looking(LOOK) as tx:
        found = [one.record() | {"values": one.values} for one in proposals(tx, state=state)]
    page = visit.page()
    shown = [_in_words(visit, row) for row in found[(page - 1) * EACH : page * EACH]]
    data = {"rows": shown, "state": state, "states": STATES, "page": page, "more": page * EACH < len(found)}
    return Shown(f"{PACKAGE}/corrections.html", data)


def _in_words(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    """A proposal with what it changes, or once it has an answer its values, as the reader's language calls them."""
    rows = [{"field": one["field"], "first": one["old"], "second": one["new"], "same": ""} for one in row["changes"]]
    rows = rows or [{"field": field, "first": "", "second": value, "same": ""} for field, value in row["values"]]
    return {**row, "told": compared_in_words(rows, visit.desk.parts.field[CodeLists], visit.words.language)}


def show_given(visit: Visit) -> Reply:
    """What was returned or declined and has not come again: it can be looked at once more."""
    state = visit.asked("state", RETURNED)
    if state not in (RETURNED, DECLINED):
        raise BadForm(phrase("Only what was returned or declined is looked at again."))
    page, wanted = visit.page(), CaseFilter(state=state)
    with visit.desk.looking(LOOK) as tx:
        rows = list_versions(tx, wanted, limit=EACH, offset=(page - 1) * EACH)
        fitting = count_versions(tx, wanted)
        names = {one.person.user_id: one.person.name for one in list_users(tx.connection, visit.desk.access)}
    rows = [{**row, "decided_by": names.get(row["decided_by"], row["decided_by"])} for row in rows]
    told = {"rows": rows, "state": state, "page": page, "fitting": fitting, "more": page * EACH < fitting}
    return Shown(f"{PACKAGE}/given.html", {**told, "again": in_language(visit.words.language)})
