"""A node's card: its self-signed request to join, which the operator of the trust root reads, checks by voice and lists."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from liaison.node.ports import Signer
from liaison.protocol.errors import LiaisonError
from liaison.protocol.members import REGIONS, Kind, Member, MemberKey, SealingKey
from liaison.protocol.sealing import is_weak_sealing_key, sealing_key_id
from liaison.protocol.signatures import key_id_of, verify_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "liaison/card/1"
MAX_CARD_BYTES: Final = 16 * 1024
_NODE_ID: Final = re.compile(r"[a-z]{2,16}\.[a-z0-9]{2,16}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_MAX_NAME: Final = 200


class BadCard(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The file is not a node card."""

    code = "card.malformed"
    next_step = "Ask the node for its card.json again; `liaison init` wrote it into the node's folder."


class CardNotSigned(LiaisonError):  # noqa: N818
    """The card is not signed by the key it names, or was changed after signing."""

    code = "card.bad-signature"
    next_step = "Do not list it. Ask the node for a new card over another way and compare the key id by voice."


class KeyHolder(Signer, Protocol):
    """A signer that also shows its public key."""

    @property
    def public(self) -> bytes:
        """The Ed25519 public key, 32 raw bytes."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a node says of itself; the words of `Member`. `country` is empty for offices."""

    node: str
    kind: Kind
    name: str
    country: str
    region: str
    office: str
    environment: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card whose signature was checked: it proves possession of the key, not that the facts are true."""

    facts: CardFacts
    public: bytes
    made_at: datetime
    sealing: bytes = b""  # X25519, 32 raw bytes; empty: none

    @property
    def key_id(self) -> str:
        """The id of the card's key, to be compared by voice."""
        return key_id_of(self.public)

    def member(self, valid_from: datetime) -> Member:
        """The row of the member list this card asks for, valid from this time (aware)."""
        facts = self.facts
        return Member(
            node=facts.node,
            kind=facts.kind,
            name=facts.name,
            country=facts.country,
            region=facts.region,
            office=facts.office,
            keys=(MemberKey(key_id=self.key_id, public=self.public, valid_from=valid_from),),
            valid_from=valid_from,
            sealing=(SealingKey(sealing_key_id(self.sealing), self.sealing, valid_from),) if self.sealing else (),
        )


def make_card(facts: CardFacts, signer: KeyHolder, now: datetime, sealing: bytes = b"") -> bytes:
    """The card's bytes (JSON, UTF-8), signed with the node's event key. `sealing`: its public sealing key.

    Raises BadCard when the facts are not sound.
    """
    _check(facts)
    body = {"format": FORMAT, **asdict(facts), "public": signer.public.hex(), "sealing": sealing.hex(), "made_at": now.isoformat()}
    body["signature"] = signer.sign(_signed_bytes(body)).hex()
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def read_card(data: bytes) -> Card:
    """The card, its signature checked with the key it names. Raises BadCard, CardNotSigned."""
    body = _parse(data)
    try:
        facts = CardFacts(**{name: _word(body, name) for name in CardFacts.__dataclass_fields__})  # type: ignore[arg-type]
        public, signature = bytes.fromhex(_word(body, "public")), bytes.fromhex(_word(body, "signature"))
        sealing = bytes.fromhex(_word(body, "sealing"))
        made_at = datetime.fromisoformat(_word(body, "made_at"))
    except ValueError as error:
        raise BadCard(f"The card cannot be read: {error}.") from error
    if made_at.tzinfo is None:
        raise BadCard("The card's date has no zone.")
    signed = {name: value for name, value in body.items() if name != "signature"}
    if not verify_signature(public, signature, _signed_bytes(signed)):
        raise CardNotSigned
    _check(facts)
    if sealing and is_weak_sealing_key(sealing):
        raise BadCard("The card's sealing key is not one to seal for.")
    return Card(facts, public, made_at, sealing)


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_CARD_BYTES:
        raise BadCard(f"A card has at most {MAX_CARD_BYTES} bytes; this file has {len(data)}.")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadCard("The card is not JSON.") from error
    expected = {"format", "public", "sealing", "made_at", "signature", *CardFacts.__dataclass_fields__}
    if not isinstance(body, dict) or body.get("format") != FORMAT or set(body) != expected:
        raise BadCard(f"The file is not a card of the format {FORMAT}.")
    return cast("dict[str, Any]", body)


def _word(body: Mapping[str, Any], name: str) -> str:
    value = body[name]
    if not isinstance(value, str):
        raise BadCard(f"The card's {name} is not text.")
    return value


def _signed_bytes(body: Mapping[str, Any]) -> bytes:
    """Prefixed, so that this signature can never be taken for one over a batch."""
    return FORMAT.encode() + b"\0" + json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _check(facts: CardFacts) -> None:
    problems = {
        "node": bool(_NODE_ID.fullmatch(facts.node)),
        "office": bool(_NODE_ID.fullmatch(facts.office)) and (facts.kind == "ncp") == (facts.office != facts.node),
        "kind": facts.kind in ("ncp", "rilo", "hub"),
        "region": facts.region in REGIONS,
        "country": bool(_COUNTRY.fullmatch(facts.country)) if facts.kind == "ncp" else not facts.country,
        "name": 0 < len(facts.name) <= _MAX_NAME and facts.name.isprintable(),
        "environment": facts.environment in ("production", "training"),
    }
    wrong = [name for name, sound in problems.items() if not sound]
    if wrong:
        raise BadCard(f"The card's {wrong[0]} ({getattr(facts, wrong[0])!r}) is not valid.")
