"""The API of a contact point, over the network: every case accounted for, nothing twice, nothing for those without a key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.services.ncp_gateway.api_door import MAY_ALL, Program, case, key_for, served

if TYPE_CHECKING:
    from collections.abc import Iterator

NCP = "ncp.br"
SUBMIT = "?submit=true"


@pytest.fixture
def program(offices: Any) -> Iterator[Program]:
    node = offices.federation[NCP].node
    with served(node) as port:
        yield Program(port, key_for(node, "case-system", *MAY_ALL))


def test_a_case_is_created_once_and_then_there_already(offices: Any, program: Program) -> None:
    first = program.post(case())
    assert (first.status, first.json["result"], first.json["version"], first.json["state"]) == (201, "created", 1, "draft")
    assert first.headers["location"] == "/api/v1/cases/A-1"
    again = program.post(case())
    assert (again.status, again.json["result"]) == (200, "already-there")
    assert offices.states(NCP) == {"A-1/1": "draft"}


def test_the_office_validates_what_a_program_submits_and_the_program_hears_of_it(offices: Any, program: Program) -> None:
    assert program.post(case(), SUBMIT).json["state"] == "submitted"
    offices.federation.settle()
    standing = program.ask("GET", "/cases/A-1").json
    assert (standing["state"], standing["version"], standing["decided_by"]) == ("validated", 1, "rilo.sa")
    changed = case(lines=[{"commodity": "cocaine", "quantities": [{"amount": 3, "unit": "KGM"}]}])
    assert (program.post(changed, SUBMIT).json["result"], program.ask("GET", "/cases/A-1").json["version"]) == ("changed", 2)
    offices.federation.settle()
    assert offices.states("wco.hub") == {"A-1/1": "superseded", "A-1/2": "validated"}
    assert offices.ok(NCP, "seizures", "show", "A-1")["case"]["report_source"] == "other-system"


def test_what_the_office_returned_is_told_with_its_reasons_and_found_by_state(offices: Any, program: Program) -> None:
    offices.faulty("A-9")
    offices.ok("rilo.sa", "verification", "return", "A-9", "--administration", "BR", "--reason", "place.airport-with-vessel")
    offices.federation.settle()
    standing = program.ask("GET", "/cases/A-9").json
    assert (standing["state"], standing["reasons"][0]["code"]) == ("returned", "place.airport-with-vessel")
    assert [one["reference"] for one in program.ask("GET", "/cases?state=returned").json["cases"]] == ["A-9"]
    assert program.ask("GET", "/cases?state=returned").json["more"] is False


def test_a_version_that_does_not_follow_is_a_conflict(offices: Any, program: Program) -> None:
    assert program.post(case(version=2)).status == 409
    assert program.post(case(version=1), SUBMIT).status == 201
    assert program.post(case(version=1), SUBMIT).json["result"] == "already-there"
    assert program.post(case(version=1, direction="export")).json["code"] == "seizures.version-conflict"
    assert program.post(case(version=2, direction="export")).json["result"] == "changed"
    assert offices.states(NCP) == {"A-1/1": "submitted", "A-1/2": "draft"}


def test_a_key_makes_a_request_answer_the_same_and_serves_no_other(offices: Any, program: Program) -> None:
    first = program.post(case(), Idempotency_Key="k-1")
    again = program.post(case(), Idempotency_Key="k-1")
    assert (again.status, again.json, again.headers["idempotency-replayed"]) == (201, first.json, "true")
    assert again.headers["location"] == first.headers["location"]
    other = program.post(case(direction="export"), Idempotency_Key="k-1")
    assert (other.status, other.json["code"]) == (422, "api.idempotency-key-reused")
    assert program.post(case(), SUBMIT, Idempotency_Key="k-1").status == 422
    assert offices.states(NCP) == {"A-1/1": "draft"}
    stranger = Program(program.port, key_for(offices.federation[NCP].node, "another", *MAY_ALL))
    assert stranger.post(case(), Idempotency_Key="k-1").json["result"] == "already-there"


def test_every_line_of_a_stream_is_accounted_for(offices: Any, program: Program) -> None:
    long = json.dumps(case(reference="long", operation="x" * 300_000)).encode()
    lines = [case(), b"", b"{", case(reference="A-2", date="1066-10-14"), long, case(reference="A-3"), case(direction="export")]
    answer = program.stream(*lines, query=SUBMIT)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
    *told, account = answer.lines
    assert [(one["line"], one["result"]) for one in told] == [
        (1, "created"),
        (3, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "created"),
        (7, "refused"),
    ]
    assert [one.get("code") for one in told] == [None, "document.not-json", "case.refused", "api.too-large", None, "reference.repeated"]
    assert account == {"complete": True, "dry_run": False, "lines": 6, "created": 2, "refused": 4}
    assert offices.states(NCP) == {"A-1/1": "submitted", "A-3/1": "submitted"}
    assert [one["result"] for one in program.stream(*lines, query=SUBMIT).lines[:-1]].count("already-there") == 2


def test_a_stream_longer_than_a_portion_goes_in_whole(program: Program) -> None:
    answer = program.stream(*(case(reference=f"S-{number}") for number in range(1_201)))
    assert answer.lines[-1] == {"complete": True, "dry_run": False, "lines": 1201, "created": 1201}
    assert len(program.ask("GET", "/cases?state=draft&limit=500&offset=1000").json["cases"]) == 201


def test_a_key_does_what_it_may_and_no_more(offices: Any, program: Program) -> None:
    node = offices.federation[NCP].node
    reader = Program(program.port, key_for(node, "reader", "seizures.list"))
    assert reader.post(case()).json["code"] == "access.not-permitted"
    writer = Program(program.port, key_for(node, "writer", "seizures.import"))
    assert writer.post(case()).status == 201
    assert writer.post(case(), SUBMIT).status == 403
    assert writer.stream(case(), query=SUBMIT).status == 403
    assert writer.ask("GET", "/cases/A-1").status == 403
    assert program.post(case(administration="JM", reference="J-1")).json["code"] == "seizures.foreign-administration"


def test_the_audit_names_the_program_and_the_event_its_author(offices: Any, program: Program) -> None:
    program.post(case(), SUBMIT)
    offices.federation.settle()
    assert offices.audited(NCP, "seizures.import") == ["A-1"]
    assert offices.audited(NCP, "seizures.submit") == ["A-1"]
    told = offices.ok("rilo.sa", "seizures", "history", "A-1", "--administration", "BR")
    assert '"c-' in json.dumps(told)


def test_a_reference_with_a_slash_has_an_address(program: Program) -> None:
    address = program.post(case(reference="2026/7 ü")).headers["location"]
    assert program.ask("GET", address.removeprefix("/api/v1")).json["reference"] == "2026/7 ü"


def test_a_program_that_asks_again_and_again_leaves_one_look_until_there_is_something_new(offices: Any, program: Program) -> None:
    for reference in ("A-1", "A-2"):
        program.post(case(reference=reference), SUBMIT)
    other = Program(program.port, key_for(offices.federation[NCP].node, "second-system", *MAY_ALL))
    for _ in range(3):
        assert program.ask("GET", "/cases/A-1").json["state"] == "submitted"
    assert offices.audited(NCP, "seizures.list") == ["A-1"]
    other.ask("GET", "/cases/A-1")
    program.ask("GET", "/cases/A-2")
    assert sorted(offices.audited(NCP, "seizures.list")) == ["A-1", "A-1", "A-2"]
    offices.federation.settle()
    for _ in range(3):
        assert program.ask("GET", "/cases/A-1").json["state"] == "validated"
    assert sorted(offices.audited(NCP, "seizures.list")) == ["A-1", "A-1", "A-1", "A-2"]
    offices.federation.clock.advance(timedelta(days=1))
    program.ask("GET", "/cases/A-1")
    assert len(offices.audited(NCP, "seizures.list")) == 5
