"""Remote search: a signed question, pages that prove themselves, nothing that the asker may not see; either side may be away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures import releasability
from enforcement.seizures.filters import BadFilter, Box, Circle, narrowed, read_filters
from enforcement.statistics.remote import answering, asking
from enforcement.statistics.remote.limits import MOST_OPEN, TooLargeQuestion, ensure_within
from enforcement.statistics.remote.question import question_screen, wanted_of, written
from liaison.access.permissions import NotPermitted, Role
from liaison.assembly import kind_of, node_spec
from liaison.protocol.events import Draft, Handling
from liaison.testing import MemoryFederation
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BR, SA, JM, CAR, HUB = "ncp.br", "rilo.sa", "ncp.jm", "rilo.car", "wco.hub"


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryFederation]:
    """Five verified cases of Brazil, one that is not verified, and one that is for its office alone."""
    folder: Path = tmp_path_factory.mktemp("searches")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(BR, SA, JM, CAR, HUB)
        offices = Offices(made, folder)
        offices.faulty(*(f"A-{number}" for number in range(5)), conveyance="air")
        offices.faulty("U-1")  # its office has not decided
        offices.faulty("S-1", conveyance="air")
        offices.ok(BR, "seizures", "release", "S-1", "--to", "count-only")
        made.settle()
        yield made


@pytest.fixture
def asked(federation: MemoryFederation, tmp_path: Path) -> Iterator[Offices]:
    """Every test asks on a day of its own."""
    federation.clock.advance(timedelta(days=1, hours=1))
    offices = Offices(federation, tmp_path)
    flow(offices)
    yield offices
    for node in (JM, CAR):
        for row in offices.ok(node, "searches", "list"):
            if row["state"] == "open":
                offices.ok(node, "searches", "withdraw", row["question"])
    flow(offices)


def flow(offices: Offices) -> None:
    offices.federation.settle()
    offices.federation.work()
    offices.federation.settle()


def ask(offices: Offices, *words: str, node: str = JM) -> str:
    told: str = offices.ok(node, "searches", "ask", *words)["question"]
    return told


def shown(offices: Offices, question: str, node: str = JM) -> Any:
    return offices.ok(node, "searches", "show", question)


def refused(offices: Offices, node: str) -> list[str]:
    parts = offices.federation[node].node.parts
    with parts.database.reading() as connection:
        return [f"{row['type']} {row['code']}" for row in connection.execute(parts.tables.quarantine.select()).mappings()]


def test_a_question_is_answered_with_what_its_reporter_signed_and_says_as_of_when_and_how_complete(asked: Any) -> None:
    question = ask(asked, "section=drugs", "administration=BR", "--purpose", "Route study.")
    [waiting] = asked.ok(JM, "searches", "list")[:1]
    assert (waiting["question"], waiting["state"], waiting["age"], waiting["at"]) == (question, "open", "0 min", CAR)
    flow(asked)
    one = shown(asked, question)
    assert (one["state"], one["cases"], one["more"], one["reporting"]) == ("answered", 5, False, 1)
    assert one["as_of"] is not None
    assert one["members"] == len(load_shipped().members)
    assert {found["reference"] for found in one["found"]} == {f"A-{number}" for number in range(5)}  # and not what is not verified
    assert one["found"][0]["goods"] == "cocaine 3 KGM"
    assert asked.ok(JM, "searches", "read", question, "A-3")["case"]["reference"] == "A-3"
    assert asked.ok(JM, "seizures", "list") == []  # nothing of it is ours
    day = ask(asked, "--since", "2025-03-01", "--until", "2025-03-01")  # what counts on one day is told of its month only
    flow(asked)
    assert (shown(asked, day)["cases"], shown(asked, day)["reporting"]) == (0, 1)
    [received] = [row for row in asked.ok(CAR, "searches", "received", "--asker", JM) if row["question"] == question]
    assert (received["state"], received["cases"], received["purpose"], received["asked_by"]) == (
        "answered",
        5,
        "Route study.",
        "u-0000000a",
    )
    assert {"searches.ask", "searches.received", "searches.read"} <= actions(asked, JM)
    assert {"searches.received", "searches.answered"} <= actions(asked, CAR)


def actions(offices: Offices, node: str) -> set[str]:
    at = offices.federation[node].node
    with at.parts.database.reading() as connection:
        return {row["action"] for row in connection.execute(at.audit.select()).mappings()}


def test_questions_and_answers_are_sealed_and_a_sealed_case_is_in_none(asked: Any) -> None:
    question = ask(asked, "administration=BR", "--purpose", "A word that is nowhere else.", node=BR)
    flow(asked)
    found = {one["reference"] for one in shown(asked, question, BR)["found"]}
    assert found == {f"A-{number}" for number in range(5)}
    assert asked.ok(SA, "seizures", "search", "reference=S-1", "state=validated")["seizures"] != []  # its office has it
    assert refused(asked, BR) == []
    for node in (BR, SA):
        parts = asked.federation[node].node.parts
        with parts.database.reading() as connection:
            stored = [bytes(row["raw"]) for row in connection.execute(parts.tables.batches.select()).mappings()]
        assert not any(b"A word that is nowhere else." in raw for raw in stored)


def test_pages_go_on_where_the_last_one_ended_and_never_beyond_what_was_asked(asked: Any) -> None:
    first = ask(asked, "administration=BR", "--per-page", "1", "--pages", "2")
    flow(asked)
    one = shown(asked, first)
    assert (one["pages"], one["cases"], one["more"]) == (2, 2, True)
    second = asked.ok(JM, "searches", "more", first)["question"]
    flow(asked)
    third = asked.ok(JM, "searches", "more", second)["question"]
    flow(asked)
    every = [found["reference"] for question in (first, second, third) for found in shown(asked, question)["found"]]
    assert sorted(every) == [f"A-{number}" for number in range(5)]
    assert asked.run(JM, "searches", "more", third).error.code == "searches.nothing-more"


def test_the_hub_is_asked_as_well_and_an_office_asks_it_too(asked: Any) -> None:
    for node in (JM, CAR):
        question = ask(asked, "administration=BR", "--at", "hub", node=node)
        flow(asked)
        assert (shown(asked, question, node)["at"], shown(asked, question, node)["cases"]) == (HUB, 5)
    assert asked.run(JM, "searches", "ask", "--at", SA).error.code == "searches.nobody"


def test_a_copy_says_as_of_when_it_is_and_that_its_case_was_withdrawn_where_that_is_known(asked: Any) -> None:
    asked.faulty("W-1", conveyance="air")
    flow(asked)
    question = ask(asked, "reference=W-1", node=CAR)
    flow(asked)
    assert [one["since_then"] for one in shown(asked, question, CAR)["found"]] == [""]
    asked.ok(BR, "seizures", "withdraw", "W-1", "--reason-code", "other", "--reason", "Not ours.")
    flow(asked)
    assert [one["since_then"] for one in shown(asked, question, CAR)["found"]] == ["withdrawn"]
    told = asked.ok(CAR, "searches", "read", question, "W-1")
    assert (told["since_then"], told["as_of"], told["case"]["reference"]) == ("withdrawn", shown(asked, question, CAR)["as_of"], "W-1")
    assert "WITHDRAWN" in asked.run(CAR, "searches", "read", question, "W-1").out


def test_either_side_may_be_away(asked: Any) -> None:
    question = ask(asked, "administration=BR")
    federation = asked.federation
    federation.send(JM)
    federation.clock.advance(timedelta(days=3))  # the office comes back
    assert shown(asked, question)["state"] == "open"
    assert shown(asked, question)["age"] == "3 d"
    federation.receive(CAR)
    federation.work(CAR)
    federation.send(CAR)
    federation.clock.advance(timedelta(days=20))  # the asker comes back, after its question expired
    assert shown(asked, question)["state"] == "expired"
    flow(asked)
    assert (shown(asked, question)["state"], shown(asked, question)["cases"]) == ("answered", 5)


def test_an_expired_question_is_not_answered(asked: Any) -> None:
    question = ask(asked, "administration=BR", "--days", "1")
    asked.federation.send(JM)
    asked.federation.clock.advance(timedelta(days=2))
    flow(asked)
    one = shown(asked, question)
    assert (one["state"], one["refusal"], one["cases"]) == ("refused", "searches.expired", 0)


def test_a_withdrawn_question_is_not_answered_and_a_forgotten_one_leaves_nothing(asked: Any) -> None:
    question = ask(asked, "administration=BR")
    assert asked.run(JM, "searches", "forget", question).error.code == "searches.open"
    asked.federation.send(JM)
    asked.federation.receive(CAR)
    asked.ok(JM, "searches", "withdraw", question)
    flow(asked)
    assert (shown(asked, question)["state"], shown(asked, question)["cases"]) == ("withdrawn", 0)
    assert next(row for row in asked.ok(CAR, "searches", "received") if row["question"] == question)["state"] == "withdrawn"
    assert asked.run(JM, "searches", "withdraw", question).error.code == "searches.not-open"
    asked.ok(JM, "searches", "forget", question)
    assert asked.run(JM, "searches", "show", question).error.code == "searches.unknown"


def test_what_the_asker_may_not_see_is_not_mentioned(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reporter that keeps a case to its office: as if it were not there, on full pages too."""
    of_store = releasability.report_of

    def narrow(tx: Any, row: Any) -> Any:
        event = of_store(tx, row)
        return replace(event, handling=Handling(releasable_to=(SA,))) if row["reference"] in ("A-4", "A-2") else event

    monkeypatch.setattr(releasability, "report_of", narrow)
    question = ask(asked, "administration=BR", "--per-page", "2", "--pages", "2")
    flow(asked)
    one = shown(asked, question)
    assert {found["reference"] for found in one["found"]} == {"A-0", "A-1", "A-3"}
    assert (one["pages"], one["more"], one["of_pages"]) == (2, False, 2)


def test_an_answer_is_believed_only_from_whom_was_asked_and_as_far_as_it_proves_itself(asked: Any) -> None:
    question = bytes.fromhex(asked.ok(JM, "searches", "ask", "administration=BR")["event_id"])
    with asked.federation[CAR].steps.reading() as tx:
        event = releasability.shown_to(tx, tx.members.get(JM), [("BR", "A-1", 1)])["BR", "A-1", 1]
    found = {"administration": "BR", "reference": "A-1", "version": 1, "method": "rule", "counts_under": "", "evidence": event.evidence()}
    before = refused(asked, JM)
    tries: tuple[tuple[str, dict[str, Any]], ...] = (
        (SA, {}),
        (CAR, {"question": b"\x07" * 16}),
        (CAR, {"page": 0}),
        (CAR, {"cases": [found] * 101}),
        (CAR, {"cases": [{**found, "reference": "A-2"}]}),
        (CAR, {"cases": [{**found, "evidence": {**event.evidence(), "path": b"\x00" * 32}}]}),
    )
    for node, changed in tries:
        with asked.federation[node].steps.writing() as tx:
            payload = {**answering._empty(tx, question), "page": 1, "cases": [found], **changed}  # noqa: SLF001 - as an office that errs
            tx.emit(Draft("SearchAnswered", payload, tx.now, Handling(releasable_to=(JM, node))), "mail", owner=JM)
    asked.federation.settle()
    assert len(refused(asked, JM)) - len(before) == len(tries)
    assert shown(asked, question.hex())["cases"] == 0


def test_limits_hold_at_both_sides_with_codes(asked: Any) -> None:
    for number in range(MOST_OPEN):
        ask(asked, f"reference=Z-{number}")
    assert asked.run(JM, "searches", "ask").error.code == "searches.too-many-open"
    assert asked.run(JM, "searches", "ask", "state=draft").error.code == "seizures.filter"
    whole = {**written(narrowed(read_filters((), load_shipped()))), "sort": "date", "per_page": 50, "pages": 1, "purpose": ""}
    with asked.federation[JM].steps.writing() as tx:  # as a member whose program has no bounds would
        valid = {"continues": b"", "valid_until": tx.now + timedelta(days=2)}
        for changed in ({}, {"per_page": 51}, {"sort": "size"}, {"filters": ["colour=red"]}):
            draft = Draft("SearchRequested", {**whole, **valid, **changed}, tx.now, Handling(releasable_to=(CAR, JM)))
            tx.emit(draft, "submissions", region=tx.me.region)
    asked.federation.settle()
    codes = [row["refusal"] for row in asked.ok(CAR, "searches", "received", "--asker", JM)[:9]]
    assert sorted(filter(None, codes)) == ["searches.too-large", *["searches.too-many-open"] * 3]


def test_an_asker_has_so_many_questions_a_day(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.ok(CAR, "searches", "limits", "--day", "1")
    first, second = ask(asked, "section=drugs"), ask(asked, "section=revenue")
    flow(asked)
    assert [shown(asked, question)["refusal"] for question in (first, second)] == ["", "searches.too-many"]
    monkeypatch.setattr(asking, "MOST_A_DAY", 2)
    assert asked.run(JM, "searches", "ask").error.code == "searches.too-many"
    asked.ok(CAR, "searches", "limits", "--day", "40")
    asked.federation.clock.advance(timedelta(days=1))
    third = ask(asked, "section=drugs")
    flow(asked)
    assert shown(asked, third)["state"] == "answered"


def test_an_office_gives_less_than_the_network_allows_and_never_more(asked: Any) -> None:
    asked.ok(CAR, "searches", "limits", "--page", "2", "--answer", "3", "--message", "8")
    question = ask(asked, "administration=BR")
    flow(asked)
    one = shown(asked, question)
    assert (one["state"], one["pages"], one["cases"], one["more"]) == ("answered", 2, 3, True)
    asked.ok(CAR, "searches", "limits", "--page", "50", "--answer", "500", "--message", "128")
    rest = asked.ok(JM, "searches", "more", question)["question"]
    flow(asked)
    assert len({found["reference"] for asking in (question, rest) for found in shown(asked, asking)["found"]}) == 5
    asked.ok(CAR, "searches", "limits", "--days", "1")
    late = ask(asked, "administration=BR")
    asked.federation.settle()
    asked.federation.clock.advance(timedelta(days=2))
    flow(asked)
    assert [row["state"] for row in asked.ok(CAR, "searches", "received") if row["question"] == late] == ["expired"]
    limits = asked.ok(CAR, "searches", "limits", "--days", "60")
    assert {row["limit"]: row["value"] for row in limits} == {row["limit"]: row["most"] for row in limits}
    assert asked.run(CAR, "searches", "limits", "--page", "51").error.code == "searches.limit"
    asked.roles = (Role.VERIFIER,)
    assert isinstance(asked.run(CAR, "searches", "limits", "--day", "1").error, NotPermitted)
    asked.ok(CAR, "searches", "limits")
    asked.roles = tuple(Role)


def test_nothing_nominal_leaves_in_a_question(asked: Any) -> None:
    assert asked.run(JM, "searches", "ask", "--purpose", "Call +55 11 91234 5678.").error.code == "egress.refused"
    assert asked.run(JM, "searches", "ask", "--text", "jane@example.org").error.code == "egress.refused"
    assert question_screen({"words": "", "purpose": "", "filters": ["section=drugs"]}) == ""


def test_who_may_ask_and_who_may_only_look(asked: Any) -> None:
    asked.roles = (Role.AUDITOR,)
    for words in (("ask",), ("more", "abcd"), ("withdraw", "abcd"), ("forget", "abcd")):
        assert isinstance(asked.run(JM, "searches", *words).error, NotPermitted)
    asked.ok(JM, "searches", "list")
    assert "Questions" in asked.run(JM, "searches", "list").out


def test_a_filter_comes_back_as_it_was_written() -> None:
    lists = load_shipped()
    for area in (None, Circle(51.9, -4.25, 40.0), Box(-35.0, 170.0, 5.0, -34.5)):
        wanted = narrowed(
            read_filters(["section=drugs,revenue", "origin!=CO", "amount>=2.5 KGM", "amount<=100 KGM"], lists), words="lining", area=area
        )
        question = {**written(wanted), "sort": "date"}
        assert wanted_of(question, lists) == wanted
    good = {**written(narrowed(read_filters((), lists))), "sort": "date"}
    for changed in ({"filters": ["state=submitted"]}, {"since": "soon"}, {"near": "1,2"}, {"near": "1,2", "box": "1,2,3,4"}, {"box": "x"}):
        with pytest.raises(BadFilter):
            wanted_of({**good, **changed}, lists)
    with pytest.raises(TooLargeQuestion):
        ensure_within({**good, "per_page": 1, "pages": 11, "purpose": ""})
