"""Submitting drafts in portions: one that must not leave stays a draft with its reason, and does not stop the others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.editions import ensure_not_over
from enforcement.codelists.errors import EditionOver
from enforcement.intake.comparing import PaperDiffers, PaperNotCompared, ensure_compared
from enforcement.seizures.asking import ask_store
from enforcement.seizures.correcting import RulesBroken
from enforcement.seizures.errors import HistoricalCase
from enforcement.seizures.ports import APPROVED, OtherPort, approval_required, decide, ensure_own_port, hand_in, port_draft, preload_ports
from enforcement.seizures.rules import errors
from enforcement.seizures.store import DRAFT, HISTORICAL, change_version, known_versions, preload_versions
from liaison.access.permissions import permitted
from liaison.protocol.errors import EgressRefused, LiaisonError, TooLarge, phrase
from services.ncp_gateway.reporting import NoDraft, draft_case, drafts, submit, waits_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

PORTION: Final = 500  # cases a transaction
ACTION: Final = "seizures.submit"
HAND_IN: Final = "ports.hand-in"
_CLEAN: Final = "[]"


class NeedsApproval(LiaisonError):  # noqa: N818 - named for the state
    """This draft of a port is approved or sent back, not submitted."""

    code = "seizures.needs-approval"
    next_step = "Look at it: `liaison seizures waiting`, then `liaison seizures approve REFERENCE`, or `send-back`."


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of one case: queued for the office, handed in to the national office (`waiting`), or why neither."""

    key: CaseKey
    version: int
    event_id: bytes = b""
    error: LiaisonError | None = None
    told: Sequence[Finding] = ()  # what this node's own records object to, without keeping it back
    waiting: bool = False

    @property
    def sent(self) -> bool:
        """Whether it is on its way to the office."""
        return self.error is None and not self.waiting


def way_out(desk: Desk) -> str:
    """The action under which this person lets drafts go: to the office in charge, or to the national officer only."""
    return ACTION if permitted(desk.person, ACTION) else HAND_IN


def submit_all(desk: Desk) -> Iterator[list[Submitted]]:
    """Submit every draft; yields after each committed portion. Raises NotPermitted, DatabaseFailed."""
    after: CaseKey = ("", "")
    while True:
        with desk.looking(way_out(desk)) as tx:
            rows = drafts(tx, after=after, limit=PORTION)
        if not rows:
            return
        after = (rows[-1]["administration"], rows[-1]["reference"])
        yield submit_cases(desk, [(row["administration"], row["reference"]) for row in rows])


def submit_named(desk: Desk, keys: Iterable[CaseKey], *, urgent: bool = False) -> Iterator[list[Submitted]]:
    """Submit the drafts of these cases, as `submit_all` does; a case without a draft is told with NoDraft."""
    waiting = list(dict.fromkeys(keys))
    for start in range(0, len(waiting), PORTION):
        yield submit_cases(desk, waiting[start : start + PORTION], urgent=urgent)


def submit_cases(desk: Desk, keys: Sequence[CaseKey], *, only_drafts: bool = False, urgent: bool = False) -> list[Submitted]:
    """Submit the drafts of at most a portion of cases in one transaction; `only_drafts`: say nothing of cases without one."""
    if not keys:
        return []
    subject = keys[0][1] if len(keys) == 1 else f"{keys[0][1]} ... {keys[-1][1]}"
    with desk.acting(way_out(desk), subject, cases=len(keys)) as tx:
        preload_versions(tx, keys)
        preload_ports(tx, keys)
        told = [_submit_one(tx, key, urgent=urgent) for key in keys]
    return [one for one in told if not (only_drafts and isinstance(one.error, NoDraft | HistoricalCase))]


def _submit_one(tx: UnitOfWork, key: CaseKey, *, urgent: bool) -> Submitted:
    row = next((row for row in known_versions(tx, key) if row["state"] == DRAFT), None)
    if row is None:
        return Submitted(key, 0, error=_no_draft(tx, key))
    return submit_draft(tx, row, urgent=urgent)


def _no_draft(tx: UnitOfWork, key: CaseKey) -> LiaisonError:
    if any(row["state"] == HISTORICAL for row in known_versions(tx, key)):
        return HistoricalCase(phrase("{reference} is a historical record: nobody is told of it.", reference=key[1]))
    return NoDraft(phrase("There is no draft of {reference}.", reference=key[1]))


def submit_draft(tx: UnitOfWork, row: Mapping[str, Any], *, urgent: bool = False, approving: bool = False) -> Submitted:
    """Submit one draft, or hand it in where it has to wait for the national office; what refuses it is written on it, for lists to show.

    `approving`: by a national officer who has looked at a port's draft.
    """
    key, version = (row["administration"], row["reference"]), row["version"]
    of_port = port_draft(tx, key, version) if tx.author else None
    try:
        ensure_own_port(tx, key)
        _ensure_approved(tx, of_port, approving=approving)
    except (OtherPort, NeedsApproval) as error:
        return Submitted(key, version, error=error)
    told = ask_store(tx, draft_case(tx, row), below=version) if version > 1 else []
    waits, event_id = waits_here(tx), b""
    try:
        ensure_compared(tx, key, lambda: draft_case(tx, row))
        _ensure_no_errors(told)
        if waits:
            ensure_not_over(tx, draft_case(tx, row)["code_list_edition"], tx.now)
            hand_in(tx, row)
        else:
            event_id = submit(tx, row, urgent=urgent)
    except (EgressRefused, TooLarge, RulesBroken, EditionOver, PaperDiffers, PaperNotCompared) as error:
        reason = {"code": error.code, "field": "", "text": str(error)}
        change_version(tx, key, version, reasons=json.dumps([reason]))
        return Submitted(key, version, error=error)
    if row["reasons"] != _CLEAN:
        change_version(tx, key, version, reasons=_CLEAN)
    if not waits:
        _note_sent(tx, of_port)
    return Submitted(key, version, event_id, told=told, waiting=waits)


def _ensure_approved(tx: UnitOfWork, of_port: Mapping[str, Any] | None, *, approving: bool) -> None:
    """The national office approves what a port drafted, and does not submit it among others."""
    if of_port is not None and not tx.port and not approving and of_port["standing"] != APPROVED and approval_required(tx):
        raise NeedsApproval(phrase("{reference} is a draft of {port}.", reference=of_port["reference"], port=of_port["port"]))


def _note_sent(tx: UnitOfWork, of_port: Mapping[str, Any] | None) -> None:
    """A port's draft that went is approved, by whoever sent it."""
    if of_port is not None:
        decide(tx, of_port, APPROVED)


def _ensure_no_errors(found: list[Finding]) -> None:
    broken = errors(found)
    if broken:
        raise RulesBroken(broken)
