"""What an office says of a case that is not for all: the verdict sealed for its reporter, the case sealed for each of its audience,
and to the world a counting stub that says section, region and month.
"""

from __future__ import annotations

import hmac
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.counts import count_row
from enforcement.seizures.releases import ReleaseTables, any_restricted, kept_release, nodes_of
from enforcement.seizures.states import VALIDATED
from enforcement.seizures.store import SeizureTables, forget
from enforcement.verification.drawing import secret
from liaison.node.sealed import can_receive, emit_sealed
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

_STUB: Final = b"counting stub\0"
NOTHING: Final = "unknown"


def tell(tx: UnitOfWork, event: VerifiedEvent, draft: Draft) -> bytes:
    """A verdict on a sealed case, sealed for its reporter; the event's id."""
    handling = Handling(tlp="AMBER", releasable_to=(event.issuer, tx.node))
    return emit_sealed(tx, draft._replace(handling=handling), "receipts", [event.issuer], owner=event.issuer)


def share(tx: UnitOfWork, event: VerifiedEvent, method: str) -> list[bytes]:
    """Count an accepted version and pass it on to each of its audience that can open it; the ids of what was said."""
    case = event.payload["case"]
    key = (case["administration"], case["reference"])
    forget(tx, key)
    recount(tx, key)
    stub = stub_of(tx, key)
    last = _last(tx, stub)
    if last is None or not last["counted"] or last["version"] != case["version"]:
        return []  # a newer version counts already
    told = {**{name: case[name] for name in ("administration", "reference", "version")}, "method": method, "stub": stub}
    told |= {"number": last["number"], "evidence": event.evidence()}
    mine = (tx.node, event.issuer)
    nodes = [node for node in nodes_of(tx, event.handling.releasable_to) if node in event.sealed and node not in mine]
    said = [_to(tx, node, Draft("RestrictedSeizureShared", told, tx.now, Handling(), carries=event)) for node in nodes]
    _end_for_others(tx, key, nodes, last)
    tx.put(tx.of(ReleaseTables).stubs, {"administration": key[0], "reference": key[1], "audience": " ".join(nodes)})
    return said


def share_withdrawal(tx: UnitOfWork, event: VerifiedEvent) -> list[bytes]:
    """Tell those who hold a case that is not for all that it is withdrawn; the ids of what was said."""
    told = {name: event.payload[name] for name in ("administration", "reference", "version")} | {"evidence": event.evidence()}
    nodes = [node for node in _holders(tx, (told["administration"], told["reference"])) if node in event.sealed]
    return [_to(tx, node, Draft("RestrictedWithdrawalShared", told, tx.now, Handling(), carries=event)) for node in nodes]


def _to(tx: UnitOfWork, node: str, draft: Draft) -> bytes:
    handling = Handling(tlp="AMBER", releasable_to=(node, tx.node))
    return emit_sealed(tx, draft._replace(handling=handling), "mail", [node], owner=node)


def recount(tx: UnitOfWork, key: CaseKey) -> None:
    """Say what the world counts of a case now, if that is not what was said last. Costs nothing where no case is restricted."""
    if not any_restricted(tx):
        return
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1]) & (versions.c.state == VALIDATED)
    row = tx.one(select(versions.c.version, versions.c.occurred_on).where(where).order_by(versions.c.version.desc()).limit(1))
    release = kept_release(tx, key, row["version"]) if row is not None else None
    counted = release is not None and release.restricted
    stub = stub_of(tx, key)
    last = _last(tx, stub)
    version = row["version"] if row is not None and counted else 0
    if (last is None and not counted) or (last is not None and bool(last["counted"]) == counted and last["version"] == version):
        return
    told: dict[str, Any] = {"stub": stub, "number": 1 if last is None else last["number"] + 1, "counted": counted}
    told["region"] = _region(tx, key)
    told |= {"month": row["occurred_on"][:7], "sections": _sections(tx, key, version)} if row is not None and counted else _nothing()
    tx.emit(Draft("SeizureCounted", told, tx.now, Handling(tlp="GREEN")), "seizures.verified", region=told["region"])
    tx.put(tx.of(ReleaseTables).counts, count_row(tx.node, told, version))
    if not counted:
        _end_for_others(tx, key, [], told)
        tx.put(tx.of(ReleaseTables).stubs, {"administration": key[0], "reference": key[1], "audience": ""})


def _nothing() -> dict[str, Any]:
    return {"month": "", "sections": []}


def _end_for_others(tx: UnitOfWork, key: CaseKey, nodes: list[str], last: Mapping[str, Any] | RowMapping) -> None:
    """Contact points do not read the world's topic: those who hold an older version and get no newer are told by mail."""
    told = {"stub": bytes(last["stub"]), "number": last["number"], "counted": False, "region": last["region"], **_nothing()}
    for node in _holders(tx, key):
        if node not in nodes and tx.members.members[node].kind == "ncp" and can_receive(tx, node):
            _to(tx, node, Draft("SeizureCounted", told, tx.now, Handling()))


def _holders(tx: UnitOfWork, key: CaseKey) -> list[str]:
    stubs = tx.of(ReleaseTables).stubs
    row = tx.one(select(stubs.c.audience).where(stubs.c.administration == key[0], stubs.c.reference == key[1]))
    return [] if row is None else [node for node in row["audience"].split() if node in tx.members.members]


def stub_of(tx: UnitOfWork, key: CaseKey) -> bytes:
    """16 bytes that name a case without telling it: the same after a restore, because the secret is in the database."""
    return hmac.digest(secret(tx), _STUB + "\0".join(key).encode(), "sha256")[:16]


def _last(tx: UnitOfWork, stub: bytes) -> RowMapping | None:
    counts = tx.of(ReleaseTables).counts
    query = select(counts).where(counts.c.issuer == tx.node, counts.c.stub == stub)
    return tx.one(query.order_by(counts.c.number.desc()).limit(1))


def _region(tx: UnitOfWork, key: CaseKey) -> str:
    reporter = next((m for m in tx.members.members.values() if m.country == key[0]), tx.me)
    return reporter.region


def _sections(tx: UnitOfWork, key: CaseKey, version: int) -> list[dict[str, Any]]:
    lines = tx.of(SeizureTables).lines
    where = (lines.c.administration == key[0]) & (lines.c.reference == key[1]) & (lines.c.version == version)
    found = Counter(row["section"] for row in tx.rows(select(lines.c.section).where(where)))
    return [{"section": name, "seizures": found[name]} for name in sorted(found)] or [{"section": NOTHING, "seizures": 0}]


def own_seizure_counted(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: the world has this number of the stub."""
    if event.source.header.topic.startswith("seizures."):
        tx.keep(tx.of(ReleaseTables).counts, count_row(tx.node, event.payload))


SHARED_BEFORE: Final = {"SeizureCounted": own_seizure_counted}
