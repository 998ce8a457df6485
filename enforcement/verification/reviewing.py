"""An officer's verdicts on many versions, in portions: only on what was seen, one that changed meanwhile is left alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from enforcement.seizures.correcting import NothingChanged, RulesBroken
from enforcement.seizures.fields import FieldFixed, FieldUnknown, FieldValueUnfit
from enforcement.seizures.keyed import KeyerDecides
from enforcement.seizures.states import VALIDATED
from enforcement.seizures.store import preload_versions
from enforcement.verification.assigning import TakenByOther, drop_assignment, ensure_free
from enforcement.verification.deciding import STATE_OF, NotInReview, NotSignedYet, ReasonMissing, Verdict, decide, waiting_version
from enforcement.verification.queries import findings_by_version
from enforcement.verification.screens import NominalVerdict, ensure_unnamed, unquoted
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from enforcement.verification.queries import Waiting
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError

PORTION: Final = 100  # verdicts a transaction; each version is read back from its signed batch
ACTION: Final = "verification.decide"


LEFT_ALONE: Final = (
    NominalVerdict,
    NotInReview,
    KeyerDecides,
    NotSignedYet,
    ReasonMissing,
    TakenByOther,
    NothingChanged,
    RulesBroken,
    FieldUnknown,
    FieldFixed,
    FieldValueUnfit,
)


class ChangedMeanwhile(NotInReview):
    """A newer version came in after the list was made."""

    code = "verification.changed-meanwhile"
    next_step = "Look at it with `liaison verification show REFERENCE`."


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one: decided, or why it was left alone."""

    waiting: Waiting
    error: LiaisonError | None = None


def decide_all(desk: Desk, waiting: Sequence[Waiting], verdict: Verdict, *, with_findings: bool = False) -> Iterator[list[Decided]]:
    """Give every one of these versions the verdict; yields after each committed portion.

    `with_findings` adds what the rules found in each version to the verdict's reasons. A version that is decided or superseded
    by now is left alone and told. Raises ReasonMissing, NominalVerdict, NotPermitted, DatabaseFailed; what was yielded stays.
    """
    desk.require(ACTION)
    if STATE_OF[verdict.verdict] != VALIDATED and not verdict.reasons and not with_findings:
        raise ReasonMissing
    ensure_unnamed(verdict.reasons, verdict.corrections)
    for start in range(0, len(waiting), PORTION):
        portion = waiting[start : start + PORTION]
        subject = portion[0].reference if len(portion) == 1 else f"{portion[0].reference} ... {portion[-1].reference}"
        facts = {"verdict": verdict.verdict, "method": verdict.method, "cases": len(portion)}
        with desk.acting(ACTION, subject, **facts) as tx:
            preload_versions(tx, [(one.administration, one.reference) for one in portion])
            reasons = _reasons(tx, portion) if with_findings else {}
            told = [_decide_one(tx, one, _reasoned(verdict, reasons.get(one, []))) for one in portion]
        yield told


def _reasons(tx: UnitOfWork, portion: Sequence[Waiting]) -> dict[Waiting, list[dict[str, str]]]:
    found = findings_by_version(tx, portion)
    return {one: [unquoted(finding) for finding in found[one]] for one in portion}


def _reasoned(verdict: Verdict, found: Sequence[Mapping[str, str]]) -> Verdict:
    return replace(verdict, reasons=[*verdict.reasons, *found]) if found else verdict


def _decide_one(tx: UnitOfWork, one: Waiting, verdict: Verdict) -> Decided:
    key = (one.administration, one.reference)
    try:
        now = waiting_version(tx, key)["version"]
        if now != one.version:
            raise ChangedMeanwhile(
                phrase("{reference} has version {now} waiting, which is not the one that was listed.", reference=one.reference, now=now)
            )
        ensure_free(tx, one)
        decide(tx, key, verdict)
        drop_assignment(tx, key, one.version)
    except LEFT_ALONE as error:  # all are raised before anything is written
        return Decided(one, error)
    return Decided(one)
