"""Asking, at the asker: questions go out, are listed with their age, read, continued, withdrawn, forgotten. For commands and pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.notices.store import NoticeTables
from enforcement.seizures.store import SeizureTables
from enforcement.statistics.remote.limits import (
    DAY,
    LONGEST,
    MOST_A_DAY,
    MOST_OPEN,
    NoLongerValid,
    TooManyAsked,
    TooManyOpen,
    ensure_within,
)
from enforcement.statistics.remote.question import age, looking_for, short, wanted_of, written
from enforcement.statistics.remote.sending import send
from enforcement.statistics.remote.store import ANSWERED, EXPIRED, OPEN, WITHDRAWN, RemoteTables
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping, Table

    from enforcement.seizures.filters import Filter
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

REQUESTED: Final = "SearchRequested"
WITHDRAWAL: Final = "SearchWithdrawn"
# Of the permission table.
LOOK: Final = "searches.list"
ASK: Final = "searches.ask"
READ: Final = "searches.read"
VALID_DAYS: Final = 14
SHORTEST: Final = 4  # characters of an id that name a question


class NoQuestion(LiaisonError):  # noqa: N818 - named for the state
    """This node has asked no such question."""

    code = "searches.unknown"
    next_step = "See `liaison searches list`; the end of an id is enough."


class NobodyToAsk(LiaisonError):  # noqa: N818 - named for the state
    """A contact point asks its office or the hub; an office asks the hub."""

    code = "searches.nobody"
    next_step = "Leave --at out to ask the office; `--at hub` asks the hub."


class NotOpen(LiaisonError):  # noqa: N818 - named for the state
    """Only a question that waits for an answer is withdrawn."""

    code = "searches.not-open"
    next_step = "Remove what an answered question brought with `liaison searches forget`."


class StillOpen(LiaisonError):  # noqa: N818 - named for the state
    """A question that waits for an answer is not forgotten, or the answer would come to nobody."""

    code = "searches.open"
    next_step = "Withdraw it first: `liaison searches withdraw`."


class NothingMore(LiaisonError):  # noqa: N818 - named for the state
    """There is nothing behind the last page of this question."""

    code = "searches.nothing-more"
    next_step = "Ask another question with `liaison searches ask`."


def answerer(tx: UnitOfWork, at: str = "") -> str:
    """The node to ask: the office, or with `hub` (or a node id) the hub. Raises NobodyToAsk."""
    hub = next((one.node for one in tx.members.offices() if one.kind == "hub"), "")
    target = hub if at == "hub" or (not at and tx.me.kind != "ncp") else at or tx.me.office
    if target not in (hub, tx.me.office) or target in ("", tx.node):
        raise NobodyToAsk(phrase("{node} has nobody to ask at {target}.", node=tx.node, target=target or phrase("the hub")))
    return target


def ask(tx: UnitOfWork, target: str, wanted: Filter, how: Mapping[str, Any], days: int = VALID_DAYS) -> bytes:
    """Send a question to a node that `answerer` named; its id. `how`: sort, per_page, pages, purpose, continues (an id or empty).
    Raises TooLargeQuestion, BadFilter, NoLongerValid, TooManyOpen, TooManyAsked, EgressRefused.
    """
    question = {**written(wanted), **{name: how[name] for name in ("sort", "per_page", "pages", "purpose")}}
    until = tx.now + timedelta(days=days)
    ensure_within(question)
    wanted_of(question, tx.of(CodeLists))
    if not timedelta() < until - tx.now <= LONGEST:
        raise NoLongerValid(phrase("An answer is waited for 1 to {days} days.", days=LONGEST.days))
    _ensure_may_ask(tx, target)
    payload = {**question, "continues": how.get("continues", b""), "valid_until": until}
    event_id = send(tx, REQUESTED, payload, target)
    _keep(tx, (event_id, target, tx.now_ms, tx.author), payload)
    return event_id


def _ensure_may_ask(tx: UnitOfWork, target: str) -> None:
    """The same bounds as at the other end, so that nobody waits weeks to hear of them."""
    table = tx.of(RemoteTables).asked
    there = select(func.count().label("there")).select_from(table).where(table.c.target == target)
    waiting = tx.one(there.where(table.c.state == OPEN, table.c.valid_until > tx.now_ms))
    if waiting is not None and waiting["there"] >= MOST_OPEN:
        raise TooManyOpen(phrase("{there} questions wait for {target}.", there=waiting["there"], target=target))
    recent = tx.one(there.where(table.c.asked_at > tx.now_ms - DAY // timedelta(milliseconds=1)))
    if recent is not None and recent["there"] >= MOST_A_DAY:
        raise TooManyAsked(phrase("{target} was asked {there} questions in 24 hours.", target=target, there=recent["there"]))


def _keep(tx: UnitOfWork, said: tuple[bytes, str, int, str], payload: Mapping[str, Any]) -> None:
    event_id, target, asked_at, asked_by = said
    question = {name: value for name, value in payload.items() if name not in ("continues", "valid_until")}
    row = {
        "event_id": event_id,
        "target": target,
        "asked_at": asked_at,
        "asked_by": asked_by,
        "valid_until": to_ms(payload["valid_until"]),
        "question": json.dumps({**question, "continues": payload["continues"].hex()}),
        "state": OPEN,
        **dict.fromkeys(("last_page", "more", "as_of", "reporting", "members", "answered_at"), 0),
        **dict.fromkeys(("refusal", "detail"), ""),
    }
    tx.keep(tx.of(RemoteTables).asked, row)


def continued(tx: UnitOfWork, row: RowMapping, days: int = VALID_DAYS) -> bytes:
    """Ask for what is behind the last page of an answered question; the new one's id. Raises NothingMore and what `ask` does."""
    if row["state"] != ANSWERED or not row["more"]:
        raise NothingMore(
            phrase(
                "Question {event_id} is {state}, and nothing is behind its last page.",
                event_id=short(row["event_id"]),
                state=word(shown_state(row, tx.now_ms)),
            )
        )
    told = json.loads(row["question"])
    how = {**{name: told[name] for name in ("sort", "per_page", "pages", "purpose")}, "continues": bytes(row["event_id"])}
    return ask(tx, row["target"], wanted_of(told, tx.of(CodeLists)), how, days)


def withdraw(tx: UnitOfWork, row: RowMapping) -> None:
    """Want no answer any more; pages that are here already stay. Raises NotOpen."""
    if row["state"] != OPEN:
        raise NotOpen(phrase("Question {event_id} is {state}.", event_id=short(row["event_id"]), state=word(row["state"])))
    event_id = bytes(row["event_id"])
    send(tx, WITHDRAWAL, {"question": event_id}, row["target"])
    tx.change(tx.of(RemoteTables).asked, {"event_id": event_id, "state": WITHDRAWN})


def forget(tx: UnitOfWork, row: RowMapping) -> None:
    """Remove a question that does not wait any more, with every case that came for it. Raises StillOpen."""
    if row["state"] == OPEN and row["valid_until"] > tx.now_ms:
        raise StillOpen(phrase("Question {event_id} waits for {target}.", event_id=short(row["event_id"]), target=row["target"]))
    tables, event_id = tx.of(RemoteTables), bytes(row["event_id"])
    for table in (tables.found, tables.pages):
        tx.execute(delete(table).where(table.c.question == event_id))
    tx.execute(delete(tables.asked).where(tables.asked.c.event_id == event_id))


# --- lists ---------------------------------------------------------------------------------------------------------------


def shown_state(row: RowMapping, now_ms: int) -> str:
    """The state of a question as of now: what waits too long has expired."""
    return EXPIRED if row["state"] == OPEN and row["valid_until"] <= now_ms else str(row["state"])


def find_question(tx: UnitOfWork, name: str) -> RowMapping:
    """The own question that ends so, or has this id. Raises NoQuestion."""
    wanted = name.strip().lower()
    table = tx.of(RemoteTables).asked
    found = [row for row in tx.rows(select(table)) if bytes(row["event_id"]).hex().endswith(wanted)] if len(wanted) >= SHORTEST else []
    if not found:
        raise NoQuestion(phrase("No question of {node} ends in {text!r}.", node=tx.node, text=wanted[:40]))
    if len(found) > 1:
        raise NoQuestion(phrase("{number} questions of {node} end in {text!r}.", number=len(found), node=tx.node, text=wanted[:40]))
    return found[0]


def list_asked(tx: UnitOfWork, *, limit: int = 50) -> list[dict[str, Any]]:
    """Own questions, latest first, with their age."""
    table = tx.of(RemoteTables).asked
    rows = tx.rows(select(table).order_by(table.c.asked_at.desc(), table.c.event_id).limit(limit))
    return [told(tx, row) for row in rows]


def told(tx: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    """A question as lists show it."""
    pages = tx.of(RemoteTables).pages
    here = tx.one(select(func.count().label("pages"), func.sum(pages.c.cases).label("cases")).where(pages.c.question == row["event_id"]))
    question = json.loads(row["question"])
    answered = from_ms(row["answered_at"]) if row["answered_at"] else None
    return {
        "question": short(row["event_id"]),
        "at": row["target"],
        "state": shown_state(row, tx.now_ms),
        "looking_for": looking_for(question),
        "asked_at": from_ms(row["asked_at"]),
        "asked_by": row["asked_by"],
        "age": age(from_ms(row["asked_at"]), answered or tx.now),
        "valid_until": from_ms(row["valid_until"]),
        "pages": here["pages"] if here is not None else 0,
        "of_pages": row["last_page"] or None,
        "cases": int(here["cases"] or 0) if here is not None else 0,
        "more": bool(row["more"]),
        "as_of": from_ms(row["as_of"]) if row["as_of"] else None,
        "reporting": row["reporting"],
        "members": row["members"],
        "refusal": row["refusal"],
        "detail": row["detail"],
        "answered_at": answered,
        "purpose": question["purpose"],
        "event_id": bytes(row["event_id"]).hex(),
    }


def list_found(tx: UnitOfWork, row: RowMapping) -> list[dict[str, Any]]:
    """The cases that came for a question, in the order of the answer."""
    found = tx.of(RemoteTables).found
    query = select(found).where(found.c.question == row["event_id"]).order_by(found.c.page, found.c.place)
    names = ("page", "administration", "reference", "version", "country", "goods", "method", "counts_under")
    rows = tx.rows(query)
    gone = _withdrawn(tx, rows)
    return [
        {**{name: one[name] for name in names}, "date": one["occurred_on"], "since_then": WITHDRAWN if _version(one) in gone else ""}
        for one in rows
    ]


def _version(row: RowMapping) -> tuple[str, str, int]:
    return row["administration"], row["reference"], row["version"]


def _withdrawn(tx: UnitOfWork, found: Sequence[RowMapping]) -> set[tuple[str, str, int]]:
    """Of these versions, those of which this node has heard since that they are withdrawn: by a withdrawal it took in, or a notice."""
    known: dict[tuple[str, str], int] = {}
    sources: tuple[tuple[Table, dict[str, str]], ...] = (
        (tx.of(SeizureTables).withdrawals, {}),
        (tx.of(NoticeTables).notices, {"state": WITHDRAWN}),
    )
    for administration in sorted({one["administration"] for one in found}):
        references = sorted({one["reference"] for one in found if one["administration"] == administration})
        for table, more in sources:
            equal = {"administration": administration, **more}
            for reference, version in tx.lookup(table, ("reference", "version"), equal, ("reference", references)):
                known[administration, reference] = max(version, known.get((administration, reference), 0))
    return {_version(one) for one in found if known.get((one["administration"], one["reference"]), 0) >= one["version"]}


def read_found(tx: UnitOfWork, row: RowMapping, reference: str, administration: str = "") -> tuple[dict[str, Any], str]:
    """One case that came for a question, whole, as its reporter signed it; and what has become of it, as far as this node has heard
    (WITHDRAWN or empty). Raises NoQuestion.
    """
    found = tx.of(RemoteTables).found
    query = select(found).where(found.c.question == row["event_id"], found.c.reference == reference)
    rows = tx.rows(query.where(found.c.administration == administration) if administration else query)
    if len(rows) != 1:
        names = ", ".join(sorted(one["administration"] for one in rows))
        raise NoQuestion(
            phrase("{names} each have a case {reference}: say which.", names=names, reference=reference)
            if rows
            else phrase("No case {reference} came for {event_id}.", reference=reference, event_id=short(row["event_id"]))
        )
    case: dict[str, Any] = tx.around.reader.schemas.writer("SeizureReported").decode(bytes(rows[0]["payload"]))["case"]
    return case, WITHDRAWN if _withdrawn(tx, rows) else ""


# --- after a restore -----------------------------------------------------------------------------------------------------


def own_search_requested(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this was asked. Its pages come by again, from where the backup had read this node's mail."""
    topic = event.source.header.topic
    target = topic.partition(".")[2]
    _keep(tx, (event.event_id, target, to_ms(event.occurred_at), event.author), event.payload)


def own_search_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this question was withdrawn."""
    tx.change(tx.of(RemoteTables).asked, {"event_id": event.payload["question"], "state": WITHDRAWN})


ASKED_BEFORE: Final = {REQUESTED: own_search_requested, WITHDRAWAL: own_search_withdrawn}
