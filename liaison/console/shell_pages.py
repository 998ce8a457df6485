"""The pages that every kind of node has: today, long work, one's own account, and how the node is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liaison.access.permissions import permitted
from liaison.console.pages import Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.node.overview import status_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.access.permissions import Person
    from liaison.console.pages import Reply, Visit

SHELL = "liaison.console"
# words of pages that are looked up by what they name, for the catalogues
ROLE_WORDS = (
    *(n_("officer"), n_("drafter"), n_("verifier"), n_("analyst")),
    *(n_("releaser"), n_("administrator"), n_("auditor")),
)
STREAM_WORDS = (n_("open"), n_("held"), n_("passed"), n_("closed"))


def shell_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/", "node.status", today, Place("work", n_("Today"), 0)),
        Page("GET", "/jobs/{job}", "node.status", show_job),
        Page("GET", "/jobs/{job}/file", "node.status", fetch_file),
        Page("POST", "/jobs/{job}/stop", "node.status", stop_job),
        Page("GET", "/node", "node.status", show_status, Place("node", n_("Status"), 10)),
    )


def today(_visit: Visit) -> Reply:
    """What waits for this person: the tallies, which every page has around it."""
    return Shown(f"{SHELL}/today.html")


def show_job(visit: Visit) -> Reply:
    """How far long work is; where it led, when it has ended."""
    job = visit.jobs.get(visit.desk.person.user_id, visit.path["job"])
    if job.state == "done" and job.ended is not None and job.ended.file is None:
        return Moved(job.ended.to, job.ended.note)
    if job.ended is not None and job.ended.file is not None:
        visit.desk.require(visit.jobs.fetched(job.owner, job.job_id).action)
    return Shown(f"{SHELL}/job.html", {"job": job})


def fetch_file(visit: Visit) -> Reply:
    """The file that ended work made, for who may still have it, and written down; the work's own page where there is none yet."""
    job = visit.jobs.get(visit.desk.person.user_id, visit.path["job"])
    if job.ended is None or job.ended.file is None:
        return Moved(f"/jobs/{job.job_id}")
    ended = visit.jobs.fetched(job.owner, job.job_id)
    with visit.desk.acting(ended.action, ended.subject, what="file fetched", file=job.ended.file.name):
        """An export is written down each time a file leaves."""
    return job.ended.file


def stop_job(visit: Visit) -> Reply:
    """End long work after the portion in hand."""
    job = visit.jobs.stop(visit.desk.person.user_id, visit.path["job"])
    return Moved(job.back, visit.words("Stopped. What was done before stays."), "warning")


def show_status(visit: Visit) -> Reply:
    """How this node is doing, on one page: to each what the permission table gives."""
    parts, person = visit.desk.parts, visit.desk.person
    with visit.desk.inspecting("node.status") as connection:
        found = status_for(lambda action: permitted(person, action), connection, parts.tables, parts.clock.now())
    return Shown(f"{SHELL}/status.html", {"found": found, "waits": _waits(found, visit.desk.person)})


_STREAMS = "/streams"
_WAITS = (
    ("outbox", n_("waiting to leave"), "", f"{_STREAMS}?list=outbox"),
    ("failed", n_("could not leave"), "bad", f"{_STREAMS}?list=outbox&failed=1"),
    ("quarantine", n_("in quarantine"), "bad", "/quarantine"),
    ("quarantine_held", n_("events waiting for an upgrade"), "warn", "/quarantine?all=1"),
    ("held", n_("batches held"), "warn", f"{_STREAMS}?list=held"),
    ("parked", n_("batches parked behind a gap"), "warn", f"{_STREAMS}?list=held"),
    ("gaps", n_("gaps in streams"), "warn", f"{_STREAMS}?list=gaps"),
    ("gaps_declared", n_("gaps that will not be filled"), "warn", f"{_STREAMS}?list=gaps"),
    ("forks", n_("forked streams: call the issuer"), "bad", f"{_STREAMS}?list=forks"),
    ("refused_by_others", n_("refused by others"), "bad", f"{_STREAMS}?list=refusals"),
)


def _waits(found: dict[str, Any], person: Person) -> list[tuple[str, str, int, str]]:
    """What waits and what is wrong: text, tone, number, and the page that has it, for who may see that."""
    counts = {**found, "outbox": found["outbox"]["waiting"], "failed": found["outbox"]["failed"]}
    return [
        (text, tone if counts[name] else "", counts[name], to if permitted(person, _action_of(to)) else "")
        for name, text, tone, to in _WAITS
        if counts.get(name) or name == "outbox"
    ]


def _action_of(to: str) -> str:
    return "quarantine.list" if to.startswith("/quarantine") else "held.list" if to.endswith("held") else "streams.list"
