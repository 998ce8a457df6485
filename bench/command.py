"""What every measurement's command has in common: `--json`, a readable account otherwise, a refusal instead of a traceback."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.machine import circumstances, load_now
from demo.commands import CommandRefusedError
from demo.federation import NodeEndedError
from demo.waiting import NotMetError
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Result = dict[str, Any]

PLACE: Final = Path(__file__).resolve().parent.parent / "var" / "bench"
ERRORS: Final = Console(stderr=True)


class BenchError(Exception):
    """The measurement did not come about, or its result is wrong: the sentence says which and what to do."""


def parser(about: str | None) -> argparse.ArgumentParser:
    """A command's options, with `--json` among them."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object and nothing else on standard output")
    return made


def main(measure: Callable[[], Result], show: Callable[[Result], None], *, as_json: bool) -> int:
    """Measure, add the circumstances, print; the exit code."""
    try:
        result = measured(measure)
    except BenchError as error:
        ERRORS.print(f"[bold red]No figure:[/] {error}", highlight=False)
        return 1
    if as_json:
        print(json.dumps(result, indent=1))
        return 0
    show(result)
    machine = result["machine"]
    say_out(
        f"{machine['cores']} cores, {machine['processor']}, Python {machine['python']}, load {machine['load_before']}"
        f" before and {machine['load_after']} after{'' if machine['quiet'] else '; NOT QUIET: do not keep these figures'}."
    )
    return 0


def measured(measure: Callable[[], Result]) -> Result:
    """A measurement's result with the machine it was made on. Raises BenchError, also for what the federation or its broker refused."""
    machine = circumstances()
    try:
        result = measure()
    except (LiaisonError, CommandRefusedError, NodeEndedError, NotMetError) as error:
        raise BenchError(str(error)) from error
    return {**result, "machine": {**machine, "load_after": load_now()}}


def say(sentence: str) -> None:
    """Tell the person who waits; on standard error, so that figures stay alone on standard output."""
    ERRORS.print(sentence, style="dim", highlight=False)


def say_out(sentence: str) -> None:
    """Part of the account."""
    Console().print(sentence, highlight=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows; figures to the right."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column.replace("_", " "), justify="right" if all(isinstance(row[column], int | float) for row in rows) else "left")
    for row in rows:
        made.add_row(*(_shown(row[column]) for column in columns))
    Console(width=None if sys.stdout.isatty() else 140).print(made)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"  # noqa: PLR2004 - three digits are enough
    return f"{value:,}" if isinstance(value, int) else str(value)


@contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error; call what it yields with how many are done in all."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    if not ERRORS.is_terminal:
        say(f"{doing} ({total:,})")
    with Progress(*columns, console=ERRORS, transient=True, disable=not ERRORS.is_terminal) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder below var/bench for one measurement, removed afterwards: on the same disk as a node's, never in memory."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PLACE, prefix="run-", ignore_cleanup_errors=True) as name:
        yield Path(name)
