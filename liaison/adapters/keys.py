"""Key files: Ed25519 of a node (events) and of the federation (trust roles); AES-256 of what a node keeps encrypted at rest."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from liaison.protocol.errors import LiaisonError
from liaison.protocol.sealing import OpeningKey, SealingKeyMissing
from liaison.protocol.signatures import key_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MAX_KEY_FILE_BYTES = 64 * 1024
MAX_PASSPHRASE_CHARACTERS = 1024
# OWASP's scrypt setting that also stays under OpenSSL's 32 MiB, so that `openssl pkey` opens the file too.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyMissing(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """There is no key file at this place."""

    code = "keys.missing"
    next_step = "Make one with `liaison init`, or restore it from the backup of this node."


class KeyExists(LiaisonError):  # noqa: N818
    """There is a key file already; it is never overwritten."""

    code = "keys.exists"
    next_step = "Keep the old file for as long as its signatures matter; choose another folder for the new key."


class WrongPassphrase(LiaisonError):  # noqa: N818
    """The passphrase does not open the key file."""

    code = "keys.wrong-passphrase"
    next_step = "Check the passphrase; without it the key is lost and a new one must be registered."


class PermissionsTooOpen(LiaisonError):  # noqa: N818
    """Other users of this machine could read or replace the key."""

    code = "keys.permissions"
    next_step = "Run `chmod 600` on the file and `chmod 700` on the key's folder; replace the key if others had access."


class KeyMalformed(LiaisonError):  # noqa: N818
    """The file is not a key of the kind that belongs there."""

    code = "keys.malformed"
    next_step = "Restore the file from the backup of this node."


class _Ed25519Signer:
    """A private key held in memory: `ports.Signer` plus the public bytes; the private part never comes out."""

    __slots__ = ("_key_id", "_private", "_public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._public = private.public_key().public_bytes_raw()
        self._key_id = key_id_of(self._public)

    @property
    def key_id(self) -> str:
        """First 16 bytes of SHA-256 of the DER SubjectPublicKeyInfo, hex."""
        return self._key_id

    @property
    def public(self) -> bytes:
        """The public key, 32 raw bytes."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._key_id})"


class FileSigner(_Ed25519Signer):
    """The key of a checked key file; made by `load` and `generate`."""


class MemorySigner(_Ed25519Signer):
    """A key from 32 seed bytes, never on disk: for tests and vectors."""

    def __init__(self, seed: bytes) -> None:
        """`seed` is the RFC 8032 private key; the same seed gives the same key."""
        super().__init__(Ed25519PrivateKey.from_private_bytes(seed))


def generate(path: Path, passphrase: str | None = None) -> FileSigner:
    """Make a new key in a new file (0600, PKCS#8 PEM) in a folder that only its owner can enter (made 0700 if missing).

    With a passphrase the PEM is encrypted with AES-256 under scrypt. Raises KeyExists, PermissionsTooOpen, and
    WrongPassphrase for an empty passphrase.
    """
    private = Ed25519PrivateKey.generate()
    _keep(path, private, passphrase)
    return FileSigner(private)


def _keep(path: Path, private: Ed25519PrivateKey | X25519PrivateKey, passphrase: str | None) -> None:
    if passphrase == "":
        raise WrongPassphrase("An empty passphrase protects nothing.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(path.parent)
    plain = private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = _pem("PRIVATE KEY", plain) if passphrase is None else _pem("ENCRYPTED PRIVATE KEY", _encrypt(plain, passphrase))
    _write_new(path, pem)


def load(path: Path, passphrase: str | None = None) -> FileSigner:
    """Open a key file. Raises KeyMissing, PermissionsTooOpen, WrongPassphrase, KeyMalformed."""
    if not isinstance(private := _private(path, passphrase), Ed25519PrivateKey):
        raise KeyMalformed(f"{path} holds another kind of key than Ed25519.")
    return FileSigner(private)


def _private(path: Path, passphrase: str | None) -> object:
    data = _read_private(path)
    encrypted = b"ENCRYPTED PRIVATE KEY" in data
    if encrypted != (passphrase is not None):
        told = "is protected by a passphrase and none was given" if encrypted else "is not protected by the passphrase that was given"
        raise WrongPassphrase(f"{path} {told}.")
    try:
        return serialization.load_pem_private_key(data, None if passphrase is None else passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise WrongPassphrase(f"The passphrase does not open {path}, or the file is damaged.") from error
        raise KeyMalformed(f"{path} is not a private key in PKCS#8 PEM.") from error


class SealingKeys:
    """The X25519 keys of a node, one file `<key id>.pem` each; old ones stay, because what was sealed for them stays sealed."""

    def __init__(self, folder: Path, passphrase: Callable[[], str | None]) -> None:
        """As `Vault`."""
        self._folder, self._passphrase, self._opened = folder, passphrase, dict[str, OpeningKey]()

    def generate(self) -> bytes:
        """A new key in a new file (0600); its public half, 32 raw bytes. Errors as `generate`."""
        private = X25519PrivateKey.generate()
        _keep(self._folder / f"{(key := OpeningKey(private)).key_id}.pem", private, self._passphrase())
        return key.public

    def ids(self) -> list[str]:
        """Ids of the keys that are here."""
        return sorted(path.stem for path in self._folder.glob("*.pem"))

    def made(self) -> dict[str, datetime]:
        """When the file of each key that is here was made, by key id."""
        return {one: datetime.fromtimestamp((self._folder / f"{one}.pem").stat().st_mtime, UTC) for one in self.ids()}

    def key(self, key_id: str) -> OpeningKey:
        """One key. Raises SealingKeyMissing, KeyMalformed, PermissionsTooOpen, WrongPassphrase."""
        if key_id not in self._opened:
            if key_id not in self.ids():  # never a path somebody sent
                raise SealingKeyMissing(f"This node does not have the sealing key {key_id[:40]}.")
            private = _private(self._folder / f"{key_id}.pem", self._passphrase())
            if not isinstance(private, X25519PrivateKey) or OpeningKey(private).key_id != key_id:
                raise KeyMalformed(f"{key_id}.pem does not hold the sealing key of its name.")
            self._opened[key_id] = OpeningKey(private)
        return self._opened[key_id]

    def unwrap(self, key_id: str, wrapped: bytes, info: bytes) -> bytes:
        """The key of a body that was sealed for this node. Raises SealTampered, and as `key`."""
        return self.key(key_id).unwrap(wrapped, info)


class SealBroken(LiaisonError):  # noqa: N818
    """What was kept encrypted does not open with this node's key."""

    code = "keys.seal-broken"
    next_step = "Put the key file back that belongs to this database; without it these values are lost and must be entered again."


VAULT_LABEL, LOCKED_LABEL = "LIAISON VAULT KEY", "ENCRYPTED LIAISON VAULT KEY"
VAULT_KEY_BYTES, SALT_BYTES = 32, 16
NONCE_BYTES = 12  # NIST SP 800-38D: random 96-bit nonces, good for 2^32 messages under one key
SEAL_FORMAT = b"\x01"
PADDED_BYTES = 256  # so that a length says little about a name


class Vault:
    """Encrypts what a node keeps at rest with AES-256-GCM: `ports.Vault`. The key is made or read when it is first needed."""

    def __init__(self, path: Path, passphrase: Callable[[], str | None], purpose: str = "") -> None:
        """`path`: the key file; `passphrase` is asked when the file is opened, None for none; `purpose`: as `of`."""
        self._path, self._passphrase, self._purpose, self._key = path, passphrase, purpose, b""

    def ready(self) -> None:
        """Make the key file if there is none. Raises PermissionsTooOpen, OSError."""
        if not self._path.exists():
            with contextlib.suppress(KeyExists):  # another process was faster
                generate_vault_key(self._path, self._passphrase())

    def key_id(self) -> str:
        """Names the key without telling it: 32 hex digits."""
        return hashlib.sha256(b"liaison/vault/1\0" + self._opened()).hexdigest()[:32]

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypt; `about` is not kept and must be given again: bytes moved elsewhere do not open. Errors as for opening the key file."""
        padded, nonce = len(plain).to_bytes(4, "big") + plain, secrets.token_bytes(NONCE_BYTES)
        padded += bytes(-len(padded) % PADDED_BYTES)
        return SEAL_FORMAT + nonce + AESGCM(self._opened()).encrypt(nonce, padded, SEAL_FORMAT + about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Decrypt. Raises SealBroken, and as for opening the key file."""
        try:
            padded = AESGCM(self._opened()).decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], sealed[:1] + about)
        except (InvalidTag, ValueError):
            raise SealBroken from None
        return padded[4 : 4 + int.from_bytes(padded[:4], "big")]

    def of(self, purpose: str) -> Vault:
        """A vault with a key of its own for this purpose, derived from that of the file (HKDF-SHA256, RFC 5869)."""
        return Vault(self._path, self._passphrase, purpose)

    def _opened(self) -> bytes:
        if not self._key:
            key, info = load_vault_key(self._path, self._passphrase()), b"liaison/vault/1/" + self._purpose.encode()
            self._key = HKDF(hashes.SHA256(), VAULT_KEY_BYTES, None, info).derive(key) if self._purpose else key
        return self._key

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._path})"


def generate_vault_key(path: Path, passphrase: str | None = None) -> None:
    """Make a key file for `Vault`, as `generate` does for signing keys; errors likewise."""
    if passphrase == "":
        raise WrongPassphrase("An empty passphrase protects nothing.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(path.parent)
    key = AESGCM.generate_key(bit_length=VAULT_KEY_BYTES * 8)
    if passphrase is None:
        _write_new(path, _pem(VAULT_LABEL, key))
        return
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    locked = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, key, LOCKED_LABEL.encode())
    _write_new(path, _pem(LOCKED_LABEL, salt + nonce + locked))


def load_vault_key(path: Path, passphrase: str | None = None) -> bytes:
    """Open a key file of `Vault`. Raises KeyMissing, PermissionsTooOpen, WrongPassphrase, KeyMalformed."""
    label, body = _unpacked(path, _read_private(path))
    if label == VAULT_LABEL:
        if passphrase is not None:
            raise WrongPassphrase(f"A passphrase was given, but {path} is not protected by one.")
        return body
    if passphrase is None:
        raise WrongPassphrase(f"{path} is protected by a passphrase and none was given.")
    salt, nonce, locked = body[:SALT_BYTES], body[SALT_BYTES : SALT_BYTES + NONCE_BYTES], body[SALT_BYTES + NONCE_BYTES :]
    try:
        return AESGCM(_stretched(passphrase, salt)).decrypt(nonce, locked, label.encode())
    except InvalidTag:
        raise WrongPassphrase(f"The passphrase does not open {path}, or the file is damaged.") from None


def _unpacked(path: Path, data: bytes) -> tuple[str, bytes]:
    """Label and content of a key file of `Vault`, of the right length. Raises KeyMalformed."""
    lines = data.decode("ascii", "replace").split("\n")
    sizes = {VAULT_LABEL: VAULT_KEY_BYTES, LOCKED_LABEL: SALT_BYTES + NONCE_BYTES + VAULT_KEY_BYTES + 16}
    for label, size in sizes.items():
        if lines[0] == f"-----BEGIN {label}-----" and lines[-2:-1] == [f"-----END {label}-----"]:
            try:
                body = base64.b64decode("".join(lines[1:-2]), validate=True)
            except binascii.Error:
                break
            if len(body) == size:
                return label, body
    raise KeyMalformed(f"{path} is not a key for what is kept encrypted.")


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase.encode())


def read_passphrase(path: Path) -> str:
    """The first line of a file that only its owner can read, without its end; may be empty. Raises PermissionsTooOpen, OSError."""
    with path.open(encoding="utf-8", errors="replace") as file:
        _check_mode(path, os.fstat(file.fileno()))
        return file.readline(MAX_PASSPHRASE_CHARACTERS).rstrip("\r\n")


def generate_roles(folder: Path, roles: Iterable[str], passphrase: str | None = None) -> dict[str, FileSigner]:
    """One new key file `<role>.pem` per role in `folder`; their signers by role. Errors as `generate`."""
    return {role: generate(folder / f"{role}.pem", passphrase) for role in roles}


def load_roles(folder: Path, roles: Iterable[str], passphrase: str | None = None) -> dict[str, FileSigner]:
    """Open the key files `<role>.pem` of `folder`; their signers by role. Errors as `load`."""
    return {role: load(folder / f"{role}.pem", passphrase) for role in roles}


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            _check_mode(path, os.fstat(file.fileno()))  # of the opened file: the name may point elsewhere by now
            _check_private(path.parent)
            return file.read(MAX_KEY_FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise KeyMissing(f"There is no key file {path}.") from None
    except PermissionError:
        raise KeyMissing(f"This user may not read the key file {path}.") from None
    except IsADirectoryError:
        raise KeyMalformed(f"{path} is a folder, not a key file.") from None


def _check_private(folder: Path) -> None:
    _check_mode(folder, folder.stat())


def _check_mode(path: Path, found: os.stat_result) -> None:
    if found.st_mode & _OTHERS:
        raise PermissionsTooOpen(f"{path} has mode {stat.S_IMODE(found.st_mode):04o}: other users of this machine have access.")


def _write_new(path: Path, data: bytes) -> None:
    """The whole file or none of it, never over another one, on disk before this returns."""
    if path.exists():
        raise KeyExists(f"{path} exists already.")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, this fails when another process was faster
        except FileExistsError:
            raise KeyExists(f"{path} exists already.") from None
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# The library encrypts PKCS#8 only with 2,048 rounds of PBKDF2, a fraction of a millisecond per guess. It reads scrypt
# (RFC 7914 section 7) as OpenSSL does, so only the writing is spelled out here.
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_LONG_FORM = 0x80


def _encrypt(plain: bytes, passphrase: str) -> bytes:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(16)
    key = _stretched(passphrase, salt)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(nonce)).encryptor()
    body = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    costs = b"".join(_integer(value) for value in (SCRYPT_N, SCRYPT_R, SCRYPT_P))
    derivation = _der(0x30, _SCRYPT + _der(0x30, _der(0x04, salt) + costs))
    cipher = _der(0x30, _AES_256_CBC + _der(0x04, nonce))
    return _der(0x30, _der(0x30, _PBES2 + _der(0x30, derivation + cipher)) + _der(0x04, body))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = bytes((length,)) if length < _LONG_FORM else bytes((0x81, length))  # nothing here reaches 256 bytes
    return bytes((tag,)) + size + content


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _pem(label: str, der: bytes) -> bytes:
    """RFC 7468."""
    text = base64.b64encode(der).decode()
    lines = (text[start : start + 64] for start in range(0, len(text), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()
