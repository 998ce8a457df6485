"""Issuing cards: an office signs each contact point's card with the regional median for it, and the hub gets all of them.

The median of a period is worked out once. Later issues of the same period repeat it, so that nobody can tell one member's figures
from the difference between two medians (decision 25).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.quality.model import FORMULAS, OFFICE_FORMULAS, TOO_FEW, Figure
from enforcement.quality.periods import BadPeriod, span_of
from enforcement.quality.regions import COMPARED, region, with_medians
from enforcement.quality.store import QualityTables
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.quality.cards import Card
    from enforcement.quality.periods import Span
    from enforcement.quality.regions import Medians
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member

ISSUE: Final = "quality.issue"
MAX_FIGURES: Final = 100
MAX_NAME_CHARACTERS: Final = 60
MAX_SECTION_CHARACTERS: Final = 40
NONE: Final = -1


class PeriodRuns(LiaisonError):  # noqa: N818 - named for the state
    """Cards are issued of periods that are over."""

    code = "quality.period-runs"
    next_step = "Look at it with `liaison quality region`, and issue it when the period has ended."


def issue(tx: UnitOfWork, members: Sequence[Member], period: Span, section: str, office: Sequence[Figure]) -> list[Card]:
    """Sign and send the card of each of these contact points, to it and to the hub, and this office's own to the hub; the cards.

    `office`: the figures of this office. What was filled must be up to date. Raises PeriodRuns.
    """
    if tx.now < period.until:
        raise PeriodRuns(phrase("{period} ends on {day}.", period=period.name, day=f"{period.until:%Y-%m-%d}"))
    found, medians = region(tx, members, period, section)
    before = issued_medians(tx, tx.node, period.name, section)
    hub = next((one.node for one in tx.members.offices() if one.kind == "hub"), "")
    issued = []
    for card in found:
        told = with_medians(_bare(card), before if before is not None else medians)
        payload = _payload(told.figures, told.member.node, period.name, section, tx)
        handling = Handling(releasable_to=tuple(dict.fromkeys((card.member.node, tx.node, hub))))
        event_id = tx.emit(Draft("QualityCardIssued", payload, tx.now, handling), "receipts", owner=card.member.node)
        _to_hub(tx, hub, payload)
        _keep(tx, tx.node, payload, (event_id, tx.now_ms, tx.author))
        issued.append(told)
    payload = _payload(office, tx.node, period.name, section, tx)
    _keep(tx, tx.node, payload, (_to_hub(tx, hub, payload), tx.now_ms, tx.author))
    return issued


def _bare(card: Card) -> Card:
    return replace(card, figures=[replace(one, region=None, region_members=0) for one in card.figures])


def _to_hub(tx: UnitOfWork, hub: str, payload: dict[str, Any]) -> bytes:
    if not hub or hub == tx.node:
        return b""
    return tx.emit(Draft("QualityCardIssued", payload, tx.now, Handling(releasable_to=(tx.node, hub))), "mail", owner=hub)


def _payload(figures: Sequence[Figure], subject: str, period: str, section: str, tx: UnitOfWork) -> dict[str, Any]:
    return {"subject": subject, "period": period, "section": section, "as_of": tx.now, "figures": [_figure(one) for one in figures]}


def _figure(one: Figure) -> dict[str, Any]:
    return {
        "name": one.name,
        "formula": (FORMULAS.get(one.name) or OFFICE_FORMULAS[one.name]).number,
        "n": one.n,
        "count": NONE if one.count is None else one.count,
        "of": NONE if one.of is None else one.of,
        "value": "" if one.value is None else f"{one.value:.2f}",
        "covered": one.covered,
        "expected": one.expected,
        "region": "" if one.region is None else f"{one.region:.0f}",
        "region_members": one.region_members,
    }


def _keep(tx: UnitOfWork, issuer: str, payload: Mapping[str, Any], said: tuple[bytes, int, str]) -> None:
    row = {
        "issuer": issuer,
        **{name: payload[name] for name in ("subject", "period", "section")},
        "as_of": to_ms(payload["as_of"]),
        "figures": json.dumps(payload["figures"]),
        "event_id": said[0],
        "issued_at": said[1],
        "issued_by": said[2],
    }
    tx.put(tx.of(QualityTables).cards, row, newer="as_of")


def on_quality_card_issued(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep a card from the office in charge; of a period the latest stands. Raises HandlerRefused."""
    told = event.payload
    subject = tx.members.members.get(told["subject"])
    if subject is None or event.issuer not in (subject.node, subject.office):
        raise HandlerRefused(phrase("{issuer} is not the office of {node}.", issuer=event.issuer, node=told["subject"][:40]))
    if tx.me.kind == "ncp" and subject.node != tx.node:
        raise HandlerRefused(phrase("A card of {subject} is not for {node}.", subject=subject.node, node=tx.node))
    try:
        known = span_of(told["period"]).name == told["period"]
    except BadPeriod:
        known = False
    if not known:
        raise HandlerRefused(phrase("A card is of no period."))
    _bounded(told)
    _keep(tx, event.issuer, told, (event.event_id, to_ms(event.occurred_at), event.author))


def _bounded(told: Mapping[str, Any]) -> None:
    """Nothing in a card is beyond its bounds. Raises HandlerRefused."""
    fits = (
        len(told["section"]) <= MAX_NAME_CHARACTERS // 2 and len(told["period"]) <= len("2025-Q3") and len(told["figures"]) <= MAX_FIGURES
    )
    for one in told["figures"]:
        fits = fits and all(len(one[name]) <= MAX_NAME_CHARACTERS for name in ("name", "formula", "value", "region"))
        fits = fits and all(_is_number(one[name]) for name in ("value", "region"))
    if not fits:
        raise HandlerRefused(phrase("A card is beyond its bounds: section, period or figures."))


def _is_number(text: str) -> bool:
    return not text or text.replace(".", "", 1).isdecimal()


def own_quality_card_issued(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: what this office had issued stays issued, its medians too."""
    _keep(tx, tx.node, event.payload, (event.event_id, to_ms(event.occurred_at), event.author))


def issued_medians(tx: UnitOfWork, issuer: str, period: str, section: str) -> Medians | None:
    """The regional medians that this issuer gave for a period; None when it gave none yet."""
    table = tx.of(QualityTables).cards
    where = (table.c.issuer == issuer) & (table.c.period == period) & (table.c.section == section) & (table.c.subject != issuer)
    row = tx.one(select(table.c.figures).where(where).order_by(table.c.subject).limit(1))
    if row is None:
        return None
    told = {one["name"]: one for one in json.loads(row["figures"])}
    return {name: _median(told.get(name)) for name in COMPARED}


def _median(told: Mapping[str, Any] | None) -> tuple[float | None, int]:
    return (float(told["region"]), int(told["region_members"])) if told is not None and told["region"] else (None, 0)


def issued_cards(tx: UnitOfWork, *, subject: str = "", period: str = "", section: str | None = None) -> list[dict[str, Any]]:
    """The cards that were issued and are here, latest period first: {issuer, subject, period, section, as_of, issued_at, figures}."""
    table = tx.of(QualityTables).cards
    query = select(table).order_by(table.c.period.desc(), table.c.subject, table.c.section, table.c.issuer)
    if subject:
        query = query.where(table.c.subject == subject)
    if period:
        query = query.where(table.c.period == period)
    if section is not None:
        query = query.where(table.c.section == section)
    return [
        {
            **{name: row[name] for name in ("issuer", "subject", "period", "section", "issued_by")},
            "as_of": from_ms(row["as_of"]),
            "issued_at": from_ms(row["issued_at"]),
            "figures": [_shown(one) for one in json.loads(row["figures"])],
            "event_id": bytes(row["event_id"]).hex(),
        }
        for row in tx.rows(query)
    ]


def _shown(told: Mapping[str, Any]) -> dict[str, Any]:
    """A figure out of an event, with the numbers that are there; names this program does not know are shown as they came."""
    found: dict[str, Any] = {"figure": told["name"], "formula": f"docs/quality.md {told['formula']}", "n": told["n"]}
    found |= {name: None if told[name] == NONE else told[name] for name in ("count", "of")}
    found |= {"value": float(told["value"]) if told["value"] else None, "region_median": float(told["region"]) if told["region"] else None}
    known = FORMULAS.get(told["name"]) or OFFICE_FORMULAS.get(told["name"])
    found["unit"] = known.unit if known is not None else ""
    counts = f"{told['count']:,} of {told['of']:,}" if told["of"] >= 0 else f"{told['count']:,}" if told["count"] >= 0 else ""
    found["told"] = (
        f"{found['value']:g} {found['unit']}".strip() if found["value"] is not None else counts or (TOO_FEW if told["n"] else "")
    )
    return {**found, "coverage": f"{told['covered']:,} of {told['expected']:,}", "region_members": told["region_members"]}
