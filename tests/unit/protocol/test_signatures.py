"""Checking a signature: what a lying member could try."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from liaison.protocol.signatures import is_weak_key, key_id_of, verify_signature

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
WEAK = bytes([1]) + bytes(31)  # the neutral point


def test_a_true_signature_is_accepted() -> None:
    assert verify_signature(PUBLIC, KEY.sign(b"message"), b"message")


@given(st.integers(0, 64 * 8 - 1))
def test_a_signature_with_one_bit_turned_is_refused(bit: int) -> None:
    signature = bytearray(KEY.sign(b"message"))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify_signature(PUBLIC, bytes(signature), b"message")


def test_another_message_is_refused() -> None:
    assert not verify_signature(PUBLIC, KEY.sign(b"message"), b"messagf")


@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=8))
def test_anything_malformed_is_refused_without_an_error(public: bytes, signature: bytes, message: bytes) -> None:
    assert not verify_signature(public, signature, message)


def test_a_key_of_small_order_proves_nothing_and_is_refused() -> None:
    fits_everything = WEAK + bytes(32)
    Ed25519PublicKey.from_public_bytes(WEAK).verify(fits_everything, b"whatever")  # the library itself accepts it
    assert not verify_signature(WEAK, fits_everything, b"whatever")
    assert is_weak_key(WEAK)
    assert is_weak_key(WEAK[:-1] + b"\x80")
    assert not is_weak_key(PUBLIC)


def test_a_key_id_needs_a_whole_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        key_id_of(PUBLIC[:-1])
