"""Printing for commands: tables, records, errors and progress, for a person or (`--json`) for a program."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, cast

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
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

NOTHING: Final = "–"  # noqa: RUF001 - a dash, not a minus
_AMOUNT: Final = re.compile(r"-?\d[\d,]*(\.\d+)?( [a-z]{1,2})?")  # as text with separators, perhaps with a unit
GAP: Final = 2  # blanks between the columns of a table
LONG_WORD: Final = 24  # a longer one may be folded (paths, names of files)
LONG_ID: Final = 40  # ids are copied by hand and eye: they are folded only beyond this
_ID: Final = re.compile(r"[0-9a-f-]+")
PIPE_COLUMNS: Final = 200  # width when the output is not a screen: rich would cut rows at 80
LEAST_COLUMNS, MOST_COLUMNS = 20, 10_000  # that are believed of COLUMNS
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
        made = [_Column.of(rows, column, (headings or {}).get(column, column.replace("_", " "))) for column in columns]
        stated = _stated_columns()
        if not self._out.isatty():
            self._console.width = stated or max(PIPE_COLUMNS, _least(made))
        shown = _that_fit(made, self._console.width)
        self._console.print(_safe(title, "bold"), soft_wrap=True)  # not the table's own: that would be folded to a narrow table
        self._console.print(_table(shown, self._console.width))
        left_out = [one.heading for one in made if one not in shown]
        if left_out:
            self.say(f"Not shown for want of width: {', '.join(left_out)}. A wider window or --json has them.")

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

    def notice(self, sentence: str) -> None:
        """Say on standard error what goes on meanwhile; nothing in JSON."""
        if not self.as_json:
            self._errors.print(_safe(sentence, "dim"), soft_wrap=True)

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


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a table as it will be printed. `least`: the width in which no word breaks, but for very long ones."""

    heading: str
    cells: tuple[str, ...]
    numeric: bool
    least: int
    full: int

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], key: str, heading: str) -> _Column:
        cells = tuple(_printable(_shown(row.get(key))) for row in rows)
        words = [word for text in (heading, *cells) for word in text.split()]
        least = max((min(LONG_ID if _ID.fullmatch(word) else LONG_WORD, cell_len(word)) for word in words), default=1)
        full = max(cell_len(line) for text in (heading, *cells) for line in text.split("\n"))
        return cls(_printable(heading), cells, all(_is_number(row.get(key)) for row in rows), least, max(least, full))

    @property
    def says_nothing(self) -> bool:
        """Whether no row has anything here."""
        return not any(cell.strip(f" {NOTHING}") for cell in self.cells)


def _least(columns: Sequence[_Column]) -> int:
    return sum(one.least for one in columns) + GAP * (len(columns) - 1)


def _that_fit(columns: Sequence[_Column], room: int) -> list[_Column]:
    """The columns that fit side by side without breaking words: empty ones go first, then the last ones."""
    kept = list(columns)
    while len(kept) > 1 and _least(kept) > room:
        kept.remove(next((one for one in reversed(kept) if one.says_nothing), kept[-1]))
    return kept


def _table(columns: Sequence[_Column], room: int) -> Table:
    """The table, each column as wide as it needs, or the room shared out: first to those that need little more."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    left = max(0, room - _least(columns))
    widths: dict[int, int] = {}
    by_need = sorted(range(len(columns)), key=lambda at: columns[at].full - columns[at].least)
    for done, at in enumerate(by_need):
        more = min(columns[at].full - columns[at].least, left // (len(columns) - done))
        widths[at] = min(columns[at].least + more, room)
        left -= more
    for at, one in enumerate(columns):
        table.add_column(Text(one.heading), justify="right" if one.numeric else "left", overflow="fold", width=widths[at])
    for cells in zip(*(one.cells for one in columns), strict=True):
        table.add_row(*map(Text, cells))
    return table


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


def _stated_columns() -> int:
    """How wide whoever calls wants the output to be; 0: not said, or no usable number."""
    stated = os.environ.get("COLUMNS", "")  # noqa: TID251 - no setting of the node: what shells and pagers tell every program
    return int(stated) if stated.isascii() and stated.isdigit() and LEAST_COLUMNS <= int(stated) <= MOST_COLUMNS else 0


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else _stated_columns() or PIPE_COLUMNS
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return _AMOUNT.fullmatch(value) is not None
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _shown(value: object) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
        case list() | tuple() | set() | frozenset() | dict():
            named = value.items() if isinstance(value, dict) else ()
            parts = [f"{name} {_shown(one)}" for name, one in named] or [_shown(one) for one in value]
            return ", ".join(parts) or NOTHING
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
