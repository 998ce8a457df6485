"""Questions about duplicates: pairs by filter, one pair side by side. For commands and pages of every kind of office."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from enforcement.seizures.duplicates.deciding import told_of
from enforcement.seizures.duplicates.errors import NoSuchPair, SameCase
from enforcement.seizures.duplicates.finding import counts_of
from enforcement.seizures.duplicates.loading import case_ids_of, compared_of
from enforcement.seizures.duplicates.model import THRESHOLD, score
from enforcement.seizures.duplicates.pairs import (
    OPEN,
    PROPOSED,
    WAITING,
    PairKey,
    ensure_pair,
    found_rows,
    key_of,
    pair_row,
    put_found,
    statements,
)
from enforcement.seizures.duplicates.store import DuplicateTables
from enforcement.seizures.fields import filled
from enforcement.seizures.queries import find_case, payload_of
from enforcement.seizures.store import SeizureTables
from liaison.node.originals import NoSuchEvent
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement

    from enforcement.seizures.duplicates.pairs import Row
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

UNDECIDED: Final = (OPEN, PROPOSED, WAITING)
ALL: Final = "all"
# What an owner of one case is shown of the other's: coded fields and amounts; no text, name, identifier or value
SHARED: Final = ("date", "kind", "place.country", "place.location_type", "place.locode", "direction", "detection_channel")
SHARED_TOO: Final = ("concealment", "conveyance", "lines[")
_NOT_SHARED: Final = (".attributes", ".values")


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs. Without a state: those that nobody has decided. `least`: of the score; exact repeats are in whatever they score."""

    state: str = ""
    administration: str = ""
    section: str = ""
    reference: str = ""
    since: date | None = None
    until: date | None = None
    least: int = THRESHOLD
    exact: bool = False
    across: bool = False


def _conditions(tx: UnitOfWork, wanted: PairFilter) -> list[ColumnElement[bool]]:
    pairs = tx.of(DuplicateTables).pairs
    found = [*_standing(tx, wanted), *_named(tx, wanted)]
    found += [pairs.c.section == wanted.section] if wanted.section else []
    found += [pairs.c.occurred_on >= wanted.since.isoformat()] if wanted.since is not None else []
    found += [pairs.c.occurred_on <= wanted.until.isoformat()] if wanted.until is not None else []
    found += [pairs.c.exact == 1] if wanted.exact else []
    found += [pairs.c.administration_1 != pairs.c.administration_2] if wanted.across else []
    return found


def _standing(tx: UnitOfWork, wanted: PairFilter) -> Iterator[ColumnElement[bool]]:
    pairs = tx.of(DuplicateTables).pairs
    if wanted.state != ALL:
        yield pairs.c.state == wanted.state if wanted.state else pairs.c.state.in_(UNDECIDED)
    if wanted.state in ("", OPEN) and wanted.least:  # what people spoke of is shown whatever it scores
        yield or_(pairs.c.score >= wanted.least, pairs.c.exact == 1, pairs.c.state != OPEN)


def _named(tx: UnitOfWork, wanted: PairFilter) -> Iterator[ColumnElement[bool]]:
    pairs = tx.of(DuplicateTables).pairs
    if wanted.administration:
        yield or_(*(pairs.c[f"administration_{at}"] == wanted.administration for at in (1, 2)))
    if wanted.reference:
        yield or_(*(pairs.c[f"reference_{at}"].startswith(wanted.reference, autoescape=True) for at in (1, 2)))


def list_pairs(tx: UnitOfWork, wanted: PairFilter, *, limit: int) -> list[dict[str, Any]]:
    """Pairs that fit, the likeliest first, exact repeats before others."""
    pairs = tx.of(DuplicateTables).pairs
    query = select(pairs).where(*_conditions(tx, wanted)).order_by(pairs.c.exact.desc(), pairs.c.score.desc(), pairs.c.number)
    return [record(dict(row)) for row in tx.rows(query.limit(limit))]


def count_pairs(tx: UnitOfWork, wanted: PairFilter) -> int:
    """How many fit."""
    pairs = tx.of(DuplicateTables).pairs
    row = tx.one(select(func.count().label("fitting")).select_from(pairs).where(*_conditions(tx, wanted)))
    return 0 if row is None else int(row["fitting"])


def numbers_of(tx: UnitOfWork, wanted: PairFilter) -> list[int]:
    """The numbers of all that fit."""
    pairs = tx.of(DuplicateTables).pairs
    return [row["number"] for row in tx.rows(select(pairs.c.number).where(*_conditions(tx, wanted)).order_by(pairs.c.number))]


def count_capped(tx: UnitOfWork) -> tuple[int, int]:
    """How many keys hold as many lines as are compared, and how many lines later ones are not compared with."""
    capped = tx.of(DuplicateTables).capped
    row = tx.one(select(func.count().label("keys"), func.sum(capped.c.beyond).label("lines")).select_from(capped))
    return (0, 0) if row is None else (int(row["keys"]), int(row["lines"] or 0))


def record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A pair as lists and JSON show it."""
    key = key_of(row)
    return {
        "number": row["number"],
        "score": row["score"],
        "exact": bool(row["exact"]),
        "state": row["state"],
        "first": " ".join(key.cases[0]),
        "second": " ".join(key.cases[1]),
        "date": row["occurred_on"],
        "section": row["section"],
        "lead": " ".join(key.cases[row["lead"] - 1]) if row["lead"] else "",
        "cases": [{name: row[f"{name}_{at}"] for name in ("administration", "reference", "version")} for at in (1, 2)],
        "proposed_by": row["proposed_by"],
        "reason": row["reason"],
        "found_at": from_ms(row["found_at"]) if row["found_at"] else None,
        "changed_at": from_ms(row["changed_at"]),
        "reasons": told_of(row),
    }


def pair_by_number(tx: UnitOfWork, number: int) -> Row:
    """The pair that a person names. Raises NoSuchPair."""
    pairs = tx.of(DuplicateTables).pairs
    row = tx.one(select(pairs).where(pairs.c.number == number))
    if row is None:
        raise NoSuchPair(phrase("There is no pair {number}.", number=number))
    return dict(row)


def pair_of_cases(tx: UnitOfWork, one: tuple[str, str], other: tuple[str, str]) -> Row:
    """The pair of two cases that a person names by (reference, administration or nothing); scored now when it was never found.

    Raises SameCase, UnknownCase, AmbiguousReference.
    """
    first, second = (find_case(tx, *named) for named in (one, other))
    if first == second:
        raise SameCase
    key = PairKey.of(first, second)
    row = pair_row(tx, key)
    if row is not None:
        return row
    numbers = case_ids_of(tx, key.cases)
    known = compared_of(tx, numbers.values())
    both = [known[numbers[case]] for case in key.cases if case in numbers and numbers[case] in known]
    if len(both) < len(key.cases):
        return ensure_pair(tx, key, (newest_version(tx, first), newest_version(tx, second)))
    scored = score(both[0], both[1], counts_of(tx, both))
    put_found(tx, found_rows(tx, [(both[0], both[1], scored)])[0], None)
    tx.flush()
    return ensure_pair(tx, key, (both[0].version, both[1].version))


def newest_version(tx: UnitOfWork, case: CaseKey) -> int:
    """The highest version of a case that is here; 1 when none is."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == case[0]) & (versions.c.reference == case[1])
    row = tx.one(select(func.max(versions.c.version).label("newest")).where(where))
    return int(row["newest"] or 1) if row is not None else 1


# --- one pair ---------------------------------------------------------------------------------------------------------------


def side_by_side(tx: UnitOfWork, row: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every filled field of both cases beside each other: {field, first, second, same}. A case that is not here: what its office sent."""
    payloads = [_payload(tx, case, row[f"version_{at}"]) for at, case in enumerate(key_of(row).cases, 1)]
    if any(payload is None for payload in payloads):
        sent: list[dict[str, str]] = json.loads(row["compared"])
        return [{**one, "same": "" if one["first"] != one["second"] else "="} for one in sent]
    first, second = (dict(filled(payload or {})) for payload in payloads)
    return list(_beside(first, second))


def _beside(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for field in [*first, *(field for field in second if field not in first)]:
        if field not in ("reference", "version"):
            one, other = first.get(field, ""), second.get(field, "")
            yield {"field": field, "first": one, "second": other, "same": "=" if one == other else ""}


def shared(compared: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Of a comparison, what may be shown to the owner of the other case."""
    return [
        {name: one[name] for name in ("field", "first", "second")}
        for one in compared
        if one["field"] in SHARED or (one["field"].startswith(SHARED_TOO) and not any(part in one["field"] for part in _NOT_SHARED))
    ]


def _payload(tx: UnitOfWork, case: CaseKey, version: int) -> dict[str, Any] | None:
    """The payload of a version, of the newest when that one is not here; None for a case of which nothing is."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == case[0]) & (versions.c.reference == case[1])
    rows = {row["version"]: row for row in tx.rows(select(versions).where(where))}
    if not rows:
        return None
    try:
        return payload_of(tx, rows.get(version, rows[max(rows)]))
    except NoSuchEvent:
        return None


def statement_records(tx: UnitOfWork, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each owner said, and whose word is missing."""
    key = key_of(row)
    said = {one["administration"]: one for one in statements(tx, key)}
    return [_statement(key, owner, said.get(owner)) for owner in key.owners]


def _statement(key: PairKey, owner: str, said: Mapping[str, Any] | None) -> dict[str, Any]:
    if said is None:
        return {"owner": owner, "said": "", "lead": "", "reason": "", "at": None, "by": "", "event_id": ""}
    return {
        "owner": owner,
        "said": "agrees" if said["agreed"] else "declines",
        "lead": " ".join(key.cases[said["lead"] - 1]) if said["lead"] else "",
        "reason": said["reason"],
        "at": from_ms(said["said_at"]),
        "by": f"{said['issuer']} {said['author']}".strip(),
        "event_id": bytes(said["event_id"]).hex(),
    }
