"""`liaison simulate`: seizures of a training world, at a national contact point."""

from typing import TYPE_CHECKING, Annotated

import typer

from enforcement.simulation.running import Made, Plan, Ways, simulate_here
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from enforcement.simulation.running import Keep, Report

LARGEST = 2_000_000


def simulate_app(*, keep: "Keep", report: "Report") -> typer.Typer:
    """The command; `keep` and `report` are how this kind of office takes a case in."""
    ways = Ways(keep, report)

    def simulate(  # noqa: PLR0913 - one parameter an option
        ctx: typer.Context,
        *,
        cases: Annotated[int, typer.Option("--cases", "-n", min=1, max=LARGEST, help="How many cases.")],
        seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same cases.")],
        year: Annotated[int, typer.Option("--year", min=1990, max=2100, help="The year in which they happen.")] = 2025,
        error_rate: Annotated[
            float, typer.Option("--error-rate", min=0.0, max=1.0, help="Share of cases with a planted error, for verifiers to find.")
        ] = 0.0,
        drafts: Annotated[bool, typer.Option("--drafts", help="Keep them as drafts instead of submitting them.")] = False,
    ) -> None:
        """Make simulated seizures of this country, calibrated on the figures of 2025. Training environment only.

        They are submitted at once; with --drafts they wait for `liaison seizures submit`. The same seed again adds nothing.

        Example: liaison simulate --cases 1000 --seed 7 --error-rate 0.05

        Next: `liaison seizures list`.
        """
        at = counter(ctx)
        plan = Plan(cases, seed, year, error_rate)
        made, before = Made(), 0
        try:
            with at.terminal.progress("Simulating", cases) as advance:
                for made in simulate_here(at.desk(), plan, ways, drafts=drafts):
                    advance(made.cases - before)
                    before = made.cases
        except (KeyboardInterrupt, LiaisonError):
            if before:
                at.terminal.say(f"Stopped after {before:,} of {cases:,} cases, which stay. The same command again goes on.")
            raise
        _show(at, made, plan, drafts=drafts)

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(simulate)
    return app


def _show(at: Counter, made: Made, plan: Plan, *, drafts: bool) -> None:
    if at.terminal.as_json:
        became = {"drafts" if drafts else "submitted": made.new, "unchanged": made.unchanged, "lines": made.lines}
        at.terminal.record({"seed": plan.seed, "year": plan.year, **became, "sections": made.sections})
        return
    rows = [{"section": section, "cases": count} for section, count in sorted(made.sections.items())]
    empty = "Nothing new: these cases are here from an earlier run with this seed."
    at.terminal.table("Simulated", rows, ["section", "cases"], empty=empty)
    what = "kept as drafts" if drafts else "submitted"
    at.terminal.say(f"{made.new:,} cases with {made.lines:,} lines {what}; {made.unchanged:,} were here before.")
