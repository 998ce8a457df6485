"""Cases that another program sends: each is new, changed, there already, or refused with everything that is wrong with it.

The same functions as for a file: the rules judge, `settle` keeps, `submit_cases` submits.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.case_documents import parse, read_case, stated_version
from enforcement.intake.grouping import key_of_reference
from enforcement.intake.importing import CHANGED, NEW, REJECTED, UNCHANGED, asking, settle
from enforcement.intake.store import digests
from enforcement.seizures.correcting import RulesBroken
from enforcement.seizures.errors import HistoricalCase
from enforcement.seizures.place_hints import NOT_IN_COUNTRY, with_places
from enforcement.seizures.ports import OtherPort
from enforcement.seizures.queries import payload_of
from enforcement.seizures.rules import check, errors, latest_date
from enforcement.seizures.rules.overrides import not_overridden
from enforcement.seizures.rules.switches import Switches, applied
from enforcement.seizures.states import DRAFT
from enforcement.seizures.store import known_versions, preload_versions
from enforcement.seizures.switching import switches_now
from liaison.protocol.codec import CodecError
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.reporting import NotOwnAdministration, draft_of, keep_draft
from services.ncp_gateway.submitting import Submitted, submit_cases, submit_draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

IMPORT: Final = "seizures.import"
SUBMIT: Final = "seizures.submit"
RESULTS: Final = {NEW: "created", CHANGED: "changed", UNCHANGED: "already-there", REJECTED: "refused"}


class CaseRefused(LiaisonError):  # noqa: N818 - named for the state
    """The case was not taken."""

    code = "case.refused"
    next_step = "Correct the fields named under `problems`, and send it again."


class VersionConflict(LiaisonError):  # noqa: N818 - named for the state
    """The version does not follow the one that is known."""

    code = "seizures.version-conflict"
    next_step = "Look at the case, and send it as the version after the newest; or leave `version` out."


class RepeatedReference(LiaisonError):  # noqa: N818 - named for the state
    """An earlier line of the same stream has this reference."""

    code = "reference.repeated"
    next_step = "Correct one of the two; or state a version in each."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with the cases: kept as drafts, submitted too, or only judged."""

    administration: str
    submit: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one case. `findings`: what stops it when `result` is refused, otherwise warnings."""

    result: str
    reference: str = ""
    version: int = 0
    state: str = ""
    findings: tuple[Finding, ...] = ()
    error: LiaisonError | None = None  # why it was refused, or, of a draft, why it was kept back
    waiting: bool = False  # a port's draft that waits for the national office

    @property
    def refused(self) -> bool:
        """Whether it was not taken."""
        return self.result == RESULTS[REJECTED]


def refused(error: LiaisonError, reference: str = "") -> Posted:
    """A case that was not taken for this one reason."""
    return Posted(RESULTS[REJECTED], reference, error=error)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A document after the rules: what is to be kept, or why not."""

    payload: Mapping[str, Any]
    findings: tuple[Finding, ...]
    version: int | None
    error: LiaisonError | None = None

    @property
    def key(self) -> CaseKey:
        return self.payload["administration"], self.payload["reference"]


def post_cases(desk: Desk, raws: Sequence[bytes], wish: Wish, seen: set[bytes] | None = None) -> list[Posted]:
    """Take at most a portion of cases, each the bytes of one JSON object, in one transaction; what became of each, in their order.

    `seen`: short keys of the references that came before in the same stream; grows. Raises NotPermitted, DatabaseFailed; then
    nothing was taken.
    """
    desk.require(IMPORT)
    if wish.submit:
        desk.require(SUBMIT)
    with desk.looking(IMPORT) as tx:
        yardstick = _Yardstick(tx.of(CodeLists), latest_date(tx.now.date()), switches_now(tx))
    judged = _hinted(desk, [_unrepeated(_judge(raw, wish, yardstick), seen) for raw in raws])
    sound = [one for one in judged if isinstance(one, _Judged) and one.error is None]
    if not sound:
        return [_told(one) for one in judged]
    with _transaction(desk, wish, sound) as tx:
        preload_versions(tx, [one.key for one in sound])
        known = digests(tx, [one.key for one in sound])
        kept = [_kept(tx, one, known) if isinstance(one, _Judged) and one.error is None else _told(one) for one in judged]
        preload_versions(tx, [(wish.administration, one.reference) for one in kept if not one.refused])  # once, not case by case
        posted = [one if one.refused else _standing(tx, one, wish) for one in kept]
    return _submitted(desk, posted, wish) if wish.submit and not wish.dry_run else posted


class _Undone(Exception):  # noqa: N818 - not an error: how a dry run leaves its transaction
    """Roll it back."""


def _undo(dry_run: bool) -> None:  # noqa: FBT001 - the question itself
    if dry_run:
        raise _Undone


@contextmanager
def _transaction(desk: Desk, wish: Wish, sound: Sequence[_Judged]) -> Iterator[UnitOfWork]:
    """One that commits, or for a dry run one that is rolled back."""
    subject = sound[0].key[1] if len(sound) == 1 else f"{sound[0].key[1]} ... {sound[-1].key[1]}"
    with suppress(_Undone), desk.acting(IMPORT, subject, cases=len(sound), by="api") as tx:
        yield tx
        tx.flush()  # a dry run meets what the database refuses too
        _undo(wish.dry_run)


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """What cases are judged by: the lists in force, the latest date, the switches of the office in charge."""

    lists: CodeLists
    today: date
    switches: Switches


def _judge(raw: bytes, wish: Wish, by: _Yardstick) -> _Judged | LiaisonError:
    try:
        document = parse(raw)
    except LiaisonError as error:
        return error
    payload, shapes = read_case(document, wish.administration, by.lists)
    version = stated_version(document)
    if shapes:
        return _Judged(payload, tuple(shapes), version, CaseRefused("Its form is not that of a case."))
    if payload["administration"] != wish.administration:
        wrong = f"The key is for cases of {wish.administration}, not of {payload['administration'][:8]!r}."
        return _Judged(payload, (), version, NotOwnAdministration(wrong))
    if version == 0:
        return _Judged(payload, (), version, VersionConflict("A version is a whole number from 1."))
    found = not_overridden(applied(check(payload, by.lists, by.today), by.switches), payload)
    wrong_ones = errors(found)
    if wrong_ones:
        many = f"{len(wrong_ones)} rules are" if len(wrong_ones) > 1 else "A rule is"
        return _Judged(payload, tuple(found), version, CaseRefused(f"{many} broken."))
    return _Judged(payload, tuple(found), version)


def _hinted(desk: Desk, judged: list[_Judged | LiaisonError]) -> list[_Judged | LiaisonError]:
    """The same; a place that is no UN/LOCODE with those that may be meant: a program is told them, none is taken for it."""
    about = [one for one in judged if isinstance(one, _Judged) and any(found.code == NOT_IN_COUNTRY for found in one.findings)]
    if not about:
        return judged
    with desk.looking(IMPORT) as tx:
        told = {id(one): replace(one, findings=tuple(with_places(tx, one.findings))) for one in about}
    return [told.get(id(one), one) for one in judged]


def _unrepeated(one: _Judged | LiaisonError, seen: set[bytes] | None) -> _Judged | LiaisonError:
    """The same; refused when an earlier line has its reference and it does not say which version it is."""
    if seen is None or isinstance(one, LiaisonError) or one.error is not None or one.version is not None:
        return one
    short = key_of_reference(one.key[1])
    if short in seen:
        return replace(one, error=RepeatedReference(f"An earlier line has the reference {one.key[1]}."))
    seen.add(short)
    return one


def _told(one: _Judged | LiaisonError) -> Posted:
    """A document that was not taken."""
    if isinstance(one, LiaisonError):
        return refused(one)
    return Posted(RESULTS[REJECTED], str(one.payload["reference"])[:64], 0, "", one.findings, one.error)


def _kept(tx: UnitOfWork, one: _Judged, known: Mapping[CaseKey, bytes]) -> Posted:
    """What becomes of a sound case; how it stands then is read for the whole portion at once."""
    reference = one.key[1]
    told: list[Finding] = []
    try:
        fate = UNCHANGED if _is_there(tx, one) else settle(tx, one.payload, known, asking(keep_draft, told))
    except (CodecError, VersionConflict, NotOwnAdministration, HistoricalCase, OtherPort, RulesBroken) as error:
        return replace(refused(error, reference), findings=tuple(told))
    return Posted(RESULTS[fate], reference, findings=(*one.findings, *told))


def _standing(tx: UnitOfWork, one: Posted, wish: Wish) -> Posted:
    """The same with its version and state; of a dry run that would submit, with what would keep it back."""
    key = (wish.administration, one.reference)
    newest = max(known_versions(tx, key), key=_version)
    if wish.dry_run and wish.submit and newest["state"] == DRAFT:
        tried = submit_draft(tx, draft_of(tx, key))
        return replace(one, version=newest["version"], state=DRAFT, error=tried.error, waiting=tried.waiting)
    return replace(one, version=newest["version"], state=newest["state"])


def _is_there(tx: UnitOfWork, one: _Judged) -> bool:
    """Whether the version it says it is stands here with the same content. Raises VersionConflict unless it is that or the next."""
    if one.version is None:
        return False
    newest = max(known_versions(tx, one.key), key=_version, default=None)
    following = 1 if newest is None else newest["version"] + (newest["state"] != DRAFT)
    if newest is not None and one.version == newest["version"] and _same(tx, one, newest):
        return True
    if one.version != following:
        known = newest["version"] if newest is not None else "none"
        raise VersionConflict(
            phrase(
                "This says it is version {version}; the newest known is {known}, the next one is {following}.",
                version=one.version,
                known=known,
                following=following,
            )
        )
    return False


def _version(row: Mapping[str, Any]) -> int:
    return int(row["version"])


def _same(tx: UnitOfWork, one: _Judged, newest: Mapping[str, Any]) -> bool:
    held = payload_of(tx, newest)
    return {**held, "version": 0, "code_list_edition": ""} == {**one.payload, "version": 0, "code_list_edition": ""}


def _submitted(desk: Desk, posted: Sequence[Posted], wish: Wish) -> list[Posted]:
    """The same after the drafts were submitted, also those that an earlier, interrupted call left."""
    keys = [(wish.administration, one.reference) for one in posted if not one.refused]
    told: dict[CaseKey, Submitted] = {one.key: one for one in submit_cases(desk, keys, only_drafts=True)}
    return [_after(one, told.get((wish.administration, one.reference))) for one in posted]


def _after(one: Posted, submitted: Submitted | None) -> Posted:
    if one.refused or submitted is None:
        return one
    state = "submitted" if submitted.sent else DRAFT
    return replace(one, version=submitted.version, state=state, error=submitted.error, waiting=submitted.waiting)
