"""The tables of users and sessions, and what the functions of this folder need beside a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

if TYPE_CHECKING:
    from liaison.node.ports import Clock, Random


@dataclass(frozen=True, slots=True)
class AccessTables:
    """Users and their sessions, client programs and what they were answered; times are milliseconds since 1970 UTC."""

    users: Table
    sessions: Table
    clients: Table
    answers: Table


@dataclass(frozen=True, slots=True)
class Access:
    """The tables with the clock and the random source of the node."""

    tables: AccessTables
    clock: Clock
    random: Random


def access_tables(metadata: MetaData) -> AccessTables:
    """Declare the tables in this MetaData."""
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
    return AccessTables(users, sessions, _clients(metadata), _answers(metadata))


def _clients(metadata: MetaData) -> Table:
    return Table(
        "clients",
        metadata,
        Column("client_id", String(10), primary_key=True),
        Column("name", String(64), nullable=False, unique=True),
        Column("key_hash", String(64), nullable=False, unique=True),  # the key itself is never stored
        Column("may", Text, nullable=False),  # actions, sorted, separated by blanks
        Column("country", String(2), nullable=False),  # the administration whose cases it may touch
        Column("made_by", String(40), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger),
        Column("revoked_at", BigInteger),
        Column("old_hash", String(64), unique=True),  # of the key before the last rotation
        Column("old_until", BigInteger),
    )


def _answers(metadata: MetaData) -> Table:
    """What a client was answered under an idempotency key, to say it again."""
    return Table(
        "client_answers",
        metadata,
        Column("client_id", String(10), primary_key=True),
        Column("key", String(128), primary_key=True),
        Column("digest", String(64), nullable=False),  # SHA-256 of the request
        Column("status", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("answered_at", BigInteger, nullable=False),
        Index("ix_client_answers_answered_at", "answered_at"),
        Index("ix_client_answers_newest", "client_id", "answered_at"),
    )
