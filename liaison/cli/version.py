"""`liaison version`: what to name when reporting something."""

from importlib.metadata import version
from platform import python_version

import typer

from liaison.terminal import counter


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_version)
    return made


def _version(ctx: typer.Context) -> None:
    """Which version this is.

    Example: liaison version

    Next: name it when you report a fault.
    """
    counter(ctx).terminal.record({"liaison": version("liaison"), "python": python_version()})
