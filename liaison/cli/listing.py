"""What the command groups share: how a group is made, and the rows that a listing shows."""

from typing import TYPE_CHECKING, Any

import typer

from liaison.cli.acts import looking
from liaison.cli.counter import home_counter

if TYPE_CHECKING:
    from collections.abc import Callable


def group(line: str) -> typer.Typer:
    """An empty group with its help; it stays a group with a single command."""
    made = typer.Typer(help=line, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.callback()(_nothing)
    return made


def _nothing() -> None: ...


def rows_of(ctx: typer.Context, action: str, query: "Callable[..., list[dict[str, Any]]]", **how: object) -> list[dict[str, Any]]:
    """The rows of one of `liaison.node.overview`'s queries, for a permitted person."""
    counter = home_counter(ctx)
    with looking(counter, action) as connection:
        return query(connection, counter.node.parts.tables, **how)
