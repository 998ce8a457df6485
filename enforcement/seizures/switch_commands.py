"""`liaison rules switches`: what the office in charge makes of rules; at an office, setting it."""

from datetime import datetime
from typing import Annotated, Any, Final

import typer

from enforcement.seizures import switch_actions as actions
from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.rules.switches import AS_IS, MOST_WEIGHT, STATES, USUAL_WEIGHT, Switch
from enforcement.seizures.switching import edition_rows, office_of
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Counter, counter

LOOK: Final = "rules.list"
PROPOSE: Final = "rules.propose"
RELEASE: Final = "rules.release"
DAY: Final = ["%Y-%m-%d"]

_GROUP: Final = """Switches: what your office makes of rules: off, milder, stricter, weighted.

An office says for its contact points and itself which rules it wants otherwise than shipped, from a day on. Only a rule that an
officer may override can be switched off or made a warning; a weight (per cent of the usual) says how much a finding of it counts in
the draw of cases for an officer's look. One person proposes, another releases; the edition is signed, and every contact point of the
office warns by the same switches when a case is entered.

The usual way: `set`, `show`, then a colleague's `release`.
"""

Codes = Annotated[list[str], typer.Argument(metavar="CODE", help="Codes of rules, as `liaison rules list` shows them.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence that every contact point reads; names nobody.")]
FromDay = Annotated[
    datetime | None, typer.Option("--from", formats=DAY, help="First day on which it holds (UTC). Default: today.", show_default=False)
]


class NotConfirmed(LiaisonError):  # noqa: N818 - named for the state
    """Nothing was released."""

    code = "rules.not-confirmed"
    next_step = "Say yes, or give --yes."


def switches_app(*, office: bool) -> typer.Typer:
    """Switches: show; at an office set, clear, discard, release too."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("show")(_show)
    if office:
        made.command("set")(_set)
        made.command("clear")(_clear)
        made.command("discard")(_discard)
        made.command("release")(_release)
    return made


def _show(
    ctx: typer.Context,
    *,
    everywhere: Annotated[bool, typer.Option("--all", help="Every edition of every office, also what held before.")] = False,
) -> None:
    """The switches of the office in charge: which rules, since when, why; and what is proposed.

    Example: liaison rules switches show

    Next: `liaison rules show CODE`; at an office `liaison rules switches set CODE --state off --reason TEXT`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        office = office_of(tx)
        editions = edition_rows(tx, "" if everywhere else office)
        proposed = actions.proposed(tx)
        today = tx.now.date().isoformat()
    if at.terminal.as_json:
        at.terminal.record({"office": office, "editions": editions, "proposed": proposed})
        return
    shown = [one for one in editions if everywhere or one["holds"] or one["valid_from"] > today]
    rows = [row for one in shown for row in _lines(one)]
    columns = ["office", "edition", "rule", "state", "weight", "from", "holds", "reason"]
    at.terminal.table("Rule switches", rows, columns, empty=f"{office} has switched nothing: every rule is as shipped.")
    if proposed is not None:
        _show_proposal(at, proposed)


def _lines(edition: dict[str, Any]) -> list[dict[str, Any]]:
    told = {"office": edition["office"], "edition": edition["edition"], "from": edition["valid_from"], "holds": edition["holds"]}
    told["reason"] = edition["reason"]
    return [{**told, **_rule(one)} for one in edition["switches"]] or [{**told, "rule": "all as shipped"}]


def _rule(switch: dict[str, Any]) -> dict[str, Any]:
    return {"rule": switch["code"], "state": switch["state"], "weight": f"{switch['weight']} %"}


def _show_proposal(at: Counter, proposed: dict[str, Any]) -> None:
    rows = [_rule(one) for one in proposed["switches"]]
    title = f"Proposed from {proposed['valid_from']}: {proposed['reason']}"
    at.terminal.table(title, rows, ["rule", "state", "weight"], empty=f"{title} (every rule as shipped)")
    at.terminal.say(f"Written by {', '.join(proposed['editors'])}; somebody else releases it with `liaison rules switches release`.")


def _set(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    codes: Codes,
    *,
    reason: Why,
    state: Annotated[str, typer.Option("--state", help=f"One of: {', '.join(STATES)}.")] = AS_IS,
    weight: Annotated[
        int, typer.Option("--weight", min=0, max=MOST_WEIGHT, metavar="PERCENT", help="What a finding weighs in the draw.")
    ] = USUAL_WEIGHT,
    begins: FromDay = None,
) -> None:
    """Propose that rules be otherwise than shipped: off, warning or error, and what they weigh. It is added to the open proposal.

    Example: liaison rules switches set place.airport-with-vessel --state warning --from 2026-12-01 --reason "Yachts arrive on trailers."

    Next: `liaison rules switches show`; then somebody else's `liaison rules switches release`.
    """
    switches = [Switch(_code(one), state, weight) for one in dict.fromkeys(codes)]
    if (state, weight) == (AS_IS, USUAL_WEIGHT):
        raise typer.BadParameter("Say what to make of it: --state, --weight, or both.", param_hint="--state")
    _propose(ctx, actions.Change(reason, begins.date() if begins else None, set=switches))


def _clear(
    ctx: typer.Context,
    codes: Annotated[list[str] | None, typer.Argument(metavar="CODE", help="Codes of rules.", show_default=False)] = None,
    *,
    reason: Why,
    everything: Annotated[bool, typer.Option("--all", help="Every switch.")] = False,
    begins: FromDay = None,
) -> None:
    """Propose that rules be as shipped again.

    Example: liaison rules switches clear place.airport-with-vessel --reason "The marina has a location of its own."

    Next: somebody else's `liaison rules switches release`.
    """
    if bool(codes) == everything:
        raise typer.BadParameter("Name rules, or give --all.", param_hint="CODE")
    cleared = [_code(one) for one in dict.fromkeys(codes or [])]
    _propose(ctx, actions.Change(reason, begins.date() if begins else None, clear=cleared, clear_all=everything))


def _code(text: str) -> str:
    """The code as the registry writes it; what is not there is refused further on, with its reason."""
    code = text.strip().lower()
    return code if code in BY_CODE else text.strip()


def _propose(ctx: typer.Context, change: actions.Change) -> None:
    at = counter(ctx)
    with at.desk().acting(PROPOSE, " ".join([*(one.code for one in change.set), *change.clear]) or "all", reason=change.reason) as tx:
        proposed = actions.propose(tx, change)
    if at.terminal.as_json:
        at.terminal.record(proposed)
    else:
        _show_proposal(at, proposed)


def _discard(ctx: typer.Context) -> None:
    """End the open proposal; nothing is sent, and what holds goes on holding.

    Example: liaison rules switches discard

    Next: `liaison rules switches show`.
    """
    at = counter(ctx)
    with at.desk().acting(PROPOSE, "discarded") as tx:
        told = actions.discard(tx)
    if at.terminal.as_json:
        at.terminal.record(told)
    at.terminal.say(f"Proposal {told['number']} is discarded.")


def _release(
    ctx: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Sign what was proposed and send it to every contact point. Not by anybody who wrote in the proposal.

    Example: liaison rules switches release

    Next: `liaison rules switches show`. It is undone by another edition: `clear`, and release again.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(RELEASE)
    if not yes:
        with desk.looking(LOOK) as tx:
            proposed = actions.proposal_record(actions.required(tx))
        _confirm(at, proposed)
    with desk.acting(RELEASE, "rule switches") as tx:
        told = actions.release(tx)
    if at.terminal.as_json:
        at.terminal.record({**told, "valid_from": told["valid_from"].isoformat()})
    at.terminal.say(f"Edition {told['edition']} of {told['office']} is released; it holds from {told['valid_from']} on.")


def _confirm(at: Counter, proposed: dict[str, Any]) -> None:
    question = f"Release these switches, to hold from {proposed['valid_from']} on?"
    if at.terminal.as_json:
        raise NotConfirmed(f"{question} Nobody can be asked with --json.")
    _show_proposal(at, proposed)
    if not typer.confirm(question, err=True):
        raise NotConfirmed("Nothing was released.")
