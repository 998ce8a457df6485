"""Client programs: a key for each, shown once and stored as a hash, bound to one administration and to named actions.

A client acts at the desk as a person of the role `officer` who is kept to those actions, so the one permission table is asked for
it as for everybody, and the audit names it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from liaison.access.permissions import Person, Role
from liaison.access.ports import named_port
from liaison.access.users import normal_name
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access

KEY_PREFIX: Final = "lk_"
DEFAULT_DAYS: Final = 365
MAX_DAYS: Final = 1_096
ANSWERS_KEPT: Final = timedelta(days=7)
ANSWERS_KEPT_EACH: Final = 10_000  # of one client, the newest, beside those of the last minute; an older request is told "already there"
MAX_ANSWER_CHARACTERS: Final = 16_384  # a longer one is a refusal with very many problems: judging again says the same
MAX_OVERLAP: Final = timedelta(days=30)
_SECRET_BYTES: Final = 32
_SEEN_STEP: Final = timedelta(minutes=1)  # so that a busy client does not write to the database with every call
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_KEY: Final = re.compile(rf"{KEY_PREFIX}[0-9a-f]{{64}}", re.ASCII)


class ClientRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The key is missing, unknown, revoked or too old."""

    code = "api.key-refused"
    next_step = "Send it as `Authorization: Bearer KEY`; an administrator makes one with `liaison api keys make`."


class ClientExists(LiaisonError):  # noqa: N818
    """There is a client with this name already."""

    code = "api.client-exists"
    next_step = "Choose another name; a revoked client's name is not given again, so that the audit stays clear."


class BadClientName(LiaisonError):  # noqa: N818
    """The client's name is not valid."""

    code = "api.bad-client-name"
    next_step = "Use 2 to 64 letters a-z, digits, dots, hyphens or underscores, starting with a letter or digit."


class UnknownClient(LiaisonError):  # noqa: N818
    """There is no client with this name."""

    code = "api.unknown-client"
    next_step = "Check the spelling with `liaison api keys list`."


class ClientRevoked(LiaisonError):  # noqa: N818
    """This client was shut out for good."""

    code = "api.client-revoked"
    next_step = "Make a key under another name with `liaison api keys make`."


class IdempotencyKeyReused(LiaisonError):  # noqa: N818
    """This idempotency key was used for another request."""

    code = "api.idempotency-key-reused"
    next_step = "Use a new key for a new request; repeat a key only with the same request."


@dataclass(frozen=True, slots=True)
class Client:
    """One client program: who it acts as at the desk, and whose cases it may touch."""

    person: Person
    country: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. It is shown once and stored nowhere."""

    key: str
    client_id: str
    name: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"NewKey({self.client_id}, {self.name})"  # a key in a log would be a way in


@dataclass(frozen=True, slots=True)
class ClientEntry:
    """A client as the administrator sees one. `state`: active, expired or revoked."""

    client_id: str
    name: str
    may: tuple[str, ...]
    country: str
    made_by: str
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    state: str
    old_key_until: datetime | None  # since the last rotation; None when there is no second key
    port: str  # whose program it is; empty: the national office's


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator asks for: name, the actions it may do, whose cases, for how many days; of which port, empty for none."""

    name: str
    may: frozenset[str]
    country: str
    days: int = DEFAULT_DAYS
    port: str = ""


def make_key(connection: Connection, access: Access, wanted: Wanted, made_by: str) -> NewKey:
    """Add a client with a new key. Raises BadClientName, ClientExists, BadPort. The audit entry is the caller's, in its transaction."""
    name = normal_name(wanted.name)
    if not _NAME.fullmatch(name):
        raise BadClientName(phrase("{name!r} is not a name for a client.", name=wanted.name))
    clients = access.tables.clients
    if connection.execute(select(clients.c.client_id).where(clients.c.name == name)).first():
        raise ClientExists(phrase("There is a client {name} already.", name=name))
    key = f"{KEY_PREFIX}{access.random.bytes(_SECRET_BYTES).hex()}"
    client_id = f"c-{access.random.bytes(4).hex()}"
    now = access.clock.now()
    expires = now + timedelta(days=wanted.days)
    row = {"client_id": client_id, "name": name, "key_hash": _hash(key), "may": " ".join(sorted(wanted.may)), "country": wanted.country}
    row["port"] = named_port(connection, access, wanted.port)
    times = {"made_by": made_by, "created_at": to_ms(now), "expires_at": to_ms(expires)}
    connection.execute(insert(clients).values(**row, **times))
    return NewKey(key, client_id, name, expires)


def rotate_key(connection: Connection, access: Access, name: str, days: int, overlap: timedelta) -> NewKey:
    """Give a client another key, good for `days`; the one before is good for `overlap` more, never longer than it was.

    Name, id and what it may stay. A key from an earlier rotation ends at once. Raises UnknownClient, ClientRevoked.
    """
    clients = access.tables.clients
    row = _row(connection, access, name)
    if row["revoked_at"] is not None:
        raise ClientRevoked(phrase("The client {name} was revoked.", name=row["name"]))
    key = f"{KEY_PREFIX}{access.random.bytes(_SECRET_BYTES).hex()}"
    now = access.clock.now()
    expires = now + timedelta(days=days)
    old = {"old_hash": row["key_hash"], "old_until": min(row["expires_at"], to_ms(now + overlap))}
    named = clients.c.client_id == row["client_id"]
    connection.execute(update(clients).where(named).values(key_hash=_hash(key), expires_at=to_ms(expires), **old))
    return NewKey(key, row["client_id"], row["name"], expires)


def client_of(connection: Connection, access: Access, key: str) -> Client:
    """The client of a key; a missing, unknown, revoked or expired one is refused with the same words. Raises ClientRefused."""
    clients = access.tables.clients
    wanted = _hash(key) if _KEY.fullmatch(key) else ""
    where = (clients.c.key_hash == wanted) | (clients.c.old_hash == wanted)
    row = connection.execute(select(clients).where(where)).mappings().first()
    if row is None or not _opens(row, wanted, access.clock.now()):
        raise ClientRefused
    may = frozenset(row["may"].split())
    return Client(Person(row["client_id"], row["name"], frozenset({Role.OFFICER}), may, row["port"]), row["country"])


def _opens(row: RowMapping, wanted: str, now: datetime) -> bool:
    """Whether this hash is of the client's key, or of the one before it while that is still good."""
    if row["revoked_at"] is not None:
        return False
    if hmac.compare_digest(row["key_hash"], wanted):
        return now < from_ms(row["expires_at"])
    return hmac.compare_digest(row["old_hash"] or "", wanted) and now < from_ms(row["old_until"])


def note_seen(connection: Connection, access: Access, client: Client) -> None:
    """Note that the client was here; by the minute, and its answers that are too old or too many go at the same time."""
    clients, answers = access.tables.clients, access.tables.answers
    now = access.clock.now()
    stale = clients.c.seen_at.is_(None) | (clients.c.seen_at <= to_ms(now - _SEEN_STEP))
    named = clients.c.client_id == client.person.user_id
    if connection.execute(update(clients).where(named & stale).values(seen_at=to_ms(now))).rowcount:
        connection.execute(delete(answers).where(answers.c.answered_at < to_ms(now - ANSWERS_KEPT)))
        own = answers.c.client_id == client.person.user_id
        newest = select(answers.c.answered_at).where(own).order_by(answers.c.answered_at.desc()).offset(ANSWERS_KEPT_EACH).limit(1)
        connection.execute(delete(answers).where(own, answers.c.answered_at <= newest.scalar_subquery()))


def seen_lately(connection: Connection, access: Access, client: Client) -> bool:
    """Whether it was noted within the last minute, so that nothing need be written."""
    clients = access.tables.clients
    seen = connection.execute(select(clients.c.seen_at).where(clients.c.client_id == client.person.user_id)).scalar()
    return seen is not None and access.clock.now() - from_ms(seen) < _SEEN_STEP


def list_clients(connection: Connection, access: Access) -> Sequence[ClientEntry]:
    """All clients by name, revoked ones too."""
    clients = access.tables.clients
    now = access.clock.now()
    return [_entry(row, now) for row in connection.execute(select(clients).order_by(clients.c.name)).mappings()]


def revoke(connection: Connection, access: Access, name: str) -> ClientEntry:
    """Shut a client out for good, from its next call on; repeating it does nothing. Raises UnknownClient."""
    clients = access.tables.clients
    now = access.clock.now()
    named = clients.c.client_id == _row(connection, access, name)["client_id"]
    connection.execute(update(clients).where(named, clients.c.revoked_at.is_(None)).values(revoked_at=to_ms(now)))
    return _entry(_row(connection, access, name), now)


def _row(connection: Connection, access: Access, name: str) -> RowMapping:
    clients = access.tables.clients
    row = connection.execute(select(clients).where(clients.c.name == normal_name(name))).mappings().first()
    if row is None:
        raise UnknownClient(phrase("There is no client {name!r}.", name=name))
    return row


def earlier_answer(connection: Connection, access: Access, client: Client, asked: tuple[str, str]) -> tuple[int, str] | None:
    """Status and body that this client had under the same idempotency key; `asked`: the key, and SHA-256 of the request.

    Raises IdempotencyKeyReused when the request was another.
    """
    answers = access.tables.answers
    where = (answers.c.client_id == client.person.user_id) & (answers.c.key == asked[0])
    row = connection.execute(select(answers).where(where)).mappings().first()
    if row is None:
        return None
    if row["digest"] != asked[1]:
        raise IdempotencyKeyReused
    return int(row["status"]), str(row["body"])


def keep_answer(connection: Connection, access: Access, client: Client, asked: tuple[str, str], answer: tuple[int, str]) -> None:
    """Keep what this client is answered, unless it is very long; the first answer under a key stays."""
    if len(answer[1]) > MAX_ANSWER_CHARACTERS:
        return
    if earlier_answer(connection, access, client, asked) is None:
        row = {"client_id": client.person.user_id, "key": asked[0], "digest": asked[1]}
        told = {"status": answer[0], "body": answer[1], "answered_at": to_ms(access.clock.now())}
        connection.execute(insert(access.tables.answers).values(**row, **told))


def known_actions(actions: Iterable[str], offered: frozenset[str]) -> frozenset[str]:
    """The actions as typed, each one that a client of this node can have. Raises UnknownAction."""
    wanted = frozenset(action.strip() for action in actions)
    for action in sorted(wanted - offered):
        raise UnknownAction(
            phrase(
                "A client cannot be given {action!r} at this node; it can have {names}.",
                action=action,
                names=", ".join(sorted(offered)) or "nothing",
            )
        )
    return wanted


class UnknownAction(LiaisonError):  # noqa: N818
    """A client cannot be given this action here."""

    code = "api.unknown-action"
    next_step = "Choose among the actions that `liaison api openapi` names."


def _hash(key: str) -> str:
    """Plain SHA-256: the key is 256 random bits, which no dictionary holds."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _state(row: RowMapping, now: datetime) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    return "expired" if now >= from_ms(row["expires_at"]) else "active"


def _entry(row: RowMapping, now: datetime) -> ClientEntry:
    seen = None if row["seen_at"] is None else from_ms(row["seen_at"])
    may = tuple(row["may"].split())
    who = (row["client_id"], row["name"], may, row["country"], row["made_by"])
    old = from_ms(row["old_until"]) if row["old_until"] is not None and now < from_ms(row["old_until"]) else None
    return ClientEntry(*who, from_ms(row["created_at"]), from_ms(row["expires_at"]), seen, _state(row, now), old, row["port"])
