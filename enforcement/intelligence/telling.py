"""A product in the words of a language, for a page and for paper: its head, its parts, what it cites; and who may let it out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from enforcement.intelligence.model import EVERYBODY, VERIFIED
from liaison.access.permissions import Role
from liaison.access.users import list_users
from liaison.console.printing import pdf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.codelists.model import CodeLists
    from liaison.access.desk import Desk
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork

LAYOUT: Final = ("enforcement.intelligence", "product.typ")


def product_pdf(tx: UnitOfWork, document: Mapping[str, Any], lists: CodeLists, words: Words) -> bytes:
    """The product on paper, its handling on every page."""
    told = told_product(document, lists, words)
    footer = words(
        "{number} · edition {edition} · printed at {node} on {moment}",
        number=document["product"],
        edition=document["edition"],
        node=tx.node,
        moment=words.moment(tx.now),
    )
    return pdf(LAYOUT, {**told, "language": words.language, "footer": footer}, tx.now)


def told_product(document: Mapping[str, Any], lists: CodeLists, words: Words) -> dict[str, Any]:
    """{title, kind, urgent, handling, head: [{label, value}], parts: [{title, text}], cited: [{record, status, grade}]}."""
    content = document["content"]
    return {
        "title": content["title"] or words("(no title yet)"),
        "kind": lists.label("product-kinds", content["kind"], words.language),
        "urgent": words("URGENT") if content["urgent"] else "",
        "handling": f"TLP:{content['tlp']} {content['handling_code']}"
        + (f" · {words('ask the originator before passing it on')}" if content["originator_control"] else ""),
        "head": _head(document, lists, words),
        "parts": _parts(content, lists, words),
        "cited_title": words("Cited records"),
        "cited": [_cited(one, lists, words) for one in content["cited_records"]],
    }


def _head(document: Mapping[str, Any], lists: CodeLists, words: Words) -> list[dict[str, str]]:
    content, language = document["content"], words.language
    audience = words("all members") if content["audience"] == EVERYBODY else words("contact points of {office}", office=document["issuer"])
    until = content["acknowledge_by"]
    rows = [
        (words("Number"), document["product"]),
        (words("Issued by"), document["issuer"]),
        (words("Released"), words.moment(document["released_at"]) if document["released_at"] else ""),
        (words("Replaces"), content["supersedes"]),
        (words("Acknowledge by"), words.moment(datetime.fromisoformat(until)) if until else ""),
        (words("Valid"), " – ".join(words.day(content[one]) if content[one] else "?" for one in ("valid_from", "valid_until"))),  # noqa: RUF001 - a dash
        (words("For"), audience),
        (words("Sections"), ", ".join(lists.label("sections", one, language) for one in content["sections"])),
        (words("Goods"), ", ".join(lists.label("commodities", one, language) for one in content["commodities"])),
        (words("Area"), ", ".join(content["areas"])),
        (words("Contact"), content["contact"]),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _parts(content: Mapping[str, Any], lists: CodeLists, words: Words) -> list[dict[str, str]]:
    judged = [
        f"{label}: {lists.label(name, content[field], words.language).lower()}."
        for field, name, label in (("likelihood", "likelihoods", words("Likelihood")), ("confidence", "confidence", words("Confidence")))
        if content["assessment"] and content[field]  # each in a sentence of its own (ICD 203)
    ]
    parts = [
        (words("Summary"), content["summary"]),
        (words("Facts"), content["facts"]),
        (words("Assessment"), "\n".join([content["assessment"], *judged]) if content["assessment"] else ""),
        (words("Risk indicators"), "\n".join(f"– {one}" for one in content["risk_indicators"])),  # noqa: RUF001 - a dash
        (words("Recommended action"), content["recommended_action"]),
        (words("Pictures (SHA-256)"), "\n".join(content["picture_hashes"])),
    ]
    return [{"title": title, "text": text} for title, text in parts if text]


def _cited(cited: Mapping[str, str], lists: CodeLists, words: Words) -> dict[str, str]:
    record = f"{cited['administration']} {cited['reference']}".strip()
    status = lists.label("citation-status", cited["status"], words.language)
    return {"record": record, "status": status, "grade": cited["grade"], "verified": "yes" if cited["status"] == VERIFIED else ""}


# --- people -----------------------------------------------------------------------------------------------------------------


def names_of(desk: Desk, tx: UnitOfWork, users: Sequence[str]) -> list[str]:
    """Login names of people of this node; of others their pseudonym stays."""
    known = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, desk.access)}
    return [known.get(one, one) for one in users if one]


def releasers_of(desk: Desk, tx: UnitOfWork, row: RowMapping) -> list[str]:
    """Who of this node may let a product out: releasers who can sign in and did not write in it, by login name."""
    wrote = set(row["editors"].split())
    people = (entry for entry in list_users(tx.connection, desk.access) if not entry.disabled and Role.RELEASER in entry.person.roles)
    return sorted(entry.person.name for entry in people if entry.person.user_id not in wrote)
