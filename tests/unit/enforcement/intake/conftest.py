"""A small source of our own: a profile and a way to write its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from enforcement.intake.profile import Profile, parse_profile
from enforcement.intake.reading import read_cases

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome

    Taken = Callable[..., list[Outcome]]

PROFILE = """
profile: small
version: 1
title: "Small"
source: "Tests"
administration: JM
file: {encoding: utf-8, delimiter: ";"}
dates: DD/MM/YYYY
decimal_mark: ","
thousands_mark: "."
reference: {made_from: content, prefix: T}
fields:
  date: {column: day}
  place.name: {column: where}
  line.commodity: {column: what, values: {erva: cannabis-herbal}}
  line.quantity.amount: {column: how much}
  line.quantity.unit: {column: unit, values: {g: GRM, litros: LTR}}
  direction: {column: way, values: {entrada: import}, empty: unknown}
  text.concealment: {column: note}
ignored:
  file number: "Internal."
"""
HEADER = "day;where;what;how much;unit;way;note;file number"
GOOD = "05/03/2025;Kingston;erva;1.027,5;g;entrada;In the lining;77"


@pytest.fixture
def profile(lists: CodeLists) -> Profile:
    return parse_profile(PROFILE.encode(), lists)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows under the small source's header, or raw bytes."""

    def write(*rows: str, raw: bytes | None = None) -> Path:
        path = tmp_path / "small.csv"
        path.write_bytes(raw if raw is not None else "\n".join([HEADER, *rows, ""]).encode())
        return path

    return write


@pytest.fixture
def taken(written: Callable[..., Path], profile: Profile, lists: CodeLists, today: date) -> Taken:
    """What becomes of rows under the small source's header, or of raw bytes."""

    def take(*rows: str, raw: bytes | None = None) -> list[Outcome]:
        return list(read_cases(written(*rows, raw=raw), profile, lists, today))

    return take
