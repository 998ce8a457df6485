"""What is held from row to row makes a file quick to read and changes nothing of what becomes of a row."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from enforcement.codelists.store import load_shipped
from enforcement.intake.mapping import Mapper
from enforcement.intake.model import Accepted, Rejected, Row
from enforcement.intake.profile import parse_profile
from enforcement.seizures.nominal import screen_key
from tests.unit.enforcement.intake.conftest import HEADER, PROFILE

if TYPE_CHECKING:
    from datetime import date

    import pytest

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.profile import Profile

CELLS = (
    ("05/03/2025", "31/02/2025", "05/03/2015", "05/03/2030", "", "2025-03-05"),
    ("Kingston", "tel 876 555 0100", "", "x" * 300),
    ("erva", "cocaine", "Cocaína", "relva", ""),
    ("1", "1,0", "1.000", "0", "-4", "1,2,3", "", "999999999", "1234567890123456", "+7,50"),
    ("g", "litros", "kg", ""),
    ("entrada", "saida", ""),
    ("In the lining", "unknown", "passenger John Smith", "ask x@example.org", ""),
    ("77", "007", "77,0", "78"),
)


def test_a_row_is_judged_as_if_it_were_the_only_one(profile: Profile, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = random.Random(41)  # noqa: S311 - the same rows each time
    header = HEADER.split(";")
    rows = [Row(number, tuple([drawn.choice(cells) for cells in CELLS])) for number in range(2, 700)]
    together = Mapper(profile, header, load_shipped(), today)
    found = list(together.outcomes(rows))
    monkeypatch.setattr("enforcement.seizures.rules.remembering._keep", lambda *_: None)
    monkeypatch.setattr("enforcement.seizures.rules.remember", lambda *_: None)
    lists = load_shipped()
    for row, outcome in zip(rows, found, strict=True):
        (alone,) = Mapper(profile, header, lists, today).outcomes([row])
        again = tuple(one for one in outcome.warnings if one.rule != "row.exact-repeat")
        assert type(alone) is type(outcome)
        assert again == alone.warnings
        if isinstance(outcome, Accepted) and isinstance(alone, Accepted):
            stem = outcome.payload["reference"].rpartition("-")[0]
            assert alone.payload == outcome.payload | {"reference": f"{stem}-1"}
        elif isinstance(outcome, Rejected) and isinstance(alone, Rejected):
            assert alone.problems == outcome.problems
    assert {type(one) for one in found} == {Accepted, Rejected}


def test_no_made_reference_reads_like_the_number_of_a_person(lists: CodeLists, today: date) -> None:
    profile = parse_profile(PROFILE.replace("prefix: T", "prefix: B").encode(), lists)
    cells = "05/03/2025;Kingston;erva;1;g;entrada;In the lining"
    mapper, again = (Mapper(profile, HEADER.split(";"), lists, today) for _ in range(2))
    references = set()
    for number in range(6_000):
        row = Row(number + 2, (*cells.split(";"), f"N{number}"))
        (outcome,) = mapper.outcomes([row])
        assert isinstance(outcome, Accepted)
        if number % 10 == 0:
            assert list(again.outcomes([row])) == [outcome]
        references.add(outcome.payload["reference"])
    assert len(references) == 6_000
    assert not any(map(screen_key, references))
