"""Scans of sheets and letters: encrypted with a key of their own, here alone, deleted when their time is over."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, select

from enforcement.intake.unfinished import vault_used
from enforcement.keying.errors import NoScan, NotKeyed, NotRedacted, ScanKeyLost, ScanThere, ScanUnfit
from enforcement.keying.media import MOST_BYTES, media_of
from enforcement.keying.policy import SCAN_DAYS, days_of
from enforcement.seizures.keyed import KeyedTables, report_row
from enforcement.seizures.store import SeizureTables
from liaison.node.audit import note_own
from liaison.node.duties import Duty
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import RowMapping, Select

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

PURPOSE: Final = "scans of paper reports"
SHEET: Final = "sheet"
LETTER: Final = "letter"
DAY_MS: Final = 86_400_000
PORTION: Final = 20  # scans deleted in a transaction


class Scan(NamedTuple):
    """One scan out of its seal."""

    media: str
    data: bytes


def read_scan(path: Path) -> Scan:
    """A scan from a file, as far as it is allowed to be long. Raises ScanUnfit."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ScanUnfit(phrase("{name} cannot be read ({strerror}).", name=path.name, strerror=error.strerror)) from None
    return Scan(media_of(data), data)


def _about(tx: UnitOfWork, key: CaseKey, version: int, kind: str) -> bytes:
    return "\0".join(("keyed_scans", tx.node, *key, str(version), kind)).encode()


def keep_scan(tx: UnitOfWork, key: CaseKey, version: int, kind: str, scan: Scan) -> None:
    """Keep a scan, sealed for its place; one that is there is replaced. Raises a LiaisonError for a key that does not open."""
    scans, kept = tx.of(KeyedTables).scans, tx.around.kept.vault
    if not vault_used(tx):
        kept.ready()  # with rows there, a missing key is a loss to be told, not a reason to make another
    vault = kept.of(PURPOSE)
    row = {"administration": key[0], "reference": key[1], "version": version, "kind": kind, "media": scan.media, "size": len(scan.data)}
    row |= {"sha256": hashlib.sha256(scan.data).digest(), "key_id": vault.key_id(), "kept_by": tx.author, "kept_at": tx.now_ms}
    tx.put(scans, {**row, "sealed": vault.seal(scan.data, _about(tx, key, version, kind))})
    tx.flush()


def scan_again(tx: UnitOfWork, key: CaseKey, scan: Scan, *, redacted: bool) -> int:
    """Keep a scan of the sheet for the newest keyed version, whose scan this node has lost with a restore; the version.

    Raises NotKeyed, NotRedacted, ScanThere.
    """
    row = report_row(tx, key)
    if row is None or _is_keyed_elsewhere(tx, row):
        raise NotKeyed(phrase("No report {reference} of {country} was keyed here.", reference=key[1], country=key[0]))
    if not redacted:
        raise NotRedacted
    version = int(row["version"])
    if any(one["version"] == version and one["kind"] == SHEET for one in scans_of(tx, key)):
        raise ScanThere(phrase("The scan of {reference} version {version} is here.", reference=key[1], version=version))
    keep_scan(tx, key, version, SHEET, scan)
    return version


def _is_keyed_elsewhere(tx: UnitOfWork, row: RowMapping) -> bool:
    """Whether another node keyed this version: scans are with who keyed it."""
    versions = tx.of(SeizureTables).versions
    same = [versions.c[name] == row[name] for name in ("administration", "reference", "version")]
    found = tx.one(select(versions.c.event_issuer).where(*same))
    return found is not None and found["event_issuer"] != tx.node


def open_scan(tx: UnitOfWork, key: CaseKey, kind: str = SHEET, version: int = 0) -> Scan:
    """A scan of a version, 0 for the newest that has one. Raises NoScan, ScanKeyLost, and a LiaisonError for a seal that is broken."""
    scans = tx.of(KeyedTables).scans
    query = select(scans).where(scans.c.administration == key[0], scans.c.reference == key[1], scans.c.kind == kind)
    row = tx.one(query.where(scans.c.version == version) if version else query.order_by(scans.c.version.desc()).limit(1))
    if row is None:
        raise NoScan(phrase("No scan of the {kind} of {reference} is kept here.", kind=kind, reference=key[1]))
    vault = tx.around.kept.vault.of(PURPOSE)
    if row["key_id"] != vault.key_id():
        raise ScanKeyLost
    return Scan(row["media"], vault.open(bytes(row["sealed"]), _about(tx, key, row["version"], kind)))


def scans_of(tx: UnitOfWork, key: CaseKey) -> list[dict[str, Any]]:
    """What is kept of the scans of a case, without the scans."""
    scans = tx.of(KeyedTables).scans
    names = ("version", "kind", "media", "size", "kept_by", "kept_at", "sha256")
    query = select(*(scans.c[name] for name in names)).where(scans.c.administration == key[0], scans.c.reference == key[1])
    rows = tx.rows(query.order_by(scans.c.version, scans.c.kind))
    return [{**row, "kept_at": from_ms(row["kept_at"]), "sha256": bytes(row["sha256"]).hex()} for row in rows]


# --- their end ------------------------------------------------------------------------------------------------------------


def _over(tx: UnitOfWork) -> Select[Any]:
    """Scans whose time is over: so many days after the answer, or after the case was withdrawn; one that waits for an answer stays."""
    scans, reports, gone = tx.of(KeyedTables).scans, tx.of(KeyedTables).reports, tx.of(SeizureTables).withdrawals
    last = tx.now_ms - days_of(tx, SCAN_DAYS) * DAY_MS
    same = [reports.c[name] == scans.c[name] for name in ("administration", "reference", "version")]
    answered = select(reports.c.version).where(*same, reports.c.answered_at > 0, reports.c.answered_at <= last)
    case = [gone.c[name] == scans.c[name] for name in ("administration", "reference")]
    withdrawn = select(gone.c.version).where(*case, gone.c.version >= scans.c.version, gone.c.withdrawn_at <= last)
    versions = tx.of(SeizureTables).versions
    case = [versions.c[name] == scans.c[name] for name in ("administration", "reference")]
    own = (versions.c.version > scans.c.version) & (versions.c.event_issuer != tx.node) & (versions.c.entered_at <= last)
    taken_over = select(versions.c.version).where(*case, own)
    key = (scans.c[name] for name in ("administration", "reference", "version", "kind"))
    return select(*key).where(answered.exists() | withdrawn.exists() | taken_over.exists()).order_by(scans.c.kept_at)


def any_over(tx: UnitOfWork) -> bool:
    """Whether a scan is due to be deleted."""
    return tx.one(_over(tx).limit(1)) is not None


def delete_over(tx: UnitOfWork, limit: int = PORTION) -> list[dict[str, Any]]:
    """Delete the next scans whose time is over; which. The audit names each."""
    rows = [dict(row) for row in tx.rows(_over(tx).limit(limit))]
    scans = tx.of(KeyedTables).scans
    for row in rows:
        tx.execute(delete(scans).where(*(scans.c[name] == value for name, value in row.items())))
    return rows


def _by_itself(tx: UnitOfWork) -> None:
    for row in delete_over(tx):
        note_own(tx, "paper.purge", row["reference"], **{name: row[name] for name in ("administration", "version", "kind")})


DELETING: Final = Duty("scans of paper reports", any_over, _by_itself)
