"""The tables of users and sessions, and what the functions of this folder need beside a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

if TYPE_CHECKING:
    from liaison.node.ports import Clock, Random


@dataclass(frozen=True, slots=True)
class AccessTables:
    """Users and their sessions; times are milliseconds since 1970 UTC."""

    users: Table
    sessions: Table


@dataclass(frozen=True, slots=True)
class Access:
    """The tables with the clock and the random source of the node."""

    tables: AccessTables
    clock: Clock
    random: Random


def access_tables(metadata: MetaData) -> AccessTables:
    """Declare both tables in this MetaData."""
    users = Table(
        "users",
        metadata,
        Column("user_id", String(10), primary_key=True),
        Column("name", String(64), nullable=False, unique=True),
        Column("password_hash", Text, nullable=False),
        Column("roles", Text, nullable=False),  # names, sorted, separated by blanks
        Column("created_at", BigInteger, nullable=False),
        Column("password_set_at", BigInteger, nullable=False),
        Column("disabled_at", BigInteger),
        Column("failures", Integer, nullable=False, server_default="0"),
        Column("locked_until", BigInteger),
    )
    sessions = Table(
        "sessions",
        metadata,
        Column("token_hash", String(64), primary_key=True),  # the token itself is never stored
        Column("session_id", String(18), nullable=False, unique=True),
        Column("user_id", String(10), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Index("ix_sessions_user_id", "user_id"),
    )
    return AccessTables(users, sessions)
