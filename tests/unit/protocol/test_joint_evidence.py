"""Evidence of many events under attack: what speaks against all of them, and what against one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from liaison.protocol import errors
from liaison.protocol.events import joint_evidence
from liaison.protocol.merkle import Tree, leaf_hash
from liaison.protocol.opening import open_evidence, open_joint_evidence, read_events
from liaison.testing import START
from tests.forging import Stream, signed, stream_of
from tests.unit.protocol.conftest import members, reader_at, with_key

if TYPE_CHECKING:
    from liaison.protocol.errors import CheckError


def jamaica(topic: str = "submissions.rilo.car") -> Stream:
    return stream_of(members(), "ncp.jm", topic)


def evidence(*places: int, **changes: Any) -> dict[str, Any]:
    """Some of six events, as an office that read their batch passes them on."""
    stream = jamaica()
    events, _ = read_events(stream.seal(*stream.withdrawals(*"ABCDEF")), reader_at())
    return {**joint_evidence([events[place] for place in places or (1, 2, 5)]), **changes}


def test_many_are_proved_together_and_each_can_go_on_alone() -> None:
    good, bad = open_joint_evidence(evidence(), reader_at("wco.hub"))
    assert ([event.payload["reference"] for event in good], bad) == (["B", "C", "F"], [])
    assert joint_evidence(good) == evidence()
    assert joint_evidence(good[1:]) == evidence(2, 5)
    alone = [open_evidence(event.evidence(), reader_at("wco.hub")) for event in good]
    assert [event.payload["reference"] for event in alone] == ["B", "C", "F"]
    assert joint_evidence(alone[:1]) == evidence(1)


def placed(*events: tuple[int, bytes]) -> dict[str, Any]:
    return {"events": [{"index": index, "event": event} for index, event in events]}


B, C, F, Z = jamaica().withdrawals(*"BCFZ")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (placed((1, B), (2, Z), (5, F)), errors.WrongRoot),
        (placed((1, B), (2, C)), errors.WrongRoot),
        (placed((1, B), (3, C), (5, F)), errors.WrongRoot),
        (placed((2, C), (1, B), (5, F)), errors.WrongRoot),
        (placed((1, B), (1, B), (2, C), (5, F)), errors.WrongRoot),
        (placed((1, B), (2, C), (5, F), (6, Z)), errors.WrongRoot),
        (placed((-1, Z), (1, B), (2, C), (5, F)), errors.WrongRoot),
        (placed(), errors.WrongRoot),
        ({"path": b""}, errors.WrongRoot),
        ({"path": bytes(96)}, errors.WrongRoot),
        ({"path": bytes(160_000)}, errors.WrongRoot),
        ({"signature": bytes(64)}, errors.BadSignature),
        ({"header": b""}, errors.Malformed),
    ],
)
def test_tampered_with_it_proves_nothing_at_all(changes: dict[str, Any], kind: type[CheckError]) -> None:
    with pytest.raises(kind):
        open_joint_evidence(evidence(**changes), reader_at("wco.hub"))


def test_under_a_compromised_key_it_proves_nothing() -> None:
    with pytest.raises(errors.RevokedKey):
        open_joint_evidence(evidence(), reader_at("wco.hub", known=with_key("ncp.jm", compromised_at=START)))


def test_one_that_cannot_be_read_leaves_the_others() -> None:
    stream = jamaica()
    first, last = stream.withdrawals("A", "C")
    batch = stream.seal(first, b"no event", last)
    record = {"header": batch.header_bytes, "signature": batch.signature, **placed((0, first), (1, b"no event"), (2, last)), "path": b""}
    good, bad = open_joint_evidence(record, reader_at("wco.hub"))
    assert [event.payload["reference"] for event in good] == ["A", "C"]
    assert [(trouble.index, type(trouble.error)) for trouble in bad] == [(1, errors.MalformedEvent)]


def test_nodes_of_the_tree_are_no_evidence() -> None:
    """Second preimage: the hashes under two nodes, given out as the events of a smaller batch."""
    stream = jamaica()
    leaves = [leaf_hash(event) for event in stream.withdrawals(*"ABCD")]
    tree = Tree(leaves)
    inner = [leaves[0] + leaves[1], leaves[2] + leaves[3]]
    forged = signed(replace(stream.header([tree.root]), root=tree.root, count=2), inner, stream.signer)
    record = {"header": forged.header_bytes, "signature": forged.signature, **placed(*enumerate(inner)), "path": b""}
    with pytest.raises(errors.WrongRoot):
        open_joint_evidence(record, reader_at("wco.hub"))
