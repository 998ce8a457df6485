"""Events set aside: judged again they take effect, or stay with the new reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from liaison.node.quarantine import DoneAlready, NotInQuarantine, one_quarantined
from tests.unit.node.watched import tamper, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.node.watched import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with watched(tmp_path) as running:
        yield running


@pytest.mark.parametrize(("mood", "code"), [("refuse", "event.refused-by-handler"), ("break", "event.internal")])
def test_a_retry_after_the_cause_is_gone_takes_effect_as_if_just_arrived(world: World, mood: str, code: str) -> None:
    world.office.mood = mood
    event_id = world.sent()
    (row,) = world.waiting()
    assert (row["code"], row["state"], row["event_id"]) == (code, "open", event_id.hex())
    world.office.mood = "accept"
    result = world.retry(row["id"])
    assert (result.error, result.event_id) == (None, event_id)
    assert world.office.seen == [event_id]
    assert world.office.authors == [""]  # the node's word, not the administrator's
    assert world.waiting() == []
    world.federation.settle()
    assert world.described("wco.hub", event_id)[0]["verified"] is True
    with pytest.raises(DoneAlready):
        world.retry(row["id"])
    assert world.office.seen == [event_id]


def test_a_retry_that_fails_stays_with_the_new_reason(world: World) -> None:
    world.office.mood = "break"
    world.sent()
    number = world.waiting()[0]["id"]
    world.office.mood = "refuse"
    assert world.retry(number).error.code == "event.refused-by-handler"
    (row,) = world.waiting()
    assert (row["tries"], row["code"]) == (2, "event.refused-by-handler")
    assert "test.not-today" in row["detail"]


def test_the_reason_of_a_failed_retry_is_kept_as_it_may_be_shown(world: World) -> None:
    world.office.mood = "break"
    world.sent()
    world.office.mood = "refuse\0\x1b[2J"
    world.retry(world.waiting()[0]["id"])
    (row,) = world.waiting()
    assert row["tries"] == 2
    assert row["detail"].isprintable()


def test_a_retry_opens_the_batch_again(world: World) -> None:
    world.office.mood = "refuse"
    world.sent("entered twice")
    tamper(world.federation["rilo.car"].node, "submissions.rilo.car")
    world.office.mood = "accept"
    assert world.retry(world.waiting()[0]["id"]).error.code == "batch.wrong-root"
    assert world.office.seen == []


def test_one_in_quarantine_is_shown_without_its_payload(world: World) -> None:
    world.office.mood = "refuse"
    world.sent("a secret reason")
    number = world.waiting()[0]["id"]
    with world.federation["rilo.car"].desk().acting("quarantine.list") as tx:
        shown = one_quarantined(tx, number)
        with pytest.raises(NotInQuarantine):
            one_quarantined(tx, 99)
    assert (shown["topic"], shown["tlp"], shown["author"]) == ("submissions.rilo.car", "GREEN", "u-0000000b")
    assert "secret" not in str(shown)
