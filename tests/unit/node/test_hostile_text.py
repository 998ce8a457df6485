"""Words and numbers that a database chokes on, on both databases: set aside at worst, and the node goes on.

PostgreSQL refuses a NUL and a text longer than its column, SQLite a number of more than 64 bits; a failure outside the group of
handlers would come again after every restart.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.forging import withdrawal
from tests.unit.node.offices import Offices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BAD_TEXTS = ["a\x00b", "\x00", "x" * 5_000, "\u202e\x1b[2J", "database is locked", "\U0010ffff" * 50, "%s %(a)s :b ?"]


@pytest.fixture
def both(tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[Offices]:
    """The regional office on either database."""
    with Offices(tmp_path, new_database) as federation:
        federation.start("rilo.car")
        yield federation


def goes_on(offices: Offices) -> bool:
    """What comes afterwards arrives, and what had to be said is sent."""
    stream = offices.stream(epoch=int(offices.clock.now().timestamp() * 1000) + 1, region="EUR")
    offices.deliver(stream.begin(), stream.take(*stream.withdrawals("last")))
    offices.send("rilo.car")
    offices.wait(minutes=6)
    return "last" in offices.withdrawn()


def test_payloads_with_hostile_text_do_not_take_their_neighbours_with_them(both: Offices) -> None:
    stream = both.stream()
    hostile = [stream.event("CaseWithdrawn", {**withdrawal(f"T{number}"), "reason": text}) for number, text in enumerate(BAD_TEXTS)]
    hostile += [stream.event("CaseWithdrawn", withdrawal(text)) for text in BAD_TEXTS]
    hostile += [stream.event("CaseWithdrawn", withdrawal("A", administration=text)) for text in BAD_TEXTS]
    both.deliver(stream.seal(stream.opened(), *stream.withdrawals("before"), *hostile, *stream.withdrawals("after")))
    assert {"before", "after"} <= set(both.withdrawn())
    assert all(row["detail"].isprintable() for row in both.rows("quarantine"))
    assert goes_on(both)


def test_envelopes_with_hostile_text(both: Offices) -> None:
    stream = both.stream()
    hostile = [
        stream.raw_event(**{name: text, "event_id": bytes([number, place]) * 8})
        for number, text in enumerate(BAD_TEXTS)
        for place, name in enumerate(("type", "issuer", "author", "releaser"))
    ]
    both.deliver(stream.seal(stream.opened(), *hostile, *stream.withdrawals("after")))
    assert "after" in both.withdrawn()
    assert goes_on(both)


def test_headers_with_hostile_text(both: Offices) -> None:
    stream = both.stream()
    fields = ("issuer", "topic", "region", "key_id", "environment")
    for field, text in itertools.product(fields, (*BAD_TEXTS, "n" * 40, "n" * 41)):
        batch = stream.seal(stream.opened(), **{field: text})
        both.place(batch, on="mail.rilo.car")
        both.place(batch, on="backfill.rilo.car")
    both.receive("rilo.car")
    assert goes_on(both)


def test_headers_with_hostile_numbers(both: Offices) -> None:
    stream = both.stream()
    numbers = (-(2**63), -1, 0, 2**62 - 1, 2**62, 2**62 + 1, 2**63 - 1)
    for field, number in itertools.product(("epoch", "first_sequence", "trust_version"), numbers):
        both.place(stream.seal(stream.opened(), **{field: number}))
    both.receive("rilo.car")
    both.wait(minutes=6)
    assert goes_on(both)


def refusal(**changes: Any) -> dict[str, Any]:
    known = {"issuer": "rilo.car", "header": bytes(32), "check": 7, "code": "x", "text": "x", "indexes": [], "event_ids": []}
    return {**known, **changes}


def test_engine_events_with_hostile_text_and_numbers(both: Offices) -> None:
    both.emit_lost("rilo.car")
    both.send("rilo.car")
    (own,) = both.own_batches()
    mail = both.mail("ncp.jm")
    point = {
        "issuer": "rilo.car",
        "topic": "seizures.verified",
        "region": "AMS",
        "epoch": own.header.epoch,
        "sequence": 0,
        "head": bytes(32),
    }
    payloads: list[tuple[str, dict[str, Any]]] = []
    for text in BAD_TEXTS:
        payloads += [
            ("EventRefused", refusal(header=own.header_hash, code=text)),
            ("EventRefused", refusal(header=own.header_hash, text=text)),
        ]
        payloads += [
            ("BackfillRequested", {"stream": {**point, name: text}, "first": 1, "last": 9}) for name in ("issuer", "topic", "region")
        ]
        payloads += [("GapDeclared", {"epoch": 1, "first": 1, "last": 1, "reason": text})]
        payloads += [
            ("StreamOpened", {"previous": None, "reason": text}),
            ("StreamOpened", {"previous": {**point, "region": text}, "reason": "x"}),
        ]
    for number in (-(2**63), 0, 2**63 - 1):
        payloads += [("EventRefused", refusal(header=own.header_hash, check=max(min(number, 2**31 - 1), -(2**31))))]
        payloads += [("BackfillRequested", {"stream": {**point, "epoch": number}, "first": number, "last": number})]
        payloads += [("BackfillRequested", {"stream": point, "first": number, "last": -number - 1})]
        payloads += [("GapDeclared", {"epoch": number, "first": number, "last": number, "reason": "x"})]
    both.deliver(mail.take(*(mail.event(name, payload) for name, payload in payloads)))
    assert both.rows("forks") == []
    assert goes_on(both)


def test_an_epoch_that_names_hostile_predecessors(both: Offices) -> None:
    stream = both.stream()
    both.deliver(stream.begin())
    for number in (-(2**63), -1, 0, 2**62, 2**63 - 1):
        for field in ("epoch", "sequence"):
            stream = stream.next_epoch()
            both.deliver(stream.take(stream.opened({**stream.point(), field: number}, "restored")))
    both.wait(minutes=6)
    assert goes_on(both)
