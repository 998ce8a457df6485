"""A case written by hand: judged while it is written, kept unfinished, as a draft, or submitted; a new one, or the next version of one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.case_documents import read_case
from enforcement.intake.unfinished import drop_unfinished, keep_unfinished, unfinished_of
from enforcement.seizures.correcting import NothingChanged
from enforcement.seizures.national import NationalValue, add_national
from enforcement.seizures.ports import ensure_own_port
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.releases import NAMED, checked, drop_release, keep_release, kept_release
from enforcement.seizures.rules import check, errors, latest_date
from enforcement.seizures.rules.overrides import LEAST_REASON, MOST_REASON, not_overridden, reasons
from enforcement.seizures.rules.switches import applied
from enforcement.seizures.states import DRAFT, HISTORICAL, WITHDRAWN
from enforcement.seizures.store import known_versions
from enforcement.seizures.switching import switches_now
from liaison.access.permissions import permitted
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.case_forms import Flat, compact, document_of, flat_of, fresh, resolved
from services.ncp_gateway.reporting import NothingToAmend, draft_of, keep_draft
from services.ncp_gateway.submitting import Submitted, submit_draft, way_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

WRITE: Final = "seizures.import"
AMEND: Final = "seizures.amend"
NATIONAL: Final = "seizures.national"
RELEASE: Final = "seizures.release"
BY_PRESET: Final = "preset"
UNCHANGED: Final = "unchanged"

Reasons = dict[tuple[str, str], str]


class ReferenceThere(LiaisonError):  # noqa: N818 - named for the state
    """A case of this reference is here already."""

    code = "seizures.reference-there"
    next_step = "Open that case to change it, or give this one its own reference."


class CaseMoved(LiaisonError):  # noqa: N818 - named for the state
    """Somebody changed this case while you were writing."""

    code = "seizures.case-moved"
    next_step = "Open it again in another window, compare, and enter your changes there; nothing of this form was kept."


@dataclass(frozen=True, slots=True)
class Writing:
    """A case while it is written. `of`: the reference of the case that it changes, `at`: the version that was read for it; empty and 0
    for a new one. `begun`: its number among the unfinished ones, 0 for none.
    """

    flat: Flat
    reasons: Reasons = field(default_factory=dict)
    national: tuple[tuple[str, str], ...] = ()
    of: str = ""
    at: int = 0
    begun: int = 0
    to: str = ""  # whom it is for: a choice of releasability, BY_PRESET, or empty where nothing was said of it
    named: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Of the case: one that exists keeps its own."""
        return self.of or self.flat.get("reference", "")

    def content(self) -> dict[str, Any]:
        """As it is kept unfinished."""
        why = [[code, at, reason] for (code, at), reason in self.reasons.items()]
        told = {"flat": self.flat, "reasons": why, "national": [list(one) for one in self.national], "of": self.of, "at": self.at}
        return {**told, "to": self.to, "with": list(self.named)}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of it. `findings`: without those that a reason answers; `answered`: those, with the reason; `shaped`: whether it
    has the form of a case at all, and `payload` is one.
    """

    writing: Writing
    payload: dict[str, Any]
    findings: tuple[Finding, ...]
    answered: tuple[tuple[Finding, str], ...] = ()
    shaped: bool = True

    @property
    def errors(self) -> list[Finding]:
        """What stops it."""
        return list(self.findings) if not self.shaped else errors(list(self.findings))


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


def begin(level: str, home: str) -> Writing:
    """A new case."""
    return Writing(fresh(level, home))


def go_on(tx: UnitOfWork, number: int) -> Writing:
    """A case that was begun. Raises UnknownForm, and as the vault."""
    told = unfinished_of(tx, number).content
    why = {(code, at): reason for code, at, reason in told["reasons"]}
    national = tuple((kind, value) for kind, value in told["national"])
    return Writing(dict(told["flat"]), why, national, told["of"], told["at"], number, told["to"], tuple(told["with"]))


def change(tx: UnitOfWork, reference: str, changes: Mapping[str, str] | None = None) -> Writing:
    """The newest version of a case, to be changed. Raises UnknownCase, OtherPort, NothingToAmend, NoSuchEvent."""
    key = (tx.me.country, reference)
    newest = max(known_versions(tx, key), key=lambda row: int(row["version"]), default=None)
    if newest is None:
        raise UnknownCase(f"This node holds no case {reference}.")
    ensure_own_port(tx, key)
    if newest["state"] in (WITHDRAWN, HISTORICAL):
        raise NothingToAmend(f"{reference} is {newest['state']}.")
    case = payload_of(tx, newest)
    chosen = kept_release(tx, key, newest["version"]) if newest["state"] == DRAFT else None
    whom = (chosen.choice, chosen.named) if chosen is not None else ("", ())
    flat = {**flat_of(case), **(changes or {})}
    return Writing(flat, reasons(case), of=reference, at=newest["version"], to=whom[0], named=whom[1])


def judge(tx: UnitOfWork, writing: Writing) -> Judged:
    """What the rules say, under the switches of the office in charge."""
    lists, home = tx.of(CodeLists), tx.me.country
    flat = compact(resolved(writing.flat, lists))
    if writing.of:
        flat["reference"] = writing.of
    writing = replace(writing, flat=flat)
    payload, shapes = read_case({"administration": home, "reference": "", **document_of(flat, {})}, home, lists)
    if shapes:
        return Judged(writing, payload, tuple(shapes), shaped=False)
    today, switches = latest_date(tx.now.date()), switches_now(tx)
    found = applied(check(payload, lists, today), switches)
    asked = {(one.code, one.field): one for one in found if one.overridable}
    why = {at: " ".join(reason.split()) for at, reason in writing.reasons.items() if at in asked and reason.strip()}
    payload, _ = read_case({"administration": home, "reference": "", **document_of(flat, why)}, home, lists)
    left = not_overridden(applied(check(payload, lists, today), switches), payload)
    given = reasons(payload)
    answered = tuple((asked[at], given[at]) for at in why if at in given)
    return Judged(replace(writing, reasons=why), payload, tuple(left), answered)


def unfit_reasons(judged: Judged) -> list[tuple[str, str]]:
    """(code, field) of the reasons that are too short or too long to be one."""
    return [at for at, why in judged.writing.reasons.items() if not LEAST_REASON <= len(why) <= MOST_REASON]


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
            raise NothingChanged(f"{key[1]} has these values already.")
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
        raise ReferenceThere(f"There is a case {writing.reference} already.")
    if writing.of and max((int(row["version"]) for row in known), default=0) != writing.at:
        raise CaseMoved(f"{writing.of} has another version now.")


def tell_national(desk: Desk, reference: str, values: Sequence[tuple[str, str]]) -> int:
    """Keep national values of a case that is here; how many it has. Raises NationalValueUnfit, UnknownCase."""
    with desk.acting(NATIONAL, reference, what="set", values=len(values)) as tx:
        key = (tx.me.country, reference)
        if not known_versions(tx, key):
            raise UnknownCase(f"This node holds no case {reference}.")
        return len(add_national(tx, key, [NationalValue(*one) for one in values]))
