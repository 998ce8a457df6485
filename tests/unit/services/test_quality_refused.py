"""What a lying or broken node may say about quality, and that it is refused and leaves no trace."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.assembly import kind_of, node_spec
from liaison.protocol.events import Draft, Handling
from liaison.testing import MemoryFederation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.testing import Running

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
NIL = {"administration": "BR", "month": "2026-01", "section": "", "revision": 1, "withdrawn": False, "reason": ""}
ITEM = {
    "kind": "not-reported",
    "month": "2026-01",
    "section": "",
    "reference": "",
    "version": 0,
    "since": date(2026, 2, 1),
    "due": date(2026, 3, 1),
}
REMINDER = {"node": NCP, "month": "2026-01", "items": [ITEM], "note": ""}
FIGURE = {
    "name": "return rate",
    "formula": "Q7",
    "n": 20,
    "count": 1,
    "of": 20,
    "value": "5.00",
    "covered": 20,
    "expected": 20,
    "region": "",
    "region_members": 0,
}


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryFederation]:
    folder = tmp_path_factory.mktemp("refused")
    with MemoryFederation(folder, lambda name: node_spec(kind_of(name))) as made:
        yield made.start(NCP, RILO, HUB, "rilo.car")


def rows(running: Running, table: str) -> int:
    with running.node.parts.database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608 - names below


def say(federation: MemoryFederation, node: str, draft: Draft, topic: tuple[str, str]) -> None:
    with federation[node].desk().acting("node.status") as tx:
        tx.emit(draft, topic[0], owner=topic[1])
    federation.settle()


def refused(federation: MemoryFederation, reader: str, event_type: str) -> int:
    running = federation[reader]
    quarantine = running.node.parts.tables.quarantine
    with running.node.parts.database.reading() as connection:
        found = connection.execute(quarantine.select().where(quarantine.c.type == event_type)).mappings().all()
    return len([one for one in found if one["code"] == "event.refused-by-handler"])


@pytest.mark.parametrize(
    "changed",
    [
        {"administration": "US"},
        {"month": "2026-03"},  # not over on 2 March
        {"month": "2026-13"},
        {"month": "\u0662\u0660\u0662\u0666-01"},
        {"revision": 0},
        {"revision": 2_000_000_000},
        {"section": "x" * 41},
        {"reason": "x" * 401, "withdrawn": True},
    ],
)
def test_a_nil_report_that_cannot_be(federation: MemoryFederation, changed: dict[str, Any]) -> None:
    before = refused(federation, RILO, "NilReported")
    say(federation, NCP, Draft("NilReported", NIL | changed, federation.clock.now(), Handling()), ("submissions", ""))
    assert refused(federation, RILO, "NilReported") == before + 1
    assert rows(federation[RILO], "quality_nil_reports") == 0


@pytest.mark.parametrize(
    "changed", [{"node": "ncp.us"}, {"month": "soon"}, {"items": [ITEM] * 201}, {"items": [ITEM | {"reference": "x" * 65}]}]
)
def test_a_reminder_that_cannot_be(federation: MemoryFederation, changed: dict[str, Any]) -> None:
    before = refused(federation, NCP, "ReminderSent")
    say(federation, RILO, Draft("ReminderSent", REMINDER | changed, federation.clock.now(), Handling()), ("receipts", NCP))
    assert refused(federation, NCP, "ReminderSent") == before + 1
    assert rows(federation[NCP], "quality_reminders") == 0


def test_an_answer_to_no_reminder(federation: MemoryFederation) -> None:
    draft = Draft("ReminderAcknowledged", {"month": "2026-01", "reason": "Soon."}, federation.clock.now(), Handling())
    say(federation, NCP, draft, ("submissions", ""))
    assert refused(federation, RILO, "ReminderAcknowledged") == 1
    assert rows(federation[RILO], "quality_reminders") == 0


@pytest.mark.parametrize(
    ("issuer", "reader", "changed"),
    [
        (RILO, NCP, {"subject": "ncp.us"}),
        (RILO, NCP, {"subject": RILO}),  # the office's own is for the hub
        (RILO, HUB, {"subject": "ncp.jm"}),  # another office's contact point
        (RILO, HUB, {"subject": "ncp.nowhere"}),
        ("rilo.car", RILO, {"subject": NCP}),
        (RILO, NCP, {"period": "2025-q4"}),
        (RILO, NCP, {"period": "always"}),
        (RILO, NCP, {"section": "x" * 41}),
        (RILO, NCP, {"figures": [FIGURE] * 101}),
        (RILO, NCP, {"figures": [FIGURE | {"value": "many"}]}),
        (RILO, NCP, {"figures": [FIGURE | {"region": "1.2.3"}]}),
    ],
)
def test_a_card_that_cannot_be(federation: MemoryFederation, issuer: str, reader: str, changed: dict[str, Any]) -> None:
    card = {"subject": NCP, "period": "2025-Q4", "section": "", "as_of": federation.clock.now(), "figures": [FIGURE]}
    before = refused(federation, reader, "QualityCardIssued")
    topic = ("receipts", reader) if reader == NCP else ("mail", reader)
    say(federation, issuer, Draft("QualityCardIssued", card | changed, federation.clock.now(), Handling()), topic)
    assert refused(federation, reader, "QualityCardIssued") == before + 1
    assert rows(federation[reader], "quality_cards") == 0


def test_the_highest_revision_stands_whatever_the_order(federation: MemoryFederation) -> None:
    for revision, withdrawn in ((3, False), (2, True), (1, False), (4, True)):
        changed = {"month": "2025-11", "revision": revision, "withdrawn": withdrawn, "reason": "An error." if withdrawn else ""}
        say(federation, NCP, Draft("NilReported", NIL | changed, federation.clock.now(), Handling()), ("submissions", ""))
        federation.clock.advance(timedelta(minutes=1))
        with federation[RILO].node.parts.database.reading() as connection:
            [row] = connection.exec_driver_sql("SELECT revision, withdrawn FROM quality_nil_reports").all()
        assert tuple(row) == ((3, 0) if revision < 4 else (4, 1))
