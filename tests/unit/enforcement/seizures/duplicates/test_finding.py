"""Finding: only what is new is compared, on both databases; a huge block of equal cases stays linear and says that it was capped."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from enforcement.seizures.duplicates import finding
from enforcement.seizures.duplicates.finding import MOST_IN_BLOCK, Account, search, start_over, waiting
from enforcement.seizures.duplicates.groups import behind_at, regroup
from enforcement.seizures.duplicates.pairs import LINKED, change, key_of, pairs_about
from enforcement.seizures.duplicates.queries import ALL, PairFilter, count_capped, list_pairs
from enforcement.seizures.duplicates.store import DuplicateTables
from enforcement.seizures.facts import FactTables
from enforcement.seizures.purging import purge_case

if TYPE_CHECKING:
    import pytest

    from tests.unit.enforcement.store_of_cases import Store


def kilograms(amount: str) -> list[dict[str, Any]]:
    measured = {"accuracy": "measured", "weight_basis": "", "converted_amount": Decimal(amount), "converted_unit": "KGM"}
    return [{"quantities": [{"amount": Decimal(amount), "unit": "KGM", **measured}]}]


def find(store: Store) -> Account:
    store.catch_up()
    account = Account()
    for _ in search(store.desk.parts, account):
        pass
    return account


def found(store: Store, **told: Any) -> dict[str, str]:
    with store.desk.looking("seizures.list") as tx:
        rows = list_pairs(tx, PairFilter(**{"state": ALL, "least": 0, **told}), limit=10_000)
    return {f"{row['cases'][0]['reference']} {row['cases'][1]['reference']}": row["state"] for row in rows}


def crowd(store: Store, many: int = 60) -> None:
    """Cases that make an agreement rare: other days, amounts, places."""
    store.add(*(store.like(f"crowd-{n}", place={"locode": f"BR{n:03d}"}, lines=kilograms(f"{n + 3}.7")) for n in range(many)))


def test_near_pairs_are_found_and_others_are_not(store: Store) -> None:
    crowd(store)
    near = {"date": store.case["date"].replace(day=5), "lines": kilograms("1.02"), "administration": "JM"}
    store.add(store.like("A"), store.like("near", **near))
    store.add(
        store.like("far", **{**near, "lines": kilograms("1.09")}), store.like("late", **{**near, "date": near["date"].replace(day=9)})
    )
    store.add(store.like("elsewhere", place={"locode": "BRSSZ"}), store.like("declined"), state="declined")
    assert find(store).found == 1
    assert found(store) == {"A near": "open"}
    assert found(store, administration="JM") == found(store, section="drugs") == found(store, across=True) == {"A near": "open"}
    assert found(store, exact=True) == found(store, administration="FR") == {}


def test_a_case_that_is_new_and_has_changed_since_is_compared_once(store: Store) -> None:
    store.add(store.like("A"), store.like("B"), state="in-review")
    store.catch_up()
    store.put("A", "validated")
    store.catch_up()
    with store.desk.looking("seizures.list") as tx:
        assert waiting(tx) == 2
    assert find(store).compared == 2


def test_only_what_is_new_is_compared_and_a_search_goes_on_where_it_stopped(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(*(store.like(name) for name in "AB"))
    assert find(store).compared == 2
    assert find(store).compared == 0
    monkeypatch.setattr(finding, "PORTION", 1)
    store.add(*(store.like(name) for name in "CD"))
    store.catch_up()
    assert next(search(store.desk.parts, Account())) == 1  # and then the machine was switched off
    account = Account()
    for _ in search(store.desk.parts, account):
        pass
    with store.desk.looking("seizures.list") as tx:
        assert waiting(tx) == 0
    assert found(store) == {"A B": "open", "A C": "open", "A D": "open"}  # a star, not a web
    store.take_back("A")
    assert find(store).compared == 0  # it is withdrawn: compared with nothing
    assert set(found(store, state="gone")) == {"A B", "A C", "A D"}


def test_one_reference_written_in_two_ways_is_found_whatever_else_differs(store: Store) -> None:
    store.add(store.like("BR 2025/17"), store.like("br-2025-17", date=store.case["date"].replace(year=2024), lines=kilograms("77")))
    store.add(store.like("BR-2025-17", administration="JM", date=store.case["date"].replace(year=2023)))
    find(store)
    assert set(found(store)) == {"BR 2025/17 br-2025-17"}


def test_a_huge_block_of_equal_cases_stays_linear_and_says_so(store: Store) -> None:
    """Twice as many equal cases cost twice as many rows, no more; every exact repeat is offered, once."""
    many = 4 * MOST_IN_BLOCK
    store.add(*(store.like(f"E-{number:04d}") for number in range(many)))
    find(store)
    assert len(found(store, exact=True)) == len(found(store)) == many - 1
    assert all(pair.startswith("E-0000 ") for pair in found(store))
    with store.desk.looking("seizures.list") as tx:
        keys = tx.of(DuplicateTables).keys
        row = tx.one(select(func.max(select(func.count()).select_from(keys).group_by(keys.c.key).subquery().c[0]).label("most")))
        assert row is not None
        assert row["most"] == MOST_IN_BLOCK
        assert count_capped(tx) == (1, many - MOST_IN_BLOCK)


def test_equal_but_for_a_text_each_has_few_pairs(store: Store) -> None:
    many = 3 * MOST_IN_BLOCK
    crowd(store)
    words = [{"kind": "modus-operandi", "text": f"Bag number {number}."} for number in range(many)]
    store.add(*(store.like(f"E-{number}", administration="JM", texts=[words[number]]) for number in range(many)))
    account = find(store)
    assert len(found(store)) <= many * finding.MOST_KEPT
    with store.desk.looking("seizures.list") as tx:
        assert count_capped(tx)[1] == many - MOST_IN_BLOCK
    assert account.compared == many + 60


def test_searching_again_from_the_beginning_finds_the_same(store: Store) -> None:
    crowd(store, 20)
    store.add(*(store.like(name) for name in "ABC"))
    find(store)
    before = found(store)
    with store.acting() as tx:
        start_over(tx)
    assert find(store).compared == 23
    assert found(store) == before


def test_a_purged_case_leaves_no_pair_and_its_group_counts_on(store: Store) -> None:
    store.add(*(store.like(name) for name in "AB"))
    find(store)
    with store.acting() as tx:
        [row] = pairs_about(tx, [("BR", "A")])
        change(tx, row, {"state": LINKED, "lead": 1})
        regroup(tx, key_of(row).cases)
    assert counted(store) == {"A"}
    with store.acting() as tx:
        purge_case(tx, ("BR", "A"))
    assert found(store) == {}
    assert counted(store) == {"B"}
    store.add(store.like("C"))  # it may get the number of the purged case
    find(store)
    assert set(found(store)) == {"B C"}


def counted(store: Store) -> set[str]:
    with store.looking() as tx:
        tables = tx.of(FactTables)
        joined = tables.facts.join(tables.cases, tables.facts.c.case_id == tables.cases.c.id)
        but = tables.cases.c.id.not_in(behind_at(tx, tx.now_ms))
        return {row["reference"] for row in tx.rows(select(tables.cases.c.reference).select_from(joined).where(but))}
