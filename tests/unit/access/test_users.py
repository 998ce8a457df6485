"""Adding and changing people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from liaison.access.passwords import WeakPassword
from liaison.access.permissions import Person, Role
from liaison.access.users import (
    BadUserName,
    LastAdministrator,
    UnknownUser,
    UserExists,
    add_user,
    disable_user,
    list_users,
    reset_password,
    set_roles,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.tables import Access


def test_a_new_user_has_a_pseudonym_that_does_not_tell_the_name(officer: Person) -> None:
    assert re.fullmatch(r"u-[0-9a-f]{8}", officer.user_id)
    assert officer.roles == {Role.OFFICER, Role.ANALYST}


def test_a_password_is_stored_as_argon2id_only(connection: Connection, access: Access, officer: Person, password: str) -> None:
    row = connection.execute(select(access.tables.users)).mappings().one()
    assert row["password_hash"].startswith("$argon2id$")
    assert password not in str(dict(row))
    assert row["user_id"] == officer.user_id


def test_two_users_with_one_password_have_different_hashes(
    connection: Connection, access: Access, officer: Person, administrator: Person
) -> None:
    hashes = connection.execute(select(access.tables.users.c.password_hash)).scalars().all()
    assert officer != administrator
    assert len(set(hashes)) == 2


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "0 characters"),
        ("eleven-char", "11 characters"),
        ("aaaaaaaaaaaaaaaa", "different characters"),
        ("i-am-port.officer", "contains the login name"),
        ("I am Port Officer!", "contains the login name"),
        ("x y z w v " * 120, "more than"),
    ],
)
def test_a_weak_password_is_refused(connection: Connection, access: Access, password: str, sentence: str) -> None:
    with pytest.raises(WeakPassword, match=sentence) as refused:
        add_user(connection, access, "port.officer", password, [Role.OFFICER])
    assert refused.value.code == "access.weak-password"
    assert not list_users(connection, access)


@pytest.mark.parametrize("name", ["", "x", ".dot", "two words", "naïve", "a" * 65, "line\nend"])
def test_a_bad_login_name_is_refused(connection: Connection, access: Access, password: str, name: str) -> None:
    with pytest.raises(BadUserName):
        add_user(connection, access, name, password, [])


@pytest.mark.parametrize("name", ["port.officer", "Port.Officer", " port.officer "])
def test_a_login_name_is_given_once(connection: Connection, access: Access, officer: Person, password: str, name: str) -> None:
    with pytest.raises(UserExists, match=officer.name):
        add_user(connection, access, name, password, [])


def test_a_disabled_users_name_is_not_given_again(connection: Connection, access: Access, officer: Person, password: str) -> None:
    disable_user(connection, access, officer.name)
    with pytest.raises(UserExists):
        add_user(connection, access, officer.name, password, [])


def test_roles_are_replaced(connection: Connection, access: Access, officer: Person) -> None:
    assert set_roles(connection, access, officer.name, [Role.RELEASER]).roles == {Role.RELEASER}
    assert list_users(connection, access)[0].person.roles == {Role.RELEASER}


def test_the_last_administrator_stays(connection: Connection, access: Access, administrator: Person, password: str) -> None:
    with pytest.raises(LastAdministrator):
        disable_user(connection, access, administrator.name)
    with pytest.raises(LastAdministrator) as refused:
        set_roles(connection, access, administrator.name, [Role.AUDITOR])
    assert refused.value.code == "access.last-administrator"
    add_user(connection, access, "second", password, [Role.ADMINISTRATOR])
    disable_user(connection, access, administrator.name)
    with pytest.raises(LastAdministrator):
        disable_user(connection, access, "second")


def test_an_administrator_may_take_a_further_role(connection: Connection, access: Access, administrator: Person) -> None:
    roles = [Role.ADMINISTRATOR, Role.AUDITOR]
    assert set_roles(connection, access, administrator.name, roles).roles == set(roles)


def test_an_unknown_user_is_named(connection: Connection, access: Access, password: str) -> None:
    with pytest.raises(UnknownUser, match="'nobody'"):
        set_roles(connection, access, "nobody", [])
    with pytest.raises(UnknownUser):
        disable_user(connection, access, "nobody")
    with pytest.raises(UnknownUser):
        reset_password(connection, access, "nobody", password)


def test_the_list_shows_disabled_users_too(connection: Connection, access: Access, officer: Person, administrator: Person) -> None:
    disable_user(connection, access, officer.name)
    shown = [(entry.person.name, entry.disabled) for entry in list_users(connection, access)]
    assert shown == [(administrator.name, False), (officer.name, True)]
