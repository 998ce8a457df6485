"""The single values of a mapping profile, each refused with where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from enforcement.intake.errors import ProfileError
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable


def only(found: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    """Raise ProfileError for a key that is not among the allowed."""
    strange = sorted(str(key) for key in found if key not in allowed)
    if strange:
        raise ProfileError(
            phrase(
                "{where} has the unknown key {strange}; known are {allowed}.",
                where=where,
                strange=", ".join(repr(key[:60]) for key in strange),
                allowed=", ".join(sorted(allowed)),
            )
        )


def mapping(found: object, where: str) -> Mapping[str, Any]:
    """What must be a mapping. Raises ProfileError."""
    if not isinstance(found, Mapping):
        raise ProfileError(phrase("{where} must be a mapping.", where=where))
    return found


def text_of(found: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    """A text of a mapping. Raises ProfileError where it is none, or missing and without a default."""
    value = found.get(key, default)
    if not isinstance(value, str):
        raise ProfileError(
            phrase(
                "{where} needs {key!r} as text (in quotation marks where YAML would read a number, a date or yes/no).", where=where, key=key
            )
        )
    return value


def one_of(value: str, allowed: Iterable[str], where: str) -> str:
    """A value that is one of the allowed. Raises ProfileError."""
    choices = list(allowed)
    if value not in choices:
        raise ProfileError(
            phrase(
                "{where} is {value!r}; it can be {choices}.",
                where=where,
                value=value,
                choices=", ".join(repr(choice) for choice in choices),
            )
        )
    return value


def sign_of(text: str, where: str) -> str:
    """A single visible ASCII character. Raises ProfileError."""
    if len(text) != 1 or not text.isascii() or text in "\r\n\0 ":
        raise ProfileError(phrase("{where} must be a single ASCII character; the delimiter and the quote must be different.", where=where))
    return text


def number_of(found: Mapping[str, Any], key: str, most: int) -> int:
    """A number from 1 to `most` under `file`, 1 where it is not stated. Raises ProfileError."""
    value = found.get(key, 1)
    if type(value) is not int or not 1 <= value <= most:
        raise ProfileError(phrase("file.{key} must be a number from 1 to {most}.", key=key, most=most))
    return value
