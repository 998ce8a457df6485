"""Keying a sheet by hand: the form of every case, in the name of a contact point; kept unfinished, or as a draft to be filed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from enforcement.intake.byhand.case_forms import flat_of
from enforcement.intake.byhand.written import CaseMoved, Judged, ReferenceThere, Writing, begin, judge
from enforcement.intake.importing import UNCHANGED
from enforcement.intake.unfinished import drop_unfinished, keep_unfinished
from enforcement.keying.drafting import draft_case, ensure_ours_to_key, find_draft, keep_keyed, served
from enforcement.keying.errors import NoKeyedDraft, NotKeyed
from enforcement.seizures.correcting import NothingChanged
from enforcement.seizures.keyed import PAPER, KeyedTables
from enforcement.seizures.queries import payload_of
from enforcement.seizures.rules.overrides import reasons
from enforcement.seizures.store import known_versions
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

KEY: Final = "paper.key"
REFUSED, UNFINISHED, DRAFT = "refused", "unfinished", "draft"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of what was written: `unfinished` (its number is `begun`), `draft`, or `refused` (nothing was kept)."""

    state: str
    judged: Judged
    begun: int = 0


def begin_sheet(tx: UnitOfWork, member: str, level: str) -> Writing:
    """A new case of a contact point that this office serves. Raises NotYourMember."""
    country = served(tx, member).country
    return as_paper(begin(level, country, country))


def as_paper(writing: Writing) -> Writing:
    """The same, said to come from paper: what an office keys never comes otherwise."""
    return replace(writing, flat={**writing.flat, "report_source": PAPER}, national=(), to="", named=())


def change_keyed(tx: UnitOfWork, key: CaseKey) -> Writing:
    """A keyed draft to be corrected, or a next version of what was filed. Raises NotYourMember, CaseIsTheirs, NotKeyed."""
    ensure_ours_to_key(tx, key)
    case = _newest(tx, key)
    if case is None:
        raise NotKeyed(phrase("No report {reference} of {country} was keyed here.", reference=key[1], country=key[0]))
    return as_paper(Writing(flat_of(case), reasons(case), of=key[1], at=_mark(tx, case), home=key[0]))


def _newest(tx: UnitOfWork, key: CaseKey) -> dict[str, Any] | None:
    """The draft, else the newest version that was filed; None: neither is here."""
    drafts = tx.of(KeyedTables).drafts
    row = tx.one(select(drafts).where(drafts.c.administration == key[0], drafts.c.reference == key[1]))
    if row is not None:
        return draft_case(tx, row)
    newest = max(known_versions(tx, key), key=lambda one: int(one["version"]), default=None)
    return None if newest is None else payload_of(tx, newest)


def _mark(tx: UnitOfWork, case: Mapping[str, Any]) -> int:
    """Names what somebody has read: another number, and it was changed since."""
    encoded = tx.around.reader.schemas.writer("SeizureReported").encode({"case": case})
    return int.from_bytes(hashlib.sha256(encoded).digest()[:3]) + 1


def keep_written(desk: Desk, writing: Writing, *, unfinished: bool) -> Kept:
    """Keep it as a keyed draft where no rule stops it; otherwise unfinished where that is wanted, else nothing is kept.

    Raises NotYourMember, CaseIsTheirs, ReferenceThere, CaseMoved, NothingChanged, TooManyForms.
    """
    writing = as_paper(writing)
    with desk.looking(KEY) as tx:
        served(tx, writing.home)
        judged = judge(tx, writing)
    written, stops = judged.writing, len(judged.errors)
    if stops and not unfinished:
        return Kept(REFUSED, judged)
    facts = {"by": "form", "administration": written.home, "unfinished": stops}
    with desk.acting(KEY, written.reference[:64], **facts) as tx:
        if stops:
            begun = keep_unfinished(tx, written.content(), written.reference, stops, written.begun)
            return Kept(UNFINISHED, replace(judged, writing=replace(written, begun=begun)), begun)
        _ensure_still(tx, written)
        if keep_keyed(tx, judged.payload) == UNCHANGED:
            raise NothingChanged(phrase("{reference} has these values already.", reference=written.reference))
        if written.begun:
            drop_unfinished(tx, written.begun)
    return Kept(DRAFT, judged)


def _ensure_still(tx: UnitOfWork, writing: Writing) -> None:
    """Whether what is here is what was read. Raises ReferenceThere, CaseMoved."""
    case = _newest(tx, (writing.home, writing.reference))
    if not writing.of and case is not None:
        raise ReferenceThere(phrase("There is a case {reference} already.", reference=writing.reference))
    if writing.of and (case is None or _mark(tx, case) != writing.at):
        raise CaseMoved(phrase("{of} was changed since.", of=writing.of))


def is_draft(tx: UnitOfWork, key: CaseKey) -> bool:
    """Whether something keyed of this case waits to be filed."""
    try:
        find_draft(tx, key[1], key[0])
    except NoKeyedDraft:
        return False
    return True
