"""Alerts and other products, for those who read and answer them, at every kind of office; `writing_pages` is for those who make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intelligence.actions import MAX_NOTE, give_feedback, mark_read
from enforcement.intelligence.document import answer_line, document_of, effect_lines, line_of
from enforcement.intelligence.errors import FeedbackRefusedError
from enforcement.intelligence.feedback import NO_CASE, feedback_on, silent
from enforcement.intelligence.model import GIVEN_BY_PEOPLE, IN_THE_MAKING, TRANSITIONS
from enforcement.intelligence.store import (
    ProductFilter,
    count_products,
    count_to_release,
    find_product,
    list_products,
    product_row,
    read_by,
)
from enforcement.intelligence.telling import names_of, product_pdf, releasers_of, told_product
from enforcement.seizures.ports import OtherPort
from enforcement.seizures.queries import versions_of
from liaison.access.permissions import NotPermitted, Role
from liaison.console.pages import BadForm, Moved, Page, Place, Sent, Shown, Tally
from liaison.console.words import n_
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from liaison.access.desk import Desk
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

LIST: Final = "/alerts"
LOOK: Final = "alerts.list"
READ: Final = "alerts.read"
RELEASE: Final = "alerts.release"
PACKAGE: Final = "enforcement.intelligence"
EACH: Final = 50
KINDS: Final = {
    "used": n_("used"),
    "hit": n_("a hit: it led to a case"),
    "used-without-result": n_("used, without result"),
    "not-useful": n_("not useful"),
}
BY_ITSELF: Final = (n_("received"), n_("read"))  # what a node says without anybody
STATE_WORDS: Final = (
    *(n_("draft"), n_("proposed"), n_("declined"), n_("reviewed"), n_("released")),
    *(n_("extended"), n_("expired"), n_("superseded"), n_("recalled")),
)


def alert_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", LIST, LOOK, show_list, Place("intelligence", n_("Alerts and products"), 10, "alerts.unread")),
        Page("GET", f"{LIST}/{{product}}/pdf", READ, print_product),
        Page("POST", f"{LIST}/{{product}}/feedback", "alerts.feedback", answer),
        Page("POST", f"{LIST}/{{product}}/read", READ, say_read),
    )


def reading_pages() -> Sequence[Page]:
    """For `Console.pages`, behind those whose addresses are longer."""
    return (Page("GET", f"{LIST}/{{product}}", READ, read_product),)


def alert_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    to = f"{LIST}?state=unread"
    return (Tally("alerts.unread", LOOK, _unread, n_("products unread"), n_("You have read all."), to, order=30, personal=True),)


def release_tallies() -> Sequence[Tally]:
    """For `Console.tallies` at offices."""
    title, none, to = n_("products to release"), n_("No product waits for your release."), f"{LIST}?state=proposed"
    return (Tally("alerts.to-release", RELEASE, _to_release, title, none, to, urgent=True, order=31, personal=True),)


def _unread(tx: UnitOfWork) -> int:
    return count_products(tx, ProductFilter(tx.author, unread=True))


def _to_release(tx: UnitOfWork) -> int:
    return count_to_release(tx, tx.author)


def show_list(visit: Visit) -> Reply:
    """Products of this node: those that this person has not read first, urgent ones before others."""
    desk, page = visit.desk, visit.page()
    lists: CodeLists = desk.parts.field[CodeLists]
    asked = {name: visit.asked(name) for name in ("state", "kind", "section")}
    if asked["state"] not in ("", "unread", *TRANSITIONS):
        raise BadForm(phrase("There is no such state."))
    state = "" if asked["state"] == "unread" else asked["state"]
    reader = desk.person.user_id
    wanted = ProductFilter(reader, asked["kind"], asked["section"], "", state, asked["state"] == "unread", unread_first=True)
    with desk.looking(LOOK) as tx:
        rows = [line_of(tx, row) for row in list_products(tx, wanted, EACH + 1, (page - 1) * EACH)]
        writes = tx.me.kind != "ncp"
    language = visit.words.language
    data = {
        "rows": rows[:EACH],
        "more": len(rows) > EACH,
        "page": page,
        "asked": asked,
        "narrowed": any(asked.values()),
        "kinds": [(one, lists.label("product-kinds", one, language)) for one in lists.codes("product-kinds")],
        "sections": [(one, lists.label("sections", one, language)) for one in lists.codes("sections")],
        "states": list(TRANSITIONS),
        "writes": writes,
        "lists": lists,
    }
    return Shown(f"{PACKAGE}/products.html", data)


def row_of(tx: UnitOfWork, visit: Visit) -> RowMapping:
    """The product of the address. Raises ProductUnknownError."""
    return find_product(tx, visit.path["product"])


def read_product(visit: Visit) -> Reply:
    """A product to read. Who has read it says so: a page that is only fetched reads nothing."""
    with visit.desk.acting(READ, visit.path["product"]) as tx:
        row = row_of(tx, visit)
    return shown(visit, row["product_id"])


def say_read(visit: Visit) -> Reply:
    """Note that this person has read a product; the first reading at a contact point is told to its issuer."""
    desk = visit.desk
    with desk.acting(READ, visit.path["product"], read=True) as tx:
        row = row_of(tx, visit)
        if not may_say_read(desk):
            raise NotPermitted(phrase("An auditor reads everything and changes nothing."), action=READ)
        told = mark_read(tx, row["product_id"])
    note = n_("Noted: its issuer is told that it was read here.") if told else n_("Noted that you have read it.")
    return Moved(f"{LIST}/{row['product_id']}", visit.words(note))


def may_say_read(desk: Desk) -> bool:
    """An auditor reads everything and changes nothing."""
    return desk.person.roles != {Role.AUDITOR}


def shown(visit: Visit, product_id: int, problem: Any = None, said: dict[str, str] | None = None) -> Shown:  # noqa: ANN401 - any refusal
    """The page of a product, with what was wrong and what had been written."""
    desk = visit.desk
    lists: CodeLists = desk.parts.field[CodeLists]
    with desk.looking(READ) as tx:
        row = product_row(tx, product_id)
        document = document_of(tx, row)
        own, making = row["issuer"] == tx.node, row["state"] in IN_THE_MAKING
        answers = [answer_line(one) for one in feedback_on(tx, row["issuer"], row["number"] or "", row["edition"])] if not making else []
        data: dict[str, Any] = {
            "document": document,
            "told": told_product(document, lists, visit.words),
            "held": {f"{one['administration']} {one['reference']}".strip(): _held(tx, one) for one in document["content"]["cited_records"]},
            "own": own,
            "making": making,
            "answers": answers,
            "effect": effect_lines(tx, [row])[0] if own and not making else None,
            "silent": silent(tx, row) if own and not making else (),
            "releasers": releasers_of(desk, tx, row) if own and making else [],
            "wrote": names_of(desk, tx, row["editors"].split()),
            "i_wrote": desk.person.user_id in row["editors"].split(),
            "answers_here": tx.me.kind == "ncp" and not making,
            "read_at": read_by(tx, product_id, desk.person.user_id),
            "to_read": may_say_read(desk) and not making,
        }
    more = {
        "kinds": KINDS,
        "problem": problem,
        "said": {"kind": "", "note": "", "case": "", "reason": "", **(said or {})},
        "most": MAX_NOTE,
        "who": desk.person.name,
    }
    return Shown(f"{PACKAGE}/product.html", {**data, **more}, 422 if problem is not None else 200)


def _held(tx: UnitOfWork, cited: Mapping[str, str]) -> str:
    """Where a cited record is read; empty where this node does not hold it, or this person does not see it."""
    try:
        known = versions_of(tx, (cited["administration"], cited["reference"]))
    except OtherPort:
        return ""
    return f"/cases/{cited['administration']}/{quote(cited['reference'])}" if known else ""


def print_product(visit: Visit) -> Reply:
    """The product as a PDF; an export, so it is in the audit."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.acting(READ, visit.path["product"], printed=True) as tx:
        document = document_of(tx, row_of(tx, visit))
        made = product_pdf(tx, document, lists, visit.words)
    return Sent(made, "application/pdf", f"{str(document['product']).replace('/', '-')}.pdf")


def answer(visit: Visit) -> Reply:
    """Tell the issuer what a product was good for; what is wrong stands beside what was written."""
    kind, note, case = visit.said("kind"), visit.said("note"), visit.said("case")
    if kind not in GIVEN_BY_PEOPLE:
        raise BadForm(phrase("Choose what the product was good for."))
    try:
        with visit.desk.acting("alerts.feedback", visit.path["product"], kind=kind, case=case[:64]) as tx:
            row = row_of(tx, visit)
            country = tx.me.country
            named = (country, case.removeprefix(f"{country}:").strip()) if case else NO_CASE
            mark_read(tx, row["product_id"])
            sent = give_feedback(tx, row["product_id"], kind, case=named, note=note)
    except FeedbackRefusedError as error:
        with visit.desk.looking(READ) as tx:
            product_id = row_of(tx, visit)["product_id"]
        return shown(visit, product_id, error, {"kind": kind, "note": note, "case": case})
    to = f"{LIST}/{row['product_id']}"
    if not sent:
        return Moved(to, visit.words("You have said that already; nothing was sent."), "warning")
    return Moved(to, visit.words("Your answer on {number} is on its way to its issuer.", number=row["number"]))
