"""Security keys: what their owner, another site, a copy of the key and a forger meet."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.enrolment import Enrolled, EnrolmentExpired
from liaison.access.factors import FactorRefused, list_factors
from liaison.access.lockouts import UserLocked
from liaison.access.security_keys import KeyCopied, KeyTaken, ask_key, begin_key, finish_key, prove_key
from liaison.access.sessions import NewSession, open_half, resume
from liaison.access.webauthn_keys import Credential, KeyAnswerRefused, asserted, credential_of, registered
from tests.unit.access.authenticator import PRESENT, SITE, SoftKey, good, half_in

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.lockouts import LoginRefused
    from liaison.access.permissions import Person
    from liaison.access.tables import Access
    from liaison.node.ports import Clock

    class MovableClock(Clock):
        def advance(self, **by: float) -> None: ...


def key_of(connection: Connection, access: Access, session: NewSession, key: SoftKey) -> Enrolled:
    answer = key.create(begin_key(connection, access, session.token, SITE))
    return good(finish_key(connection, access, session.token, answer, ("ring", SITE)), Enrolled)


@pytest.fixture
def soft() -> SoftKey:
    return SoftKey(SITE.origin, SITE.rp_id)


def shown(connection: Connection, access: Access, officer: Person, password: str, key: SoftKey) -> NewSession | LoginRefused:
    waiting = half_in(connection, access, officer, password)
    return prove_key(connection, access, waiting.token, key.get(ask_key(connection, access, waiting.token, SITE)), SITE)


def test_a_key_is_registered_and_shown(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    made = key_of(connection, access, half, soft)
    assert len(made.recovery_codes) == 10
    whole = good(shown(connection, access, officer, password, soft), NewSession)
    assert resume(connection, access, whole.token) == officer
    assert isinstance(shown(connection, access, officer, password, soft), NewSession)


def test_several_keys_each_by_its_name(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    made = key_of(connection, access, half, soft)
    second = SoftKey(SITE.origin, SITE.rp_id, b"another key", counter=None)
    options = begin_key(connection, access, made.session.token, SITE)
    assert len(options["excludeCredentials"]) == 1
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    done = good(finish_key(connection, access, made.session.token, second.create(options), (" in  the safe ", SITE)), Enrolled)
    assert done.recovery_codes == ()
    assert sorted(one.name for one in list_factors(connection, access, officer.user_id)) == ["in the safe", "ring"]
    for _ in range(2):  # a key that counts nothing says 0 each time
        assert isinstance(shown(connection, access, officer, password, second), NewSession)


def test_a_copied_key_is_told(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    copy = replace(soft)
    assert isinstance(shown(connection, access, officer, password, soft), NewSession)
    refused = shown(connection, access, officer, password, copy)
    assert isinstance(refused, KeyCopied)
    assert refused.code == "access.key-copied"


def test_an_answer_is_good_once(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    waiting = half_in(connection, access, officer, password)
    answer = soft.get(ask_key(connection, access, waiting.token, SITE))
    whole = good(prove_key(connection, access, waiting.token, answer, SITE), NewSession)
    assert isinstance(prove_key(connection, access, whole.token, answer, SITE), EnrolmentExpired)


def test_a_refused_answer_uses_the_challenge_up(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    waiting = half_in(connection, access, officer, password)
    options = ask_key(connection, access, waiting.token, SITE)
    assert type(prove_key(connection, access, waiting.token, "{}", SITE)) is FactorRefused
    assert isinstance(prove_key(connection, access, waiting.token, soft.get(options), SITE), EnrolmentExpired)


def test_a_challenge_ends_after_five_minutes(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey, clock: MovableClock
) -> None:
    key_of(connection, access, half, soft)
    waiting = half_in(connection, access, officer, password)
    answer = soft.get(ask_key(connection, access, waiting.token, SITE))
    clock.advance(minutes=5)
    assert isinstance(prove_key(connection, access, waiting.token, answer, SITE), EnrolmentExpired)


def test_an_answer_belongs_to_its_session(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    one, other = (half_in(connection, access, officer, password) for _ in range(2))
    answer = soft.get(ask_key(connection, access, one.token, SITE))
    ask_key(connection, access, other.token, SITE)
    assert type(prove_key(connection, access, other.token, answer, SITE)) is FactorRefused


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"origin": "https://liaison.example.evil"},
        {"origin": "http://liaison.example:8440"},
        {"rp_id": "evil.example"},
        {"credential_id": b"unknown"},
    ],
)
def test_an_answer_made_elsewhere_is_refused(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey, elsewhere: dict[str, Any]
) -> None:
    key_of(connection, access, half, soft)
    assert type(shown(connection, access, officer, password, replace(soft, **elsewhere))) is FactorRefused


def test_another_keys_signature_is_refused_and_counted(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    forged = SoftKey(SITE.origin, SITE.rp_id, soft.credential_id, counter=100)
    for _ in range(5):
        assert type(shown(connection, access, officer, password, forged)) is FactorRefused
    assert isinstance(open_half(connection, access, officer.name, password), UserLocked)


def test_nobody_present_is_refused(
    connection: Connection, access: Access, half: NewSession, officer: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    waiting = half_in(connection, access, officer, password)
    answer = soft.get(ask_key(connection, access, waiting.token, SITE), flags=0)
    assert type(prove_key(connection, access, waiting.token, answer, SITE)) is FactorRefused
    touched = soft.get(ask_key(connection, access, waiting.token, SITE), flags=PRESENT)  # verification is preferred, not needed
    assert isinstance(prove_key(connection, access, waiting.token, touched, SITE), NewSession)


def test_a_key_is_registered_once(
    connection: Connection, access: Access, half: NewSession, administrator: Person, password: str, soft: SoftKey
) -> None:
    key_of(connection, access, half, soft)
    other = half_in(connection, access, administrator, password)
    answer = soft.create(begin_key(connection, access, other.token, SITE))
    assert isinstance(finish_key(connection, access, other.token, answer, ("mine", SITE)), KeyTaken)


def test_a_registration_answer_is_good_once_and_here(connection: Connection, access: Access, half: NewSession, soft: SoftKey) -> None:
    away = replace(soft, origin="https://evil.example")
    answer = away.create(begin_key(connection, access, half.token, SITE))
    assert type(finish_key(connection, access, half.token, answer, ("ring", SITE))) is FactorRefused
    assert isinstance(finish_key(connection, access, half.token, answer, ("ring", SITE)), EnrolmentExpired)
    assert not list_factors(connection, access, half.person.user_id)


STRANGE = (
    "",
    "null",
    "[]",
    '"x"',
    "{",
    '{"id": 1}',
    "{}" * 40_000,
    json.dumps({"id": "a", "rawId": "a", "type": "public-key", "response": []}),
    json.dumps({"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "?", "attestationObject": "?"}}),
    json.dumps({"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "eyJ9", "attestationObject": "oA"}}),
    "[" * 50_000,
)


@pytest.mark.parametrize("answer", STRANGE)
def test_strange_answers_are_refused(answer: str) -> None:
    for read in (
        lambda: registered(answer, b"c" * 32, SITE),
        lambda: asserted(answer, b"c" * 32, SITE, Credential(b"k", b"p", 0)),
    ):
        with pytest.raises(KeyAnswerRefused):
            read()


@pytest.mark.parametrize("answer", STRANGE[:8])
def test_a_strange_answer_names_no_key(answer: str) -> None:
    with pytest.raises(KeyAnswerRefused):
        credential_of(answer)
