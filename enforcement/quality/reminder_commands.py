"""`liaison reminders`: what contact points are reminded of, sending it, and at a contact point what to do next."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.quality.card_commands import NotConfirmed
from enforcement.quality.reminding import (
    ANSWER,
    LOOK,
    POLICY,
    SEND,
    acknowledge,
    drafts,
    list_policies,
    reminder_of,
    send,
    sent_reminders,
    set_every_days,
)
from enforcement.quality.scope import NotYours, contact_point
from enforcement.quality.waiting import NOT_REPORTED, Standing, standing_of
from liaison.node.times import from_ms
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

MOST_DAYS: Final = 366
ITEMS: Final = ["what", "kind", "due", "next", "days_late", "since"]  # on a narrow screen the last go first
_OFFICE: Final = """Reminders: who has not reported, what is returned and unanswered.

Drafts follow from what is open; a person sends them, once a month to each contact point at most.
"""
_NCP: Final = """Reminders: what the office waits for, and what to do next.

Without a reminder the list shows what is open by this node's own books, so that none need come.
"""


def reminders_app() -> typer.Typer:
    """Reminders at a contact point: what is open, acknowledging."""
    made = typer.Typer(help=_NCP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_open)
    made.command("acknowledge")(_acknowledge)
    return made


def office_reminders_app() -> typer.Typer:
    """Reminders at an office: drafts, those sent, sending, the policy."""
    made = typer.Typer(help=_OFFICE, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("show")(_show)
    made.command("send")(_send)
    made.command("policy")(_policy)
    return made


Node = Annotated[str, typer.Argument(metavar="NODE", help="ncp.br or BR.")]
Note = Annotated[str, typer.Option("--note", help="A sentence of yours, without anything that names a person.")]


def _draft(one: Standing, tx: "UnitOfWork") -> dict[str, Any]:
    late = [item for item in one.items if item.due < tx.now.date()]
    return {
        "node": one.member.node,
        "silent_days": one.silent_days,
        "every_days": one.every_days,
        "months_missing": sum(item.kind == NOT_REPORTED for item in one.items),
        "open": len(one.items),
        "past_due": len(late),
        "last_heard": from_ms(one.heard_at) if one.heard_at else None,
        "items": [item.record(tx.now.date()) for item in one.items],
    }


def _list(
    ctx: typer.Context, *, sent: Annotated[bool, typer.Option("--sent", help="Those that were sent, and how they stand.")] = False
) -> None:
    """Whom to remind now; with --sent what became of it.

    Contact points silent for longer than the policy allows, or with something past its day. Who was reminded in this month already
    is not listed.

    Example: liaison reminders list

    Next: `liaison reminders show NODE`, then `liaison reminders send NODE`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = [one.record(tx.now.date()) for one in sent_reminders(tx)] if sent else [_draft(one, tx) for one in drafts(tx)]
    if sent:
        columns = ["month", "node", "state", "open", "sent_at", "sent_by", "acknowledged_at", "answer"]
        at.terminal.table("Reminders sent", rows, columns, empty="No reminder was sent yet.")
        return
    columns = ["node", "silent_days", "every_days", "months_missing", "open", "past_due", "last_heard"]
    empty = "Nobody needs reminding now. `liaison reminders list --sent` shows what was sent; `liaison quality region` how all report."
    at.terminal.table("Drafts", rows, columns, empty=empty)


def _show(ctx: typer.Context, node: Node) -> None:
    """What a reminder to one contact point would say.

    Everything that is open with it, oldest first.

    Example: liaison reminders show BR

    Next: `liaison reminders send BR --note "Please telephone us."`
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        standing = standing_of(tx, contact_point(tx, node))
        told = _draft(standing, tx)
    if at.terminal.as_json:
        at.terminal.record(told)
        return
    columns = ["what", "kind", "section", "version", "since", "due", "days_late"]
    at.terminal.table(f"Open with {told['node']}", told["items"], columns, empty=f"{told['node']} owes nothing.")
    heard = f"{told['last_heard']:%Y-%m-%d}" if told["last_heard"] else "never"
    at.terminal.say(f"Last heard: {heard}; reminded after {told['every_days']} days without a word.")


def _send(
    ctx: typer.Context,
    nodes: Annotated[list[str] | None, typer.Argument(metavar="NODE", help="ncp.br or BR.", show_default=False)] = None,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Every draft.")] = False,
    note: Note = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Send reminders, signed and with you as author.

    To one contact point never twice for the same month.

    Example: liaison reminders send BR --note "Please telephone us."

    Next: `liaison reminders list --sent`.
    """
    if bool(nodes) == everybody:
        raise typer.BadParameter("Name contact points, or give --all.", param_hint="NODE")
    at = counter(ctx)
    desk = at.desk()
    desk.require(SEND)
    with desk.looking(SEND) as tx:
        members = [one.member for one in drafts(tx)] if everybody else [_mine(tx, node) for node in dict.fromkeys(nodes or [])]
    if everybody and members and not yes:
        _confirm(at, f"Remind {', '.join(one.node for one in members)}?")
    sent = []
    if members:
        with desk.acting(SEND, " ".join(one.node for one in members)[:200], reminders=len(members)) as tx:
            sent = [send(tx, member, note.strip()).record(tx.now.date()) for member in members]
    if at.terminal.as_json:
        at.terminal.record({"sent": sent})
    at.terminal.say(f"Reminded: {', '.join(one['node'] for one in sent)}." if sent else "Nobody needs reminding now.")


def _mine(tx: "UnitOfWork", node: str) -> "Member":
    """One of this office's own. Raises NotYours."""
    member = contact_point(tx, node)
    if member.office != tx.node:
        raise NotYours(f"{member.node} reports to {member.office}, which reminds it.", node=member.node)
    return member


def _confirm(at: Counter, question: str) -> None:
    if at.terminal.as_json:
        raise NotConfirmed(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmed("Nobody was reminded.")


def _policy(
    ctx: typer.Context,
    node: Annotated[str, typer.Argument(metavar="[NODE]", help="For this one only. Default: all.", show_default=False)] = "",
    *,
    every_days: Annotated[int | None, typer.Option("--every-days", min=0, max=MOST_DAYS, help="0: none.", show_default=False)] = None,
) -> None:
    """After how many days without a word to remind.

    For each contact point; --every-days sets it (role releaser). Standing: 31.

    Example: liaison reminders policy JM --every-days 92

    Next: `liaison reminders list`.
    """
    at = counter(ctx)
    desk = at.desk()
    if every_days is not None:
        desk.require(POLICY)
        with desk.acting(POLICY, node or "all", every_days=every_days) as tx:
            set_every_days(tx, _mine(tx, node).node if node else "", every_days)
    with desk.looking(LOOK) as tx:
        rows = list_policies(tx)
    at.terminal.table("Reminded after so many days without a word", rows, ["node", "every_days", "of", "set_by"])


def _open(ctx: typer.Context) -> None:
    """What the office waits for, and what to do next.

    Oldest first; and the reminders that came.

    Example: liaison reminders list

    Next: the last column; `liaison reminders acknowledge --reason TEXT` tells the office what to expect.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        today = tx.now.date()
        items = [one.record(today) for one in standing_of(tx, tx.me).items]
        came = [one.record(today) for one in sent_reminders(tx)]
    if at.terminal.as_json:
        at.terminal.record({"open": items, "reminders": came})
        return
    at.terminal.table("Open", items, ITEMS, empty="Nothing is open: no month is overdue and nothing waits for an answer.")
    if came:
        at.terminal.table("Reminders", came, ["month", "office", "state", "open", "sent_at", "note", "acknowledged_at"])


def _acknowledge(
    ctx: typer.Context,
    month: Annotated[str, typer.Argument(metavar="[MONTH]", help="Of the reminder. Default: the latest.", show_default=False)] = "",
    *,
    reason: Annotated[str, typer.Option("--reason", help="What to expect, without anything that names a person.")] = "",
) -> None:
    """Tell the office what to expect.

    It learns that its reminder was seen. What it asks for stays open until it is done.

    Example: liaison reminders acknowledge --reason "Our system was down; July follows next week."

    Next: `liaison reminders list`.
    """
    at = counter(ctx)
    with at.desk().acting(ANSWER, month or "latest") as tx:
        found = acknowledge(tx, reminder_of(tx, tx.node, month).row["month"], reason.strip()).record(tx.now.date())
    if at.terminal.as_json:
        at.terminal.record(found)
    at.terminal.say(f"The reminder of {found['month']} is acknowledged; {found['open']} of its {len(found['items'])} items are still open.")
