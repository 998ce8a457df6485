"""Answering, at an office: questions are checked when they come, and answered a page at a time when the node has time."""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, text

from enforcement.codelists.model import CodeLists
from enforcement.seizures.conditions import Between
from enforcement.seizures.facts import unindexed
from enforcement.seizures.releasability import shown_to
from enforcement.seizures.search import PageAsked, search
from enforcement.seizures.states import VALIDATED
from enforcement.statistics.grouping import FIRST
from enforcement.statistics.remote.limits import DAY, LONGEST, NoLongerValid, TooLargeQuestion, TooManyAsked, TooManyOpen, ensure_within
from enforcement.statistics.remote.policy import limits_of
from enforcement.statistics.remote.question import age, looking_for, question_screen, short, wanted_of
from enforcement.statistics.remote.restoring import comes_again, given_of
from enforcement.statistics.remote.sending import send
from enforcement.statistics.remote.store import ANSWERED, ASIDE, DUE, EXPIRED, OPEN, REFUSED, RESTORED, WITHDRAWN, RemoteTables
from enforcement.statistics.reporters import reporters
from liaison.node.audit import note_own
from liaison.node.duties import Duty
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.topics import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import RowMapping

    from enforcement.seizures.filters import Filter
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member

ANSWER: Final = "SearchAnswered"
KIB: Final = 1024
MOST_LOOKS: Final = 10  # times that a page is filled up again after what may not be shown was left out
MOST_DETAIL: Final = 500
NOT_COUNTED: Final = -1


class NothingBehind(LiaisonError):  # noqa: N818 - named for the state
    """There is nothing to go on behind: the earlier question is not known here, not answered, or was answered to its end."""

    code = "searches.nothing-more"
    next_step = "Ask the question anew."


# --- what comes in -------------------------------------------------------------------------------------------------------


def on_search_requested(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Take a question in, or answer at once why not. Raises HandlerRefused for one who is not answered here, or a nominal one."""
    asker = tx.members.get(event.issuer)
    if tx.node != asker.office and tx.me.kind != "hub":
        raise HandlerRefused(phrase("{node} answers its own contact points, not {issuer}.", node=tx.node, issuer=event.issuer))
    if reason := question_screen(event.payload):
        raise HandlerRefused(phrase("A question holds nothing nominal: {reason}", reason=reason))
    told = {name: value for name, value in event.payload.items() if name not in ("valid_until", "continues")}
    said = {
        "received_at": tx.now_ms,
        "asked_by": event.author,
        "valid_until": to_ms(event.payload["valid_until"]),
        "question": json.dumps(told),
    }
    before = _received(tx, event.issuer, event.event_id)
    if before is not None:  # it was withdrawn before it came, or answered before a restore
        if before["state"] != WITHDRAWN and not before["valid_until"]:
            kept = said if before["refusal"] != TOO_LARGE else {**said, "question": json.dumps({**told, **_NOTHING})}
            comes_again(tx, before, kept, _received(tx, event.issuer, event.payload["continues"]))
        return
    row = {"asker": event.issuer, "event_id": event.event_id, **said, "state": OPEN, "pages": 0, "cases": 0}
    row |= {"after": "", "given": "", "refusal": "", "answered_at": 0}
    try:
        row |= _begin(tx, event)
    except LiaisonError as error:
        if error.code == TOO_LARGE:
            row["question"] = json.dumps({**told, **_NOTHING})
        row |= {"state": REFUSED, "refusal": error.code, "answered_at": tx.now_ms}
        send(tx, ANSWER, {**_empty(tx, event.event_id), "refusal": error.code, "detail": str(error)[:MOST_DETAIL]}, event.issuer)
    tx.keep(tx.of(RemoteTables).received, row)
    note_own(tx, "searches.received", event.issuer, question=event.event_id.hex(), asked_by=event.author, refusal=row["refusal"])


TOO_LARGE: Final = TooLargeQuestion.code
_NOTHING: Final = {name: ASIDE[name] for name in ("filters", "words", "purpose", "near", "box")}  # a question beyond its bounds is not kept


def _received(tx: UnitOfWork, asker: str, event_id: bytes) -> RowMapping | None:
    table = tx.of(RemoteTables).received
    return tx.one(select(table).where(table.c.asker == asker, table.c.event_id == event_id))


def _begin(tx: UnitOfWork, event: VerifiedEvent) -> dict[str, str]:
    """Where the first page begins (`after`, `given`), of a question that may be asked. Raises LiaisonError with the code of the refusal."""
    question = event.payload
    ensure_within(question)
    until = question["valid_until"]
    if not tx.now < until <= event.occurred_at + LONGEST:
        raise NoLongerValid(phrase("The question was valid until {until:%Y-%m-%d %H:%M}Z.", until=until))
    _ensure_may_ask(tx, event.issuer)
    wanted_of(question, tx.of(CodeLists))
    if not question["continues"]:
        return {}
    before = _received(tx, event.issuer, question["continues"])
    if before is None or before["state"] != ANSWERED or not (before["after"] or before["given"]):
        raise NothingBehind(phrase("Nothing is behind the last page of the earlier question."))
    return {"after": before["after"], "given": before["given"]}


def _ensure_may_ask(tx: UnitOfWork, asker: str) -> None:
    table, limits = tx.of(RemoteTables).received, limits_of(tx)
    there = select(func.count().label("there")).where(table.c.asker == asker)
    waiting = tx.one(there.where(table.c.state == OPEN))
    if waiting is not None and waiting["there"] >= limits["open"]:
        raise TooManyOpen(
            phrase(
                "{there} questions of {asker} wait for an answer; {node} takes {open}.",
                there=waiting["there"],
                asker=asker,
                node=tx.node,
                open=limits["open"],
            )
        )
    recent = tx.one(there.where(table.c.received_at > tx.now_ms - DAY // timedelta(milliseconds=1)))
    if recent is not None and recent["there"] >= limits["day"]:
        raise TooManyAsked(
            phrase(
                "{asker} has asked {there} questions in 24 hours; {node} answers {day}.",
                asker=asker,
                there=recent["there"],
                node=tx.node,
                day=limits["day"],
            )
        )


def on_search_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """No further page. A withdrawal that comes first leaves a stone for its question."""
    event_id = event.payload["question"]
    row = _received(tx, event.issuer, event_id)
    if row is not None and row["state"] not in (OPEN, RESTORED):
        return
    key = {"asker": event.issuer, "event_id": event_id}
    stone = {**key, "received_at": tx.now_ms, "asked_by": event.author, "valid_until": 0, "question": json.dumps(ASIDE)}
    table = tx.of(RemoteTables).received
    tx.keep(table, {**stone, "state": WITHDRAWN, "pages": 0, "cases": 0, "after": "", "given": "", "refusal": "", "answered_at": 0})
    tx.change(table, {**key, "state": WITHDRAWN})
    note_own(tx, "searches.withdrawn", event.issuer, question=event_id.hex())


# --- the duty ------------------------------------------------------------------------------------------------------------


def _any_due(tx: UnitOfWork) -> bool:
    table = tx.of(RemoteTables).received
    waiting = tx.one(select(table.c.pages).where(text(DUE)).limit(1)) is not None
    return waiting and not unindexed(tx)  # an answer says what stands now


def answer_portion(tx: UnitOfWork) -> None:
    """The next page of the question that has had least of its answer, oldest first: nobody's long question holds up another's."""
    table = tx.of(RemoteTables).received
    row = tx.one(select(table).where(text(DUE)).order_by(table.c.pages, table.c.received_at, table.c.event_id).limit(1))
    if row is None:
        return
    key = {"asker": row["asker"], "event_id": bytes(row["event_id"])}
    asker = tx.members.members.get(row["asker"])
    limits = limits_of(tx)
    if min(row["valid_until"], row["received_at"] + limits["days"] * DAY_MS) <= tx.now_ms or asker is None:
        tx.change(table, {**key, "state": EXPIRED})
        note_own(tx, "searches.expired", row["asker"], question=key["event_id"].hex())
        return
    question = json.loads(row["question"])
    try:
        wanted = wanted_of(question, tx.of(CodeLists))
    except LiaisonError as error:  # the code lists have changed since it came
        said = {"refusal": error.code, "detail": str(error)[:MOST_DETAIL], "page": row["pages"] + 1}
        send(tx, ANSWER, {**_empty(tx, key["event_id"]), **said}, asker.node)
        tx.change(table, {**key, "state": REFUSED, "refusal": error.code, "answered_at": tx.now_ms})
        return
    _answer(tx, (row, asker, limits), question, wanted)


def _answer(tx: UnitOfWork, about: tuple[RowMapping, Member, Mapping[str, int]], question: Mapping[str, Any], wanted: Filter) -> None:
    row, asker, limits = about
    event_id = bytes(row["event_id"])
    most = min(question["per_page"] * question["pages"], limits["answer"])
    on_page = max(1, min(question["per_page"], limits["page"], most - row["cases"]))
    found, after = _page(tx, asker, wanted, PageAsked(on_page, question["sort"], row["after"]), given_of(row))
    cases = row["cases"] + len(found)
    done = not after or cases >= most
    messages = list(_messages(found, limits["message"] * KIB)) or [[]]
    coverage = _coverage(tx, wanted)
    for at, message in enumerate(messages, 1):
        last = done and at == len(messages)
        said = {"page": row["pages"] + at, "last": last, "more": last and bool(after), "cases": message, **coverage}
        send(tx, ANSWER, {**_empty(tx, event_id), **said}, asker.node)
    pages = row["pages"] + len(messages)
    told = {"pages": pages, "cases": cases, "after": after, "state": ANSWERED if done else OPEN, "answered_at": tx.now_ms}
    told |= {} if after else {"given": ""}
    tx.change(tx.of(RemoteTables).received, {"asker": row["asker"], "event_id": event_id, **told})
    note_own(tx, "searches.answered", row["asker"], question=event_id.hex(), pages=pages, cases=len(found))


def _page(
    tx: UnitOfWork, asker: Member, wanted: Filter, asked: PageAsked, given: Sequence[Sequence[Any]]
) -> tuple[list[dict[str, Any]], str]:
    """Cases that may be shown, as many as a page has, without those given; and where the next page begins (empty: there is none)."""
    already = {tuple(one) for one in given}
    of_verified = replace(wanted, equal=(*wanted.equal, ("state", (VALIDATED,))))
    found: list[dict[str, Any]] = []
    after = asked.after
    for _ in range(MOST_LOOKS + len(already)):
        page = search(tx, of_verified, PageAsked(asked.limit - len(found), asked.sort, after))
        keys = [(row["administration"], row["reference"], row["version"]) for row in page.rows]
        events = shown_to(tx, asker, keys)
        for row, key in zip(page.rows, keys, strict=True):
            if key in events and key not in already:
                named = {name: row[name] for name in ("administration", "reference", "version", "method", "counts_under")}
                found.append({**named, "evidence": events[key].evidence()})
        after = page.next
        if not after or len(found) >= asked.limit:
            break
    _hide_leads(tx, asker, found)
    return found, after


def _hide_leads(tx: UnitOfWork, asker: Member, found: Sequence[dict[str, Any]]) -> None:
    """A case is not named as the lead of a shown one to somebody who may not see it itself."""
    leads = {one["counts_under"]: tuple(one["counts_under"].split(" ", 1)) for one in found if one["counts_under"]}
    if not leads:
        return
    seen = {key[:2] for key in shown_to(tx, asker, [(lead[0], lead[1], 0) for lead in leads.values()])}
    for one in found:
        if one["counts_under"] and leads[one["counts_under"]] not in seen:
            one["counts_under"] = ""


def _messages(found: Sequence[dict[str, Any]], most_bytes: int) -> Iterator[list[dict[str, Any]]]:
    made: list[dict[str, Any]] = []
    size = 0
    for one in found:
        weight = sum(len(part) for part in one["evidence"].values() if isinstance(part, bytes))
        if made and size + weight > most_bytes:
            yield made
            made, size = [], 0
        made.append(one)
        size += weight
    if made:
        yield made


def _coverage(tx: UnitOfWork, wanted: Filter) -> dict[str, int]:
    """Of how many administrations anything counts in the months of the period: whole months, as counting stubs say it, because what
    is not for all counts too.
    """
    since = wanted.since.replace(day=1) if wanted.since is not None else None
    until = _last_of_month(wanted.until) if wanted.until is not None else None
    counted = (Between("counted_from", None, tx.now_ms), Between("counted_until", tx.now_ms + 1, None))
    found = reporters(tx, counted, (since, until), FIRST)
    return {"reporting": len(found.administrations), "members": len(tx.of(CodeLists).members)}


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _empty(tx: UnitOfWork, question: bytes) -> dict[str, Any]:
    nothing = {"page": 1, "last": True, "more": False, "refusal": "", "detail": "", "cases": []}
    return {"question": question, "as_of": tx.now, **nothing, "reporting": NOT_COUNTED, "members": NOT_COUNTED}


def list_received(tx: UnitOfWork, *, asker: str = "", limit: int = 50) -> list[dict[str, Any]]:
    """What members asked of this office, latest first."""
    table = tx.of(RemoteTables).received
    query = select(table).order_by(table.c.received_at.desc(), table.c.asker, table.c.event_id)
    rows = tx.rows((query.where(table.c.asker == asker) if asker else query).limit(limit))
    return [_shown(row, tx) for row in rows]


def _shown(row: RowMapping, tx: UnitOfWork) -> dict[str, Any]:
    question = json.loads(row["question"])
    answered = from_ms(row["answered_at"]) if row["answered_at"] else None
    ended = answered if row["state"] != OPEN else None
    return {
        "question": short(row["event_id"]),
        **{name: row[name] for name in ("asker", "state", "pages", "cases", "refusal", "asked_by")},
        "looking_for": looking_for(question),
        "purpose": question["purpose"],
        "received_at": from_ms(row["received_at"]),
        "age": age(from_ms(row["received_at"]), ended or tx.now),
        "valid_until": from_ms(row["valid_until"]) if row["valid_until"] else None,
        "answered_at": answered,
        "event_id": bytes(row["event_id"]).hex(),
    }


ANSWERING: Final = Duty("searches", _any_due, answer_portion)
BEING_ASKED: Final = {"SearchRequested": on_search_requested, "SearchWithdrawn": on_search_withdrawn}
