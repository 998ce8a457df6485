"""Taking in a file at a national contact point: rows become drafts, and, when asked, reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from enforcement.intake.importing import import_file
from services.ncp_gateway.historical import keeping_history
from services.ncp_gateway.reporting import keep_draft
from services.ncp_gateway.submitting import submit_cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from enforcement.intake.importing import Portion, Source
    from liaison.access.desk import Desk
    from services.ncp_gateway.submitting import Submitted


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A committed portion of a file, and what became of its drafts if they were to be submitted."""

    portion: Portion
    submitted: Sequence[Submitted]


def take_in(desk: Desk, source: Source, *, submit: bool = False, dry_run: bool = False) -> Iterator[TakenIn]:
    """Import a file and, with `submit`, submit the draft of every case in it, also one that an earlier, stopped import left. Of a
    historical source nothing becomes a draft, and nothing is submitted.

    Raises an IntakeError, NotOwnAdministration, NotPermitted, DatabaseFailed; what was yielded stays.
    """
    submit = submit and not source.historical
    keep = keeping_history(source) if source.historical else keep_draft
    if submit:
        desk.require("seizures.submit")
    for portion in import_file(desk, source, keep, dry_run=dry_run):
        submitted = submit_cases(desk, portion.keys, only_drafts=True) if submit and not dry_run else []
        yield TakenIn(portion, submitted)
