"""Who knows a name guesses at it: what that does to its owner, who comes from a known device, and what the guesser learns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest
from sqlalchemy import func, select

from liaison.access.devices import DEVICE_LIMIT, MOST_DEVICES, MOST_SECRETS, with_secret
from liaison.access.enrolment import begin_app, finish_app
from liaison.access.factors import prove_code, reset_factors
from liaison.access.lockouts import LoginRefused, UserLocked
from liaison.access.own_password import change_own_password
from liaison.access.permissions import Role
from liaison.access.sessions import NewSession, log_out, open_half, revoke_session, try_log_in
from liaison.access.users import add_user, disable_user, list_users, reset_password

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.permissions import Person
    from liaison.access.tables import Access
    from liaison.node.ports import Clock

    class MovableClock(Clock):
        def advance(self, **by: float) -> None: ...


WRONG = "not-the-right-password"
NEW = "eight-loud-airports"


@pytest.fixture
def known(connection: Connection, access: Access, officer: Person, password: str) -> str:
    """What the owner's browser keeps after signing in and out once."""
    opened = try_log_in(connection, access, officer.name, password)
    assert isinstance(opened, NewSession)
    assert opened.device
    log_out(connection, access, opened.token)
    return opened.device


def fail(connection: Connection, access: Access, name: str, times: int, shown: str = "") -> None:
    for _ in range(times):
        assert type(try_log_in(connection, access, name, WRONG, shown=shown)) is LoginRefused


def test_a_stranger_locks_strangers_out_and_not_the_owner(
    connection: Connection, access: Access, officer: Person, password: str, known: str
) -> None:
    fail(connection, access, officer.name, 5)
    assert isinstance(try_log_in(connection, access, officer.name, password), UserLocked)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=known), NewSession)


def test_the_owner_at_the_desk_gives_a_stranger_no_more_guesses(
    connection: Connection, access: Access, officer: Person, password: str, known: str
) -> None:
    fail(connection, access, officer.name, 4)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=known), NewSession)
    fail(connection, access, officer.name, 1)
    assert isinstance(try_log_in(connection, access, officer.name, WRONG), UserLocked)


def test_a_stolen_device_guesses_as_seldom_as_a_stranger_and_locks_nobody_else_out(
    connection: Connection, access: Access, officer: Person, password: str, known: str, clock: MovableClock
) -> None:
    fail(connection, access, officer.name, 5, known)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=known), UserLocked)
    clock.advance(minutes=15)
    fail(connection, access, officer.name, 1, known)
    locked = try_log_in(connection, access, officer.name, password, shown=known)
    assert isinstance(locked, UserLocked)
    assert "30 more minutes" in str(locked)
    assert isinstance(try_log_in(connection, access, officer.name, password), NewSession)


@pytest.mark.parametrize("forged", ["", "0" * 64, "x" * 64, ".".join(["0" * 64] * 9), "é" * 64, "../../etc/passwd"])
def test_a_secret_that_is_none_of_the_owners_is_a_strangers(
    connection: Connection, access: Access, officer: Person, known: str, forged: str
) -> None:
    fail(connection, access, officer.name, 5, forged)
    assert isinstance(try_log_in(connection, access, officer.name, WRONG), UserLocked)
    fail(connection, access, officer.name, 1, known)  # the owner's device was not counted for


def test_a_device_is_bound_to_its_name(connection: Connection, access: Access, officer: Person, password: str) -> None:
    add_user(connection, access, "curious.colleague", password, [Role.OFFICER])
    theirs = try_log_in(connection, access, "curious.colleague", password)
    assert isinstance(theirs, NewSession)
    fail(connection, access, officer.name, 5, theirs.device)
    assert isinstance(try_log_in(connection, access, officer.name, WRONG, shown=theirs.device), UserLocked)
    assert isinstance(try_log_in(connection, access, "curious.colleague", password, shown=theirs.device), NewSession)


def test_two_people_at_one_counter_keep_a_device_each(connection: Connection, access: Access, officer: Person, password: str) -> None:
    add_user(connection, access, "next.officer", password, [Role.OFFICER])
    shown = ""
    for name in (officer.name, "next.officer"):
        opened = try_log_in(connection, access, name, password, shown=shown)
        assert isinstance(opened, NewSession)
        shown = with_secret(shown, opened.device)
    for name in (officer.name, "next.officer"):
        fail(connection, access, name, 5)
        assert isinstance(try_log_in(connection, access, name, password, shown=shown), NewSession)


def test_the_password_alone_makes_no_device_where_a_second_factor_is_asked_for(
    connection: Connection, access: Access, officer: Person, password: str, clock: MovableClock
) -> None:
    opened = try_log_in(connection, access, officer.name, password)
    assert isinstance(opened, NewSession)
    secret = pyotp.TOTP(begin_app(connection, access, opened.token, "Liaison").secret)
    finish_app(connection, access, opened.token, "telephone", secret.at(clock.now()))
    thief = open_half(connection, access, officer.name, password)
    assert isinstance(thief, NewSession)
    assert not thief.device
    for _ in range(5):  # the thief's codes are a stranger's guesses
        assert isinstance(prove_code(connection, access, thief.token, "000000"), LoginRefused)
    assert isinstance(open_half(connection, access, officer.name, password), UserLocked)
    clock.advance(seconds=60)
    owner = open_half(connection, access, officer.name, password, opened.device)
    assert isinstance(owner, NewSession)
    assert isinstance(prove_code(connection, access, owner.token, secret.at(clock.now())), NewSession)


def test_a_new_password_of_the_administrator_ends_every_device(connection: Connection, access: Access, officer: Person, known: str) -> None:
    reset_password(connection, access, officer.name, NEW)
    fail(connection, access, officer.name, 5)
    assert isinstance(try_log_in(connection, access, officer.name, NEW, shown=known), UserLocked)


def test_a_revoked_session_takes_its_device_with_it(connection: Connection, access: Access, officer: Person, password: str) -> None:
    opened = try_log_in(connection, access, officer.name, password)
    assert isinstance(opened, NewSession)
    revoke_session(connection, access, opened.session_id)
    fail(connection, access, officer.name, 5)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=opened.device), UserLocked)


def test_ones_own_new_password_ends_every_other_device(
    connection: Connection, access: Access, officer: Person, password: str, known: str
) -> None:
    here = try_log_in(connection, access, officer.name, password)
    assert isinstance(here, NewSession)
    assert isinstance(change_own_password(connection, access, here.token, password, NEW), NewSession)
    fail(connection, access, officer.name, 5)
    assert isinstance(try_log_in(connection, access, officer.name, NEW, shown=known), UserLocked)
    assert isinstance(try_log_in(connection, access, officer.name, NEW, shown=here.device), NewSession)


def test_lost_factors_and_a_disabled_user_leave_no_device(
    connection: Connection, access: Access, officer: Person, administrator: Person, password: str, known: str
) -> None:
    def devices() -> int:
        return connection.execute(select(func.count()).select_from(access.tables.devices)).scalar_one()

    assert administrator.roles
    assert devices() == 1
    reset_factors(connection, access, officer)
    assert devices() == 0
    assert isinstance(try_log_in(connection, access, officer.name, password), NewSession)
    disable_user(connection, access, officer.name)
    assert devices() == 0
    assert type(try_log_in(connection, access, officer.name, password, shown=known)) is LoginRefused


def test_a_device_that_is_not_used_is_forgotten(
    connection: Connection, access: Access, officer: Person, password: str, known: str, clock: MovableClock
) -> None:
    clock.advance(days=DEVICE_LIMIT.days - 1)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=known), NewSession)
    clock.advance(days=DEVICE_LIMIT.days)
    fail(connection, access, officer.name, 5)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=known), UserLocked)


def test_no_person_has_devices_without_end(
    connection: Connection, access: Access, officer: Person, password: str, known: str, clock: MovableClock
) -> None:
    for _ in range(MOST_DEVICES + 2):
        clock.advance(minutes=1)
        assert isinstance(try_log_in(connection, access, officer.name, password), NewSession)
    fail(connection, access, officer.name, 5)
    assert isinstance(try_log_in(connection, access, officer.name, password, shown=known), UserLocked)  # not used for longest
    assert connection.execute(select(func.count()).select_from(access.tables.devices)).scalar_one() == MOST_DEVICES
    shown = ""
    for number in range(MOST_SECRETS + 2):
        shown = with_secret(shown, f"{number:064x}")
    assert len(shown.split(".")) == MOST_SECRETS
    assert shown.startswith(f"{MOST_SECRETS + 1:064x}")


def test_the_secret_of_a_device_is_in_no_table(connection: Connection, access: Access, known: str) -> None:
    assert known not in str(connection.execute(select(access.tables.devices)).all())


def test_a_name_that_nobody_has_stays_locked_after_a_restart(
    connection: Connection, access: Access, officer: Person, clock: MovableClock
) -> None:
    """As a user's does: every command is a start."""
    for name in ("nobody.here", officer.name):
        fail(connection, access, name, 5)
        assert isinstance(try_log_in(connection, replace(access), name, WRONG), UserLocked)
    rows = connection.execute(select(access.tables.strangers)).all()
    assert "nobody.here" not in str(rows)
    assert list_users(connection, access)[0].locked_until == clock.now() + timedelta(minutes=15)
    clock.advance(minutes=15)
    assert list_users(connection, access)[0].locked_until is None
