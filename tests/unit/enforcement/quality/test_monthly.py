"""Cases by month: what packed columns say is what the versions say, whatever state each is in; and what is behind is never taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from enforcement.quality.monthly import by_columns, by_rows, months_with_cases
from enforcement.quality.periods import span_of
from enforcement.seizures import segments
from enforcement.seizures.purging import purge_case
from enforcement.seizures.states import DECLINED, DRAFT, HISTORICAL, IN_REVIEW, RETURNED, SUPERSEDED, VALIDATED
from enforcement.seizures.store import Standing, add_version
from enforcement.simulation.world import simulate
from tests.unit.enforcement.store_of_cases import store_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.enforcement.store_of_cases import Store

MEMBERS = ("BR", "KE", "FR", "US")
STATES = (VALIDATED, IN_REVIEW, RETURNED, DECLINED, SUPERSEDED)
SIGNED = b"\x01" * 16


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Simulated cases in every state, some amended in the same month and some in another, one withdrawn and one purged; partly packed."""
    folder = tmp_path_factory.mktemp("monthly")
    with pytest.MonkeyPatch.context() as patch, store_of(folder, lambda name: f"sqlite:///{folder}/{name}.db", {}) as made:
        patch.setattr(segments, "WORTH_IT", 4)
        cases = list(simulate(MEMBERS, 160, 5, 2025))
        with made.acting() as tx:
            for number, one in enumerate(cases[:120]):
                add_version(tx, one, Standing(STATES[number % len(STATES)], "ncp.br", SIGNED))
            for number, one in enumerate(cases[120:]):
                add_version(tx, one, Standing((DRAFT, HISTORICAL)[number % 2], "", b""))
        with made.acting() as tx:
            for number, one in enumerate(cases[:40]):
                again = {**one, "version": 2, "date": one["date"] if number % 2 else cases[119 - number]["date"]}
                add_version(tx, again, Standing(VALIDATED, "ncp.br", SIGNED))
        made.take_back(next(one["reference"] for one in cases[45:] if one["administration"] == "BR"))
        with made.acting() as tx:
            purge_case(tx, (cases[50]["administration"], cases[50]["reference"]))
        made.catch_up()
        with made.acting() as tx:
            segments.pack_portion(tx, 20)
        yield made


@pytest.mark.parametrize("period", ["2025", "2025-Q2", "2025-08", "2024"])
@pytest.mark.parametrize("section", ["", "drugs", "nothing-of-the-kind"])
def test_columns_say_what_versions_say(store: Store, period: str, section: str) -> None:
    with store.looking() as tx:
        for members in (MEMBERS, ("US",), ("JM",)):
            assert by_columns(tx, members, span_of(period), section) == by_rows(tx, members, span_of(period), section)


def test_what_has_just_come_in_counts_at_once(store: Store) -> None:
    one = next(iter(simulate(("JM",), 1, 9, 2025)))
    store.add(one)
    with store.desk.looking("seizures.list") as tx:
        assert months_with_cases(tx, ["JM"], span_of("2025")) == {"JM": {one["date"].isoformat()[:7]: 1}}
