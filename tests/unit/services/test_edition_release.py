"""An edition is proposed, looked at, released by another person, and named for as long as it may be."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from enforcement.codelists import editions
from enforcement.codelists.document import digest
from enforcement.codelists.errors import NoteUnfitError, NotProposedError, NotReleasableError
from liaison.access.permissions import SamePerson
from services.ncp_gateway import reporting
from services.ncp_gateway.reporting import keep_draft
from tests.unit.services.conftest import HUB, NCP, RILO
from tests.unit.services.editions import FIRST_DAY, names, next_edition, quarantined, refusals, released, until

if TYPE_CHECKING:
    from pathlib import Path

    from liaison.testing import MemoryFederation
    from tests.unit.services.conftest import Offices


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "next.json"
    path.write_text(json.dumps(next_edition()), "utf-8")
    return path


def test_an_edition_needs_a_second_person_who_sees_what_was_proposed(
    federation: MemoryFederation, offices: Offices, file: Path, tmp_path: Path
) -> None:
    assert isinstance(offices.run(HUB, "codelists", "propose", str(file), "--note", "Ask +55 11 91234-5678.").error, NoteUnfitError)
    offices.ok(HUB, "codelists", "propose", str(file), "--note", "Nitazenes have a code.")
    assert [(row["edition"], row["proposed_by"]) for row in offices.ok(HUB, "codelists", "proposals")] == [("2026.1", "u-0000000a")]
    assert {row["code"] for row in offices.ok(HUB, "codelists", "proposals", "2026.1")} == {"dried-khat", "nitazenes"}
    assert isinstance(offices.run(HUB, "codelists", "release", "2026.1", "--yes").error, SamePerson)
    offices.user = "u-0000000b"
    assert isinstance(offices.run(HUB, "codelists", "release", "2026.2", "--yes").error, NotProposedError)
    other = tmp_path / "other.json"
    other.write_text(json.dumps(next_edition(valid_from="2026-05-01")), "utf-8")
    assert isinstance(offices.run(HUB, "codelists", "release", str(other), "--yes").error, NotReleasableError)
    assert names(federation, HUB) == ["2025.1"]
    assert offices.ok(HUB, "codelists", "release", "2026.1", "--yes")["sha256"] == digest(next_edition())
    federation.settle()
    assert offices.ok(HUB, "codelists", "proposals") == []
    assert offices.ok(NCP, "codelists", "editions")[1]["note"] == "Nitazenes have a code."


def test_what_was_proposed_anew_is_released_only_by_who_did_not_propose_it(offices: Offices, file: Path) -> None:
    offices.ok(HUB, "codelists", "propose", str(file))
    offices.user = "u-0000000b"
    offices.ok(HUB, "codelists", "propose", str(file))
    assert isinstance(offices.run(HUB, "codelists", "release", "2026.1", "--yes").error, SamePerson)
    offices.ok(HUB, "codelists", "discard", "2026.1")
    assert isinstance(offices.run(HUB, "codelists", "discard", "2026.1").error, NotProposedError)
    assert offices.audited(HUB, "codelists.propose") == ["2026.1"] * 3


@pytest.mark.parametrize(
    ("edition", "day", "rule"), [("2026.1", "2027-04-02", "edition.too-far-ahead"), ("2028.1", "2026-04-01", "edition.name")]
)
def test_an_edition_begins_within_a_year(offices: Offices, tmp_path: Path, edition: str, day: str, rule: str) -> None:
    path = tmp_path / "far.json"
    path.write_text(json.dumps(next_edition(edition, day)), "utf-8")
    assert [row["rule"] for row in offices.run(HUB, "codelists", "check", str(path), as_json=True).json] == [rule]
    assert isinstance(offices.run(HUB, "codelists", "propose", str(path)).error, NotReleasableError)


def test_a_correction_is_read_under_the_edition_of_its_case(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    released(offices, file)
    federation.settle()
    draft = offices.vessel_at_airport("OLD")
    draft["lines"][0] |= {"section": "drugs", "stream": "khat", "commodity": "dried-khat"}
    until(federation, FIRST_DAY)
    offices.faulty("OLD", lines=draft["lines"])
    offices.ok(RILO, "verification", "accept", "OLD", "--correct", "conveyance=air", "--reason", "laboratory")
    federation.settle()
    [waiting] = offices.ok(NCP, "seizures", "corrections")
    assert [change["field"] for change in waiting["changes"]] == ["conveyance"]
    offices.ok(NCP, "seizures", "corrections", "accept", "OLD")
    federation.settle()
    assert offices.states(RILO)["OLD/2"] == "validated"
    assert offices.ok(NCP, "seizures", "show", "OLD")["case"]["code_list_edition"] == "2025.1"


def test_an_edition_that_ended_long_ago_is_no_longer_named(
    federation: MemoryFederation, offices: Offices, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(offices, file)
    federation.settle()
    with federation[NCP].desk().acting("seizures.submit") as tx:
        keep_draft(tx, {**offices.vessel_at_airport("KEPT"), "conveyance": "air"})
    until(federation, FIRST_DAY)
    federation.clock.advance(timedelta(days=2))
    monkeypatch.setattr(editions, "MOST_DAYS_OVER", 1)
    told = offices.run(NCP, "seizures", "submit", "KEPT", as_json=True)
    assert (told.code, told.json["refused"][0]["code"]) == (1, "codelists.edition-over")
    monkeypatch.setattr(reporting, "ensure_not_over", lambda *_: None)  # a contact point without rules of its own
    offices.faulty("LATE", conveyance="air")
    [refused] = quarantined(federation, RILO)
    assert (refused["state"], refused["code"]) == ("open", "codelists.edition-over")
    assert "ended when the next began on 2026-04-01" in refused["detail"]
    assert [row["code"] for row in refusals(federation, NCP)] == ["codelists.edition-over"]
    for reference in ("KEPT", "LATE"):  # the next step that both were told
        offices.ok(NCP, "seizures", "amend", reference, "--set", "conveyance=air")
    federation.settle()
    assert offices.states(RILO) == {"KEPT/1": "validated", "LATE/2": "validated"}
    assert offices.ok(NCP, "seizures", "show", "LATE")["case"]["code_list_edition"] == "2026.1"


def test_preview_counts_what_only_the_signed_cases_say(federation: MemoryFederation, offices: Offices, tmp_path: Path) -> None:
    document = next_edition()
    for name, code, heir in (
        ("agencies", "coast-guard", "police"),
        ("units", "GRM", "KGM"),
        ("currencies", "BRL", "USD"),
        ("cites", "I", "II"),
    ):
        [entry] = [one for one in document["lists"][name]["codes"] if one["code"] == code]
        entry |= {"valid_to": "2026-03-31", "replaced_by": [heir]}
    document["requirements"]["SIMPLIFIED"]["all"]["time"] = "mandatory"
    path = tmp_path / "next.json"
    path.write_text(json.dumps(document), "utf-8")
    line = offices.vessel_at_airport("X")["lines"][0]
    grams = {**line, "quantities": [{**line["quantities"][0], "unit": "GRM", "amount": Decimal(3000)}]}
    worth = {**line, "values": [{"amount": Decimal(5), "currency": "BRL", "basis": "unknown"}]}
    tusks = {**line, "attributes": [{"name": "cites-appendix", "value": "I"}, {"name": "brand", "value": "USD"}]}
    offices.faulty("A", agency="coast-guard", conveyance="air", lines=[grams])
    offices.faulty("B", agency="coast-guard", conveyance="air", lines=[worth])
    offices.faulty("C", conveyance="air", lines=[tusks, grams])
    offices.ok(RILO, "verification", "accept", "--all", "--yes")
    federation.settle()
    expected = {"coast-guard": 2, "GRM": 2, "BRL": 1, "I": 1, "dried-khat": 0, "SIMPLIFIED all time": None}
    for name in (NCP, RILO, HUB):
        rows = {row["code"]: row["cases_here"] for row in offices.ok(name, "codelists", "preview", str(path)) if row["change"] != "added"}
        assert rows == expected, name
    with federation[NCP].desk().acting("seizures.submit") as tx:
        keep_draft(tx, {**offices.vessel_at_airport("D"), "agency": "coast-guard"})
    rows = {row["code"]: row["cases_here"] for row in offices.ok(NCP, "codelists", "preview", str(path))}
    assert rows["coast-guard"] == 3
