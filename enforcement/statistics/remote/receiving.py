"""At the asker: the pages of an answer, in whatever order they come, each case with its reporter's own proof."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.keyed import REPORTS, ensure_speaks
from enforcement.seizures.notices.receiving import goods_of
from enforcement.seizures.releasability import may_see
from enforcement.statistics.remote.limits import MOST_ON_PAGE, MOST_PAGES
from enforcement.statistics.remote.store import ANSWERED, OPEN, REFUSED, WITHDRAWN, RemoteTables
from liaison.node.audit import note_own
from liaison.node.times import to_ms
from liaison.protocol.errors import HandlerRefused, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

MOST_CODE: Final = 60
MOST_DETAIL: Final = 500
MOST_LEAD: Final = 70


def on_search_answered(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep a page, once. Raises HandlerRefused for what was not asked of this node, is more than was asked, or does not prove itself."""
    told, tables = event.payload, tx.of(RemoteTables)
    row = tx.one(select(tables.asked).where(tables.asked.c.event_id == told["question"]))
    if row is None or event.issuer != row["target"]:
        raise HandlerRefused(phrase("{node} has not asked {issuer} this question.", node=tx.node, issuer=event.issuer))
    if row["state"] == WITHDRAWN:
        return
    here = _here(tx, told["question"])
    if told["page"] in here:
        return  # an office that was restored may answer again
    _ensure_bounded(told, row, sum(here.values()))
    _keep_cases(tx, told)
    page = {"question": told["question"], "page": told["page"], "cases": len(told["cases"]), "received_at": tx.now_ms}
    tx.keep(tables.pages, page)
    _change(tx, row, told, len(here) + 1)
    note_own(tx, "searches.received", event.issuer, question=told["question"].hex(), page=told["page"], cases=len(told["cases"]))


def _here(tx: UnitOfWork, question: bytes) -> dict[int, int]:
    """Cases by page that is here."""
    return dict(tx.lookup(tx.of(RemoteTables).pages, ("page", "cases"), {}, ("question", [question])))


def _ensure_bounded(told: Mapping[str, Any], row: RowMapping, cases_here: int) -> None:
    question = json.loads(row["question"])
    fits = (
        1 <= told["page"] <= MOST_PAGES * MOST_ON_PAGE
        and len(told["cases"]) + cases_here <= question["per_page"] * question["pages"]
        and len(told["refusal"]) <= MOST_CODE
        and len(told["detail"]) <= MOST_DETAIL
        and all(len(case["counts_under"]) <= MOST_LEAD for case in told["cases"])
        and not (told["refusal"] and told["cases"])
    )
    if not fits:
        raise HandlerRefused(phrase("An answer is beyond its bounds, or more than was asked for."))


def _keep_cases(tx: UnitOfWork, told: Mapping[str, Any]) -> None:
    writer = tx.around.reader.schemas.writer("SeizureReported")
    for place, found in enumerate(told["cases"], 1):
        inner = _inside(tx, found)
        case = inner.payload["case"]
        row = {
            "question": told["question"],
            "page": told["page"],
            "place": place,
            **{name: found[name] for name in ("administration", "reference", "version", "method", "counts_under")},
            "occurred_on": case["date"].isoformat(),
            "country": case["place"]["country"],
            "goods": goods_of(case),
            "payload": writer.encode({"case": case}),
        }
        tx.keep(tx.of(RemoteTables).found, row)


def _inside(tx: UnitOfWork, found: Mapping[str, Any]) -> VerifiedEvent:
    """The reporter's own report, verified, about this very version and for this node's eyes. Raises HandlerRefused, CheckError."""
    inner = tx.open_evidence(found["evidence"])
    if inner.type not in REPORTS:
        raise HandlerRefused(phrase("What is found is a report of its reporter, or one that its office keyed."))
    case = inner.payload["case"]
    if any(case[name] != found[name] for name in ("administration", "reference", "version")):
        raise HandlerRefused(phrase("A case that was found is another than the evidence inside."))
    ensure_speaks(tx, inner, case["administration"])
    if not may_see(inner, tx.me):
        raise HandlerRefused(phrase("{reference} is not releasable to {node}.", reference=case["reference"], node=tx.node))
    return inner


def _change(tx: UnitOfWork, row: RowMapping, told: Mapping[str, Any], pages: int) -> None:
    """What the question knows after this page. It is answered when every page up to the last one is here."""
    last = told["page"] if told["last"] else row["last_page"]
    state = REFUSED if told["refusal"] else ANSWERED if last and pages == last else OPEN
    as_of = to_ms(told["as_of"])
    values = {
        "state": state,
        "last_page": last,
        "more": int(told["more"]) if told["last"] else row["more"],
        "as_of": min(as_of, row["as_of"]) if row["as_of"] else as_of,  # of the earliest page
        "answered_at": tx.now_ms,
    }
    values |= {name: told[name] for name in ("refusal", "detail", "reporting", "members")}
    tx.change(tx.of(RemoteTables).asked, {"event_id": bytes(row["event_id"]), **values})


BEING_ANSWERED: Final = {"SearchAnswered": on_search_answered}
