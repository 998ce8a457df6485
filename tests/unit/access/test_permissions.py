"""Who may do what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.access.permissions import (
    PERMISSIONS,
    NotPermitted,
    Person,
    Role,
    SamePerson,
    UnknownRole,
    allowed,
    ensure_other_person,
    parse_roles,
    require,
)

ROLES = st.frozensets(st.sampled_from(Role))


def person(*roles: Role) -> Person:
    return Person("u-00000001", "somebody", frozenset(roles))


@given(ROLES, st.text(max_size=30).filter(lambda action: action not in PERMISSIONS))
def test_what_the_table_does_not_name_is_denied_to_everybody(roles: frozenset[Role], action: str) -> None:
    assert not allowed(roles, action)


@pytest.mark.parametrize("action", PERMISSIONS)
def test_without_a_role_nothing_is_allowed(action: str) -> None:
    with pytest.raises(NotPermitted) as refused:
        require(person(), action)
    assert refused.value.code == "access.not-permitted"


@given(ROLES, ROLES, st.sampled_from(sorted(PERMISSIONS)))
def test_several_roles_may_do_what_one_of_them_may(one: frozenset[Role], other: frozenset[Role], action: str) -> None:
    assert allowed(one | other, action) == (allowed(one, action) or allowed(other, action))


@pytest.mark.parametrize("action", PERMISSIONS)
def test_every_action_is_somebodys(action: str) -> None:
    assert any(allowed({role}, action) for role in Role)


def test_the_refusal_names_the_role_that_is_needed_and_those_one_has() -> None:
    with pytest.raises(NotPermitted, match=r"alerts\.release needs the role releaser; you have analyst, officer\."):
        require(person(Role.OFFICER, Role.ANALYST), "alerts.release")


@pytest.mark.parametrize(
    ("role", "action"),
    [
        (Role.OFFICER, "seizures.import"),
        (Role.VERIFIER, "verification.decide"),
        (Role.ANALYST, "alerts.draft"),
        (Role.RELEASER, "alerts.release"),
        (Role.ADMINISTRATOR, "users.manage"),
        (Role.AUDITOR, "audit.read"),
    ],
)
def test_each_role_can_do_its_own_work(role: Role, action: str) -> None:
    require(person(role), action)


CHANGES = [
    "seizures.import", "seizures.submit", "seizures.amend", "seizures.withdraw", "seizures.simulate", "verification.decide", "alerts.draft",
    "alerts.release", "alerts.feedback", "node.backup", "node.restore", "quarantine.retry", "trust.update", "topics.create",
    "federation.manage", "users.manage",
]  # fmt: skip


@pytest.mark.parametrize("action", CHANGES)
def test_an_auditor_changes_nothing(action: str) -> None:
    assert action in PERMISSIONS
    assert not allowed({Role.AUDITOR}, action)


def test_only_an_administrator_manages_users() -> None:
    assert [role for role in Role if allowed({role}, "users.manage")] == [Role.ADMINISTRATOR]


def test_an_administrator_does_not_read_or_decide_records() -> None:
    for action in ("seizures.list", "alerts.read", "verification.decide", "alerts.release"):
        assert not allowed({Role.ADMINISTRATOR}, action)


def test_nobody_releases_what_he_or_she_wrote() -> None:
    ensure_other_person("u-00000001", "u-00000002")
    with pytest.raises(SamePerson) as refused:
        ensure_other_person("u-00000001", "u-00000001")
    assert refused.value.code == "access.same-person"


@pytest.mark.parametrize(("author", "releaser"), [("", "u-00000001"), ("u-00000001", ""), ("", "")])
def test_an_unknown_author_or_releaser_is_refused(author: str, releaser: str) -> None:
    with pytest.raises(SamePerson):
        ensure_other_person(author, releaser)


def test_roles_are_read_as_people_type_them() -> None:
    assert parse_roles(["Officer", " analyst "]) == {Role.OFFICER, Role.ANALYST}
    with pytest.raises(UnknownRole, match="'chief'") as refused:
        parse_roles(["chief"])
    assert "officer, drafter, verifier, analyst, releaser, administrator, auditor" in refused.value.sentence


def test_a_drafter_writes_and_hands_in_and_lets_nothing_go() -> None:
    own = {action for action in PERMISSIONS if allowed({Role.DRAFTER}, action) and not allowed({Role.ADMINISTRATOR}, action)}
    assert own == {"seizures.import", "seizures.national", "ports.hand-in", "ports.waiting"}
