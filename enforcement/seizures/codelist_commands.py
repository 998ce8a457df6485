"""`liaison codelists` at a node that stores cases: a preview of an edition counts those that use a code."""

from typing import TYPE_CHECKING

from enforcement.codelists.commands import codelists_app as common_app
from enforcement.seizures.usage import count_uses

if TYPE_CHECKING:
    import typer


def codelists_app() -> "typer.Typer":
    """Code lists: codes, labels, editions, and what a new edition would change."""
    return common_app(count_uses)
