"""Editions of the code lists in a federation: the hub releases, every node applies at the day, records keep their edition."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists import releasing
from enforcement.codelists.document import digest
from enforcement.codelists.editions import Editions
from enforcement.codelists.model import CodeLists
from enforcement.codelists.releasing import release
from enforcement.codelists.store import shipped_document
from liaison.access.permissions import NotPermitted, Role
from liaison.protocol.errors import LiaisonError
from services.secretariat_hub.governing import Proposal, propose_edition
from tests.unit.services.conftest import HUB, NCP, RILO
from tests.unit.services.editions import FIRST_DAY, names, next_edition, quarantined, refusals, released, until

if TYPE_CHECKING:
    from pathlib import Path

    from liaison.testing import MemoryFederation
    from tests.unit.services.conftest import Offices

ROW = "{reference};2026-03-01;airport;{what};3,5;"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "next.json"
    path.write_text(json.dumps(next_edition()), "utf-8")
    return path


def lists_at(federation: MemoryFederation, name: str) -> CodeLists:
    """What a step of the running node judges by."""
    with federation[name].steps.reading() as tx:
        return tx.of(CodeLists)


def ticked(federation: MemoryFederation) -> None:
    for name in (NCP, RILO, HUB):
        federation[name].steps.tick()
    federation.settle()


def test_every_node_applies_an_edition_on_its_first_day_without_a_restart(
    federation: MemoryFederation, offices: Offices, file: Path
) -> None:
    told = released(offices, file, "--note", "Nitazenes have a code.")
    federation.settle()
    assert {name: lists_at(federation, name).edition for name in (NCP, RILO, HUB)} == dict.fromkeys((NCP, RILO, HUB), "2025.1")
    for name in (NCP, RILO, HUB):
        rows = offices.ok(name, "codelists", "editions")
        assert [(row["edition"], row["valid_from"], row["valid_until"], row["today"]) for row in rows] == [
            ("2025.1", "2025-01-01", "2026-03-31", True),
            ("2026.1", "2026-04-01", "", False),
        ]
        assert rows[1]["sha256"] == told["sha256"] == digest(next_edition())
        assert (rows[1]["note"], rows[1]["follows"]) == ("Nitazenes have a code.", "2025.1")
    until(federation, FIRST_DAY - timedelta(seconds=2))
    assert lists_at(federation, RILO).edition == "2025.1"
    until(federation, FIRST_DAY)
    for name in (NCP, RILO, HUB):
        assert lists_at(federation, name).edition == "2026.1"
        assert lists_at(federation, name) is lists_at(federation, name)
        assert offices.ok(name, "codelists", "find", "commodities", "Isotonitazene")[0]["code"] == "nitazenes"
    assert offices.audited(HUB, "codelists.release") == ["2026.1"]


def test_a_record_keeps_its_edition_and_is_judged_by_it(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    released(offices, file)
    federation.settle()
    draft = {**offices.vessel_at_airport("OLD"), "conveyance": "air"}
    draft["lines"][0] |= {"section": "drugs", "stream": "khat", "commodity": "dried-khat"}
    until(federation, FIRST_DAY)
    offices.faulty("OLD", **{name: draft[name] for name in ("conveyance", "lines", "code_list_edition")})
    assert offices.states(RILO) == {"OLD/1": "validated"}
    assert offices.states(HUB) == {"OLD/1": "validated"}
    offices.faulty("NEW", **{name: draft[name] for name in ("conveyance", "lines")}, code_list_edition="2026.1")
    [waiting] = offices.ok(RILO, "verification", "list")
    [finding] = waiting["findings"]
    assert (finding["code"], finding["field"]) == ("code.unknown", "lines[0].commodity")
    assert finding["text"] == "'dried-khat' is not in the code list commodities. It was closed after 2026-03-31: use khat."


def test_new_records_are_made_under_the_new_edition(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    released(offices, file)
    federation.settle()
    until(federation, FIRST_DAY)
    offices.bring(ROW.format(reference="A", what="nitazenes"))
    assert offices.states(RILO) == {"A/1": "validated"}
    assert offices.ok(NCP, "seizures", "show", "A")["case"]["code_list_edition"] == "2026.1"


def test_a_record_of_an_edition_that_has_not_arrived_waits_for_it(federation: MemoryFederation, offices: Offices) -> None:
    offices.faulty("EARLY", conveyance="air", code_list_edition="2026.1")
    [held] = quarantined(federation, RILO)
    assert (held["state"], held["code"]) == ("held", "codelists.edition-not-here")
    assert "2026.1" in held["detail"]
    assert refusals(federation, NCP) == []
    assert offices.states(NCP) == {"EARLY/1": "submitted"}
    with federation[HUB].desk().acting("codelists.release") as tx:
        release(tx, next_edition(), shipped_document())
    federation.settle()
    ticked(federation)
    assert offices.states(RILO) == {"EARLY/1": "validated"}
    assert offices.states(NCP) == {"EARLY/1": "validated"}


@pytest.mark.parametrize("edition", ["2024.1", "2099.1", "next", ""])
def test_an_edition_that_never_was_is_refused_and_its_issuer_told(federation: MemoryFederation, offices: Offices, edition: str) -> None:
    offices.faulty("WRONG", conveyance="air", code_list_edition=edition)
    [refused] = quarantined(federation, RILO)
    assert (refused["state"], refused["code"]) == ("open", "codelists.no-such-edition")
    assert "rilo.sa has 2025.1" in refused["detail"]
    assert [row["code"] for row in refusals(federation, NCP)] == ["codelists.no-such-edition"]


def test_a_killed_node_finds_the_edition_again(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    released(offices, file)
    federation.settle()
    until(federation, FIRST_DAY)
    federation.publish(federation.members.members.values())  # a member list that is signed today
    for name in (NCP, HUB):
        federation.restart(name)
        assert lists_at(federation, name).edition == "2026.1"


def test_the_hub_restored_from_before_a_release_has_it_again(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    hub = federation[HUB].node
    with hub.parts.database.reading() as connection:
        before = dict(connection.exec_driver_sql("SELECT count(*) AS n FROM batches").mappings().one())
    home = federation.home(HUB)
    copies = {path.name: path.read_bytes() for path in home.glob("*.db*")} if not before["n"] else {}
    if not copies:
        pytest.skip("the hub has spoken before")
    released(offices, file)
    federation.settle()
    federation.nodes.pop(HUB).node.close()
    for path in home.glob("*.db*"):
        path.unlink()
    for name, data in copies.items():
        (home / name).write_bytes(data)
    federation.clock.advance(timedelta(seconds=10))
    federation.start(HUB)
    assert [row["edition"] for row in offices.ok(HUB, "codelists", "editions")] == ["2025.1", "2026.1"]
    with pytest.raises(LiaisonError, match=r"does not come after 2026\.1"):
        propose_edition(federation[HUB].desk(), Proposal(next_edition(), []))


def test_a_large_edition_comes_in_parts_in_any_order(federation: MemoryFederation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "PART_BYTES", 4_000)
    with federation[HUB].desk().acting("codelists.release") as tx:
        told = release(tx, next_edition(), shipped_document())
    assert told.parts > 5
    events = _events_of(federation, HUB)
    for order in (list(reversed(events)), events, events[1:] + events[:1]):
        _hand(federation, NCP, order[:-1])
        assert names(federation, NCP) == ["2025.1"]
        _hand(federation, NCP, order[-1:])
        assert names(federation, NCP) == ["2025.1", "2026.1"]
        _hand(federation, NCP, order)  # once more
        assert names(federation, NCP) == ["2025.1", "2026.1"]
        _forget(federation, NCP)


def test_of_two_editions_with_one_name_the_first_released_stands_whichever_comes_first(federation: MemoryFederation) -> None:
    first, second = next_edition(), next_edition(valid_from="2026-05-01")
    for document in (first, second):
        federation.clock.advance(timedelta(minutes=1))
        with federation[HUB].desk().acting("codelists.release") as tx:
            release(tx, document, shipped_document())
    one, two = _events_of(federation, HUB)
    for order in ((one, two), (two, one)):
        _hand(federation, RILO, list(order))
        with federation[RILO].steps.reading() as tx:
            assert [known.sha256 for known in tx.of(Editions).released] == [digest(first)]
        _forget(federation, RILO)


@pytest.mark.parametrize(
    "change",
    [
        {"content": b"junk"},
        {"sha256": bytes(32)},
        {"sha256": b"short"},
        {"bytes": 10},
        {"parts": 33},
        {"part": 0},
        {"edition": "2027.1"},
        {"edition": "tomorrow"},
        {"released_at": datetime(2025, 3, 30, tzinfo=UTC)},  # 367 days before its first day
    ],
)
def test_a_release_that_is_not_what_it_says_is_refused(federation: MemoryFederation, change: dict[str, Any]) -> None:
    with federation[HUB].desk().acting("codelists.release") as tx:
        release(tx, next_edition(), shipped_document())
    [event] = _events_of(federation, HUB)
    with pytest.raises(LiaisonError, match=r"dition"):
        _hand(federation, NCP, [_Said({**event.payload, **change}, event.event_id)])
    assert names(federation, NCP) == ["2025.1"]


def test_an_edition_the_rules_would_stumble_over_is_refused(federation: MemoryFederation) -> None:
    broken = next_edition()
    del broken["lists"]["accuracy"]
    with federation[HUB].desk().acting("codelists.release") as tx:
        release(tx, broken, shipped_document())
    federation.settle()
    assert [row["code"] for row in quarantined(federation, NCP)] == ["codelists.unsound-release"]
    assert names(federation, NCP) == ["2025.1"]


def test_only_an_administrator_of_the_hub_proposes(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    with pytest.raises(NotPermitted):
        propose_edition(federation[HUB].desk(Role.OFFICER, Role.ANALYST), Proposal(next_edition(), []))
    assert offices.run(NCP, "codelists", "release", str(file)).code != 0


def test_preview_says_what_changes_and_how_many_cases_use_it(federation: MemoryFederation, offices: Offices, file: Path) -> None:
    offices.bring(*(ROW.format(reference=name, what="dried-khat") for name in "AB"), ROW.format(reference="C", what="cocaine"))
    expected = {"dried-khat": ("closed", 2), "nitazenes": ("added", 0)}
    for name in (NCP, HUB):
        rows = {row["code"]: row for row in offices.ok(name, "codelists", "preview", str(file))}
        assert {code: (row["change"], row["cases_here"]) for code, row in rows.items()} == expected
    assert names(federation, NCP) == ["2025.1"]


def test_check_finds_what_is_wrong_and_leaves_with_1(offices: Offices, tmp_path: Path) -> None:
    document = next_edition()
    del document["lists"]["directions"]["codes"][0]["fr"]
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document), "utf-8")
    told = offices.run(HUB, "codelists", "check", str(path), as_json=True)
    assert (told.code, [row["rule"] for row in told.json]) == (1, ["edition.label-missing"])
    refused = offices.run(HUB, "codelists", "propose", str(path))
    assert refused.error is not None
    assert (refused.error.code, "no label in fr" in str(refused.error)) == ("codelists.not-releasable", True)


def test_the_document_of_an_edition_is_what_one_begins_the_next_from(offices: Offices, tmp_path: Path) -> None:
    text = offices.run(RILO, "codelists", "document").out
    path = tmp_path / "next.json"
    path.write_text(text.replace('"edition":"2025.1"', '"edition":"2026.1"').replace('"2025-01-01"', '"2026-06-01"'), "utf-8")
    assert offices.ok(RILO, "codelists", "check", str(path)) == []
    assert offices.ok(RILO, "codelists", "preview", str(path)) == []


def test_lists_and_words_are_shown_in_three_languages(offices: Offices) -> None:
    rows = {row["code"]: row["label"] for row in offices.ok(NCP, "codelists", "show", "commodities", "--language", "fr")}
    assert rows["cannabis-resin"] == "Résine de cannabis"
    assert {row["list"] for row in offices.ok(NCP, "codelists", "list")} >= {"commodities", "units", "countries"}
    near = offices.ok(NCP, "codelists", "find", "commodities", "cocain")
    assert (near[0]["code"], near[0]["found"]) == ("cocaine", False)
    assert offices.run(NCP, "codelists", "show", "no-such").error is not None


def test_places_say_what_they_cover_and_how_another_is_entered(offices: Offices) -> None:
    found = offices.ok(NCP, "codelists", "places", "santos")
    assert [row["locode"] for row in found] == ["BRSSZ", "BRSDU"]  # the town first, then the airport with the word in its name
    assert len(offices.ok(NCP, "codelists", "places")) == len(lists_at(offices.federation, NCP).places)
    told = " ".join(offices.run(NCP, "codelists", "places", "NLRTM").out.split())
    assert "57 airports and ports of BR" in told
    assert "Enter its UN/LOCODE as place.locode, or its name as place.name with place.country." in told


class _Said:
    """What a handler looks at of a verified event."""

    def __init__(self, payload: dict[str, Any], event_id: bytes) -> None:
        self.payload = payload
        self.event_id = event_id


def _events_of(federation: MemoryFederation, name: str) -> list[_Said]:
    """What a node has queued on `reference`."""
    parts = federation[name].node.parts
    with federation[name].steps.reading() as tx:
        rows = tx.rows(parts.tables.outbox.select().order_by(parts.tables.outbox.c.id))
    found = []
    for row in rows:
        event = parts.schemas.writer("Event").decode(row["event"])
        found.append(_Said(parts.schemas.writer("CodeListReleased").decode(event["payload"]), row["event_id"]))
    return found


def _hand(federation: MemoryFederation, name: str, events: list[_Said]) -> None:
    for event in events:
        with federation[name].steps.writing() as tx:
            releasing.on_code_list_released(tx, event)  # type: ignore[arg-type]


def _forget(federation: MemoryFederation, name: str) -> None:
    with federation[name].steps.writing() as tx:
        tx.connection.exec_driver_sql("DELETE FROM code_list_editions")
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM code_list_parts").scalar_one() in (0, *range(1, 40))
        tx.connection.exec_driver_sql("DELETE FROM code_list_parts")
