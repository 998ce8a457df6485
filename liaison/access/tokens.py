"""The random words that stand for a session, and what of them is stored."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from liaison.node.ports import Random

_TOKEN_BYTES: Final = 32


def new_token(random: Random) -> str:
    """A token: 256 random bits as 64 hex digits."""
    return random.bytes(_TOKEN_BYTES).hex()


def hash_of(secret: str) -> str:
    """What is stored of it. Plain SHA-256: of so many random bits there is no dictionary (NIST SP 800-63B, look-up secrets)."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
