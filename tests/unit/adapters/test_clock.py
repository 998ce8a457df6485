"""Clocks and random sources: the system's keep the port's promises, a test's stand still and repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.adapters.clock import ManualClock, SeededRandom, SystemClock, SystemRandom

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_system_clock_is_aware_utc_and_rounded_to_milliseconds() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert before - timedelta(milliseconds=1) < now <= datetime.now(UTC)


def test_the_system_clocks_seconds_do_not_go_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_system_random_gives_as_many_bytes_as_asked_and_never_the_same() -> None:
    drawn = {SystemRandom().bytes(16) for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(one) == 16 for one in drawn)


def test_a_manual_clock_stands_still_until_told() -> None:
    clock = ManualClock(NOON)
    assert (clock.now(), clock.monotonic()) == (NOON, 0.0)
    clock.advance(timedelta(seconds=90))
    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(seconds=90), 90.0)


def test_putting_the_wall_clock_back_does_not_move_elapsed_time() -> None:
    clock = ManualClock(NOON)
    clock.advance(timedelta(seconds=5))
    clock.set(NOON - timedelta(days=1))
    assert (clock.now(), clock.monotonic()) == (NOON - timedelta(days=1), 5.0)


def test_a_manual_clock_refuses_naive_times_and_negative_steps() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the refused case
    clock = ManualClock(NOON)
    with pytest.raises(ValueError, match="aware"):
        clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - the refused case
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))


def test_a_manual_clock_gives_utc_and_whole_milliseconds_for_any_zone() -> None:
    clock = ManualClock(datetime(2026, 1, 1, 5, 0, 0, 1999, tzinfo=timezone(timedelta(hours=5))))
    assert clock.now() == datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


@given(seed=st.integers(), counts=st.lists(st.integers(min_value=0, max_value=64), max_size=5))
def test_equal_seeds_give_equal_bytes(seed: int, counts: list[int]) -> None:
    first, second = SeededRandom(seed), SeededRandom(seed)
    for count in counts:
        drawn = first.bytes(count)
        assert drawn == second.bytes(count)
        assert len(drawn) == count
