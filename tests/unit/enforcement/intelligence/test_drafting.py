"""Draft files and words: what analysts write in an editor, and what they get wrong in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from enforcement.intelligence.drafting import MAX_FILE_BYTES, apply_words, product_from, read_file, template
from enforcement.intelligence.errors import ProductFileError
from enforcement.intelligence.model import Citation, Product, plain_of


def test_the_template_is_an_empty_product() -> None:
    assert product_from(read_file(template().encode())) == Product()


def test_the_template_names_every_field() -> None:
    assert set(read_file(template().encode())) == set(plain_of(Product()))


def test_a_file_is_read_field_by_field() -> None:
    product = product_from(
        read_file(
            b"""
title: Cocaine in reefers
urgent: yes
acknowledge_by: 2026-03-02T12:00Z
valid_until: 2026-03-31
areas: [NO, BR]
tlp: TLP:green
likelihood: Highly Probable
confidence: High
cited_records:
  - br:2026-0815
  - {reference: I-7, status: information, grade: a2}
facts: |
  First.

  Second.
"""
        )
    )
    assert product.areas == ("NO", "BR")  # not "no"
    assert product.urgent
    assert product.acknowledge_by == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert product.valid_until == date(2026, 3, 31)
    assert (product.tlp, product.likelihood, product.confidence) == ("GREEN", "very-likely", "high")
    assert product.cited_records == (Citation("BR", "2026-0815"), Citation("", "I-7", "information", "A2"))
    assert product.facts == "First.\n\nSecond."


def test_json_says_the_same_as_yaml() -> None:
    fields: dict[str, Any] = {"title": "T", "urgent": True, "valid_until": "2026-03-31", "areas": ["NO"], "acknowledge_by": None}
    from_json = product_from(read_file(json.dumps(fields).encode()))
    assert from_json == product_from(read_file(b"title: T\nurgent: yes\nvalid_until: 2026-03-31\nareas: [NO]\nacknowledge_by:\n"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe\x00", "neither YAML nor JSON"),
        (b"title: [", "neither YAML nor JSON"),
        (b'{"title": ', "neither YAML nor JSON"),
        (b"[" * 5000, "neither YAML nor JSON"),
        (b"- a\n- b\n", "field: value"),
        (b"x" * (MAX_FILE_BYTES + 1), "at most"),
        (b"!!python/object/apply:os.system ['true']", "field: value"),
    ],
)
def test_what_is_no_draft_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ProductFileError, match=said) as refused:
        read_file(data)
    assert refused.value.code == "products.file"
    assert "template" in refused.value.next_step


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"titel": "T"}, "no field 'titel'. Did you mean title"),
        ({"title": ["T"]}, "title must be text"),
        ({"sections": "drugs"}, "sections must be a list"),
        ({"urgent": "perhaps"}, "urgent must be yes or no"),
        ({"valid_until": "31/03/2026"}, "valid_until must be a date like 2026-03-31"),
        ({"acknowledge_by": "tomorrow"}, "acknowledge_by must be a time"),
        ({"acknowledge_by": "2026-03-31T12:00"}, "needs its offset"),
        ({"cited_records": ["2026-0815"]}, "not of the form BR:REFERENCE"),
        ({"cited_records": [["BR", "x"]]}, "each entry is BR:REFERENCE"),
        ({"cited_records": [{"adminstration": "BR"}]}, "Did you mean administration"),
        ({"cited_records": [{"reference": "R", "event_id": "zz"}]}, "32 hexadecimal digits"),
        ({"cited_records": [{"reference": "R", "event_id": "00"}]}, "32 hexadecimal digits"),
        ({"language_editions": [{"language": "es"}]}, "language, number and translator"),
    ],
)
def test_every_mistake_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ProductFileError, match=said):
        product_from(fields)


def test_words_change_fields_and_build_lists() -> None:
    before = {"title": "Old", "sections": ["drugs", "revenue"], "areas": ["BR"]}
    changed = apply_words(before, ["title=New = better", "sections=aml", "sections=ipr", "areas=", "cited-records=BR:1"])
    assert changed == {"title": "New = better", "sections": ["aml", "ipr"], "areas": [], "cited_records": ["BR:1"]}


@pytest.mark.parametrize("word", ["title", "titel=x"])
def test_a_wrong_word_is_refused(word: str) -> None:
    with pytest.raises(ProductFileError):
        apply_words({}, [word])
