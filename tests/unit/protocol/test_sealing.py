"""What is sealed opens for its recipients, in its place, and nowhere else: one test an attack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from liaison.protocol.sealing import (
    SIZES,
    Context,
    NotForUs,
    OpeningKey,
    SealNotOpened,
    SealTampered,
    SealTooLarge,
    is_weak_sealing_key,
    open_sealed,
    seal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ALICE, BOB, EVE = (OpeningKey.of_seed(bytes([n]) * 32) for n in (1, 2, 3))
CONTEXT = Context(b"f" * 32, "training", "ncp.br", b"e" * 16, ("rilo.sa", "AMS"))
RECIPIENTS = {"rilo.sa": (ALICE.key_id, ALICE.public), "ncp.jm": (BOB.key_id, BOB.public)}
KEY = b"k" * 32


def ring(*keys: OpeningKey) -> Callable[[str, bytes, bytes], bytes]:
    held = {key.key_id: key for key in keys}

    def unwrap(key_id: str, wrapped: bytes, info: bytes) -> bytes:
        return held[key_id].unwrap(wrapped, info)

    return unwrap


def sealed(plain: bytes = b"a case") -> dict[str, Any]:
    return seal(plain, RECIPIENTS, CONTEXT, KEY)


def test_every_recipient_opens_it_and_nobody_else() -> None:
    made = sealed()
    assert open_sealed(made, CONTEXT, "rilo.sa", ring(ALICE)) == b"a case"
    assert open_sealed(made, CONTEXT, "ncp.jm", ring(BOB)) == b"a case"
    with pytest.raises(NotForUs):
        open_sealed(made, CONTEXT, "ncp.ru", ring(EVE))
    assert b"a case" not in made["body"]


def test_attack_wrong_recipient_takes_anothers_place() -> None:
    made = sealed()
    made["recipients"][0] |= {"node": "ncp.fr", "key_id": EVE.key_id}
    with pytest.raises(SealTampered):
        open_sealed(made, CONTEXT, "ncp.fr", ring(EVE))


@pytest.mark.parametrize("at", [0, 700, -1])
def test_attack_ciphertext_changed(at: int) -> None:
    made = sealed()
    body = bytearray(made["body"])
    body[at] ^= 1
    with pytest.raises(SealTampered):
        open_sealed({**made, "body": bytes(body)}, CONTEXT, "rilo.sa", ring(ALICE))


def test_attack_recipient_added_removed_or_listed_twice() -> None:
    made = sealed()
    more = [*made["recipients"], {"node": "wco.hub", "key_id": EVE.key_id, "wrapped": b"x" * 80}]
    for recipients in (more, made["recipients"][1:], [made["recipients"][1]] * 2):
        with pytest.raises(SealTampered):
            open_sealed({**made, "recipients": recipients}, CONTEXT, "rilo.sa", ring(ALICE))


@pytest.mark.parametrize(
    "moved",
    [
        {"event_id": b"x" * 16},
        {"sender": "ncp.jm"},
        {"environment": "production"},
        {"federation": b"x" * 32},
        {"audience": ("rilo.sa", "AMS", "EUR")},
        {"audience": ("rilo.saAMS",)},
    ],
)
def test_attack_replay_in_another_event_federation_environment_or_audience(moved: dict[str, Any]) -> None:
    with pytest.raises(SealTampered):
        open_sealed(sealed(), replace(CONTEXT, **moved), "rilo.sa", ring(ALICE))


def test_attack_downgrade_to_another_suite() -> None:
    with pytest.raises(SealNotOpened):
        open_sealed({**sealed(), "suite": "none"}, CONTEXT, "rilo.sa", ring(ALICE))


def test_attack_another_key_for_the_same_body_breaks_the_commitment() -> None:
    made, other = sealed(), seal(b"a case", RECIPIENTS, CONTEXT, b"o" * 32)
    with pytest.raises(SealTampered):
        open_sealed({**made, "recipients": other["recipients"]}, CONTEXT, "rilo.sa", ring(ALICE))
    with pytest.raises(SealTampered):
        open_sealed({**other, "body": made["body"]}, CONTEXT, "rilo.sa", ring(ALICE))


def test_the_length_says_little() -> None:
    assert len({len(sealed(b"x" * size)["body"]) for size in range(0, SIZES[0] - 4, 97)}) == 1
    with pytest.raises(SealTooLarge):
        sealed(b"x" * SIZES[-1])


def test_weak_keys_are_no_keys() -> None:
    assert is_weak_sealing_key(bytes(32))
    assert is_weak_sealing_key(b"short")
    assert not is_weak_sealing_key(ALICE.public)
