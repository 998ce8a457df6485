"""What keeps strangers' pages away from a console: who may name it, whose forms it takes, what its own pages may load."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from liaison.console.pages import FormExpired
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.node.ports import Random

# Nothing from elsewhere, no script or style within a page, no frame: https://www.w3.org/TR/CSP3/
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PRIVATE: Final[Mapping[str, str]] = {"Cache-Control": "no-store", **HEADERS}
SECURE: Final[Mapping[str, str]] = {"Strict-Transport-Security": "max-age=31536000"}
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LABEL: Final = b"liaison/console/form/1\0"
_MASK_BYTES: Final = 32


class WrongHost(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """This console is not served under that name."""

    code = "console.wrong-host"
    next_step = "Use the address that the administrator gave you; LIAISON_CONSOLE_ADDRESS names it."


def check_host(header: str, allowed: frozenset[str]) -> None:
    """Refuse a name that is not this console's: another site's name that leads here would share its pages' rights. Raises WrongHost."""
    if host_of(header) not in allowed:
        raise WrongHost


def host_of(header: str) -> str:
    """The host of a Host header, without its port, in lower case."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def check_sender(headers: Mapping[str, str], origin: str) -> None:
    """Refuse a form that another site's page sent, by what the browser says of it (Fetch Metadata, Origin). Raises FormExpired."""
    site = headers.get("sec-fetch-site", "same-origin")
    said = headers.get("origin", origin)
    if site not in ("same-origin", "none") or said != origin:
        raise FormExpired


def form_token(token: str, random: Random) -> str:
    """What a form of this session carries, so that no other site's page can send one: another text each time, since pages are compressed
    (BREACH); it tells nothing of the session's own token.
    """
    mask = random.bytes(_MASK_BYTES)
    return (mask + _mixed(mask, _of(token))).hex()


def check_form_token(token: str, said: str) -> None:
    """Raise FormExpired unless the form carries a token of this session."""
    try:
        whole = bytes.fromhex(said)
    except ValueError:
        raise FormExpired from None
    mask, rest = whole[:_MASK_BYTES], whole[_MASK_BYTES:]
    if not token or len(whole) != 2 * _MASK_BYTES or not hmac.compare_digest(_mixed(mask, rest), _of(token)):
        raise FormExpired


def _of(token: str) -> bytes:
    return hmac.new(token.encode(errors="replace"), _LABEL, hashlib.sha256).digest()


def _mixed(mask: bytes, other: bytes) -> bytes:
    return bytes(one ^ two for one, two in zip(mask, other, strict=False))


def local(wanted: str) -> str:
    """A path of this console, never another site."""
    plain = wanted.isprintable() and wanted.isascii() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else "/"


def safe_next(wanted: str) -> str:
    """Where to go after signing in: a path of this console, and not the way in again."""
    return "/" if wanted.startswith("/sign-in") else local(wanted)
