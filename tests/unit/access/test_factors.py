"""Second factors: authenticators, security keys and recovery codes, as their owner, a thief and a guesser meet them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyotp
import pytest
from sqlalchemy import select, update

from liaison.access.enrolment import (
    BadFactorName,
    Enrolled,
    EnrolmentExpired,
    Secret,
    begin_app,
    finish_app,
    replace_codes,
)
from liaison.access.factors import (
    FactorRefused,
    LastFactor,
    OtherVaultKey,
    UnknownFactor,
    list_factors,
    prove_code,
    remove_factor,
    reset_factors,
)
from liaison.access.lockouts import UserLocked
from liaison.access.recovery import codes_left, use_code
from liaison.access.security_keys import begin_key
from liaison.access.sessions import Due, NewSession, NotSignedIn, SecondFactorNeeded, open_half, peek, resume, try_log_in
from liaison.access.totp import new_secret, step_of
from liaison.adapters.keys import SealBroken, Vault
from tests.unit.access.authenticator import SITE, good, half_in

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from liaison.access.permissions import Person
    from liaison.access.tables import Access
    from liaison.node.ports import Clock

    class MovableClock(Clock):
        def advance(self, **by: float) -> None: ...


def code_of(secret: Secret, clock: Clock, steps: int = 0) -> str:
    return str(pyotp.TOTP(secret.secret).at(int(clock.now().timestamp()) + 30 * steps))


@pytest.fixture
def secret(connection: Connection, access: Access, half: NewSession) -> Secret:
    return begin_app(connection, access, half.token, "Liaison ncp.jm")


@pytest.fixture
def app(connection: Connection, access: Access, half: NewSession, secret: Secret, clock: Clock) -> Enrolled:
    return good(finish_app(connection, access, half.token, "telephone", code_of(secret, clock)), Enrolled)


# --- authenticators -------------------------------------------------------------------------------------------------------


def test_an_authenticator_is_set_up_and_shown(
    connection: Connection, access: Access, officer: Person, password: str, app: Enrolled, secret: Secret, clock: MovableClock
) -> None:
    assert resume(connection, access, app.session.token) == officer
    assert len(set(app.recovery_codes)) == 10
    assert "issuer=Liaison%20ncp.jm" in secret.address
    clock.advance(seconds=30)
    waiting = half_in(connection, access, officer, password)
    assert waiting.due is Due.FACTOR
    code = code_of(secret, clock)
    whole = good(prove_code(connection, access, waiting.token, f" {code[:3]} {code[3:]} "), NewSession)
    assert resume(connection, access, whole.token) == officer
    with pytest.raises(NotSignedIn):  # session fixation
        peek(connection, access, waiting.token)
    assert list_factors(connection, access, officer.user_id)[0].used_at == clock.now()


@pytest.mark.usefixtures("app")
def test_a_code_seen_over_the_shoulder_is_taken_once(
    connection: Connection, access: Access, officer: Person, password: str, secret: Secret, clock: MovableClock
) -> None:
    first = half_in(connection, access, officer, password)
    assert isinstance(prove_code(connection, access, first.token, code_of(secret, clock)), FactorRefused)  # it set the factor up
    clock.advance(minutes=5)
    code, older = code_of(secret, clock), code_of(secret, clock, -1)
    for typed, kind in ((code, NewSession), (code, FactorRefused), (older, FactorRefused)):
        waiting = half_in(connection, access, officer, password)
        assert isinstance(prove_code(connection, access, waiting.token, typed), kind)


@pytest.mark.usefixtures("app")
def test_who_knows_the_password_guesses_five_codes_and_no_more(
    connection: Connection, access: Access, officer: Person, password: str, secret: Secret, clock: MovableClock
) -> None:
    clock.advance(minutes=5)
    waiting = half_in(connection, access, officer, password)
    for _ in range(5):
        waiting = half_in(connection, access, officer, password)  # the right password between two guesses forgets none
        assert type(prove_code(connection, access, waiting.token, "000000")) is FactorRefused
    assert isinstance(prove_code(connection, access, waiting.token, code_of(secret, clock)), UserLocked)
    assert isinstance(open_half(connection, access, officer.name, password), UserLocked)


def test_the_secret_is_in_no_table_no_audit_and_no_repr(connection: Connection, access: Access, app: Enrolled, secret: Secret) -> None:
    tables = (access.tables.factors, access.tables.challenges, access.tables.recovery_codes, access.audit)
    stored = "".join(str(connection.execute(select(table)).mappings().all()) for table in tables)
    plain = [code.replace("-", "") for code in app.recovery_codes]
    for word in (secret.secret, *app.recovery_codes, *plain, app.session.token):
        assert word not in stored + repr(app) + repr(secret)
    assert "factor added" in stored


def test_an_authenticators_row_opens_for_its_owner_only(
    connection: Connection, access: Access, administrator: Person, password: str, app: Enrolled, secret: Secret, clock: MovableClock
) -> None:
    factors = access.tables.factors
    connection.execute(update(factors).where(factors.c.factor_id == app.factor.factor_id).values(user_id=administrator.user_id))
    clock.advance(minutes=5)
    waiting = half_in(connection, access, administrator, password)
    with pytest.raises(SealBroken):
        prove_code(connection, access, waiting.token, code_of(secret, clock))


def test_without_its_vault_key_a_recovery_code_still_opens(
    connection: Connection, access: Access, officer: Person, password: str, app: Enrolled, tmp_path: Path
) -> None:
    other = Vault(tmp_path / "other" / "vault.pem", lambda: None)
    other.ready()
    lost = replace(access, vault=other)
    waiting = half_in(connection, lost, officer, password)
    with pytest.raises(OtherVaultKey):
        prove_code(connection, lost, waiting.token, "123456")
    assert isinstance(prove_code(connection, lost, waiting.token, app.recovery_codes[0]), NewSession)


def test_a_wrong_code_sets_nothing_up_and_may_be_corrected(
    connection: Connection, access: Access, half: NewSession, secret: Secret, clock: MovableClock
) -> None:
    assert isinstance(finish_app(connection, access, half.token, "telephone", "000000"), FactorRefused)
    with pytest.raises(BadFactorName):
        finish_app(connection, access, half.token, " \u202e ", code_of(secret, clock))
    assert not list_factors(connection, access, half.person.user_id)
    assert isinstance(finish_app(connection, access, half.token, "telephone", code_of(secret, clock)), Enrolled)


def test_setting_up_waits_five_minutes_in_its_own_session(
    connection: Connection, access: Access, half: NewSession, secret: Secret, clock: MovableClock, password: str
) -> None:
    other = half_in(connection, access, half.person, password)
    assert isinstance(finish_app(connection, access, other.token, "telephone", code_of(secret, clock)), EnrolmentExpired)
    clock.advance(minutes=5)
    assert isinstance(finish_app(connection, access, half.token, "telephone", code_of(secret, clock)), EnrolmentExpired)


def test_where_one_is_required_the_first_is_set_up_half_open(
    connection: Connection, access: Access, officer: Person, password: str, clock: Clock
) -> None:
    strict = replace(access, second_factor="required")
    waiting = half_in(connection, strict, officer, password)
    assert waiting.due is Due.ENROLMENT
    made = begin_app(connection, strict, waiting.token, "Liaison")
    whole = good(finish_app(connection, strict, waiting.token, "telephone", code_of(made, clock)), Enrolled)
    assert resume(connection, strict, whole.session.token) == officer
    with pytest.raises(LastFactor):
        remove_factor(connection, strict, whole.session.token, whole.factor.factor_id)


@pytest.mark.usefixtures("app")
def test_the_password_alone_adds_and_removes_nothing(
    connection: Connection, access: Access, officer: Person, password: str, app: Enrolled
) -> None:
    waiting = half_in(connection, access, officer, password)
    for act in (
        lambda: begin_app(connection, access, waiting.token, "Liaison"),
        lambda: begin_key(connection, access, waiting.token, SITE),
        lambda: replace_codes(connection, access, waiting.token),
        lambda: remove_factor(connection, access, waiting.token, app.factor.factor_id),
    ):
        with pytest.raises(SecondFactorNeeded):
            act()


def test_the_first_factor_ends_the_sessions_that_showed_none(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, clock: Clock
) -> None:
    thief = good(try_log_in(connection, access, officer.name, password), NewSession)
    made = begin_app(connection, access, half.token, "Liaison")
    good(finish_app(connection, access, half.token, "telephone", code_of(made, clock)), Enrolled)
    with pytest.raises(NotSignedIn):
        peek(connection, access, thief.token)


# --- recovery codes -------------------------------------------------------------------------------------------------------


def test_a_recovery_code_opens_once(connection: Connection, access: Access, officer: Person, password: str, app: Enrolled) -> None:
    typed = app.recovery_codes[3].upper().replace("-", " ")
    for kind in (NewSession, FactorRefused):
        waiting = half_in(connection, access, officer, password)
        assert isinstance(prove_code(connection, access, waiting.token, typed), kind)
    assert codes_left(connection, access, officer.user_id) == 9


def test_new_codes_end_the_old_ones(connection: Connection, access: Access, officer: Person, password: str, app: Enrolled) -> None:
    fresh = replace_codes(connection, access, app.session.token)
    waiting = half_in(connection, access, officer, password)
    assert isinstance(prove_code(connection, access, waiting.token, app.recovery_codes[0]), FactorRefused)
    assert isinstance(prove_code(connection, access, waiting.token, fresh[0]), NewSession)


def test_anothers_recovery_code_opens_nothing(
    connection: Connection, access: Access, administrator: Person, password: str, app: Enrolled, clock: Clock
) -> None:
    theirs = half_in(connection, access, administrator, password)
    made = begin_app(connection, access, theirs.token, "Liaison")
    good(finish_app(connection, access, theirs.token, "telephone", code_of(made, clock)), Enrolled)
    waiting = half_in(connection, access, administrator, password)
    assert isinstance(prove_code(connection, access, waiting.token, app.recovery_codes[0]), FactorRefused)


def test_an_administrator_takes_all_factors_away(
    connection: Connection, access: Access, officer: Person, password: str, app: Enrolled
) -> None:
    assert reset_factors(connection, access, officer) == 1
    with pytest.raises(NotSignedIn):
        peek(connection, access, app.session.token)
    again = half_in(connection, access, officer, password)
    assert again.due is Due.NOTHING
    assert isinstance(prove_code(connection, access, again.token, app.recovery_codes[0]), FactorRefused)


def test_the_last_factor_takes_the_codes_along(connection: Connection, access: Access, officer: Person, app: Enrolled) -> None:
    with pytest.raises(UnknownFactor):
        remove_factor(connection, access, app.session.token, "f-0")
    remove_factor(connection, access, app.session.token, app.factor.factor_id)
    assert codes_left(connection, access, officer.user_id) == 0
    assert not list_factors(connection, access, officer.user_id)


# --- codes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_telephones_clock_may_differ_by_half_a_minute(access: Access, clock: Clock, steps: int, *, right: bool) -> None:
    secret = Secret(new_secret(access.random), "")
    at = int(clock.now().timestamp()) // 30 + steps
    assert step_of(secret.secret, code_of(secret, clock, steps), clock.now()) == (at if right else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "\udcff", "-" * 400])
def test_anything_else_is_no_code(access: Access, clock: Clock, officer: Person, connection: Connection, typed: str) -> None:
    assert step_of(new_secret(access.random), typed, clock.now()) is None
    assert not use_code(connection, access, officer.user_id, typed)
