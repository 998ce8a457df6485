"""How a command names a case: the arguments and options that many commands share."""

from typing import Annotated

import typer

Reference = Annotated[str, typer.Argument(help="The case reference, as `liaison seizures list` shows it.")]
Administration = Annotated[str, typer.Option("--administration", metavar="XX", help="Of this administration only: its two-letter code.")]


def country(administration: str) -> str:
    """An administration's code as it is written."""
    return administration.strip().upper()
