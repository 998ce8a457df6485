"""A file as a page answers it, or as long work made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Sent:
    """A file: bytes, or pieces of them as they are made."""

    body: bytes | Iterable[bytes]
    media_type: str
    name: str = ""  # offered to be saved under this name; "": shown by the browser
    cached_seconds: int = 0  # private to this browser
