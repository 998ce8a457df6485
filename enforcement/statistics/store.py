"""What was released to the outside: each table with every figure behind it, so that a later one gives nothing of it away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text, select

from enforcement.statistics.protecting import Said
from liaison.node.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class StatisticsTables:
    """Releases."""

    releases: Table


def statistics_tables(metadata: MetaData) -> StatisticsTables:
    """Declare the table in this MetaData. Dates are ISO text, empty where a period is open; times milliseconds."""
    return StatisticsTables(
        Table(
            "statistics_releases",
            metadata,
            Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
            Column("released_at", BigInteger, nullable=False),
            Column("released_by", String(40), nullable=False),
            Column("file", String(255), nullable=False),
            Column("sha256", LargeBinary(32), nullable=False),
            Column("title", Text, nullable=False),
            Column("population", Text, nullable=False),  # measure and filters: what may be compared with what
            Column("dimensions", Text, nullable=False),  # that it tells apart, separated by blanks
            Column("since", String(10), nullable=False),
            Column("until", String(10), nullable=False),
            Column("as_of", BigInteger, nullable=False),
            Column("figures", Text, nullable=False),  # JSON: key of a place -> [figure, hidden, sensitive]; never leaves the node
        )
    )


@dataclass(frozen=True, slots=True)
class Released:
    """An earlier release: what it is, the dimensions it tells apart, and what it said by key of place."""

    title: str
    dimensions: frozenset[str]
    figures: Mapping[str, Said]

    @property
    def hides(self) -> bool:
        """Whether anything of it is hidden."""
        return any(said.hidden for said in self.figures.values())


def earlier_releases(tx: UnitOfWork, population: str, period: tuple[str, str]) -> list[Released]:
    """The earlier releases of the same measure and filters whose period overlaps with this one, first to last."""
    table = tx.of(StatisticsTables).releases
    where = [table.c.population == population]
    where += [table.c.since <= period[1]] if period[1] else []
    where += [(table.c.until == "") | (table.c.until >= period[0])] if period[0] else []
    rows = tx.rows(select(table).where(*where).order_by(table.c.id))
    return [
        Released(
            row["title"],
            frozenset(row["dimensions"].split()),
            {key: Said(*said) for key, said in json.loads(row["figures"]).items()},
        )
        for row in rows
    ]


def keep_release(tx: UnitOfWork, row: Mapping[str, Any], figures: Mapping[str, Said]) -> None:
    """Write down a release."""
    told = {"released_at": tx.now_ms, "released_by": tx.author, "figures": json.dumps(figures)}
    tx.insert(tx.of(StatisticsTables).releases, {**row, **told})


def list_releases(tx: UnitOfWork) -> Sequence[dict[str, Any]]:
    """Every release, newest first, without the figures behind it."""
    table = tx.of(StatisticsTables).releases
    names = ("released_at", "released_by", "file", "title", "since", "until", "as_of", "sha256")
    rows = tx.rows(select(*(table.c[name] for name in names)).order_by(table.c.id.desc()))
    return [
        {
            **row,
            "released_at": from_ms(row["released_at"]),
            "as_of": from_ms(row["as_of"]),
            "sha256": row["sha256"].hex(),
        }
        for row in rows
    ]
