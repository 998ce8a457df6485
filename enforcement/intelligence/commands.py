"""`liaison alerts`: intelligence products, for those who read and answer them; `writing` has the commands of those who make them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intelligence import writing
from enforcement.intelligence.actions import give_feedback, mark_read
from enforcement.intelligence.document import EFFECT_COLUMNS, answer_line, document_of, effect_lines, line_of, print_document
from enforcement.intelligence.feedback import NO_CASE, feedback_on
from enforcement.intelligence.model import GIVEN_BY_PEOPLE, IN_THE_MAKING, TRANSITIONS
from enforcement.intelligence.store import ProductFilter, find_product, list_products
from liaison.access.permissions import Role
from liaison.terminal import counter

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork

DEFAULT_LINES = 50
MOST_LINES = 10_000

Name = Annotated[str, typer.Argument(metavar="PRODUCT", help="Number (A/rilo.sa/2026/0001), or the plain number of a draft.")]
Edition = Annotated[int, typer.Option(help="Which edition; the newest when left out.", min=0)]
Limit = Annotated[int, typer.Option(help="At most this many lines.", min=1, max=MOST_LINES)]


def alerts_app() -> typer.Typer:
    """Alerts and other products: write, release, read, answer."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("read")(_read)
    made.command("feedback")(_feedback)
    made.command("show")(_show)
    made.command("effect")(_effect)
    writing.add_commands(made)
    return made


_GROUP = """Alerts and other intelligence products.

A contact point reads (`list`, `read`) and answers (`feedback`). An office writes (`template`, `draft`, `edit`, `propose`), a second
person releases (`release`, or `decline` with the reason), and `effect` shows what became of it.
"""


def _list(  # noqa: PLR0913 - one option each
    ctx: typer.Context,
    *,
    unread: Annotated[bool, typer.Option("--unread", help="Only what you have not read.")] = False,
    state: Annotated[str, typer.Option(help=f"Only in this state: {', '.join(TRANSITIONS)}.")] = "",
    kind: Annotated[str, typer.Option(help="Only this kind: alert, bulletin, ...")] = "",
    section: Annotated[str, typer.Option(help="Only this section: drugs, revenue, ...")] = "",
    issuer: Annotated[str, typer.Option(help="Only of this office: rilo.sa, wco.hub, ...")] = "",
    limit: Limit = DEFAULT_LINES,
) -> None:
    """Products of this node, urgent ones in force first, then by the last change.

    Example: liaison alerts list --unread

    Next: `liaison alerts read PRODUCT`.
    """
    desk = counter(ctx).desk()
    wanted = ProductFilter(desk.person.user_id, kind, section, issuer, state, unread)
    with desk.looking("alerts.list") as tx:
        _check_codes(tx, state, kind, section)
        rows = [line_of(tx, row) for row in list_products(tx, wanted, limit)]
    columns = ["product", "title", "state", "urgent", "read", "valid_until", "kind", "edition", "issuer"]
    filtered = any((unread, state, kind, section, issuer))
    empty = "No product fits; leave out an option to see more." if filtered else "No products yet: nothing received, nothing drafted."
    counter(ctx).terminal.table("Products", rows, columns, empty=empty)


def _check_codes(tx: "UnitOfWork", state: str, kind: str, section: str) -> None:
    lists = tx.of(CodeLists)
    for option, code, known in (
        ("--state", state, TRANSITIONS),
        ("--kind", kind, lists.codes("product-kinds")),
        ("--section", section, lists.codes("sections")),
    ):
        if code and code not in known:
            raise typer.BadParameter(f"{code!r} is none; choose among {', '.join(known)}.", param_hint=option)


def _read(ctx: typer.Context, product: Name, edition: Edition = 0) -> None:
    """Read a product and note that you did; the first reading at a contact point is told to the issuer.

    Example: liaison alerts read A/rilo.sa/2026/0001

    Next: `liaison alerts feedback PRODUCT used`.
    """
    at = counter(ctx)
    desk = at.desk()
    with desk.acting("alerts.read", product) as tx:
        row = find_product(tx, product, edition)
        if desk.person.roles != {Role.AUDITOR}:  # an auditor reads everything and changes nothing
            mark_read(tx, row["product_id"])
        document, lists = document_of(tx, row), tx.of(CodeLists)
    print_document(at.terminal, document, lists)


def _show(ctx: typer.Context, product: Name, edition: Edition = 0) -> None:
    """Show a product and where it stands, without marking it as read; of a draft also what is still missing.

    Example: liaison alerts show 7

    Next: `liaison alerts edit 7 --set title=...`, or `liaison alerts propose 7`.
    """
    at = counter(ctx)
    with at.desk().acting("alerts.read", product, only="shown") as tx:
        document, lists = document_of(tx, find_product(tx, product, edition)), tx.of(CodeLists)
    print_document(at.terminal, document, lists)


def _feedback(  # noqa: PLR0913 - one option each
    ctx: typer.Context,
    product: Name,
    kind: Annotated[str, typer.Argument(help=f"{', '.join(GIVEN_BY_PEOPLE)}. That you received and read it is told by itself.")],
    *,
    case: Annotated[str, typer.Option(help="Reference of the case the product led to; needed for a hit.")] = "",
    note: Annotated[str, typer.Option(help="Why, in a sentence; needed for not-useful. Nothing nominal.")] = "",
    edition: Edition = 0,
) -> None:
    """Tell the issuer what a product was good for; your office passes it on.

    Example: liaison alerts feedback A/rilo.sa/2026/0001 hit --case 2026-0815

    Next: nothing; the issuer sees it in `liaison alerts effect`.
    """
    at = counter(ctx)
    with at.desk().acting("alerts.feedback", product, kind=kind, case=case) as tx:
        row = find_product(tx, product, edition)
        country = tx.me.country
        named = (country, case.removeprefix(f"{country}:").strip()) if case else NO_CASE
        sent = give_feedback(tx, row["product_id"], kind, case=named, note=note)
    if at.terminal.as_json:
        at.terminal.record({"product": row["number"], "edition": row["edition"], "kind": kind, "sent": sent})
    at.terminal.say(f"Feedback on {row['number']} is on its way." if sent else "You have said that already; nothing was sent.")


def _effect(
    ctx: typer.Context,
    product: Annotated[str, typer.Argument(metavar="[PRODUCT]", help="One product, with every answer; all when left out.")] = "",
    *,
    edition: Edition = 0,
    limit: Limit = DEFAULT_LINES,
) -> None:
    """What became of this office's products: received, read, used, hits, time to first reading, who is overdue.

    Example: liaison alerts effect A/rilo.sa/2026/0001

    Next: call the contact points that are overdue.
    """
    at = counter(ctx)
    desk = at.desk()
    with desk.looking("alerts.list") as tx:
        if product:
            row = find_product(tx, product, edition)
            answers = feedback_on(tx, row["issuer"], row["number"] or "", row["edition"])
            _one_effect(ctx, tx, row, [answer_line(answer) for answer in answers])
            return
        released = [row for row in list_products(tx, ProductFilter(issuer=tx.node), MOST_LINES) if row["state"] not in IN_THE_MAKING]
        rows = effect_lines(tx, released[:limit])
    at.terminal.table("Effect", rows, EFFECT_COLUMNS, empty="This node has released nothing; effect is shown where a product was issued.")


def _one_effect(ctx: typer.Context, tx: "UnitOfWork", row: "RowMapping", answers: "list[dict[str, Any]]") -> None:
    terminal = counter(ctx).terminal
    line = effect_lines(tx, [row])[0]
    if terminal.as_json:
        terminal.record({**line, "answers": answers})
        return
    shown = {name: value for name, value in line.items() if name not in ("product", "title", "first_read_after_seconds")}
    terminal.record(shown, title=f"{line['product']}: {line['title']}")
    terminal.say("")
    terminal.table("Answers", answers, ["giver", "kind", "case", "note", "answered_at", "relayed_by"], empty="No answers yet.")
