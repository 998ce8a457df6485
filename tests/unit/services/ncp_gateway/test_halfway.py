"""Forms halfway: a session that ends loses nothing that was written, and shows it to nobody but who wrote it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.access.sessions import IDLE_LIMIT
from liaison.access.users import list_users
from liaison.access.written import KEPT_FOR, MOST_EACH
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Seen, Visitor, add_person, served
from tests.unit.services.ncp_gateway.test_file_pages import columns, dropped, press
from tests.unit.services.ncp_gateway.test_report_pages import NCP, RILO, case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.assembly import Node

KEEP = {"X_Liaison_Keep": "1"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryFederation, int]]:
    with MemoryFederation(tmp_path_factory.mktemp("halfway") / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO)
        for name in ("officer.one", "officer.two"):
            add_person(federation[NCP].node, name, Role.OFFICER)
        with served(federation[NCP].node) as port:
            yield federation, port


@pytest.fixture
def node(world: Any) -> Node:
    found: Node = world[0][NCP].node
    with found.parts.database.writing() as connection:
        connection.execute(found.access.tables.written.delete())
    return found


@pytest.fixture
def one(world: Any, node: Node) -> Visitor:  # noqa: ARG001 - nothing is kept from before
    return Visitor(world[1]).sign_in("officer.one")


@pytest.fixture
def two(world: Any, node: Node) -> Visitor:  # noqa: ARG001 - the same
    return Visitor(world[1]).sign_in("officer.two")


def rows(node: Node) -> list[Any]:
    with node.parts.database.reading() as connection:
        return list(connection.execute(node.access.tables.written.select()).mappings())


def form_of(visitor: Visitor, **fields: Any) -> dict[str, Any]:
    """A form as the page gave it, with what was typed."""
    page = visitor.get("/report?section=drugs")
    found = re.search(r'name="written" value="([0-9a-f]{32})"', page.html)
    assert found, page.text[:300]
    return {"csrf": page.csrf, "written": found[1], **case("H-1", **fields)}


def kept(visitor: Visitor, form: dict[str, Any]) -> Any:
    seen = visitor.post("/report", form, **KEEP)
    assert seen.status == 200, seen.text
    return json.loads(seen.raw)


def value(seen: Seen, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}"[^>]* value="([^"]*)"', seen.html)
    return found[1] if found else ""


def test_what_is_written_is_kept_while_it_is_written_and_taken_when_it_is_sent(one: Visitor, node: Node) -> None:
    form = form_of(one)
    told = kept(one, form)
    assert told["to"] == f"/written/{form['written']}"
    assert told["left"] > 0
    again = kept(one, {**form, "lines[0].quantities[0].amount": "77.25"})
    assert again["written"] == told["written"]
    assert len(rows(node)) == 1
    assert b"77.25" not in rows(node)[0]["sealed"]
    shown = one.get(told["to"])
    assert value(shown, "lines[0].quantities[0].amount") == "77.25"
    assert value(shown, "written") == form["written"]
    assert "was kept for you while you wrote" in shown.text
    assert "H-1" in one.get("/report").text
    sent = one.post("/report", {**form, "csrf": shown.csrf, "do": "draft"})
    assert sent.to == "/mine/H-1", sent.text
    assert rows(node) == []
    assert "What you were writing" not in one.get("/report").text


def test_a_form_that_meets_a_session_that_ended_by_itself_is_found_behind_the_sign_in(world: Any, one: Visitor) -> None:
    """Without script: the very form that was sent."""
    form = form_of(one, **{"lines[0].quantities[0].amount": "31.5"})
    world[0].clock.advance(IDLE_LIMIT + timedelta(seconds=1))
    sent = one.post("/report", {**form, "do": "submit"})
    assert sent.to == f"/sign-in?next=/written/{form['written']}"
    assert "31.5" not in one.get(sent.to).html
    one.sign_in("officer.one")
    shown = one.get(f"/written/{form['written']}")
    assert value(shown, "lines[0].quantities[0].amount") == "31.5"
    assert one.get("/mine/H-1").status in (200, 404)


def test_a_form_of_a_revoked_session_is_kept_with_script_as_well(one: Visitor, node: Node) -> None:
    form = form_of(one)
    end_sessions(node)
    told = kept(one, form)
    assert told["ended"] is True
    assert told["to"] == f"/sign-in?next=/written/{form['written']}"
    assert len(rows(node)) == 1


def end_sessions(node: Node) -> None:
    sessions = node.access.tables.sessions
    with node.parts.database.writing() as connection:
        connection.execute(sessions.update().values(ended_at=1))


def test_nobody_else_is_shown_it(one: Visitor, two: Visitor, node: Node) -> None:
    """Whoever signs in next on the same browser, knows the address, or sends the id along."""
    form = form_of(one, **{"lines[0].quantities[0].amount": "31.5"})
    told = kept(one, form)
    same_browser = one.sign_in("officer.two")
    for other in (two, same_browser):
        assert other.get(told["to"]).status == 404
        assert "What you were writing" not in other.get("/report").text
    for other in (two, same_browser):
        mine = {**form_of(other), "written": form["written"]}
        assert kept(other, mine)["written"] != form["written"]
        other.post(f"{told['to']}/forget", {"csrf": other.get("/report").csrf})
    before = next(row for row in rows(node) if row["form_id"] == form["written"])
    assert one.post("/report", form, **KEEP).status == 403  # the page of before, under the session of the other
    assert next(row for row in rows(node) if row["form_id"] == form["written"])["sealed"] == before["sealed"]
    one.sign_in("officer.one")
    assert value(one.get(told["to"]), "lines[0].quantities[0].amount") == "31.5"


def test_a_row_that_is_given_to_somebody_else_does_not_open(one: Visitor, two: Visitor, node: Node) -> None:
    told = kept(one, form_of(one))
    with node.parts.database.writing() as connection:
        people = {entry.person.name: entry.person.user_id for entry in list_users(connection, node.access)}
        connection.execute(node.access.tables.written.update().values(user_id=people["officer.two"]))
    assert two.get(told["to"]).status >= 400
    assert "31.5" not in two.get("/report").html


@pytest.mark.parametrize("wrong", [{"csrf": "00"}, {"csrf": ""}])
def test_without_the_token_nothing_is_kept(one: Visitor, node: Node, wrong: dict[str, str]) -> None:
    form = form_of(one)
    assert one.post("/report", {**form, **wrong}, **KEEP).status == 403
    assert one.post("/report", form, **{**KEEP, "Sec_Fetch_Site": "cross-site"}).status == 403
    end_sessions(node)
    assert one.post("/report", {**form, **wrong}).status == 403
    assert one.post("/report", form, Sec_Fetch_Site="cross-site").status == 403
    assert rows(node) == []


def test_without_a_session_of_before_a_form_is_refused_as_ever(world: Any, one: Visitor, node: Node) -> None:
    form = form_of(one)
    stranger = Visitor(world[1])
    assert stranger.post("/report", form).status == 403
    assert one.post("/sign-out", {"csrf": form["csrf"]}).status == 303
    assert one.post("/report", form).status == 403  # the cookie went with the sign-out
    assert rows(node) == []


def test_a_person_who_was_disabled_leaves_nothing_more(one: Visitor, node: Node) -> None:
    form = form_of(one)
    with node.parts.database.writing() as connection:
        users = node.access.tables.users
        connection.execute(users.update().where(users.c.name == "officer.one").values(disabled_at=1))
    try:
        assert one.post("/report", form).status == 422
        assert rows(node) == []
    finally:
        with node.parts.database.writing() as connection:
            connection.execute(users.update().values(disabled_at=None))


def test_it_is_bounded_and_ends(world: Any, one: Visitor, node: Node) -> None:
    form = form_of(one)
    for number in range(MOST_EACH + 3):
        world[0].clock.advance(timedelta(seconds=1))
        kept(one, {**form, "written": f"{number:032x}"})
    assert len(rows(node)) == MOST_EACH
    assert one.get(f"/written/{0:032x}").status == 404
    world[0].clock.advance(KEPT_FOR + timedelta(minutes=1))
    one.sign_in("officer.one")
    assert "What you were writing" not in one.get("/report").text
    kept(one, {**form_of(one), "written": "f" * 32})
    assert [row["form_id"] for row in rows(node)] == ["f" * 32]


def test_it_is_forgotten_when_its_writer_says_so(one: Visitor, node: Node) -> None:
    told = kept(one, form_of(one))
    seen = one.post(f"{told['to']}/forget", {"csrf": one.get("/report").csrf, "back": "/report"})
    assert seen.to == "/report"
    assert rows(node) == []


# --- cells of a file -----------------------------------------------------------------------------------------------------------


def tried(officer: Visitor) -> str:
    """A dropped file with one wrong cell, checked; its address."""
    base, _ = dropped(officer)
    chosen = columns(number="reference", day="date", goods="line.commodity", amount="line.quantity.amount", way="direction")
    officer.send(base, f"{base}/map", do="columns", **chosen)
    press(officer, base, "check")
    return base


def test_cells_that_were_typed_stand_there_again(one: Visitor, two: Visitor, node: Node) -> None:
    drop, cell = tried(one), "cell 3 goods"
    page = one.get(f"{drop}/rows")
    form = {"csrf": page.csrf, "written": value(page, "written"), cell: "heroin", "was 3 goods": value(page, "was 3 goods")}
    assert one.post(f"{drop}/fix", form, **KEEP).status == 200
    again = one.get(f"{drop}/rows")
    assert value(again, cell) == "heroin"
    assert value(again, "written") == form["written"]
    assert "it is not sent yet" in again.text
    assert two.get(f"{drop}/rows").status == 404
    end_sessions(node)
    sent = one.post(f"{drop}/fix", {**form, cell: "opium"})
    assert sent.to == f"/sign-in?next=/written/{form['written']}"
    one.sign_in("officer.one")
    back = one.get(f"/written/{form['written']}")
    assert value(back, cell) == "opium", (back.status, back.to, back.text[:600])
    fixed = one.post(f"{drop}/fix", {**form, "csrf": back.csrf, cell: "heroin"})
    assert fixed.status == 303
    assert rows(node) == []


def test_cells_typed_on_another_page_of_the_table_are_sent_along(one: Visitor, node: Node) -> None:
    drop = tried(one)
    page = one.get(f"{drop}/rows")
    form = {"csrf": page.csrf, "written": value(page, "written"), "cell 9 elsewhere": "new", "was 9 elsewhere": "old"}
    assert one.post(f"{drop}/fix", form, **KEEP).status == 200
    again = one.get(f"{drop}/rows")
    assert 'name="cell 9 elsewhere" value="new"' in again.html
    assert 'name="was 9 elsewhere" value="old"' in again.html
    assert one.post(f"{drop}/forget", {"csrf": again.csrf}).status == 303
    assert rows(node) == []
