"""Quality by commands: the example of docs/quality.md worked out again, nil reports, reminders, cards that are issued, who sees what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import NotPermitted, Role
from liaison.assembly import kind_of, node_spec
from liaison.node.originals import stored_events
from liaison.protocol.errors import EgressRefused
from liaison.testing import MemoryFederation, Place
from services.ncp_gateway.reporting import report
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
ERROR = ("--reason", "place.airport-with-vessel", "--field", "conveyance", "--text", "No vessel comes to an airport.")


def submit(offices: Any, day: date, *references: str, conveyance: str = "air", version: int = 1, node: str = NCP) -> None:
    """Report cases that are alike at a contact point; those by vessel wait for an officer."""
    country = node[-2:].upper()
    with offices.federation[node].desk().acting("seizures.submit") as tx:
        for reference in references:
            case = offices.vessel_at_airport(reference) | {"date": day, "conveyance": conveyance, "version": version}
            report(tx, case | {"administration": country, "place": case["place"] | {"country": country}})
    offices.federation.settle()


def many(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def figures(card: dict[str, Any]) -> dict[str, tuple[float | None, int, str]]:
    """Name -> value, n, what a person reads."""
    return {one["figure"]: (one["value"], one["n"], one["told"]) for one in card["figures"]}


def days(offices: Any, count: int) -> None:
    offices.federation.clock.advance(timedelta(days=count))


def example(offices: Any) -> None:
    """The example of docs/quality.md: from 2 March 2026, 08:00 UTC."""
    submit(offices, date(2026, 2, 20), *many("A", 20))
    submit(offices, date(2025, 6, 10), *many("OLD", 100))
    days(offices, 2)
    submit(offices, date(2026, 2, 28), "F-1", "F-2", "F-3", "F-4", conveyance="vessel")
    days(offices, 3)
    offices.ok(RILO, "verification", "return", "F-1", "F-2", *ERROR)
    offices.ok(RILO, "verification", "accept", "F-3", "F-4")
    offices.federation.settle()
    days(offices, 1)
    submit(offices, date(2026, 2, 28), "F-1", conveyance="vessel", version=2)
    submit(offices, date(2026, 3, 1), "F-5", conveyance="vessel")
    days(offices, 1)
    offices.ok(RILO, "verification", "return", "F-1", "F-5", *ERROR)
    offices.federation.settle()
    days(offices, 30)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """The three offices after the example; tests that share it read only, or issue."""
    folder: Path = tmp_path_factory.mktemp("worked")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        offices = Offices(made.start(NCP, RILO, HUB), folder)
        example(offices)
        yield offices


def test_the_example_of_the_documentation(worked: Any) -> None:
    offices = worked
    card = offices.ok(RILO, "quality", "card", "BR", "--period", "2026-Q1")
    assert card["cases"] == 125  # 20 usual, 100 old, F-1 to F-5
    told = figures(card)
    assert told["participation"] == (None, 3, "2 of 3")  # February and March; nothing was seized in January, or nobody said
    # 4 4 4 4 7 and twenty times 10: the 13th and the 23rd of 25
    assert told["seizure to submission, median"][:2] == (10.0, 25)
    assert told["seizure to submission, 90 %"][:2] == (10.0, 25)
    assert told["late bulk"][:2] == (80.0, 125)
    # 120 at once, 3 days four times, 1 day twice, of 126
    assert told["submission to verdict, median"][:2] == (0.0, 126)
    assert told["of it at the office, 90 %"][:2] == (0.0, 126)
    # six of thirty applicable fields, six of twelve mandatory ones
    assert told["completeness"][:2] == (20.0, 126)
    assert told["completeness, mandatory"][:2] == (50.0, 126)
    assert told["return rate"] == (3.2, 126, "3.2 %")  # 4 of 126
    assert told["repeat errors"] == (None, 4, "2 of 4")  # F-1 again, and F-5 after F-1 and F-2 were told
    assert card["repeat_errors"] == [{"code": "place.airport-with-vessel", "field": "conveyance", "times": 2, "same_case": 1}]
    assert told["answer to a return, median"] == (None, 1, "too few")
    assert {one["formula"] for one in card["figures"]} == {f"docs/quality.md Q{number}" for number in range(1, 10)}
    assert [one["status"] for one in card["months"]] == ["silent", "reported", "reported"]
    assert card["empty_fields"][0] == {"field": "agency", "not_filled": 126}

    own = figures(offices.ok(NCP, "quality", "card", "--period", "2026-Q1"))
    parts = {"of it at the office, median", "of it at the office, 90 %"}
    assert {name: one for name, one in own.items() if name not in parts} == {name: one for name, one in told.items() if name not in parts}
    assert own["of it at the office, median"] == (None, 0, "")

    drugs = offices.ok(RILO, "quality", "card", "BR", "--period", "2026-Q1", "--section", "drugs")
    assert figures(drugs) == told
    assert offices.ok(RILO, "quality", "card", "BR", "--period", "2026-Q1", "--section", "ipr")["cases"] == 0
    [office] = offices.ok(RILO, "quality", "office", "--period", "2026-Q1")
    ours = figures(office)
    assert ours["verdicts"][1] == 126
    assert ours["verdicts by an officer"][2] == "4.8 %"  # 6 of 126
    assert ours["within target"] == (None, 6, "6 of 6")


def test_a_card_of_a_day_that_is_past(worked: Any) -> None:
    offices = worked

    def as_of(day: str, *of: str) -> tuple[Any, ...]:
        card = offices.ok(*(of or (RILO, "quality", "card", "BR")), "--period", "2026-Q1", "--as-of", day)
        card = card["cards"][0] if "cards" in card else card
        told = figures(card)
        names = ("participation", "return rate", "repeat errors")
        return card["cases"], *(told[name][2] for name in names), [one["status"] for one in card["months"]], card["as_of"][:10]

    assert as_of("2026-03-02") == (120, "1 of 2", "0 %", "0 of 0", ["silent", "reported", "running"], "2026-03-02")
    assert as_of("2026-03-04")[:3] == (124, "1 of 2", "0 %")  # four more, which wait
    assert as_of("2026-03-07")[:4] == (124, "1 of 2", "1.6 %", "0 of 2")
    assert as_of("2026-03-08")[0] == 125  # F-5; March is not over
    assert as_of("2026-03-07", RILO, "quality", "region") == as_of("2026-03-07")
    assert as_of("2026-03-07", NCP, "quality", "card") == as_of("2026-03-07")
    today = offices.federation.clock.now().date().isoformat()
    now = offices.ok(RILO, "quality", "card", "BR", "--period", "2026-Q1")
    assert figures(now) == figures(offices.ok(RILO, "quality", "card", "BR", "--period", "2026-Q1", "--as-of", today))
    assert offices.run(RILO, "quality", "card", "BR", "--as-of", "2031-01-01").error.code == "quality.as-of"


def test_under_twenty_cases_there_are_counts_and_no_percentages(offices: Any) -> None:
    submit(offices, date(2026, 2, 20), *many("A", 19))
    days(offices, 30)
    for node in (NCP, RILO, HUB):
        card = offices.ok(node, "quality", "card", "BR", "--period", "2026-Q1")
        assert [one["figure"] for one in card["figures"] if one["value"] is not None] == []
    assert figures(offices.ok(RILO, "quality", "card", "BR", "--period", "2026-Q1"))["return rate"] == (None, 19, "0 of 19")
    submit(offices, date(2026, 2, 20), "A-20")
    told = figures(offices.ok(RILO, "quality", "card", "BR", "--period", "2026-04"))
    assert told["return rate"] == (None, 1, "0 of 1")
    assert "20 %" not in offices.run(RILO, "quality", "card", "BR", "--period", "2026-Q1").out


def test_the_hub_knows_accepted_cases_and_says_what_it_does_not_know(worked: Any) -> None:
    offices = worked
    card = offices.ok(HUB, "quality", "card", "BR", "--period", "2026-Q1")
    told = figures(card)
    assert told["completeness"][0] == 20.0
    assert told["return rate"] == (None, 0, "")
    assert "rilo.sa" in card["source"]
    assert offices.ok(RILO, "quality", "issue", "--period", "2026-Q1", "--yes")["office"] == RILO
    offices.federation.settle()
    [issued] = offices.ok(HUB, "quality", "card", "BR", "--period", "2026-Q1")["issued_cards"]
    assert figures(issued)["return rate"] == (3.2, 126, "3.2 %")
    assert "3.2 %" in offices.run(HUB, "quality", "card", "BR", "--period", "2026-Q1").out
    [own] = offices.ok(HUB, "quality", "office", RILO, "--period", "2026-Q1")
    assert (own["issuer"], figures(own)["verdicts"][1]) == (RILO, 126)
    [card] = offices.ok(NCP, "quality", "issued")
    assert (card["issuer"], card["subject"], card["issued_by"]) == (RILO, NCP, "u-0000000a")


def test_who_sees_whose_card(worked: Any) -> None:
    offices = worked
    for node, subject in ((NCP, "ncp.us"), (NCP, "US"), (NCP, RILO), (RILO, "ncp.us"), (RILO, "JM"), (HUB, "ncp.xx"), (RILO, "")):
        words = ("quality", "card", *([subject] if subject else []), "--period", "2025")
        assert offices.run(node, *words).error.code == "quality.not-yours", (node, subject)
    for node, subject in ((NCP, ""), (NCP, "br"), (RILO, "ncp.br"), (HUB, "BR"), (HUB, "ncp.us"), (HUB, "JM")):
        assert offices.ok(node, "quality", "card", *([subject] if subject else []), "--period", "2024")["cases"] == 0, (node, subject)
    assert offices.run(RILO, "quality", "region", "rilo.car").error.code == "quality.not-yours"
    assert offices.run(RILO, "quality", "office", HUB).error.code == "quality.not-yours"
    assert offices.ok(HUB, "quality", "region", "rilo.car", "--period", "2025")["members"] == 1
    for command in ("region", "office", "issue"):
        assert offices.run(NCP, "quality", command).code == 2, command  # a contact point has no such command
    assert "ncp.br" in offices.audited(RILO, "quality.read")


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ((Role.ADMINISTRATOR,), (NCP, "quality", "card")),
        ((Role.ADMINISTRATOR,), (RILO, "quality", "region")),
        ((Role.OFFICER, Role.VERIFIER, Role.ANALYST, Role.AUDITOR), (RILO, "quality", "issue", "--yes")),
        ((Role.VERIFIER, Role.ANALYST, Role.RELEASER, Role.AUDITOR), (NCP, "reports", "nil", "2026-01")),
        ((Role.VERIFIER, Role.ANALYST, Role.RELEASER, Role.AUDITOR), (NCP, "reports", "withdraw", "2026-01")),
        ((Role.OFFICER, Role.ANALYST, Role.AUDITOR), (RILO, "reminders", "send", "BR")),
        ((Role.OFFICER, Role.VERIFIER, Role.ANALYST, Role.AUDITOR), (RILO, "reminders", "policy", "--every-days", "5")),
        ((Role.AUDITOR, Role.ANALYST), (NCP, "reminders", "acknowledge")),
        ((Role.ADMINISTRATOR,), (RILO, "reminders", "list")),
    ],
)
def test_others_are_denied(worked: Any, roles: tuple[Role, ...], words: tuple[str, ...]) -> None:
    assert isinstance(replace(worked, roles=roles).run(*words).error, NotPermitted)


def test_a_nil_report_covers_a_month_until_it_is_taken_back(offices: Any) -> None:
    assert offices.ok(NCP, "reports", "nil", "2025-Q4")["said"] == ["2025-10", "2025-11", "2025-12"]
    assert offices.ok(NCP, "reports", "nil", "2025-12")["said"] == []  # said before
    assert offices.run(NCP, "reports", "nil", "2026-03").error.code == "nil.not-over"
    offices.federation.settle()
    months = offices.ok(RILO, "reports", "list", "--period", "2025-Q4")
    assert {(row["administration"], row["status"]) for row in months} == {("BR", "nil")}
    assert figures(offices.ok(RILO, "quality", "card", "BR", "--period", "2025-Q4"))["participation"][2] == "3 of 3"
    [said] = [row for row in offices.ok(RILO, "reports", "list", "--nil") if row["month"] == "2025-12"]
    assert (said["state"], said["said_by"]) == ("stands", "u-0000000a")

    submit(offices, date(2025, 12, 24), "LATE-1")
    assert offices.run(NCP, "reports", "nil", "2025-12").error.code == "nil.cases-there"
    assert [row["kind"] for row in offices.ok(NCP, "reminders", "list")["open"] if row["month"] == "2025-12"] == []  # not a member then
    for node in (NCP, RILO):
        row = offices.ok(node, "reports", "list", "--period", "2025-12")[0]
        assert (row["status"], row["contradicted"]) == ("reported", True)
    offices.ok(NCP, "reports", "withdraw", "2025-12")
    offices.federation.settle()
    told = {row["month"]: (row["state"], row["reason"]) for row in offices.ok(RILO, "reports", "list", "--nil")}
    assert told["2025-12"] == ("withdrawn", "A case of this month was found later.")
    assert not offices.ok(RILO, "reports", "list", "--period", "2025-12")[0]["contradicted"]
    assert offices.run(NCP, "reports", "withdraw", "2025-12").error.code == "nil.none"
    assert offices.audited(NCP, "quality.nil")[:2] == ["2025-Q4", "2025-12"]


def test_a_nil_report_of_a_section_says_nothing_of_the_others(offices: Any) -> None:
    offices.ok(NCP, "reports", "nil", "2025-12", "--section", "ipr")
    submit(offices, date(2025, 12, 24), "D-1")
    offices.federation.settle()
    status = {
        of: offices.ok(RILO, "reports", "list", "--period", "2025-12", "--section", of)[0]["status"] for of in ("ipr", "drugs", "aml")
    }
    assert status == {"ipr": "nil", "drugs": "reported", "aml": "silent"}
    assert not offices.ok(RILO, "reports", "list", "--period", "2025-12")[0]["contradicted"]


def test_nothing_nominal_goes_out_in_a_reason(offices: Any) -> None:
    offices.ok(NCP, "reports", "nil", "2025-12")
    refused = offices.run(NCP, "reports", "withdraw", "2025-12", "--reason", "Write to forename.surname@example.org about it.")
    assert refused.error.code == EgressRefused.code
    assert "surname" not in str(refused.error)
    assert offices.ok(NCP, "reports", "list", "--nil")[0]["state"] == "stands"


def test_a_silent_contact_point_is_reminded_once_a_month_and_sees_what_to_do(offices: Any) -> None:
    assert offices.ok(RILO, "reminders", "list") == []  # a member since yesterday
    days(offices, 45)  # 16 April; March is over and silent
    [draft] = offices.ok(RILO, "reminders", "list")
    assert (draft["node"], draft["months_missing"], draft["every_days"]) == (NCP, 1, 31)
    assert draft["silent_days"] > 31
    sent = offices.ok(RILO, "reminders", "send", "BR", "--note", "Please telephone us.")
    assert [one["month"] for one in sent["sent"]] == ["2026-03"]
    assert offices.ok(RILO, "reminders", "list") == []
    assert offices.run(RILO, "reminders", "send", "BR").error.code == "reminders.sent-before"
    offices.federation.settle()

    told = offices.ok(NCP, "reminders", "list")
    [item] = told["open"]
    assert (item["kind"], item["month"], "reports nil 2026-03" in item["next"]) == ("not-reported", "2026-03", True)
    assert (told["reminders"][0]["note"], told["reminders"][0]["state"]) == ("Please telephone us.", "open")
    assert told["reminders"][0]["sent_by"] == "u-0000000a"
    offices.ok(NCP, "reminders", "acknowledge", "--reason", "Next week.")
    offices.federation.settle()
    [standing] = offices.ok(RILO, "reminders", "list", "--sent")
    assert (standing["state"], standing["answer"]) == ("acknowledged", "Next week.")
    offices.ok(NCP, "reports", "nil", "2026-03")
    offices.federation.settle()
    assert [one["state"] for one in offices.ok(RILO, "reminders", "list", "--sent")] == ["done"]
    assert offices.ok(NCP, "reminders", "list")["open"] == []
    days(offices, 35)  # 21 May; April is silent
    assert [one["node"] for one in offices.ok(RILO, "reminders", "list")] == [NCP]
    assert [one["month"] for one in offices.ok(RILO, "reminders", "send", "--all", "--yes")["sent"]] == ["2026-04"]


def test_a_policy_of_its_own_lets_a_small_member_be_silent_longer(offices: Any) -> None:
    days(offices, 45)
    offices.ok(RILO, "reminders", "policy", "BR", "--every-days", "92")
    assert offices.ok(RILO, "reminders", "list") == []
    offices.ok(RILO, "reminders", "policy", "BR", "--every-days", "0")
    assert len(offices.ok(RILO, "reminders", "list")) == 1
    offices.ok(RILO, "reminders", "policy", "--every-days", "60")
    assert [(row["every_days"], row["of"]) for row in offices.ok(RILO, "reminders", "policy")] == [(60, "all")]
    assert offices.audited(RILO, "reminders.policy") == ["BR", "BR", "all"]


def test_returned_and_unanswered_is_due_in_the_days_of_the_policy(offices: Any) -> None:
    submit(offices, date(2026, 3, 1), "F-1", "F-2", conveyance="vessel")
    offices.ok(RILO, "verification", "return", "F-1", *ERROR)
    offices.ok(RILO, "verification", "accept", "F-2", "--correct", "conveyance=air")
    offices.federation.settle()
    assert offices.ok(RILO, "reminders", "list") == []
    days(offices, 7)
    offices.ok(RILO, "verification", "policy", "set", "--administration", "BR", "--target-days", "10")
    assert offices.ok(RILO, "reminders", "list") == []
    offices.ok(RILO, "verification", "policy", "clear", "--administration", "BR")
    [draft] = offices.ok(RILO, "reminders", "list")
    assert [(one["kind"], one["reference"], one["days_late"]) for one in draft["items"]] == [
        ("correction", "F-2", 2),
        ("returned", "F-1", 2),
    ]
    offices.ok(RILO, "reminders", "send", "BR")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "amend", "F-1", "--set", "conveyance=air")
    [came] = offices.ok(NCP, "reminders", "list")["reminders"]
    assert [(one["reference"], one["open"]) for one in came["items"]] == [("F-2", True), ("F-1", False)]


def test_what_was_sent_before_a_restore_is_not_sent_again(offices: Any) -> None:
    days(offices, 45)
    offices.ok(NCP, "reports", "nil", "2026-03")
    offices.federation.settle()
    days(offices, 45)  # 31 May
    offices.ok(RILO, "reminders", "send", "BR")
    offices.ok(RILO, "quality", "issue", "--period", "2026-04", "--yes")
    offices.federation.settle()
    for node in (NCP, RILO):
        desk = offices.federation[node].desk()
        with desk.parts.database.writing() as connection:
            for table in ("quality_nil_reports", "quality_reminders", "quality_cards"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names above
        with desk.acting("quality.nil") as tx:
            handlers = offices.federation[node].node.spec.own_handlers
            for event in own_events(tx, node):
                if event.type in handlers:
                    handlers[event.type](tx, event)
    assert offices.ok(NCP, "reports", "nil", "2026-03")["said"] == []
    assert offices.run(RILO, "reminders", "send", "BR").error.code == "reminders.sent-before"
    assert {one["subject"] for one in offices.ok(RILO, "quality", "issued")} == {NCP, RILO}


def own_events(tx: Any, node: str) -> list[Any]:
    """Every event this node signed and holds."""
    events = tx.around.tables.events
    ids = [bytes(row["event_id"]) for row in tx.rows(events.select().where(events.c.issuer == node))]
    return list(stored_events(tx, node, ids))


FIVE = ("br", "ar", "cl", "pe", "uy")


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A region of five contact points with 20 cases each in the first quarter, seized 1, 2, 3, 4 and 30 days before."""
    folder: Path = tmp_path_factory.mktemp("region")
    places = (*(Place(f"ncp.{code}", "AMS", RILO) for code in FIVE), Place(RILO, "AMS", RILO), Place(HUB, "AMS", HUB))
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name)), places=places) as made:
        offices = Offices(made.start(), folder)
        for code, before in zip(FIVE, (1, 2, 3, 4, 30), strict=True):
            submit(offices, date(2026, 3, 2) - timedelta(days=before), *many("A", 20), node=f"ncp.{code}")
        days(offices, 40)
        yield offices


def medians(region: Any) -> dict[str, tuple[float | None, int]]:
    told = region.ok(RILO, "quality", "region", "--period", "2026-Q1")
    return {one["figure"]: (one["median"], one["members"]) for one in told["medians"]}


def test_a_region_of_five_has_a_median_and_no_ranks(region: Any) -> None:
    told = region.ok(RILO, "quality", "region", "--period", "2026-Q1")
    assert [card["node"] for card in told["cards"]] == sorted(f"ncp.{code}" for code in FIVE)
    assert medians(region)["seizure to submission, median"] == (3.0, 5)
    assert medians(region)["participation"] == (35.0, 5)  # of 33.3 percent, rounded to five
    assert "regional median" in region.run(RILO, "quality", "region", "--period", "2026-Q1").out


def test_each_gets_its_own_card_with_the_median_and_later_issues_repeat_it(region: Any) -> None:
    region.ok(RILO, "quality", "issue", "--period", "2026-Q1", "--yes")
    region.federation.settle()
    for code in FIVE:
        [issued] = region.ok(f"ncp.{code}", "quality", "issued")
        assert issued["subject"] == f"ncp.{code}"
        told = {one["figure"]: one for one in issued["figures"]}
        assert told["seizure to submission, median"]["region_median"] == 3.0
    assert len(region.ok(HUB, "quality", "issued", "--period", "2026-Q1")) == 6
    out = region.run("ncp.uy", "quality", "card", "--period", "2026-Q1").out
    assert "ncp.br" not in out
    assert "30 days" in out
    # what three members say later moves the median here, and not the one that was told: the difference would tell of them
    for code in FIVE[:3]:
        region.ok(f"ncp.{code}", "reports", "nil", "2026-01")
    region.federation.settle()
    assert medians(region)["participation"] == (65.0, 5)
    again = region.ok(RILO, "quality", "issue", "--period", "2026-Q1", "--yes")["issued"]
    assert {one["region_median"] for card in again for one in card["figures"] if one["figure"] == "participation"} == {35.0}
    assert {one["told"] for card in again for one in card["figures"] if one["figure"] == "participation"} == {"1 of 3", "2 of 3"}


def test_a_section_that_four_report_has_no_median(region: Any) -> None:
    told = region.ok(RILO, "quality", "region", "--period", "2026-Q1", "--section", "ipr")
    assert {one["median"] for one in told["medians"] if one["figure"] != "participation"} == {None}
