"""The case as a value: to the payload and back, nothing lost, nothing foreign taken."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

import schemas
from enforcement.seizures.errors import CaseShapeError
from enforcement.seizures.model import Case, as_json, blank, from_payload, to_payload
from liaison.protocol.codec import Schemas

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists


def full(case: dict[str, Any]) -> dict[str, Any]:
    """The clean case with something in every repeated field."""
    money = {"amount": case["lines"][0]["quantities"][0]["amount"], "currency": "USD", "basis": "market"}
    case["duty_evaded"] = [money | {"basis": "duty-evaded"}]
    case["place"]["coordinates"] = [-23.4, -46.5]
    case["detection_means"] = ["detector-dog"]
    case["transport"] = [{"carrier": "Training Air", "identifier_kind": "flight", "identifier": "TA123"}]
    case["texts"] = [{"kind": "concealment", "text": "In the lining."}]
    case["picture_hashes"] = ["0" * 64]
    case["lines"][0]["values"] = [money]
    case["lines"][0]["attributes"] = [{"name": "logo", "value": "star"}]
    return case


def test_a_case_is_the_same_after_payload_and_wire(case: dict[str, Any]) -> None:
    payload = full(case)
    value = from_payload(payload)
    assert to_payload(value) == payload
    writer = Schemas(schemas.published()).writer("SeizureReported")
    travelled = writer.decode(writer.encode({"case": payload}))
    assert Case.from_payload(travelled["case"]) == value


def test_blank_says_nothing_but_unknown(lists: CodeLists) -> None:
    payload = blank("JM", lists.edition)
    assert payload["direction"] == payload["concealment"] == payload["ecommerce"] == "unknown"
    assert payload["persons_arrested"] == -1
    assert "date" not in payload


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda p: p.pop("date"), "date"),
        (lambda p: p.update(surname="x"), "surname"),
        (lambda p: p.update(version="1"), "version"),
        (lambda p: p.update(version=True), "version"),
        (lambda p: p.update(lines={}), "lines"),
        (lambda p: p["place"].update(coordinates=["1"]), r"place\.coordinates\[0\]"),
        (lambda p: p["lines"][0]["quantities"][0].update(amount=1.5), r"lines\[0\]\.quantities\[0\]\.amount"),
        (lambda p: p["lines"].append("x"), r"lines\[1\]"),
    ],
)
def test_another_shape_is_refused_with_its_path(case: dict[str, Any], spoil: Any, path: str) -> None:
    payload = copy.deepcopy(case)
    spoil(payload)
    with pytest.raises(CaseShapeError, match=path):
        from_payload(payload)


def test_json_shows_amounts_as_plain_decimals(case: dict[str, Any]) -> None:
    shown = json.loads(json.dumps(as_json(full(case))))
    assert shown["lines"][0]["quantities"][0]["amount"] == "1027"
    assert shown["lines"][0]["quantities"][0]["converted_amount"] == "1.027"
    assert shown["date"] == "2025-03-04"
