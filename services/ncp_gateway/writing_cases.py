"""A case written by hand: judged while it is written, kept unfinished, as a draft, or submitted; a new one, or the next version of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from enforcement.intake.byhand.case_forms import flat_of
from enforcement.intake.byhand.written import CaseMoved, Judged, ReferenceThere, Writing, judge
from enforcement.intake.unfinished import drop_unfinished, keep_unfinished
from enforcement.seizures.correcting import NothingChanged
from enforcement.seizures.national import NationalValue, add_national
from enforcement.seizures.ports import ensure_own_port
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.releases import NAMED, checked, drop_release, keep_release, kept_release
from enforcement.seizures.rules.overrides import reasons
from enforcement.seizures.states import DRAFT, HISTORICAL, WITHDRAWN
from enforcement.seizures.store import known_versions
from liaison.access.permissions import permitted
from liaison.protocol.errors import phrase, word
from services.ncp_gateway.reporting import NothingToAmend, draft_of, keep_draft
from services.ncp_gateway.submitting import Submitted, submit_draft, way_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError

WRITE: Final = "seizures.import"
AMEND: Final = "seizures.amend"
NATIONAL: Final = "seizures.national"
RELEASE: Final = "seizures.release"
BY_PRESET: Final = "preset"
UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: `unfinished`, `draft`, `submitted`, `waiting` (for the national office), or `refused` (nothing was kept).
    `sent`: its submission.
    """

    state: str
    judged: Judged
    begun: int = 0
    sent: Submitted | None = None
    error: LiaisonError | None = None


def action_for(desk: Desk, writing: Writing) -> str:
    """The action that writing it takes: amending where it changes a case; who may only draft writes the drafts of a port."""
    return AMEND if writing.of and permitted(desk.person, AMEND) else WRITE


def change(tx: UnitOfWork, reference: str, changes: Mapping[str, str] | None = None) -> Writing:
    """The newest version of a case, to be changed. Raises UnknownCase, OtherPort, NothingToAmend, NoSuchEvent."""
    key = (tx.me.country, reference)
    newest = max(known_versions(tx, key), key=lambda row: int(row["version"]), default=None)
    if newest is None:
        raise UnknownCase(phrase("This node holds no case {reference}.", reference=reference))
    ensure_own_port(tx, key)
    if newest["state"] in (WITHDRAWN, HISTORICAL):
        raise NothingToAmend(phrase("{reference} is {state}.", reference=reference, state=word(newest["state"])))
    case = payload_of(tx, newest)
    chosen = kept_release(tx, key, newest["version"]) if newest["state"] == DRAFT else None
    whom = (chosen.choice, chosen.named) if chosen is not None else ("", ())
    flat = {**flat_of(case), **(changes or {})}
    return Writing(flat, reasons(case), of=reference, at=newest["version"], to=whom[0], named=whom[1])


def keep_begun(desk: Desk, writing: Writing) -> Outcome:
    """Keep it: a draft where nothing stops it, otherwise unfinished, for later. Raises TooManyForms, CaseMoved, ReferenceThere."""
    way = action_for(desk, writing)
    with desk.looking(way) as tx:
        judged = judge(tx, writing)
    if not judged.errors:
        return _kept(desk, judged, submit=False, urgent=False)
    written, stops = judged.writing, judged.errors
    with desk.acting(way, written.reference[:64], by="form", unfinished=len(stops)) as tx:
        begun = keep_unfinished(tx, written.content(), written.reference, len(stops), written.begun)
    return Outcome("unfinished", replace(judged, writing=replace(written, begun=begun)), begun)


def submit_written(desk: Desk, writing: Writing, *, urgent: bool = False) -> Outcome:
    """Submit it; where a rule stops it nothing is kept. Raises as `keep_begun`."""
    desk.require(way_out(desk))
    with desk.looking(action_for(desk, writing)) as tx:
        judged = judge(tx, writing)
    if judged.errors:
        return Outcome("refused", judged)
    return _kept(desk, judged, submit=True, urgent=urgent)


def _kept(desk: Desk, judged: Judged, *, submit: bool, urgent: bool) -> Outcome:
    """A sound case as a draft, and submitted. What is national is kept first, so that what leaves is compared with it."""
    writing, payload = judged.writing, judged.payload
    if writing.national:
        desk.require(NATIONAL)
    if writing.to:
        desk.require(RELEASE)
    facts = {"by": "form", "submitted": submit, "national": len(writing.national), "to": writing.to}
    with desk.acting(action_for(desk, writing), payload["reference"], **facts) as tx:
        key = (payload["administration"], payload["reference"])
        _ensure_still(tx, writing)
        if writing.national:
            add_national(tx, key, [NationalValue(*one) for one in writing.national])
        fate = keep_draft(tx, payload)
        _say_whom(tx, key, writing)
        if fate == UNCHANGED and not any(row["state"] == DRAFT for row in known_versions(tx, key)):
            raise NothingChanged(phrase("{reference} has these values already.", reference=key[1]))
        if writing.begun:
            drop_unfinished(tx, writing.begun)
        if not submit:
            return Outcome("draft", judged)
        sent = submit_draft(tx, draft_of(tx, key), urgent=urgent)
    state = "draft" if sent.error is not None else "waiting" if sent.waiting else "submitted"
    return Outcome(state, judged, sent=sent, error=sent.error)


def _say_whom(tx: UnitOfWork, key: CaseKey, writing: Writing) -> None:
    """Whom the draft is for, where the form says it. Raises BadRelease."""
    version = next((row["version"] for row in known_versions(tx, key) if row["state"] == DRAFT), 0)
    if not writing.to or not version:
        return
    if writing.to == BY_PRESET:
        drop_release(tx, key, version)
    else:
        keep_release(tx, key, version, checked(tx, writing.to, writing.named if writing.to == NAMED else ()))


def _ensure_still(tx: UnitOfWork, writing: Writing) -> None:
    """Whether what is here is what was read. Raises ReferenceThere, CaseMoved."""
    known = known_versions(tx, (tx.me.country, writing.reference))
    if not writing.of and known:
        raise ReferenceThere(phrase("There is a case {reference} already.", reference=writing.reference))
    if writing.of and max((int(row["version"]) for row in known), default=0) != writing.at:
        raise CaseMoved(phrase("{of} has another version now.", of=writing.of))


def tell_national(desk: Desk, reference: str, values: Sequence[tuple[str, str]]) -> int:
    """Keep national values of a case that is here; how many it has. Raises NationalValueUnfit, UnknownCase."""
    with desk.acting(NATIONAL, reference, what="set", values=len(values)) as tx:
        key = (tx.me.country, reference)
        ensure_own_port(tx, key)
        if not known_versions(tx, key):
            raise UnknownCase(phrase("This node holds no case {reference}.", reference=reference))
        return len(add_national(tx, key, [NationalValue(*one) for one in values]))
