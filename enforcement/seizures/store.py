"""Seizures as a node holds them: every version of every case, its lines, what was found wrong, withdrawals; and how to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, select, text

from enforcement.seizures.rows import line_row, particulars
from enforcement.seizures.states import (
    ABSENT,
    COUNTED,
    DECLINED,
    DRAFT,
    HISTORICAL,
    IN_REVIEW,
    RETURNED,
    STATES,
    SUBMITTED,
    SUPERSEDED,
    UNSIGNED,
    VALIDATED,
    WITHDRAWN,
    check_transition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

LOOKUP_CHUNK: Final = 400
__all__ = [
    "DECLINED",
    "DRAFT",
    "HISTORICAL",
    "IN_REVIEW",
    "RETURNED",
    "STATES",
    "SUBMITTED",
    "SUPERSEDED",
    "UNSIGNED",
    "VALIDATED",
    "WITHDRAWN",
]

# What somebody still has to do; the index stays small. Written with OR, because SQLite uses no index whose condition is an IN, and
# works out the list of an IN for every row.
OPEN: Final = "state = 'draft' OR state = 'submitted' OR state = 'in-review' OR state = 'returned'"
UNINDEXED: Final = "indexed = 0"
WITH_REASONS: Final = "reasons <> '[]'"  # few: what passes by rule has none
CODED: Final = ("kind", "level", "direction", "detection_channel", "concealment", "conveyance", "ecommerce")
CaseKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SeizureTables:
    """Versions of cases, their lines, findings waiting for a person, withdrawals."""

    versions: Table
    lines: Table
    findings: Table
    withdrawals: Table
    given: Table
    purges: Table


def seizure_tables(metadata: MetaData) -> SeizureTables:
    """Declare the tables in this MetaData. Amounts are integers of a millionth of the unit; dates are ISO text; times milliseconds."""
    return SeizureTables(
        _versions(metadata),
        _lines(metadata),
        _findings(metadata),
        Table(
            "seizure_withdrawals",
            metadata,
            *_case_key(),
            Column("version", Integer, nullable=False),
            Column("reason", Text, nullable=False),
            Column("event_id", LargeBinary(16), nullable=False),
            Column("withdrawn_at", BigInteger, nullable=False),
        ),
        _given(metadata),
        Table(
            "seizure_purges",
            metadata,
            *_case_key(),
            Column("version", Integer, primary_key=True, autoincrement=False),
            Column("occurred_on", String(10), nullable=False),
            Column("counted_from", BigInteger, nullable=False),
            Column("counted_until", BigInteger, nullable=False),  # 0: until it was purged
            Column("purged_at", BigInteger, nullable=False),
        ),
    )


def _case_key() -> list[Column[Any]]:
    return [Column("administration", String(2), primary_key=True), Column("reference", String(64), primary_key=True)]


def _versions(metadata: MetaData) -> Table:
    return Table(
        "seizure_versions",
        metadata,
        *_case_key(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("state", String(12), nullable=False),
        Column("occurred_on", String(10), nullable=False),
        *(Column(name, String(40), nullable=False) for name in CODED),
        Column("country", String(2), nullable=False),
        Column("location_type", String(40), nullable=False),
        Column("locode", String(5), nullable=False),
        Column("sections", String(120), nullable=False),  # distinct, separated by blanks
        Column("event_issuer", String(40), nullable=False),
        Column("event_id", LargeBinary(16), nullable=False),  # empty while unsigned
        Column("carrier", LargeBinary(16), nullable=False),  # event that brought it as evidence, empty when it came itself
        Column("payload", LargeBinary, nullable=False),  # while unsigned; empty afterwards: the signed event has it
        Column("entered_at", BigInteger, nullable=False),
        Column("decided_at", BigInteger, nullable=False),  # 0: not yet
        Column("method", String(10), nullable=False),  # rule, officer, sample; empty: not yet
        Column("reasons", Text, nullable=False),  # JSON array of {code, field, text}
        Column("decided_by", String(40), nullable=False),
        Column("particulars", Text, nullable=False),  # what search needs beyond these columns, for `facts` to take apart
        Column("counted_from", BigInteger, nullable=False),  # when this node began to count it in statistics; 0: never
        Column("counted_until", BigInteger, nullable=False),  # when it stopped; 0: it counts, or never did
        Column("indexed", Integer, nullable=False),  # 0: search and statistics have not seen the row as it is now
        Index("ix_seizure_versions_unindexed", "indexed", sqlite_where=text(UNINDEXED), postgresql_where=text(UNINDEXED)),
        # What was submitted when. Not by administration first: SQLite would take it for the primary key, which is the table itself.
        Index("ix_seizure_versions_event", "event_id", "administration"),
        Index("ix_seizure_versions_decided", "decided_at"),
        Index(
            "ix_seizure_versions_reasons",
            "administration",
            "decided_at",
            sqlite_where=text(WITH_REASONS),
            postgresql_where=text(WITH_REASONS),
        ),
        Index("ix_seizure_versions_open", "state", "entered_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )


def _lines(metadata: MetaData) -> Table:
    return Table(
        "seizure_lines",
        metadata,
        *_case_key(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("section", String(40), nullable=False),
        Column("stream", String(40), nullable=False),
        Column("commodity", String(60), nullable=False),
        Column("hs_code", String(10), nullable=False),
        Column("amount_micro", BigInteger, nullable=False),  # of the first quantity, converted where a conversion is known
        Column("unit", String(10), nullable=False),
        Column("more_amounts", Text, nullable=False),  # of its further quantities: unit:millionths, separated by blanks
        sqlite_with_rowid=False,
    )


def _findings(metadata: MetaData) -> Table:
    return Table(
        "seizure_findings",
        metadata,
        *_case_key(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("code", String(60), nullable=False),
        Column("severity", String(10), nullable=False),
        Column("field", String(120), nullable=False),
        Column("text", Text, nullable=False),
    )


def _given(metadata: MetaData) -> Table:
    """Own verdicts found on the broker that a restored database has forgotten, until the report comes by again."""
    return Table(
        "seizure_given_verdicts",
        metadata,
        *_case_key(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("verdict", String(30), nullable=False, server_default=""),
        Column("method", String(10), nullable=False, server_default=""),
        Column("reasons", Text, nullable=False, server_default="[]"),
        Column("decided_at", BigInteger, nullable=False, server_default="0"),
        Column("told", Integer, nullable=False, server_default="0"),  # the NCP has the signed verdict
        Column("shared", Integer, nullable=False, server_default="0"),  # the world has the verified case
    )


class Standing(NamedTuple):
    """How a version stands at this node when it is written: state, where its event is, and the decision if there is one."""

    state: str
    event_issuer: str
    event_id: bytes = b""
    carrier: bytes = b""
    payload: bytes = b""
    decided_at: int = 0
    method: str = ""
    reasons: str = "[]"
    decided_by: str = ""
    counted: tuple[int, int] = (0, 0)  # from when until when it counted, where it counts no more


def add_version(tx: UnitOfWork, case: Mapping[str, Any], standing: Standing) -> None:
    """Buffer the rows of one version of a case (a `case` payload); a version that is here already makes the flush fail.

    Raises WrongTransition.
    """
    check_transition(ABSENT, standing.state)
    tables = tx.of(SeizureTables)
    administration, reference, version = case["administration"], case["reference"], case["version"]
    place, lines = case["place"], case["lines"]
    row = {
        "administration": administration,
        "reference": reference,
        "version": version,
        "state": standing.state,
        "occurred_on": case["date"].isoformat(),
        "kind": case["kind"],
        "level": case["level"],
        "direction": case["direction"],
        "detection_channel": case["detection_channel"],
        "concealment": case["concealment"],
        "conveyance": case["conveyance"],
        "ecommerce": case["ecommerce"],
        "country": place["country"],
        "location_type": place["location_type"],
        "locode": place["locode"],
        "sections": lines[0]["section"] if len(lines) == 1 else " ".join(sorted({line["section"] for line in lines})),
        "event_issuer": standing.event_issuer,
        "event_id": standing.event_id,
        "carrier": standing.carrier,
        "payload": standing.payload,
        "entered_at": tx.known_ms,
        "decided_at": standing.decided_at,
        "method": standing.method,
        "reasons": standing.reasons,
        "decided_by": standing.decided_by,
        "particulars": particulars(case),
        "counted_from": (standing.decided_at or tx.known_ms) if standing.state in COUNTED else standing.counted[0],
        "counted_until": standing.counted[1],
        "indexed": 0,
    }
    tx.insert(tables.versions, row)
    for number, line in enumerate(lines):
        tx.insert(tables.lines, line_row(line, administration, reference, (version, number)))


def change_version(tx: UnitOfWork, key: CaseKey, version: int, **values: object) -> None:
    """Buffer an update of one version; its state is changed by `move_version`. Raises TypeError."""
    if "state" in values:
        raise TypeError("change_version does not change a state; move_version does, and checks it")
    tx.change(tx.of(SeizureTables).versions, {"administration": key[0], "reference": key[1], "version": version, **values})


def move_version(tx: UnitOfWork, row: RowMapping | Mapping[str, Any], state: str, **values: object) -> None:
    """Buffer an update of one version (`row`: its key and present state) that puts it into this state: the one place that does.

    Call `forget` when done with the case. Raises WrongTransition, before anything is written.
    """
    check_transition(row["state"], state)
    key = {name: row[name] for name in ("administration", "reference", "version")}
    values |= _counting(tx, row, state)
    tx.change(tx.of(SeizureTables).versions, {**key, "state": state, **values})


def _counting(tx: UnitOfWork, row: RowMapping | Mapping[str, Any], state: str) -> dict[str, int]:
    """The columns that go with a new state, always the same ones: one shape of rows is written at once."""
    since, until = row["counted_from"], row["counted_until"]
    if (row["state"] in COUNTED) != (state in COUNTED):
        since, until = (tx.known_ms, 0) if state in COUNTED else (since, tx.known_ms)
    return {"counted_from": since, "counted_until": until, "indexed": 0}


def drop_draft(tx: UnitOfWork, key: CaseKey, version: int) -> None:
    """Remove a draft that was never signed, so that a corrected one can take its place."""
    tables = tx.of(SeizureTables)
    for table in (tables.versions, tables.lines, tables.findings):
        tx.execute(table.delete().where(table.c.administration == key[0], table.c.reference == key[1], table.c.version == version))


_WHERE_IT_IS: Final = ("event_issuer", "event_id", "carrier", "payload")
KNOWN_COLUMNS: Final = (
    "administration",
    "reference",
    "version",
    "state",
    *_WHERE_IT_IS,
    "reasons",
    "decided_at",
    "counted_from",
    "counted_until",
)
GIVEN_COLUMNS: Final = ("reference", "version", "verdict", "method", "reasons", "decided_at", "told", "shared")
Known = dict[str, Any]  # one row, by column
_KNOWN: Final = "seizure versions"
_WITHDRAWN: Final = "seizure withdrawals"
_GIVEN: Final = "seizure verdicts given before a restore"


def preload_versions(tx: UnitOfWork, keys: Iterable[CaseKey]) -> None:
    """Read at once what is known of these cases, so that `known_versions` need not ask one by one."""
    tables = tx.of(SeizureTables)
    known: dict[CaseKey, list[Known]] = tx.memo.setdefault(_KNOWN, {})
    gone: dict[CaseKey, Known] = tx.memo.setdefault(_WITHDRAWN, {})
    given: dict[tuple[str, str, int], Known] = tx.memo.setdefault(_GIVEN, {})
    by_administration: dict[str, list[str]] = {}
    for administration, reference in keys:
        known[administration, reference] = []
        by_administration.setdefault(administration, []).append(reference)
    for administration, references in by_administration.items():
        for row in _rows_of(tx, tables.versions, KNOWN_COLUMNS, administration, references):
            known[administration, row["reference"]].append(row)
        for row in _rows_of(tx, tables.withdrawals, ("reference", "version", "reason", "withdrawn_at"), administration, references):
            gone[administration, row["reference"]] = row
        for row in _rows_of(tx, tables.given, GIVEN_COLUMNS, administration, references):
            given[administration, row["reference"], row["version"]] = row


def _rows_of(tx: UnitOfWork, table: Table, columns: Sequence[str], administration: str, references: Sequence[str]) -> list[Known]:
    found = tx.lookup(table, columns, {"administration": administration}, ("reference", references))
    return [dict(zip(columns, row, strict=True)) for row in found]


def known_versions(tx: UnitOfWork, key: CaseKey) -> Sequence[Known]:
    """Every version of a case this node holds, by KNOWN_COLUMNS, from what was preloaded or from the store."""
    known: dict[CaseKey, list[Known]] = tx.memo.get(_KNOWN, {})
    if key not in known:
        preload_versions(tx, [key])
        known = tx.memo[_KNOWN]
    return known[key]


def forget(tx: UnitOfWork, key: CaseKey) -> None:
    """What is known of this case has just changed; read it again when asked."""
    tx.memo.get(_KNOWN, {}).pop(key, None)


def withdrawal_of(tx: UnitOfWork, key: CaseKey) -> Known | None:
    """The withdrawal of a case, also when it came before the report; call `known_versions` first."""
    found: Known | None = tx.memo.get(_WITHDRAWN, {}).get(key)
    return found


def given_verdict(tx: UnitOfWork, key: CaseKey, version: int) -> Known | None:
    """This office's own verdict from before a restore, if the broker still had it; call `known_versions` first."""
    found: Known | None = tx.memo.get(_GIVEN, {}).get((*key, version))
    return found


def withdraw(tx: UnitOfWork, case: Mapping[str, Any], event: VerifiedEvent | None, event_id: bytes) -> None:
    """Leave a tombstone and mark every version that is here; the highest withdrawn version wins."""
    tables = tx.of(SeizureTables)
    key = (case["administration"], case["reference"])
    row = {
        "administration": key[0],
        "reference": key[1],
        "version": case["version"],
        "reason": case["reason"],
        "event_id": event.event_id if event is not None else event_id,
        "withdrawn_at": tx.known_ms,
    }
    tx.put(tables.withdrawals, row, newer="version")
    for known in known_versions(tx, key):
        if known["version"] <= case["version"] and known["state"] not in UNSIGNED:
            move_version(tx, known, WITHDRAWN)
    forget(tx, key)
    tx.memo.get(_WITHDRAWN, {}).pop(key, None)


def verified_case(tx: UnitOfWork, administration: str, reference: str) -> RowMapping | None:
    """The validated version of a case, or None: what a product may cite as verified."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == administration) & (versions.c.reference == reference) & (versions.c.state == VALIDATED)
    return tx.one(select(versions).where(where).order_by(versions.c.version.desc()).limit(1))
