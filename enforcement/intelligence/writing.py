"""The commands of those who make products: template, draft, edit, edition, propose, review, decline, release, relay."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcement.intelligence import actions
from enforcement.intelligence.document import print_problems
from enforcement.intelligence.drafting import MAX_FILE_BYTES, apply_words, product_from, read_file, template
from enforcement.intelligence.model import plain_of
from enforcement.intelligence.store import content_of, find_product, product_row
from liaison.terminal import counter

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork

Draft = Annotated[str, typer.Argument(metavar="DRAFT", help="The plain number of the draft, as `liaison alerts list` shows it.")]
Words = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="A field of the template; a field of several values once for each."),
]
FILE_HELP = "A draft as `liaison alerts template` prints it, YAML or JSON."


def add_commands(group: typer.Typer) -> None:
    """Add these commands to the group."""
    group.command("template")(_template)
    group.command("draft")(_draft)
    group.command("edit")(_edit)
    group.command("edition")(_edition)
    group.command("propose")(_propose)
    group.command("review")(_review)
    group.command("decline")(_decline)
    group.command("release")(_release)
    group.command("relay")(_relay)


def _template(ctx: typer.Context) -> None:
    """Print an annotated file to fill in.

    Example: liaison alerts template > alert.yaml

    Next: `liaison alerts draft alert.yaml`.
    """
    terminal = counter(ctx).terminal
    if terminal.as_json:
        terminal.record(read_file(template().encode()))
    else:
        typer.echo(template(), nl=False)


def _draft(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help=FILE_HELP, exists=True, dir_okay=False, readable=True)] = None,
    *,
    words: Words = None,
) -> None:
    """Begin a product from a file, from words, or both; it stays in this node until somebody else releases it.

    Example: liaison alerts draft alert.yaml --set urgent=yes --set cited_records=BR:2026-0815

    Next: `liaison alerts propose DRAFT`.
    """
    product = product_from(apply_words({} if file is None else _fields(file), words or []))
    with counter(ctx).desk().acting("alerts.draft", product.title[:80], change="draft") as tx:
        product_id = actions.draft_product(tx, product)
        done = _standing(tx, product_id)
    _tell(ctx, done, f"Draft {product_id} is kept.", f"liaison alerts propose {product_id}")


def _edit(
    ctx: typer.Context,
    draft: Draft,
    file: Annotated[Path | None, typer.Argument(help=f"{FILE_HELP} It replaces the whole content.", exists=True, dir_okay=False)] = None,
    *,
    words: Words = None,
) -> None:
    """Change a draft; what was proposed, reviewed or declined becomes a draft again.

    Example: liaison alerts edit 7 --set likelihood="very likely" --set confidence=moderate

    Next: `liaison alerts propose 7`.
    """
    if file is None and not words:
        raise typer.BadParameter("Give a file, or --set FIELD=VALUE, or both.")
    given = None if file is None else _fields(file)
    with counter(ctx).desk().acting("alerts.draft", draft, change="edit") as tx:
        row = find_product(tx, draft)
        before = plain_of(content_of(row)) if given is None else given
        actions.edit(tx, row["product_id"], product_from(apply_words(before, words or [])))
        done = _standing(tx, row["product_id"])
    _tell(ctx, done, f"Draft {done['product_id']} is changed.", f"liaison alerts propose {done['product_id']}")


def _edition(ctx: typer.Context, product: Annotated[str, typer.Argument(help="Number of a product this office released.")]) -> None:
    """Begin the next edition of a released product; once released, it supersedes the older ones.

    Example: liaison alerts edition A/rilo.sa/2026/0001

    Next: `liaison alerts edit DRAFT --set valid_until=...`.
    """
    with counter(ctx).desk().acting("alerts.draft", product, change="edition") as tx:
        product_id = actions.new_edition(tx, find_product(tx, product)["product_id"])
        done = _standing(tx, product_id)
    _tell(ctx, done, f"Draft {product_id} is edition {done['edition']} of {done['number']}.", f"liaison alerts edit {product_id}")


def _propose(ctx: typer.Context, draft: Draft) -> None:
    """Ask for the release of a draft; refused, with everything to correct, while something is missing.

    Example: liaison alerts propose 7

    Next: a colleague with the role releaser runs `liaison alerts release 7`.
    """
    with counter(ctx).desk().acting("alerts.draft", draft, change="propose") as tx:
        product_id = find_product(tx, draft)["product_id"]
        actions.propose(tx, product_id)
        done = _standing(tx, product_id)
    _tell(ctx, done, f"Draft {product_id} is proposed.", f"liaison alerts release {product_id} (by somebody who did not write in it)")


def _review(ctx: typer.Context, draft: Draft) -> None:
    """State that you have read a proposal you did not write in, and agree; release may wait.

    Example: liaison alerts review 7

    Next: `liaison alerts release 7`.
    """
    with counter(ctx).desk().acting("alerts.release", draft, change="review") as tx:
        product_id = find_product(tx, draft)["product_id"]
        actions.review(tx, product_id)
        done = _standing(tx, product_id)
    _tell(ctx, done, f"Draft {product_id} is reviewed.", f"liaison alerts release {product_id}")


def _decline(
    ctx: typer.Context, draft: Draft, *, reason: Annotated[str, typer.Option(help="Why, so that the author can mend it.")]
) -> None:
    """Send a proposal back to its author with the reason.

    Example: liaison alerts decline 7 --reason "The facts do not carry the assessment."

    Next: the author runs `liaison alerts edit 7`, then proposes it again.
    """
    with counter(ctx).desk().acting("alerts.release", draft, change="decline", reason=reason) as tx:
        product_id = find_product(tx, draft)["product_id"]
        actions.decline(tx, product_id, reason)
        done = _standing(tx, product_id)
    _tell(ctx, done, f"Draft {product_id} is declined.", f"liaison alerts edit {product_id} (by the author)")


def _release(ctx: typer.Context, draft: Draft) -> None:
    """Let a proposed product out. You must not have written in it; what is out cannot be changed, only followed by a new edition.

    Example: liaison alerts release 7

    Next: `liaison alerts effect`.
    """
    with counter(ctx).desk().acting("alerts.release", draft, change="release") as tx:
        product_id = find_product(tx, draft)["product_id"]
        number = actions.release(tx, product_id)
        done = _standing(tx, product_id)
    _tell(ctx, done, f"Released as {number}, edition {done['edition']}.", f"liaison alerts effect {number}")


def _relay(ctx: typer.Context, product: Annotated[str, typer.Argument(help="Number of a released product of the region.")]) -> None:
    """Pass a product of the region on to every member, with its issuer's own signature; its handling stays as it is.

    Example: liaison alerts relay A/rilo.sa/2026/0001

    Next: `liaison alerts effect A/rilo.sa/2026/0001`, at its issuer.
    """
    at = counter(ctx)
    with at.desk().acting("alerts.release", product, change="relay") as tx:
        row = find_product(tx, product)
        sent = actions.relay(tx, row["product_id"])
    if at.terminal.as_json:
        at.terminal.record({"product": row["number"], "edition": row["edition"], "sent": sent})
    at.terminal.say(f"{row['number']} is on its way to every member." if sent else f"This node has passed on {row['number']} before.")


def _fields(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        return read_file(opened.read(MAX_FILE_BYTES + 1))


def _standing(tx: "UnitOfWork", product_id: int) -> dict[str, Any]:
    """Where a product stands after a step, and what is still missing."""
    row = product_row(tx, product_id)
    released = bool(row["releaser"])
    found = [] if released else [problem.record() for problem in actions.problems(tx, content_of(row))]
    return {"product_id": product_id, "number": row["number"], "edition": row["edition"], "state": row["state"], "problems": found}


def _tell(ctx: typer.Context, done: dict[str, Any], sentence: str, following: str) -> None:
    terminal = counter(ctx).terminal
    if terminal.as_json:
        terminal.record(done)
        return
    terminal.say(sentence)
    print_problems(terminal, done["problems"])
    if done["problems"]:
        terminal.say(f"Next: `liaison alerts edit {done['product_id']}`.")
    else:
        terminal.say(f"Next: `{following}`.")
