"""Which condition leads to the rows changes how fast a page is found, never what is on it."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

from enforcement.codelists.store import load_shipped
from enforcement.seizures.conditions import conditions_led
from enforcement.seizures.filters import narrowed, read_filters
from enforcement.seizures.search import SORTS, PageAsked, count_fitting, search
from enforcement.simulation.world import simulate
from enforcement.statistics.counting import Question, tabulate

if TYPE_CHECKING:
    import pytest

    from tests.unit.enforcement.store_of_cases import Store

VALUES = {
    "section": ("drugs", "revenue", "unknown"),
    "stream": ("cocaine", "cannabis", "tobacco", "uas"),
    "commodity": ("cocaine", "cigarettes", "cannabis-herbal"),
    "country": ("BR", "KE"),
    "administration": ("BR", "KE", "FR"),
    "departure": ("BR", "CO", "ZZ", "KE"),
    "destination": ("BR", "KE", "NL", "ZZ"),
    "route": ("CO", "BR", "US", "KE"),
    "transit": ("US", "AE", "KE"),
    "means": ("detector-dog", "document-check"),
    "direction": ("import", "export"),
    "reference": ("BR", "KE", "X"),
    "state": ("validated", "superseded"),
}


def drawn_filter(drawn: random.Random) -> list[str]:
    names = drawn.sample(sorted(VALUES), drawn.randint(1, 3))
    return [f"{name}{drawn.choice(('=', '=', '=', '!='))}{','.join(drawn.sample(VALUES[name], drawn.randint(1, 2)))}" for name in names]


def test_pages_and_tables_are_the_same_whatever_leads(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(*simulate(("BR", "KE"), 60, 5, 2025))
    drawn, lists, filled = random.Random(7), load_shipped(), 0  # noqa: S311 - the same filters each time
    with store.looking() as tx:
        for _ in range(9):
            wanted = narrowed(read_filters(drawn_filter(drawn), lists), since=drawn.choice((None, date(2025, 6, 1))))
            question = Question("commodity", "direction", wanted, "cases")
            told = []
            for most in (-1, 3, 40):
                monkeypatch.setattr("enforcement.seizures.leading.FEW", most)
                pages = [search(tx, wanted, PageAsked(7, sort)) for sort in SORTS]
                pages += [search(tx, wanted, PageAsked(7, page.next.partition(".")[0], page.next)) for page in pages if page.next]
                told.append((pages, count_fitting(tx, wanted), tabulate(tx, question)))
            assert told[0] == told[1] == told[2], wanted.told()
            filled += bool(told[0][0][0].rows)
    assert filled > 2


def test_what_fits_few_rows_leads_and_what_fits_many_does_not(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(*(store.like(f"A{number}") for number in range(8)), store.like("B", place={"country": "ZZ", "locode": ""}))
    monkeypatch.setattr("enforcement.seizures.leading.FEW", 3)
    with store.looking() as tx:

        def leads(*told: str) -> bool:
            return conditions_led(tx, read_filters(told, load_shipped()))[1]

        sqlite = tx.connection.dialect.name == "sqlite"  # PostgreSQL counts by itself
        assert leads("country=ZZ") is sqlite
        assert leads("country=ZZ", "stream=cocaine") is sqlite
        assert leads("stream=cocaine") is False
        assert leads("direction=import") is False
