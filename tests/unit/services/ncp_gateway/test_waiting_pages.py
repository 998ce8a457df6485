"""Drafts of ports in the console: a clerk hands in, a national officer approves or sends back, an administrator sets the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.ports import PortFilter, list_port_drafts
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from services.ncp_gateway.approving import change_rule
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices
from tests.unit.services.ncp_gateway.test_report_pages import CASE, NCP, RILO, press

if TYPE_CHECKING:
    from collections.abc import Iterator

SANTOS = "BRSSZ"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, dict[str, Visitor]]]:
    folder = tmp_path_factory.mktemp("waiting")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO, "wco.hub")
        node = federation[NCP].node
        add_person(node, "clerk", Role.DRAFTER, port=SANTOS)
        add_person(node, "chief", Role.OFFICER, port=SANTOS)
        add_person(node, "natal", Role.DRAFTER, port="Natal")
        add_person(node, "national", Role.OFFICER)
        add_person(node, "keeper", Role.ADMINISTRATOR)
        with served(node) as port:
            people = {name: Visitor(port).sign_in(name) for name in ("clerk", "chief", "natal", "national", "keeper")}
            yield Offices(federation, folder), people


@pytest.fixture
def offices(shown: Any) -> Offices:
    found: Offices = shown[0]
    change_rule(found.federation[NCP].desk(), required=False)
    return found


@pytest.fixture
def people(shown: Any) -> dict[str, Visitor]:
    found: dict[str, Visitor] = shown[1]
    return found


def case(reference: str, **more: Any) -> dict[str, Any]:
    return {**CASE, "reference": reference, **more}


def seen_of(offices: Offices, reference: str) -> int:
    with offices.federation[NCP].desk().looking("ports.waiting") as tx:
        return next(int(row["seen"]) for row in list_port_drafts(tx, PortFilter(), limit=99) if row["reference"] == reference)


def test_a_clerk_hands_in_and_a_national_officer_approves(offices: Offices, people: dict[str, Visitor]) -> None:
    clerk, national = people["clerk"], people["national"]
    assert "Hand in to the national office" in clerk.get("/report?section=drugs").text
    sent = press(clerk, "submit", **case("P-1"))
    assert sent.to == "/waiting/P-1", sent.text
    handed = clerk.follow(sent)
    assert "P-1 is handed in: it goes out when the national office approves it." in handed.text
    assert "waiting for approval" in handed.text
    offices.federation.settle()
    assert "P-1/1" not in offices.states(RILO)
    assert "1 drafts waiting for me" in national.get("/").text
    listed = national.get("/waiting")
    assert "P-1" in listed.text
    assert "Santos" in listed.text  # what the UN/LOCODE stands for
    approved = national.send("/waiting", "/waiting/approve", draft=[f"{seen_of(offices, 'P-1')} P-1"])
    assert "1 approved: signed, it goes to the office." in national.follow(approved).text
    offices.federation.settle()
    assert offices.states(RILO)["P-1/1"] == "validated"
    told = clerk.get("/waiting/P-1")
    assert "approved by national" in told.text
    assert "validated" in told.text


def test_what_comes_back_says_why_and_is_changed_at_the_port(offices: Offices, people: dict[str, Visitor]) -> None:
    clerk, national = people["clerk"], people["national"]
    press(clerk, "submit", **case("P-2"))
    mark = f"{seen_of(offices, 'P-2')} P-2"
    without = national.send("/waiting", "/waiting/send-back", draft=mark, reason=" ")
    assert without.status == 422
    assert "A draft is sent back with a reason." in without.text
    back = national.send("/mine/P-2", "/waiting/send-back", draft=mark, reason="Weigh it <b>net</b>.")
    assert "1 sent back: its port reads the reason." in national.follow(back).text
    assert "1 drafts waiting for me" in clerk.get("/").text
    told = clerk.get("/waiting/P-2")
    assert "Weigh it &lt;b&gt;net&lt;/b&gt;." in told.html
    form = clerk.get("/report/of/P-2")
    assert form.status == 200
    sent = press(clerk, "submit", **case("P-2", of="P-2", at="1", **{"lines[0].quantities[0].amount": "2,6"}))
    assert sent.to == "/waiting/P-2", sent.text
    assert "P-2" in national.get("/waiting").text


def test_sending_back_can_be_undone(offices: Offices, people: dict[str, Visitor]) -> None:
    press(people["clerk"], "submit", **case("P-3"))
    national = people["national"]
    national.send("/waiting", "/waiting/send-back", draft=f"{seen_of(offices, 'P-3')} P-3", reason="No.")
    undone = national.send("/waiting", "/waiting/undo", references="P-3")
    assert "1 waits again." in national.follow(undone).text
    assert "P-3" in national.get("/waiting").text


def test_several_are_approved_at_once_and_what_changed_since_is_left_alone(offices: Offices, people: dict[str, Visitor]) -> None:
    clerk, national = people["clerk"], people["national"]
    for reference in ("P-4", "P-5"):
        press(clerk, "submit", **case(reference))
    marks = [f"{seen_of(offices, 'P-4')} P-4", f"{seen_of(offices, 'P-5') - 1} P-5"]
    told = national.follow(national.send("/waiting", "/waiting/approve", draft=marks))
    assert "1 approved" in told.text
    assert "1 left alone: P-5: P-5 was changed since." in told.text


def test_a_port_sees_nothing_of_another(offices: Offices, people: dict[str, Visitor]) -> None:
    del offices
    press(people["clerk"], "draft", **case("P-6"))
    press(people["clerk"], "draft", **case("P-7", **{"lines[0].commodity": "coccaine"}))  # stays unfinished
    natal = people["natal"]
    for path in ("/waiting/P-6", "/report/of/P-6"):
        assert "This case is not your port" in natal.get(path).text
    assert "P-6" not in natal.get("/waiting?standing=begun").text
    assert "P-7" not in natal.get("/report").text
    assert "P-7" in people["clerk"].get("/report").text
    assert natal.get("/mine").status == 403
    taken = press(natal, "draft", **case("P-6"))
    assert "There is a case P-6 already." in taken.text


def test_an_administrator_has_drafts_of_ports_wait_and_officers_there_then_hand_in(offices: Offices, people: dict[str, Visitor]) -> None:
    keeper, chief = people["keeper"], people["chief"]
    assert "Officers at ports submit by themselves." in keeper.get("/ports").text
    sent = press(chief, "submit", **case("P-8"))
    assert "P-8 is submitted" in chief.follow(sent).text
    changed = keeper.send("/ports", "/ports", approval="required")
    told = keeper.follow(changed).text
    assert "Drafts of ports wait for the national office." in told
    assert "Set by keeper" in told
    assert people["national"].post("/ports", {"csrf": people["national"].get("/ports").csrf, "approval": "not-required"}).status == 403
    assert "P-9 is handed in" in chief.follow(press(chief, "submit", **case("P-9"))).text
    refused = chief.post("/waiting/approve", {"csrf": chief.get("/waiting").csrf, "draft": f"{seen_of(offices, 'P-9')} P-9"})
    assert "This is for the national office to do." in refused.text


def test_a_drafter_belongs_to_a_port_and_an_administrator_says_which(offices: Offices, people: dict[str, Visitor]) -> None:
    del offices
    keeper = people["keeper"]
    word = "seven grey herons wade"
    refused = keeper.send("/users", "/users", name="rio.clerk", role="drafter", password=word)
    assert refused.status == 422
    assert "belongs to a port" in refused.text
    added = keeper.send("/users", "/users", name="rio.clerk", role="drafter", password=word, port="brssz")
    assert 'value="BRSSZ"' in keeper.follow(added).html  # as it is written here already
    moved = keeper.send("/users/rio.clerk", "/users/rio.clerk/roles", role="officer", port="")
    assert moved.status == 303
    first = Visitor(keeper.port).sign_in("rio.clerk")
    assert first.get("/").to == "/sign-in/password?next=/"  # an administrator chose it: it is good for one sign-in


def test_the_pages_speak_the_readers_language(offices: Offices, people: dict[str, Visitor]) -> None:
    del offices
    people["national"].language = "fr"
    assert "En attente de ma décision" in people["national"].get("/waiting").text
    people["national"].language = "en"
