"""Sealing: a payload that only its recipients can read (HPKE, RFC 9180, base mode; the batch's signature says who sent it).

The body is encrypted once under a key of its own, which is encrypted for each recipient. Federation, environment, sender, event
id, audience and recipients are bound into both, so nothing sealed opens anywhere else; a commitment stands in for what AES-GCM
lacks, that only one key opens a body. HPKE's library takes no associated data, so the same context goes into its `info`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SEALED: Final = "MessageSealed"
SUITE: Final = "X25519-HKDF-SHA256-AES-256-GCM"
KEY_BYTES: Final = 32
SIZES: Final = (2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 172_032, 229_376)  # of a padded body: a length says one of these
MAX_RECIPIENTS: Final = 300
_LABEL: Final = b"liaison/sealed/1"
_COMMITMENT: Final = b"liaison/sealed/commitment/1\0"
_NONCE: Final = bytes(12)  # a key encrypts one body only
_SPKI: Final = bytes.fromhex("302a300506032b656e032100")  # RFC 8410, X25519
_HPKE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealNotOpened(LiaisonError):  # noqa: N818 - named for what happened
    """A sealed event does not open: it was changed, is not for this node, or its key is not this node's any more."""

    code = "sealing.not-opened"
    next_step = "Ask its sender to seal it again for your present key (`liaison keys show`); for a case, `liaison seizures release`."


class NotForUs(SealNotOpened):
    """The sealed event is not for this node."""

    code = "sealing.not-for-us"


class SealTampered(SealNotOpened):
    """The sealed event is not as its sender made it, or was taken from another place."""

    code = "sealing.tampered"
    next_step = "Keep it as evidence and tell the sender; the signed batch it came in says who that is."


class SealingKeyMissing(SealNotOpened):
    """The key that a sealed event needs is not in this node's folder of keys."""

    code = "keys.sealing-missing"
    next_step = "Put its file back from the backup of keys/; if it is lost, `liaison keys renew` and ask the sender to seal again."


class SealTooLarge(LiaisonError):  # noqa: N818
    """The payload is too large to be sealed."""

    code = "sealing.too-large"
    next_step = "Shorten its texts."


@dataclass(frozen=True, slots=True)
class Context:
    """What a sealed body is bound to. `audience`: the envelope's `releasable_to`."""

    federation: bytes
    environment: str
    sender: str
    event_id: bytes
    audience: tuple[str, ...]

    def bound(self, commitment: bytes, recipients: Sequence[tuple[str, str]]) -> bytes:
        """Everything, each part with its length, hashed: associated data of the body and part of each recipient's info."""
        parts = [_LABEL, SUITE.encode(), self.federation, self.environment.encode(), self.sender.encode(), self.event_id, commitment]
        parts += [str(len(self.audience)).encode(), *(one.encode() for one in self.audience)]
        parts += [word.encode() for pair in recipients for word in pair]
        return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def sealing_key_id(public: bytes) -> str:
    """First 16 bytes of SHA-256 of the DER SubjectPublicKeyInfo of an X25519 key, hex."""
    return hashlib.sha256(_SPKI + public).digest()[:16].hex()


def is_weak_sealing_key(public: bytes) -> bool:
    """Whether nothing can be sealed for this key: wrong length, or a point of low order."""
    try:
        _HPKE.encrypt(b"", X25519PublicKey.from_public_bytes(public))
    except ValueError:
        return True
    return False


class OpeningKey:
    """A private X25519 key; it never comes out."""

    __slots__ = ("_private", "key_id", "public")

    def __init__(self, private: X25519PrivateKey) -> None:
        """Its public half is `public`, 32 raw bytes."""
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.key_id = sealing_key_id(self.public)

    @classmethod
    def of_seed(cls, seed: bytes) -> OpeningKey:
        """From 32 bytes, for tests: the same seed gives the same key."""
        return cls(X25519PrivateKey.from_private_bytes(seed))

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """What was encrypted for this key. Raises SealTampered."""
        try:
            return _HPKE.decrypt(wrapped, self._private, info=info)
        except (InvalidTag, ValueError):
            raise SealTampered(phrase("The key of the body does not open.")) from None

    def __repr__(self) -> str:
        return f"OpeningKey({self.key_id})"


def seal(plain: bytes, recipients: Mapping[str, tuple[str, bytes]], context: Context, key: bytes) -> dict[str, Any]:
    """The payload of a MessageSealed. `recipients`: node to key id and public key; `key`: 32 fresh random bytes, never used again.

    Raises SealTooLarge.
    """
    size = next((size for size in SIZES if size >= len(plain) + 4), 0)
    if not size:
        raise SealTooLarge(phrase("The payload has {count} bytes; at most {most} can be sealed.", count=len(plain), most=SIZES[-1] - 4))
    named = sorted((node, key_id) for node, (key_id, _) in recipients.items())
    commitment = hashlib.sha256(_COMMITMENT + key).digest()
    bound = context.bound(commitment, named)
    padded = len(plain).to_bytes(4, "big") + plain
    body = AESGCM(key).encrypt(_NONCE, padded + bytes(size - len(padded)), bound)
    wrapped = [
        {"node": node, "key_id": key_id, "wrapped": _HPKE.encrypt(key, X25519PublicKey.from_public_bytes(recipients[node][1]), info=bound)}
        for node, key_id in named
    ]
    return {"suite": SUITE, "commitment": commitment, "recipients": wrapped, "body": body}


def open_sealed(sealed: Mapping[str, Any], context: Context, node: str, unwrap: Callable[[str, bytes, bytes], bytes]) -> bytes:
    """The plain bytes. `unwrap` (key id, wrapped key, info) is the node's key ring. Raises NotForUs, SealTampered, SealNotOpened."""
    if sealed["suite"] != SUITE:
        raise SealNotOpened(phrase("It is sealed with {suite!r}, which this version does not know.", suite=sealed["suite"][:40]))
    named = [(one["node"], one["key_id"]) for one in sealed["recipients"]]
    if len(named) > MAX_RECIPIENTS or named != sorted(dict(named).items()):
        raise SealTampered(phrase("Its recipients are not in order, or one is there twice."))
    mine = next((one for one in sealed["recipients"] if one["node"] == node), None)
    if mine is None:
        raise NotForUs(phrase("It is sealed for {named}, not for {node}.", named=", ".join(dict(named)) or phrase("nobody"), node=node))
    bound = context.bound(sealed["commitment"], named)
    key = unwrap(mine["key_id"], mine["wrapped"], bound)
    if len(key) != KEY_BYTES or not hmac.compare_digest(hashlib.sha256(_COMMITMENT + key).digest(), sealed["commitment"]):
        raise SealTampered(phrase("The key inside is not the one it commits to."))
    try:
        padded = AESGCM(key).decrypt(_NONCE, sealed["body"], bound)
    except InvalidTag:
        raise SealTampered(phrase("The body does not open.")) from None
    size = int.from_bytes(padded[:4], "big")
    if len(padded) not in SIZES or size > len(padded) - 4 or any(padded[4 + size :]):
        raise SealTampered(phrase("The body is not padded as it must be."))
    return padded[4 : 4 + size]
