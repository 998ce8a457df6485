"""Lists and counts by column are those of the rows: whatever is packed, has changed since, or was taken out."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from enforcement.seizures import entered, packed, queries, segments
from enforcement.seizures.purging import purge_case
from enforcement.seizures.queries import CaseFilter, count_states, count_versions, list_versions
from enforcement.seizures.store import DECLINED, DRAFT, SUPERSEDED
from enforcement.simulation.world import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.node.work import UnitOfWork
    from tests.unit.enforcement.store_of_cases import Store

MEMBERS = ("BR", "KE")
EVERY = CaseFilter()
OURS = CaseFilter(administration="BR")
ASKED = (
    EVERY,
    OURS,
    CaseFilter(administration="XX"),
    *(replace(OURS, state=state) for state in (SUPERSEDED, DECLINED, DRAFT, "no such state")),
    *(replace(OURS, section=section) for section in ("drugs", "drug", "revenue", "ipr")),
    replace(OURS, since=date(2025, 3, 1), until=date(2025, 9, 30)),
    replace(EVERY, section="drugs", since=date(2025, 5, 1), state=SUPERSEDED),
    *(replace(OURS, reference=start) for start in ("SIM5-2025-00001", "sim5", "SIM5", "X")),
    replace(EVERY, reference="SIM5-2025-00002", section="drugs"),
)


@contextmanager
def by_rows() -> Iterator[None]:
    """As where the columns have no answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "by_state", lambda *_: None)
        patch.setattr(queries, "newest", lambda *_: None)
        yield


def the_same(tx: UnitOfWork, *, by_columns: bool) -> None:
    """Ask everything both ways."""
    for asked in ASKED:
        assert (entered.by_state(tx, asked) is not None) == by_columns
        with by_rows():
            rows, states, number = list_versions(tx, asked, limit=500), count_states(tx, asked), count_versions(tx, asked)
        assert (count_states(tx, asked), count_versions(tx, asked)) == (states, number), asked
        assert number == len(rows), asked
        pages = [row for offset in range(0, len(rows) + 7, 7) for row in list_versions(tx, asked, limit=7, offset=offset)]
        assert pages == rows, asked


@pytest.fixture
def held(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Cases entered on two days, in small pieces."""
    for module in (packed, segments):
        monkeypatch.setattr(module, "MOST_ROWS", 5)
    monkeypatch.setattr(segments, "WORTH_IT", 4)
    cases = list(simulate(MEMBERS, 90, 5, 2025))
    store.add(*cases[:60])
    store.day_passes()
    store.add(*cases[60:])
    return store


def pack(store: Store) -> None:
    """What the node does when it has time."""
    store.catch_up()
    taken = 1
    while taken:
        with store.acting() as tx:
            taken = segments.pack_portion(tx)


def test_lists_and_counts_are_those_of_the_rows(held: Store) -> None:
    with held.desk.looking("seizures.list") as tx:
        the_same(tx, by_columns=True)  # nothing was ever looked at: everything is read from the store
    pack(held)
    with held.desk.looking("seizures.list") as tx:
        the_same(tx, by_columns=True)


def test_what_has_changed_since_is_seen_at_once(held: Store) -> None:
    pack(held)
    ours = [one for one in simulate(MEMBERS, 90, 5, 2025) if one["administration"] == "BR"]
    held.day_passes()
    held.put(ours[0]["reference"], SUPERSEDED)
    held.add({**ours[1], "version": 2, "date": ours[2]["date"]}, held.like("FRESH"))
    held.add(held.like("REFUSED"), state="in-review")
    held.put("REFUSED", DECLINED)
    held.add(held.like("BEGUN"), state=DRAFT)
    with held.acting() as tx:
        purge_case(tx, ("BR", ours[3]["reference"]))
    with held.desk.looking("seizures.list") as tx:
        assert [row["reference"] for row in list_versions(tx, OURS, limit=1)] == ["BEGUN"]
        assert count_states(tx, OURS)[DECLINED] == 1
        the_same(tx, by_columns=True)
    held.catch_up()  # and packed in part
    with held.desk.looking("seizures.list") as tx:
        the_same(tx, by_columns=True)


def test_where_much_has_changed_the_rows_are_asked(held: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(held)
    held.add(*(held.like(f"FRESH-{number}") for number in range(3)))
    for few, by_columns in ((3, True), (2, False)):
        monkeypatch.setattr(entered, "FEW_CHANGED", few)
        with held.desk.looking("seizures.list") as tx:
            the_same(tx, by_columns=by_columns)
