"""An officer keeps what a rule objects to, with a reason that travels in the case; what nobody may override stays an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.rules import check, errors
from enforcement.seizures.rules.overrides import KIND, not_overridden, reasons, with_override
from liaison.protocol.codec import Schemas
from schemas import published

if TYPE_CHECKING:
    from datetime import date

    from enforcement.codelists.model import CodeLists

Case = dict[str, Any]
WHY = "The yacht stood on a trailer beside the hangar."


@pytest.fixture
def yacht(case: Case) -> Case:
    return case | {"conveyance": "vessel"}


def test_a_reason_lets_an_overridable_error_stand(yacht: Case, lists: CodeLists, today: date) -> None:
    (finding,) = check(yacht, lists, today)
    kept = with_override(yacht, finding, WHY)
    assert reasons(kept) == {("place.airport-with-vessel", "conveyance"): WHY}
    assert errors(check(kept, lists, today)) == [finding]
    assert not_overridden(check(kept, lists, today), kept) == []
    assert yacht["texts"] == []


def test_a_later_reason_takes_the_place_of_an_earlier_one(yacht: Case, lists: CodeLists, today: date) -> None:
    (finding,) = check(yacht, lists, today)
    kept = with_override(with_override(yacht, finding, WHY), finding, "It was\nbeing  repaired.")
    assert list(reasons(kept).values()) == ["It was being repaired."]
    assert len(kept["texts"]) == 1


def test_a_reason_is_for_one_rule_and_one_field(yacht: Case, lists: CodeLists, today: date) -> None:
    (finding,) = check(yacht, lists, today)
    kept = with_override(yacht, finding, WHY) | {"persons_arrested": 101}
    assert [one.code for one in not_overridden(check(kept, lists, today), kept)] == ["persons.many"]


def test_nominal_data_cannot_be_overridden_and_a_reason_is_screened_itself(yacht: Case, lists: CodeLists, today: date) -> None:
    (finding,) = check(yacht, lists, today)
    kept = with_override(yacht, finding, "Ask the owner, a@example.org.")
    told = not_overridden(check(kept, lists, today), kept)
    assert [one.code for one in told] == ["nominal.content"]
    forced = with_override(kept, told[0], "We need it all the same.")
    assert "nominal.content" in [one.code for one in not_overridden(check(forced, lists, today), forced)]


@pytest.mark.parametrize("said", ["ok", "place.airport-with-vessel conveyance: fine", "place.airport-with-vessel: a long enough reason"])
def test_what_is_no_reason_is_refused(case: Case, lists: CodeLists, today: date, said: str) -> None:
    case["texts"] = [{"kind": KIND, "text": said}]
    assert [one.code for one in check(case, lists, today)] == ["override.unfit"]


def test_the_reason_travels_in_the_wire_as_it_is(yacht: Case, lists: CodeLists, today: date) -> None:
    (finding,) = check(yacht, lists, today)
    kept = with_override(yacht, finding, WHY)
    assert KIND in lists.valid["text-kinds"]
    codec = Schemas(published()).writer("SeizureReported")
    assert reasons(codec.decode(codec.encode({"case": kept}))["case"]) == reasons(kept)
