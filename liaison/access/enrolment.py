"""Setting up a second factor: begun in one transaction, finished in another; also for a half-open session that has none yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from liaison.access import challenges
from liaison.access.factors import Factor, FactorRefused, Kind, about, ensure_proved, list_factors, noted, proved, rows_of
from liaison.access.recovery import new_codes
from liaison.access.sessions import end_others
from liaison.access.totp import address_of, new_secret, step_of
from liaison.node.times import to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.sessions import NewSession, SessionEntry
    from liaison.access.tables import Access

MAX_FACTORS: Final = 10
MAX_NAME: Final = 60


class TooManyFactors(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """You have as many second factors as one person may have."""

    code = "access.too-many-factors"
    next_step = "Remove one that you no longer use."


class BadFactorName(LiaisonError):  # noqa: N818
    """The name of the second factor is not usable."""

    code = "access.bad-factor-name"
    next_step = f"Give it 1 to {MAX_NAME} printable characters, for example `telephone` or `key on the ring`."


class EnrolmentExpired(FactorRefused):
    """Nothing was begun in this session within the last five minutes, or it was answered already."""

    code = "access.enrolment-expired"
    next_step = "Begin again."


@dataclass(frozen=True, slots=True)
class Secret:
    """What an authenticator takes: the secret to type, and the `otpauth:` address to draw. Shown once."""

    secret: str
    address: str

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A factor just made. The session goes on under its new token; `recovery_codes` come with the first factor and are shown once."""

    factor: Factor
    session: NewSession
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Enrolled({self.factor.factor_id})"


def begin_app(connection: Connection, access: Access, token: str, issuer: str) -> Secret:
    """A new secret for an authenticator. Raises as `ensure_proved`, TooManyFactors, and what opening the vault raises."""
    entry = may_add(connection, access, token)
    factors = access.tables.factors
    if connection.execute(select(factors.c.factor_id).where(factors.c.kind == Kind.APP.value).limit(1)).first() is None:
        access.vault.ready()  # with secrets there, a missing key is a loss to be told, not a reason to make another
    secret = new_secret(access.random)
    sealed = access.vault.seal(secret.encode(), about(entry.person.user_id))
    challenges.put(connection, access, entry.session_id, challenges.APP, sealed)
    return Secret(secret, address_of(secret, entry.person.name, issuer))


def finish_app(connection: Connection, access: Access, token: str, name: str, code: str) -> Enrolled | FactorRefused:
    """Keep the authenticator that shows the right code; a wrong one may be tried again. Raises as `begin_app`, BadFactorName."""
    entry = may_add(connection, access, token)
    label = label_of(name)
    sealed = challenges.look(connection, access, entry.session_id, challenges.APP)
    if sealed is None:
        return EnrolmentExpired()
    secret = access.vault.open(sealed, about(entry.person.user_id)).decode()
    step = step_of(secret, "".join(code.split()), access.clock.now())
    if step is None:
        return FactorRefused(phrase("This is not the code that the authenticator should show now."))
    challenges.drop(connection, access, entry.session_id, challenges.APP)
    return keep(connection, access, token, Kind.APP, name=label, sealed=sealed, vault_key=access.vault.key_id(), last_step=step)


def keep(connection: Connection, access: Access, token: str, kind: Kind, **columns: Any) -> Enrolled:  # noqa: ANN401 - columns
    """Store a factor that was just verified: sessions that never showed one end with the first, and the own one is renewed."""
    entry = ensure_proved(connection, access, token)
    who = entry.person.user_id
    first = not rows_of(connection, access, who)
    row = {"factor_id": f"f-{access.random.bytes(8).hex()}", "user_id": who, "kind": kind.value, "made_at": to_ms(access.clock.now())}
    connection.execute(insert(access.tables.factors).values(**row, **columns))
    noted(connection, access, entry.person, "session.own", change="factor added", factor=row["factor_id"], kind=kind)
    codes = new_codes(connection, access, who) if first else ()
    if first:
        end_others(connection, access, entry, unproved_only=True)
    whole = proved(connection, access, token, str(row["factor_id"]))
    factor = next(one for one in list_factors(connection, access, who) if one.factor_id == row["factor_id"])
    return Enrolled(factor, whole, codes)


def replace_codes(connection: Connection, access: Access, token: str) -> tuple[str, ...]:
    """Ten new recovery codes in place of the old ones. Raises as `ensure_proved`, FactorRefused for somebody without a factor."""
    entry = ensure_proved(connection, access, token)
    if not entry.has_factor:
        raise FactorRefused(phrase("Recovery codes come with the first second factor."))
    noted(connection, access, entry.person, "session.own", change="recovery codes replaced")
    return new_codes(connection, access, entry.person.user_id)


def may_add(connection: Connection, access: Access, token: str) -> SessionEntry:
    """The session of somebody who may add a factor now. Raises as `ensure_proved`, TooManyFactors."""
    entry = ensure_proved(connection, access, token)
    if len(rows_of(connection, access, entry.person.user_id)) >= MAX_FACTORS:
        raise TooManyFactors
    return entry


def label_of(name: str) -> str:
    """A factor's name as it is kept. Raises BadFactorName."""
    label = " ".join(name.split())
    if not 0 < len(label) <= MAX_NAME or not label.isprintable():
        raise BadFactorName
    return label
