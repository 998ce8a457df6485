"""Central management: the hub releases the next edition of the code lists to the federation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.codelists.checking import errors
from enforcement.codelists.commands import base_of, judged
from enforcement.codelists.document import digest
from enforcement.codelists.errors import NotReleasableError
from enforcement.codelists.releasing import Released, release

if TYPE_CHECKING:
    from enforcement.codelists.document import Document
    from liaison.access.desk import Desk

RELEASE: Final = "codelists.release"


class Proposal(NamedTuple):
    """An edition to be released: its document, keys that stood in its file twice, and what changes, in a sentence."""

    document: Document
    twice: list[str]
    note: str = ""


def release_edition(desk: Desk, proposal: Proposal) -> Released:
    """Release an edition that follows the newest one: judged again in the transaction that says it. Raises NotReleasableError."""
    document = proposal.document
    facts = {"sha256": digest(document), "valid_from": document["valid_from"]}
    with desk.acting(RELEASE, document["edition"], **facts) as tx:
        wrong = errors(judged(tx, document, proposal.twice))
        if wrong:
            first = f"{wrong[0].list} {wrong[0].code}".strip()
            where = f"the first in {first}" if first else "the first"
            raise NotReleasableError(f"Edition {document['edition']} has {len(wrong)} errors, {where}: {wrong[0].text}")
        return release(tx, document, base_of(tx), proposal.note)
