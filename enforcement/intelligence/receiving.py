"""One released product as it arrives, directly or relayed: checked, kept, and set in order with the others of its issuer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from enforcement.intelligence.errors import NumberTakenError, ProductRefusedError
from enforcement.intelligence.model import EVERYBODY, IN_THE_MAKING, RECALLED, REGION, RELEASED, SUPERSEDED, from_payload, parse_number
from enforcement.intelligence.store import (
    IntelligenceTables,
    add_product,
    change_product,
    editions_of,
    replace_content,
    superseded_by,
)
from liaison.node.times import to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def check_released(event: VerifiedEvent) -> None:
    """The rules every receiver keeps: number and issuer belong together, and two people let it out. Codes are not checked: the
    issuer's lists may be newer than ours. Raises ProductRefusedError.
    """
    payload = event.payload
    number = parse_number(payload["number"])
    if payload["issuer"] != event.issuer or number is None or number.office != event.issuer:
        raise ProductRefusedError(phrase("Number {number!r} is not one of {issuer}.", number=payload["number"][:60], issuer=event.issuer))
    if payload["edition"] < 1:
        raise ProductRefusedError(
            phrase("Edition {edition} of {number}: editions count from 1.", edition=payload["edition"], number=number)
        )
    if not event.author or not event.releaser or event.author == event.releaser:
        raise ProductRefusedError(phrase("{number} was not released by a second person.", number=number))
    if payload["valid_until"] < payload["valid_from"]:
        raise ProductRefusedError(phrase("The validity of {number} ends before it begins.", number=number))


def keep_released(tx: UnitOfWork, event: VerifiedEvent) -> bool:
    """Keep a checked product; False when this node had it. Whatever the order of arrival, the highest edition is in force, and of
    two products with one number and edition the earlier stays. Raises NumberTakenError.
    """
    payload = event.payload
    same_number = editions_of(tx, event.issuer, payload["number"])
    there = next((row for row in same_number if row["edition"] == payload["edition"]), None)
    if there is not None and there["event_id"] == event.event_id:
        return False
    if there is not None and there["state"] in IN_THE_MAKING:  # own, after a restore: the number was given before
        change_product(tx, there["product_id"], edition=same_number[-1]["edition"] + 1)
        there = None
    if there is not None and there["event_id"] < event.event_id:
        raise NumberTakenError(
            phrase(
                "{number}, edition {edition}, is another product of {issuer}.",
                number=payload["number"],
                edition=payload["edition"],
                issuer=event.issuer,
            )
        )
    _write(tx, event, there)
    settle_editions(tx, event.issuer, payload["number"], payload["supersedes"])
    return True


def _write(tx: UnitOfWork, event: VerifiedEvent, there: RowMapping | None) -> None:
    payload = event.payload
    product = from_payload(payload, event.handling, audience_on(event))
    values: Mapping[str, Any] = {
        "author": event.author[:40],
        "releaser": event.releaser[:40],
        "event_id": event.event_id,
        "changed_at": tx.now_ms,
        "released_at": to_ms(event.occurred_at),
        "received_at": 0 if event.issuer == tx.node else tx.now_ms,
    }
    if there is None:
        names = {"number": payload["number"], "edition": payload["edition"]}
        add_product(tx, product, issuer=event.issuer, state=RELEASED, **names, **values)
    else:
        replace_content(tx, there["product_id"], product, state=RELEASED, **values)


def audience_on(event: VerifiedEvent) -> str:
    """Whom the product was for, by the topic it was signed on."""
    return EVERYBODY if event.source.header.topic == "intelligence.global" else REGION


def settle_editions(tx: UnitOfWork, issuer: str, number: str, supersedes: str) -> None:
    """After a release: lower editions and what it replaces are superseded; so is it, if something newer is here already."""
    released = [row for row in editions_of(tx, issuer, number) if row["state"] not in IN_THE_MAKING | {RECALLED}]
    newest = released[-1]["edition"] if released else 0
    replaced = superseded_by(tx, issuer, number)
    for row in released:
        if (row["edition"] < newest or replaced) and row["state"] != SUPERSEDED:
            change_product(tx, row["product_id"], state=SUPERSEDED)
    if supersedes and supersedes != number:
        products = tx.of(IntelligenceTables).products
        where = (products.c.issuer == issuer) & (products.c.number == supersedes) & products.c.state.not_in(IN_THE_MAKING | {RECALLED})
        tx.execute(update(products).where(where).values(state=SUPERSEDED))
