"""A security key in software: attestation "none" and assertions made by hand (WebAuthn level 3, sections 6.1 and 6.5)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from liaison.access.sessions import NewSession, open_half
from liaison.access.webauthn_keys import Site

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.permissions import Person
    from liaison.access.tables import Access

Made = TypeVar("Made")
SITE = Site("liaison.example", "https://liaison.example:8440", "Liaison ncp.jm")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """One key; `counter` None: a key that counts nothing and always says 0."""

    origin: str
    rp_id: str
    credential_id: bytes = b"k" * 32
    counter: int | None = 0
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """What `navigator.credentials.create` gives."""
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(PRESENT | ATTESTED, self._attested())})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": _b64(client), "attestationObject": _b64(attestation), "transports": ["usb"]})

    def get(self, options: dict[str, Any], flags: int = PRESENT | VERIFIED) -> str:
        """What `navigator.credentials.get` gives."""
        if self.counter is not None:
            self.counter += 1
        data, client = self._data(flags), self._client("webauthn.get", options["challenge"])
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": _b64(client), "authenticatorData": _b64(data), "signature": _b64(signature)})

    def _data(self, flags: int, attested: bytes = b"") -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + (self.counter or 0).to_bytes(4, "big") + attested

    def _attested(self) -> bytes:
        point = self.private.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        return bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(key)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = _b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def good(answer: object, kind: type[Made]) -> Made:
    """The answer, which is of this kind."""
    assert isinstance(answer, kind), answer
    return answer


def half_in(connection: Connection, access: Access, person: Person, password: str) -> NewSession:
    """Signed in at the console with the password."""
    return good(open_half(connection, access, person.name, password), NewSession)
