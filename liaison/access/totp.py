"""Codes of an authenticator (RFC 6238: SHA-1, six digits, 30 seconds, as every authenticator knows them); the owner of `pyotp`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import pyotp

if TYPE_CHECKING:
    from datetime import datetime

    from liaison.node.ports import Random

DIGITS: Final = 6
WINDOW: Final = 1  # steps before and after: clocks of telephones differ (RFC 6238 section 5.2)
_SECRET_BYTES: Final = 20  # RFC 4226 section 4, R6


def new_secret(random: Random) -> str:
    """A secret as authenticators take it: 160 random bits in base 32."""
    return base64.b32encode(random.bytes(_SECRET_BYTES)).decode()


def address_of(secret: str, user: str, issuer: str) -> str:
    """The `otpauth:` address that a picture for authenticators holds."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=issuer))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, within the window; None: of none. Whoever takes it takes no step twice."""
    totp = pyotp.TOTP(secret)
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    current = int(now.timestamp()) // totp.interval
    steps = [step for step in range(current + WINDOW, current - WINDOW - 1, -1) if totp.verify(code, for_time=step * totp.interval)]
    return steps[0] if steps else None
