"""The random words that stand for a session, what of them is stored, and what a form of that session carries."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from liaison.node.ports import Random

_TOKEN_BYTES: Final = 32
_FORM_LABEL: Final = b"liaison/session/form/1"


def new_token(random: Random) -> str:
    """A token: 256 random bits as 64 hex digits."""
    return random.bytes(_TOKEN_BYTES).hex()


def hash_of(secret: str) -> str:
    """What is stored of it. Plain SHA-256: of so many random bits there is no dictionary (NIST SP 800-63B, look-up secrets)."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def csrf_of(token: str) -> str:
    """What a form of this session carries, so that no other site's page can send one; 64 hex digits that tell nothing of the token."""
    return hmac.new(token.encode(errors="replace"), _FORM_LABEL, hashlib.sha256).hexdigest()


def csrf_matches(token: str, given: str) -> bool:
    """Whether a form was made for this session; in the same time whatever was given."""
    return bool(token) and hmac.compare_digest(csrf_of(token).encode(), given.encode(errors="replace"))
