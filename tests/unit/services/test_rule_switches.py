"""Rule switches in a federation: one proposes, another releases, the office and its contact points judge by the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from enforcement.seizures.rules import BY_CODE, Finding
from enforcement.seizures.switch_actions import (
    NoSwitchProposal,
    SwitchesMovedOn,
    SwitchReasonUnfit,
    SwitchRefused,
)
from enforcement.seizures.switching import SwitchTables, switches_now
from enforcement.verification.drawing import weigh
from liaison.access.permissions import NotPermitted, Role, SamePerson
from liaison.protocol.events import Draft, Handling
from tests.unit.services.conftest import HUB, NCP, RILO

if TYPE_CHECKING:
    from tests.unit.services.conftest import Offices

VESSEL = "place.airport-with-vessel"
WHY = ("--reason", "Yachts arrive on trailers.")
FIRST, SECOND = "u-0000000a", "u-0000000b"


def released(offices: Offices, *words: str, node: str = RILO) -> Any:
    """Proposed by one person, released by another, arrived everywhere."""
    offices.user = FIRST
    offices.ok(node, "rules", "switches", *words, *WHY)
    offices.user = SECOND
    told = offices.ok(node, "rules", "switches", "release", "--yes")
    offices.federation.settle()
    offices.user = FIRST
    return told


def state_of(offices: Offices, node: str, code: str = VESSEL) -> str:
    with offices.federation[node].desk().looking("rules.list") as tx:
        found = switches_now(tx).by_code.get(code)
    return "as-is" if found is None else found.state


def test_a_rule_switched_off_lets_cases_pass_at_the_office_and_its_contact_points_hear(offices: Offices) -> None:
    offices.faulty("BEFORE")
    told = released(offices, "set", VESSEL, "--state", "off")
    assert (told["edition"], told["author"], told["releaser"]) == (1, FIRST, SECOND)
    assert [state_of(offices, node) for node in (RILO, NCP, HUB)] == ["off", "off", "as-is"]
    offices.faulty("AFTER")
    assert offices.states(RILO) == {"BEFORE/1": "in-review", "AFTER/1": "validated"}
    shown = offices.ok(NCP, "rules", "switches", "show")
    assert shown["office"] == RILO
    assert shown["editions"][0]["switches"] == [{"code": VESSEL, "state": "off", "weight": 100}]
    [edition] = offices.ok(HUB, "rules", "switches", "show", "--all")["editions"]
    assert (edition["office"], edition["holds"], edition["reason"]) == (RILO, True, WHY[1])
    assert offices.audited(RILO, "rules.release") == ["rule switches"]


def test_an_import_at_the_contact_point_is_judged_by_the_same_switches(offices: Offices) -> None:
    large = "{};2025-03-05;airport;cocaine;90000000;"
    offices.bring(large.format("T-1"), submit=False)
    assert "T-1/1" in offices.states(NCP)
    released(offices, "set", "quantity.beyond", "--state", "error")
    words = (str(offices.file(large.format("T-2"))), "--profile", offices.profile)
    assert "quantity.beyond" in offices.run(NCP, "seizures", "import", *words, as_json=True).out
    assert "T-2/1" not in offices.states(NCP)


def test_switches_begin_on_their_day_and_a_later_edition_takes_their_place(offices: Offices) -> None:
    released(offices, "set", VESSEL, "--state", "off", "--from", "2026-03-10")
    assert state_of(offices, NCP) == "as-is"
    offices.federation.clock.advance(datetime(2026, 3, 10, 0, 0, 1, tzinfo=UTC) - offices.federation.clock.now())
    assert [state_of(offices, node) for node in (RILO, NCP)] == ["off", "off"]
    assert released(offices, "clear", VESSEL)["switches"] == []
    assert [state_of(offices, node) for node in (RILO, NCP)] == ["as-is", "as-is"]
    assert [one["edition"] for one in offices.ok(RILO, "rules", "switches", "show")["editions"]] == [2, 1]


def test_nobody_releases_what_he_wrote_and_nobody_without_the_role(offices: Offices) -> None:
    offices.ok(RILO, "rules", "switches", "set", VESSEL, "--state", "off", *WHY)
    assert isinstance(offices.run(RILO, "rules", "switches", "release", "--yes").error, SamePerson)
    offices.user = SECOND
    offices.ok(RILO, "rules", "switches", "set", "persons.many", "--weight", "300", *WHY)
    assert isinstance(offices.run(RILO, "rules", "switches", "release", "--yes").error, SamePerson)
    offices.roles = (Role.VERIFIER,)
    offices.user = "u-0000000c"
    assert isinstance(offices.run(RILO, "rules", "switches", "release", "--yes").error, NotPermitted)
    offices.roles = (Role.ANALYST,)
    assert isinstance(offices.run(RILO, "rules", "switches", "set", VESSEL, "--state", "off", *WHY).error, NotPermitted)
    offices.roles = (Role.RELEASER,)
    assert len(offices.ok(RILO, "rules", "switches", "release", "--yes")["switches"]) == 2
    assert isinstance(offices.run(RILO, "rules", "switches", "release", "--yes").error, NoSwitchProposal)


def test_what_cannot_be_switched_is_refused_with_its_reason(offices: Offices) -> None:
    for words, error, said in (
        (("nominal.content", "--state", "off", *WHY), SwitchRefused, "nominal.content has no switch"),
        (("code.unknown", "--state", "warning", *WHY), SwitchRefused, "code.unknown has no switch"),
        (("no.such", "--state", "off", *WHY), SwitchRefused, "There is no rule 'no.such'"),
        ((VESSEL, "--state", "off", "--from", "2026-03-01", *WHY), SwitchRefused, "2026-03-01 is past"),
        ((VESSEL, "--state", "off", "--reason", "short"), SwitchReasonUnfit, "5 characters"),
        ((VESSEL, "--state", "off", "--reason", "Telephone +55 11 91234-5678 for the reason"), SwitchReasonUnfit, "a telephone number"),
    ):
        told = offices.run(RILO, "rules", "switches", "set", *words)
        assert isinstance(told.error, error)
        assert said in str(told.error)
    assert offices.ok(RILO, "rules", "switches", "show")["proposed"] is None
    assert offices.run(NCP, "rules", "switches", "set", VESSEL, "--state", "off", *WHY).code == 2


def test_a_proposal_that_another_edition_overtook_is_not_released(offices: Offices) -> None:
    released(offices, "set", VESSEL, "--state", "off")
    offices.ok(RILO, "rules", "switches", "set", "persons.many", "--state", "off", *WHY)
    with offices.federation[RILO].desk().acting("rules.release") as tx:
        table = tx.of(SwitchTables).editions
        row = dict(tx.rows(table.select())[0])
        tx.put(table, {**row, "edition": 2})
    offices.user = SECOND
    assert isinstance(offices.run(RILO, "rules", "switches", "release", "--yes").error, SwitchesMovedOn)
    offices.ok(RILO, "rules", "switches", "discard")
    assert offices.ok(RILO, "rules", "switches", "show")["proposed"] is None


def said_by(offices: Offices, issuer: str, office: str, *switches: dict[str, Any], edition: int = 1) -> None:
    """Signed by a member that does not ask its own software."""
    at = offices.federation.clock.now()
    payload = {
        "office": office,
        "edition": edition,
        "valid_from": at.date(),
        "set_at": at,
        "reason": "Because.",
        "switches": list(switches),
    }
    with offices.federation[issuer].desk().acting("rules.release") as tx:
        tx.emit(Draft("RuleSwitchesSet", payload, tx.now, Handling("CLEAR")), "reference")
    offices.federation.settle()


def test_an_office_that_lies_switches_nothing(offices: Offices) -> None:
    off = {"code": VESSEL, "state": "off", "weight": 100}
    said_by(offices, HUB, RILO, off)
    assert state_of(offices, NCP) == "as-is"
    said_by(offices, RILO, RILO, {**off, "code": "nominal.content"})
    with offices.federation[NCP].desk().looking("rules.list") as tx:
        assert switches_now(tx).edition == 0
    said_by(offices, RILO, RILO, off, {**off, "code": "rule.of-tomorrow"})
    assert state_of(offices, NCP) == "off"
    offices.federation.clock.advance(timedelta(seconds=1))
    said_by(offices, RILO, RILO, {**off, "state": "error"})  # the same number again: the first stands
    assert state_of(offices, NCP) == "off"


def test_a_contact_point_cannot_speak_on_the_topic_of_reference_data(offices: Offices) -> None:
    said_by(offices, NCP, RILO, {"code": VESSEL, "state": "off", "weight": 100})
    assert state_of(offices, RILO) == "as-is"


def test_a_restarted_node_judges_by_the_same_switches(offices: Offices) -> None:
    released(offices, "set", VESSEL, "--state", "off")
    for node in (RILO, NCP):
        offices.federation.restart(node)
        assert state_of(offices, node) == "off"


def test_the_history_names_the_edition_a_verdict_was_given_under(offices: Offices) -> None:
    offices.bring("OLD;2025-03-05;airport;cocaine;1;")
    offices.federation.clock.advance(timedelta(minutes=1))
    released(offices, "set", VESSEL, "--state", "off")
    offices.federation.clock.advance(timedelta(minutes=1))
    offices.faulty("NEW")
    for node in (RILO, NCP):
        for reference, named in (("OLD", False), ("NEW", True)):
            entries = offices.ok(node, "seizures", "history", reference)["history"]
            [verdict] = [one for one in entries if one["what"] == "accepted"]
            assert (f"rule switches of {RILO}, edition 1" in verdict.get("remark", "")) is named, (node, reference)


def test_a_weight_counts_in_the_draw(offices: Offices) -> None:
    case = offices.vessel_at_airport("W")
    offices.faulty("W")
    with offices.federation[RILO].desk().looking("verification.list") as tx:
        lists_findings = _warned()
        usual, why = weigh(tx, case, lists_findings)
    assert any("warned of" in one for one in why)
    released(offices, "set", lists_findings[0].code, "--weight", "0")
    with offices.federation[RILO].desk().looking("verification.list") as tx:
        light, why = weigh(tx, case, lists_findings)
    assert light < usual
    assert not any("warned of" in one for one in why)


def _warned() -> list[Finding]:
    return [Finding(BY_CODE["persons.many"], "persons_arrested", {})]


def test_the_table_fits_and_says_what_nothing_means(offices: Offices) -> None:
    assert "every rule is as shipped" in offices.run(NCP, "rules", "switches", "show").out
    released(offices, "set", VESSEL, "--weight", "300")
    told = offices.run(NCP, "rules", "switches", "show").out
    assert VESSEL in told
    assert "300 %" in told
