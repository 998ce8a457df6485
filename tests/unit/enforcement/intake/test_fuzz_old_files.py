"""XLS and ODS, clean and damaged: every value as it was meant, or refused with what to do next."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.intake.model import Accepted
from enforcement.intake.profile import parse_profile
from enforcement.intake.reading import read_cases
from tests.unit.enforcement.intake.old_files import Cell, ods, xls
from tests.unit.enforcement.intake.strange_files import Damage, damaged, damages
from tests.unit.enforcement.intake.test_fuzz import TODAY, damaged_inside, rounds, survives

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.profile import Profile

REAL_XLS: Final = Path(__file__).resolve().parents[5] / "shared" / "data" / "unece_rec20_21" / "rec21_Rev12e_Annex-V-VI_2021.xls"
WRITERS: Final[dict[str, Callable[[list[list[Cell]]], bytes]]] = {"ods": ods, "xls": xls}
HEADER: Final[list[Cell]] = ["number", "day", "where", "what", "amount"]
PROFILE: Final = """
profile: old-files
version: 1
title: Old files
source: Tests
administration: JM
file: {sheet: S}
dates: YYYY-MM-DD
decimal_mark: "."
fields:
  reference: {column: number}
  date: {column: day}
  place.name: {column: where}
  line.commodity: {column: what}
  line.quantity.amount: {column: amount}
  line.quantity.unit: {constant: KGM}
"""
# Each look or import starts a process of its own, a fifth of a second: few in a quick run.
FEW: Final = [pytest.param(8, id="quick"), pytest.param(300, id="deep", marks=pytest.mark.faults)]


@pytest.fixture(scope="module")
def profile(lists: CodeLists) -> Profile:
    return parse_profile(PROFILE.encode(), lists)


def rows_of(count: int) -> list[list[Cell]]:
    made: list[list[Cell]] = [[f"JM-{one}", f"2024-03-{one % 28 + 1:02d}", "Kingston", "cocaine", one / 4] for one in range(1, count + 1)]
    return [HEADER, *made]


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), min_size=1, max_size=30)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("count", FEW)
def test_what_an_old_workbook_says_is_what_is_accepted(kind: str, count: int, tmp_path: Path, lists: CodeLists, profile: Profile) -> None:
    path = tmp_path / f"a.{kind}"
    meant = st.tuples(st.integers(0, 600), texts, st.integers(1, 10**7))

    @rounds(count)
    @given(st.lists(meant, min_size=1, max_size=20))
    def run(told: list[tuple[int, str, int]]) -> None:
        days = [date(2024, 1, 1) + timedelta(days) for days, _, _ in told]
        rows: list[list[Cell]] = [
            [f"JM-{at}", days[at].isoformat(), where, "cocaine", milligrams / 1_000] for at, (_, where, milligrams) in enumerate(told)
        ]
        path.write_bytes(WRITERS[kind]([HEADER, *rows]))
        outcomes = list(read_cases(path, profile, lists, TODAY))
        assert len(outcomes) == len(told)
        for at, one in enumerate(outcomes):
            if isinstance(one, Accepted):
                amount = one.payload["lines"][0]["quantities"][0]["amount"]
                assert (one.payload["reference"], one.payload["date"], amount) == (f"JM-{at}", days[at], Decimal(told[at][2]) / 1_000)
                assert one.payload["place"]["name"] == " ".join(told[at][1].split())

    run()


@pytest.mark.parametrize("count", [pytest.param(20, id="quick"), pytest.param(1_000, id="deep", marks=pytest.mark.faults)])
def test_a_damaged_old_workbook_is_read_or_refused(count: int, tmp_path: Path, lists: CodeLists, profile: Profile) -> None:
    known = [ods(rows_of(12)), xls(rows_of(40)), *([REAL_XLS.read_bytes()] if REAL_XLS.exists() else [])]
    path = tmp_path / "damaged"

    @rounds(count)
    @given(st.sampled_from(known), damages, st.booleans())
    def run(data: bytes, done: list[Damage], inside: bool) -> None:  # noqa: FBT001
        path.write_bytes(damaged_inside(data, done) if inside and data.startswith(b"PK") else damaged(data, done))
        survives(path, (profile,), lists)

    run()
