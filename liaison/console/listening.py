"""The port of a node's web edge: taken when the node starts, long before what answers there is loaded. Whoever comes meanwhile waits."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from liaison.console.connections import MAX_CONNECTIONS, MAX_EACH_ADDRESS, Listener
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from pathlib import Path

MAX_AT_ONCE: Final = 64  # connections with a request; those after them are told 503
MAX_BROWSERS: Final = 600  # of a console: a browser keeps some open, and each open page has a live part
_BACKLOG: Final = 64


class ApiPortTaken(LiaisonError):  # noqa: N818 - named for the state, like the engine's other refusals
    """The port for the API cannot be opened."""

    code = "api.port-taken"
    next_step = "Set another LIAISON_API_PORT, or 0 to serve none."


class ApiNeedsTls(LiaisonError):  # noqa: N818
    """Beyond this machine the API is served with TLS only: keys and cases would travel readable."""

    code = "api.tls-needed"
    next_step = "Set LIAISON_API_TLS to a folder with cert.pem and key.pem, or LIAISON_API_HOST to 127.0.0.1."


class BadApiTls(LiaisonError):  # noqa: N818
    """The files for TLS of the API cannot be used."""

    code = "api.tls-files"
    next_step = "Check that cert.pem and key.pem are PEM files this user can read, and that the key has no passphrase and belongs to it."


class ConsolePortTaken(ApiPortTaken):
    """The port for the console cannot be opened."""

    code = "console.port-taken"
    next_step = "Set another LIAISON_CONSOLE_PORT, or 0 to serve none."


class ConsoleNeedsTls(ApiNeedsTls):
    """Beyond this machine the console is served with TLS only: passwords and cases would travel readable."""

    code = "console.tls-needed"
    next_step = "Set LIAISON_CONSOLE_TLS to a folder with cert.pem and key.pem, or LIAISON_CONSOLE_HOST to 127.0.0.1."


class BadConsoleTls(BadApiTls):
    """The files for TLS of the console cannot be used."""

    code = "console.tls-files"


@dataclass(frozen=True, slots=True)
class Served:
    """What is raised for what is served (port taken, no TLS, files for TLS), and how many may be connected at once."""

    port: type[ApiPortTaken] = ApiPortTaken
    tls: type[ApiNeedsTls] = ApiNeedsTls
    files: type[BadApiTls] = BadApiTls
    at_once: int = MAX_AT_ONCE
    connections: tuple[int, int] = (MAX_CONNECTIONS, MAX_EACH_ADDRESS)  # in all, and of one address


API: Final = Served()
# A whole office may sit behind one address.
CONSOLE: Final = Served(ConsolePortTaken, ConsoleNeedsTls, BadConsoleTls, MAX_BROWSERS, (MAX_BROWSERS, MAX_BROWSERS))


@dataclass(frozen=True, slots=True)
class Where:
    """Address and port, and the folder with cert.pem, key.pem and, to ask clients for certificates, ca.pem; None: no TLS."""

    host: str
    port: int
    tls: Path | None = None
    serving: Served = API


@dataclass(frozen=True, slots=True)
class Listening:
    """A port that was taken, with the context for TLS, if there is one, and how many requests may be in hand."""

    socket: Listener
    tls: ssl.SSLContext | None
    at_once: int

    @property
    def port(self) -> int:
        """Its number."""
        return int(self.socket.getsockname()[1])

    def close(self) -> None:
        """Give the port back."""
        self.socket.close()


def listen(where: Where) -> Listening:
    """Take the port (0: any free one). Raises ApiNeedsTls, BadApiTls, ApiPortTaken, or what `where` names for them."""
    tls = None if where.tls is None else _context(where.tls, where.serving)
    if tls is None and not _is_here(where.host):
        raise where.serving.tls(f"The address is {where.host}.")
    try:
        family = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0][0]
        taken = socket.create_server((where.host, where.port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as fault:
        raise where.serving.port(f"Port {where.port} of {where.host}: {fault}.") from fault
    return Listening(Listener.around(taken, *where.serving.connections), tls, where.serving.at_once)


def _is_here(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _context(folder: Path, serving: Served) -> ssl.SSLContext:
    authority = folder / "ca.pem"
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem", password="")
        if authority.exists():
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as fault:  # ssl.SSLError is one
        raise serving.files(f"{folder}: {fault.strerror or fault}.") from fault
    return context
