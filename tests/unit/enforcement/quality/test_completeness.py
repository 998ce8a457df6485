"""Completeness: what applies is for the table of requirements to say; unknown is not filled, and zero is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enforcement.quality.completeness import LEFT_OUT, content_of

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists


def test_by_hand(case: dict[str, Any], lists: CodeLists) -> None:
    """21 fields of a simplified case and 9 of a line of cocaine, of which 12 are mandatory."""
    case |= {"level": "SIMPLIFIED"}
    found = content_of(case, lists)
    assert (found.applicable, found.mandatory) == (30, 12)
    assert found.filled + len(found.empty) == 30


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("persons_arrested", {"persons_arrested": 0}),
        ("ecommerce", {"ecommerce": "no"}),
        ("detection_means", {"detection_means": ["x-ray-scanner-image"]}),
        ("texts.concealment", {"texts": [{"kind": "concealment", "text": "In the lining."}]}),
    ],
)
def test_what_is_said_is_filled(case: dict[str, Any], lists: CodeLists, path: str, change: dict[str, Any]) -> None:
    assert path in content_of(case, lists).empty
    assert path not in content_of(case | change, lists).empty


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("direction", {"direction": "unknown"}),
        ("route", {"route": []}),
    ],
)
def test_unknown_and_empty_are_not(case: dict[str, Any], lists: CodeLists, path: str, change: dict[str, Any]) -> None:
    assert path not in content_of(case, lists).empty
    assert path in content_of(case | change, lists).empty


def test_what_does_not_apply_is_not_asked(case: dict[str, Any], lists: CodeLists) -> None:
    assert "lines.attributes.brand" not in content_of(case, lists).empty  # drugs have none
    case["lines"][0] |= {"section": "ipr", "stream": "unknown", "commodity": "unknown"}
    assert "lines.attributes.brand" in content_of(case, lists).empty


def test_goods_are_mandatory_in_a_seizure_only(case: dict[str, Any], lists: CodeLists) -> None:
    for kind, asked in (("seizure", True), ("offence-undervaluation", False)):
        case["lines"][0]["quantities"] = []
        found = content_of(case | {"kind": kind}, lists)
        assert ("lines.quantities" in found.empty) is asked


def test_every_line_is_asked_and_fields_that_flatter_are_left_out(case: dict[str, Any], lists: CodeLists) -> None:
    one = content_of(case, lists)
    case["lines"] *= 2
    two = content_of(case, lists)
    assert two.applicable == one.applicable + 9
    assert two.empty.count("lines.values") == 2
    assert not LEFT_OUT & set(two.empty)
