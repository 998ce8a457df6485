"""A case while it is written by hand: what stands in the form, and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_names import places_in
from enforcement.intake.byhand.case_forms import Flat, compact, document_of, fresh, resolved
from enforcement.intake.case_documents import read_case
from enforcement.intake.unfinished import unfinished_of
from enforcement.seizures.place_hints import with_places
from enforcement.seizures.rules import check, errors, latest_date
from enforcement.seizures.rules.overrides import LEAST_REASON, MOST_REASON, not_overridden, reasons
from enforcement.seizures.rules.switches import applied
from enforcement.seizures.switching import switches_now
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from enforcement.seizures.rules import Finding
    from liaison.node.work import UnitOfWork

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
    for a new one. `begun`: its number among the unfinished ones, 0 for none. `home`: the administration whose case it is, where that is
    not this node's.
    """

    flat: Flat
    reasons: Reasons = field(default_factory=dict)
    national: tuple[tuple[str, str], ...] = ()
    of: str = ""
    at: int = 0
    begun: int = 0
    to: str = ""  # whom it is for: a choice of releasability, BY_PRESET, or empty where nothing was said of it
    named: tuple[str, ...] = ()
    home: str = ""

    @property
    def reference(self) -> str:
        """Of the case: one that exists keeps its own."""
        return self.of or self.flat.get("reference", "")

    def content(self) -> dict[str, Any]:
        """As it is kept unfinished."""
        why = [[code, at, reason] for (code, at), reason in self.reasons.items()]
        told = {"flat": self.flat, "reasons": why, "national": [list(one) for one in self.national], "of": self.of, "at": self.at}
        return {**told, "to": self.to, "with": list(self.named), "home": self.home}


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


def begin(level: str, country: str, home: str = "") -> Writing:
    """A new case, seized in this country."""
    return Writing(fresh(level, country), home=home)


def go_on(tx: UnitOfWork, number: int) -> Writing:
    """A case that was begun. Raises UnknownForm, and as the vault."""
    told = unfinished_of(tx, number).content
    why = {(code, at): reason for code, at, reason in told["reasons"]}
    national = tuple((kind, value) for kind, value in told["national"])
    return Writing(dict(told["flat"]), why, national, told["of"], told["at"], number, told["to"], tuple(told["with"]), told["home"])


def judge(tx: UnitOfWork, writing: Writing) -> Judged:
    """What the rules say, under the switches of the office in charge."""
    lists, home = tx.of(CodeLists), writing.home or tx.me.country
    flat = compact(resolved(writing.flat, lists, places_in(tx, lists)))
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
    return Judged(replace(writing, reasons=why), payload, tuple(with_places(tx, left)), answered)


def unfit_reasons(judged: Judged) -> list[tuple[str, str]]:
    """(code, field) of the reasons that are too short or too long to be one."""
    return [at for at, why in judged.writing.reasons.items() if not LEAST_REASON <= len(why) <= MOST_REASON]
