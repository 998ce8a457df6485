"""Whom a case may be shown to: the one place where that is asked before a case goes to a member that did not report it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.releases import is_restricted
from enforcement.seizures.states import VALIDATED
from enforcement.seizures.store import SeizureTables
from liaison.node.originals import NoSuchEvent, carried_event, stored_event
from liaison.protocol.errors import CheckError
from liaison.protocol.events import EVERYONE
from liaison.protocol.sealing import SealNotOpened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member

KEY: Final = ("administration", "reference", "version")
VERSION: Final = (*KEY, "state", "method", "carrier", "decided_by", "event_issuer", "event_id")
VersionKey = tuple[str, str, int]


def may_see(report: VerifiedEvent, member: Member) -> bool:
    """Whether the reporter's own handling admits this member; what is not said is denied. A report that its originator controls, or
    that is for the named eyes of its reader only (TLP:RED), is passed on to nobody. A sealed one reaches its audience sealed
    (`enforcement.verification.sharing`), and nobody else in any other way.
    """
    handling = report.handling
    if member.node == report.issuer:
        return True
    if report.sealed or handling.originator_control or handling.tlp == "RED":
        return False
    return not {EVERYONE, member.node, member.office, member.region}.isdisjoint(handling.releasable_to)


def shown_to(tx: UnitOfWork, member: Member, keys: Sequence[VersionKey]) -> dict[VersionKey, VerifiedEvent]:
    """Of these versions, those that an answer may show to this member, each with its reporter's own event: what was verified and stands,
    whose reporter admits the member, and whose signed original is here to prove it. What an answer leaves out it does not mention.
    """
    found: dict[VersionKey, VerifiedEvent] = {}
    rows = [row for row in versions_of(tx, keys).values() if row["state"] == VALIDATED and not _is_sealed(tx, row)]
    for row in sorted(rows, key=lambda row: row["carrier"]):  # what came together is read together
        try:
            event = report_of(tx, row)
        except (NoSuchEvent, CheckError, SealNotOpened):
            continue
        if not event.sealed and may_see(event, member):  # a sealed one is with its audience already, its reporter included
            found[row["administration"], row["reference"], row["version"]] = event
    return found


def _is_sealed(tx: UnitOfWork, row: Mapping[str, Any]) -> bool:
    """Whether a version is for some only, as this node's record of releases says before anything is read."""
    return is_restricted(tx, (row["administration"], row["reference"]), row["version"])


def versions_of(tx: UnitOfWork, keys: Sequence[VersionKey]) -> dict[VersionKey, dict[str, Any]]:
    """The rows of these versions and of others of the same cases, with what `report_of` needs."""
    found: dict[VersionKey, dict[str, Any]] = {}
    for administration in sorted({key[0] for key in keys}):
        references = sorted({key[1] for key in keys if key[0] == administration})
        for values in tx.lookup(tx.of(SeizureTables).versions, VERSION, {"administration": administration}, ("reference", references)):
            row = dict(zip(VERSION, values, strict=True))
            found[row["administration"], row["reference"], row["version"]] = {**row, "carrier": bytes(row["carrier"])}
    return found


def report_of(tx: UnitOfWork, row: Mapping[str, Any]) -> VerifiedEvent:
    """The reporter's own event of a version, from where it lies. Raises NoSuchEvent, CheckError."""
    event_id = bytes(row["event_id"])
    if row["carrier"]:
        return carried_event(tx, row["decided_by"], row["carrier"], event_id)
    return stored_event(tx, row["event_issuer"], event_id)
