"""What an administrator and an officer keep at a contact point: keys of programs, second factors, whom cases are for, files outward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from liaison.access.clients import ClientRefused, client_of
from liaison.access.enrolment import Enrolled, begin_app, finish_app
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import PROFILE, Offices
from tests.unit.services.ncp_gateway.test_report_pages import CASE, HUB, NCP, RILO, press

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, dict[str, Visitor]]]:
    folder = tmp_path_factory.mktemp("keeping")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO, HUB)
        node = federation[NCP].node
        add_person(node, "keeper", Role.ADMINISTRATOR)
        add_person(node, "olga", Role.OFFICER, Role.RELEASER)
        with served(node) as port:
            yield Offices(federation, folder), {name: Visitor(port).sign_in(name) for name in ("keeper", "olga")}


@pytest.fixture
def offices(shown: Any) -> Offices:
    found: Offices = shown[0]
    return found


@pytest.fixture
def keeper(shown: Any) -> Visitor:
    found: Visitor = shown[1]["keeper"]
    return found


@pytest.fixture
def olga(shown: Any) -> Visitor:
    found: Visitor = shown[1]["olga"]
    return found


def opens(offices: Offices, key: str) -> bool:
    node = offices.federation[NCP].node
    with node.parts.database.reading() as connection:
        try:
            client_of(connection, node.access, key)
        except ClientRefused:
            return False
    return True


def key_in(html: str) -> str:
    [found] = re.findall(r"lk_[0-9a-f]{64}", html)
    return str(found)


def test_a_key_is_shown_once_rotated_and_revoked(offices: Offices, keeper: Visitor) -> None:
    refused = keeper.send("/clients", "/clients", name="x", may="seizures.import", days="30")
    assert refused.status == 422
    assert "not a name for a client" in refused.text
    made = keeper.send("/clients", "/clients", name="case-system", may=["seizures.import", "seizures.list"], days="30", port="BRSSZ")
    first = key_in(made.html)
    assert "It is shown only now" in made.text
    assert opens(offices, first)
    for path in ("/clients", "/clients/case-system"):
        assert first not in keeper.get(path).html
    assert "BRSSZ" in keeper.get("/clients").text
    second = key_in(keeper.send("/clients/case-system", "/clients/case-system/rotate", days="30", overlap="0").html)
    assert not opens(offices, first)
    assert opens(offices, second)
    gone = keeper.follow(keeper.send("/clients/case-system", "/clients/case-system/revoke"))
    assert "case-system is shut out" in gone.text
    assert not opens(offices, second)
    assert "There is no client" in keeper.get("/clients/nobody").text


def test_second_factors_are_reset_after_a_question_and_with_a_reason(offices: Offices, keeper: Visitor) -> None:
    node = offices.federation[NCP].node
    add_person(node, "paul", Role.OFFICER)
    assert "There is no second factor to take away" in keeper.get("/users/paul/factors").text
    paul = Visitor(keeper.port).sign_in("paul")
    with node.parts.database.writing() as connection:
        secret = begin_app(connection, node.access, paul.cookies["liaison"], "test")
        code = pyotp.TOTP(secret.secret).at(node.access.clock.now())
        assert isinstance(finish_app(connection, node.access, paul.cookies["liaison"], "telephone", code), Enrolled)
    assert "1 second factor" in keeper.get("/users/paul").text
    asked = keeper.get("/users/paul/factors")
    assert "Take all of them away?" in asked.text
    without = keeper.send("/users/paul/factors", "/users/paul/factors", reason=" ")
    assert without.status == 422
    assert "Nobody said why." in without.text
    done = keeper.follow(keeper.send("/users/paul/factors", "/users/paul/factors", reason="telephone lost, seen in person"))
    assert "paul has no second factor any more" in done.text
    assert paul.get("/").status == 303  # every session has ended


def test_a_preset_and_a_choice_for_one_case(offices: Offices, olga: Visitor) -> None:
    wrong = olga.send("/releasability", "/releasability", section="drugs", choice="named")
    assert wrong.status == 422
    done = olga.follow(olga.send("/releasability", "/releasability", section="drugs", choice="region"))
    assert "It holds for what is submitted from now on." in done.text
    assert "by the presets: all customs" in olga.get("/report?section=environment").text
    press(olga, "draft", **{**CASE, "reference": "R-1", "whom": "named", "with": "ncp.jm"})
    assert "for: named members (ncp.jm)" in olga.get("/mine/R-1").text
    press(olga, "draft", **{**CASE, "reference": "R-1", "of": "R-1", "at": "1", "whom": "preset"})
    assert "for: as the presets say when it is sent" in olga.get("/mine/R-1").text
    asked = olga.get("/release/R-1")
    assert "the members of our region" in asked.text
    assert "R-1" in offices.audited(NCP, "seizures.release")
    olga.send("/release/R-1", "/release", reference="R-1", choice="count-only")
    assert "for: nobody: the count alone" in olga.get("/mine/R-1").text
    olga.send("/releasability", "/releasability", section="drugs", choice="all")


def test_a_file_for_another_system_is_made_fetched_and_marked(offices: Offices, olga: Visitor) -> None:
    assert "No file was made yet" in olga.get("/outward").text
    offices.bring("O-1;2026-01-05;airport;cocaine;2,5;", "O-2;2026-01-06;airport;cocaine;1;")
    asked = {"target": "national-system", "profile": "text", "yaml": PROFILE, "format": "csv"}
    looked = worked(olga, olga.send("/outward", "/outward", do="look", **asked)).text
    assert "2 cases would go in." in looked
    made = worked(olga, olga.send("/outward", "/outward", do="make", **asked))
    assert "2 cases are in the file." in made.text
    [file] = re.findall(r'href="(/jobs/[^"]+/file)"', made.html)
    assert b"O-1" in olga.get(file).raw
    one = olga.get("/outward/1")
    assert "O-2" in one.text
    marked = olga.follow(olga.send("/outward/1", "/outward/1", do="accepted", reference="O-1"))
    assert "1 case is marked." in marked.text
    stuck = olga.send("/outward/1", "/outward/1", do="undone", reference="O-1")
    assert stuck.status == 422
    assert "cannot become undone" in stuck.text
    nothing = worked(olga, olga.send("/outward", "/outward", do="make", **asked))
    assert "Nothing is due for this system" in nothing.text or "Nothing that is due" in nothing.text


def worked(visitor: Visitor, begun: Any) -> Any:
    """The page to which long work led, when it has ended."""
    for _ in range(200):
        seen = visitor.follow(begun)
        if seen.status == 303:
            return visitor.follow(seen)
        if "Working." not in seen.text:
            return seen
    raise AssertionError(seen.text)
