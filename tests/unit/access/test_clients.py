"""Keys of client programs: shown once, good until revoked or too old, never more than they were given."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from liaison.access import clients as module
from liaison.access.clients import (
    BadClientName,
    Client,
    ClientExists,
    ClientRefused,
    ClientRevoked,
    IdempotencyKeyReused,
    UnknownAction,
    UnknownClient,
    Wanted,
    client_of,
    earlier_answer,
    keep_answer,
    known_actions,
    list_clients,
    make_key,
    note_seen,
    revoke,
    rotate_key,
)
from liaison.access.permissions import NotPermitted, require

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.tables import Access
    from tests.unit.access.conftest import TestClock

WANTED = Wanted("case-system", frozenset({"seizures.import"}), "BR", 30)


@pytest.fixture
def key(connection: Connection, access: Access) -> str:
    return make_key(connection, access, WANTED, "u-0000000a").key


def test_the_database_holds_no_key(connection: Connection, access: Access, key: str) -> None:
    row = connection.execute(select(access.tables.clients)).mappings().one()
    assert key not in str(dict(row))
    assert "lk_" not in repr(make_key(connection, access, Wanted("other", frozenset(), "BR"), ""))


def test_a_client_acts_as_an_officer_who_is_kept_to_what_it_may(connection: Connection, access: Access, key: str) -> None:
    client = client_of(connection, access, key)
    require(client.person, "seizures.import")
    for action in ("seizures.submit", "seizures.list", "users.manage", "no.such"):
        with pytest.raises(NotPermitted):
            require(client.person, action)
    assert client.country == "BR"


def test_being_given_an_action_is_not_enough_where_no_officer_may_do_it(connection: Connection, access: Access) -> None:
    key = make_key(connection, access, Wanted("greedy", frozenset({"users.manage"}), "BR"), "u-0000000a").key
    with pytest.raises(NotPermitted):
        require(client_of(connection, access, key).person, "users.manage")


def test_an_old_or_revoked_or_unknown_key_is_refused_with_the_same_words(
    connection: Connection, access: Access, clock: TestClock, key: str
) -> None:
    said = set()
    for wrong in ("", key[:-1], key.upper(), f"{key} ", key[:-1] + ("0" if key[-1] != "0" else "1")):
        with pytest.raises(ClientRefused) as refused:
            client_of(connection, access, wrong)
        said.add(str(refused.value))
    clock.advance(days=29)
    client_of(connection, access, key)
    clock.advance(days=1)
    with pytest.raises(ClientRefused) as refused:
        client_of(connection, access, key)
    said.add(str(refused.value))
    assert [one.state for one in list_clients(connection, access)] == ["expired"]
    fresh = make_key(connection, access, Wanted("fresh", frozenset(), "BR"), "u-0000000a").key
    assert revoke(connection, access, "Fresh").state == "revoked"
    with pytest.raises(ClientRefused) as refused:
        client_of(connection, access, fresh)
    assert {*said, str(refused.value)} == said
    assert len(said) == 1


def test_a_name_is_given_once_even_after_it_was_revoked(connection: Connection, access: Access, key: str) -> None:
    assert key
    revoke(connection, access, "case-system")
    with pytest.raises(ClientExists):
        make_key(connection, access, WANTED, "u-0000000a")
    with pytest.raises(BadClientName):
        make_key(connection, access, Wanted("a b", frozenset(), "BR"), "u-0000000a")
    with pytest.raises(UnknownClient):
        revoke(connection, access, "nobody")


def test_only_what_the_node_offers_can_be_given() -> None:
    assert known_actions(["a.b "], frozenset({"a.b"})) == {"a.b"}
    with pytest.raises(UnknownAction):
        known_actions(["users.manage"], frozenset({"a.b"}))


def test_answers_are_kept_for_a_week_each_client_its_own(connection: Connection, access: Access, clock: TestClock, key: str) -> None:
    client = client_of(connection, access, key)
    keep_answer(connection, access, client, ("k", "d" * 64), (201, "{}"))
    keep_answer(connection, access, client, ("k", "d" * 64), (200, "later"))
    assert earlier_answer(connection, access, client, ("k", "d" * 64)) == (201, "{}")
    with pytest.raises(IdempotencyKeyReused):
        earlier_answer(connection, access, client, ("k", "e" * 64))
    other = Client(client_of(connection, access, make_key(connection, access, Wanted("other", frozenset(), "BR"), "").key).person, "BR")
    assert earlier_answer(connection, access, other, ("k", "d" * 64)) is None
    clock.advance(days=8)
    note_seen(connection, access, client)
    assert earlier_answer(connection, access, client, ("k", "d" * 64)) is None
    assert list_clients(connection, access)[0].seen_at == clock.now()


DAY = timedelta(days=1)


def refused(connection: Connection, access: Access, *keys: str) -> bool:
    for key in keys:
        with pytest.raises(ClientRefused):
            client_of(connection, access, key)
    return True


def test_a_rotated_key_leaves_the_program_time_and_then_only_the_new_one_opens(
    connection: Connection, access: Access, clock: TestClock, key: str
) -> None:
    was = client_of(connection, access, key)
    made = rotate_key(connection, access, "Case-System", 30, DAY)
    assert client_of(connection, access, key) == client_of(connection, access, made.key) == was
    assert list_clients(connection, access)[0].old_key_until == clock.now() + DAY
    clock.advance(days=1)
    assert refused(connection, access, key)
    assert client_of(connection, access, made.key) == was
    assert list_clients(connection, access)[0].old_key_until is None


def test_a_key_that_leaked_ends_at_once_also_when_it_was_rotated_before(connection: Connection, access: Access, key: str) -> None:
    second = rotate_key(connection, access, "case-system", 30, DAY).key
    third = rotate_key(connection, access, "case-system", 30, timedelta(0)).key
    assert refused(connection, access, key, second)
    client_of(connection, access, third)


def test_rotation_makes_no_old_key_live_longer_and_revives_none_that_was_revoked(
    connection: Connection, access: Access, clock: TestClock, key: str
) -> None:
    clock.advance(days=29, hours=20)
    fourth = rotate_key(connection, access, "case-system", 30, DAY).key
    clock.advance(hours=4)
    assert refused(connection, access, key)
    revoke(connection, access, "case-system")
    assert refused(connection, access, fourth)
    with pytest.raises(ClientRevoked):
        rotate_key(connection, access, "case-system", 30, DAY)


def test_answers_are_bounded_by_number_and_length_as_well(
    connection: Connection, access: Access, clock: TestClock, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWERS_KEPT_EACH", 3)
    client = client_of(connection, access, key)
    other = client_of(connection, access, make_key(connection, access, Wanted("other", frozenset(), "BR"), "").key)
    keep_answer(connection, access, other, ("first", "d" * 64), (201, "{}"))
    for number in range(6):
        clock.advance(seconds=20)
        keep_answer(connection, access, client, (f"k{number}", "d" * 64), (201, "{}"))
    keep_answer(connection, access, client, ("long", "d" * 64), (422, "x" * 20_000))
    note_seen(connection, access, client)
    told = [number for number in range(6) if earlier_answer(connection, access, client, (f"k{number}", "d" * 64))]
    assert told == [3, 4, 5]
    assert earlier_answer(connection, access, client, ("long", "d" * 64)) is None
    assert earlier_answer(connection, access, other, ("first", "d" * 64)) == (201, "{}")
    assert connection.execute(select(func.count()).select_from(access.tables.answers)).scalar() == 4
