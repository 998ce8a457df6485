"""A node's request to join: what the operator of the trust root can rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from liaison.adapters.keys import MemorySigner
from liaison.node.cards import BadCard, CardFacts, CardNotSigned, make_card, read_card

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIGNER = MemorySigner(bytes(32))
JAMAICA = CardFacts("ncp.jm", "ncp", "NCP Jamaica", "JM", "AMS", "rilo.car", "training")


def test_a_card_is_read_as_it_was_made() -> None:
    card = read_card(make_card(JAMAICA, SIGNER, NOW))
    assert (card.facts, card.public, card.made_at, card.key_id) == (JAMAICA, SIGNER.public, NOW, SIGNER.key_id)


def test_a_card_becomes_the_row_it_asks_for() -> None:
    row = read_card(make_card(JAMAICA, SIGNER, NOW)).member(NOW)
    assert (row.node, row.office, row.country, row.valid_from) == ("ncp.jm", "rilo.car", "JM", NOW)
    assert row.key_at(SIGNER.key_id, NOW) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("node", "ncp.br"),
        ("office", "rilo.sa"),
        ("name", "NCP Jamaika"),
        ("environment", "production"),
        ("public", MemorySigner(bytes([1] * 32)).public.hex()),
        ("made_at", "2027-01-01T00:00:00+00:00"),
        ("signature", "00" * 64),
        ("public", "01" + "00" * 31),
    ],
)
def test_a_card_changed_after_signing_is_refused(name: str, value: str) -> None:
    body = json.loads(make_card(JAMAICA, SIGNER, NOW)) | {name: value}
    with pytest.raises(CardNotSigned):
        read_card(json.dumps(body).encode())


def without(name: str) -> bytes:
    body = json.loads(make_card(JAMAICA, SIGNER, NOW))
    del body[name]
    return json.dumps(body).encode()


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(make_card(JAMAICA, SIGNER, NOW)) | values).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 5000,
        b" " * 20_000,
        without("node"),
        without("signature"),
        changed(role="hub"),
        changed(format="liaison/card/2"),
        changed(node=7),
        changed(public="zz"),
        changed(made_at="2026-01-01T00:00:00"),
    ],
)
def test_a_file_that_is_no_card_is_refused(data: bytes) -> None:
    with pytest.raises(BadCard):
        read_card(data)


@pytest.mark.parametrize(
    "facts",
    [
        replace(JAMAICA, node="Jamaica"),
        replace(JAMAICA, node="ncp.jm,cn=wco.hub"),
        replace(JAMAICA, office="ncp.jm"),
        replace(JAMAICA, region="EU"),
        replace(JAMAICA, country="jm"),
        replace(JAMAICA, name="\x1b[2J"),
        replace(JAMAICA, environment="test"),
        CardFacts("rilo.car", "rilo", "RILO", "JM", "AMS", "rilo.car", "training"),
        CardFacts("rilo.car", "rilo", "RILO", "", "AMS", "wco.hub", "training"),
    ],
)
def test_a_card_with_unsound_facts_is_not_made(facts: CardFacts) -> None:
    with pytest.raises(BadCard):
        make_card(facts, SIGNER, NOW)
