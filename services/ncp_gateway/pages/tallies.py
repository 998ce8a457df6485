"""What waits for somebody at a contact point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from enforcement.intake.begun_files import count_begun_files
from enforcement.intake.unfinished import count_unfinished
from enforcement.quality.waiting import standing_of
from enforcement.seizures.ports import seen_here
from enforcement.seizures.queries import CaseFilter, count_versions
from enforcement.seizures.states import DRAFT, RETURNED
from enforcement.seizures.store import SeizureTables
from enforcement.verification.corrections import count_open
from liaison.console.pages import Tally
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork

LOOK: Final = "seizures.list"
_CLEAN: Final = "[]"


def office_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    return (
        Tally(
            "returned",
            LOOK,
            returned,
            n_("returned to me"),
            n_("The office wants nothing corrected."),
            "/mine?state=returned",
            urgent=True,
            order=10,
        ),
        Tally(
            "proposals",
            LOOK,
            count_open,
            n_("proposed corrections"),
            n_("No proposal waits for an answer."),
            "/corrections",
            urgent=True,
            order=20,
        ),
        Tally("kept-back", LOOK, kept_back, n_("drafts with problems"), n_("No draft was kept back."), "/mine?state=draft", order=30),
        Tally("drafts", LOOK, drafts, n_("drafts to submit"), n_("Every draft was submitted."), "/mine?state=draft", order=40),
        *_begun_tallies(),
        Tally("overdue", "reminders.list", overdue, n_("past their day"), n_("Nothing is late."), "/due", urgent=True, order=50),
    )


def _begun_tallies() -> Sequence[Tally]:
    """What a person has begun: a case in the form, a dropped file."""
    return (
        Tally(
            "unfinished",
            "seizures.import",
            count_unfinished,
            n_("cases begun"),
            n_("No case is half written."),
            "/report",
            order=45,
            personal=True,  # at a port those begun there
        ),
        Tally(
            "begun-files",
            "seizures.import",
            count_begun_files,
            n_("files begun"),
            n_("No dropped file waits to be gone on with."),
            "/files",
            order=46,
            personal=True,
        ),
    )


def returned(tx: UnitOfWork) -> int:
    """Versions that the office wants corrected."""
    return count_versions(tx, CaseFilter(RETURNED, tx.me.country))


def drafts(tx: UnitOfWork) -> int:
    """Drafts of every kind."""
    return count_versions(tx, CaseFilter(DRAFT, tx.me.country))


def kept_back(tx: UnitOfWork) -> int:
    """Drafts that could not be submitted, with the reason on them."""
    versions = tx.of(SeizureTables).versions
    query = (
        select(func.count().label("kept"))
        .select_from(versions)
        .where(versions.c.state == DRAFT, versions.c.reasons != _CLEAN, *seen_here(tx))
    )
    row = tx.one(query)
    return 0 if row is None else int(row["kept"])


def overdue(tx: UnitOfWork) -> int:
    """What the office waits for longer than it should."""
    today = tx.now.date()
    return sum(one.due < today for one in standing_of(tx, tx.me).items)
