"""A node's tables, made or brought up to date by the migrations of all three packages."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liaison.assembly import Node


def make_tables(node: "Node") -> None:
    """Make what is missing in the node's database; nothing where all is there. Raises DatabaseFailed."""
    from liaison.node.database import wrapped

    with wrapped():
        node.metadata.create_all(node.parts.database.engine)
