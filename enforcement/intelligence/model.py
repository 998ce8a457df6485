"""The intelligence product as a value: its fields, states, numbers, and its way to and from the payload of `ProductReleased`."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.intelligence.errors import ProductStateError
from liaison.protocol.errors import phrase, word
from liaison.protocol.events import EVERYONE, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

DRAFT: Final = "draft"
PROPOSED: Final = "proposed"
DECLINED: Final = "declined"
REVIEWED: Final = "reviewed"
RELEASED: Final = "released"
EXTENDED: Final = "extended"
EXPIRED: Final = "expired"
SUPERSEDED: Final = "superseded"
RECALLED: Final = "recalled"

TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    DRAFT: frozenset({DRAFT, PROPOSED}),
    PROPOSED: frozenset({DRAFT, DECLINED, REVIEWED, RELEASED}),
    DECLINED: frozenset({DRAFT}),
    REVIEWED: frozenset({DRAFT, DECLINED, RELEASED}),
    RELEASED: frozenset({EXTENDED, EXPIRED, SUPERSEDED, RECALLED}),
    EXTENDED: frozenset({EXTENDED, EXPIRED, SUPERSEDED, RECALLED}),
    EXPIRED: frozenset({EXTENDED, SUPERSEDED, RECALLED}),
    SUPERSEDED: frozenset({RECALLED}),
    RECALLED: frozenset(),
}
IN_THE_MAKING: Final = frozenset({DRAFT, PROPOSED, DECLINED, REVIEWED})
IN_FORCE: Final = frozenset({RELEASED, EXTENDED})

REGION: Final = "region"  # the contact points of the issuing office
EVERYBODY: Final = "everyone"  # every member: contact points, offices, hub
AUDIENCES: Final = (REGION, EVERYBODY)

VERIFIED: Final = "verified"
READ, RECEIVED, HIT, NOT_USEFUL = "read", "received", "hit", "not-useful"
GIVEN_BY_PEOPLE: Final = ("used", HIT, "used-without-result", NOT_USEFUL)
NO_EVENT: Final = bytes(16)

_NUMBER: Final = re.compile(r"A/(?P<office>(?:rilo|wco)\.[a-z0-9]{2,16})/(?P<year>\d{4})/(?P<serial>\d{4,7})")

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Citation:
    """A record the facts rest on. `grade` is 4x4 (B2); event issuer and id are filled from the store for verified seizures."""

    administration: str
    reference: str
    status: str = VERIFIED
    grade: str = ""
    event_issuer: str = ""
    event_id: bytes = NO_EVENT


@dataclass(frozen=True, slots=True)
class LanguageEdition:
    """Another language edition of the same product, its translator named."""

    language: str
    number: str
    translator: str


@dataclass(frozen=True, slots=True)
class Product:
    """What an analyst writes (domain section 5). Dates are None while nobody has set them; `acknowledge_by` is aware."""

    kind: str = "alert"
    title: str = ""
    language: str = "en"
    language_editions: tuple[LanguageEdition, ...] = ()
    supersedes: str = ""
    urgent: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    sections: tuple[str, ...] = ()
    commodities: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    summary: str = ""
    facts: str = ""
    cited_records: tuple[Citation, ...] = ()
    assessment: str = ""
    likelihood: str = ""
    confidence: str = ""
    risk_indicators: tuple[str, ...] = ()
    recommended_action: str = ""
    picture_hashes: tuple[str, ...] = ()
    contact: str = ""
    acknowledge_by: datetime | None = None
    # handling: these travel in the event, not in its payload
    audience: str = REGION
    tlp: str = "AMBER"
    handling_code: str = "H0"
    originator_control: bool = False

    def handling(self) -> Handling:
        """The event's handling. The topics of products have several readers, so release is to everyone who reads them;
        who that is follows from `audience`, and what they may do with it from TLP and handling code.
        """
        return Handling(tlp=self.tlp, code=self.handling_code, releasable_to=(EVERYONE,), originator_control=self.originator_control)


HANDLING_FIELDS: Final = ("audience", "tlp", "handling_code", "originator_control")
_TUPLES: Final = ("sections", "commodities", "areas", "risk_indicators", "picture_hashes")
_TIMES: Final = ("valid_from", "valid_until", "acknowledge_by")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a product from going out: stable code, field, sentence."""

    code: str
    field: str
    text: str

    def record(self) -> dict[str, str]:
        """For --json."""
        return {"code": self.code, "field": self.field, "text": self.text}


class Number(NamedTuple):
    """The parts of a product number."""

    office: str
    year: int
    serial: int

    def __str__(self) -> str:
        """As `A/rilo.sa/2026/0001`."""
        return f"A/{self.office}/{self.year:04d}/{self.serial:04d}"


def parse_number(text: str) -> Number | None:
    """The parts of `A/<office>/<year>/<serial>`, or None when `text` is no product number."""
    found = _NUMBER.fullmatch(text)
    return None if found is None else Number(found["office"], int(found["year"]), int(found["serial"]))


def ensure_transition(state: str, to: str) -> None:
    """Raise ProductStateError unless a product may go from `state` to `to`."""
    if to not in TRANSITIONS.get(state, frozenset()):
        raise ProductStateError(phrase("A product that is {state} cannot become {to}.", state=word(state), to=word(to)), state=state)


def state_on(state: str, valid_until: str, today: date) -> str:
    """The state to show: what is in force and past its last day (ISO text, or empty) is expired, without anybody doing anything."""
    over = bool(valid_until) and valid_until < today.isoformat()
    return EXPIRED if state in IN_FORCE and over else state


def payload_of(product: Product, number: str, issuer: str, edition: int) -> dict[str, Any]:
    """The payload of ProductReleased."""
    payload: dict[str, Any] = {entry.name: getattr(product, entry.name) for entry in fields(Product) if entry.name not in HANDLING_FIELDS}
    payload |= {name: list(payload[name]) for name in _TUPLES}
    payload["language_editions"] = [_record(one) for one in product.language_editions]
    payload["cited_records"] = [_record(one) for one in product.cited_records]
    return {"number": number, "issuer": issuer, "edition": edition, **payload}


def from_payload(payload: Mapping[str, Any], handling: Handling, audience: str) -> Product:
    """The product of a decoded ProductReleased payload and its event's handling."""
    own = {entry.name: payload[entry.name] for entry in fields(Product) if entry.name not in HANDLING_FIELDS}
    own |= {name: tuple(payload[name]) for name in _TUPLES}
    own["language_editions"] = tuple(LanguageEdition(**one) for one in payload["language_editions"])
    own["cited_records"] = tuple(Citation(**one) for one in payload["cited_records"])
    return Product(
        **own,
        audience=audience,
        tlp=handling.tlp,
        handling_code=handling.code,
        originator_control=handling.originator_control,
    )


def plain_of(product: Product) -> Plain:
    """The product as JSON values, in the shape of a draft file; `drafting.product_from` reads it back."""
    plain: Plain = {entry.name: getattr(product, entry.name) for entry in fields(Product)}
    plain |= {name: list(plain[name]) for name in _TUPLES}
    plain |= {name: None if plain[name] is None else plain[name].isoformat() for name in _TIMES}
    plain["language_editions"] = [_record(one) for one in product.language_editions]
    plain["cited_records"] = [{**_record(one), "event_id": one.event_id.hex()} for one in product.cited_records]
    return plain


def _record(value: Citation | LanguageEdition) -> dict[str, Any]:
    return {entry.name: getattr(value, entry.name) for entry in fields(value)}
