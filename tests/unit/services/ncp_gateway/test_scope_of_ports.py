"""What somebody at a port sees of cases that are not the port's: nothing, on any page, in any list, file or number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import AT_PORTS, NotPermitted, Person, Role, permitted, require
from liaison.assembly import kind_of, node_spec
from liaison.cli.door import premises_of
from liaison.node.parts import Parts
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices
from tests.unit.services.ncp_gateway.test_report_pages import CASE, NCP, RILO, press

if TYPE_CHECKING:
    from collections.abc import Iterator

SANTOS, NATAL = "BRSSZ", "Natal"
OURS, THEIRS, NATIONAL, SIGNED = "SIERRA-1", "NOVEMBER-42", "ZULU-4711", "YANKEE-88"
OTHERS = (THEIRS, NATIONAL, SIGNED)
PORT_ROLES = (Role.OFFICER, Role.DRAFTER)
GONE = (403, 404)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, dict[str, Visitor]]]:
    folder = tmp_path_factory.mktemp("scope")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO)
        node = federation[NCP].node
        add_person(node, "chief", *PORT_ROLES, port=SANTOS)
        add_person(node, "clerk", Role.DRAFTER, port=SANTOS)
        add_person(node, "natal", Role.OFFICER, port=NATAL)
        add_person(node, "national", Role.OFFICER)
        with served(node) as port:
            people = {name: Visitor(port).sign_in(name) for name in ("chief", "clerk", "natal", "national")}
            press(people["clerk"], "draft", **{**CASE, "reference": OURS, "national-kind": "name", "national-value": "Ada Exempla"})
            press(people["natal"], "draft", **{**CASE, "reference": THEIRS})
            press(people["national"], "draft", **{**CASE, "reference": NATIONAL})
            press(people["national"], "submit", **{**CASE, "reference": SIGNED})
            federation.settle()
            federation.work()
            yield Offices(federation, folder), people


@pytest.fixture
def chief(shown: Any) -> Visitor:
    found: Visitor = shown[1]["chief"]
    return found


def test_no_page_of_a_contact_point_shows_a_port_the_case_of_another(shown: Any, chief: Visitor) -> None:
    offices, _ = shown
    pages = [page for page in premises_of(offices.federation[NCP].node).console.all_pages() if page.method == "GET"]
    assert len(pages) > 50
    for page in pages:
        for reference in OTHERS:
            path = re.sub(r"{reference:path}", reference, page.path.replace("{administration}", "BR"))
            seen = chief.get(re.sub(r"{[^}]*}", "1", path))
            if reference in path:
                assert seen.status in GONE, (path, seen.status, seen.text[:300])
            else:
                assert reference.encode() not in seen.raw, path


def test_a_port_sees_its_own_in_lists_search_and_page(chief: Visitor) -> None:
    for path in (
        "/mine",
        "/mine?state=draft",
        f"/search?words={OURS}",
        "/search",
        "/search?state=draft",
        f"/cases/BR/{OURS}",
        f"/mine/{OURS}",
    ):
        seen = chief.get(path)
        assert seen.status == 200, path
        assert not any(one in seen.text for one in OTHERS), path
    assert OURS in chief.get("/mine").text
    assert OURS in chief.get("/search?state=draft").text
    assert "1 drafts to submit" in chief.get("/").text


def test_what_a_form_names_is_not_told_either(chief: Visitor) -> None:
    csrf = chief.get("/report?section=drugs").csrf
    for do in ("check", "draft", "submit", "show"):
        told = chief.post("/report", {"csrf": csrf, **CASE, "of": SIGNED, "at": "1", "do": do})
        assert told.status in (*GONE, 422), (do, told.status)
        assert "What the office says" not in told.text
    for path, fields in (
        ("/national", {"reference": NATIONAL, "kind": "name", "value": "Somebody Else"}),
        ("/national", {"reference": NATIONAL, "number": "1"}),
        ("/withdraw", {"reference": SIGNED, "code": "duplicate", "reason": "No."}),
        ("/corrections/decline", {"reference": SIGNED, "reason": "No."}),
    ):
        assert chief.post(path, {"csrf": csrf, **fields}).status in (*GONE, 422), path


def test_a_drafter_enters_what_is_national_and_it_stays(shown: Any) -> None:
    offices, people = shown
    clerk: Visitor = people["clerk"]
    assert "Ada Exempla" in clerk.get(f"/national/{OURS}").text
    told = clerk.send(f"/national/{OURS}", "/national", reference=OURS, kind="document", value="AB 123456")
    assert "Kept, encrypted" in clerk.follow(told).text
    assert clerk.get(f"/national/{NATIONAL}").status in GONE
    assert "Ada Exempla" in people["national"].get(f"/national/{OURS}").text  # the national office answers for what is sent
    assert people["natal"].get(f"/national/{OURS}").status in GONE
    held = b"".join(path.read_bytes() for path in offices.federation.home(NCP).rglob("*") if path.is_file())
    assert b"Ada Exempla" not in held
    kept_back = press(clerk, "submit", **{**CASE, "reference": "SIERRA-2", "texts.modus-operandi": "Carried by Ada Exempla."}, **NAMED)
    assert kept_back.status in (303, 422)
    offices.federation.settle()
    assert "SIERRA-2/1" not in offices.states(RILO)


NAMED = {"national-kind": "name", "national-value": "Ada Exempla"}


def test_the_table_says_what_is_done_at_a_port() -> None:
    chief = Person("u-00000001", "chief", frozenset(PORT_ROLES), port=SANTOS)
    assert all(permitted(chief, action) for action in ("seizures.import", "seizures.list", "seizures.export"))
    denied = ("notices.list", "duplicates.list", "searches.list", "outward.list", "statistics.read", "paper.list", "quality.read")
    assert not any(permitted(chief, action) for action in denied)
    for action in (*denied, "users.manage"):
        with pytest.raises(NotPermitted, match="is for the national office; you work at BRSSZ") as refused:
            require(chief, action)
        assert refused.value.code == "access.not-at-a-port"  # another role would not help
    assert not AT_PORTS & {"ports.list", "ports.policy", "seizures.outward", "seizures.simulate"}


def test_a_command_at_a_port_answers_as_its_pages_do(shown: Any) -> None:
    from enforcement.seizures.ports import OtherPort  # noqa: PLC0415
    from enforcement.seizures.queries import CaseFilter, UnknownCase, case_file, count_versions, find_case  # noqa: PLC0415
    from liaison.access.desk import Desk  # noqa: PLC0415 - beside its use

    offices, _ = shown
    desk = offices.federation[NCP].desk()
    assert isinstance(desk.parts, Parts)
    port = Desk(desk.parts, desk.access, desk.audit, Person("u-00000001", "chief", frozenset(PORT_ROLES), port=SANTOS))
    with port.looking("seizures.list") as tx:
        assert find_case(tx, OURS) == ("BR", OURS)
        with pytest.raises(UnknownCase):
            find_case(tx, SIGNED)
        for reference in (*OTHERS, "NOTHING-0"):
            with pytest.raises(OtherPort):
                case_file(tx, ("BR", reference))
        assert count_versions(tx, CaseFilter()) == count_versions(tx, CaseFilter(port=SANTOS)) > 0
        assert count_versions(tx, CaseFilter(port=NATAL)) == 0
