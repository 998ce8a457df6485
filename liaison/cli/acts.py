"""What a signed-in person does to the node itself (users, trust, backups), with or without a member list: permitted and audited."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from liaison.node.audit import AuditEntry, append

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from liaison.cli.counter import HomeCounter


@contextmanager
def changing(counter: "HomeCounter", action: str, subject: str = "", **facts: object) -> "Iterator[Connection]":
    """A write transaction for a permitted action, written down in the audit with it. Raises NotPermitted, DatabaseFailed."""
    with counter.desk().changing(action, subject, **facts) as connection:
        yield connection


@contextmanager
def looking(counter: "HomeCounter", action: str) -> "Iterator[Connection]":
    """A snapshot for a permitted look. Raises NotPermitted, DatabaseFailed."""
    with counter.desk().inspecting(action) as connection:
        yield connection


def note(counter: "HomeCounter", connection: "Connection", who: str, action: str, **facts: object) -> None:
    """Write down in the audit, in the caller's transaction, what happened before or without a session."""
    node = counter.node
    append(connection, node.audit, AuditEntry(who, action, "", facts), node.parts.clock.now())
