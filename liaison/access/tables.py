"""The tables of users, their sessions, devices and second factors, and what the functions of this folder need beside a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from liaison.access.passwords import COSTS, Costs

if TYPE_CHECKING:
    from liaison.node.ports import Clock, Random, Vault


@dataclass(frozen=True, slots=True)
class AccessTables:
    """Users, their sessions, devices and second factors, failures under names that nobody has, client programs and what they were
    answered, forms that somebody was writing; times are milliseconds since 1970 UTC.
    """

    users: Table
    sessions: Table
    devices: Table
    strangers: Table
    factors: Table
    recovery_codes: Table
    challenges: Table
    clients: Table
    answers: Table
    written: Table


@dataclass(frozen=True, slots=True)
class Access:
    """The tables with the node's clock, random source, vault and audit; whether the console asks everybody for a second factor."""

    tables: AccessTables
    clock: Clock
    random: Random
    vault: Vault
    audit: Table
    second_factor: Literal["required", "optional"] = "optional"
    costs: Costs = COSTS  # of a password's hash


def access_tables(metadata: MetaData) -> AccessTables:
    """Declare the tables in this MetaData."""
    users = Table(
        "users",
        metadata,
        Column("user_id", String(10), primary_key=True),
        Column("name", String(64), nullable=False, unique=True),
        Column("password_hash", Text, nullable=False),
        Column("roles", Text, nullable=False),  # names, sorted, separated by blanks
        Column("port", String(64), nullable=False, server_default=""),  # where the person works; empty: at the national office
        Column("created_at", BigInteger, nullable=False),
        Column("password_set_at", BigInteger, nullable=False),
        Column("disabled_at", BigInteger),
        Column("failures", Integer, nullable=False, server_default="0"),  # of strangers: devices have counts of their own
        Column("locked_until", BigInteger),
        Column("must_change", Boolean, nullable=False),  # the password is another person's choice, and good for one sign-in
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
        Column("place", String(8), nullable=False),
        Column("half_open", Boolean, nullable=False),  # the password was right, a second factor is waited for
        Column("proved_at", BigInteger),  # when a second factor was shown
        Column("device_id", String(18)),  # from which it was opened; its failures count there
        Index("ix_sessions_user_id", "user_id"),
    )
    factors, codes, challenges = _factors(metadata), _recovery_codes(metadata), _challenges(metadata)
    guessers = _devices(metadata), _strangers(metadata)
    return AccessTables(users, sessions, *guessers, factors, codes, challenges, _clients(metadata), _answers(metadata), _written(metadata))


def _devices(metadata: MetaData) -> Table:
    """What each user signed in from before, and the failures there."""
    return Table(
        "devices",
        metadata,
        Column("device_id", String(18), primary_key=True),
        Column("token_hash", String(64), nullable=False, unique=True),  # the secret itself is never stored
        Column("user_id", String(10), nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("used_at", BigInteger, nullable=False),
        Column("failures", Integer, nullable=False),
        Column("locked_until", BigInteger),
        Index("ix_devices_user_id", "user_id"),
    )


def _strangers(metadata: MetaData) -> Table:
    """Failures under names that nobody can sign in with; the row without a bucket has the salt."""
    return Table(
        "strangers",
        metadata,
        Column("bucket", String(4), primary_key=True),
        Column("failures", Integer, nullable=False),
        Column("locked_until", BigInteger),
        Column("salt", LargeBinary),
    )


def _factors(metadata: MetaData) -> Table:
    """What each user can show beside the password: an authenticator's secret, encrypted with the vault, or a security key."""
    return Table(
        "factors",
        metadata,
        Column("factor_id", String(18), primary_key=True),
        Column("user_id", String(10), nullable=False),
        Column("kind", String(8), nullable=False),
        Column("name", String(60), nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
        Column("sealed", LargeBinary),  # authenticator: its secret
        Column("vault_key", String(32)),  # authenticator: which vault key opens it
        Column("last_step", BigInteger),  # authenticator: no code of this time step or an earlier one is taken again
        Column("credential_id", LargeBinary(1023), unique=True),  # security key, as long as WebAuthn lets it be
        Column("public_key", LargeBinary),  # security key, COSE
        Column("sign_count", BigInteger),  # security key
        Column("transports", Text),  # security key: how the browser reaches it, separated by blanks
        Index("ix_factors_user_id", "user_id"),
    )


def _recovery_codes(metadata: MetaData) -> Table:
    return Table(
        "recovery_codes",
        metadata,
        Column("code_hash", String(64), primary_key=True),  # the code itself is never stored
        Column("user_id", String(10), nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
        Index("ix_recovery_codes_user_id", "user_id"),
    )


def _written(metadata: MetaData) -> Table:
    """Forms that somebody was writing, each readable by its owner alone."""
    return Table(
        "written_forms",
        metadata,
        Column("form_id", String(32), primary_key=True),
        Column("user_id", String(10), nullable=False),
        Column("vault_key", String(32), nullable=False),
        Column("sealed", LargeBinary, nullable=False),  # page, its address and the fields
        Column("changed_at", BigInteger, nullable=False),
        Index("ix_written_forms_user_id", "user_id"),
    )


def _challenges(metadata: MetaData) -> Table:
    """What a session was asked and has not answered yet: one thing of each purpose, gone with the first answer."""
    return Table(
        "challenges",
        metadata,
        Column("session_id", String(18), primary_key=True),
        Column("purpose", String(8), primary_key=True),
        Column("value", LargeBinary, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
    )


def _clients(metadata: MetaData) -> Table:
    return Table(
        "clients",
        metadata,
        Column("client_id", String(10), primary_key=True),
        Column("name", String(64), nullable=False, unique=True),
        Column("key_hash", String(64), nullable=False, unique=True),  # the key itself is never stored
        Column("may", Text, nullable=False),  # actions, sorted, separated by blanks
        Column("port", String(64), nullable=False, server_default=""),  # whose program it is; empty: the national office's
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
