"""What anybody with a way to the broker can put there: each is refused by its own check, counted, and costs nobody else anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.counters import decided
from demo.intruder import Intruder, corrupted, foreign_environment, truncated
from demo.offices import ADMINISTRATOR, OFFICER
from demo.story import position_of
from demo.waiting import wait_until
from liaison.protocol.errors import TooLarge
from liaison.protocol.topics import MAX_BATCH_BYTES, MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from liaison.node.ports import Position
    from tests.system.conftest import Told

SECONDS = 60.0


def own_topic(told: Told) -> Position:
    """Where ncp.br reports."""
    (reporter,) = (office for office in told.federation.offices if office.node == "ncp.br")
    return position_of("submissions.rilo.sa", reporter)


def of_another_office(told: Told) -> bytes:
    """A true record of ncp.jm, from the topic of another office."""
    (reporter,) = (office for office in told.federation.offices if office.node == "ncp.jm")
    return Intruder(told.federation.bootstrap).read(position_of("submissions.rilo.car", reporter))[0].value


BAD: dict[str, tuple[Callable[[Told, bytes], bytes], tuple[str, str]]] = {
    "corrupted": (lambda _told, raw: corrupted(raw), ("reject", "7")),
    "truncated": (lambda _told, raw: truncated(raw), ("reject", "1")),
    "empty": (lambda _told, _raw: b"", ("reject", "1")),
    "longer": (lambda _told, raw: raw + b"\0", ("reject", "1")),
    "oversized": (lambda _told, raw: raw + bytes(MAX_BATCH_BYTES), ("reject", "1")),
    "foreign environment": (lambda _told, raw: foreign_environment(raw), ("reject", "3")),
    "foreign topic": (lambda told, _raw: of_another_office(told), ("reject", "4")),
    "replayed": (lambda _told, raw: raw, ("ignore", "0")),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_refused_by_its_check_and_changes_nothing(told: Told, name: str) -> None:
    spoil, expected = BAD[name]
    intruder, position, port = Intruder(told.federation.bootstrap), own_topic(told), told.federation.metrics_port("rilo.sa")
    cases, before = told.story.books["rilo.sa"].cases("validated", "returned", "in-review"), decided(port)
    intruder.write([(position, spoil(told, intruder.read(position)[0].value))])
    wait_until(lambda: decided(port) != before, f"rilo.sa has decided on the {name} record", SECONDS)
    after = decided(port)
    assert {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)} == {expected: 1}
    assert told.story.books["rilo.sa"].cases("validated", "returned", "in-review") == cases
    assert not any(told.story.books["rilo.sa"].put_aside().values())


def test_the_adapter_does_not_send_what_the_broker_could_never_take(told: Told) -> None:
    with pytest.raises(TooLarge):
        Intruder(told.federation.bootstrap).write([(own_topic(told), bytes(MAX_RECORD_BYTES + 1))])


def test_what_comes_after_the_junk_arrives(told: Told) -> None:
    hub = told.story.books["wco.hub"]
    before = len(hub.cases("validated", administration="BR"))
    told.cli("ncp.br", OFFICER, "simulate", "--cases", "20", "--seed", "77")
    wait_until(lambda: len(hub.cases("validated", administration="BR")) == before + 20, "the new cases are at the hub", SECONDS)
    assert told.cli("rilo.sa", ADMINISTRATOR, "quarantine", "list") == []
