"""Instants in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.node.times import NaiveTime, from_ms, to_ms


@given(st.integers(-62_000_000_000_000, 250_000_000_000_000))
def test_every_millisecond_comes_back(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds


def test_the_same_instant_in_another_zone_is_the_same_number() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert to_ms(at.astimezone(timezone(timedelta(hours=-5)))) == to_ms(at) == 1_780_315_200_000


def test_what_is_finer_than_a_millisecond_is_cut_off() -> None:
    assert to_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveTime) as refused:
        to_ms(datetime(2026, 1, 1))  # noqa: DTZ001 - the very thing to refuse
    assert refused.value.code == "time.naive"
