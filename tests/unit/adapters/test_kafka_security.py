"""Mutual TLS to the broker: a known certificate gets in, an unknown one does not, and files that will not do are named."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from liaison.adapters.embedded_kafka import EmbeddedKafka
from liaison.adapters.embedded_kafka.ready import free_port
from liaison.adapters.kafka import BadTlsFiles, KafkaBroker, KafkaSecurity
from liaison.node.ports import BrokerUnavailable, Position, TopicSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FROM = datetime(2020, 1, 1, tzinfo=UTC)
UNTIL = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Authority:
    """Signs certificates for the test's broker and nodes."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.name, self.key, authority=True)
        self.path = self._write("ca.pem", self.certificate)

    def issue(self, subject: str) -> tuple[Path, Path]:
        """Paths of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        key_path = self.folder / f"{self.name}-{subject}.key"
        key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return self._write(f"{subject}.pem", self._signed(subject, key, authority=False)), key_path

    def _signed(self, subject: str, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=authority, crl_sign=authority, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(FROM)
            .not_valid_after(UNTIL)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(address, critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def _write(self, file: str, certificate: x509.Certificate) -> Path:
        path = self.folder / f"{self.name}-{file}"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one the broker trusts."""
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def tls_port(authority: Authority, tmp_path_factory: pytest.TempPathFactory, kafka_cache: Path) -> Iterator[int]:
    """A broker with a second listener that asks for certificates; that listener's port."""
    certificate, key = authority.issue("broker")
    chain = authority.folder / "broker-chain.pem"
    chain.write_bytes(key.read_bytes() + certificate.read_bytes())
    plain, controller, port = free_port(), free_port(), free_port()
    listeners = f"PLAINTEXT://127.0.0.1:{plain},MTLS://127.0.0.1:{port}"
    broker = EmbeddedKafka(
        tmp_path_factory.mktemp("tls-kafka"),
        kafka_cache,
        plain,
        properties={
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,MTLS:SSL,CONTROLLER:PLAINTEXT",
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.mtls.ssl.keystore.type": "PEM",
            "listener.name.mtls.ssl.keystore.location": str(chain),
            "listener.name.mtls.ssl.truststore.type": "PEM",
            "listener.name.mtls.ssl.truststore.location": str(authority.path),
        },
    )
    broker.start()
    yield port
    broker.stop()


def connected(port: int, security: KafkaSecurity | None) -> list[bytes]:
    """Write and read one record as this node."""

    async def case() -> list[bytes]:
        broker = KafkaBroker(f"127.0.0.1:{port}", security=security)
        try:
            await broker.start()
            await broker.create_topics([TopicSpec("tls.events", 1, 60_000)])
            position = Position("tls.events", 0)
            (offset,) = await broker.publish([(position, b"over tls")])
            return [record.value for record in await broker.read_range(position, offset, offset + 1)]
        finally:
            await broker.stop()

    return asyncio.run(case())


def test_a_node_with_its_certificate_writes_and_reads(authority: Authority, tls_port: int) -> None:
    assert connected(tls_port, KafkaSecurity(authority.path, *authority.issue("ncp.jm"))) == [b"over tls"]


def test_a_certificate_of_another_authority_is_not_let_in(authority: Authority, tls_port: int, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "theirs")
    with pytest.raises(BrokerUnavailable):
        connected(tls_port, KafkaSecurity(authority.path, *stranger.issue("ncp.jm")))


def test_a_broker_of_another_authority_is_not_believed_and_the_reason_is_told(authority: Authority, tls_port: int, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "theirs")
    with pytest.raises(BrokerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        connected(tls_port, KafkaSecurity(stranger.path, *authority.issue("ncp.jm")))


def test_without_a_certificate_nothing_is_reached(tls_port: int) -> None:
    with pytest.raises(BrokerUnavailable):
        connected(tls_port, None)


def test_files_that_will_not_do_are_named_with_the_next_step(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("ncp.jm")
    _, other_key = authority.issue("ncp.bb")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
        )
    )
    for bad in (
        KafkaSecurity(tmp_path / "absent.pem", certificate, key),
        KafkaSecurity(nonsense, certificate, key),
        KafkaSecurity(authority.path, certificate, other_key),
        KafkaSecurity(authority.path, certificate, locked),
    ):
        with pytest.raises(BadTlsFiles) as refusal:
            bad.context()
        assert refusal.value.code == "broker.tls-files"
        assert str(bad.keyfile) in str(refusal.value)
        assert "PEM" in refusal.value.next_step
