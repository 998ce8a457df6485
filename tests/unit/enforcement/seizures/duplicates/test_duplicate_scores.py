"""The score of a pair: what is rare counts for more, both ways round, and alike lines always share a key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.seizures.duplicates.groups import ranked
from enforcement.seizures.duplicates.model import (
    ALL_LINES,
    FIELD_BITS,
    Compared,
    Goods,
    Scored,
    amounts_near,
    best,
    block_key,
    expected,
    is_made,
    line_keys,
    probes,
    rarity_keys,
    score,
)
from enforcement.seizures.duplicates.pairs import DISMISSED, LINKED, OPEN, PROPOSED, WAITING, standing_of

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = (0,) * len(FIELD_BITS)
ONE = Compared(1, "BR", "A-1", 1, 739_000, 77, 3, NOTHING, (Goods(0, 5, 6, 12_500_000),), b"", b"one")
TWO = replace(ONE, case_id=2, reference="A-2", digest=b"two")
AMOUNTS = st.integers(0, 2**62)


def store(lines: int, here: int, days: int, goods: int, amounts: int) -> Callable[[int], int]:
    """Counts as of a store of so many lines, of which so many are at the place, ..."""
    keys = rarity_keys(ONE, ONE.goods[0])
    told = {ALL_LINES: lines, keys["here"][0]: here, keys["days"][1]: days, keys["goods"][0]: goods, keys["amounts"][1]: amounts}
    return lambda key: told.get(key, 0)


RARE = store(100_000, 40, 300, 5_000, 3)
COMMON = store(100_000, 40_000, 30_000, 50_000, 40_000)


def test_what_is_rare_scores_high_and_what_is_common_low() -> None:
    assert score(ONE, TWO, RARE).score > 95
    assert score(ONE, TWO, COMMON).score == 0
    assert expected(ONE, ONE.goods[0], COMMON) > 1_000
    assert expected(ONE, ONE.goods[0], RARE) < 1


@pytest.mark.parametrize(
    ("change", "higher"),
    [
        ({"reference": "0123456789abcdef0123-1"}, True),  # made by intake: no word of its source that they are two
        ({"administration": "JM"}, True),  # the same
        ({"reference": "a/1"}, True),  # one reference written in two ways
        ({"day": ONE.day + 1}, False),
        ({"goods": (Goods(0, 5, 6, 12_420_000),)}, False),
        ({"goods": (*ONE.goods, Goods(1, 9, 6, 1))}, False),
        ({"day": ONE.day + 2}, False),
        ({"place": 78}, False),
        ({"goods": (Goods(0, 5, 6, 13_000_000),)}, False),
    ],
)
def test_what_moves_a_score(change: dict[str, object], *, higher: bool) -> None:
    middling = store(10_000, 300, 60, 3_000, 200)
    plain, changed = score(ONE, TWO, middling), score(ONE, replace(TWO, **change), middling)  # type: ignore[arg-type]
    assert (sum(one.bits for one in changed.reasons) > sum(one.bits for one in plain.reasons)) is higher
    assert changed.reasons


def test_what_is_not_known_neither_helps_nor_harms() -> None:
    codes = tuple(range(1, len(FIELD_BITS) + 1))
    known = score(replace(ONE, codes=codes), replace(TWO, codes=codes), RARE)
    half = score(replace(ONE, codes=codes), TWO, RARE)
    unlike = score(replace(ONE, codes=codes), replace(TWO, codes=codes[::-1]), RARE)
    plain = score(ONE, TWO, RARE)
    assert half == plain
    assert sum(one.bits for one in known.reasons) > sum(one.bits for one in plain.reasons) > sum(one.bits for one in unlike.reasons)


COMPARED = st.builds(
    Compared,
    case_id=st.integers(1, 9),
    administration=st.sampled_from(("BR", "JM")),
    reference=st.sampled_from(("A-1", "a1", "A-2", "0123456789abcdef0123-1")),
    version=st.integers(1, 3),
    day=st.integers(739_000, 739_002),
    place=st.integers(1, 2),
    section=st.just(1),
    codes=st.tuples(*(st.integers(0, 2) for _ in FIELD_BITS)),
    goods=st.lists(
        st.builds(Goods, st.integers(0, 3), st.integers(1, 2), st.integers(1, 2), st.sampled_from((0, 990, 1_000, 1_010, 5_000))),
        min_size=1,
        max_size=3,
    ).map(tuple),
    words=st.sampled_from((b"", b"a" * 16, b"b" * 16)),
    digest=st.sampled_from((b"1", b"2")),
)


@settings(deadline=None, max_examples=60)
@given(COMPARED, COMPARED, st.integers(0, 2**40))
def test_a_score_is_the_same_both_ways_round_and_within_bounds(one: Compared, other: Compared, counted: int) -> None:
    told = score(one, other, lambda _key: counted)
    assert told == score(other, one, lambda _key: counted) or one.key == other.key
    assert 0 <= told.score <= 100


SCORED = st.builds(lambda score, exact: Scored(score, exact, ()), st.integers(0, 100), st.booleans())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(), SCORED)), st.integers(1, 5))
def test_the_best_are_kept_and_the_rest_is_told(scored: list[tuple[int, Scored]], most: int) -> None:
    kept, more = best(scored, most)
    assert len(kept) <= most
    assert len(kept) + more == sum(one.exact or one.score >= 10 for _, one in scored)
    assert all(one.exact or one.score >= 10 for _, one in kept)


@settings(deadline=None, max_examples=60)
@given(AMOUNTS, st.floats(0.99, 1 / 0.99), st.integers(-1, 1))
def test_alike_lines_are_always_found(micro: int, factor: float, days: int) -> None:
    near = min(2**63 - 1, round(micro * factor))
    if amounts_near(micro, near):
        other = replace(TWO, day=ONE.day + days, goods=(Goods(0, 5, 6, near),))
        keys = probes(replace(ONE, goods=(Goods(0, 5, 6, micro),)), Goods(0, 5, 6, micro))
        assert block_key(other, other.goods[0]) in keys
        assert len(keys) == len(set(keys)) <= 6


@settings(deadline=None, max_examples=60)
@given(AMOUNTS, st.binary(min_size=16, max_size=16))
def test_keys_fit_the_database_and_those_counted_are_those_asked_for(micro: int, words: bytes) -> None:
    case = replace(ONE, goods=(Goods(0, 5, 6, micro),), words=words)
    counted = line_keys(case.place, case.day, case.goods[0], words)
    assert all(-(2**63) <= key < 2**63 for key in (*counted, *probes(case, case.goods[0])))
    assert set(counted) <= {key for keys in rarity_keys(case, case.goods[0]).values() for key in keys}


def test_what_intake_made_is_told_from_what_a_source_gave() -> None:
    assert is_made("PF4e1c17e222405d2ba3c5-1")
    assert not is_made("AB-2025-000123")


# --- what was said ----------------------------------------------------------------------------------------------------------

ROW = {"version_1": 1, "version_2": 1, "dismissed_at": 0, "reopened_at": 0, "proposed_by": "", "lead": 0}


def said(who: str, agreed: int, lead: int = 0, **more: int) -> dict[str, object]:
    return {"administration": who, "agreed": agreed, "lead": lead, "version_1": 1, "version_2": 1, "said_at": 5, **more}


@pytest.mark.parametrize(
    ("words", "row", "state"),
    [
        ([], {}, (OPEN, 0)),
        ([], {"proposed_by": "wco.hub", "lead": 2}, (PROPOSED, 2)),
        ([], {"dismissed_at": 3}, (DISMISSED, 0)),
        ([said("BR", 1, 1)], {}, (WAITING, 1)),
        ([said("BR", 1, 1), said("JM", 1, 1)], {"dismissed_at": 3}, (LINKED, 1)),
        ([said("BR", 1, 1), said("JM", 1, 2)], {}, (WAITING, 0)),
        ([said("BR", 1, 1), said("JM", 0)], {}, (DISMISSED, 0)),
        ([said("BR", 0)], {"version_2": 2}, (OPEN, 0)),
        ([said("BR", 0)], {"reopened_at": 6}, (OPEN, 0)),
        ([said("BR", 0, said_at=7)], {"reopened_at": 6}, (DISMISSED, 0)),
        ([said("BR", 1, 2), said("JM", 1, 2)], {"version_1": 4}, (LINKED, 2)),
    ],
)
def test_the_state_follows_from_what_was_said(words: list[dict[str, object]], row: dict[str, object], state: tuple[str, int]) -> None:
    for order in (words, words[::-1]):
        assert standing_of({**ROW, **row}, order, ("BR", "JM")) == state


def test_links_that_contradict_each_other_still_have_one_lead() -> None:
    a, b, c = ("BR", "a"), ("BR", "b"), ("BR", "c")
    assert ranked({a, b, c}, [(c, a), (c, b)])[0] == c
    assert ranked({a, b, c}, [(a, b), (b, c)])[0] == a
    circle = [(a, b), (b, c), (c, a)]
    assert ranked({a, b, c}, circle) == ranked({c, b, a}, circle[::-1])
