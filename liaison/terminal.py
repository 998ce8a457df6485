"""Printing for commands: tables, records, errors and progress, for a person or (`--json`) for a program."""

from __future__ import annotations

import json
import sys
import unicodedata
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import typer

    from liaison.access.desk import Desk
    from liaison.node.parts import Parts
    from liaison.protocol.errors import LiaisonError

PIPE_COLUMNS: Final = 200  # width when the output is not a screen: rich would cut rows at 80
_JOINERS: Final = "\u200c\u200d\u200e\u200f"  # Arabic and Persian names need them; they turn nothing around


class Terminal:
    """Where a command prints. Results go to standard output; progress and errors to standard error.

    With `as_json` every result is one JSON document, headings and sentences are left out. Text from other nodes is made harmless:
    control characters and characters that turn the direction of writing are shown as their code.
    """

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._console = _console(self._out)
        self._errors = _console(err or sys.stderr)

    def table(
        self,
        title: str,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        *,
        headings: Mapping[str, str] | None = None,
        empty: str = "",
    ) -> None:
        """Print rows; JSON: an array of objects with every key of each row.

        `columns` are the keys to show, in order; a heading is the key with blanks for underscores unless `headings` names another.
        `empty` is the sentence shown instead of a table without rows: what that means and what to do.
        """
        if self.as_json:
            self._print_json([dict(row) for row in rows])
            return
        if not rows:
            self.empty(empty or f"{title}: nothing.")
            return
        table = Table(title=_safe(title), title_justify="left", header_style="bold")
        for column in columns:
            numeric = all(_is_number(row.get(column)) for row in rows)
            heading = (headings or {}).get(column, column.replace("_", " "))
            table.add_column(_safe(heading), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_safe(_shown(row.get(column))) for column in columns))
        self._console.print(table)

    def record(self, values: Mapping[str, Any], title: str = "") -> None:
        """Print one thing, a line a field; JSON: one object."""
        if self.as_json:
            self._print_json(dict(values))
            return
        if title:
            self._console.print(_safe(title, "bold"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in values.items():
            grid.add_row(_safe(name.replace("_", " ")), _safe(_shown(value)))
        self._console.print(grid)

    def say(self, sentence: str) -> None:
        """Print one sentence for a person; nothing in JSON."""
        if not self.as_json:
            self._console.print(_safe(sentence), soft_wrap=True)

    def empty(self, sentence: str) -> None:
        """Say that there is nothing and what to do; JSON: an empty array."""
        if self.as_json:
            self._print_json([])
        else:
            self._console.print(_safe(sentence, "italic"), soft_wrap=True)

    def error(self, error: LiaisonError) -> None:
        """Print a refusal on standard error: code, what happened, next step."""
        if self.as_json:
            body = {"code": error.code, "error": str(error), "next_step": error.next_step, "facts": error.facts}
            self._errors.file.write(json.dumps({"error": body}, default=_json_value) + "\n")
        else:
            self._errors.print(Text.assemble(("Refused ", "bold red"), f"({error.code}): ", _safe(str(error))), soft_wrap=True)
            if error.next_step:
                self._errors.print(Text.assemble(("Next: ", "bold"), _safe(error.next_step)), soft_wrap=True)

    @contextmanager
    def progress(self, description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show a bar on standard error while the block runs; call what it yields with how many more are done.

        `total` None: not known. Silent in JSON and when standard error is not a screen. Gone when the block ends.
        """
        shown = self._errors.is_terminal and not self.as_json
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._errors, transient=True, disable=not shown) as bar:
            task = bar.add_task(_printable(description), total=total)
            yield lambda count: bar.advance(task, count)

    def _print_json(self, value: object) -> None:
        """Plain, so that rich neither wraps nor colours what a program reads."""
        self._out.write(json.dumps(value, indent=2, default=_json_value) + "\n")


class Counter(Protocol):
    """What every command works at: the terminal, the desk of whoever is signed in, and the node's parts."""

    @property
    def terminal(self) -> Terminal:
        """Where to print."""

    def desk(self) -> Desk:
        """The desk of the signed-in person at this node. Raises NotSignedIn, SessionEnded, BadSettings, DatabaseFailed."""

    def parts(self) -> Parts:
        """The node's parts, whoever asks: for what needs no person. Raises BadSettings."""


def counter(ctx: typer.Context) -> Counter:
    """The counter of the command that is running; `liaison.cli` put it there."""
    return cast("Counter", ctx.find_root().obj)


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else PIPE_COLUMNS
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _shown(value: object) -> str:
    match value:
        case None:
            return "–"  # noqa: RUF001 - a dash for "nothing", not a minus
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
        case list() | tuple() | set() | frozenset():
            return ", ".join(_shown(one) for one in value)
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _json_value(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case set() | frozenset():
            return sorted(value)
        case _:
            return str(value)


def _safe(text: str, style: str = "") -> Text:
    return Text(_printable(text), style=style)


def _printable(text: str) -> str:
    r"""Control, format and surrogate characters as `\x1b` or `\u202e`: they could rewrite the screen; line ends stay."""
    return "".join(character if character == "\n" or not _is_hidden(character) else _code(character) for character in text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode() if character.isascii() else f"\\u{ord(character):04x}"
