"""What tests of the protocol share: a small federation as a member list, and a reader in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.protocol.members import Member, MemberKey, MemberList
from liaison.protocol.opening import Reader
from liaison.protocol.topics import TopicTable
from liaison.testing import ENVIRONMENT, START, key_of
from tests.forging import SCHEMAS

if TYPE_CHECKING:
    from liaison.protocol.members import Kind

FEDERATION = bytes(range(32))
BEFORE = START - timedelta(days=30)
OFFICES: dict[str, tuple[Kind, str]] = {
    "ncp.br": ("ncp", "rilo.sa"),
    "ncp.jm": ("ncp", "rilo.car"),
    "rilo.car": ("rilo", "rilo.car"),
    "rilo.sa": ("rilo", "rilo.sa"),
    "wco.hub": ("hub", "wco.hub"),
}


def members(**changes: Any) -> MemberList:
    """Two contact points, their offices and the hub; `changes` to the list itself."""
    found = {}
    for node, (kind, office) in OFFICES.items():
        signer = key_of(node)
        key = MemberKey(signer.key_id, signer.public, BEFORE)
        found[node] = Member(node, kind, node, node[-2:].upper() if kind == "ncp" else "", "AMS", office, (key,), BEFORE)
    return replace(MemberList(FEDERATION, ENVIRONMENT, 1, BEFORE, found), **changes)


def with_member(node: str, **changes: Any) -> MemberList:
    """The same list, one member of it changed."""
    known = members()
    return replace(known, members={**known.members, node: replace(known.members[node], **changes)})


def with_key(node: str, **dates: Any) -> MemberList:
    """The same list, the key of one member dated otherwise."""
    return with_member(node, keys=(replace(members().members[node].keys[0], **dates),))


def reader_at(node: str = "rilo.car", *, known: MemberList | None = None) -> Reader:
    """A reader with this list, at the start of the day."""
    return Reader(node, known or members(), TopicTable(CUSTOMS_TOPICS, CUSTOMS_EVENTS), SCHEMAS, START)


@pytest.fixture
def reader() -> Reader:
    """The regional office, which reads what ncp.jm submits."""
    return reader_at()
