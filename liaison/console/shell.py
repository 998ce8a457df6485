"""What the console of every kind of node has, whatever its office does."""

from __future__ import annotations

from typing import Final

from liaison.console.audit_pages import audit_pages
from liaison.console.help_pages import help_pages
from liaison.console.member_pages import member_pages
from liaison.console.own_pages import own_pages
from liaison.console.people_pages import people_pages
from liaison.console.proof_pages import proof_pages
from liaison.console.quarantine_pages import quarantine_pages, quarantine_tallies
from liaison.console.shell_pages import shell_pages
from liaison.console.stream_pages import stream_pages

SHELL_PAGES: Final = (
    shell_pages,
    own_pages,
    stream_pages,
    quarantine_pages,
    people_pages,
    audit_pages,
    member_pages,
    proof_pages,
    help_pages,
)
SHELL_TALLIES: Final = (quarantine_tallies,)
