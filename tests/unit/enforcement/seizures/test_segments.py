"""Packed columns: whatever has been packed, changed since or taken out, pages and tables are what SQL over the facts says they are."""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from enforcement.codelists.store import load_shipped
from enforcement.seizures import conditions as conditions_of
from enforcement.seizures import packed, segments
from enforcement.seizures.conditions import conditions, current, of_lines
from enforcement.seizures.facets import OF_LINES, search_with_facets
from enforcement.seizures.facts import BUILT, CHANGED, FactTables, code_names, code_numbers
from enforcement.seizures.filters import Circle, Filter, narrowed, read_box, read_filters
from enforcement.seizures.purging import purge_case
from enforcement.seizures.search import PageAsked, count_fitting, search
from enforcement.seizures.store import SUPERSEDED
from enforcement.simulation.world import simulate
from enforcement.statistics import grouping
from enforcement.statistics.counting import counted_at
from enforcement.statistics.grouping import Figures, Key, grouped
from enforcement.statistics.maps import by_degrees, corner_of, degree_of, degrees
from tests.unit.enforcement import in_sql
from tests.unit.enforcement.store_of_cases import store_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from enforcement.seizures.segments import Days
    from liaison.node.work import UnitOfWork
    from tests.unit.enforcement.store_of_cases import Store

MEMBERS = ("BR", "KE", "FR", "US")
COLUMNS = ("section", "stream", "commodity", "administration", "direction", "country", "departure", "unit_1", "kind", "place")


def pack(store: Store) -> None:
    """What the node does when it has time."""
    taken = 1
    while taken:
        with store.acting() as tx:
            taken = segments.pack_portion(tx)


def states(store: Store) -> set[int]:
    with store.desk.looking("seizures.list") as tx:
        table = tx.of(FactTables).segments
        return {state for (state,) in tx.execute(select(table.c.state).distinct())}


class Held:
    """A store whose whole content no failure prints."""

    def __init__(self, store: Store) -> None:
        self.desk = store.desk

    def __repr__(self) -> str:
        return "the store"


@pytest.fixture(scope="module", params=["unpacked", "packed", "changed since"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """Simulated cases, some superseded, amended on another day, or purged; packed, in part or not at all."""
    folder = tmp_path_factory.mktemp("packed")
    with pytest.MonkeyPatch.context() as patch, store_of(folder, lambda name: f"sqlite:///{folder}/{name}.db", {}) as store:
        patch.setattr(segments, "WORTH_IT", 4)
        patch.setattr(packed, "MOST_ROWS", 5)
        patch.setattr(segments, "MOST_ROWS", 5)
        cases = list(simulate(MEMBERS, 260, 5, 2025))
        store.add(*cases[:200])
        store.day_passes()
        store.catch_up()
        if request.param != "unpacked":
            pack(store)
        store.add(*cases[200:])
        for number, one in enumerate(cases[:40]):
            if number % 3 == 0:
                store.put(one["reference"], SUPERSEDED, administration=one["administration"])
            if number % 4 == 0:
                again = {**one, "version": 2, "date": cases[-number - 1]["date"], "lines": [*one["lines"], *cases[number + 1]["lines"]]}
                store.add(again)
        with store.acting() as tx:
            purge_case(tx, (cases[50]["administration"], cases[50]["reference"]))
        store.day_passes()
        store.catch_up()
        if request.param == "packed":
            pack(store)
        assert ({CHANGED} <= states(store), {BUILT} <= states(store)) == (request.param != "packed", request.param != "unpacked")
        yield Held(store)


FILTERS = st.lists(
    st.sampled_from(
        [
            *("section=drugs", "section!=drugs", "stream=cocaine,tobacco", "commodity=cigarettes", "hs=24", "hs!=2402,30", "hs=9"),
            *("country=BR", "administration=KE,FR", "administration!=KE", "region=ESA", "departure=BR,CO", "destination=ZZ"),
            *("route=CO,US", "transit=AE,US", "route!=CO", "means=detector-dog", "means!=detector-dog", "direction=import"),
            *("reference=SIM5-2025-00001", "reference=X", "reference!=SIM5-2025-00002", "state=superseded", "state!=superseded"),
            *("place=BRGRU,BRSSZ", "kind=seizure", "method=rule", "amount>=5 KGM", "amount<=20 KGM", "amount>=10 GRM"),
        ]
    ),
    max_size=3,
    unique=True,
)
DAYS = st.sampled_from([(None, None), (date(2025, 3, 5), None), (None, date(2025, 9, 17)), (date(2025, 6, 1), date(2025, 6, 12))])
BOXES = [read_box("-40,-80,10,60"), read_box("-40,60,60,-30")]
AREAS = st.sampled_from([None, None, Circle(-23.4, -46.5, 900.0), Circle(50.0, 2.0, 4000.0), *BOXES])
WORDS = st.sampled_from(["", "", "lining", "legal goods", "Training PLACE", "nowhere at all"])


@st.composite
def wanted(draw: st.DrawFn) -> Filter:
    told = draw(FILTERS)
    if len({one.rpartition(" ")[2] for one in told if one.startswith("amount")}) > 1:
        told = [one for one in told if not one.startswith("amount")]
    since, until = draw(DAYS)
    return narrowed(read_filters(told, load_shipped()), since=since, until=until, words=draw(WORDS), area=draw(AREAS))


@settings(max_examples=12, deadline=None)
@given(wanted(), st.sampled_from(["date", "entry"]), st.integers(1, 30), st.sampled_from([20_000, 0]))
def test_pages_counts_and_facets(filled: Held, asked: Filter, sort: str, limit: int, few: int) -> None:
    """However many cases are few enough to be looked for by their numbers."""
    with filled.desk.looking("seizures.list") as tx, pytest.MonkeyPatch.context() as patch:
        patch.setattr(conditions_of, "FEW_CASES", few)
        every = in_sql.keys(tx, asked, {"date": "day", "entry": "entered_at"}[sort], 1_000)
        assert count_fitting(tx, asked) == len(every)
        after, seen = "", 0
        while True:
            page = search(tx, asked, PageAsked(limit, sort, after))
            there = every[seen : seen + limit]
            assert [(row["administration"], row["reference"], row["version"]) for row in page.rows] == named(tx, there), asked.told()
            assert page.next == (".".join(map(str, (sort, *there[-1]))) if len(every) > seen + limit else "")
            after, seen = page.next, seen + limit
            if not after or seen > 3 * limit:
                break
        found = search_with_facets(tx, asked, PageAsked(limit, sort))
        assert (found.whole, found.number, found.page) == (True, len(every), search(tx, asked, PageAsked(limit, sort)))
        for name in (*OF_LINES, "direction", "country"):
            codes = in_sql.values(tx, asked, name)
            names = code_names(tx, codes)
            told = {names[code]: number for code, number in codes.items() if names[code]}
            assert {one.code: one.number for one in found.values[name]} == told, (name, asked.told())


def named(tx: UnitOfWork, keys: list[tuple[int, int, int]]) -> list[tuple[str, str, int]]:
    cases = tx.of(FactTables).cases
    rows: Any = tx.execute(select(cases.c.id, cases.c.administration, cases.c.reference))
    known = {number: (administration, reference) for number, administration, reference in rows}
    return [(*known[case], version) for _, case, version in keys]


KEYS = st.sampled_from([None, Key("month"), Key("month", 3), Key("month", 12), *map(Key, COLUMNS)])
FIGURES = st.sampled_from(["has_line", "first_case", "first_section", "first_stream", "cases", "KGM", "LTR", "unheard of"])


@settings(max_examples=40, deadline=None)
@given(wanted(), st.tuples(KEYS, KEYS), FIGURES, st.integers(0, 3), st.sampled_from([(256, 24), (256, 1), (4, 24), (0, 24)]))
def test_figures_by_two_keys(
    filled: Held, asked: Filter, keys: tuple[Key | None, Key | None], told: str, days_ago: int, pairs: tuple[int, int]
) -> None:
    """However many pairs of keys a piece has: bytes counted one by one, or together, or joined numbers."""
    with filled.desk.looking("statistics.read") as tx, pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "MOST_PAIRS", pairs[0])
        patch.setattr(grouping, "FEW_PAIRS", pairs[1])
        facts, at = tx.of(FactTables).facts, tx.now_ms - days_ago * 86_400_000
        if told == "cases":
            figures = Figures(cases=True)
        elif told.islower() and told != "unheard of":
            figures = Figures(flag=told)
        else:
            figures = Figures(unit=code_numbers(tx, {told}).get(told, -1))
        days: Days = (asked.since, asked.until)
        where = (facts.c.counted_from <= at, facts.c.counted_until > at, *in_sql.fitting(tx, asked))
        tests = (*counted_at(tx, at), *conditions(tx, asked, days=False), *current(tx, asked))
        assert set(grouped(tx, keys, figures, days, tests)) == in_sql.grouped(tx, keys, figures, where), (asked.told(), keys, told)


@settings(max_examples=12, deadline=None)
@given(wanted())
def test_where_cases_lie(filled: Held, asked: Filter) -> None:
    with filled.desk.looking("statistics.read") as tx:
        facts = tx.of(FactTables).facts
        counts = (facts.c.counted_from <= tx.now_ms, facts.c.counted_until > tx.now_ms)
        by_degree, placed = by_degrees(tx, asked)
        found = Counter({(*corner, *spot): cases for corner, spots in by_degree.items() for spot, cases in spots.items()})
        assert found + Counter(placed) == in_sql.lying(tx, (*counts, *in_sql.fitting(tx, asked)), by_line=of_lines(asked)), asked.told()


EDGES = st.sampled_from([-180.0, -90.0, -0.5, 0.0, 89.0, 89.9, 90.0, 179.9, 180.0])


@given(st.lists(st.tuples(st.none() | EDGES | st.floats(-90, 90), st.none() | EDGES | st.floats(-180, 180)), min_size=1, max_size=300))
def test_a_degree_is_two_bytes(points: list[tuple[float | None, float | None]]) -> None:
    points = [(None if up is None else max(-90.0, min(up, 90.0)), along) for up, along in points]
    low, high = degrees(*(packed.packed(column) for column in zip(*points, strict=True)))
    found = [corner_of(a + 256 * b) if a + 256 * b else None for a, b in zip(low, high, strict=True)]
    assert found == [None if up is None or along is None else degree_of(up, along) for up, along in points]


def test_the_same_on_every_database(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "WORTH_IT", 2)
    store.add(*simulate(MEMBERS, 60, 5, 2025))
    store.catch_up()
    pack(store)
    store.add(*simulate(MEMBERS, 3, 6, 2025))
    with store.looking() as tx:
        for told in ("section=drugs", "route=BR,CO", "hs!=24", "amount>=5 KGM", "reference=SIM6"):
            asked = narrowed(read_filters([told], load_shipped()), words="" if told != "section=drugs" else "lining")
            every = in_sql.keys(tx, asked, "day", 1_000)
            rows = search(tx, asked, PageAsked(500)).rows
            assert [(row["administration"], row["reference"], row["version"]) for row in rows] == named(tx, every), told
            keys = (Key("month", 3), Key("commodity"))
            found = grouped(tx, keys, Figures(cases=True), (None, None), conditions(tx, asked))
            assert set(found) == in_sql.grouped(tx, keys, Figures(cases=True), in_sql.fitting(tx, asked)), told


def test_what_changes_in_a_week_is_seen_at_once_and_packed_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "WORTH_IT", 1)
    store.add(*(store.like(f"A{number}") for number in range(3)))
    store.catch_up()
    pack(store)
    assert states(store) == {BUILT}
    everything = narrowed(read_filters((), load_shipped()))

    def found() -> list[str]:
        with store.looking() as tx:
            return sorted(row["reference"] for row in search(tx, everything, PageAsked()).rows)

    store.put("A1", SUPERSEDED)
    assert found() == ["A0", "A2"]
    assert states(store) == {CHANGED}
    with store.acting() as tx:
        purge_case(tx, ("BR", "A0"))
    assert found() == ["A2"]
    pack(store)
    assert (found(), states(store)) == (["A2"], {BUILT})
    with store.acting() as tx:
        for reference in ("A1", "A2"):
            purge_case(tx, ("BR", reference))
    pack(store)
    assert (found(), states(store)) == ([], set())


@given(
    st.one_of(
        st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=400),
        st.lists(st.integers(0, 2**32), min_size=1, max_size=400),
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5), min_size=1, max_size=400),
        st.lists(st.none() | st.floats(-180, 180), min_size=1, max_size=50),
    )
)
def test_a_column_is_read_as_it_was_written(column: list[Any]) -> None:
    made = packed.read(packed.written(packed.packed(column)))
    found = [None if isinstance(value, float) and isnan(value) else value for value in made.all()]
    assert found == column
    assert made.rows == len(column)


@given(st.lists(st.integers(0, 700), min_size=1, max_size=900), st.sets(st.integers(0, 700)))
def test_masks_and_joined_columns_are_rows(column: list[int], chosen: set[int]) -> None:
    made, other = packed.packed(column), packed.packed([value % 5 for value in column])
    mask, odd = made.where(chosen.__contains__), other.where((1).__eq__)
    rows = [value in chosen for value in column]
    ones = [value % 5 == 1 for value in column]
    assert list(made.of(mask)) == [value for value, there in zip(column, rows, strict=True) if there]
    assert packed.number_in(mask, made.rows) == sum(rows)
    for found, wanted in (
        (packed.both(mask, odd), [a and b for a, b in zip(rows, ones, strict=True)]),
        (packed.either(mask, odd), [a or b for a, b in zip(rows, ones, strict=True)]),
        (packed.inverted(mask), [not a for a in rows]),
    ):
        assert list(made.of(found)) == [value for value, there in zip(column, wanted, strict=True) if there]
    joined = packed.Joined()
    numbers = list(joined.numbers(made.rows, [made, other], [bytes([7]) * made.rows]))
    assert joined.keys(numbers) == [(value, value % 5) for value in column]
    assert {number >> 16 & 0xFF for number in numbers} == {7}
    assert len(set(numbers)) == len(set(column))


def runs() -> st.SearchStrategy[list[tuple[bool, bool]]]:
    return st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30)


@given(runs())
def test_the_first_of_each_run_that_is_chosen(rows: list[tuple[bool, bool]]) -> None:
    begins = [at == 0 or begin for at, (begin, _) in enumerate(rows)]
    chosen = [one for _, one in rows]
    told, number = set[int](), 0
    wanted = []
    for begin, one in zip(begins, chosen, strict=True):
        number += begin
        wanted.append(one and number not in told)
        told |= {number} if one else set()
    flags = packed.packed([int(one) for one in begins]).where((1).__eq__)
    mask = packed.packed([int(one) for one in chosen]).where((1).__eq__)
    every = packed.packed(range(len(rows)))
    assert list(every.of(packed.first_of_runs(mask, flags))) == [at for at, one in enumerate(wanted) if one]
    single = [at for at, begin in enumerate(begins) if begin and (at + 1 == len(rows) or begins[at + 1])]
    assert list(every.of(packed.alone(flags))) == single
