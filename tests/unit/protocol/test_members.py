"""The member list: its bytes, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.protocol.errors import UnknownNode
from liaison.protocol.members import REGIONS, BadMemberList, Member, MemberKey, MemberList, dump_list, load_list

if TYPE_CHECKING:
    from collections.abc import Callable

FEDERATION = bytes(range(32))
START = datetime(2026, 1, 1, tzinfo=UTC)


def key(number: int, **dates: datetime) -> MemberKey:
    return MemberKey(key_id=f"{number:032x}", public=number.to_bytes(32, "big"), **({"valid_from": START} | dates))


def member(node: str, kind: Any = "ncp", *, region: str = "AMS", office: str = "rilo.car", number: int = 1) -> Member:
    return Member(
        node=node, kind=kind, name=f"Office of {node}", country="", region=region, office=office, keys=(key(number),), valid_from=START
    )


def a_list(*members: Member) -> MemberList:
    everyone = (
        member("wco.hub", "hub", office="wco.hub", number=1),
        member("rilo.car", "rilo", number=2),
        member("ncp.jm", number=3),
        *members,
    )
    return MemberList(FEDERATION, "training", 7, START, {one.node: one for one in everyone})


def test_a_list_comes_back_from_its_bytes() -> None:
    assert load_list(dump_list(a_list()), FEDERATION) == a_list()


def test_the_bytes_do_not_depend_on_the_order_of_entry() -> None:
    turned = MemberList(FEDERATION, "training", 7, START, dict(reversed(a_list().members.items())))
    assert dump_list(turned) == dump_list(a_list())


times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is the next argument
rows = st.builds(
    Member,
    node=st.just("rilo.car"),
    kind=st.just("rilo"),
    name=st.text(max_size=40).filter(lambda name: name.isprintable()),
    country=st.just(""),
    region=st.sampled_from(REGIONS),
    office=st.just("rilo.car"),
    keys=st.lists(
        st.builds(
            MemberKey,
            key_id=st.binary(min_size=16, max_size=16).map(bytes.hex),
            public=st.binary(min_size=32, max_size=32),
            valid_from=times,
            valid_to=st.none() | times,
            revoked_at=st.none() | times,
            compromised_at=st.none() | times,
        ),
        max_size=3,
        unique_by=lambda one: one.key_id,
    ).map(tuple),
    valid_from=times,
    valid_to=st.none() | times,
    custody=st.sampled_from(("", "wco.hub")),
)


@given(rows)
def test_every_date_and_key_survives_the_way(row: Member) -> None:
    sent = MemberList(FEDERATION, "production", 1, START, {row.node: row})
    assert load_list(dump_list(sent), FEDERATION) == sent


def test_a_key_is_valid_from_its_first_instant_until_before_its_last() -> None:
    end = START + timedelta(days=1)
    one = Member("ncp.jm", "ncp", "Jamaica", "JM", "AMS", "rilo.car", (key(1, valid_to=end),), START)
    key_id = one.keys[0].key_id
    assert one.key_at(key_id, START) is one.keys[0]
    assert one.key_at(key_id, end - timedelta(milliseconds=1)) is one.keys[0]
    assert one.key_at(key_id, end) is None
    assert one.key_at(key_id, START - timedelta(milliseconds=1)) is None
    assert one.key_at("0" * 32, START) is None


def test_an_unknown_node_is_named_with_the_list_asked() -> None:
    with pytest.raises(UnknownNode, match=r"ncp\.xx is not in the member list \(version 7\)"):
        a_list().get("ncp.xx")


def test_an_office_finds_its_own_contact_points_and_nobody_elses() -> None:
    found = a_list(member("ncp.us", office="wco.hub", number=4), member("ncp.bb", number=5))
    assert [one.node for one in found.of_office("rilo.car")] == ["ncp.bb", "ncp.jm"]
    assert [one.node for one in found.of_office("wco.hub")] == ["ncp.us"]
    assert [one.node for one in found.offices()] == ["rilo.car", "wco.hub"]


def broken(change: Callable[[dict[str, Any]], object]) -> bytes:
    body = json.loads(dump_list(a_list()))
    change(body)
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda body: body.pop("version"), "version"),
        (lambda body: body["members"][0].update(kind="bank"), "unknown kind"),
        (lambda body: body["members"][0].update(region="EU"), "region"),
        (lambda body: body["members"][0].update(office="rilo.nowhere"), "not an office"),
        (lambda body: body["members"][1].update(office="ncp.jm"), "not an office"),
        (lambda body: body["members"][0]["keys"].append(body["members"][1]["keys"][0]), "listed twice"),
        (lambda body: body["members"][0]["keys"][0].update(public="xyz"), "cannot be read"),
        (lambda body: body["members"][0]["keys"][0].update(valid_from=None), "no id, bytes or start"),
        (lambda body: body.update(issued_at="yesterday"), "cannot be read"),
        (lambda body: body.update(members=None), "cannot be read"),
    ],
)
def test_a_list_with_one_thing_wrong_is_refused(change: Callable[[dict[str, Any]], object], sentence: str) -> None:
    with pytest.raises(BadMemberList, match=sentence) as refused:
        load_list(broken(change), FEDERATION)
    assert refused.value.code == "members.bad-list"


@given(st.binary(max_size=60))
def test_bytes_that_are_no_list_are_refused(data: bytes) -> None:
    with pytest.raises(BadMemberList):
        load_list(data, FEDERATION)
