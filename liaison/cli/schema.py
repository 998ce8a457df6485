"""A node's tables, made or brought up to date by the migrations of all installed packages, with the node stopped."""

from liaison.adapters.database_copy import is_there
from liaison.adapters.processes import has_ended, own_name
from liaison.assembly import Node
from liaison.migrations import upgrade
from liaison.node.database import DatabaseFailed, DatabaseLocked
from liaison.node.lease import AlreadyRunning, acquire
from liaison.protocol.errors import LiaisonError


class NodeRuns(LiaisonError):  # noqa: N818 - named for the state
    """The node is running; nothing was changed."""

    code = "node.running"
    next_step = "Stop it (SIGTERM to `liaison run`), then try again."


def make_tables(node: Node) -> list[str]:
    """Bring the tables to this version; the revisions that were applied. Raises SchemaAhead, SchemaUnknown, DatabaseFailed."""
    return upgrade(node.settings.database)


def require_stopped(node: Node) -> None:
    """Take the node's lease for a moment, so that no process of it works on the database. Raises NodeRuns, DatabaseLocked."""
    if not is_there(node.settings.database):
        return
    try:
        with node.parts.database.writing() as connection:
            holder = own_name(node.parts.random.bytes(3).hex())
            acquire(connection, node.parts.tables, holder, node.parts.clock.now(), has_ended)
    except AlreadyRunning as error:
        raise NodeRuns(f"{node.settings.node} is running; nothing was changed.") from error
    except DatabaseLocked:
        raise
    except DatabaseFailed:
        return  # what is damaged, or has no tables yet, runs nothing
