"""Second factors at the terminal: signing in with one, and an administrator who takes a lost one away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp

from liaison.access.enrolment import Enrolled, begin_app, finish_app
from liaison.cli.counter import HomeCounter
from liaison.terminal import Terminal
from tests.unit.cli.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World


def _enrolled(world: World) -> tuple[str, str]:
    """The code that comes next, and a recovery code, of an authenticator of the officer."""
    counter = HomeCounter(Terminal(), world.home(), None)
    access = counter.node.access
    token = (world.home() / "sessions" / "officer").read_text().strip()
    try:
        with counter.node.parts.database.writing() as connection:
            secret = begin_app(connection, access, token, "Liaison").secret
            at = int(access.clock.now().timestamp())
            made = finish_app(connection, access, token, "telephone", pyotp.TOTP(secret).at(at))
    finally:
        counter.close()
    assert isinstance(made, Enrolled)
    return pyotp.TOTP(secret).at(at + 30), made.recovery_codes[0]


def test_signing_in_with_a_code_and_losing_the_telephone(world: World) -> None:
    code, recovery = _enrolled(world)
    session = world.home() / "sessions" / "here"
    for typed, refusal in (("", "cli.no-code"), ("12345\n", "access.factor-refused")):
        answer = world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n{typed}")
        assert answer.refusal == refusal
        assert not session.exists()
    for typed in (code, recovery):
        assert world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n{typed}\n").code == 0
        assert world.at("whoami", who="here").json["user"] == "some.officer"
    assert [row["second_factor"] for row in world.at("sessions", "list", who="here").json] == ["shown"] * 3  # the refused ones ended
    (row,) = world.at("users", "factors", "some.officer").json
    assert (row["kind"], row["name"], row["codes_left"]) == ("authenticator", "telephone", 9)
    assert world.at("users", "reset-factors", "some.officer").refusal == "access.no-reason"
    answer = world.at("users", "reset-factors", "some.officer", "--reason", "telephone lost, seen in person")
    assert answer.json["removed"] == 1
    last = world.at("audit", "show", "--last", "1").json[0]
    assert (last["subject"], last["facts"]["change"]) == ("some.officer", "reset-factors")
    assert last["facts"]["reason"] == "telephone lost, seen in person"
    assert code not in str(world.at("audit", "show", "--last", "50").json)
    assert world.at("whoami", who="here").refusal == "access.session-ended"
    assert world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n").code == 0
