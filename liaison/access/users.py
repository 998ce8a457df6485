"""People of a node: adding, roles, disabling, new passwords. Audit entries are the caller's, in the same transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update

from liaison.access.devices import forget_devices
from liaison.access.lockouts import locked_at
from liaison.access.passwords import check_password_policy, hash_password
from liaison.access.permissions import Person, Role
from liaison.access.ports import ensure_fits_port, named_port
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class BadUserName(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The login name is not valid."""

    code = "access.bad-name"
    next_step = "Use 2 to 64 letters a-z, digits, dots, hyphens or underscores, starting with a letter or digit."


class UserExists(LiaisonError):  # noqa: N818
    """There is a user with this login name already."""

    code = "access.user-exists"
    next_step = "Choose another login name; a disabled user's name is not given again."


class UnknownUser(LiaisonError):  # noqa: N818
    """There is no user with this login name."""

    code = "access.unknown-user"
    next_step = "Check the spelling with `liaison users list`."


class LastAdministrator(LiaisonError):  # noqa: N818
    """This is the last active administrator; without one nobody could run the node."""

    code = "access.last-administrator"
    next_step = "Make another user administrator first."


@dataclass(frozen=True, slots=True)
class UserEntry:
    """A user as the administrator sees one. `locked_until`: for strangers, while that lasts."""

    person: Person
    created_at: datetime
    disabled: bool
    locked_until: datetime | None
    must_change: bool  # the password is still the one an administrator chose
    factors: int  # how many second factors the user has


def add_user(  # noqa: PLR0913 - what makes a user
    connection: Connection, access: Access, name: str, password: str, roles: Iterable[Role], *, temporary: bool = False, port: str = ""
) -> Person:
    """Add a user with a new pseudonymous id; a `temporary` password must be changed at the first sign-in. `port`: where the person works,
    empty for the national office.

    Raises BadUserName, UserExists, WeakPassword, BadPort, DrafterNeedsPort, PortRunsNode.
    """
    login = normal_name(name)
    if not _NAME.fullmatch(login):
        raise BadUserName(phrase("{name!r} is not a login name.", name=name))
    check_password_policy(login, password)
    roles, port = frozenset(roles), named_port(connection, access, port)
    ensure_fits_port(roles, port)
    users = access.tables.users
    if connection.execute(select(users.c.user_id).where(users.c.name == login)).first():
        raise UserExists(phrase("There is a user {login} already.", login=login))
    person = Person(_new_id(connection, access), login, roles, port=port)
    now = to_ms(access.clock.now())
    connection.execute(
        insert(users).values(
            user_id=person.user_id,
            name=login,
            password_hash=hash_password(password, access.random, access.costs),
            roles=_text(person.roles),
            port=port,
            created_at=now,
            password_set_at=now,
            must_change=temporary,
        )
    )
    return person


def set_roles(connection: Connection, access: Access, name: str, roles: Iterable[Role]) -> Person:
    """Replace a user's roles; open sessions have the new ones at once. Raises UnknownUser, LastAdministrator, and as `set_post`."""
    return set_post(connection, access, name, roles)


def set_post(connection: Connection, access: Access, name: str, roles: Iterable[Role], port: str | None = None) -> Person:
    """Replace a user's roles, and the port where one is given (empty: the national office); open sessions have them at once.

    Raises UnknownUser, LastAdministrator, BadPort, DrafterNeedsPort, PortRunsNode.
    """
    row = _get(connection, access, name)
    where = row["port"] if port is None else named_port(connection, access, port)
    new = Person(row["user_id"], row["name"], frozenset(roles), port=where)
    ensure_fits_port(new.roles, where)
    if Role.ADMINISTRATOR not in new.roles:
        _keep_an_administrator(connection, access, row)
    _change(connection, access, row, roles=_text(new.roles), port=where)
    return new


def disable_user(connection: Connection, access: Access, name: str) -> Person:
    """Shut a user out for good and end the sessions. Raises UnknownUser, LastAdministrator."""
    row = _get(connection, access, name)
    _keep_an_administrator(connection, access, row)
    if row["disabled_at"] is None:
        _change(connection, access, row, disabled_at=to_ms(access.clock.now()))
    _end_sessions(connection, access, row)
    return person_of(row)


def reset_password(connection: Connection, access: Access, name: str, password: str) -> Person:
    """Set a password that its user must change at the next sign-in, lift a lock, end the user's sessions, and forget the devices.

    Raises UnknownUser, WeakPassword.
    """
    row = _get(connection, access, name)
    check_password_policy(row["name"], password)
    _change(
        connection,
        access,
        row,
        password_hash=hash_password(password, access.random, access.costs),
        password_set_at=to_ms(access.clock.now()),
        must_change=True,
        failures=0,
        locked_until=None,
    )
    _end_sessions(connection, access, row)
    return person_of(row)


def list_users(connection: Connection, access: Access) -> Sequence[UserEntry]:
    """All users by login name, disabled ones included."""
    users, factors = access.tables.users, access.tables.factors
    counted = select(func.count()).where(factors.c.user_id == users.c.user_id).scalar_subquery().label("factors")
    rows = connection.execute(select(users, counted).order_by(users.c.name)).mappings()
    return [
        UserEntry(
            person=person_of(row),
            created_at=from_ms(row["created_at"]),
            disabled=row["disabled_at"] is not None,
            locked_until=from_ms(row["locked_until"]) if locked_at(row["locked_until"], access.clock.now()) else None,
            must_change=bool(row["must_change"]),
            factors=int(row["factors"]),
        )
        for row in rows
    ]


def person_named(connection: Connection, access: Access, name: str) -> Person:
    """The person of a login name, also in a transaction that only reads. Raises UnknownUser."""
    return person_of(_get(connection, access, name, held=False))


def person_now(connection: Connection, access: Access, user_id: str) -> Person | None:
    """A user with today's roles; None: there is none, or the user is disabled."""
    users = access.tables.users
    row = connection.execute(select(users).where(users.c.user_id == user_id, users.c.disabled_at.is_(None))).mappings().first()
    return None if row is None else person_of(row)


def normal_name(name: str) -> str:
    """A login name as it is stored: capitals and blanks around it do not matter."""
    return name.strip().casefold()


def person_of(row: RowMapping) -> Person:
    """The person of a row of the users table; roles this version does not know are left out."""
    known = {role.value: role for role in Role}
    roles = frozenset(known[word] for word in row["roles"].split() if word in known)
    return Person(row["user_id"], row["name"], roles, port=row["port"])


def _text(roles: Iterable[Role]) -> str:
    return " ".join(sorted(roles))


def _get(connection: Connection, access: Access, name: str, *, held: bool = True) -> RowMapping:
    """A user's row; `held` until the transaction ends, which only one that writes may ask for."""
    users = access.tables.users
    query = select(users).where(users.c.name == normal_name(name))
    row = connection.execute(query.with_for_update() if held else query).mappings().first()
    if row is None:
        raise UnknownUser(phrase("There is no user {name!r}.", name=name))
    return row


def _change(connection: Connection, access: Access, row: RowMapping, **values: object) -> None:
    users = access.tables.users
    connection.execute(update(users).where(users.c.user_id == row["user_id"]).values(**values))


def _keep_an_administrator(connection: Connection, access: Access, row: RowMapping) -> None:
    users = access.tables.users
    active = connection.execute(select(users).where(users.c.disabled_at.is_(None)).with_for_update()).mappings().all()
    administrators = {one["user_id"] for one in active if Role.ADMINISTRATOR in person_of(one).roles}
    if administrators == {row["user_id"]}:
        raise LastAdministrator(phrase("{name} is the last active administrator of this node.", name=row["name"]))


def _end_sessions(connection: Connection, access: Access, row: RowMapping) -> None:
    sessions = access.tables.sessions
    theirs = (sessions.c.user_id == row["user_id"]) & sessions.c.ended_at.is_(None)
    connection.execute(update(sessions).where(theirs).values(ended_at=to_ms(access.clock.now())))
    forget_devices(connection, access, row["user_id"])


def _new_id(connection: Connection, access: Access) -> str:
    users = access.tables.users
    while True:
        user_id = f"u-{access.random.bytes(4).hex()}"
        if connection.execute(select(users.c.name).where(users.c.user_id == user_id)).first() is None:
            return user_id
