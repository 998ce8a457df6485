"""After a restore: when this node knew what comes by again, so that what it counts as of a day before stays what it was.

What a database has forgotten comes by once more: from the node's own words on the broker, then from everybody else's. Nobody wrote down
when it had arrived the first time; when it was signed is written down, so that stands for it, and never before the backup: what the
backup did not have came after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from liaison.node.state import read_state, write_state
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.node.store import NodeTables
    from liaison.protocol.events import VerifiedEvent

_KEY: Final = "catching-up"


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """Since when the restored database knows nothing, and when that was noticed, in milliseconds. It ends when all is read."""

    since_ms: int
    until_ms: int

    def known_ms(self, event: VerifiedEvent, node: str, now_ms: int) -> int:
        """When this node knew of an event, in milliseconds: an own one when it was said, another's when it was sealed."""
        signed_ms = to_ms(event.occurred_at if event.issuer == node else event.source.header.issued_at)
        return max(signed_ms, self.since_ms) if signed_ms < self.until_ms else now_ms


def catching_up(connection: Connection, tables: NodeTables) -> CatchingUp | None:
    """What was noted, until it ends."""
    since, _, until = read_state(connection, tables, _KEY).partition(" ")
    return CatchingUp(int(since), int(until)) if since else None


def begin_catching_up(connection: Connection, tables: NodeTables, now_ms: int) -> CatchingUp:
    """Note it before anything is taken in: the newest batch that is here says until when the database knows everything."""
    newest = select(tables.batches.c.stored_at).order_by(tables.batches.c.id.desc()).limit(1)
    since_ms = int(connection.execute(newest).scalar_one_or_none() or 0)
    write_state(connection, tables, _KEY, f"{since_ms} {now_ms}")
    return CatchingUp(since_ms, now_ms)


def end_catching_up(connection: Connection, tables: NodeTables) -> None:
    """All is read that was there: what comes from now on is new."""
    write_state(connection, tables, _KEY, "")
