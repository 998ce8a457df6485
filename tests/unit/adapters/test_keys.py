"""Key files: what an operator and a curious colleague on the same machine meet."""

from __future__ import annotations

import hashlib
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from liaison.adapters import keys
from liaison.protocol.signatures import verify_signature

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "correct horse battery staple"
# RFC 8032 section 7.1, test 2
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "event.pem"


def test_the_key_comes_back_from_its_file(place: Path) -> None:
    made = keys.generate(place)
    assert keys.load(place).sign(b"message") == made.sign(b"message")


def test_the_file_is_for_its_owner_only(place: Path) -> None:
    keys.generate(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert list(place.parent.iterdir()) == [place]


def test_signatures_are_those_of_rfc_8032() -> None:
    signer = keys.MemorySigner(SEED)
    assert signer.public == PUBLIC
    assert signer.sign(b"\x72") == SIGNATURE


def test_the_key_id_is_the_hash_of_the_public_key_in_der() -> None:
    der = Ed25519PublicKey.from_public_bytes(PUBLIC).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert keys.MemorySigner(SEED).key_id == hashlib.sha256(der).hexdigest()[:32]


def test_a_signer_shows_its_id_and_nothing_else() -> None:
    signer = keys.MemorySigner(SEED)
    assert repr(signer) == f"MemorySigner({signer.key_id})"


def test_a_passphrase_opens_its_file_and_no_other_does(place: Path) -> None:
    made = keys.generate(place, PASSPHRASE)
    assert keys.load(place, PASSPHRASE).public == made.public
    with pytest.raises(keys.WrongPassphrase) as refused:
        keys.load(place, PASSPHRASE + "!")
    assert refused.value.code == "keys.wrong-passphrase"


def test_a_passphrase_is_stretched_with_scrypt_as_other_tools_read_it(place: Path) -> None:
    made = keys.generate(place, PASSPHRASE)
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command on this machine to read the file with")
    command = [openssl, "asn1parse", "-in", str(place)]
    assert ":scrypt" in subprocess.run(command, check=True, capture_output=True, text=True).stdout
    command = [openssl, "pkey", "-in", str(place), "-passin", f"pass:{PASSPHRASE}", "-pubout", "-outform", "DER"]
    assert subprocess.run(command, check=True, capture_output=True).stdout.endswith(made.public)


def test_a_protected_file_without_a_passphrase_is_refused(place: Path) -> None:
    keys.generate(place, PASSPHRASE)
    with pytest.raises(keys.WrongPassphrase, match="none was given"):
        keys.load(place)


def test_a_passphrase_for_an_unprotected_file_is_refused(place: Path) -> None:
    keys.generate(place)
    with pytest.raises(keys.WrongPassphrase, match="not protected"):
        keys.load(place, PASSPHRASE)


def test_an_empty_passphrase_is_refused(place: Path) -> None:
    with pytest.raises(keys.WrongPassphrase):
        keys.generate(place, "")
    assert not place.exists()


def test_a_missing_file_says_how_to_make_one(place: Path) -> None:
    with pytest.raises(keys.KeyMissing) as refused:
        keys.load(place)
    assert refused.value.code == "keys.missing"
    assert "liaison init" in refused.value.sentence


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_others_can_reach_is_refused(place: Path, mode: int) -> None:
    keys.generate(place)
    place.chmod(mode)
    with pytest.raises(keys.PermissionsTooOpen) as refused:
        keys.load(place)
    assert refused.value.code == "keys.permissions"


def test_a_folder_others_can_enter_is_refused(place: Path) -> None:
    keys.generate(place)
    place.parent.chmod(0o755)
    with pytest.raises(keys.PermissionsTooOpen):
        keys.load(place)
    with pytest.raises(keys.PermissionsTooOpen):
        keys.generate(place.with_name("other.pem"))


def test_a_key_is_never_overwritten(place: Path) -> None:
    made = keys.generate(place)
    with pytest.raises(keys.KeyExists):
        keys.generate(place)
    assert keys.load(place).public == made.public


@pytest.mark.parametrize("content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_refused(place: Path, content: bytes) -> None:
    keys.generate(place)
    place.write_bytes(content)
    with pytest.raises(keys.KeyMalformed):
        keys.load(place)


def test_a_truncated_protected_file_is_refused(place: Path) -> None:
    keys.generate(place, PASSPHRASE)
    place.write_bytes(place.read_bytes()[:120])
    with pytest.raises(keys.WrongPassphrase, match="damaged"):
        keys.load(place, PASSPHRASE)


def test_another_kind_of_key_is_refused(place: Path) -> None:
    keys.generate(place)
    other = ec.generate_private_key(ec.SECP256R1())
    place.write_bytes(other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with pytest.raises(keys.KeyMalformed, match="another kind"):
        keys.load(place)


def test_a_folder_in_place_of_the_file_is_refused(place: Path) -> None:
    place.mkdir(parents=True, mode=0o700)
    place.parent.chmod(0o700)
    with pytest.raises(keys.KeyMalformed):
        keys.load(place)


def test_each_role_has_a_file_of_its_own(place: Path) -> None:
    made = keys.generate_roles(place.parent, ("root", "targets"))
    loaded = keys.load_roles(place.parent, ("root", "targets"))
    assert {role: signer.public for role, signer in made.items()} == {role: signer.public for role, signer in loaded.items()}
    assert made["root"].public != made["targets"].public


def test_a_signature_of_a_file_key_is_accepted_by_everyone(place: Path) -> None:
    signer = keys.generate(place)
    assert verify_signature(signer.public, signer.sign(b"message"), b"message")


def test_a_vault_opens_what_it_sealed_and_only_for_the_same_thing(tmp_path: Path) -> None:
    vault = keys.Vault(tmp_path / "keys" / "vault.pem", lambda: None)
    vault.ready()
    sealed = vault.seal(b"a name", b"case 1")
    again = keys.Vault(tmp_path / "keys" / "vault.pem", lambda: None)
    assert again.open(sealed, b"case 1") == b"a name"
    assert again.key_id() == vault.key_id()
    assert vault.seal(b"a name", b"case 1") != sealed
    assert len(vault.seal(b"a", b"case 1")) == len(sealed)
    for broken, about in (
        (sealed, b"case 2"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"case 1"),
        (b"\x02" + sealed[1:], b"case 1"),
        (b"", b""),
    ):
        with pytest.raises(keys.SealBroken):
            again.open(broken, about)


def test_each_purpose_has_a_key_of_its_own(tmp_path: Path) -> None:
    vault = keys.Vault(tmp_path / "keys" / "vault.pem", lambda: None)
    vault.ready()
    sealed = vault.of("scans").seal(b"a scan", b"case 1")
    assert vault.of("scans").open(sealed, b"case 1") == b"a scan"
    assert len({vault.key_id(), vault.of("scans").key_id(), vault.of("letters").key_id()}) == 3
    for other in (vault, vault.of("letters")):
        with pytest.raises(keys.SealBroken):
            other.open(sealed, b"case 1")


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_vault_key_is_for_its_owner_only_and_never_overwritten(tmp_path: Path, passphrase: str | None) -> None:
    path = tmp_path / "keys" / "vault.pem"
    keys.generate_vault_key(path, passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(keys.load_vault_key(path, passphrase)) == 32
    with pytest.raises(keys.KeyExists):
        keys.generate_vault_key(path, passphrase)
    with pytest.raises(keys.WrongPassphrase):
        keys.load_vault_key(path, "another" if passphrase is None else None)
    with pytest.raises(keys.WrongPassphrase):
        keys.load_vault_key(path, "another")


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN LIAISON VAULT KEY-----\n!!\n-----END LIAISON VAULT KEY-----\n"])
def test_what_is_no_vault_key_is_refused(tmp_path: Path, content: bytes) -> None:
    keys.generate(tmp_path / "keys" / "event.pem")
    path = tmp_path / "keys" / "vault.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    for wrong in (path, tmp_path / "keys" / "event.pem"):
        with pytest.raises(keys.KeyMalformed):
            keys.load_vault_key(wrong)
