"""An office or an asker whose database is put back while an answer is under way: nothing of it is lost, nothing is given twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.assembly import kind_of, node_spec
from liaison.node.ports import Position
from liaison.protocol.opening import decode_batch
from liaison.protocol.sealing import SEALED
from liaison.testing import MemoryFederation
from tests.forging import SCHEMAS
from tests.unit.node.test_restore import copy, put_back
from tests.unit.services.conftest import Offices
from tests.unit.services.test_searches import ask, flow, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BR, SA = "ncp.br", "rilo.sa"
CASES = [f"A-{number}" for number in range(5)]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Any]:
    """Five verified cases; the reporter asks its own office for them."""
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(BR, SA)
        offices = Offices(made, tmp_path)
        offices.faulty(*CASES, conveyance="air")
        flow(offices)
        yield offices


def backup(offices: Any, node: str, to: Path) -> None:
    copy(offices.federation, node, to)
    offices.federation.clock.advance(timedelta(seconds=10))
    offices.federation.start(node)


def one_page(offices: Offices) -> None:
    """The office says one page, which arrives."""
    offices.federation.settle()
    steps = offices.federation[SA].steps
    assert steps.do_duty(True)
    offices.federation.settle()


def answers(offices: Any) -> int:
    """How many pages the office has ever signed for the asker."""
    records = offices.federation.cluster.read(Position(f"mail.{BR}", 0), 0, 2**40, 2**20)
    entries = [entry for record in records for entry in decode_batch(record.value, SCHEMAS).entries]
    return [SCHEMAS.writer("Event").decode(entry)["type"] for entry in entries if entry].count(SEALED)


def found(offices: Offices, *questions: str) -> list[str]:
    return sorted(one["reference"] for question in questions for one in shown(offices, question, BR)["found"])


@pytest.mark.parametrize("when", ["before the question", "after the first page"])
def test_a_restored_office_goes_on_where_it_was(asked: Any, tmp_path: Path, when: str) -> None:
    if when == "before the question":
        backup(asked, SA, tmp_path / "backup")
    first = ask(asked, "administration=BR", "--per-page", "1", "--pages", "3", node=BR)
    one_page(asked)
    if when == "after the first page":
        backup(asked, SA, tmp_path / "backup")
    one_page(asked)
    given = found(asked, first)
    put_back(asked.federation, SA, tmp_path / "backup")
    flow(asked)
    one = shown(asked, first, BR)
    assert (one["state"], one["pages"], one["cases"], one["more"]) == ("answered", 3, 3, True)
    assert set(given) < set(found(asked, first))
    [received] = asked.ok(SA, "searches", "received")
    assert (received["state"], received["pages"], received["cases"], received["looking_for"]) == ("answered", 3, 3, "administration=BR")
    second = asked.ok(BR, "searches", "more", first)["question"]
    flow(asked)
    assert found(asked, first, second) == CASES
    assert answers(asked) == 3 + 2


def test_what_an_office_said_no_to_stays_a_no(asked: Any, tmp_path: Path) -> None:
    asked.ok(SA, "searches", "limits", "--day", "1")
    backup(asked, SA, tmp_path / "backup")
    questions = [ask(asked, "administration=BR", node=BR), ask(asked, "section=drugs", node=BR)]
    flow(asked)
    put_back(asked.federation, SA, tmp_path / "backup")
    flow(asked)
    assert [shown(asked, question, BR)["refusal"] for question in questions] == ["", "searches.too-many"]
    assert {row["question"]: row["state"] for row in asked.ok(SA, "searches", "received")} == dict(
        zip(questions, ("answered", "refused"), strict=True)
    )
    assert answers(asked) == 2


def test_a_restored_asker_has_its_questions_and_their_answers_again(asked: Any, tmp_path: Path) -> None:
    backup(asked, BR, tmp_path / "backup")
    first = ask(asked, "administration=BR", "--per-page", "1", "--pages", "5", node=BR)
    one_page(asked)
    dropped = ask(asked, "administration=BR", node=BR)
    asked.ok(BR, "searches", "withdraw", dropped)
    asked.federation.settle()
    put_back(asked.federation, BR, tmp_path / "backup")
    flow(asked)
    assert (found(asked, first), shown(asked, first, BR)["pages"]) == (CASES, 5)
    assert shown(asked, dropped, BR)["state"] == "withdrawn"
    assert answers(asked) == 5
