"""Pages of the node itself: people, sessions, audit, directory, quarantine, as an administrator and others meet them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import PASSWORD, Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = "four brown otters swim"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with MemoryFederation(tmp_path_factory.mktemp("pages"), lambda name: node_spec(kind_of(name))) as federation:
        federation.start("wco.hub", "rilo.sa", "ncp.br")
        node = federation["ncp.br"].node
        add_person(node, "keeper", Role.ADMINISTRATOR)
        add_person(node, "reader", Role.AUDITOR)
        with served(node) as port:
            yield federation, port


@pytest.fixture(scope="module")
def keeper(made: Any) -> Visitor:
    return Visitor(made[1]).sign_in("keeper")


def test_a_person_is_added_and_can_sign_in(made: Any, keeper: Visitor) -> None:
    added = keeper.send("/users", "/users", name="Port.One", password=OTHER, role=["officer", "analyst"])
    assert "port.one was added. Hand the password over in person." in keeper.follow(added).text
    assert Visitor(made[1]).sign_in("port.one", OTHER).get("/").to == "/sign-in/password?next=/"  # good for one sign-in
    assert "port.one" in keeper.get("/users").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "port.two", "password": "short", "role": ["officer"]}, "at least 12 are needed"),
        ({"name": "a b", "password": OTHER, "role": ["officer"]}, "is not a login name"),
        ({"name": "keeper", "password": OTHER, "role": ["officer"]}, "There is a user keeper already."),
        ({"name": "port.two", "password": OTHER, "role": ["king"]}, "There is no role"),
    ],
)
def test_what_cannot_be_added_is_said_in_the_form_and_what_was_typed_stays(keeper: Visitor, fields: dict[str, Any], said: str) -> None:
    seen = keeper.send("/users", "/users", **fields)
    assert seen.status == 422
    assert said in seen.text
    assert f'value="{fields["name"]}"' in seen.html
    assert fields["password"] not in seen.html


def test_new_roles_count_at_once_in_open_sessions(made: Any, keeper: Visitor) -> None:
    add_person(made[0]["ncp.br"].node, "port.three", Role.OFFICER)
    officer = Visitor(made[1]).sign_in("port.three")
    assert officer.get("/audit").status == 403
    keeper.follow(keeper.send("/users/port.three", "/users/port.three/roles", role=["auditor"]))
    assert officer.get("/audit").status == 200


def test_a_new_password_ends_the_sessions(made: Any, keeper: Visitor) -> None:
    keeper.send("/users", "/users", name="port.four", password=OTHER, role=["officer"])
    officer = Visitor(made[1]).sign_in("port.four", OTHER)
    keeper.follow(keeper.send("/users/port.four", "/users/port.four/password", password="another set of words"))
    assert officer.get("/").status == 303
    assert Visitor(made[1]).send("/sign-in", "/sign-in", name="port.four", password=OTHER).status == 401


def test_a_session_is_ended_by_the_administrator(made: Any, keeper: Visitor) -> None:
    reader = Visitor(made[1]).sign_in("reader")
    page = keeper.get("/sessions")
    row = next(one for one in re.findall(r"(?s)<tr>.*?</tr>", page.html) if "/users/reader" in one)
    to = next(iter(re.findall(r'action="(/sessions/s-[0-9a-f]+/revoke)"', row)))
    assert "The session has ended." in keeper.follow(keeper.post(to, {"csrf": page.csrf})).text
    assert reader.get("/").status == 303


def test_the_last_administrator_stays(keeper: Visitor) -> None:
    seen = keeper.send("/users/keeper", "/users/keeper/disable")
    assert (seen.status, "is the last active administrator" in seen.text) == (422, True)


def test_a_disabled_person_is_out_at_once(made: Any, keeper: Visitor) -> None:
    keeper.send("/users", "/users", name="port.five", password=OTHER, role=["officer"])
    officer = Visitor(made[1]).sign_in("port.five", OTHER)
    keeper.follow(keeper.send("/users/port.five", "/users/port.five/disable"))
    assert officer.get("/").status == 303
    assert "disabled" in keeper.get("/users").text


def test_the_audit_names_who_did_what_and_no_password(made: Any, keeper: Visitor) -> None:
    keeper.send("/users", "/users", name="port.six", password=OTHER, role=["officer"])
    reader = Visitor(made[1]).sign_in("reader")
    seen = reader.get("/audit?action=users.manage&subject=port.six")
    assert re.search(r"keeper users\.manage port\.six change: add .*roles: \[.*officer.*\]", seen.text)
    assert OTHER not in reader.get("/audit").html
    assert PASSWORD not in reader.get("/audit").html


def test_the_audit_is_paged_by_number(made: Any) -> None:
    reader = Visitor(made[1]).sign_in("reader")
    numbers = [int(one) for one in re.findall(r'data-label="No\.">(\d+)<', reader.get("/audit?before=4").html)]
    assert numbers == [3, 2, 1]
    assert reader.get("/audit?before=x").status == 400


def test_the_audit_is_verified_against_a_noted_head(keeper: Visitor) -> None:
    seen = keeper.send("/audit", "/audit/verify")
    head = next(iter(re.findall(r"\d+:[0-9a-f]{64}", seen.text)))
    assert "The audit is whole" in seen.text
    assert "The audit is whole" in keeper.send("/audit", "/audit/verify", noted=head).text
    assert "are not those that were noted" in keeper.send("/audit", "/audit/verify", noted="1:" + "0" * 64).text
    assert "were cut off" in keeper.send("/audit", "/audit/verify", noted="999999:" + "0" * 64).text


def test_the_directory_finds_a_node_and_shows_its_keys(keeper: Visitor) -> None:
    assert "rilo.sa" in keeper.get("/members?text=RILO.sa").text
    assert "No node fits." in keeper.get("/members?text=nowhere").text
    shown = keeper.get("/members/rilo.sa")
    assert "signing" in shown.text
    assert "Contact points of this office" in shown.text
    assert keeper.get("/members/ncp.zz").status == 404


def test_an_empty_quarantine_says_so(keeper: Visitor) -> None:
    assert "Quarantine is empty" in keeper.get("/quarantine").text
    assert keeper.get("/quarantine/7").status == 404
    assert keeper.get("/quarantine/x").status == 400


def test_what_could_not_leave_is_found_from_the_status_and_tried_again(made: Any, keeper: Visitor) -> None:
    node = made[0]["ncp.br"].node
    outbox = node.parts.tables.outbox
    row = {"family": "submissions", "owner": "", "region": "AMS", "urgent": False, "type": "CaseWithdrawn", "event_id": bytes(16)}
    row |= {"event": b"bytes", "list_version": 1, "queued_at": 1_760_000_000_000, "failure": "egress.refused: <b>not</b> releasable"}
    with node.parts.database.writing() as connection:
        number = connection.execute(insert(outbox).values(row)).inserted_primary_key[0]
    try:
        assert 'href="/streams?list=outbox&amp;failed=1"' in keeper.get("/node").html
        seen = keeper.get("/streams?list=outbox&failed=1")
        assert "egress.refused: <b>not</b> releasable" in seen.text.replace("&lt;", "<")
        assert "<b>not</b>" not in seen.html
        reader = Visitor(made[1]).sign_in("reader")
        assert "/retry" not in reader.get("/streams?list=outbox").html  # sees it, may not do it
        assert reader.send("/streams", f"/streams/outbox/{number}/retry").status == 403
        again = keeper.send("/streams?list=outbox", f"/streams/outbox/{number}/retry")
        assert "Nothing waits to leave." in keeper.follow(again).text
        assert keeper.send("/streams", f"/streams/outbox/{number}/retry").status == 404  # not failed any more
        assert f"outbox {number}" in keeper.get("/audit?action=outbox.retry").text
    finally:
        with node.parts.database.writing() as connection:
            connection.execute(delete(outbox).where(outbox.c.id == number))


def test_every_list_of_streams_says_what_is_in_it(keeper: Visitor) -> None:
    for name, empty in (("gaps", "Nothing is missing."), ("held", "Nothing is held."), ("refusals", "refused"), ("forks", "No fork")):
        assert empty in keeper.get(f"/streams?list={name}").text
    assert keeper.get("/streams").status == 200
    assert keeper.get("/streams?list=../etc").status == 400
