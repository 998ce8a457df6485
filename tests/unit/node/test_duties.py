"""What a node does by itself: when it has time, in order, and never at the cost of its other work."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.adapters.clock import ManualClock
from liaison.node.database import DatabaseFull
from liaison.node.duties import AT_LEAST_SECONDS, IDLE_SECONDS, RETRY_SECONDS, Duties, Duty
from liaison.testing import START, SilentLog

if TYPE_CHECKING:
    from collections.abc import Iterator


class Works:
    """Two duties with so many portions to do each."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.log = SilentLog()
        self.left = {"first": 1, "second": 2}
        self.broken: Exception | None = None
        self.duties = Duties([self.duty("first"), self.duty("second")], self.clock, self.log)
        self.started_at_work = self.next()
        self.pass_by(IDLE_SECONDS)

    def duty(self, name: str) -> Duty:
        return Duty(name, lambda _tx: self.left[name] > 0, lambda _tx: self.do(name))

    def do(self, name: str) -> None:
        if name == "first" and self.broken is not None:
            raise self.broken
        self.left[name] -= 1

    def next(self, *, at_once: bool = False) -> bool:
        @contextmanager
        def transaction() -> Iterator[Any]:
            yield None

        return self.duties.do_next(transaction, transaction, at_once=at_once)

    def pass_by(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


def test_the_first_that_is_due_comes_first_until_nothing_is_due() -> None:
    works = Works()
    assert not works.started_at_work  # what waits to be sent or read comes first
    assert [works.next() for _ in range(4)] == [True, True, True, False]
    assert works.left == {"first": 0, "second": 0}


def test_a_node_that_takes_in_has_no_time_but_now_and_then() -> None:
    works = Works()
    assert works.next()
    works.duties.busy()
    assert not works.next()
    assert works.next(at_once=True)
    works.pass_by(IDLE_SECONDS)
    assert works.next()
    works.left["first"] = 2
    works.pass_by(AT_LEAST_SECONDS)
    works.duties.busy()
    assert works.next()
    assert not works.next()


def test_one_that_fails_rests_and_the_others_go_on() -> None:
    works = Works()
    works.broken = ValueError("a payload that nobody must read")
    assert works.next()
    assert works.log.said == ["duty.failed"]
    assert [works.next(), works.next(), works.next()] == [True, True, False]
    works.broken = None
    works.pass_by(RETRY_SECONDS)
    assert works.next()
    assert works.left["first"] == 0


def test_a_full_disk_stops_the_node() -> None:
    works = Works()
    works.broken = DatabaseFull()
    with pytest.raises(DatabaseFull):
        works.next()
