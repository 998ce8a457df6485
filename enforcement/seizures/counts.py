"""Counting stubs: cases that others hold and this node may only count. The highest number of a stub stands; it counts unless the
case is held in full, so nothing is counted twice whatever the order things arrive in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.releases import ReleaseTables
from enforcement.seizures.states import SUPERSEDED, VALIDATED
from enforcement.seizures.store import forget, known_versions, move_version
from liaison.protocol.errors import HandlerRefused, phrase
from liaison.protocol.members import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

BY: Final = ("section", "region", "month", "year", "all")
MOST_SECTIONS: Final = 20
MOST_LINES: Final = 10_000  # of one section: more than any report can hold
_MONTH: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
_SECTION: Final = re.compile(r"[a-z0-9-]{1,40}")


def count_row(issuer: str, told: Mapping[str, Any], version: int = 0) -> dict[str, Any]:
    """A stub as a row that does not count yet."""
    sections = " ".join(f"{one['section']}:{one['seizures']}" for one in told["sections"])
    row = {"issuer": issuer, "counted": int(told["counted"]), "sections": sections, "version": version}
    return row | {name: told[name] for name in ("stub", "number", "region", "month")} | {"counted_from": 0, "counted_until": 0}


def on_seizure_counted(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Count a case that is not for this node, or stop counting it. Raises HandlerRefused for a stub that is none."""
    told = event.payload
    if not _is_sound(told):
        raise HandlerRefused(phrase("{issuer} sent a counting stub that counts nothing sensible.", issuer=event.issuer))
    tx.keep(tx.of(ReleaseTables).counts, count_row(event.issuer, told))
    settle(tx, event.issuer, told["stub"])


def _is_sound(told: Mapping[str, Any]) -> bool:
    """Whether it can stand in a table: a number, a month and sections, each once, if it counts; none if it does not."""
    sections = [one["section"] for one in told["sections"]]
    says = told["counted"]
    return (
        told["number"] > 0
        and told["region"] in REGIONS
        and (_MONTH.fullmatch(told["month"]) is not None if says else not told["month"])
        and (1 if says else 0) <= len(sections) <= (MOST_SECTIONS if says else 0)
        and len(set(sections)) == len(sections)
        and all(_SECTION.fullmatch(one["section"]) and 0 <= one["seizures"] <= MOST_LINES for one in told["sections"])
    )


def hold_shared(tx: UnitOfWork, issuer: str, told: Mapping[str, Any]) -> None:
    """This node holds the case of a stub in full, as of this number."""
    row = {"issuer": issuer} | {name: told[name] for name in ("stub", "administration", "reference", "version", "number")}
    tx.put(tx.of(ReleaseTables).shares, row, newer="number")
    settle(tx, issuer, told["stub"])


def settle(tx: UnitOfWork, issuer: str, stub: bytes) -> None:
    """Let the highest number count, and only where the case is not held as of it; what is held of an older number counts no more."""
    tables = tx.of(ReleaseTables)
    counts, shares = tables.counts, tables.shares
    rows = tx.rows(select(counts).where(counts.c.issuer == issuer, counts.c.stub == stub).order_by(counts.c.number))
    held = tx.one(select(shares).where(shares.c.issuer == issuer, shares.c.stub == stub))
    for row in rows:
        counts_now = row is rows[-1] and bool(row["counted"]) and not (held is not None and held["number"] >= row["number"])
        counted = bool(row["counted_from"]) and not row["counted_until"]
        if counts_now != counted:
            times = (tx.known_ms, 0) if counts_now else (row["counted_from"], tx.known_ms)
            key = {"issuer": issuer, "stub": stub, "number": row["number"]}
            tx.change(counts, {**key, "counted_from": times[0], "counted_until": times[1]})
    if held is not None and rows and rows[-1]["number"] > held["number"]:
        _let_go(tx, held)


def _let_go(tx: UnitOfWork, held: RowMapping) -> None:
    """A version that has a successor which is not for this node."""
    key = (held["administration"], held["reference"])
    for row in known_versions(tx, key):
        if row["version"] <= held["version"] and row["state"] == VALIDATED:
            move_version(tx, row, SUPERSEDED)
    forget(tx, key)


def count_only(tx: UnitOfWork, by: str = "section", since: str = "", until: str = "") -> list[dict[str, Any]]:
    """Cases and seizures known by their stubs alone: one row a value of `by` (one of BY), largest first. Months as YYYY-MM."""
    counts = tx.of(ReleaseTables).counts
    query = select(counts).where(counts.c.counted_from > 0, counts.c.counted_until == 0, counts.c.issuer != tx.node)
    query = query.where(counts.c.month >= since) if since else query
    query = query.where(counts.c.month <= until) if until else query
    found: dict[str, list[int]] = {}
    for row in tx.rows(query):
        for name, seizures in _parts(row, by):
            told = found.setdefault(name, [0, 0])
            told[0] += 1
            told[1] += seizures
    rows = [{by: name, "cases": told[0], "seizures": told[1]} for name, told in found.items()]
    return sorted(rows, key=lambda row: (-row["cases"], row[by]))


def lines_of(sections: str) -> list[tuple[str, int]]:
    """Section and number of lines, of a stub as it is stored."""
    return [(section, int(number)) for section, _, number in (one.rpartition(":") for one in sections.split())]


def _parts(row: RowMapping, by: str) -> Sequence[tuple[str, int]]:
    lines = lines_of(row["sections"])
    if by == "section":
        return lines
    named = {"region": row["region"], "month": row["month"], "year": row["month"][:4], "all": "all"}
    return [(named[by], sum(number for _, number in lines))]
