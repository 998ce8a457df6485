"""Pages of the hub: the next edition of the code lists, proposed by one person and released by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.checking import problems
from enforcement.codelists.commands import base_of
from enforcement.codelists.comparing import changes
from enforcement.codelists.document import MAX_DOCUMENT_BYTES, canonical, read_edition
from enforcement.codelists.editions import document_named, find_edition
from enforcement.codelists.pages import LOOK
from enforcement.codelists.titles import CHANGES, TITLES
from enforcement.codelists.viewing import preview_lines, touched
from enforcement.seizures.usage import count_uses
from liaison.console.pages import BadForm, Moved, Page, Place, Sent, Shown, Tally
from liaison.console.words import n_
from liaison.node.originals import count_batches
from liaison.protocol.errors import LiaisonError, phrase
from services.secretariat_hub.governing import (
    PROPOSE,
    RELEASE,
    Proposal,
    discard_proposal,
    proposals,
    propose_edition,
    proposed,
    release_edition,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

HERE: Final = "services.secretariat_hub"
LIST: Final = "/editions"
COUNTED_BATCHES: Final = 500  # stored batches that a page looks through; more are the command's, which says how far it is


def edition_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", LIST, LOOK, show_proposals, Place("network", n_("Next edition"), 31, "editions")),
        Page("GET", f"{LIST}/document", LOOK, download),
        Page("POST", LIST, PROPOSE, propose, takes_files=True),
        Page("GET", f"{LIST}/{{edition}}", LOOK, show_proposal),
        Page("POST", f"{LIST}/{{edition}}/release", RELEASE, let_out),
        Page("POST", f"{LIST}/{{edition}}/discard", PROPOSE, discard),
    )


def edition_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    title, empty = n_("proposed editions wait for a second person"), n_("No edition is proposed.")
    return (Tally("editions", RELEASE, lambda tx: len(proposals(tx)), title, empty, LIST, order=70),)


def show_proposals(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """What is proposed, and the form for another."""
    with visit.desk.looking(LOOK) as tx:
        rows = proposals(tx)
        today = find_edition(tx).edition
    data: dict[str, Any] = {"rows": rows, "today": today, "problem": problem, "said": visit.said("note")}
    return Shown(f"{HERE}/editions.html", data, 200 if problem is None else 422)


def download(visit: Visit) -> Reply:
    """Today's edition whole, to begin the next one from."""
    with visit.desk.looking(LOOK) as tx:
        name = find_edition(tx).edition
        document = document_named(tx, name)
    return Sent(canonical(document), "application/json", f"edition-{name}.json")


def propose(visit: Visit) -> Reply:
    """Keep an edition that somebody else may release. Nothing leaves."""
    upload = visit.files.get("file")
    try:
        if upload is None:
            raise BadForm(phrase("Choose the file of the edition."))
        document, twice = read_edition(upload.file.read(MAX_DOCUMENT_BYTES + 1))
        propose_edition(visit.desk, Proposal(document, twice, visit.said("note")))
    except LiaisonError as error:
        return show_proposals(visit, error)
    name = document["edition"]
    return Moved(f"{LIST}/{name}", visit.words("Edition {name} is proposed. Somebody else releases it.", name=name))


def show_proposal(visit: Visit) -> Reply:
    """What a proposed edition would change, and how many of this node's cases have each code it touches. Raises NotProposedError."""
    name = visit.path["edition"]
    with visit.desk.looking(LOOK) as tx:
        document, row = proposed(tx, name)
        base = base_of(tx)
        found = changes(base, document)
        counted = count_batches(tx) <= COUNTED_BATCHES
        uses = count_uses(tx, touched(found)) if counted else {}
        wrong = problems(document, base, [])
    data: dict[str, Any] = {
        "row": dict(row),
        "document": document,
        "base": base["edition"],
        "rows": preview_lines(found, uses),
        "wrong": wrong,
        "uses_counted": counted,
        "titles": TITLES,
        "changes": CHANGES,
    }
    return Shown(f"{HERE}/edition.html", {**data, "own": row["proposed_by"] == visit.desk.person.user_id})


def let_out(visit: Visit) -> Reply:
    """Release what another person proposed, if it is what this person saw. It cannot be taken back."""
    name = visit.path["edition"]
    told = release_edition(visit.desk, name, visit.said("sha256"))
    return Moved(
        "/codelists/editions",
        visit.words.many(
            "Edition {name} is released to every node, in {n} event.",
            "Edition {name} is released to every node, in {n} events.",
            told.parts,
            name=name,
        ),
    )


def discard(visit: Visit) -> Reply:
    """End a proposal; nothing was sent, and nothing is."""
    discard_proposal(visit.desk, visit.path["edition"])
    return Moved(LIST, visit.words("Edition {name} is no longer proposed.", name=visit.path["edition"]))
