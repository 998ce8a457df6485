"""National approval: what ports hand in waits here until an officer of the national office approves it or sends it back with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.ports import (
    SENT_BACK,
    WAITING,
    PortFilter,
    decide,
    ensure_national,
    list_port_drafts,
    port_draft,
    preload_ports,
    seen_of,
    set_approval,
    wait_again,
)
from enforcement.seizures.states import DRAFT
from enforcement.seizures.store import known_versions, preload_versions
from liaison.access.permissions import ensure_other_person
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.reporting import draft_of
from services.ncp_gateway.submitting import PORTION, Submitted, submit_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

Asked = tuple[tuple[str, str], int]  # a case, and what was looked at (`seen` of its record; 0: it does not matter)
APPROVE: Final = "ports.approve"
POLICY: Final = "ports.policy"
MOST_REASON: Final = 400


class NotWaiting(LiaisonError):  # noqa: N818 - named for the state
    """This case does not wait for approval."""

    code = "seizures.not-waiting"
    next_step = "See what waits with `liaison seizures waiting`: it was decided by somebody else, or its port is changing it."


class DraftChanged(LiaisonError):  # noqa: N818 - named for the state
    """The draft was changed since you looked at it."""

    code = "seizures.draft-changed"
    next_step = "Look at it again, and decide then."


class ReasonNeeded(LiaisonError):  # noqa: N818 - named for the state
    """A draft is sent back with a reason."""

    code = "seizures.reason-needed"
    next_step = f"Say what is to be changed, in at most {MOST_REASON} characters; the port reads it."


def approve_cases(desk: Desk, asked: Sequence[Asked], *, urgent: bool = False) -> Iterator[list[Submitted]]:
    """Submit drafts of ports that wait; yields after each committed portion. What must not leave goes on waiting, with its reason on it.

    Raises NotPermitted, NationalOnly, DatabaseFailed.
    """

    def approve(tx: UnitOfWork, row: Mapping[str, Any]) -> Submitted:
        ensure_other_person(row["handed_by"], tx.author)
        ensure_other_person(row["drafted_by"], tx.author)
        return submit_draft(tx, draft_of(tx, (row["administration"], row["reference"])), urgent=urgent, approving=True)

    return _decided(desk, asked, {"decision": "approved"}, approve)


def send_back(desk: Desk, asked: Sequence[Asked], reason: str) -> Iterator[list[Submitted]]:
    """Send drafts of ports back with a reason; yields after each committed portion.

    Raises ReasonNeeded, NotPermitted, NationalOnly, DatabaseFailed.
    """
    why = " ".join(reason.split())
    if not why or len(why) > MOST_REASON:
        raise ReasonNeeded

    def back(tx: UnitOfWork, row: Mapping[str, Any]) -> Submitted:
        decide(tx, row, SENT_BACK, why)
        return Submitted((row["administration"], row["reference"]), row["version"])

    return _decided(desk, asked, {"decision": SENT_BACK}, back)


def wait_once_more(desk: Desk, references: Sequence[str]) -> int:
    """Take back that drafts were sent back, while their ports have not changed them; how many wait again."""
    waiting = 0
    with desk.acting(APPROVE, " ".join(references)[:64], cases=len(references), decision="undone") as tx:
        ensure_national(tx)
        for reference in dict.fromkeys(references):
            row = _newest(tx, (tx.me.country, reference))
            if (
                row is not None
                and row["standing"] == SENT_BACK
                and row["decided_by"] == tx.author
                and row["changed_at"] <= row["decided_at"]
            ):
                wait_again(tx, row)
                waiting += 1
    return waiting


def waiting_keys(desk: Desk, port: str = "") -> list[Asked]:
    """Every case that waits, of one port or of all, as it stands now."""
    with desk.looking(APPROVE) as tx:
        ensure_national(tx)
        home, found, start = tx.me.country, list[dict[str, Any]](), 0
        while rows := list_port_drafts(tx, PortFilter(WAITING, port), limit=PORTION, offset=start):
            found += rows
            start += PORTION
    return [((home, row["reference"]), row["seen"]) for row in found]


def change_rule(desk: Desk, *, required: bool) -> None:
    """Say whether drafts of ports wait for the national office. What waits when it ends goes on waiting, and is approved as before."""
    with desk.acting(POLICY, "approval", required=required) as tx:
        set_approval(tx, required=required)


def _decided(
    desk: Desk, asked: Sequence[Asked], facts: Mapping[str, str], do: Callable[[UnitOfWork, Mapping[str, Any]], Submitted]
) -> Iterator[list[Submitted]]:
    asked = list({key: (key, seen) for key, seen in asked}.values())
    for start in range(0, len(asked), PORTION):
        portion = asked[start : start + PORTION]
        keys = [key for key, _ in portion]
        subject = keys[0][1] if len(keys) == 1 else f"{keys[0][1]} ... {keys[-1][1]}"
        with desk.acting(APPROVE, subject, cases=len(keys), **facts) as tx:
            ensure_national(tx)
            preload_versions(tx, keys)
            preload_ports(tx, keys)
            told = [_one(tx, key, seen, do) for key, seen in portion]
        yield told


def _one(tx: UnitOfWork, key: CaseKey, seen: int, do: Callable[[UnitOfWork, Mapping[str, Any]], Submitted]) -> Submitted:
    row = _newest(tx, key)
    try:
        if row is None or row["standing"] != WAITING:
            raise NotWaiting(phrase("{reference} does not wait.", reference=key[1]))
        if seen and seen != seen_of(row):
            raise DraftChanged(phrase("{reference} was changed since.", reference=key[1]))
        return do(tx, row)
    except LiaisonError as error:  # raised before anything is written
        return Submitted(key, 0 if row is None else row["version"], error=error)


def _newest(tx: UnitOfWork, key: CaseKey) -> Mapping[str, Any] | None:
    """What is known of the draft of a case, when a port wrote it."""
    version = next((row["version"] for row in known_versions(tx, key) if row["state"] == DRAFT), 0)
    return port_draft(tx, key, version)
