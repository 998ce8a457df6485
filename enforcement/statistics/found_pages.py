"""The file of what a search found, as pages make it: at once when it is small, as a job when it is large; written down in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.filter_forms import read_form
from enforcement.seizures.search import BY_DATE, count_fitting
from enforcement.seizures.search_pages import KEPT, PATH, catch_up
from enforcement.statistics.found_files import FORMATS, exported, one_file, portions
from liaison.console.pages import BadForm, Moved, Page
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

EXPORT: Final = "seizures.export"
AT_ONCE: Final = 1_000  # versions written while somebody waits


def found_pages() -> Sequence[Page]:
    """For `Console.pages`, beside `search_pages`."""
    return (Page("POST", f"{PATH}/export", EXPORT, export_search),)


def export_search(visit: Visit) -> Reply:
    """The file of everything that fits, written down in the audit; what is large is made as a job."""
    kind = visit.said("format")
    if kind not in FORMATS:
        raise BadForm(phrase("A file is one of: {names}.", names=", ".join(FORMATS)))
    catch_up(visit.desk, EXPORT, for_file=True)
    with visit.desk.looking(EXPORT) as tx:
        form = read_form(visit, tx, KEPT)
        fitting = count_fitting(tx, form.wanted)
    account = {"format": kind, "filters": form.wanted.told(), "period": f"{form.wanted.since or ''}..{form.wanted.until or ''}"}
    with visit.desk.acting(EXPORT, "search", **account, versions=fitting):
        """An export is written down before a file leaves."""
    sort = visit.asked("sort", BY_DATE) or BY_DATE
    if fitting <= AT_ONCE:
        rows = [row for portion in portions(visit.desk, form.wanted, sort) for row in portion]
        return one_file(kind, rows, form.wanted, visit.desk.parts.clock.now())
    steps = exported(visit.desk, form.wanted, sort, kind, fitting)
    job = visit.jobs.start(visit.desk.person.user_id, visit.words("A file of what was found"), form.address(PATH), steps)
    return Moved(f"/jobs/{job.job_id}")
