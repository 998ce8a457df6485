"""Search over one's own store: each filter finds what it says and nothing else, pages neither lose nor repeat, nothing typed is SQL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures.facts import unindexed
from enforcement.seizures.filters import BadFilter, narrowed, read_box, read_circle, read_filters
from enforcement.seizures.queries import CaseFilter, count_versions, list_versions
from enforcement.seizures.search import PageAsked, PlaceUnknown, centre_of, count_fitting, search
from enforcement.seizures.store import IN_REVIEW, RETURNED, SUPERSEDED

if TYPE_CHECKING:
    from tests.unit.enforcement.store_of_cases import Store


def quantity(amount: str, unit: str) -> dict[str, Any]:
    return {
        "amount": Decimal(amount),
        "unit": unit,
        "accuracy": "measured",
        "weight_basis": "",
        "converted_amount": Decimal(amount),
        "converted_unit": unit,
    }


def found(store: Store, *told: str, **more: Any) -> list[str]:
    with store.looking() as tx:
        page = search(tx, narrowed(read_filters(told, load_shipped()), **more), PageAsked(1000))
        return sorted(row["reference"] for row in page.rows)


def fill(store: Store) -> None:
    cigarettes = {"section": "revenue", "stream": "tobacco", "commodity": "cigarettes", "hs_code": "240220"}
    route = [
        {"role": "origin", "country": "CO", "name": "", "locode": ""},
        {"role": "departure", "country": "EC", "name": "", "locode": ""},
        {"role": "transit", "country": "PA", "name": "", "locode": ""},
        {"role": "transit", "country": "CR", "name": "", "locode": ""},
        {"role": "destination", "country": "NL", "name": "", "locode": ""},
    ]
    store.add(
        store.like("A", concealment="in-freight", detection_means=["detector-dog", "document-check"], level="FULL"),
        store.like("B", lines=[cigarettes | {"quantities": [quantity("12", "KGM"), quantity("60000", "H87")]}], date=date(2025, 6, 1)),
        store.like("C", route=route, agency="police", lines=[{}, cigarettes], operation="TRAINING"),
        store.like("D", direction="unknown", place={"country": "ZZ", "locode": ""}, conveyance="vessel", route=[]),
    )


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("section=revenue", "B C"),
        ("section=drugs,revenue", "A B C D"),
        ("section!=revenue", "A C D"),
        ("commodity=cigarettes", "B C"),
        ("hs=2402", "B C"),
        ("hs=2403", ""),
        ("level=FULL", "A"),
        ("direction=unknown", "D"),
        ("means=document-check", "A"),
        ("means=x-ray-scanner-image", ""),
        ("concealment=in-freight", "A"),
        ("conveyance=vessel", "D"),
        ("country=ZZ", "D"),
        ("place=brgru", "A B C"),
        ("agency=police", "C"),
        ("operation=TRAINING", "C"),
        ("origin=CO", "C"),
        ("departure=CO", "A B"),
        ("transit=CR", "C"),
        ("route=CO", "A B C"),
        ("route=PA", "C"),
        ("destination!=BR", "C D"),
        ("region=AMS", "A B C D"),
        ("region=EUR", ""),
        ("administration=BR", "A B C D"),
        ("reference=A", "A"),
        ("amount>=12 KGM", "B"),
        ("amount<=2 KGM", "A C D"),
        ("amount>=60000 H87", "B"),
        ("amount>=1 LTR", ""),
    ],
)
def test_a_filter(store: Store, told: str, wanted: str) -> None:
    fill(store)
    assert found(store, told) == wanted.split()


def test_filters_hold_together_and_on_the_same_line(store: Store) -> None:
    fill(store)
    assert found(store, "section=drugs", "commodity=cigarettes") == []
    assert found(store, "section=revenue", "agency=police") == ["C"]
    assert found(store, "section=revenue", since=date(2025, 5, 1)) == ["B"]
    assert found(store, until=date(2025, 5, 1)) == ["A", "C", "D"]


def test_texts_whatever_capitals_accents_or_wildcards(store: Store) -> None:
    texts = [{"kind": "modus-operandi", "text": "Cocaína 100% no FUNDO falso; _x_\nd'água \x00 fim"}]
    lines = [{"attributes": [{"name": "brand", "value": "Training Brand A"}]}]
    store.add(store.like("T", texts=texts), store.like("U", lines=lines), store.like("V"))
    assert found(store, words="cocaina fundo") == ["T"]
    assert found(store, words="FALSO guarulhos") == ["T"]
    assert found(store, words="fundo zebra") == []
    assert found(store, words="brand a") == ["U"]
    assert found(store, words="100%") == ["T"]
    assert found(store, words="d'agua") == ["T"]
    assert found(store, words="%") == ["T"]
    assert found(store, words="_x_") == ["T"]
    assert found(store, words="__x") == []


def test_nothing_typed_is_sql_or_a_wildcard(store: Store) -> None:
    store.add(store.like("A%"), store.like("AB"), store.like("a'); DROP TABLE seizure_facts; --"))
    assert found(store, "reference=A%") == ["A%"]
    assert found(store, "reference=a") == ["a'); DROP TABLE seizure_facts; --"]
    assert found(store, "reference=a'); DROP TABLE seizure_facts; --") == ["a'); DROP TABLE seizure_facts; --"]
    assert found(store, "operation='; DELETE FROM seizure_facts; --") == []
    assert len(found(store)) == 3


def test_an_area(store: Store) -> None:
    store.add(
        store.like("rotterdam", place={"coordinates": [51.95, 4.14], "locode": "NLRTM"}),
        store.like("antwerp", place={"coordinates": [51.26, 4.40], "locode": "BEANR"}),
        store.like("suva", place={"coordinates": [-18.14, 178.44], "locode": "FJSUV"}),
        store.like("apia", place={"coordinates": [-13.83, -171.76], "locode": "WSAPW"}),
        store.like("nowhere", place={"coordinates": [], "locode": ""}),
        store.like("nonsense", place={"coordinates": [float("nan"), 1e300], "locode": ""}),
    )
    assert found(store, area=read_circle("51.9,4.5", 30)) == ["rotterdam"]
    assert found(store, area=read_circle("51.9,4.5", 100)) == ["antwerp", "rotterdam"]
    assert found(store, area=read_circle("-16,-180", 1000)) == ["apia", "suva"]
    assert found(store, area=read_circle("0,0", 20100)) == ["antwerp", "apia", "rotterdam", "suva"]
    assert found(store, area=read_box("51,4,52,4.2")) == ["rotterdam"]
    assert found(store, area=read_box("-20,170,-10,-170")) == ["apia", "suva"]
    with store.looking() as tx:
        assert centre_of(tx, "NLRTM", 5).latitude == pytest.approx(51.95)
        with pytest.raises(PlaceUnknown):
            centre_of(tx, "BRZZZ", 5)


def test_pages_neither_lose_nor_repeat_also_when_something_comes_in_between(store: Store) -> None:
    store.add(*(store.like(f"P{number:02d}", date=date(2025, 1, 1 + number % 5)) for number in range(23)))
    for sort in ("date", "entry"):
        seen: list[str] = []
        after = ""
        while True:
            with store.looking() as tx:
                page = search(tx, read_filters((), load_shipped()), PageAsked(5, sort, after))
            seen += [row["reference"] for row in page.rows if row["reference"].startswith("P")]
            if not page.next:
                break
            after = page.next
            store.add(store.like(f"new {sort} {len(seen)}", date=date(2025, 12, 31)))
        assert sorted(seen) == [f"P{number:02d}" for number in range(23)], sort


def test_newest_first(store: Store) -> None:
    store.add(store.like("early", date=date(2025, 1, 2)))
    store.day_passes()
    store.add(store.like("late", date=date(2024, 1, 2)))
    with store.looking() as tx:
        by = {
            sort: [row["reference"] for row in search(tx, read_filters((), load_shipped()), PageAsked(9, sort)).rows]
            for sort in ("date", "entry")
        }
    assert by == {"date": ["early", "late"], "entry": ["late", "early"]}


def test_a_state_that_changed_is_found_as_it_is_now(store: Store) -> None:
    store.add(store.like("A"), state=IN_REVIEW)
    assert found(store, "state=in-review") == ["A"]
    store.put("A", RETURNED)
    assert (found(store, "state=in-review"), found(store, "state=returned")) == ([], ["A"])
    store.put("A", SUPERSEDED)
    assert (found(store), found(store, "state=superseded")) == ([], ["A"])
    assert store.catch_up() == 0


def test_how_many_fit(store: Store) -> None:
    fill(store)
    with store.looking() as tx:
        assert count_fitting(tx, read_filters(["section=drugs"], load_shipped())) == 3


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("sektion=drugs", "There is no field 'sektion'. Near it: section"),
        ("section=drug", "'drug' is no value of section. Near it: drugs"),
        ("section", "'section' is no filter."),
        ("section=", "'section=' is no filter."),
        ("hs=24%", "'24%' is not the beginning of an HS code"),
        ("amount>=5 KILO", "KILO is no unit."),
        ("departure=XX", "'XX' is no value of departure."),
    ],
)
def test_a_filter_that_cannot_be_understood_says_why(told: str, said: str) -> None:
    with pytest.raises(BadFilter) as refused:
        read_filters([told], load_shipped())
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("told", ["date.1.2", "entry.1.2.3", "date.1.2.3; DROP", "date.-1.2.3", "date.99999999999999999999.1.1"])
def test_a_key_that_is_none_is_refused(store: Store, told: str) -> None:
    store.add(store.like("A"))
    with store.looking() as tx, pytest.raises(BadFilter):
        search(tx, read_filters((), load_shipped()), PageAsked(5, "date", told))


def test_dates_and_areas_that_cannot_be() -> None:
    with pytest.raises(BadFilter, match="is after"):
        narrowed(read_filters((), load_shipped()), since=date(2025, 2, 1), until=date(2025, 1, 1))
    for box in ("1,2,3", "91,0,92,1", "10,0,5,1", "a,b,c,d", "nan,0,1,1"):
        with pytest.raises(BadFilter):
            read_box(box)


def test_lists_by_the_beginning_of_a_reference_mind_capitals_on_every_database(store: Store) -> None:
    store.add(store.like("Ab-1"), store.like("ab-2"), store.like("A_-3"))
    with store.looking() as tx:
        for start, wanted in (("Ab", ["Ab-1"]), ("ab", ["ab-2"]), ("A_", ["A_-3"]), ("%", [])):
            asked = CaseFilter(reference=start)
            assert [row["reference"] for row in list_versions(tx, asked, limit=9)] == wanted
            assert count_versions(tx, asked) == len(wanted)


def test_a_node_with_time_makes_its_facts_before_anybody_asks(store: Store) -> None:
    fill(store)
    assert store.federation.work() > 0
    with store.desk.looking("seizures.list") as tx:
        assert unindexed(tx) == 0
        assert count_fitting(tx, narrowed(read_filters(["section=revenue"], load_shipped()))) == 2
    store.put("B", SUPERSEDED)
    store.federation.work()
    with store.desk.looking("seizures.list") as tx:
        assert count_fitting(tx, narrowed(read_filters(["section=revenue"], load_shipped()))) == 1
