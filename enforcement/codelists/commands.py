"""`liaison codelists`: the vocabulary of the field, its editions, and what a new one would change. At every node."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.checking import Problem, errors, notice, problems
from enforcement.codelists.comparing import changes
from enforcement.codelists.document import LANGUAGES, MAX_DOCUMENT_BYTES, Document, canonical, digest, read_edition
from enforcement.codelists.editions import Editions, document_named, find_edition
from enforcement.codelists.place_commands import add_place_commands
from enforcement.codelists.viewing import (
    change_lines,
    code_lines,
    edition_lines,
    found_lines,
    list_lines,
    preview_lines,
    touched,
)
from liaison.node.originals import count_batches
from liaison.terminal import counter

if TYPE_CHECKING:
    from enforcement.codelists.viewing import CountUses
    from liaison.node.work import UnitOfWork
    from liaison.terminal import Counter, Terminal

LOOK: Final = "codelists.list"
EXIT_PROBLEMS: Final = 1
_GROUP: Final = """Code lists: what may be said, in which words, since when.

An edition is whole, has one hash, and is valid from its day on; records keep the edition they were made under. To make the next
one: `document > next.json`, edit it, `check next.json`, `preview next.json`, and at the hub `propose next.json`, which a second person
releases.
"""

ListName = Annotated[str, typer.Argument(metavar="LIST", help="Name of a list: commodities, concealments, units, ...")]
EditionName = Annotated[str, typer.Option("--edition", help="Of this edition; today's when left out.")]
Language = Annotated[str, typer.Option("--language", help="en, fr or es.")]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A whole edition as JSON.", exists=True, dir_okay=False, readable=True, show_default=False)
]


def codelists_app(count_uses: "CountUses") -> typer.Typer:
    """Code lists: codes, labels, editions, and what a new edition would change."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("show")(_show)
    made.command("find")(_find)
    add_place_commands(made)
    made.command("editions")(_editions)
    made.command("diff")(_diff)
    made.command("document")(_document)
    made.command("check")(_check)
    made.command("preview")(_preview(count_uses))
    return made


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is not one of {', '.join(LANGUAGES)}.", param_hint="--language")
    return language


def _list(ctx: typer.Context, *, edition: EditionName = "") -> None:
    """The lists of an edition, with how many codes each has.

    Example: liaison codelists list

    Next: `liaison codelists show LIST`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        lists = find_edition(tx, edition)
    at.terminal.table(f"Code lists, edition {lists.edition}", list_lines(lists), ["list", "codes", "closed", "source"])


def _show(
    ctx: typer.Context,
    name: ListName,
    *,
    edition: EditionName = "",
    language: Language = "en",
    closed: Annotated[bool, typer.Option("--closed", help="Also codes that may no longer be used.")] = False,
) -> None:
    """The codes of a list with their labels, and what else sources write for them.

    Example: liaison codelists show commodities --language fr

    Next: `liaison codelists find LIST TEXT` for the code of a word.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        lists = find_edition(tx, edition)
    rows = code_lines(lists, name, _language(language), closed=closed)
    columns = ["code", "label", "parent", "valid_to", "replaced_by", "also"] if closed else ["code", "label", "parent", "also"]
    at.terminal.table(f"{name}, edition {lists.edition}", rows, columns, empty="The list has no codes.")


def _find(
    ctx: typer.Context,
    name: ListName,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What a source wrote: a code, a label in any language, another word for it.")],
    *,
    edition: EditionName = "",
    language: Language = "en",
) -> None:
    """The code that a word means, whatever case, accents and blanks it is written with; else the nearest ones.

    Example: liaison codelists find commodities Maconha

    Next: use the code, or map the word to it in the profile of your source.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        lists = find_edition(tx, edition)
    rows = found_lines(lists, name, text, _language(language))
    near = rows and not rows[0]["found"]
    title = f"No code of {name} means that for certain; near are" if near else f"{name}, edition {lists.edition}"
    empty = f"Nothing in {name} is near to that; see all with `liaison codelists show {name}`."
    at.terminal.table(title, rows, ["code", "label", "how"], empty=empty)


def _editions(ctx: typer.Context) -> None:
    """The editions this node has: from when until when each is valid, and its hash.

    Example: liaison codelists editions

    Next: `liaison codelists diff A B` tells two of them apart.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = edition_lines(tx)
        for row in rows:
            row["sha256"] = row["sha256"] or digest(document_named(tx, row["edition"]))
    at.terminal.table(
        "Editions", rows, ["edition", "valid_from", "valid_until", "today", "came", "follows", "released_at", "sha256", "note"]
    )


def _diff(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="A", help="Name of an edition.")],
    new: Annotated[str, typer.Argument(metavar="B", help="Name of another.")],
) -> None:
    """What edition B has that A has not, list by list: codes added, closed, renamed, moved, remapped.

    Example: liaison codelists diff 2025.1 2026.1

    Next: `liaison codelists show LIST --edition B`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = change_lines(changes(document_named(tx, old), document_named(tx, new)))
    at.terminal.table(f"From {old} to {new}", rows, ["list", "code", "change", "what"], empty="The two editions do not differ.")


def _document(ctx: typer.Context, *, edition: EditionName = "") -> None:
    """The whole edition as JSON, to begin the next one from.

    Example: liaison codelists document > next.json

    Next: change `edition` and `valid_from`, then codes; `liaison codelists check next.json`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        document = document_named(tx, find_edition(tx, edition).edition)
    typer.echo(written(document))


def written(document: Document) -> str:
    """A document as people edit it: one line a code."""
    text = canonical({**document, "lists": {}, "requirements": document["requirements"]}).decode()
    lists = []
    for name, body in sorted(document["lists"].items()):
        codes = ",\n    ".join(canonical(entry).decode() for entry in body["codes"])
        lists.append(f'  "{name}": {{"source": {canonical(body["source"]).decode()}, "codes": [\n    {codes}\n  ]}}')
    return text.replace('"lists":{}', '"lists":{\n' + ",\n".join(lists) + "\n}", 1)


def proposal(path: Path) -> tuple[Document, list[str]]:
    """A proposed edition from its file, and the keys that stand in it twice. Raises ReferenceDataError."""
    with path.open("rb") as file:
        data = file.read(MAX_DOCUMENT_BYTES + 1)
    return read_edition(data)


def base_of(tx: "UnitOfWork") -> Document:
    """What a new edition is compared with: the newest this node has, whether its day has come or not."""
    return document_named(tx, tx.of(Editions).by_day()[-1][1])


def judged(tx: "UnitOfWork", document: Document, twice: list[str]) -> list[Problem]:
    """Everything wrong with a proposal that is to follow the newest edition here."""
    return [*problems(document, base_of(tx), twice), *notice(document, tx.now.date())]


def show_problems(terminal: "Terminal", found: list[Problem]) -> None:
    """The problems, errors first."""
    rows = [one._asdict() for one in sorted(found, key=lambda one: one.severity)]
    terminal.table("Problems", rows, ["severity", "list", "code", "rule", "text"], empty="Nothing is wrong with it.")


def _check(ctx: typer.Context, file: File) -> None:
    """Whether a proposed edition may follow the newest one: labels, parents, dates, codes that vanish, words that mean two things.

    Example: liaison codelists check next.json

    Next: `liaison codelists preview next.json`. Exit code 1 when it must not be released.
    """
    at = counter(ctx)
    document, twice = proposal(file)
    with at.desk().looking(LOOK) as tx:
        found = judged(tx, document, twice)
    show_problems(at.terminal, found)
    at.terminal.say(f"Edition {document['edition']}, SHA-256 {digest(document)}.")
    if errors(found):
        raise typer.Exit(EXIT_PROBLEMS)


def _preview(count_uses: "CountUses") -> Callable[..., Any]:
    def preview(ctx: typer.Context, file: File) -> None:
        """What a proposed edition would change, and how many stored cases of this node use each code it touches.

        Lists that have no column of their own (units, currencies, agencies, ...) are counted by looking through the signed cases.

        Example: liaison codelists preview next.json

        Next: at the hub, `liaison codelists propose next.json`.
        """
        at = counter(ctx)
        document, _ = proposal(file)
        show_preview(at, document, count_uses)

    return preview


def show_preview(at: "Counter", document: Document, count_uses: "CountUses") -> None:
    """What an edition would change, as a table."""
    with at.desk().looking(LOOK) as tx:
        base = base_of(tx)
        found = changes(base, document)
        with at.terminal.progress("Looking through stored batches", count_batches(tx)) as advance:
            uses = count_uses(tx, touched(found), advance)
    title = f"From {base['edition']} to {document['edition']}, valid from {document['valid_from']}"
    columns = ["list", "code", "change", "cases_here", "what"]
    at.terminal.table(title, preview_lines(found, uses), columns, empty="It would change nothing.")
    at.terminal.say("Cases keep their edition: none of them changes. A dash: no case has a code of that list.")
