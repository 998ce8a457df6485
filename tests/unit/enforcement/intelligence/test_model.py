"""States, numbers, and the way of a product to the wire and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.intelligence.drafting import product_from
from enforcement.intelligence.errors import ProductStateError
from enforcement.intelligence.model import (
    IN_THE_MAKING,
    TRANSITIONS,
    Citation,
    LanguageEdition,
    Number,
    Product,
    ensure_transition,
    from_payload,
    parse_number,
    payload_of,
    plain_of,
    state_on,
)
from liaison.protocol.codec import Schemas
from schemas import published

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

TEXT = st.text(max_size=30).map(str.strip)
SHORT = st.lists(st.sampled_from(["drugs", "revenue", "AMS", "BR"]), max_size=3).map(tuple)
DATES = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def products() -> SearchStrategy[Product]:
    citation = st.builds(
        Citation,
        administration=st.sampled_from(["BR", "JM", ""]),
        reference=TEXT,
        status=st.sampled_from(["verified", "unverified", "information"]),
        grade=st.sampled_from(["", "B2"]),
        event_issuer=st.sampled_from(["ncp.br", ""]),
        event_id=st.binary(min_size=16, max_size=16),
    )
    return st.builds(
        Product,
        title=TEXT,
        language_editions=st.lists(st.builds(LanguageEdition, TEXT, TEXT, TEXT), max_size=2).map(tuple),
        urgent=st.booleans(),
        valid_from=DATES,
        valid_until=DATES,
        sections=SHORT,
        areas=SHORT,
        summary=TEXT,
        facts=TEXT,
        cited_records=st.lists(citation, max_size=3).map(tuple),
        risk_indicators=st.lists(TEXT, max_size=3).map(tuple),
        acknowledge_by=st.none() | st.just(datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        tlp=st.sampled_from(["CLEAR", "AMBER+STRICT"]),
        audience=st.sampled_from(["region", "everyone"]),
        originator_control=st.booleans(),
    )


@given(products())
def test_a_product_survives_the_wire(product: Product) -> None:
    schema = Schemas(published()).writer("ProductReleased")
    decoded = schema.decode(schema.encode(payload_of(product, "A/rilo.sa/2026/0001", "rilo.sa", 1)))
    assert from_payload(decoded, product.handling(), product.audience) == product


@given(products())
def test_a_product_survives_the_store(product: Product) -> None:
    assert product_from(plain_of(product)) == product


@given(st.sampled_from(["rilo.sa", "rilo.car", "wco.hub"]), st.integers(1000, 9999), st.integers(1, 9_999_999))
def test_numbers_are_read_as_they_are_written(office: str, year: int, serial: int) -> None:
    assert parse_number(str(Number(office, year, serial))) == Number(office, year, serial)


@pytest.mark.parametrize(
    "text", ["", "7", "SA-2026-0001", "A/ncp.br/2026/0001", "A/rilo.sa/26/0001", "A/rilo.sa/2026/1", "xA/rilo.sa/2026/0001"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("draft", "released"),
        ("declined", "released"),
        ("released", "draft"),
        ("superseded", "released"),
        ("recalled", "draft"),
        ("nonsense", "draft"),
    ],
)
def test_no_way_around_the_second_person_or_back_from_release(state: str, to: str) -> None:
    with pytest.raises(ProductStateError, match=f"{state} cannot become {to}") as refused:
        ensure_transition(state, to)
    assert refused.value.code == "products.state"


def test_every_state_of_the_table_leads_to_known_states_only() -> None:
    assert {to for ways in TRANSITIONS.values() for to in ways} <= set(TRANSITIONS)
    assert all("released" not in TRANSITIONS[state] for state in set(TRANSITIONS) - IN_THE_MAKING)


@pytest.mark.parametrize(
    ("state", "until", "shown"),
    [
        ("released", "2026-03-01", "expired"),
        ("released", "2026-03-02", "released"),
        ("superseded", "2026-03-01", "superseded"),
        ("draft", "2026-03-01", "draft"),
        ("draft", "", "draft"),
    ],
)
def test_what_is_in_force_expires_by_itself(state: str, until: str, shown: str) -> None:
    assert state_on(state, until, date(2026, 3, 2)) == shown
