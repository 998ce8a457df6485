"""How a node proves itself to the broker and the broker to it: mutual TLS from PEM files."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from pathlib import Path


class BadTlsFiles(LiaisonError):  # noqa: N818 - named for the state, like the engine's other refusals
    """The files for TLS to the broker cannot be used."""

    code = "broker.tls-files"
    next_step = "Check that all three are PEM files this user can read, and that the key has no passphrase and belongs to the certificate."


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """Paths of PEM files: the authority that signed the broker's certificate, this node's certificate and its key."""

    cafile: Path
    certfile: Path
    keyfile: Path

    def context(self) -> ssl.SSLContext:
        """A TLS 1.3 client context that checks the broker's name. Raises BadTlsFiles."""
        try:
            context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.cafile)
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            # An encrypted key would make OpenSSL ask on the terminal; an empty answer makes it fail instead.
            context.load_cert_chain(self.certfile, self.keyfile, password="")
        except OSError as fault:  # ssl.SSLError is one
            message = f"{self.cafile}, {self.certfile}, {self.keyfile}: {fault.strerror or fault}."
            raise BadTlsFiles(message) from fault
        return context
