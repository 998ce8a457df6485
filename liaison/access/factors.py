"""Second factors of a user: listing and showing them. Wrong ones count towards the same lock as wrong passwords.

What shows a factor *returns* a refusal (FactorRefused, UserLocked) and does not raise it: commit in both cases, so that the failure
counts and a challenge is used up. Each writes the audit in the same transaction, without the code or the key's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update

from liaison.access.devices import forget_devices
from liaison.access.lockouts import LoginRefused, count_failure, guesser_within, lock_of, user_row
from liaison.access.recovery import codes_left, forget_codes, use_code
from liaison.access.sessions import SecondFactorNeeded, mark_proved, peek
from liaison.access.totp import DIGITS, step_of
from liaison.node.audit import AuditEntry, append
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.permissions import Person
    from liaison.access.sessions import NewSession, SessionEntry
    from liaison.access.tables import Access


MAX_REASON: Final = 200


class Kind(StrEnum):
    """What a person shows."""

    APP = "app"  # the code of an authenticator
    KEY = "key"  # a security key


class FactorRefused(LoginRefused):
    """This code or key is not one of yours, or was used already."""

    code = "access.factor-refused"
    next_step = "Wait for the next code and check the clock of your telephone, or use a recovery code; five failures lock the user."


class UnknownFactor(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """You have no such second factor."""

    code = "access.unknown-factor"
    next_step = "Open the list of your second factors again."


class LastFactor(LiaisonError):  # noqa: N818
    """This is your last second factor, and this node wants one from everybody."""

    code = "access.last-factor"
    next_step = "Add another one first, then remove this one."


class OtherVaultKey(LiaisonError):  # noqa: N818
    """The secret of this authenticator was encrypted with another key than this node has now."""

    code = "access.other-vault-key"
    next_step = "Use a security key or a recovery code; or an administrator runs `liaison users reset-factors NAME`."


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor as its owner sees it."""

    factor_id: str
    kind: Kind
    name: str
    made_at: datetime
    used_at: datetime | None


def list_factors(connection: Connection, access: Access, user_id: str) -> Sequence[Factor]:
    """A user's second factors, oldest first."""
    return [_factor(row) for row in rows_of(connection, access, user_id)]


def prove_code(connection: Connection, access: Access, token: str, code: str) -> NewSession | LoginRefused:
    """Show the code of an authenticator, or a recovery code: the session goes on whole under the token that comes back.

    Raises NotSignedIn, SessionEnded, OtherVaultKey, and what opening the vault raises.
    """
    entry = peek(connection, access, token)
    guesser = guesser_within(connection, access, entry.person.user_id, entry.device_id)
    locked = lock_of(access, guesser)
    if locked is not None:
        return refuse(connection, access, entry, locked)
    typed = "".join(code.split())
    how = _by_app(connection, access, entry, typed) if len(typed) <= DIGITS else _by_recovery(connection, access, entry, typed)
    if not how:
        count_failure(connection, access, guesser)
        return refuse(connection, access, entry, FactorRefused())
    return proved(connection, access, token, how)


def _by_app(connection: Connection, access: Access, entry: SessionEntry, code: str) -> str:
    """Which authenticator has this code now; no code is taken twice, nor an older one after it."""
    factors, now = access.tables.factors, access.clock.now()
    for row in rows_of(connection, access, entry.person.user_id, Kind.APP):
        step = step_of(opened(access, row), code, now)
        if step is not None and step > row["last_step"]:
            this = (factors.c.factor_id == row["factor_id"]) & (factors.c.last_step < step)
            if connection.execute(update(factors).where(this).values(last_step=step, used_at=to_ms(now))).rowcount:
                return str(row["factor_id"])
    return ""


def _by_recovery(connection: Connection, access: Access, entry: SessionEntry, code: str) -> str:
    return "recovery code" if entry.has_factor and use_code(connection, access, entry.person.user_id, code) else ""


def refuse(connection: Connection, access: Access, entry: SessionEntry, refused: LoginRefused) -> LoginRefused:
    """Write the refusal down, and give it back."""
    noted(connection, access, entry.person, "session.refused", session=entry.session_id, code=refused.code)
    return refused


def proved(connection: Connection, access: Access, token: str, how: str) -> NewSession:
    """The session is whole, and the audit says by what. For whoever has just verified a factor."""
    whole = mark_proved(connection, access, token)
    facts: dict[str, Any] = {"session": whole.session_id, "by": how}
    if how == "recovery code":
        facts["left"] = codes_left(connection, access, whole.person.user_id)
    noted(connection, access, whole.person, "session.proved", **facts)
    return whole


def remove_factor(connection: Connection, access: Access, token: str, factor_id: str) -> Factor:
    """Remove one's own factor; with the last one the recovery codes go. Raises as `ensure_proved`, UnknownFactor, LastFactor."""
    entry = ensure_proved(connection, access, token)
    user_row(connection, access, entry.person.user_id)  # two removals at once would leave none
    mine = {one.factor_id: one for one in list_factors(connection, access, entry.person.user_id)}
    if factor_id not in mine:
        raise UnknownFactor
    if len(mine) == 1 and access.second_factor == "required":
        raise LastFactor
    connection.execute(delete(access.tables.factors).where(access.tables.factors.c.factor_id == factor_id))
    if len(mine) == 1:
        forget_codes(connection, access, entry.person.user_id)
    gone = mine[factor_id]
    noted(connection, access, entry.person, "session.own", change="factor removed", factor=factor_id, kind=gone.kind)
    return gone


def ensure_proved(connection: Connection, access: Access, token: str) -> SessionEntry:
    """The session of somebody who showed a factor, or has none to show. Raises NotSignedIn, SessionEnded, SecondFactorNeeded."""
    entry = peek(connection, access, token)
    if entry.has_factor and entry.proved_at is None:
        raise SecondFactorNeeded
    return entry


class NoReason(LiaisonError):  # noqa: N818 - named for what happened
    """Nobody said why."""

    code = "access.no-reason"
    next_step = f"Give --reason in 1 to {MAX_REASON} printable characters, for example `telephone lost, identity seen in person`."


def reason_of(text: str) -> str:
    """Why somebody's factors are taken away, for the audit. Raises NoReason."""
    reason = " ".join(text.split())
    if not 0 < len(reason) <= MAX_REASON or not reason.isprintable():
        raise NoReason
    return reason


def reset_factors(connection: Connection, access: Access, person: Person) -> int:
    """Take away all factors and codes of a user, end the sessions, and forget the devices; how many factors. The audit entry is the
    caller's.
    """
    tables = access.tables
    gone = connection.execute(delete(tables.factors).where(tables.factors.c.user_id == person.user_id)).rowcount
    forget_codes(connection, access, person.user_id)
    theirs = (tables.sessions.c.user_id == person.user_id) & tables.sessions.c.ended_at.is_(None)
    connection.execute(update(tables.sessions).where(theirs).values(ended_at=to_ms(access.clock.now())))
    forget_devices(connection, access, person.user_id)
    return int(gone)


def rows_of(connection: Connection, access: Access, user_id: str, kind: Kind | None = None) -> Sequence[RowMapping]:
    """The rows of a user's factors."""
    factors = access.tables.factors
    query = select(factors).where(factors.c.user_id == user_id).order_by(factors.c.made_at, factors.c.factor_id)
    return connection.execute(query if kind is None else query.where(factors.c.kind == kind.value)).mappings().all()


def opened(access: Access, row: RowMapping) -> str:
    """The secret of an authenticator. Raises OtherVaultKey, and what opening the vault raises."""
    if row["vault_key"] != access.vault.key_id():
        raise OtherVaultKey
    return access.vault.open(bytes(row["sealed"]), about(row["user_id"])).decode()


def about(user_id: str) -> bytes:
    """What a sealed secret is bound to, so that a row given to another user does not open."""
    return f"factors\0{user_id}".encode()


def noted(connection: Connection, access: Access, person: Person, action: str, **facts: object) -> None:
    """Write down what a person did to the own way in."""
    append(connection, access.audit, AuditEntry(person.user_id, action, person.name, facts), access.clock.now())


def _factor(row: RowMapping) -> Factor:
    used = None if row["used_at"] is None else from_ms(row["used_at"])
    return Factor(row["factor_id"], Kind(row["kind"]), row["name"], from_ms(row["made_at"]), used)
