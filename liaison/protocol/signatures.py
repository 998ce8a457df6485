"""Ed25519 as the federation uses it: checking a signature, and the id of a public key."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

# RFC 8410: what DER puts before the 32 raw bytes of an Ed25519 SubjectPublicKeyInfo.
_SPKI_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")

# Points of small order (the sign bit cleared). OpenSSL accepts them, and one fixed signature then fits every message:
# a member who registers such a key could deny, or let anybody forge, whatever it "signed".
_SMALL_ORDER: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


def is_weak_key(public: bytes) -> bool:
    """Whether these 32 raw bytes are a point of small order, which proves nothing about who signed."""
    return public[:-1] + bytes((public[-1] & 0x7F,)) in _SMALL_ORDER


def verify_signature(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of `public` (32 raw bytes) over `message`; anything malformed is False."""
    if len(public) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES or is_weak_key(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id_of(public: bytes) -> str:
    """The key id of 32 raw public bytes: first 16 bytes of SHA-256 of the DER SubjectPublicKeyInfo, hex (protocol section 1)."""
    if len(public) != PUBLIC_KEY_BYTES:
        raise ValueError(f"an Ed25519 public key has {PUBLIC_KEY_BYTES} bytes, not {len(public)}")
    return hashlib.sha256(_SPKI_PREFIX + public).digest()[:16].hex()
