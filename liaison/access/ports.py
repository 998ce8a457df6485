"""Ports: where a person or a client program of this administration works, when that is not the national office.

A port is known by its UN/LOCODE or by a name of the administration's own; only this node knows of it. What somebody of a port may see and
send is less: `UnitOfWork.port` says where the person acts from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, union

from liaison.access.permissions import Role
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from liaison.access.tables import Access

MOST_CHARACTERS: Final = 64


class BadPort(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """This is no name for a port."""

    code = "access.bad-port"
    next_step = "Give its UN/LOCODE, for example BRSSZ, or its name in at most 64 characters on one line."


class DrafterNeedsPort(LiaisonError):  # noqa: N818
    """Who may only draft belongs to a port or customs office."""

    code = "access.drafter-needs-port"
    next_step = "Say which with --port, or in the field Port; or give another role."


class PortRunsNode(LiaisonError):  # noqa: N818
    """Who belongs to a port only drafts and reports there."""

    code = "access.port-roles"
    next_step = "Give the roles drafter or officer alone; or let the person belong to the national office."


def named_port(connection: Connection, access: Access, text: str) -> str:
    """A port as it is written here already, else as typed; empty for the national office. Raises BadPort."""
    name = " ".join(text.split())
    if not name.isprintable() or len(name) > MOST_CHARACTERS or "\0" in name:
        raise BadPort(phrase("{name!r} is no name for a port.", name=name[:MOST_CHARACTERS]))
    return next((one for one in known_ports(connection, access) if _folded(one) == _folded(name)), name)


def known_ports(connection: Connection, access: Access) -> list[str]:
    """Every port that somebody, or a client program, belongs to or belonged to."""
    users, clients = access.tables.users, access.tables.clients
    both = union(select(users.c.port), select(clients.c.port)).subquery()
    return sorted(port for (port,) in connection.execute(select(both.c.port)) if port)


def ensure_fits_port(roles: Iterable[Role], port: str) -> None:
    """Raise DrafterNeedsPort for somebody who may only draft, and nowhere, PortRunsNode for a role that a port has nobody for."""
    held = frozenset(roles)
    if Role.DRAFTER in held and Role.OFFICER not in held and not port:
        raise DrafterNeedsPort
    if port and held - {Role.DRAFTER, Role.OFFICER}:
        raise PortRunsNode(phrase("At a port nobody is {names}.", names=", ".join(sorted(held - {Role.DRAFTER, Role.OFFICER}))))


def _folded(name: str) -> str:
    return name.replace(" ", "").casefold()
