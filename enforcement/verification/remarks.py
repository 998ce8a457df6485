"""What a node adds from its own books to the verdicts in a case's history: the switches and policy in force, and the draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from enforcement.seizures.history import Remarks
from enforcement.seizures.store import SeizureTables
from enforcement.seizures.switching import switches_at
from enforcement.verification.deciding import STATE_OF
from enforcement.verification.drawing import MILLION, SAMPLE, why_told
from enforcement.verification.policy import policies_at
from enforcement.verification.store import VerificationTables, version_key
from liaison.node.times import to_ms
from liaison.protocol.errors import joined, phrase

if TYPE_CHECKING:
    from enforcement.seizures.history import Entry
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

STANDING: Final = phrase("under standing policy")


def policy_remarks() -> Remarks:
    """The tool that offices are assembled with."""
    return Remarks(_remark)


def _remark(tx: UnitOfWork, key: CaseKey, entry: Entry) -> str:
    if entry.what not in STATE_OF or entry.issuer != tx.node:
        return ""
    policy = policies_at(tx, to_ms(entry.at)).of(key[0], _sections(tx, key, entry.version))
    numbers = ", ".join(map(str, policy.numbers))
    under = phrase("under policy {numbers}", numbers=numbers) if numbers else STANDING
    told: list[str] = [phrase("{under}: share {share:.2%}, target {days} days", under=under, share=policy.share, days=policy.target_days)]
    said = switch_remark(tx, tx.node, entry)
    told += [said] if said else []
    draws = tx.of(VerificationTables).draws
    row = tx.one(select(draws).where(*(draws.c[name] == value for name, value in version_key(key, entry.version).items())))
    if row is not None and row["method"] == SAMPLE:
        chance = row["chance_millionths"] / MILLION
        told.append(phrase("drawn with a chance of {chance:.2%}: {why}", chance=chance, why=why_told(row["why"])))
    elif row is not None:
        told.append(why_told(row["why"]))
    return joined(told, "; ")


def _sections(tx: UnitOfWork, key: CaseKey, version: int) -> list[str]:
    versions = tx.of(SeizureTables).versions
    found = tx.one(select(versions.c.sections).where(*(versions.c[name] == value for name, value in version_key(key, version).items())))
    return found["sections"].split() if found is not None else []


def switch_remarks() -> Remarks:
    """The tool that contact points are assembled with: their office's switches are here too."""
    return Remarks(lambda tx, _key, entry: switch_remark(tx, entry.issuer, entry) if entry.what in STATE_OF else "")


def switch_remark(tx: UnitOfWork, office: str, entry: Entry) -> str:
    """Which edition of the office's rule switches held when it gave this verdict; empty where all rules were as shipped."""
    edition = switches_at(tx, office, to_ms(entry.at)).edition
    return phrase("rule switches of {office}, edition {edition}", office=office, edition=edition) if edition else ""
