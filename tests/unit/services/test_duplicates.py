"""Duplicates between offices: an owner links its own, two owners must agree, a link can be taken back, and statistics count once."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures.duplicates.commands import offered_since
from enforcement.seizures.filters import read_filters
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.model import CASES
from liaison.access.permissions import NotPermitted, Role
from liaison.protocol.errors import EgressRefused
from liaison.protocol.events import Draft
from services.ncp_gateway import import_commands as commands
from services.ncp_gateway.reporting import REPORT, draft_of, keep_draft, submit

BR, JM, SA, CAR, HUB = "ncp.br", "ncp.jm", "rilo.sa", "rilo.car", "wco.hub"
ROWS = ("A-1;2025-03-05;airport;cocaine;12,5;", "A-2;2025-03-05;airport;cocaine;12,5;", "A-3;2025-06-01;airport;heroin;2;")


@pytest.fixture
def linked(offices: Any) -> Any:
    """Brazil has reported one seizure twice."""
    offices.bring(*ROWS)
    return offices


@pytest.fixture
def across(linked: Any) -> Any:
    """And Jamaica has reported it a third time, among others that make an agreement rare."""
    linked.bring(*(f"C-{day};2025-02-{day:02d};seaport;cocaine;{day},7;" for day in range(1, 29)))
    linked.federation.start(JM, CAR)
    case = {**linked.vessel_at_airport("JM-1"), "administration": "JM", "conveyance": "unknown"}
    case["place"] = {**case["place"], "country": "BR"}
    quantity = case["lines"][0]["quantities"][0]
    quantity |= {"amount": Decimal("12.45"), "converted_amount": Decimal("12.45")}
    with linked.federation[JM].desk().acting("seizures.submit") as tx:
        keep_draft(tx, case)
        submit(tx, draft_of(tx, ("JM", "JM-1")))
    linked.federation.settle()
    linked.ok(CAR, "verification", "accept", "JM-1")  # the place is in another country: an officer looks at it
    linked.federation.settle()
    return linked


def pairs(offices: Any, node: str, *words: str) -> dict[str, str]:
    """State by the references of each pair that fits."""
    offices.ok(node, "duplicates", "find")
    found = offices.ok(node, "duplicates", "list", "--state", "all", "--score", "0", *words)
    return {" ".join(case["reference"] for case in one["cases"]): one["state"] for one in found}


def number(offices: Any, node: str, *references: str) -> str:
    pairs(offices, node)
    found = offices.ok(node, "duplicates", "list", "--state", "all", "--score", "0")
    return next(str(one["number"]) for one in found if [case["reference"] for case in one["cases"]] == list(references))


def cases(offices: Any, node: str, as_of: Any = None) -> int:
    offices.ok(node, "duplicates", "find")
    with offices.federation[node].desk().looking("statistics.read") as tx:
        return int(tabulate(tx, Question("section", "all", read_filters((), load_shipped()), CASES, as_of=as_of)).table.total)


def test_an_owner_links_its_own_cases_and_every_office_counts_them_once(linked: Any) -> None:
    assert [cases(linked, node) for node in (BR, SA, HUB)] == [3, 3, 3]
    linked.federation.clock.advance(timedelta(days=1))
    before = linked.federation.clock.now().date() - timedelta(days=1)
    told = linked.ok(BR, "duplicates", "link", number(linked, BR, "A-1", "A-2"), "--lead", "A-2")
    assert (told["decided"][0]["state"], told["decided"][0]["lead"]) == ("linked", "BR A-2")
    linked.federation.settle()
    for node in (BR, SA, HUB):
        assert cases(linked, node) == 2
        assert cases(linked, node, before) == 3  # it counts from when it was agreed
        rows = {row["reference"]: row["counts_under"] for row in linked.ok(node, "seizures", "search")["seizures"]}
        assert rows == {"A-1": "BR A-2", "A-2": "", "A-3": ""}
        found = linked.ok(node, "seizures", "search", "--count")
        assert (found["fitting"], found["linked"]) == (2, 1)
        entries = linked.ok(node, "seizures", "history", "A-1")["history"]
        assert {"link agreed"} <= {entry["what"] for entry in entries}
        assert all(entry["verified"] for entry in entries), entries
    assert linked.audited(BR, "duplicates.link") == ["pair 1"]


def test_a_link_is_taken_back_everywhere(linked: Any) -> None:
    pair = number(linked, BR, "A-1", "A-2")
    linked.ok(BR, "duplicates", "link", pair)
    linked.federation.settle()
    linked.federation.clock.advance(timedelta(seconds=1))
    assert linked.run(BR, "duplicates", "dismiss", pair).error.code == "duplicates.state"
    linked.ok(BR, "duplicates", "unlink", pair, "--reason", "Two couriers of one flight.")
    linked.federation.settle()
    assert [cases(linked, node) for node in (BR, SA, HUB)] == [3, 3, 3]
    assert {pairs(linked, node)["A-1 A-2"] for node in (BR, SA, HUB)} == {"dismissed"}
    assert linked.run(BR, "duplicates", "unlink", pair, "--reason", "Again.").error.code == "duplicates.state"


def test_when_the_lead_is_withdrawn_the_other_counts(linked: Any) -> None:
    linked.ok(BR, "duplicates", "link", number(linked, BR, "A-1", "A-2"), "--lead", "A-1")
    linked.federation.settle()
    linked.ok(BR, "seizures", "withdraw", "A-1", "--reason-code", "duplicate", "--reason", "Twice.")
    linked.federation.settle()
    assert [cases(linked, node) for node in (BR, SA, HUB)] == [2, 2, 2]


def test_a_dismissed_pair_comes_back_only_with_a_new_version(linked: Any) -> None:
    linked.ok(BR, "duplicates", "dismiss", number(linked, BR, "A-1", "A-2"), "--reason", "Two couriers.")
    linked.federation.settle()
    assert {pairs(linked, node)["A-1 A-2"] for node in (BR, SA)} == {"dismissed"}  # the office was told
    assert pairs(linked, HUB)["A-1 A-2"] == "open"  # nobody else has to know
    linked.ok(BR, "duplicates", "find", "--over")
    assert pairs(linked, BR)["A-1 A-2"] == "dismissed"
    linked.federation.clock.advance(timedelta(seconds=1))
    for reference in ("A-1", "A-2"):
        linked.ok(BR, "seizures", "amend", reference, "--set", "conveyance=air")
    linked.federation.settle()
    assert {pairs(linked, node)["A-1 A-2"] for node in (BR, SA)} == {"open"}
    linked.ok(SA, "duplicates", "dismiss", number(linked, SA, "A-1", "A-2"))
    linked.federation.settle()
    assert (pairs(linked, SA)["A-1 A-2"], pairs(linked, BR)["A-1 A-2"]) == ("dismissed", "open")  # an office's own list only
    linked.ok(SA, "duplicates", "reopen", number(linked, SA, "A-1", "A-2"))
    assert pairs(linked, SA)["A-1 A-2"] == "open"


def test_across_administrations_both_owners_must_agree(across: Any) -> None:
    assert "A-1 JM-1" in pairs(across, HUB, "--across")
    across.ok(HUB, "duplicates", "propose", number(across, HUB, "A-1", "JM-1"), "--reason", "One consignment.")
    across.federation.settle()
    assert {pairs(across, node)["A-1 JM-1"] for node in (BR, JM, HUB)} == {"proposed"}
    shown = across.ok(JM, "duplicates", "show", number(across, JM, "A-1", "JM-1"))
    beside = {one["field"]: (one["first"], one["second"]) for one in shown["compared"]}
    assert beside["date"] == ("2025-03-05", "2025-03-05")
    assert not any("name" in field or "text" in field for field in beside)
    across.ok(BR, "duplicates", "agree", number(across, BR, "A-1", "JM-1"))
    across.federation.settle()
    assert {pairs(across, node)["A-1 JM-1"] for node in (BR, SA, CAR, JM, HUB)} == {"waiting"}
    assert cases(across, HUB) == 32
    across.ok(JM, "duplicates", "agree", number(across, JM, "A-1", "JM-1"))
    across.federation.settle()
    assert {pairs(across, node)["A-1 JM-1"] for node in (BR, SA, CAR, JM, HUB)} == {"linked"}
    assert (cases(across, HUB), cases(across, SA), cases(across, JM)) == (31, 31, 1)
    across.federation.clock.advance(timedelta(seconds=1))
    across.ok(JM, "duplicates", "unlink", number(across, JM, "A-1", "JM-1"), "--reason", "Another flight.")
    across.federation.settle()
    assert {pairs(across, node)["A-1 JM-1"] for node in (BR, SA, CAR, JM, HUB)} == {"dismissed"}
    assert cases(across, HUB) == 32


def test_owners_who_name_different_leads_are_not_linked(across: Any) -> None:
    across.ok(HUB, "duplicates", "propose", number(across, HUB, "A-1", "JM-1"))
    across.federation.settle()
    across.ok(BR, "duplicates", "link", number(across, BR, "A-1", "JM-1"), "--lead", "A-1")
    across.ok(JM, "duplicates", "link", number(across, JM, "A-1", "JM-1"), "--lead", "JM-1")
    across.federation.settle()
    assert {pairs(across, node)["A-1 JM-1"] for node in (BR, SA, CAR, JM, HUB)} == {"waiting"}
    across.federation.clock.advance(timedelta(seconds=1))
    across.ok(JM, "duplicates", "link", number(across, JM, "A-1", "JM-1"), "--lead", "BR:A-1")
    across.federation.settle()
    assert {pairs(across, node)["A-1 JM-1"] for node in (BR, SA, CAR, JM, HUB)} == {"linked"}


def test_nobody_links_what_is_not_his(across: Any) -> None:
    """A contact point that lies, an office that relays what its owner did not say."""
    pair = [{"administration": "JM", "reference": name, "version": 1} for name in ("JM-1", "JM-2")]
    with across.federation[BR].steps.writing() as tx:
        tx.emit(Draft("DuplicateAgreed", {"cases": pair, "lead": 1}, tx.now, REPORT), "submissions")
        tx.emit(Draft("DuplicateAgreed", {"cases": [pair[0]], "lead": 1}, tx.now, REPORT), "submissions")
        tx.emit(Draft("DuplicateDeclined", {"cases": pair[::-1], "reason": ""}, tx.now, REPORT), "submissions")
    across.federation.settle()
    parts = across.federation[SA].node.parts
    with parts.database.reading() as connection:
        kept = connection.execute(parts.tables.quarantine.select()).mappings().all()
    assert [row["code"] for row in kept] == ["event.refused-by-handler"] * 3
    assert "JM-1 JM-2" not in pairs(across, SA)


def test_what_is_refused(linked: Any) -> None:
    pair = number(linked, BR, "A-1", "A-2")
    linked.bring("B-1;2025-03-05;airport;cocaine;12,5;", submit=False)
    for words, code in (
        (("link", "99"), "duplicates.unknown"),
        (("link", "--case", "A-1", "--case", "A-1"), "duplicates.same-case"),
        (("link", "--case", "A-1", "--case", "B-1"), "duplicates.draft"),
        (("link", pair, "--lead", "A-3"), "duplicates.state"),
        (("link", "--all"), "duplicates.not-confirmed"),
        (("reopen", pair), "duplicates.state"),
        (("dismiss", pair, "--reason", "Ask +55 11 91234 5678."), EgressRefused.code),
    ):
        assert linked.run(BR, "duplicates", *words, as_json=True).error.code == code, words
    assert linked.run(BR, "duplicates", "link", pair, "--all").code == 2
    assert pairs(linked, BR)["A-1 A-2"] == "open"
    linked.roles = (Role.ANALYST,)
    for words in (("link", pair), ("dismiss", pair)):
        assert isinstance(linked.run(BR, "duplicates", *words).error, NotPermitted)
    assert isinstance(linked.run(SA, "duplicates", "propose", pair).error, NotPermitted)


def test_a_case_that_is_not_for_all_is_not_linked_and_what_it_looks_like_is_told_to_nobody(linked: Any) -> None:
    linked.ok(BR, "seizures", "release", "A-2", "--to", "count-only")
    linked.federation.settle()
    assert linked.run(BR, "duplicates", "link", number(linked, BR, "A-1", "A-2")).error.code == "duplicates.not-for-all"
    assert (
        linked.run(SA, "duplicates", "propose", number(linked, SA, "A-1", "A-2"), "--reason", "One.").error.code == "duplicates.not-for-all"
    )
    linked.ok(BR, "duplicates", "dismiss", number(linked, BR, "A-1", "A-2"), "--reason", "Two couriers.")
    linked.federation.settle()
    assert (pairs(linked, BR)["A-1 A-2"], pairs(linked, SA)["A-1 A-2"]) == ("dismissed", "open")


def test_many_at_once_and_two_that_nobody_found(linked: Any) -> None:
    linked.bring(*ROWS, "A-4;2025-03-05;airport;cocaine;12,5;")
    told = linked.ok(BR, "duplicates", "link", "--case", "A-1", "--case", "A-3", "--lead", "A-1")
    assert told["decided"][0]["state"] == "linked"
    linked.ok(BR, "duplicates", "find")
    told = linked.ok(BR, "duplicates", "link", "--all", "--exact", "--yes")
    assert [one["state"] for one in told["decided"]] == ["linked", "linked"]  # a star: every repeat with the first
    linked.federation.settle()
    assert [cases(linked, node) for node in (BR, SA, HUB)] == [1, 1, 1]


def test_an_import_says_how_many_pairs_it_brings(offices: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert offices.bring(ROWS[0], ROWS[2], submit=False)["candidates"] == 0
    told = offices.run(BR, "seizures", "import", str(offices.file(*ROWS)), "--profile", offices.profile)
    assert "1 pair may be one case reported twice" in told.out
    assert [one["exact"] for one in offices.ok(BR, "duplicates", "list")] == [True]
    assert offices.bring(*ROWS, submit=False)["candidates"] is None  # nothing is new
    monkeypatch.setattr(commands, "offered_since", lambda at, desk: offered_since(at, desk, most=0))
    assert offices.bring("B-1;2025-03-05;airport;cocaine;12,5;", submit=False)["candidates"] is None  # more than is compared unasked


def test_show_says_why_for_a_person(linked: Any) -> None:
    pair = number(linked, BR, "A-1", "A-2")
    out = linked.run(BR, "duplicates", "show", pair).out
    for word in ("an exact repeat", "BR A-1", "BR A-2", "by chance", "one source gave two"):
        assert word in out, word
    found = linked.run(BR, "duplicates", "find").out
    assert "0 cases compared" in found
    assert json.loads(linked.run(BR, "duplicates", "list", as_json=True).out)[0]["exact"] is True


def test_after_a_restart_the_owner_knows_what_it_said(linked: Any) -> None:
    linked.ok(BR, "duplicates", "link", number(linked, BR, "A-1", "A-2"))
    linked.federation.settle()
    for node in (BR, SA):
        linked.federation.restart(node)
        assert pairs(linked, node)["A-1 A-2"] == "linked"
