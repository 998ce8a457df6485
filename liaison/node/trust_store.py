"""The trust updater's memory in the node's database, and the accepted list as the node reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from liaison.node.state import read_states, write_state
from liaison.node.times import from_ms, to_ms
from liaison.node.trust import Accepted
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from liaison.node.store import NodeTables

VERSION_PREFIX = "tuf."


class NoMemberList(LiaisonError):  # noqa: N818 - named for the state
    """This node has no member list yet."""

    code = "trust.no-list"
    next_step = "Run `liaison trust update --from FOLDER` with the trust files of your federation."


class SqlTrustStore:
    """The TrustStore on this connection's transaction."""

    def __init__(self, connection: Connection, tables: NodeTables) -> None:
        """Everything is read and written in the caller's transaction."""
        self._connection = connection
        self._tables = tables

    def cached_files(self) -> Mapping[str, bytes]:
        """The files of the last `keep_files`."""
        return {row.name: row.data for row in self._connection.execute(select(self._tables.trust_files))}

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        """Replace all cached files by these."""
        self._connection.execute(delete(self._tables.trust_files))
        for name, data in files.items():
            self._connection.execute(insert(self._tables.trust_files).values(name=name, data=data))

    def seen_versions(self) -> Mapping[str, int]:
        """The highest version ever seen, by name."""
        return {name: int(value) for name, value in read_states(self._connection, self._tables, VERSION_PREFIX).items()}

    def see_version(self, name: str, version: int) -> None:
        """Remember a version."""
        write_state(self._connection, self._tables, f"{VERSION_PREFIX}{name}", str(version))

    def accepted(self) -> Accepted | None:
        """The newest accepted list, or None."""
        lists = self._tables.member_lists
        row = self._connection.execute(select(lists).order_by(lists.c.version.desc()).limit(1)).mappings().first()
        if row is None:
            return None
        dates = [from_ms(row[name]) for name in ("issued_at", "verified_at", "fresh_until")]
        return Accepted(row["version"], row["data"], *dates)

    def accept(self, accepted: Accepted) -> None:
        """Store the list; older ones stay, so that old evidence can be explained."""
        lists = self._tables.member_lists
        self._connection.execute(delete(lists).where(lists.c.version == accepted.version))
        dates = {name: to_ms(getattr(accepted, name)) for name in ("issued_at", "verified_at", "fresh_until")}
        self._connection.execute(insert(lists).values(version=accepted.version, data=accepted.data, **dates))


def list_version(connection: Connection, tables: NodeTables) -> int:
    """The accepted list's version, 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(tables.member_lists.c.version), 0))).scalar_one())
