"""Signing in: what an officer, a thief of a database and a guesser of passwords meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from liaison.access.lockouts import LoginRefused, UserLocked
from liaison.access.own_password import SamePassword, change_own_password
from liaison.access.passwords import COSTS, WeakPassword
from liaison.access.permissions import Person, Role
from liaison.access.sessions import (
    Due,
    NewSession,
    NotSignedIn,
    PasswordChangeNeeded,
    Place,
    SecondFactorNeeded,
    SessionEnded,
    UnknownSession,
    list_sessions,
    log_out,
    mark_proved,
    open_half,
    peek,
    resume,
    revoke_session,
    try_log_in,
)
from liaison.access.users import disable_user, list_users, reset_password, set_roles

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access
    from liaison.node.ports import Clock

    class MovableClock(Clock):
        def advance(self, **by: float) -> None: ...


WRONG = "not-the-right-password"


@pytest.fixture
def session(connection: Connection, access: Access, officer: Person, password: str) -> NewSession:
    opened = try_log_in(connection, access, officer.name, password)
    assert isinstance(opened, NewSession)
    return opened


def test_a_token_stands_for_its_person(connection: Connection, access: Access, session: NewSession, officer: Person) -> None:
    assert resume(connection, access, session.token) == officer
    assert len(bytes.fromhex(session.token)) == 32


def test_the_login_name_is_taken_as_typed(connection: Connection, access: Access, officer: Person, password: str) -> None:
    assert isinstance(try_log_in(connection, access, " Port.Officer ", password), NewSession)
    assert officer.name == "port.officer"


def test_the_token_is_in_no_table_and_no_log_line(connection: Connection, access: Access, session: NewSession) -> None:
    stored = str(connection.execute(select(access.tables.sessions)).mappings().all())
    assert session.token not in stored
    assert session.session_id in stored
    assert session.token not in repr(session)


@pytest.mark.parametrize("token", ["", "0" * 64, "täglich", "\udcff"])
def test_an_unknown_token_is_nobody(connection: Connection, access: Access, token: str) -> None:
    with pytest.raises(NotSignedIn) as refused:
        resume(connection, access, token)
    assert refused.value.code == "access.not-signed-in"
    assert "liaison login" in refused.value.sentence


def test_the_stored_hash_is_not_a_token(connection: Connection, access: Access, session: NewSession) -> None:
    stolen = connection.execute(select(access.tables.sessions.c.token_hash)).scalar_one()
    assert session.token != stolen
    with pytest.raises(NotSignedIn):
        resume(connection, access, stolen)


def test_an_idle_session_ends(connection: Connection, access: Access, session: NewSession, clock: MovableClock) -> None:
    clock.advance(minutes=30)
    with pytest.raises(SessionEnded, match="nothing was done for 30 minutes") as refused:
        resume(connection, access, session.token)
    assert refused.value.code == "access.session-ended"


def test_a_busy_session_ends_after_twelve_hours(connection: Connection, access: Access, session: NewSession, clock: MovableClock) -> None:
    for _ in range(12 * 3 - 1):
        clock.advance(minutes=20)
        resume(connection, access, session.token)
    clock.advance(minutes=20)
    with pytest.raises(SessionEnded, match="12 hours old"):
        resume(connection, access, session.token)


def test_signing_out_ends_the_session(connection: Connection, access: Access, session: NewSession) -> None:
    log_out(connection, access, session.token)
    log_out(connection, access, session.token)
    with pytest.raises(SessionEnded, match="signed out"):
        resume(connection, access, session.token)


def test_new_roles_hold_at_once(connection: Connection, access: Access, session: NewSession, officer: Person) -> None:
    set_roles(connection, access, officer.name, [Role.VERIFIER])
    assert resume(connection, access, session.token).roles == {Role.VERIFIER}


def test_a_disabled_user_is_out_at_once(
    connection: Connection, access: Access, session: NewSession, officer: Person, password: str
) -> None:
    disable_user(connection, access, officer.name)
    with pytest.raises(SessionEnded):
        resume(connection, access, session.token)
    assert type(try_log_in(connection, access, officer.name, password)) is LoginRefused


def test_a_session_that_outlived_its_user_is_refused(connection: Connection, access: Access, session: NewSession) -> None:
    connection.execute(update(access.tables.users).values(disabled_at=1))
    with pytest.raises(SessionEnded, match="the user is disabled"):
        resume(connection, access, session.token)
    assert not list_sessions(connection, access)


def test_a_new_password_ends_open_sessions(
    connection: Connection, access: Access, session: NewSession, officer: Person, password: str
) -> None:
    new = "eight-loud-airports"
    reset_password(connection, access, officer.name, new)
    with pytest.raises(SessionEnded):
        resume(connection, access, session.token)
    assert isinstance(try_log_in(connection, access, officer.name, password), LoginRefused)
    assert isinstance(try_log_in(connection, access, officer.name, new), NewSession)


def test_an_administrator_sees_and_ends_sessions(connection: Connection, access: Access, session: NewSession, clock: MovableClock) -> None:
    (entry,) = list_sessions(connection, access)
    assert (entry.session_id, entry.person, entry.created_at) == (session.session_id, session.person, clock.now())
    assert entry.ends_at == clock.now() + timedelta(minutes=30)
    revoke_session(connection, access, session.session_id)
    assert not list_sessions(connection, access)
    with pytest.raises(SessionEnded):
        resume(connection, access, session.token)
    with pytest.raises(UnknownSession):
        revoke_session(connection, access, session.session_id)


def test_ended_sessions_are_not_listed(connection: Connection, access: Access, session: NewSession, clock: MovableClock) -> None:
    assert session.token
    clock.advance(minutes=31)
    assert not list_sessions(connection, access)


def test_a_wrong_password_and_an_unknown_name_get_one_answer(connection: Connection, access: Access, officer: Person) -> None:
    known = try_log_in(connection, access, officer.name, WRONG)
    unknown = try_log_in(connection, access, "nobody", WRONG)
    assert isinstance(known, LoginRefused)
    assert isinstance(unknown, LoginRefused)
    assert (type(known), str(known)) == (type(unknown), str(unknown))


def fail(connection: Connection, access: Access, name: str, times: int) -> None:
    for _ in range(times):
        assert type(try_log_in(connection, access, name, WRONG)) is LoginRefused


def test_a_lock_does_not_tell_which_names_are_somebodys(
    connection: Connection, access: Access, officer: Person, clock: MovableClock
) -> None:
    def answers(name: str) -> list[str]:
        told = [try_log_in(connection, access, name, WRONG) for _ in range(7)]
        return [f"{type(one).__name__} {one}".replace(name, "NAME") for one in told]

    assert answers("nobody.here") == answers(officer.name)
    clock.advance(minutes=15)
    assert answers("nobody.here") == answers(officer.name)  # the next lock is twice as long for both
    disable_user(connection, access, officer.name)
    clock.advance(minutes=60)
    assert answers(officer.name) == answers("somebody.else")


def test_after_five_wrong_passwords_the_right_one_waits_too(
    connection: Connection, access: Access, officer: Person, password: str, clock: MovableClock
) -> None:
    fail(connection, access, officer.name, 5)
    refused = try_log_in(connection, access, officer.name, password)
    assert isinstance(refused, UserLocked)
    assert refused.code == "access.locked"
    assert "15 more minutes" in str(refused)
    assert list_users(connection, access)[0].locked_until == clock.now() + timedelta(minutes=15)
    clock.advance(minutes=15)
    assert isinstance(try_log_in(connection, access, officer.name, password), NewSession)


def test_the_lock_grows_with_every_further_wrong_password_up_to_a_day(
    connection: Connection, access: Access, officer: Person, clock: MovableClock
) -> None:
    fail(connection, access, officer.name, 5)
    waits = []
    for _ in range(8):
        until = list_users(connection, access)[0].locked_until
        assert until is not None
        waits.append((until - clock.now()) // timedelta(minutes=1))
        clock.advance(minutes=waits[-1])
        fail(connection, access, officer.name, 1)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440]


def test_the_right_password_forgets_four_wrong_ones(connection: Connection, access: Access, officer: Person, password: str) -> None:
    fail(connection, access, officer.name, 4)
    assert isinstance(try_log_in(connection, access, officer.name, password), NewSession)
    fail(connection, access, officer.name, 4)
    assert isinstance(try_log_in(connection, access, officer.name, password), NewSession)


def test_a_new_password_lifts_the_lock(connection: Connection, access: Access, officer: Person) -> None:
    fail(connection, access, officer.name, 5)
    reset_password(connection, access, officer.name, "eight-loud-airports")
    assert isinstance(try_log_in(connection, access, officer.name, "eight-loud-airports"), NewSession)


def test_a_hash_of_older_costs_is_renewed_at_login(connection: Connection, access: Access, officer: Person, password: str) -> None:
    users = access.tables.users
    assert "m=65536" not in connection.execute(select(users.c.password_hash)).scalar_one()
    assert isinstance(try_log_in(connection, replace(access, costs=COSTS), officer.name, password), NewSession)
    assert "m=65536" in connection.execute(select(users.c.password_hash)).scalar_one()


def test_a_damaged_hash_refuses_and_does_not_crash(connection: Connection, access: Access, officer: Person, password: str) -> None:
    connection.execute(update(access.tables.users).values(password_hash="damaged"))
    assert isinstance(try_log_in(connection, access, officer.name, password), LoginRefused)


NEW = "eight-loud-airports"


def test_a_user_with_a_factor_is_half_in_with_the_password(
    connection: Connection, access: Access, officer: Person, password: str, clock: MovableClock
) -> None:
    give_factor(connection, access, officer)
    half = NewSession("", "", officer)
    for place in Place:
        opened = try_log_in(connection, access, officer.name, password, place)
        assert isinstance(opened, NewSession)
        half = opened
        assert half.due is Due.FACTOR
        with pytest.raises(SecondFactorNeeded) as refused:
            resume(connection, access, half.token)
        assert refused.value.code == "access.second-factor-needed"
        entry = peek(connection, access, half.token)
        assert (entry.half_open, entry.proved_at, entry.place) == (True, None, place)
    clock.advance(minutes=10)
    with pytest.raises(SessionEnded, match="no second factor was shown within 10 minutes"):
        peek(connection, access, half.token)


def test_a_proved_session_goes_on_under_another_token(connection: Connection, access: Access, officer: Person, password: str) -> None:
    give_factor(connection, access, officer)
    half = open_half(connection, access, officer.name, password)
    assert isinstance(half, NewSession)
    whole = mark_proved(connection, access, half.token)
    assert (whole.session_id, whole.due) == (half.session_id, Due.NOTHING)
    assert resume(connection, access, whole.token) == officer
    with pytest.raises(NotSignedIn):  # whoever planted the first token has nothing
        peek(connection, access, half.token)


def test_where_a_factor_is_required_the_console_leads_to_making_one(
    connection: Connection, access: Access, officer: Person, password: str
) -> None:
    strict = replace(access, second_factor="required")
    half = open_half(connection, strict, officer.name, password)
    assert isinstance(half, NewSession)
    assert half.due is Due.ENROLMENT
    with pytest.raises(SecondFactorNeeded):
        resume(connection, strict, half.token)
    here = try_log_in(connection, strict, officer.name, password)  # who stands at the machine has its files too
    assert isinstance(here, NewSession)
    assert here.due is Due.NOTHING
    assert resume(connection, strict, here.token) == officer


def test_the_right_password_alone_forgets_no_failure(connection: Connection, access: Access, officer: Person, password: str) -> None:
    give_factor(connection, access, officer)
    fail(connection, access, officer.name, 4)
    half = open_half(connection, access, officer.name, password)
    assert isinstance(half, NewSession)
    fail(connection, access, officer.name, 1)
    assert isinstance(open_half(connection, access, officer.name, password), UserLocked)


def test_a_look_keeps_no_session_alive(connection: Connection, access: Access, session: NewSession, clock: MovableClock) -> None:
    clock.advance(minutes=20)
    ends = peek(connection, access, session.token).ends_at
    clock.advance(minutes=9)
    assert peek(connection, access, session.token).ends_at == ends == clock.now() + timedelta(minutes=1)
    clock.advance(minutes=1)
    with pytest.raises(SessionEnded):
        peek(connection, access, session.token)


def test_one_sees_and_ends_only_ones_own_sessions(
    connection: Connection, access: Access, session: NewSession, administrator: Person, password: str
) -> None:
    other = try_log_in(connection, access, administrator.name, password)
    assert isinstance(other, NewSession)
    me = session.person.user_id
    assert [entry.session_id for entry in list_sessions(connection, access, me)] == [session.session_id]
    with pytest.raises(UnknownSession):
        revoke_session(connection, access, other.session_id, me)
    revoke_session(connection, access, session.session_id, me)
    assert [entry.session_id for entry in list_sessions(connection, access)] == [other.session_id]


def test_another_persons_choice_of_password_must_be_changed_first(
    connection: Connection, access: Access, officer: Person, password: str
) -> None:
    reset_password(connection, access, officer.name, NEW)
    opened = try_log_in(connection, access, officer.name, NEW)
    assert isinstance(opened, NewSession)
    assert opened.due is Due.PASSWORD
    with pytest.raises(PasswordChangeNeeded):
        resume(connection, access, opened.token)
    changed = change_own_password(connection, access, opened.token, NEW, password)
    assert isinstance(changed, NewSession)
    assert changed.due is Due.NOTHING
    assert resume(connection, access, changed.token) == officer


def test_ones_own_new_password_ends_all_other_sessions(connection: Connection, access: Access, session: NewSession, password: str) -> None:
    elsewhere = try_log_in(connection, access, session.person.name, password)
    assert isinstance(elsewhere, NewSession)
    changed = change_own_password(connection, access, session.token, password, NEW)
    assert isinstance(changed, NewSession)
    assert resume(connection, access, changed.token) == session.person
    for old in (session.token, elsewhere.token):
        with pytest.raises(NotSignedIn):
            peek(connection, access, old)
    assert isinstance(try_log_in(connection, access, session.person.name, password), LoginRefused)
    (row,) = audited(connection, access)
    assert (row["who"], row["action"]) == (session.person.user_id, "session.own")
    assert NEW not in str(row)


def test_a_found_open_session_does_not_help_to_guess_the_password(
    connection: Connection, access: Access, session: NewSession, password: str
) -> None:
    for _ in range(5):
        assert type(change_own_password(connection, access, session.token, WRONG, NEW)) is LoginRefused
    assert isinstance(change_own_password(connection, access, session.token, password, NEW), UserLocked)
    again = try_log_in(connection, access, session.person.name, password, shown=session.device)
    assert isinstance(again, UserLocked)
    assert all("access." in row["facts"] for row in audited(connection, access))


def test_a_weak_or_the_same_password_is_refused(connection: Connection, access: Access, session: NewSession, password: str) -> None:
    with pytest.raises(WeakPassword):
        change_own_password(connection, access, session.token, password, "short")
    with pytest.raises(SamePassword):
        change_own_password(connection, access, session.token, password, password)


def test_a_half_open_session_changes_no_password(connection: Connection, access: Access, officer: Person, password: str) -> None:
    give_factor(connection, access, officer)
    half = open_half(connection, access, officer.name, password)
    assert isinstance(half, NewSession)
    with pytest.raises(SecondFactorNeeded):
        change_own_password(connection, access, half.token, password, NEW)


def give_factor(connection: Connection, access: Access, person: Person) -> None:
    row = {"factor_id": "f-1", "user_id": person.user_id, "kind": "app", "name": "telephone", "made_at": 0}
    connection.execute(insert(access.tables.factors).values(**row))


def audited(connection: Connection, access: Access) -> list[RowMapping]:
    return list(connection.execute(select(access.audit)).mappings())
