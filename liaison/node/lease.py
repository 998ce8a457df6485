"""The fenced lease: only one process at a time numbers, signs and takes in for a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from liaison.node.store import NodeTables

NAME = "node"
LEASE_MS = 6_000
CLOCK_PUT_BACK_MS = 600_000  # no living process holds a lease this far ahead: the clock was put back since it ended


class AlreadyRunning(LiaisonError):  # noqa: N818 - named for the state
    """Another process is running this node."""

    code = "node.already-running"
    next_step = "Stop it first; after a crash the lease runs out by itself within seconds."


class LeaseLost(LiaisonError):  # noqa: N818 - named for the state
    """Another process took over this node; this one stops."""

    code = "node.lease-lost"
    next_step = "Make sure only one `liaison run` works on this database."


def nobody(_holder: str) -> bool:
    """For whoever cannot know of any process that it has ended."""
    return False


def acquire(connection: Connection, tables: NodeTables, holder: str, now: datetime, ended: Callable[[str], bool] = nobody) -> int:
    """Take the lease in this write transaction; its fence number, larger than any before. Raises AlreadyRunning.

    `ended` says of a holder that its process is known to have ended: then nobody waits for its lease to run out.
    """
    leases = tables.leases
    row = connection.execute(select(leases).where(leases.c.name == NAME).with_for_update()).mappings().first()
    until = to_ms(now) + LEASE_MS
    if row is None:
        connection.execute(insert(leases).values(name=NAME, holder=holder, fence=1, expires_at=until))
        return 1
    if row["holder"] != holder and not ended(row["holder"]):
        _ensure_over(row["expires_at"], now)
    fence = int(row["fence"]) + 1
    connection.execute(update(leases).where(leases.c.name == NAME).values(holder=holder, fence=fence, expires_at=until))
    return fence


def ensure_free(connection: Connection, tables: NodeTables, now: datetime, ended: Callable[[str], bool] = nobody) -> None:
    """Only look, before anything else is opened, so that a second process hears the reason first. Raises AlreadyRunning."""
    leases = tables.leases
    row = connection.execute(select(leases.c.holder, leases.c.expires_at).where(leases.c.name == NAME)).first()
    if row is not None and not ended(row.holder):
        _ensure_over(row.expires_at, now)


def _ensure_over(until: int, now: datetime) -> None:
    if 0 < until - to_ms(now) <= CLOCK_PUT_BACK_MS:
        raise AlreadyRunning(f"Another process is running this node (lease until {from_ms(until).isoformat()}).")


def renew(connection: Connection, tables: NodeTables, fence: int, now: datetime) -> None:
    """Prove in this write transaction that the lease is still ours, and extend it. Raises LeaseLost."""
    leases = tables.leases
    mine = update(leases).where(leases.c.name == NAME, leases.c.fence == fence)
    if connection.execute(mine.values(expires_at=to_ms(now) + LEASE_MS)).rowcount != 1:
        raise LeaseLost


def release(connection: Connection, tables: NodeTables, fence: int) -> None:
    """Give the lease back, so that the next process need not wait."""
    leases = tables.leases
    connection.execute(update(leases).where(leases.c.name == NAME, leases.c.fence == fence).values(expires_at=0))
