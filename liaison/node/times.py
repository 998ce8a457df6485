"""Instants as the database keeps them: aware UTC outside, integer milliseconds since 1970 inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from liaison.protocol.errors import LiaisonError, phrase

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class NaiveTime(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """A time without a zone cannot be stored: nobody could say which instant it means."""

    code = "time.naive"
    next_step = "Give the time with its offset, for example 2026-01-31T12:00:00+00:00."


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z of an aware time, rounded down. Raises NaiveTime."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise NaiveTime(phrase("{at} has no zone; nobody could say which instant it means.", at=at.isoformat()))
    return (at - _EPOCH) // _MILLISECOND  # whole numbers: a float would lose the last digit


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time of these milliseconds since 1970-01-01T00:00Z."""
    return _EPOCH + milliseconds * _MILLISECOND
