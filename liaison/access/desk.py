"""The desk: where a signed-in person acts. Every command, page and API call opens its transaction here and nowhere else."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liaison.access.permissions import permitted, require
from liaison.node.audit import AuditEntry, append
from liaison.node.parts import renew, surroundings
from liaison.node.work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Table

    from liaison.access.permissions import Person
    from liaison.access.tables import Access
    from liaison.node.parts import Parts


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at one node."""

    parts: Parts
    access: Access
    audit: Table
    person: Person

    def require(self, action: str) -> None:
        """Ask the permission table. Raises NotPermitted."""
        require(self.person, action)

    @contextmanager
    def acting(self, action: str, subject: str = "", **facts: object) -> Iterator[UnitOfWork]:
        """A write transaction for a permitted action, written down in the audit in the same transaction; commits on leaving.
        Events emitted in it carry the person as author. Raises NotPermitted, DatabaseFailed.
        """
        self.require(action)
        with self.parts.database.writing() as connection:
            tx = self._at(connection)
            tx.author = self.person.user_id
            yield tx
            tx.flush()
            append(connection, self.audit, AuditEntry(self.person.user_id, action, subject, facts), tx.now)

    @contextmanager
    def viewing(self, action: str, subject: str, **facts: object) -> Iterator[UnitOfWork]:
        """A snapshot for a permitted look at one record. On leaving, the look is written down in the audit, before anybody is shown
        anything; what is worked out in it does not hold the writer's lock meanwhile. Raises NotPermitted, DatabaseFailed.
        """
        with self.looking(action) as tx:
            tx.author = self.person.user_id
            yield tx
        with self.changing(action, subject, **facts):
            """The look itself changes nothing."""

    @contextmanager
    def looking(self, action: str) -> Iterator[UnitOfWork]:
        """A snapshot for a permitted look at lists; a look at one record uses `viewing`, an export `acting`: they write it down."""
        self.require(action)
        with self.parts.database.reading() as connection:
            yield self._at(connection)

    @contextmanager
    def changing(self, action: str, subject: str = "", **facts: object) -> Iterator[Connection]:
        """A write transaction for what is done to the node itself (users, trust, backups), with or without a member list; permitted, and
        written down in the audit with it. Raises NotPermitted, DatabaseFailed.
        """
        self.require(action)
        with self.parts.database.writing() as connection:
            yield connection
            append(connection, self.audit, AuditEntry(self.person.user_id, action, subject, facts), self.parts.clock.now())

    @contextmanager
    def inspecting(self, action: str) -> Iterator[Connection]:
        """A snapshot of the node itself for a permitted look. Raises NotPermitted, DatabaseFailed."""
        self.require(action)
        with self.parts.database.reading() as connection:
            yield connection

    @contextmanager
    def glancing(self) -> Iterator[UnitOfWork]:
        """A snapshot for numbers alone (how many wait), which whoever shows them gives only to those who may see what is counted."""
        with self.parts.database.reading() as connection:
            yield self._at(connection)

    def _at(self, connection: Connection) -> UnitOfWork:
        renew(self.parts, connection)
        tx = UnitOfWork(connection, surroundings(self.parts, self.parts.load_members(connection)))
        tx.port = self.person.port
        tx.may = lambda action: permitted(self.person, action)
        return tx
