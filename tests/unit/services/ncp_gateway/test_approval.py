"""Drafts of ports: who may write them, where they wait, and that nothing of them leaves before the national office says so."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from enforcement.seizures.ports import NationalOnly, OtherPort, PortFilter, list_port_drafts, ports_of
from liaison.access.permissions import NotPermitted, Person, Role
from liaison.assembly import kind_of, node_spec
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Terminal
from liaison.testing import MemoryFederation
from services.ncp_gateway.approving import approve_cases, change_rule, waiting_keys
from services.ncp_gateway.posting import Wish, post_cases
from services.ncp_gateway.reporting import keep_draft, report, withdraw_case
from services.ncp_gateway.submitting import submit_cases
from tests.unit.services.conftest import NCP, RILO, Answer, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.access.desk import Desk

SANTOS, NATAL = "BRSSZ", "Natal"
CLERK = Person("u-0000c1e8", "santos.clerk", frozenset({Role.DRAFTER}), port=SANTOS)
CHIEF = Person("u-0000c41e", "santos.chief", frozenset({Role.OFFICER}), port=SANTOS)
OTHER = Person("u-00000a7a", "natal.clerk", frozenset({Role.DRAFTER}), port=NATAL)
BOSS = Person("u-0000b055", "national", frozenset({Role.OFFICER}))
KEEPER = Person("u-00ee9e83", "keeper", frozenset({Role.ADMINISTRATOR}))


class At:
    """`liaison.terminal.Counter` for one person."""

    def __init__(self, desk: Desk, terminal: Terminal) -> None:
        self._desk, self.terminal = desk, terminal

    def desk(self) -> Desk:
        return self._desk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    folder = tmp_path_factory.mktemp("ports")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO, "wco.hub")
        yield Offices(federation, folder)


@pytest.fixture
def offices(running: Offices) -> Offices:
    """The rule is off, as at a new node."""
    change_rule(desk_of(running, KEEPER), required=False)
    return running


def desk_of(offices: Offices, person: Person) -> Desk:
    return offices.federation[NCP].node.desk(person)


def run(offices: Offices, person: Person, *words: str, as_json: bool = True) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    at = At(desk_of(offices, person), Terminal(as_json=as_json, out=out, err=err))
    app = offices.federation[NCP].node.spec.commands()["seizures"]()
    result = CliRunner().invoke(app, list(words), obj=at)
    if result.exception is not None and not isinstance(result.exception, SystemExit | LiaisonError):
        raise result.exception
    error = result.exception if isinstance(result.exception, LiaisonError) else None
    return Answer(result.exit_code, out.getvalue() + result.stdout, err.getvalue(), error)


def ok(offices: Offices, person: Person, *words: str) -> Any:
    told = run(offices, person, *words)
    assert told.code == 0, (told.out, told.err, told.error)
    return told.json


def draft(offices: Offices, person: Person, reference: str, **changes: Any) -> None:
    case = {**offices.vessel_at_airport(reference), "conveyance": "air", **changes}
    with desk_of(offices, person).acting("seizures.import") as tx:
        keep_draft(tx, case)


def require_approval(offices: Offices) -> None:
    change_rule(desk_of(offices, KEEPER), required=True)


def at_the_office(offices: Offices, *asked: str) -> set[str]:
    """Which of these versions its office has."""
    offices.federation.settle()
    return set(asked) & set(offices.states(RILO))


def waits(offices: Offices, reference: str, *more: str) -> list[Any]:
    return [row for row in ok(offices, BOSS, "waiting", *more) if row["reference"] == reference]


def refused(offices: Offices, person: Person, *words: str) -> str:
    """The code of the refusal of a command about one case."""
    told = run(offices, person, *words)
    assert told.code == 1, told.out
    return told.error.code if told.error is not None else str(told.json["refused"][0]["code"])


def test_a_drafter_hands_in_and_nothing_leaves_before_a_national_officer_approves(offices: Offices) -> None:
    draft(offices, CLERK, "S-1")
    assert ok(offices, CLERK, "submit", "S-1") == {"submitted": 0, "handed_in": 1, "refused": [], "told": []}
    assert not at_the_office(offices, "S-1/1")
    [waiting] = waits(offices, "S-1")
    assert (waiting["reference"], waiting["port"], waiting["handed_by"]) == ("S-1", SANTOS, CLERK.user_id)
    assert ok(offices, BOSS, "approve", "S-1")["submitted"] == 1
    assert at_the_office(offices, "S-1/1")
    [approved] = waits(offices, "S-1", "--standing", "approved")
    assert (approved["decided_by"], approved["state"]) == (BOSS.user_id, "validated")


def test_a_draft_comes_back_with_a_reason_and_is_handed_in_again(offices: Offices) -> None:
    draft(offices, CLERK, "S-2")
    ok(offices, CLERK, "submit", "S-2")
    assert ok(offices, BOSS, "send-back", "S-2", "--reason", "Weigh it  net.")["sent_back"] == ["S-2"]
    [told] = [row for row in ok(offices, CLERK, "waiting", "--standing", "sent-back") if row["reference"] == "S-2"]
    assert told["reason"] == "Weigh it net."
    assert refused(offices, BOSS, "approve", "S-2") == "seizures.not-waiting"
    draft(offices, CLERK, "S-2", conveyance="regular-mail")
    ok(offices, CLERK, "submit", "S-2")
    assert [row["reason"] for row in waits(offices, "S-2")] == [""]


def test_what_the_port_changes_waits_no_longer_and_what_was_not_looked_at_is_not_approved(offices: Offices) -> None:
    draft(offices, CLERK, "S-3")
    ok(offices, CLERK, "submit", "S-3")
    looked_at = [one for one in waiting_keys(desk_of(offices, BOSS)) if one[0][1] == "S-3"]
    offices.federation.clock.advance(timedelta(seconds=1))
    draft(offices, CLERK, "S-3", conveyance="regular-mail")
    assert waits(offices, "S-3") == []
    ok(offices, CLERK, "submit", "S-3")
    [[told]] = approve_cases(desk_of(offices, BOSS), looked_at)
    assert told.error is not None
    assert told.error.code == "seizures.draft-changed"
    assert not at_the_office(offices, "S-3/1")


def test_an_officer_at_a_port_submits_until_approval_is_required(offices: Offices) -> None:
    draft(offices, CHIEF, "S-4")
    assert ok(offices, CHIEF, "submit", "S-4")["submitted"] == 1
    assert refused(offices, CHIEF, "ports", "--approval", "required") == "access.not-at-a-port"
    assert ok(offices, KEEPER, "ports", "--approval", "required")["approval"] == "required"
    draft(offices, CHIEF, "S-5")
    assert ok(offices, CHIEF, "submit", "S-5")["handed_in"] == 1
    assert refused(offices, CHIEF, "approve", "S-5") == "seizures.national-only"
    assert at_the_office(offices, "S-4/1", "S-5/1") == {"S-4/1"}
    amended = ok(offices, CHIEF, "amend", "S-4", "--set", "conveyance=regular-mail")
    assert amended["handed_in"] == 1
    assert at_the_office(offices, "S-4/1", "S-4/2") == {"S-4/1"}


def test_the_national_office_does_not_submit_a_ports_draft_among_its_own(offices: Offices) -> None:
    require_approval(offices)
    draft(offices, CLERK, "S-6")
    draft(offices, BOSS, "N-1")
    told = ok(offices, BOSS, "submit", "--all")
    assert told["submitted"] == 1
    assert {one["code"] for one in told["refused"]} == {"seizures.needs-approval"}
    assert at_the_office(offices, "N-1/1", "S-6/1") == {"N-1/1"}


def test_nobody_at_a_port_reaches_past_the_rule(offices: Offices) -> None:
    require_approval(offices)
    case = {**offices.vessel_at_airport("S-7"), "conveyance": "air"}
    desk = desk_of(offices, CHIEF)
    with pytest.raises(NationalOnly), desk.acting("seizures.submit") as tx:
        report(tx, case)
    draft(offices, BOSS, "N-2")
    ok(offices, BOSS, "submit", "N-2")
    with pytest.raises(NationalOnly), desk.acting("seizures.withdraw") as tx:
        withdraw_case(tx, ("BR", "N-2"), "other", "Not ours.")
    with pytest.raises(NotPermitted), desk_of(offices, CLERK).acting("seizures.submit"):
        pass


def test_a_port_touches_no_case_of_another_and_sees_none_of_its_drafts(offices: Offices) -> None:
    draft(offices, CLERK, "S-8")
    draft(offices, BOSS, "N-3")
    for reference in ("S-8", "N-3"):
        with pytest.raises(OtherPort):
            draft(offices, OTHER, reference, conveyance="regular-mail")
        [told] = submit_cases(desk_of(offices, OTHER), [("BR", reference)])
        assert told.error is not None
        assert told.error.code == "seizures.other-port"
    seen = ok(offices, OTHER, "waiting", "--standing", "all", "--port", SANTOS)
    assert SANTOS not in {row["port"] for row in seen}
    with desk_of(offices, BOSS).looking("ports.list") as tx:
        assert {row["port"] for row in list_port_drafts(tx, PortFilter(port=SANTOS), limit=99)} == {SANTOS}
        assert ports_of(tx, [("BR", "S-8"), ("BR", "N-3")]) == {("BR", "S-8"): SANTOS}


def test_an_import_of_a_port_is_under_the_same_rule_and_cannot_be_undone_by_another(offices: Offices) -> None:
    file = offices.file("S-9;2026-01-05;airport;cocaine;2,5;", "S-10;2026-01-06;airport;cocaine;1;")
    told = ok(offices, CLERK, "import", str(file), "--profile", offices.profile, "--submit")
    assert (told["submitted"], told["handed_in"]) == (0, 2)
    assert not at_the_office(offices, "S-9/1", "S-10/1")
    assert refused(offices, OTHER, "undo-import", str(told["import"])) == "intake.import-unknown"
    assert run(offices, CLERK, "import", str(file), "--profile", offices.profile, "--historical").error is not None
    assert ok(offices, BOSS, "approve", "--all", "--port", SANTOS)["submitted"] >= 2
    assert at_the_office(offices, "S-9/1", "S-10/1") == {"S-9/1", "S-10/1"}


def test_a_program_of_a_port_is_under_the_same_rule(offices: Offices) -> None:
    require_approval(offices)
    key = Person("c-00000001", "santos-system", frozenset({Role.OFFICER}), frozenset({"seizures.import", "seizures.submit"}), SANTOS)
    raw = b'{"reference": "S-11", "date": "2026-01-05", "place": {"country": "BR", "location_type": "airport"}, "lines": [{"commodity": "cocaine", "quantities": [{"amount": "2.5", "unit": "KGM"}]}]}'  # noqa: E501
    [tried] = post_cases(desk_of(offices, key), [raw], Wish("BR", submit=True, dry_run=True))
    assert (tried.waiting, tried.state) == (True, "draft")
    [told] = post_cases(desk_of(offices, key), [raw], Wish("BR", submit=True))
    assert (told.waiting, told.state, told.error) == (True, "draft", None)
    assert not at_the_office(offices, "S-11/1")


def test_who_drafted_at_a_port_never_approves_it_later(offices: Offices) -> None:
    draft(offices, CHIEF, "S-12")
    require_approval(offices)
    ok(offices, CHIEF, "submit", "S-12")
    moved = Person(CHIEF.user_id, CHIEF.name, CHIEF.roles)
    assert refused(offices, moved, "approve", "S-12") == "access.same-person"


def test_the_national_office_may_edit_before_approving_and_the_port_stays_the_ports(offices: Offices) -> None:
    draft(offices, CLERK, "S-13")
    ok(offices, CLERK, "submit", "S-13")
    draft(offices, BOSS, "S-13", conveyance="regular-mail")
    [row] = waits(offices, "S-13")
    assert (row["port"], row["drafted_by"], row["changed_by"]) == (SANTOS, CLERK.user_id, BOSS.user_id)
    ok(offices, BOSS, "approve", "S-13")
    offices.federation.settle()
    assert offices.ok(RILO, "seizures", "show", "S-13")["case"]["conveyance"] == "regular-mail"


def test_the_counts_by_port(offices: Offices) -> None:
    away = Person("u-00000b0b", "belem.clerk", frozenset({Role.DRAFTER}), port="BRBEL")
    for reference in ("B-1", "B-2", "B-3"):
        draft(offices, away, reference)
    ok(offices, away, "submit", "B-1", "B-2")
    ok(offices, BOSS, "send-back", "B-2", "--reason", "Which flight?")
    told = ok(offices, BOSS, "ports")
    assert told["approval"] == "not-required"
    [mine] = [one for one in told["ports"] if one["port"] == "BRBEL"]
    assert (mine["begun"], mine["waiting"], mine["sent-back"], mine["approved"]) == (1, 1, 1, 0)
