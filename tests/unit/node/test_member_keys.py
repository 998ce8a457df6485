"""Keys of the members: which hold, which end soon, who has none, and what an office sees of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from liaison.console.key_pages import looked_after
from liaison.node.member_keys import counted_keys, key_standings
from liaison.protocol.members import Member, MemberKey, MemberList, SealingKey
from liaison.testing import START

DAY = timedelta(days=1)


def signing(name: str = "a", **changes: Any) -> MemberKey:
    return MemberKey(**{"key_id": name, "public": bytes(32), "valid_from": START - 90 * DAY, **changes})


def sealing(name: str = "s", **changes: Any) -> SealingKey:
    return SealingKey(**{"key_id": name, "public": bytes(32), "valid_from": START - 90 * DAY, **changes})


def member(*keys: MemberKey, seals: tuple[SealingKey, ...] = (sealing(),), **changes: Any) -> Member:
    plain = {"node": "ncp.br", "kind": "ncp", "name": "Brazil", "country": "BR", "region": "AMS", "office": "rilo.sa"}
    return Member(**{**plain, "keys": keys, "valid_from": START - 900 * DAY, "sealing": seals, **changes})


@pytest.mark.parametrize(
    ("key", "state"),
    [
        (signing(), "in-force"),
        (signing(valid_to=START + 61 * DAY), "in-force"),
        (signing(valid_to=START + 60 * DAY), "ends-soon"),
        (signing(valid_from=START + DAY), "to-come"),
        (signing(valid_to=START), "ended"),
        (signing(revoked_at=START - DAY), "revoked"),
        (signing(revoked_at=START - DAY, compromised_at=START - 2 * DAY), "compromised"),
    ],
)
def test_a_signing_key_stands_as_its_dates_say(key: MemberKey, state: str) -> None:
    (found,) = [one for one in key_standings([member(key)], START) if one.purpose == "signing" and one.key_id]
    assert found.state == state


def test_a_member_without_a_key_that_holds_is_named_first() -> None:
    revoked = member(signing(revoked_at=START - DAY), seals=())
    found = key_standings([member(signing("b"), node="ncp.ar"), revoked], START)
    assert [(one.member.node, one.purpose, one.state) for one in found[:3]] == [
        ("ncp.br", "signing", "revoked"),
        ("ncp.br", "sealing", "missing"),
        ("ncp.br", "signing", "missing"),
    ]
    assert counted_keys(found) == {"revoked": 1, "missing": 2, "in-force": 2}


def test_a_member_that_has_left_needs_no_key_and_an_old_sealing_key_is_to_be_renewed() -> None:
    left = member(signing(valid_to=START - DAY), seals=(), valid_to=START - DAY)
    assert [one.state for one in key_standings([left], START)] == ["ended"]
    old = key_standings([member(signing(), seals=(sealing(valid_from=START - 400 * DAY),))], START)
    assert next((one.state, one.days) for one in old) == ("old", 400)
    assert all(one.state != "missing" for one in old)


def test_an_office_looks_after_its_own_members_and_the_hub_after_all() -> None:
    rows = [
        member(signing("a"), node="wco.hub", kind="hub", office="wco.hub"),
        member(signing("b"), node="rilo.sa", kind="rilo"),
        member(signing("c")),
        member(signing("d"), node="ncp.us", office="wco.hub"),
    ]
    members = MemberList(bytes(32), "training", 1, START, {one.node: one for one in rows})
    assert [one.node for one in looked_after(members, "rilo.sa")] == ["ncp.br", "rilo.sa"]
    assert len(looked_after(members, "wco.hub")) == 4
