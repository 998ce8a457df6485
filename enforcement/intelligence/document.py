"""A product as a person reads it and as --json gives it, and the lines of lists of products and of their effect."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from enforcement.intelligence.actions import problems
from enforcement.intelligence.feedback import effects, silent
from enforcement.intelligence.model import IN_THE_MAKING, READ, RECEIVED, VERIFIED, state_on
from enforcement.intelligence.store import content_of
from liaison.node.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import RowMapping

    from enforcement.codelists.model import CodeLists
    from enforcement.intelligence.feedback import Effect
    from liaison.node.work import UnitOfWork
    from liaison.terminal import Terminal

_AUDIENCE: Final = {"region": "contact points of {issuer}", "everyone": "all members"}
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR


def name_of(row: RowMapping) -> str:
    """What a person calls it: the number, or a draft's plain number."""
    return row["number"] if row["number"] and row["state"] not in IN_THE_MAKING else str(row["product_id"])


def line_of(tx: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    """One line of a list."""
    return {
        "product": name_of(row),
        "edition": row["edition"],
        "state": state_on(row["state"], row["valid_until"], tx.now.date()),
        "urgent": row["urgent"],
        "kind": row["kind"],
        "title": row["title"],
        "issuer": row["issuer"],
        "sections": row["sections"].split(),
        "valid_until": row["valid_until"] or None,
        "acknowledge_by": _at(row["acknowledge_by"]),
        "released_at": _at(row["released_at"]),
        "read": row["read_at"] is not None,
        "product_id": row["product_id"],
        "number": row["number"],
    }


def document_of(tx: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    """The whole product: where it stands, its content, and what still keeps a draft from going out."""
    making = row["state"] in IN_THE_MAKING
    return {
        "product": name_of(row),
        "product_id": row["product_id"],
        "number": row["number"],
        "edition": row["edition"],
        "issuer": row["issuer"],
        "state": state_on(row["state"], row["valid_until"], tx.now.date()),
        "author": row["author"],
        "reviewer": row["reviewer"],
        "releaser": row["releaser"],
        "reason": row["reason"],
        "released_at": _at(row["released_at"]),
        "received_at": _at(row["received_at"]),
        "event_id": row["event_id"].hex(),
        "content": json.loads(row["content"]),
        "problems": [problem.record() for problem in problems(tx, content_of(row))] if making else [],
    }


def print_document(terminal: Terminal, document: Mapping[str, Any], lists: CodeLists) -> None:
    """The product to read; JSON: the document as it is."""
    if terminal.as_json:
        terminal.record(document)
        return
    content = document["content"]
    title = f"{lists.label('product-kinds', content['kind'])}: {content['title'] or '(no title yet)'}"
    terminal.record(_head(document, lists), title=("URGENT " if content["urgent"] else "") + title)
    for name, text in _body(content, lists).items():
        if text:
            terminal.say("")
            terminal.record({"": text}, title=name)
    if content["cited_records"]:
        terminal.say("")
        terminal.table("Cited records", [_cited(one, lists) for one in content["cited_records"]], ["record", "status", "grade", "event"])
    print_problems(terminal, document["problems"])


def print_problems(terminal: Terminal, found: Iterable[Mapping[str, str]]) -> None:
    """What is still missing in a draft; nothing when nothing is."""
    rows = [dict(problem) for problem in found]
    if rows and not terminal.as_json:
        terminal.say("")
        terminal.table("To correct before it can go out", rows, ["field", "text", "code"])


def _head(document: Mapping[str, Any], lists: CodeLists) -> dict[str, Any]:
    content = document["content"]
    audience = _AUDIENCE.get(content["audience"], content["audience"]).format(issuer=document["issuer"])
    handling = f"TLP:{content['tlp']} {content['handling_code']}" + (", originator control" if content["originator_control"] else "")
    shown = {
        "product": f"{document['product']}, edition {document['edition']}",
        "issuer": document["issuer"],
        "state": document["state"],
        "declined because": document["reason"],
        "released": document["released_at"],
        "replaces": content["supersedes"],
        "acknowledge by": None if content["acknowledge_by"] is None else datetime.fromisoformat(content["acknowledge_by"]),
        "valid": f"{content['valid_from'] or '?'} to {content['valid_until'] or '?'}",
        "handling": handling,
        "for": audience,
        "sections": [lists.label("sections", code) for code in content["sections"]],
        "commodities": [lists.label("commodities", code) for code in content["commodities"]],
        "area": content["areas"],
        "language": content["language"],
        "also in": [f"{one['language']}: {one['number']} ({one['translator']})" for one in content["language_editions"]],
        "contact": content["contact"],
    }
    return {name: value for name, value in shown.items() if value}


def _body(content: Mapping[str, Any], lists: CodeLists) -> dict[str, str]:
    assessment = content["assessment"]
    for field, name in (("likelihood", "likelihoods"), ("confidence", "confidence")):  # each in a sentence of its own (ICD 203)
        if assessment and content[field]:
            assessment += f"\n{field.capitalize()}: {lists.label(name, content[field]).lower()}."
    return {
        "Summary": content["summary"],
        "Facts": content["facts"],
        "Assessment": assessment,
        "Risk indicators": "\n".join(f"- {one}" for one in content["risk_indicators"]),
        "Recommended action": content["recommended_action"],
        "Pictures (SHA-256)": "\n".join(content["picture_hashes"]),
    }


def _cited(cited: Mapping[str, str], lists: CodeLists) -> dict[str, Any]:
    record = f"{cited['administration']}:{cited['reference']}" if cited["administration"] else cited["reference"]
    known = cited["status"] == VERIFIED and cited["event_issuer"]
    return {
        "record": record,
        "status": lists.label("citation-status", cited["status"]),
        "grade": cited["grade"] or None,
        "event": f"{cited['event_issuer']} {cited['event_id']}" if known else None,
    }


# --- effect -------------------------------------------------------------------------------------------------------------

EFFECT_COLUMNS: Final = (
    "product",
    "edition",
    "title",
    "audience",
    "received",
    "read",
    "first_read_after",
    "used",
    "hits",
    "not_useful",
    "overdue",
)


def effect_lines(tx: UnitOfWork, rows: Iterable[RowMapping]) -> list[dict[str, Any]]:
    """One line for each of these own products: who got it, read it, used it, and what it led to."""
    products = list(rows)
    found = effects(tx, products)
    return [_effect_line(tx, row, found[row["product_id"]]) for row in products]


def _effect_line(tx: UnitOfWork, row: RowMapping, effect: Effect) -> dict[str, Any]:
    deadline = _at(row["acknowledge_by"])
    late = silent(tx, row) if deadline is not None and deadline < tx.now else ()
    after = max(0, effect.first_read_at - row["released_at"]) // 1000 if effect.first_read_at else None
    return {
        "product": name_of(row),
        "edition": row["edition"],
        "title": row["title"],
        "released_at": _at(row["released_at"]),
        "audience": effect.audience,
        "received": max(effect.givers.get(RECEIVED, 0), effect.givers.get(READ, 0)),
        "read": effect.givers.get(READ, 0),
        "unread": effect.unread,
        "first_read_after": None if after is None else duration(after),
        "first_read_after_seconds": after,
        "used": effect.givers.get("used", 0),
        "hits": effect.hits,
        "used_without_result": effect.givers.get("used-without-result", 0),
        "not_useful": effect.givers.get("not-useful", 0),
        "acknowledge_by": deadline,
        "overdue": list(late),
    }


def duration(seconds: int) -> str:
    """A span of time in the two largest units: 40 s, 5 min, 3 h 20 min, 2 d 4 h."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // 60} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // 60} min"
    span = timedelta(seconds=seconds)
    return f"{span.days} d {span.seconds // _HOUR} h"


def answer_line(row: RowMapping) -> dict[str, Any]:
    """One piece of feedback."""
    case = f"{row['case_administration']}:{row['case_reference']}" if row["case_reference"] else None
    return {
        "giver": row["giver"],
        "kind": row["kind"],
        "case": case,
        "note": row["note"] or None,
        "answered_at": _at(row["answered_at"]),
        "relayed_by": row["relayed_by"] or None,
        "event_id": row["event_id"].hex(),
    }


def _at(milliseconds: int) -> datetime | None:
    return from_ms(milliseconds) if milliseconds else None
