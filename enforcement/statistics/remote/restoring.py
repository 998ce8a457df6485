"""After a restore of an office: what it had answered since its backup, so that an answer under way is neither lost nor given twice.

What it has said comes back from the broker before the questions do, and names the cases but not where the next page began: a database that
was put back numbers its cases anew. So the next page is looked for from where the backup left off, without those given already.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.statistics.remote.store import ANSWERED, ASIDE, OPEN, REFUSED, RESTORED, RemoteTables
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

    Version = tuple[str, str, int]


def given_of(row: RowMapping) -> list[list[Any]]:
    """The versions (administration, reference, version) that were given since the backup, of a row of `received`."""
    return json.loads(row["given"]) if row["given"] else []


def added(given: Iterable[Iterable[Any]], more: Iterable[Iterable[Any]]) -> str:
    """Both, each once, as the column `given` holds them."""
    found = {tuple(one) for one in given} | {tuple(one) for one in more}
    return json.dumps(sorted(found)) if found else ""


def own_search_answered(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this page was given."""
    told, table = event.payload, tx.of(RemoteTables).received
    asker = event.source.header.topic.partition(".")[2]
    key = {"asker": asker, "event_id": told["question"]}
    row = tx.one(select(table).where(table.c.asker == asker, table.c.event_id == told["question"]))
    if row is not None and told["page"] <= row["pages"]:
        return  # it was on its way when the backup was made
    if row is None:
        stone = {"received_at": to_ms(event.occurred_at), "asked_by": "", "valid_until": 0, "question": json.dumps(ASIDE)}
        nothing = {"pages": 0, "cases": 0, "after": "", "given": "", "refusal": "", "answered_at": 0}
        tx.keep(table, {**key, **stone, "state": RESTORED, **nothing})
    cases = [(one["administration"], one["reference"], one["version"]) for one in told["cases"]]
    before = given_of(row) if row is not None else []
    ended = REFUSED if told["refusal"] else ANSWERED if told["last"] else ""
    values = {
        "pages": told["page"],
        "cases": (row["cases"] if row is not None else 0) + len(cases),
        "refusal": told["refusal"],
        "answered_at": to_ms(event.occurred_at),
        "given": "" if ended and not told["more"] else added(before, cases),
        **({"after": ""} if ended and not told["more"] else {}),
        **({"state": ended} if ended else {}),
    }
    tx.change(table, {**key, **values})


def comes_again(tx: UnitOfWork, row: RowMapping, said: dict[str, Any], begin: RowMapping | None) -> None:
    """A question that is taken in for the second time, at a node that knows already what it answered. `said`: what is kept of a question
    (received_at, asked_by, valid_until, question); `begin`: the question that it goes on behind.
    """
    more = {} if begin is None else {"after": begin["after"], "given": added(given_of(begin), given_of(row))}
    ended = row["state"] != RESTORED
    state = row["state"] if ended else OPEN
    kept = more if not ended or row["given"] else {}
    tx.change(tx.of(RemoteTables).received, {"asker": row["asker"], "event_id": bytes(row["event_id"]), **said, "state": state, **kept})


ANSWERED_SEARCHES_BEFORE: Final = {"SearchAnswered": own_search_answered}
