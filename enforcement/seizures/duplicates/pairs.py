"""Pairs: what the search found and what people said about them, and the state that follows from both, in whatever order they come."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, or_, select

from enforcement.seizures.duplicates.groups import regroup
from enforcement.seizures.duplicates.store import DuplicateTables
from enforcement.seizures.facts import FactTables, code_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from enforcement.seizures.duplicates.model import Compared, Scored
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

OPEN: Final = "open"
PROPOSED: Final = "proposed"  # an office proposed a link; no owner has answered
WAITING: Final = "waiting"  # an owner agreed; the other has not, or names the other case as the lead
LINKED: Final = "linked"
DISMISSED: Final = "dismissed"
GONE: Final = "gone"  # no longer alike, or one of them is withdrawn
STATES: Final = (OPEN, PROPOSED, WAITING, LINKED, DISMISSED, GONE)
KEY: Final = ("administration_1", "reference_1", "administration_2", "reference_2")
_NOBODY: Final = {"compared": "[]", "proposed_by": "", "dismissed_at": 0, "dismissed_by": "", "reason": "", "reopened_at": 0}
Row = dict[str, Any]


class PairKey(NamedTuple):
    """Two cases, the lesser key first."""

    administration_1: str
    reference_1: str
    administration_2: str
    reference_2: str

    @classmethod
    def of(cls, one: CaseKey, other: CaseKey) -> PairKey:
        """The key of two different cases, whichever comes first."""
        first, second = sorted((one, other))
        return cls(*first, *second)

    @property
    def cases(self) -> tuple[CaseKey, CaseKey]:
        """Both cases."""
        return (self.administration_1, self.reference_1), (self.administration_2, self.reference_2)

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose cases they are: one administration or two."""
        return tuple(dict.fromkeys((self.administration_1, self.administration_2)))


def key_of(row: Mapping[str, Any]) -> PairKey:
    """The key of a row of any table that has one."""
    return PairKey(*(row[name] for name in KEY))


def same_pair(table: Any, key: PairKey) -> ColumnElement[bool]:  # noqa: ANN401 - SQLAlchemy's own type
    """The condition for a pair's rows."""
    found: ColumnElement[bool] = table.c.administration_1 == key[0]
    for name, value in zip(KEY[1:], key[1:], strict=True):
        found &= table.c[name] == value
    return found


def pair_row(tx: UnitOfWork, key: PairKey) -> Row | None:
    """The row of a pair, or None."""
    pairs = tx.of(DuplicateTables).pairs
    row = tx.one(select(pairs).where(same_pair(pairs, key)))
    return dict(row) if row is not None else None


# --- found ------------------------------------------------------------------------------------------------------------------


Found = tuple["Compared", "Compared", "Scored"]


def found_rows(tx: UnitOfWork, pairs: Sequence[Found]) -> list[Row]:
    """What the search says about these pairs."""
    sections = code_names(tx, {case.section for one, other, _ in pairs for case in (one, other)})
    return [_found_row(tx, found, sections) for found in pairs]


def _found_row(tx: UnitOfWork, found: Found, sections: Mapping[int, str]) -> Row:
    one, other, scored = found
    first, second = sorted((one, other), key=lambda case: case.key)
    section = sections.get(first.section, "")
    return {
        **PairKey.of(one.key, other.key)._asdict(),
        "version_1": first.version,
        "version_2": second.version,
        "score": scored.score,
        "exact": int(scored.exact),
        "reasons": json.dumps([reason._asdict() for reason in scored.reasons]),
        "occurred_on": date.fromordinal(min(first.day, second.day)).isoformat(),
        "section": section[:40],
        "found_at": tx.now_ms,
    }


def keep_found(tx: UnitOfWork, numbers: Iterable[int], known: Mapping[int, Compared], pairs: Sequence[Found]) -> int:
    """Keep pairs that were found; what was open about the compared cases (`numbers`) and is not found again is gone. How many are new
    or newly open.
    """
    standing = _about(tx, numbers, known)
    told = 0
    for key, row in {key_of(row): row for row in found_rows(tx, pairs)}.items():  # two that changed found each other
        told += put_found(tx, row, standing.pop(key, None))
    for row in standing.values():
        if row["state"] == OPEN:
            change(tx, row, {"state": GONE})
    return told


def _about(tx: UnitOfWork, numbers: Iterable[int], known: Mapping[int, Compared]) -> dict[PairKey, Row]:
    """The pairs that are here about these cases."""
    pairs, cases = tx.of(DuplicateTables).pairs, tx.of(FactTables).cases
    if tx.one(select(pairs.c.number).limit(1)) is None:
        return {}
    keys = {known[number].key for number in numbers if number in known}
    gone = [number for number in numbers if number not in known]
    keys |= set(tx.lookup(cases, ("administration", "reference"), {}, ("id", gone))) if gone else set()
    return {key_of(row): row for row in pairs_about(tx, {(key[0], key[1]) for key in keys})}


def pairs_about(tx: UnitOfWork, keys: Iterable[CaseKey], state: str = "") -> list[Row]:
    """Every pair that one of these cases belongs to, each once."""
    pairs = tx.of(DuplicateTables).pairs
    columns = [column.name for column in pairs.columns]
    by: dict[str, list[str]] = {}
    for administration, reference in sorted(set(keys)):
        by.setdefault(administration, []).append(reference)
    found: dict[PairKey, Row] = {}
    for administration, references in by.items():
        for place in (1, 2):
            equal = {f"administration_{place}": administration, **({"state": state} if state else {})}
            for values in tx.lookup(pairs, columns, equal, (f"reference_{place}", references)):
                row = dict(zip(columns, values, strict=True))
                found[key_of(row)] = row
    return list(found.values())


def put_found(tx: UnitOfWork, row: Row, before: Row | None) -> int:
    """Keep what the search says; 1 when the pair is new or open again. A dismissed pair stays so unless a version has changed."""
    if before is None:  # nobody has spoken of it: `ensure_pair` would have made a row
        _insert(tx, {**row, **_NOBODY, "lead": 0, "state": OPEN})
        return 1
    same = (before["version_1"], before["version_2"]) == (row["version_1"], row["version_2"])
    values = {name: row[name] for name in row if name not in KEY and name != "found_at"}
    if same and before["state"] != GONE:
        change(tx, before, values)
        return 0
    change(tx, before, {**values, "found_at": row["found_at"], "dismissed_at": 0, "dismissed_by": ""})
    state = refresh(tx, key_of(row))
    return int(state == OPEN)


def _insert(tx: UnitOfWork, row: Row) -> None:
    """A new pair under the next number."""
    pairs = tx.of(DuplicateTables).pairs
    last = tx.memo.get("duplicates last number")
    if last is None:
        found = tx.one(select(func.max(pairs.c.number).label("last")))
        last = (found["last"] or 0) if found is not None else 0
    tx.memo["duplicates last number"] = last + 1
    tx.insert(pairs, {**row, "number": last + 1, "changed_at": tx.now_ms})


def ensure_pair(tx: UnitOfWork, key: PairKey, versions: tuple[int, int]) -> Row:
    """The row of a pair; a new one without a score when somebody speaks of a pair that was never found here."""
    row = pair_row(tx, key)
    if row is None:
        nothing = {"score": 0, "exact": 0, "reasons": "[]", "occurred_on": "", "section": "", "found_at": 0, "lead": 0}
        made = {**key._asdict(), "version_1": versions[0], "version_2": versions[1], **nothing, **_NOBODY, "state": OPEN}
        _insert(tx, made)
        row = pair_row(tx, key)
    assert row is not None  # noqa: S101 - it was inserted in this transaction
    return row


def change(tx: UnitOfWork, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Change columns of a pair's row."""
    tx.execute(_update(tx, key_of(row)).values(**values, changed_at=tx.now_ms))


def _update(tx: UnitOfWork, key: PairKey) -> Any:  # noqa: ANN401 - SQLAlchemy's own type
    pairs = tx.of(DuplicateTables).pairs
    return pairs.update().where(same_pair(pairs, key))


# --- said -------------------------------------------------------------------------------------------------------------------


def statements(tx: UnitOfWork, key: PairKey) -> list[Row]:
    """The latest that each owner said about a pair."""
    table = tx.of(DuplicateTables).statements
    return [dict(row) for row in tx.rows(select(table).where(same_pair(table, key)).order_by(table.c.said_at))]


def standing_of(row: Mapping[str, Any], said: Sequence[Mapping[str, Any]], owners: Sequence[str]) -> tuple[str, int]:
    """State and lead that follow from what was said, whatever the order it came in.

    A refusal is about the versions it names: once the pair has later ones it does not hold. An agreement holds until its owner takes
    it back.
    """
    leads = {one["administration"]: one["lead"] for one in said if one["agreed"]}
    if set(leads) >= set(owners) and len(set(leads.values())) == 1:
        return LINKED, leads[owners[0]]
    if any(not one["agreed"] and _holds(row, one) for one in said):
        return DISMISSED, 0
    if leads:
        return WAITING, next(iter(leads.values())) if len(set(leads.values())) == 1 else 0
    if row["dismissed_at"]:
        return DISMISSED, 0
    return (PROPOSED, row["lead"]) if row["proposed_by"] else (OPEN, 0)


def _holds(row: Mapping[str, Any], refusal: Mapping[str, Any]) -> bool:
    newest = refusal["version_1"] >= row["version_1"] and refusal["version_2"] >= row["version_2"]
    return bool(newest and refusal["said_at"] > row["reopened_at"])


def refresh(tx: UnitOfWork, key: PairKey) -> str:
    """Bring a pair's state up to what was said; its state. A link that begins or ends changes what counts, from now on."""
    row = pair_row(tx, key)
    if row is None:
        return GONE
    state, lead = standing_of(row, statements(tx, key), key.owners)
    if (state, lead) != (row["state"], row["lead"]):
        change(tx, row, {"state": state, "lead": lead})
        if LINKED in (state, row["state"]):
            regroup(tx, key.cases)
    return state


def keep_statement(tx: UnitOfWork, key: PairKey, said: Mapping[str, Any]) -> bool:
    """Keep what an owner said, if it is later than what is here; whether it was. `said`: the columns of `statements` but the key.

    Call `refresh` afterwards. Of two that were said in one millisecond the greater event id is the later one, at every node.
    """
    table = tx.of(DuplicateTables).statements
    before = next((one for one in statements(tx, key) if one["administration"] == said["administration"]), None)
    if before is not None and (before["said_at"], bytes(before["event_id"])) >= (said["said_at"], said["event_id"]):
        return False
    tx.put(table, {**key._asdict(), **said})
    tx.flush()
    return True


def forget_case(tx: UnitOfWork, key: CaseKey) -> None:
    """Remove everything about a case that must not be kept; the cases it was linked with count by themselves again."""
    tables = tx.of(DuplicateTables)
    linked = [other for row in pairs_about(tx, [key]) for other in key_of(row).cases if other != key]
    for table in (tables.pairs, tables.statements):
        mine = [(table.c[f"administration_{at}"] == key[0]) & (table.c[f"reference_{at}"] == key[1]) for at in (1, 2)]
        tx.execute(table.delete().where(or_(*mine)))
    members = tables.members
    tx.execute(members.delete().where(members.c.administration == key[0], members.c.reference == key[1]))
    if linked:
        regroup(tx, linked)
