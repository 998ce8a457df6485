"""Whether a broker answers, asked over a real connection; and which ports are free."""

from __future__ import annotations

import random
import socket
import struct
from pathlib import Path

from liaison.adapters.embedded_kafka.config import HOST

ANSWER_SECONDS = 2.0
MAX_ANSWER_BYTES = 1 << 20
FIRST_PORT = 12_000  # above what browsers refuse to open and what services are known by
OUTGOING_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 200
_METADATA, _VERSION, _CORRELATION = 3, 1, 7


def answers(port: int) -> bool:
    """True when the broker on `port` answers a Metadata request and counts itself a live broker (Kafka protocol, Metadata v1).

    An open port alone says little: Kafka listens before it serves.
    """
    try:
        with socket.create_connection((HOST, port), timeout=ANSWER_SECONDS) as link:
            link.sendall(_metadata_request())
            (size,) = struct.unpack(">i", _exactly(link, 4))
            if not 0 < size <= MAX_ANSWER_BYTES:
                return False
            correlation, brokers = struct.unpack(">ii", _exactly(link, size)[:8])
    except (OSError, EOFError, struct.error):
        return False
    return bool(correlation == _CORRELATION and brokers > 0)


def is_free(port: int) -> bool:
    """True when nobody listens on `port` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: a closing connection is no listener
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that was free a moment ago, and that the system gives to no outgoing connection.

    While a server is down, any client of this machine could be given a port of that range as its own end; one that tries to reach
    the dead server could even meet itself. The server would not come back then.
    """
    for _ in range(TRIES):
        port = random.randrange(FIRST_PORT, _first_outgoing_port())  # noqa: S311 - not a secret
        if is_free(port):
            return port
    with socket.socket() as probe:  # a machine that gives away nearly all its ports
        probe.bind((HOST, 0))
        taken: int = probe.getsockname()[1]
    return taken


def _first_outgoing_port() -> int:
    """The lowest port the system gives to outgoing connections: what Linux says, its usual number elsewhere."""
    try:
        lowest = int(OUTGOING_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        lowest = 32_768
    return max(lowest, FIRST_PORT + 1)


def _metadata_request() -> bytes:
    client, no_topics = b"liaison", struct.pack(">i", 0)
    body = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(client)) + client + no_topics
    return struct.pack(">i", len(body)) + body


def _exactly(link: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        block = link.recv(count - len(received))
        if not block:
            raise EOFError
        received += block
    return received
