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
from enforcement.seizures.store import SeizureTables, forget, withdraw
from enforcement.seizures.trail import note
from enforcement.verification.drawing import secret
from liaison.node.sealed import can_receive, emit_sealed, opened
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def share(tx: UnitOfWork, event: VerifiedEvent, method: str, *, again: bool = False) -> list[bytes]:
    """Count an accepted version and pass it on to each of its audience that can open it and was not given it; the ids of what was said.
    `again`: its verdict was signed before a restore.
    """
    case = event.payload["case"]
    key = (case["administration"], case["reference"])
    forget(tx, key)
    recount(tx, key, again=case["version"] if again else 0)
    kept = _kept(tx, key)
    stub = stub_of(tx, key)
    last = _last(tx, stub)
    if last is None or not last["counted"] or _version(last, kept) != case["version"]:
        return []  # a newer version counts already
    told = {**{name: case[name] for name in ("administration", "reference", "version")}, "method": method, "stub": stub}
    told |= {"number": last["number"], "evidence": event.evidence()}
    mine = (tx.node, event.issuer)
    nodes = [node for node in nodes_of(tx, event.handling.releasable_to) if node in event.sealed and node not in mine]
    given = kept["audience"].split() if kept is not None and kept["number"] == last["number"] else None
    draft = Draft("RestrictedSeizureShared", told, tx.now, Handling(), carries=event)
    said = [_to(tx, node, draft) for node in nodes if node not in (given or ())]
    if not nodes and given is None:  # nobody is given it: told to ourselves, so that a restored database knows which stub it has
        _to(tx, tx.node, draft)
    _end_for_others(tx, key, nodes, last)
    _keep(tx, told, nodes)
    return said


def _keep(tx: UnitOfWork, told: Mapping[str, Any], nodes: Iterable[str]) -> None:
    row = {name: told[name] for name in ("administration", "reference", "stub", "number", "version")}
    tx.put(tx.of(ReleaseTables).stubs, {**row, "audience": " ".join(sorted(nodes))})


def _kept(tx: UnitOfWork, key: CaseKey) -> RowMapping | None:
    stubs = tx.of(ReleaseTables).stubs
    return tx.one(select(stubs).where(stubs.c.administration == key[0], stubs.c.reference == key[1]))


def _version(last: RowMapping, kept: RowMapping | None) -> int:
    """The version that a stub counts; 0 where that was not known any more after a restore."""
    restored = kept is not None and not last["version"] and kept["number"] == last["number"]
    return int(kept["version"] if restored and kept is not None else last["version"])


def share_withdrawal(tx: UnitOfWork, event: VerifiedEvent) -> list[bytes]:
    """Tell those who hold a case that is not for all that it is withdrawn; the ids of what was said."""
    told = {name: event.payload[name] for name in ("administration", "reference", "version")} | {"evidence": event.evidence()}
    nodes = [node for node in _holders(tx, (told["administration"], told["reference"])) if node in event.sealed]
    return [_to(tx, node, Draft("RestrictedWithdrawalShared", told, tx.now, Handling(), carries=event)) for node in nodes]


def _to(tx: UnitOfWork, node: str, draft: Draft) -> bytes:
    handling = Handling(tlp="AMBER", releasable_to=(node, tx.node))
    return emit_sealed(tx, draft._replace(handling=handling), "mail", [node], owner=node)


def recount(tx: UnitOfWork, key: CaseKey, *, again: int = 0) -> None:
    """Say what the world counts of a case now, if that is not what was said last. Costs nothing where no case is restricted.
    `again`: the version that comes by again and was accepted, and so counted, before a restore; what was said since stands.
    """
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
    if last is None and not counted:
        return
    kept = _kept(tx, key)
    if again and last is not None and kept is not None and kept["version"] >= again and kept["number"] <= last["number"]:
        return  # the version that the stub counts, or that ended it, comes by as well
    if last is not None and bool(last["counted"]) == counted:
        known = _version(last, kept) or (version if again else 0)
        if known == version:
            tx.change(tx.of(ReleaseTables).counts, {"issuer": tx.node, "stub": stub, "number": last["number"], "version": version})
            return
    told: dict[str, Any] = {"stub": stub, "number": 1 if last is None else last["number"] + 1, "counted": counted}
    told["region"] = _region(tx, key)
    told |= {"month": row["occurred_on"][:7], "sections": _sections(tx, key, version)} if row is not None and counted else _nothing()
    tx.emit(Draft("SeizureCounted", told, tx.now, Handling(tlp="GREEN")), "seizures.verified", region=told["region"])
    tx.put(tx.of(ReleaseTables).counts, count_row(tx.node, told, version))
    if not counted:
        _end_for_others(tx, key, [], told)
        _keep(tx, {"administration": key[0], "reference": key[1], "version": 0, **told}, ())


def _nothing() -> dict[str, Any]:
    return {"month": "", "sections": []}


def _end_for_others(tx: UnitOfWork, key: CaseKey, nodes: list[str], last: Mapping[str, Any] | RowMapping) -> None:
    """Contact points do not read the world's topic: those who hold an older version and get no newer are told by mail."""
    told = {"stub": bytes(last["stub"]), "number": last["number"], "counted": False, "region": last["region"], **_nothing()}
    for node in _holders(tx, key):
        if node not in nodes and tx.members.members[node].kind == "ncp" and can_receive(tx, node):
            _to(tx, node, Draft("SeizureCounted", told, tx.now, Handling()))


def _holders(tx: UnitOfWork, key: CaseKey) -> list[str]:
    row = _kept(tx, key)
    return [] if row is None else [node for node in row["audience"].split() if node in tx.members.members]


def stub_of(tx: UnitOfWork, key: CaseKey) -> bytes:
    """16 bytes that name a case without telling it: the same after a restore, because the secret is in the database, or was told sealed."""
    kept = _kept(tx, key)
    if kept is not None:
        return bytes(kept["stub"])
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


def own_restricted_seizure_shared(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this one of its audience was given the version under this stub, or nobody was (told to ourselves)."""
    told, node = event.payload, event.source.header.topic.partition(".")[2]
    key = (told["administration"], told["reference"])
    if node != tx.node:
        note(tx, key, tx.node, event.event_id)
    kept = _kept(tx, key)
    if kept is None or kept["number"] <= told["number"]:
        before = kept["audience"].split() if kept is not None and kept["number"] == told["number"] else []
        _keep(tx, told, {*before, node} - {tx.node})


def own_restricted_withdrawal_shared(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: those who hold this case know that it is withdrawn; so does this node, before the withdrawal comes by again."""
    inner = opened(tx, tx.open_evidence(event.payload["evidence"]))
    withdraw(tx, inner.payload, inner, inner.event_id)
    note(tx, (inner.payload["administration"], inner.payload["reference"]), tx.node, event.event_id)


SHARED_BEFORE: Final = {
    "SeizureCounted": own_seizure_counted,
    "RestrictedSeizureShared": own_restricted_seizure_shared,
    "RestrictedWithdrawalShared": own_restricted_withdrawal_shared,
}
