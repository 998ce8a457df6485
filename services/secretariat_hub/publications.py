"""What the network publishes, in one list: products, editions of the code lists and of rule switches, tables released to the outside,
quality cards; each with its state, who wrote and who released it, and who has read it. Only queries of what other subjects keep.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.store import edition_rows
from enforcement.codelists.viewing import edition_lines
from enforcement.intelligence.document import effect_lines, line_of
from enforcement.intelligence.model import DRAFT, IN_THE_MAKING
from enforcement.intelligence.store import ProductFilter, list_products
from enforcement.quality.issuing import issued_cards
from enforcement.seizures import switching
from enforcement.seizures.switch_actions import proposed
from enforcement.statistics.store import list_releases
from liaison.node.originals import stored_event
from liaison.protocol.errors import LiaisonError
from services.secretariat_hub.governing import proposals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork

KINDS: Final = ("product", "edition", "switches", "table", "cards")
STATES: Final = ("waiting", "to-come", "in-force", "over")
MOST_PRODUCTS: Final = 500  # the newest; older ones are found on the page of products
OVER: Final = ("expired", "superseded", "recalled", "declined")


@dataclass(frozen=True, slots=True)
class Publication:
    """One thing that was published, or waits for a second person. `read` of `audience` contact points have read it, where that is told;
    `at`: when it was released, or last changed while it waits; `to`: its page.
    """

    kind: str
    name: str
    title: str
    issuer: str
    state: str
    at: datetime | None
    to: str
    author: str = ""
    releaser: str = ""
    word: str = ""  # the subject's own word for the state
    audience: int | None = None
    read: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def publications(tx: UnitOfWork, kind: str = "", state: str = "") -> list[Publication]:
    """What there is, what waits first and then the latest first; of one kind or state only, when named."""
    makers = {"product": _products, "edition": _editions, "switches": _switches, "table": _tables, "cards": _cards}
    found = [one for name, make in makers.items() if kind in ("", name) for one in make(tx)]
    wanted = [one for one in found if state in ("", one.state)]
    return sorted(wanted, key=lambda one: (one.state != "waiting", -(one.at or datetime(1970, 1, 1, tzinfo=UTC)).timestamp(), one.name))


def _products(tx: UnitOfWork) -> list[Publication]:
    """Of every issuer; of the hub's own who has read them. Drafts are their authors' until they are proposed."""
    rows = [row for row in list_products(tx, ProductFilter(tx.author), MOST_PRODUCTS) if row["state"] != DRAFT]
    own = [row for row in rows if row["issuer"] == tx.node and row["state"] not in IN_THE_MAKING]
    effects = {(one["product"], one["edition"]): one for one in effect_lines(tx, own)}
    found = []
    for row in rows:
        line = line_of(tx, row)
        effect = effects.get((line["product"], line["edition"])) if row["issuer"] == tx.node else None
        state = (
            "waiting" if row["state"] in IN_THE_MAKING and line["state"] not in OVER else "over" if line["state"] in OVER else "in-force"
        )
        found.append(
            Publication(
                "product",
                f"{line['product']} / {line['edition']}" if line["edition"] > 1 else str(line["product"]),
                line["title"],
                line["issuer"],
                state,
                line["released_at"],
                f"/alerts/{line['product_id']}",
                row["author"],
                row["releaser"],
                line["state"],
                effect["audience"] if effect else None,
                effect["read"] if effect else None,
                {"kind": line["kind"], "urgent": line["urgent"], "overdue": effect["overdue"] if effect else []},
            )
        )
    return found


def _editions(tx: UnitOfWork) -> list[Publication]:
    """Editions of the code lists: released ones, and what is proposed."""
    known = {row["edition"]: row for row in edition_rows(tx)}
    found = []
    for row in proposals(tx):
        to, author = f"/editions/{row['edition']}", row["proposed_by"]
        found.append(Publication("edition", row["edition"], row["note"], tx.node, "waiting", row["proposed_at"], to, author))
    for line in edition_lines(tx):
        people = _people(tx, known.get(line["edition"]))
        state = _dated(tx, line["valid_from"], line["valid_until"])
        at = line["released_at"]
        found.append(Publication("edition", line["edition"], line["note"], tx.node, state, at, "/codelists/editions", *people))
    return found


def _people(tx: UnitOfWork, row: Mapping[str, Any] | None) -> tuple[str, str]:
    """Who proposed and who released an edition, as its signed event says; nobody where it came with the package or is not here."""
    if row is None:
        return "", ""
    try:
        event = stored_event(tx, tx.node, bytes(row["event_id"]))
    except LiaisonError:
        return "", ""
    return event.author, event.releaser


def _dated(tx: UnitOfWork, begins: str, ends: str) -> str:
    today = tx.now.date()
    if date.fromisoformat(begins) > today:
        return "to-come"
    return "over" if ends and date.fromisoformat(ends) < today else "in-force"


def _switches(tx: UnitOfWork) -> list[Publication]:
    """Editions of rule switches of every office, and what is proposed here."""
    found = []
    waiting = proposed(tx)
    if waiting is not None:
        author = waiting["editors"][0] if waiting["editors"] else ""
        found.append(
            Publication("switches", str(waiting["number"]), waiting["reason"], tx.node, "waiting", waiting["changed_at"], "", author)
        )
    for row in switching.edition_rows(tx):
        to_come = row["set_at"] > tx.now or date.fromisoformat(row["valid_from"]) > tx.now.date()
        state = "in-force" if row["holds"] else "to-come" if to_come else "over"
        name = f"{row['office'] or tx.node} {row['edition']}"
        people = (row["author"], row["releaser"])
        found.append(Publication("switches", name, row["reason"], row["office"] or tx.node, state, row["set_at"], "", *people))
    return found


def _tables(tx: UnitOfWork) -> list[Publication]:
    """Tables released to readers outside the network: what is out stays out."""
    found = []
    for row in list_releases(tx):
        told = ("table", row["file"], row["title"], tx.node, "in-force", row["released_at"], "/statistics/releases")
        found.append(Publication(*told, releaser=row["released_by"]))
    return found


def _cards(tx: UnitOfWork) -> list[Publication]:
    """Quality cards by office and period."""
    cards = sorted(issued_cards(tx), key=lambda one: (one["issuer"], one["period"], one["section"]))
    found = []
    for (issuer, period, section), group in groupby(cards, key=lambda one: (one["issuer"], one["period"], one["section"])):
        issued: Sequence[dict[str, Any]] = list(group)
        at = max(one["issued_at"] for one in issued)
        number = sum(one["subject"] != issuer for one in issued)
        by = issued[0]["issued_by"]
        to = f"/world?period={period}"
        found.append(Publication("cards", period, section, issuer, "in-force", at, to, "", by, details={"cards": number}))
    return found
