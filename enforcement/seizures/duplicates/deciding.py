"""What people do about a pair: owners agree or decline, each for its own cases; an office proposes, or dismisses for itself.

Every word of an owner is a signed event. A link holds at a node as soon as every owner's agreement on one lead is there, in whatever
order it came; so no office can link what its owners did not, and none has to bring the owners' words together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.duplicates.errors import NotForAll, NotOwner, NotSubmitted, WrongState
from enforcement.seizures.duplicates.pairs import (
    DISMISSED,
    LINKED,
    WAITING,
    PairKey,
    Row,
    change,
    ensure_pair,
    keep_statement,
    key_of,
    pair_row,
    refresh,
)
from enforcement.seizures.releases import is_restricted
from enforcement.seizures.states import DRAFT, HISTORICAL, SUPERSEDED, VALIDATED
from enforcement.seizures.store import known_versions, preload_versions
from enforcement.seizures.trail import note
from liaison.protocol.errors import phrase, word
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from liaison.node.work import UnitOfWork

SAID: Final = Handling(tlp="AMBER")


def lead_by_custom(tx: UnitOfWork, key: PairKey) -> int:
    """Which of two cases leads when nobody says: one that is validated before one that is not, then the one decided first, then the
    first; a historical record after any other.
    """
    preload_versions(tx, key.cases)
    ranks = [_precedence(known_versions(tx, case)) for case in key.cases]
    return 1 if ranks[0] <= ranks[1] else 2


def _precedence(versions: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    counted = [row["counted_from"] for row in versions if row["state"] in (VALIDATED, SUPERSEDED) and row["counted_from"]]
    return (0, min(counted)) if counted else (2 if _all_are(HISTORICAL, versions) else 1, 0)


def _all_are(state: str, versions: Sequence[Mapping[str, Any]]) -> bool:
    return all(row["state"] == state for row in versions)


def cases_payload(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cases of a pair as events name them."""
    return [{name: row[f"{name}_{at}"] for name in ("administration", "reference", "version")} for at in (1, 2)]


def _ensure_mine(tx: UnitOfWork, key: PairKey) -> None:
    if tx.me.kind != "ncp" or tx.me.country not in key.owners:
        raise NotOwner(phrase("{node} reported neither of the two.", node=tx.node))


def _ensure_submitted(tx: UnitOfWork, key: PairKey) -> None:
    for case in key.cases:
        if case[0] == tx.me.country and _all_are(DRAFT, known_versions(tx, case)):
            raise NotSubmitted(phrase("{case} is a draft.", case=case[1]))


def _historical(tx: UnitOfWork, key: PairKey) -> list[bool]:
    """Of each case of a pair whether it is a historical record: then no other office knows of it, and none is told."""
    return [case[0] == tx.me.country and _all_are(HISTORICAL, known_versions(tx, case)) for case in key.cases]


def _not_for_all(tx: UnitOfWork, row: Row) -> str:
    """The reference of a case of the pair that is not for all, as far as this node knows; empty when both are."""
    cases = ((one["administration"], one["reference"], one["version"]) for one in cases_payload(row))
    return next((one[1] for one in cases if is_restricted(tx, one[:2], one[2])), "")


def _ensure_for_all(tx: UnitOfWork, row: Row) -> None:
    if reference := _not_for_all(tx, row):
        raise NotForAll(phrase("{reference} is not for all.", reference=reference))


def _ensure_leads(tx: UnitOfWork, key: PairKey, lead: int) -> None:
    """A historical record leads no case that was reported: it would take its place in figures that others see."""
    historical = _historical(tx, key)
    if historical[lead - 1] and not all(historical):
        raise WrongState(
            phrase(
                "{cases} is a historical record; {cases_2} was reported, and leads.",
                cases=key.cases[lead - 1][1],
                cases_2=key.cases[2 - lead][1],
            )
        )


def agree(tx: UnitOfWork, row: Row, lead: int) -> str:
    """At a contact point: its cases and the other are one, and `lead` (1 or 2) counts; the state of the pair afterwards. Of a pair
    with a historical record this node alone keeps it.

    Raises NotOwner, NotSubmitted, NotForAll, WrongState, EgressRefused.
    """
    key = key_of(row)
    _ensure_mine(tx, key)
    _ensure_submitted(tx, key)
    _ensure_for_all(tx, row)
    _ensure_leads(tx, key, lead)
    if row["state"] == LINKED and row["lead"] == lead:
        raise WrongState(phrase("Pair {number} is linked already, led by {cases}.", number=row["number"], cases=key.cases[lead - 1][1]))
    payload = {"cases": cases_payload(row), "lead": lead}
    return _say(tx, key, "DuplicateAgreed", payload)


def decline(tx: UnitOfWork, row: Row, reason: str = "") -> str:
    """At a contact point: they are not one. It also takes an agreement back. Of a pair that nobody else may hear of this node alone
    keeps it. Raises NotOwner, NotForAll, EgressRefused.
    """
    key = key_of(row)
    _ensure_mine(tx, key)
    if row["state"] in (LINKED, WAITING):
        _ensure_for_all(tx, row)  # others heard of the agreement while it was
    return _say(tx, key, "DuplicateDeclined", {"cases": cases_payload(row), "reason": reason}, quiet=bool(_not_for_all(tx, row)))


def _say(tx: UnitOfWork, key: PairKey, event_type: str, payload: dict[str, Any], *, quiet: bool = False) -> str:
    told = not quiet and not any(_historical(tx, key))
    event_id = tx.emit(Draft(event_type, payload, tx.now, SAID), "submissions", region=tx.me.region) if told else b""
    said = {"administration": tx.me.country, "issuer": tx.node, "event_id": event_id, "author": tx.author, "said_at": tx.now_ms}
    take(tx, payload, said)
    if told:
        noted(tx, key, tx.node, event_id)
    return str(again(tx, key)["state"])


def take(tx: UnitOfWork, payload: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Keep an owner's word (the payload of DuplicateAgreed or DuplicateDeclined) and bring the pair up to it; whether it was new."""
    first, second = payload["cases"]
    key = PairKey.of((first["administration"], first["reference"]), (second["administration"], second["reference"]))
    words = {
        "agreed": int("lead" in payload),
        "lead": payload.get("lead", 0),
        "version_1": first["version"],
        "version_2": second["version"],
        "reason": payload.get("reason", ""),
    }
    if not keep_statement(tx, key, {**words, **said}):
        return False
    ensure_pair(tx, key, (first["version"], second["version"]))
    refresh(tx, key)
    return True


def noted(tx: UnitOfWork, key: PairKey, issuer: str, event_id: bytes) -> None:
    """Remember in the history of both cases that this event is about them."""
    for case in key.cases:
        note(tx, case, issuer, event_id)


# --- what is not signed, or asks only ---------------------------------------------------------------------------------------


def dismiss(tx: UnitOfWork, row: Row, reason: str = "") -> str:
    """They are not one: an owner says so, an office only keeps it to itself. A linked pair is not dismissed but unlinked.

    Raises WrongState, EgressRefused.
    """
    if row["state"] in (LINKED, WAITING):
        raise WrongState(
            phrase(
                "Pair {number} is {state}: an owner takes its agreement back with `unlink`.", number=row["number"], state=word(row["state"])
            )
        )
    if tx.me.kind == "ncp":
        return decline(tx, row, reason)
    change(tx, row, {"dismissed_at": tx.now_ms, "dismissed_by": tx.author, "reason": reason})
    return refresh(tx, key_of(row))


def unlink(tx: UnitOfWork, row: Row, reason: str) -> str:
    """An owner takes its agreement back. Raises NotOwner, WrongState, EgressRefused."""
    if row["state"] not in (LINKED, WAITING):
        raise WrongState(phrase("Pair {number} is not linked; it is {state}.", number=row["number"], state=word(row["state"])))
    return decline(tx, row, reason)


def reopen(tx: UnitOfWork, row: Row) -> str:
    """Look at a dismissed pair once more; nobody is told. Raises WrongState."""
    if row["state"] != DISMISSED:
        raise WrongState(phrase("Pair {number} is not dismissed; it is {state}.", number=row["number"], state=word(row["state"])))
    change(tx, row, {"reopened_at": tx.now_ms, "dismissed_at": 0, "dismissed_by": "", "reason": ""})
    return refresh(tx, key_of(row))


def propose(tx: UnitOfWork, row: Row, lead: int, told: tuple[Iterable[Mapping[str, str]], str]) -> str:
    """At an office: ask the owners. `told`: what agrees and differs ({field, first, second}), and a sentence.

    Raises WrongState, NotForAll, NotOwner when an owner has no contact point here, EgressRefused.
    """
    _ensure_for_all(tx, row)
    if row["state"] in (LINKED, WAITING, DISMISSED):
        raise WrongState(phrase("Pair {number} is {state} already.", number=row["number"], state=word(row["state"])))
    key = key_of(row)
    contacts = [one.node for one in tx.members.members.values() if one.kind == "ncp" and one.country in key.owners]
    if len(contacts) < len(key.owners):
        raise NotOwner(phrase("{names} has no contact point in the federation.", names=" or ".join(key.owners)))
    compared, reason = [dict(one) for one in told[0]], told[1]
    payload = {"cases": cases_payload(row), "lead": lead, "score": row["score"], "compared": compared, "reason": reason}
    for contact in sorted(contacts):
        handling = Handling(releasable_to=(contact, tx.node))  # this node too, to read its own tail after a restore
        event_id = tx.emit(Draft("DuplicateProposed", payload, tx.now, handling), "mail", owner=contact)
        noted(tx, key, tx.node, event_id)
    return keep_proposal(tx, row, lead, tx.node)


def keep_proposal(tx: UnitOfWork, row: Row, lead: int, office: str) -> str:
    """Remember that an office asked; what an owner has declined stays declined."""
    change(tx, row, {"proposed_by": office, "lead": lead})
    return refresh(tx, key_of(row))


def told_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reasons of a pair's score."""
    found: list[dict[str, Any]] = json.loads(row["reasons"])
    return found


def again(tx: UnitOfWork, key: PairKey) -> Row:
    """The row of a pair that is here, as it is now."""
    row = pair_row(tx, key)
    assert row is not None  # noqa: S101 - the caller has just kept it
    return row
