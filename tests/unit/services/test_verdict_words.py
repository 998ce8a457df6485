"""An officer's words in a verdict name nobody: what looks nominal is refused at the command, before anything is decided."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.verification.screens import VERDICT_SCREENS, NominalVerdict, nominal_in
from liaison.protocol.errors import EgressRefused
from liaison.protocol.events import Draft, Handling
from tests.unit.services.conftest import NCP, RILO

if TYPE_CHECKING:
    from tests.unit.services.conftest import Offices

TELEPHONE = "Ask at +55 11 91234-5678."


def test_a_verdict_that_names_somebody_is_refused_with_field_and_reason(offices: Offices) -> None:
    offices.faulty("V-1", "V-2")
    for words, field in (
        (("return", "V-1", "--reason", "code.unknown", "--text", TELEPHONE), "reasons[0].text"),
        (("decline", "--all", "--yes", "--reason", "out-of-scope", "--text", TELEPHONE), "reasons[0].text"),
        (("accept", "V-1", "--correct", f"texts[0].text={TELEPHONE}", "--reason", "laboratory"), "corrections[0].value"),
        (("return", "V-1", "--reason", "code.unknown", "--field", TELEPHONE), "reasons[0].field"),
    ):
        told = offices.run(RILO, "verification", *words)
        assert isinstance(told.error, NominalVerdict), words
        assert f"{field}: a telephone number" in str(told.error)
        assert "91234" not in str(told.error)
    assert set(offices.states(RILO).values()) == {"in-review"}


def test_what_goes_round_the_command_does_not_leave(offices: Offices) -> None:
    reason = {"code": "x", "field": "", "text": TELEPHONE}
    payload: dict[str, Any] = {"administration": "BR", "reference": "V-1", "version": 1, "verdict": "returned", "method": "officer"}
    payload |= {"reasons": [reason], "corrections": [], "reported_event": bytes(16)}
    desk = offices.federation[RILO].desk()
    with pytest.raises(EgressRefused, match=r"reasons\[0\]\.text: a telephone number"), desk.acting("verification.decide") as tx:
        tx.emit(Draft("VerdictGiven", payload, tx.now, Handling("AMBER")), "receipts", owner="ncp.br")


def test_what_a_rule_quotes_from_the_case_does_not_keep_it_at_the_office_nor_leave_again(offices: Offices) -> None:
    offices.faulty("V-1", direction=TELEPHONE)
    offices.ok(RILO, "verification", "return", "V-1", "--with-findings")
    offices.federation.settle()
    assert offices.states(NCP) == {"V-1/1": "returned"}
    [version] = offices.ok(NCP, "seizures", "show", "V-1")["versions"]
    [quoting] = [one for one in version["reasons"] if one["code"] == "code.unknown"]
    assert quoting["field"] == "direction"
    assert "the value is not repeated, it looks like a telephone number" in quoting["text"]
    assert "91234" not in quoting["text"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines[0].quantities[0].amount", "123456789.50"),  # fits the check digits of a document by chance
        ("place.coordinates", "-22.988416, -43.231597"),
        ("picture_hashes", "ab" * 32),
        ("transport[0].identifier", "MSCU1234566"),
    ],
)
def test_a_corrected_number_is_no_document(field: str, value: str) -> None:
    assert list(nominal_in([], [{"field": field, "value": value}])) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines[0].quantities[0].amount", "passport AB1234567"),
        ("place.name", "123456789.50"),
        ("texts[0].text", "Ask Mr Smith, the owner"),
    ],
)
def test_what_is_no_number_is_screened_whatever_its_field(field: str, value: str) -> None:
    assert [where for where, _ in nominal_in([], [{"field": field, "value": value}])][:1] == ["corrections[0].value"]


def test_every_text_of_what_an_office_says_about_a_case_is_screened() -> None:
    """A field that a later edition of these schemas adds must be screened too, or be named here as no words of an officer's."""
    no_words = {"administration", "reference", "version", "verdict", "method", "reported_event"}
    told = [("VerdictGiven", field) for field in _fields("VerdictGiven") if field["name"] not in no_words]
    assert [field["name"] for _, field in told] == ["reasons", "corrections"]
    for _, field in told:
        record = field["type"]["items"]
        for part in record["fields"]:
            payload: dict[str, Any] = {"reasons": [], "corrections": []}
            payload[field["name"]] = [{one["name"]: TELEPHONE if one is part else "x" for one in record["fields"]}]
            assert f"{field['name']}[0].{part['name']}: a telephone number" in VERDICT_SCREENS["VerdictGiven"](payload)
    passed = _fields("CasesPassed")
    assert [field["name"] for field in passed] == ["administration", "cases"]
    assert {field["name"] for field in passed[1]["type"]["items"]["fields"]} <= no_words


def _fields(name: str) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = json.loads(resources.files("schemas").joinpath(f"{name}.avsc").read_bytes())["fields"]
    return fields
