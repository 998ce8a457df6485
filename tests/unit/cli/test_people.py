"""Signing in and out, users, sessions, the audit; and who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from liaison.access.permissions import PERMISSIONS, Role
from tests.unit.cli.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World

ASKED = {
    "status": "node.status",
    "streams list": "streams.list",
    "streams forks": "streams.list",
    "held list": "held.list",
    "gaps list": "streams.list",
    "outbox list": "streams.list",
    "outbox retry 1": "quarantine.retry",
    "refusals list": "streams.list",
    "quarantine list": "quarantine.list",
    "quarantine show 1": "quarantine.list",
    "quarantine retry 1": "quarantine.retry",
    "verify 00112233445566778899aabbccddeeff": "events.verify",
    "proof nowhere.json": "events.verify",
    "users list": "users.manage",
    "users add new.one --role officer --password-stdin": "users.manage",
    "users roles some.officer --role officer": "users.manage",
    "users disable some.officer": "users.manage",
    "users password some.officer --password-stdin": "users.manage",
    "users factors some.officer": "users.manage",
    "users reset-factors some.officer --reason lost": "users.manage",
    "sessions list": "session.own",
    "sessions list --own": "session.own",
    "sessions revoke s-0": "session.own",
    "password --password-stdin": "session.own",
    "audit show": "audit.read",
    "audit verify": "audit.read",
    "trust show": "trust.show",
    "trust update": "trust.update",
    "topics create": "topics.create",
    "backup nowhere/at-all": "node.backup",
}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_every_command_asks_the_permission_table(founded: World, role: Role) -> None:
    for words, action in ASKED.items():
        if role not in PERMISSIONS[action]:
            answer = founded.at(*words.split(), who=role)
            refused = "access.not-at-a-port" if role is Role.DRAFTER else "access.not-permitted"  # no role would help somebody at a port
            assert (answer.code, answer.refusal) == (1, refused), words


@pytest.mark.parametrize("words", ASKED)
def test_every_command_wants_a_session(founded: World, words: str) -> None:
    answer = founded.at(*words.split(), who="nobody")
    assert (answer.code, answer.refusal) == (3, "access.not-signed-in")


def test_signing_in_and_out(world: World) -> None:
    answer = world.at("login", " Some.Officer ", "--password-stdin", who="here", stdin=f"{PASSWORD}\n")
    assert answer.json["roles"] == ["officer"]
    session = world.home() / "sessions" / "here"
    assert session.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in answer.out
    assert session.read_text().strip() not in answer.out
    token = session.read_text()
    assert world.at("logout", who="here").code == 0
    assert not session.exists()
    session.write_text(token)
    session.chmod(0o600)
    assert world.at("whoami", who="here").refusal == "access.session-ended"
    assert world.at("logout", who="here").code == 0  # once more is no error


def test_a_wrong_password_is_refused_and_counted(world: World) -> None:
    for _ in range(5):
        answer = world.at("login", "some.officer", "--password-stdin", who="here", stdin="not it at all\n")
        assert (answer.code, answer.refusal) == (3, "access.login-refused")
    answer = world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n")
    assert (answer.code, answer.refusal) == (3, "access.locked")
    assert not (world.home() / "sessions" / "here").exists()
    assert [row["action"] for row in world.at("audit", "show", "--last", "6").json] == ["session.refused"] * 6


def test_an_unknown_name_is_refused_like_a_wrong_password(world: World) -> None:
    for _ in range(5):
        answer = world.at("login", "no.such", "--password-stdin", who="here", stdin=f"{PASSWORD}\n")
        assert (answer.code, answer.refusal) == (3, "access.login-refused")
    answer = world.at("login", "no.such", "--password-stdin", who="here", stdin=f"{PASSWORD}\n")
    assert (answer.code, answer.refusal) == (3, "access.locked")  # each command is a start, and forgets no failure


def test_a_terminal_that_signed_in_before_is_not_locked_out_by_others(world: World) -> None:
    assert world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n").code == 0
    kept = world.home() / "sessions" / "here.devices"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert world.at("logout", who="here").code == 0
    for _ in range(5):
        assert world.at("login", "some.officer", "--password-stdin", who="elsewhere", stdin="not it at all\n").code == 3
    assert world.at("login", "some.officer", "--password-stdin", who="elsewhere", stdin=f"{PASSWORD}\n").refusal == "access.locked"
    assert world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n").code == 0
    kept.chmod(0o644)  # what others can read is not shown
    assert world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n").refusal == "access.locked"


def test_nobody_to_ask_for_a_password_is_a_sentence(world: World) -> None:
    assert world.at("login", "some.officer", who="here").refusal == "cli.no-password"
    assert world.at("login", "some.officer", "--password-stdin", who="here").refusal == "cli.no-password"
    assert world.at("login", "some.officer", "--password-file", str(world.folder / "absent"), who="here").refusal == "file.unusable"


def test_a_session_file_that_others_can_read_is_not_used(world: World) -> None:
    (world.home() / "sessions" / "auditor").chmod(0o640)
    answer = world.at("whoami", who="auditor")
    assert (answer.code, answer.refusal) == (3, "access.session-ended")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"nonsense", b"0" * 100_000])
def test_a_session_file_of_anything_is_nobody(world: World, content: bytes) -> None:
    file = world.home() / "sessions" / "auditor"
    file.write_bytes(content)
    assert world.at("whoami", who="auditor").refusal == "access.not-signed-in"


def test_adding_and_listing_people(world: World) -> None:
    added = world.at("users", "add", "new.one", "--role", "officer", "--role", "releaser", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert added.json["roles"] == ["officer", "releaser"]
    rows = {row["user"]: row for row in world.at("users", "list").json}
    assert rows["new.one"]["state"] == "active"
    assert rows["new.one"]["user_id"].startswith("u-")
    last = world.at("audit", "show", "--last", "1").json[0]
    assert (last["action"], last["subject"], last["facts"]["change"]) == ("users.manage", "new.one", "add")


@pytest.mark.parametrize(
    ("words", "password", "code"),
    [
        ("add new.one --role emperor", PASSWORD, "access.unknown-role"),
        ("add some.officer --role officer", PASSWORD, "access.user-exists"),
        ("add New/One --role officer", PASSWORD, "access.bad-name"),
        ("add new.one --role officer", "short", "access.weak-password"),
        ("password no.such", PASSWORD, "access.unknown-user"),
    ],
)
def test_people_that_cannot_be_added(founded: World, words: str, password: str, code: str) -> None:
    answer = founded.at("users", *words.split(), "--password-stdin", stdin=f"{password}\n")
    assert (answer.code, answer.refusal) == (1, code)


def test_new_roles_count_at_once_and_disabling_ends_everything(world: World) -> None:
    assert world.at("users", "roles", "some.officer", "--role", "auditor").json["roles"] == ["auditor"]
    assert world.at("audit", "verify", who="officer").json["whole"] is True
    assert world.at("users", "disable", "some.officer").code == 0
    answer = world.at("whoami", who="officer")
    assert (answer.code, answer.refusal) == (3, "access.session-ended")


def test_the_last_administrator_stays(world: World) -> None:
    assert world.at("users", "disable", "some.administrator").code == 0
    assert world.at("users", "disable", "first.admin").refusal == "access.last-administrator"


def test_a_new_password_ends_the_sessions(world: World) -> None:
    assert world.at("users", "password", "some.officer", "--password-stdin", stdin="eight-other-harbours\n").code == 0
    assert world.at("whoami", who="officer").refusal == "access.session-ended"
    answer = world.at("login", "some.officer", "--password-stdin", who="officer", stdin="eight-other-harbours\n")
    assert answer.code == 0


def test_a_password_chosen_by_another_is_changed_before_anything_else(world: World) -> None:
    assert world.at("users", "add", "new.one", "--role", "officer", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    assert world.at("login", "new.one", "--password-stdin", who="here", stdin=f"{PASSWORD}\n").code == 0
    answer = world.at("whoami", who="here")
    assert (answer.code, answer.refusal) == (3, "access.password-change-needed")
    answer = world.at("password", "--password-stdin", who="here", stdin="not the old one\neight-other-harbours\n")
    assert (answer.code, answer.refusal) == (3, "access.login-refused")
    assert world.at("password", "--password-stdin", who="here", stdin=f"{PASSWORD}\neight-other-harbours\n").json["changed"] is True
    assert world.at("whoami", who="here").json["user"] == "new.one"
    rows = {row["user"]: row["password"] for row in world.at("users", "list").json}
    assert (rows["new.one"], rows["some.officer"]) == ("own", "own")


def test_everybody_sees_and_ends_their_own_sessions(world: World) -> None:
    assert world.at("login", "some.officer", "--password-stdin", who="here", stdin=f"{PASSWORD}\n").code == 0
    rows = world.at("sessions", "list", who="officer").json
    assert [(row["user"], row["place"], row["second_factor"]) for row in rows] == [("some.officer", "terminal", "none")] * 2
    others = next(row["session"] for row in world.at("sessions", "list").json if row["user"] == "some.verifier")
    assert world.at("sessions", "revoke", others, who="officer").refusal == "access.unknown-session"
    assert world.at("sessions", "revoke", rows[0]["session"], who="officer").code == 0
    assert world.at("whoami", who="here").refusal == "access.session-ended"
    assert {row["user"] for row in world.at("sessions", "list", "--own").json} == {"first.admin"}


def test_somebody_elses_session_can_be_ended(world: World) -> None:
    session = next(row["session"] for row in world.at("sessions", "list").json if row["user"] == "some.verifier")
    assert world.at("sessions", "revoke", session).code == 0
    assert world.at("whoami", who="verifier").refusal == "access.session-ended"
    assert world.at("sessions", "revoke", session).refusal == "access.unknown-session"


def test_a_changed_audit_is_found(world: World) -> None:
    import sqlite3  # noqa: PLC0415 - only here

    head = world.at("audit", "verify").json["head"]
    assert world.at("audit", "verify", "--noted", head).code == 0
    assert world.at("audit", "verify", "--noted", f"1:{'0' * 64}").refusal == "audit.broken"
    assert world.at("audit", "verify", "--noted", "twelve").refusal == "audit.bad-note"
    database = sqlite3.connect(world.home() / "liaison.db")
    database.execute("DROP TRIGGER audit_no_update")
    database.execute("UPDATE audit SET who = 'u-00000000' WHERE number = 2")
    database.commit()
    database.close()
    assert world.at("audit", "verify").refusal == "audit.broken"
