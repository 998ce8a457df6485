"""Sealed events on their way out and in: what is inside passes the same checks as what travels open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.codec import CodecError
from liaison.protocol.errors import EgressRefused, LiaisonError, MalformedPayload, TypeNotAllowed, UnknownSchema, phrase
from liaison.protocol.events import EVERYONE, shown
from liaison.protocol.sealing import KEY_BYTES, SEALED, Context, SealTampered, open_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import Draft, VerifiedEvent

_DIGEST: Final = 32


class NoSealingKey(LiaisonError):  # noqa: N818 - named for the state
    """A recipient has no sealing key in the member list."""

    code = "sealing.no-key"
    next_step = "It runs `liaison keys renew` and sends its card to the keeper of the member list; then `liaison trust update` here."


def can_receive(tx: UnitOfWork, node: str) -> bool:
    """Whether something can be sealed for this node now."""
    member = tx.members.members.get(node)
    return member is not None and member.sealing_at(tx.now) is not None


def emit_sealed(tx: UnitOfWork, draft: Draft, family: str, recipients: Iterable[str], *, owner: str = "") -> bytes:
    """Queue an event that only `recipients` and this node can read; its event id. Its handling names the audience, never everyone.

    Raises EgressRefused, NoSealingKey, TooLarge, SealTooLarge.
    """
    if EVERYONE in draft.handling.releasable_to:
        raise EgressRefused(phrase("A sealed {type} names its audience.", type=draft.type))
    topic = tx.ready_to_leave(draft, family, owner)
    if topic.row.readers != "owner":
        raise EgressRefused(phrase("A sealed {type} goes to one reader; several read {name}.", type=draft.type, name=topic.name))
    keys = {}
    for node in {*recipients, tx.node}:
        key = tx.members.get(node).sealing_at(tx.now)
        if key is None:
            raise NoSealingKey(phrase("{node} has no sealing key in the member list.", node=node))
        keys[node] = (key.key_id, key.public)
    schema = tx.around.reader.schemas.writer(draft.type)
    try:
        payload = schema.encode(draft.payload)
    except CodecError as error:
        raise EgressRefused(phrase("The {type} does not fit its schema: {error}", type=draft.type, error=error)) from error
    name = draft.type.encode()
    plain = bytes((len(name),)) + name + schema.digest + payload
    event_id, salt = tx.new_id()
    context = Context(tx.members.federation, tx.members.environment, tx.node, event_id, draft.handling.releasable_to)
    sealed = seal(plain, keys, context, tx.around.random.bytes(KEY_BYTES))
    return tx.queue(draft._replace(type=SEALED, payload=sealed), topic, owner=owner, region="", made=(event_id, salt))


def opened(tx: UnitOfWork, event: VerifiedEvent) -> VerifiedEvent:
    """The event inside a sealed one, any other as it is. Its raw bytes and evidence stay those of the sealed one.

    Raises SealNotOpened and kin, UnknownSchema, TypeNotAllowed, MalformedPayload.
    """
    if event.type != SEALED:
        return event
    audience = event.handling.releasable_to
    if EVERYONE in audience:
        raise SealTampered(phrase("A sealed event names its audience; this one is for everyone."))
    context = Context(tx.members.federation, tx.members.environment, event.issuer, event.event_id, audience)
    plain = open_sealed(event.payload, context, tx.node, tx.around.kept.unwrap)
    size = plain[0] if plain else 0
    name = shown(plain[1 : 1 + size].decode("ascii", "replace"), 60)
    reader = tx.around.reader
    schema = reader.schemas.reader(plain[1 + size : 1 + size + _DIGEST])
    if schema is None:
        raise UnknownSchema(phrase("A sealed {name}.", name=name))
    topics = reader.topics
    family = topics.resolve(event.source.header.topic).row.family
    if schema.name != name or name == SEALED or not topics.allowed(name, family, tx.members.get(event.issuer).kind):
        raise TypeNotAllowed(phrase("A sealed {name} from {issuer} on {family}.", name=name, issuer=event.issuer, family=family))
    try:
        payload = schema.decode(plain[1 + size + _DIGEST :])
    except CodecError as error:
        raise MalformedPayload(str(error)) from error
    return replace(event, type=name, payload=payload, sealed=tuple(one["node"] for one in event.payload["recipients"]))


def own_payload(tx: UnitOfWork, raw: bytes) -> dict[str, Any]:
    """The payload of an own event that waits in the outbox, out of its seal where it has one. Raises SealNotOpened."""
    schemas = tx.around.reader.schemas
    envelope = schemas.writer("Event").decode(raw)
    payload: dict[str, Any] = schemas.writer(envelope["type"]).decode(envelope["payload"])
    if envelope["type"] != SEALED:
        return payload
    audience = tuple(envelope["handling"]["releasable_to"])
    context = Context(tx.members.federation, tx.members.environment, tx.node, envelope["event_id"], audience)
    plain = open_sealed(payload, context, tx.node, tx.around.kept.unwrap)
    name = plain[1 : 1 + plain[0]].decode("ascii")
    return schemas.writer(name).decode(plain[1 + plain[0] + _DIGEST :])
