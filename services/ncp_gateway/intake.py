"""Taking in a file at a national contact point: rows become drafts, and, when asked, reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from enforcement.intake.importing import UNCHANGED, import_file
from enforcement.seizures.ports import NationalOnly
from enforcement.seizures.releases import keep_release
from liaison.protocol.errors import phrase
from services.ncp_gateway.historical import keeping_history
from services.ncp_gateway.reporting import draft_of, keep_draft
from services.ncp_gateway.submitting import submit_cases, way_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from enforcement.intake.importing import Keep, Portion, Source
    from enforcement.seizures.releases import Release
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork
    from services.ncp_gateway.submitting import Submitted


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A committed portion of a file, and what became of its drafts if they were to be submitted."""

    portion: Portion
    submitted: Sequence[Submitted]


def take_in(
    desk: Desk, source: Source, *, submit: bool = False, dry_run: bool = False, release: Release | None = None
) -> Iterator[TakenIn]:
    """Import a file and, with `submit`, submit the draft of every case in it, also one that an earlier, stopped import left. Of a
    historical source nothing becomes a draft, and nothing is submitted. `release`: whom what is new or changed is for; the presets say
    it otherwise.

    Raises an IntakeError, NotOwnAdministration, NotPermitted, NationalOnly, DatabaseFailed; what was yielded stays.
    """
    if source.historical and desk.person.port:
        raise NationalOnly(phrase("History is loaded by the national office."))
    submit = submit and not source.historical
    keep = keeping_history(source) if source.historical else keep_draft
    if release is not None:
        desk.require("seizures.release")
        keep = _released(keep, release)
    if submit:
        desk.require(way_out(desk))
    for portion in import_file(desk, source, keep, dry_run=dry_run):
        submitted = submit_cases(desk, portion.keys, only_drafts=True) if submit and not dry_run else []
        yield TakenIn(portion, submitted)


def _released(keep: Keep, release: Release) -> Keep:
    """A `keep` that remembers whom the draft is for."""

    def kept(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
        fate = keep(tx, payload)
        if fate != UNCHANGED:
            key = (payload["administration"], payload["reference"])
            keep_release(tx, key, draft_of(tx, key)["version"], release)
        return fate

    return kept
