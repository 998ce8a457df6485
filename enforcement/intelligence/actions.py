"""What officers do with products, each in the transaction of a permitted action (`Desk.acting`): write, propose, release, answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from enforcement.codelists.model import CodeLists
from enforcement.intelligence.errors import FeedbackRefusedError, NotAnOfficeError, ProductIncompleteError, ProductStateError
from enforcement.intelligence.feedback import NO_CASE, Answer, answer_once, keep_relay, was_relayed
from enforcement.intelligence.model import (
    DECLINED,
    DRAFT,
    EVERYBODY,
    GIVEN_BY_PEOPLE,
    HIT,
    IN_THE_MAKING,
    NOT_USEFUL,
    PROPOSED,
    READ,
    RELEASED,
    REVIEWED,
    VERIFIED,
    Citation,
    Number,
    Problem,
    Product,
    ensure_transition,
    parse_number,
    payload_of,
)
from enforcement.intelligence.receiving import settle_editions
from enforcement.intelligence.rules import Issuing, problems_of
from enforcement.intelligence.store import (
    IntelligenceTables,
    add_product,
    change_product,
    content_of,
    editions_of,
    next_serial,
    number_columns,
    product_row,
    replace_content,
)
from enforcement.seizures.nominal import screen_key, screen_text
from enforcement.seizures.nominal.reasons import seeming
from enforcement.seizures.releases import is_restricted
from enforcement.seizures.store import UNSIGNED, known_versions, verified_case
from liaison.access.permissions import ensure_other_person
from liaison.node.originals import stored_event
from liaison.protocol.errors import phrase, word
from liaison.protocol.events import EVERYONE, Draft

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork

MAX_NOTE: Final = 1000
PROMPTED: Final = "product:"

# --- writing ------------------------------------------------------------------------------------------------------------


def draft_product(tx: UnitOfWork, product: Product) -> int:
    """Begin a product; its draft number. It may be incomplete: see `problems`. Raises NotAnOfficeError."""
    if tx.me.kind == "ncp":
        raise NotAnOfficeError(phrase("{node} is a contact point.", node=tx.node))
    product = _with_today(tx, product)
    return add_product(tx, product, issuer=tx.node, state=DRAFT, author=tx.author, editors=tx.author, changed_at=tx.now_ms)


def new_edition(tx: UnitOfWork, product_id: int) -> int:
    """Begin the next edition of an own released product, with its content; its draft number. Released, it supersedes the older ones.
    Raises ProductStateError when it is not an own released one or an edition is in the making already.
    """
    row = _own(tx, product_id)
    if row["state"] in IN_THE_MAKING:
        raise ProductStateError(
            phrase("Product {product_id} is {state}: edit it instead.", product_id=product_id, state=word(row["state"]))
        )
    newest = editions_of(tx, tx.node, row["number"])[-1]
    if newest["state"] in IN_THE_MAKING:
        raise ProductStateError(
            phrase(
                "Edition {edition} of {number} is in the making: draft {product_id}.",
                edition=newest["edition"],
                number=row["number"],
                product_id=newest["product_id"],
            )
        )
    product = replace(content_of(newest), valid_from=tx.now.date(), valid_until=None, acknowledge_by=None)
    columns = number_columns(row["number"]) | {"edition": newest["edition"] + 1, "changed_at": tx.now_ms}
    return add_product(tx, product, issuer=tx.node, state=DRAFT, author=tx.author, editors=tx.author, **columns)


def edit(tx: UnitOfWork, product_id: int, product: Product) -> None:
    """Put another content in place of a draft's; what was proposed, reviewed or declined becomes a draft again.
    Raises ProductStateError.
    """
    row = _own(tx, product_id)
    ensure_transition(row["state"], DRAFT)
    editors = " ".join(dict.fromkeys([*row["editors"].split(), tx.author]))
    changes = {"state": DRAFT, "editors": editors, "reviewer": "", "reason": "", "changed_at": tx.now_ms}
    replace_content(tx, product_id, _with_today(tx, product), **changes)


def problems(tx: UnitOfWork, product: Product) -> list[Problem]:
    """Everything that keeps a product of this node from going out, citations looked up in its own store; empty when it may."""
    found = problems_of(product, Issuing(tx.of(CodeLists), tx.node, tx.now))
    for place, cited in enumerate(product.cited_records):
        if cited.status == VERIFIED and verified_case(tx, cited.administration, cited.reference) is None:
            text = phrase(
                "{country}:{reference} is no verified seizure here; cite it as unverified with a grade, or wait.",
                country=cited.administration,
                reference=cited.reference,
            )
            found.append(Problem("product.citation-not-verified", f"cited_records[{place}]", text))
    return found


# --- deciding -----------------------------------------------------------------------------------------------------------


def propose(tx: UnitOfWork, product_id: int) -> None:
    """Ask for release. Raises ProductStateError, ProductIncompleteError."""
    row = _own(tx, product_id)
    ensure_transition(row["state"], PROPOSED)
    _ready(tx, row)
    change_product(tx, product_id, state=PROPOSED, changed_at=tx.now_ms)


def review(tx: UnitOfWork, product_id: int) -> None:
    """State that somebody who did not write it has read it and agrees; release may follow by the same person or another.
    Raises ProductStateError, SamePerson.
    """
    row = _own(tx, product_id)
    ensure_transition(row["state"], REVIEWED)
    _ensure_not_an_editor(tx, row)
    change_product(tx, product_id, state=REVIEWED, reviewer=tx.author, changed_at=tx.now_ms)


def decline(tx: UnitOfWork, product_id: int, reason: str) -> None:
    """Send a proposal back with the reason. Raises ProductStateError."""
    row = _own(tx, product_id)
    ensure_transition(row["state"], DECLINED)
    if not reason.strip():
        raise ProductStateError(phrase("Say why, so that the author can mend it."))
    change_product(tx, product_id, state=DECLINED, reason=reason.strip()[:MAX_NOTE], changed_at=tx.now_ms)


def release(tx: UnitOfWork, product_id: int) -> str:
    """Let a proposed or reviewed product out; its number. The person acting must not have written in it.
    Raises ProductStateError, ProductIncompleteError, SamePerson, EgressRefused, TooLarge.
    """
    row = _own(tx, product_id)
    ensure_transition(row["state"], RELEASED)
    _ensure_not_an_editor(tx, row)
    product = _ready(tx, row)
    year = tx.now.year
    number = row["number"] or str(Number(tx.node, year, next_serial(tx, tx.node, year)))
    draft = Draft(
        type="ProductReleased",
        payload=payload_of(product, number, tx.node, row["edition"]),
        occurred_at=tx.now,
        handling=product.handling(),
        urgent=product.urgent,
        author=row["author"],
        releaser=tx.author,
    )
    to_all = product.audience == EVERYBODY
    event_id = tx.emit(draft, "intelligence.global" if to_all else "intelligence", owner="" if to_all else tx.node)
    now = tx.now_ms
    columns = number_columns(number) | {"releaser": tx.author, "event_id": event_id, "released_at": now, "changed_at": now}
    replace_content(tx, product_id, product, state=RELEASED, **columns)
    settle_editions(tx, tx.node, number, product.supersedes)
    return number


def relay(tx: UnitOfWork, product_id: int) -> bool:
    """Pass a product of the region, own or received, on to every member, with its issuer's own evidence; False when this node did so
    before. Raises NotAnOfficeError, ProductStateError, NoSuchEvent, EgressRefused when its originator has not permitted that.
    """
    row = product_row(tx, product_id)
    if tx.me.kind == "ncp":
        raise NotAnOfficeError(phrase("{node} is a contact point.", node=tx.node))
    if row["state"] != RELEASED or row["audience"] == EVERYBODY:
        raise ProductStateError(
            phrase("Only a released product of a region is passed on; everyone has the others already."), state=row["state"]
        )
    waiting = tx.around.tables.outbox
    if tx.one(select(waiting.c.id).where(waiting.c.event_id == row["event_id"])) is not None:
        raise ProductStateError(
            phrase("{number} has not left this node yet; try again when `liaison outbox` no longer lists it.", number=row["number"])
        )
    event = stored_event(tx, row["issuer"], row["event_id"])
    if was_relayed(tx, event, tx.node, EVERYONE):
        return False
    payload = event.payload
    body = {"product_issuer": event.issuer, "product_number": payload["number"], "product_edition": payload["edition"]}
    body |= {"evidence": event.evidence()}
    draft = Draft("ProductRelayed", body, tx.now, event.handling, urgent=event.urgent, carries=event)
    tx.emit(draft, "intelligence.global")
    keep_relay(tx, event, tx.node, EVERYONE)
    return True


# --- reading and answering ----------------------------------------------------------------------------------------------


def mark_read(tx: UnitOfWork, product_id: int) -> bool:
    """Note that the person acting has read a released product. The first reading at a contact point is told to its office; whether
    this was that one.
    """
    row = product_row(tx, product_id)
    if row["state"] in IN_THE_MAKING:
        return False
    read = {"product_id": product_id, "user_id": tx.author, "read_at": tx.now_ms}
    tx.keep(tx.of(IntelligenceTables).reads, read)
    return tx.me.kind == "ncp" and answer_once(tx, Answer(row["issuer"], row["number"], row["edition"], READ))


def give_feedback(tx: UnitOfWork, product_id: int, kind: str, *, case: tuple[str, str] = NO_CASE, note: str = "") -> bool:
    """Tell the issuer, by way of the office, what a received product was good for; False when the same was said before.
    `case`: administration and reference of the case a hit led to. Raises FeedbackRefusedError.
    """
    row = product_row(tx, product_id)
    if tx.me.kind != "ncp" or row["state"] in IN_THE_MAKING:
        raise FeedbackRefusedError(phrase("Feedback is given by contact points, on products they received."))
    note = note.strip()
    _check_answer(tx, kind, case, note)
    return answer_once(tx, Answer(row["issuer"], row["number"], row["edition"], kind, case, note))


def feedback_from_case(tx: UnitOfWork, case: Mapping[str, Any]) -> bool:
    """A submitted case (payload of a contact point) whose `prompted_by` names a product is a hit of that product, without anybody
    saying so again; whether one was sent. `prompted_by`: `product:A/rilo.sa/2026/0001`. What is not for all is not named to the issuer.
    """
    name = case["prompted_by"]
    number = parse_number(name.removeprefix(PROMPTED)) if name.startswith(PROMPTED) else None
    if number is None or tx.me.kind != "ncp" or is_restricted(tx, (case["administration"], case["reference"]), case["version"]):
        return False
    editions = [row for row in editions_of(tx, number.office, str(number)) if row["state"] not in IN_THE_MAKING]
    edition = editions[-1]["edition"] if editions else 1
    return answer_once(tx, Answer(number.office, str(number), edition, HIT, (case["administration"], case["reference"])))


def _check_answer(tx: UnitOfWork, kind: str, case: tuple[str, str], note: str) -> None:
    if kind not in GIVEN_BY_PEOPLE:
        raise FeedbackRefusedError(
            phrase("{kind!r} is no feedback to give; choose among {names}.", kind=kind, names=", ".join(GIVEN_BY_PEOPLE))
        )
    if (kind == HIT) != all(case):
        raise FeedbackRefusedError(phrase("A hit names the case it led to; other feedback names none."))
    if kind == NOT_USEFUL and not note:
        raise FeedbackRefusedError(phrase("Say why it was not useful: the issuer learns from that."))
    if len(note) > MAX_NOTE:
        raise FeedbackRefusedError(phrase("The note has {number} characters; at most {MAX_NOTE} go.", number=len(note), MAX_NOTE=MAX_NOTE))
    for reason in (*screen_text(note), *screen_key(case[1])):
        raise FeedbackRefusedError(phrase("It seems to contain {reason}; take it out, there is no override.", reason=seeming(reason)))
    if kind == HIT:
        _check_case(tx, case)


def _check_case(tx: UnitOfWork, case: tuple[str, str]) -> None:
    if case[0] != tx.me.country:
        raise FeedbackRefusedError(phrase("A hit names a case of {country}, not of {case}.", country=tx.me.country, case=case[0]))
    if all(row["state"] in UNSIGNED for row in known_versions(tx, case)):
        raise FeedbackRefusedError(
            phrase("{case}:{case_2} has not been submitted; submit the case first, then report the hit.", case=case[0], case_2=case[1])
        )


# --- shared -------------------------------------------------------------------------------------------------------------


def _own(tx: UnitOfWork, product_id: int) -> RowMapping:
    row = product_row(tx, product_id)
    if row["issuer"] != tx.node:
        raise ProductStateError(phrase("{number} is {issuer}'s; only its issuer changes it.", number=row["number"], issuer=row["issuer"]))
    return row


def _ready(tx: UnitOfWork, row: RowMapping) -> Product:
    """The content with its verified citations bound to their events. Raises ProductIncompleteError."""
    product = content_of(row)
    found = problems(tx, product)
    if product.supersedes and not editions_of(tx, tx.node, product.supersedes):
        found.append(
            Problem("product.supersedes-unknown", "supersedes", phrase("There is no {number} at this node.", number=product.supersedes))
        )
    if found:
        raise ProductIncompleteError(found)
    return replace(product, cited_records=tuple(_bound(tx, cited) for cited in product.cited_records))


def _bound(tx: UnitOfWork, cited: Citation) -> Citation:
    case = verified_case(tx, cited.administration, cited.reference) if cited.status == VERIFIED else None
    return cited if case is None else replace(cited, event_issuer=case["event_issuer"], event_id=case["event_id"])


def _ensure_not_an_editor(tx: UnitOfWork, row: RowMapping) -> None:
    """Four eyes: not only the author's, nobody's who wrote in it."""
    for editor in row["editors"].split() or [""]:
        ensure_other_person(editor, tx.author)


def _with_today(tx: UnitOfWork, product: Product) -> Product:
    return product if product.valid_from is not None else replace(product, valid_from=tx.now.date())
