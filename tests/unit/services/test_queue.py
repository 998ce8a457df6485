"""The queue of an office: policies, the draw, due dates, who is on which case, second verdicts, and the office's own figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from enforcement.verification.drawing import drawn_number, secret
from enforcement.verification.policy import policies
from liaison.access.permissions import NotPermitted, Role
from liaison.access.users import add_user
from liaison.protocol.events import Draft, Handling

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


def rows(*references: str) -> list[str]:
    return [f"{reference};2025-03-05;airport;cocaine;{3 + number};" for number, reference in enumerate(references)]


def policy(offices: Any, *words: str) -> Any:
    return offices.ok(RILO, "verification", "policy", "set", *words)


def queue(offices: Any, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = offices.ok(RILO, "verification", "list", *words)
    return found


# --- policies ---------------------------------------------------------------------------------------------------------------


def test_in_training_everything_clean_passes_and_in_production_a_small_share_is_looked_at(offices: Any) -> None:
    offices.bring(*rows(*(f"A-{number}" for number in range(20))))
    assert queue(offices) == []
    with offices.federation[RILO].steps.reading() as tx:
        assert policies(tx).of("BR", ["drugs"]).share == 0


def test_the_policy_says_which_warnings_block(offices: Any) -> None:
    late = {"date": date(2015, 3, 5), "conveyance": "air"}
    offices.faulty("A-1", **late)
    assert queue(offices) == []
    policy(offices, "--administration", "BR", "--harmless", "none")
    offices.faulty("A-2", **late)
    assert [(row["reference"], row["codes"]) for row in queue(offices)] == [("A-2", ["date.too-old"])]
    offices.ok(RILO, "verification", "policy", "clear", "--administration", "BR")
    offices.faulty("A-3", **late)
    assert [row["reference"] for row in queue(offices)] == ["A-2"]
    assert offices.run(RILO, "verification", "policy", "clear", "--administration", "BR").error.code == "verification.no-policy"


def test_where_nothing_passes_by_rule_an_officer_decides(offices: Any) -> None:
    policy(offices, "--section", "drugs", "--no-by-rule")
    offices.bring(*rows("A-1"))
    [row] = queue(offices)
    assert (row["drawn"], row["codes"]) == ("the policy lets nothing pass by rule", [])
    offices.ok(RILO, "verification", "accept", "A-1")
    offices.federation.settle()
    assert [row["method"] for row in offices.ok(NCP, "seizures", "list")] == ["officer"]


def test_the_narrower_policy_names_what_it_changes_and_the_rest_comes_from_the_wider(offices: Any) -> None:
    policy(offices, "--target-days", "9", "--share", "1")
    policy(offices, "--administration", "BR", "--share", "50")
    policy(offices, "--administration", "BR", "--section", "drugs", "--target-days", "2")
    with offices.federation[RILO].steps.reading() as tx:
        found = policies(tx)
        drugs, tobacco, other = found.of("BR", ["drugs"]), found.of("BR", ["tobacco"]), found.of("AR", ["drugs"])
        both = found.of("BR", ["drugs", "tobacco"])
    assert (drugs.share, drugs.target_days, tobacco.target_days, other.share) == (0.5, 2, 9, 0.01)
    assert (both.target_days, both.share) == (2, 0.5)
    policy(offices, "--administration", "BR", "--target-days", "4")
    assert [one["share"] for one in offices.ok(RILO, "verification", "policy", "list") if one["administration"] == "BR"] == [0.5, None]
    every = offices.ok(RILO, "verification", "policy", "list", "--all")
    assert len(every) == 4
    assert sum(one["ended_at"] is not None for one in every) == 1
    assert {one["set_by"] for one in every} == {"u-0000000a"}


def test_a_policy_must_make_sense_and_is_for_a_releaser(offices: Any) -> None:
    for words in (
        (),
        ("--share", "101"),
        ("--share", "many"),
        ("--harmless", "code.unknown"),
        ("--harmless", "weather"),
        ("--administration", "FR", "--share", "1"),
        ("--section", "weather", "--share", "1"),
        ("--target-days", "0"),
    ):
        assert offices.run(RILO, "verification", "policy", "set", *words).code == 2, words
    offices.roles = (Role.VERIFIER,)
    assert isinstance(offices.run(RILO, "verification", "policy", "set", "--share", "1").error, NotPermitted)
    assert offices.ok(RILO, "verification", "policy", "list") == []


def test_the_history_names_the_policy_of_its_day(offices: Any) -> None:
    number = policy(offices, "--administration", "BR", "--target-days", "3")["number"]
    offices.bring(*rows("A-1"))
    offices.federation.clock.advance(timedelta(days=1))
    policy(offices, "--administration", "BR", "--target-days", "8")
    verdict = next(one for one in offices.ok(RILO, "seizures", "history", "A-1")["history"] if one["what"] == "accepted")
    assert verdict["remark"].startswith(f"under policy {number}:")
    assert "target 3 days" in verdict["remark"]


# --- the draw ---------------------------------------------------------------------------------------------------------------


def test_a_drawn_case_waits_and_its_verdict_says_sample(offices: Any) -> None:
    policy(offices, "--share", "100")
    offices.bring(*rows("A-1", "A-2"))
    assert [row["drawn"] for row in queue(offices, "--sampled")] == ["new reporter, rare commodity"] * 2
    assert offices.states(HUB) == {}
    offices.ok(RILO, "verification", "accept", "A-1")
    offices.ok(RILO, "verification", "return", "A-2", "--reason", "quantity", "--text", "Kilograms?")
    offices.federation.settle()
    assert {row["reference"]: row["method"] for row in offices.ok(NCP, "seizures", "list")} == {"A-1": "sample", "A-2": "sample"}
    verdict = next(one for one in offices.ok(RILO, "seizures", "history", "A-1")["history"] if one["what"] == "accepted")
    assert "drawn with a chance of 100.00%" in verdict["remark"]


def test_the_draw_follows_the_secret_and_the_event_and_nothing_else(offices: Any) -> None:
    """A share of 5 % weighs 45 % for a new reporter's rare commodity, 15 % once that is known: the office's own number says who waits."""
    policy(offices, "--share", "5")
    names = [f"A-{number}" for number in range(40)]
    offices.bring(*rows(*names))
    waiting = {row["reference"] for row in queue(offices)}
    with offices.federation[RILO].steps.writing() as tx:
        key = secret(tx)
        tx.memo.clear()
        assert secret(tx) == key
        versions = {row["reference"]: row for row in offices.ok(RILO, "seizures", "list", "--limit", "100")}
        numbers = {name: drawn_number(key, bytes.fromhex(versions[name]["event_id"])) for name in names}
    assert {name for name in names if numbers[name] < 0.15} <= waiting <= {name for name in names if numbers[name] < 0.45}
    assert 0 < len(waiting) < len(names)
    assert numbers != {name: drawn_number(b"\x00" * 32, bytes.fromhex(versions[name]["event_id"])) for name in names}


def test_what_is_usual_is_drawn_less_than_what_is_not(offices: Any) -> None:
    offices.bring(*rows(*(f"U-{number}" for number in range(60))))
    policy(offices, "--share", "100")
    offices.bring(*rows("A-1"), "A-2;2025-03-05;airport;cocaine;20000;", "A-3;2025-03-05;airport;heroin;1;")
    assert {row["reference"]: row["drawn"] for row in queue(offices)} == {
        "A-1": "at random",
        "A-2": "large quantity",
        "A-3": "rare commodity",
    }


# --- due dates and who is on it ---------------------------------------------------------------------------------------------


def test_a_verdict_is_due_when_the_policy_says(offices: Any) -> None:
    offices.faulty("A-1")
    offices.federation.clock.advance(timedelta(days=4))
    offices.faulty("A-2")
    assert [row["overdue"] for row in queue(offices)] == [False, False]
    policy(offices, "--target-days", "3")
    assert [(row["reference"], row["overdue"]) for row in queue(offices)] == [("A-1", True), ("A-2", False)]
    assert [row["reference"] for row in queue(offices, "--overdue")] == ["A-1"]
    told = offices.ok(RILO, "verification", "accept", "--all", "--overdue", "--yes")
    assert (told["decided"], [row["reference"] for row in queue(offices)]) == (1, ["A-2"])


def test_what_one_has_taken_another_does_not_decide(offices: Any) -> None:
    offices.faulty("A-1", "A-2", "A-3")
    assert offices.ok(RILO, "verification", "take", "--next", "2")["done"] == 2
    assert [row["reference"] for row in queue(offices, "--mine")] == ["A-1", "A-2"]
    assert [row["reference"] for row in queue(offices, "--unassigned")] == ["A-3"]
    offices.user = "u-0000000b"
    assert offices.run(RILO, "verification", "take", "A-1").error.code == "verification.taken"
    assert offices.run(RILO, "verification", "release", "A-1").error.code == "verification.not-taken"
    told = offices.ok(RILO, "verification", "accept", "--all", "--yes")
    assert (told["decided"], {one["reference"]: one["code"] for one in told["left"]}) == (
        1,
        {"A-1": "verification.taken", "A-2": "verification.taken"},
    )
    offices.user = "u-0000000a"
    offices.ok(RILO, "verification", "release", "A-1")
    offices.ok(RILO, "verification", "accept", "A-2")
    offices.user = "u-0000000b"
    offices.ok(RILO, "verification", "accept", "A-1")
    assert set(offices.states(RILO).values()) == {"validated"}


def test_a_case_is_given_to_a_colleague_who_is_a_verifier(offices: Any) -> None:
    node = offices.federation[RILO].node
    with node.parts.database.writing() as connection:
        maria = add_user(connection, node.access, "maria", "correct horse battery staple", [Role.VERIFIER])
        add_user(connection, node.access, "pedro", "correct horse battery staple", [Role.ANALYST])
    offices.faulty("A-1")
    offices.ok(RILO, "verification", "take", "A-1")
    offices.ok(RILO, "verification", "assign", "A-1", "--to", "maria")
    assert [(row["assigned_to"], row["with"]) for row in queue(offices)] == [(maria.user_id, "maria")]
    for name in ("pedro", "nobody"):
        assert offices.run(RILO, "verification", "assign", "A-1", "--to", name).error.code == "access.unknown-user"
    assert offices.run(RILO, "verification", "accept", "A-1", as_json=True).json["left"][0]["code"] == "verification.taken"
    assert offices.audited(RILO, "verification.assign") == ["A-1", "A-1"]
    offices.user = maria.user_id
    offices.ok(RILO, "verification", "accept", "A-1")


# --- second verdicts --------------------------------------------------------------------------------------------------------


def test_what_was_returned_by_mistake_is_looked_at_once_more(offices: Any) -> None:
    offices.faulty("A-1")
    offices.ok(RILO, "verification", "return", "A-1", "--with-findings")
    offices.federation.settle()
    assert offices.states(NCP) == {"A-1/1": "returned"}
    offices.ok(RILO, "verification", "reopen", "A-1")
    offices.federation.settle()
    assert offices.states(NCP) == {"A-1/1": "returned"}
    assert [row["reference"] for row in queue(offices, "--mine")] == ["A-1"]
    offices.federation.clock.advance(timedelta(hours=1))
    offices.ok(RILO, "verification", "accept", "A-1")
    offices.federation.settle()
    assert offices.states(NCP) == offices.states(HUB) == {"A-1/1": "validated"}
    for node in (NCP, RILO):
        what = [entry["what"] for entry in offices.ok(node, "seizures", "history", "A-1")["history"]]
        assert what[:3] == ["reported", "returned", "accepted"]


def test_what_was_accepted_or_has_a_successor_is_not_reopened(offices: Any) -> None:
    offices.faulty("A-1", "A-2")
    offices.ok(RILO, "verification", "accept", "A-1")
    offices.ok(RILO, "verification", "return", "A-2", "--with-findings")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "amend", "A-2", "--set", "conveyance=air")
    offices.federation.settle()
    for reference in ("A-1", "A-2"):
        assert offices.run(RILO, "verification", "reopen", reference).error.code == "verification.not-reopened"


def verdict(offices: Any, told: str, *, hours: int, reference: str = "A-1") -> Draft:
    """A signed verdict as an office might send it, dated some hours from now."""
    event_id = bytes.fromhex(offices.ok(NCP, "seizures", "list")[0]["event_id"])
    key = {"administration": "BR", "reference": reference, "version": 1}
    reasons = [] if told == "accepted" else [{"code": told, "field": "", "text": told}]
    payload = {**key, "verdict": told, "method": "officer", "reasons": reasons, "corrections": [], "reported_event": event_id}
    return Draft("VerdictGiven", payload, offices.federation.clock.now() + timedelta(hours=hours), Handling(tlp="AMBER"))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("returned", "declined", "returned"), "returned"),
        (("returned", "declined", "accepted"), "validated"),
        (("declined", "returned", "declined"), "declined"),
        (("accepted", "returned", "declined"), "validated"),
    ],
)
def test_verdicts_commute(offices: Any, said: tuple[str, ...], expected: str, order: tuple[int, ...]) -> None:
    """`said` is in the order of their dates, `order` that of arrival; an office that takes an acceptance back is refused."""
    offices.faulty("A-1")
    drafts = [verdict(offices, told, hours=hours) for hours, told in enumerate(said)]
    for place in order:
        with offices.federation[RILO].steps.writing() as tx:
            tx.emit(drafts[place], "receipts", owner=NCP)
        offices.federation.settle()
    assert offices.states(NCP) == {"A-1/1": expected}
    [version] = offices.ok(NCP, "seizures", "show", "A-1")["versions"]
    assert [one["code"] for one in version["reasons"]] == ([] if expected == "validated" else [said[-1]])


def test_an_office_that_takes_an_acceptance_back_learns_that_it_was_refused(offices: Any) -> None:
    offices.faulty("A-1")
    offices.ok(RILO, "verification", "accept", "A-1")
    offices.federation.settle()
    with offices.federation[RILO].steps.writing() as tx:
        tx.emit(verdict(offices, "returned", hours=1), "receipts", owner=NCP)
    offices.federation.settle()
    parts = offices.federation[RILO].node.parts
    with parts.database.reading() as connection:
        [refused] = connection.execute(parts.tables.refusals.select()).mappings().all()
    assert (refused["refused_by"], refused["code"]) == (NCP, "event.refused-by-handler")


# --- figures ----------------------------------------------------------------------------------------------------------------


def test_the_office_sees_how_long_it_takes_and_how_verdicts_come_about(offices: Any) -> None:
    names = [f"A-{number}" for number in range(20)]
    offices.bring(*rows(*(f"U-{number}" for number in range(60))))
    offices.faulty(*names, "W-1")
    offices.federation.clock.advance(timedelta(days=2))
    offices.ok(RILO, "verification", "accept", *names)
    offices.federation.clock.advance(timedelta(days=4))
    told = offices.ok(RILO, "verification", "figures")
    [every, brazil] = told["verdicts"]
    assert (every["administration"], brazil["administration"], every["verdicts"]) == ("all", "BR", 80)
    assert (every["by_rule"], every["by_officer"], every["by_officer_percent"]) == (60, 20, 25.0)
    assert (every["days_median"], every["days_p90"]) == (0.0, 2.0)
    assert (every["days_by_people_median"], told["waiting"], told["overdue"]) == (2.0, 1, 1)
    assert "1 of them past their target" in offices.run(RILO, "verification", "figures").out
    assert offices.ok(RILO, "verification", "figures", "--until", "2020-01-01")["verdicts"] == []
    assert offices.ok(HUB, "verification", "figures")["verdicts"] == []  # what it collected is another office's work


def test_under_twenty_verdicts_there_are_counts_only(offices: Any) -> None:
    offices.bring(*rows("A-1"))
    [every, _] = offices.ok(RILO, "verification", "figures")["verdicts"]
    assert (every["verdicts"], every["by_rule_percent"], every["days_median"]) == (1, None, None)
