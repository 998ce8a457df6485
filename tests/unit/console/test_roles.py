"""Every page of every kind of office as every role: the permission table decides, and nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pytest

from liaison.access.permissions import Role, allowed
from liaison.access.users import UserExists
from liaison.assembly import kind_of, node_spec
from liaison.cli.door import premises_of
from liaison.node import overview
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.assembly import Node
    from liaison.console.pages import Page

OFFICES = ("ncp.br", "rilo.sa", "wco.hub")
ANSWERS = (200, 303, 400, 404, 422)  # of a page that is asked about what is not there
REFUSED = (b"Your roles do not allow this.", b"This is done at the national office, not at a port.")  # the other to somebody at a port


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path_factory.mktemp("roles"), lambda name: node_spec(kind_of(name))) as made:
        yield made.start(*OFFICES)


@pytest.fixture(scope="module")
def asked() -> set[tuple[str, object]]:
    """What every role has asked for already."""
    return set()


@pytest.mark.parametrize("office", OFFICES)
def test_what_a_role_may_not_do_is_refused_before_the_page_is_called(
    federation: MemoryFederation, office: str, asked: set[tuple[str, object]]
) -> None:
    """A page that several kinds of office have is asked for by every role at the first of them, elsewhere by one that may see it."""
    node = federation[office].node
    pages = premises_of(node).console.all_pages()
    once = {page.name for page in pages if (page.name, page.answer) in asked}
    asked |= {(page.name, page.answer) for page in pages}
    assert len(pages) > 60
    shown: set[str] = set()
    with served(node) as port:
        for role in Role:
            visitor = Visitor(port).sign_in(signed_in(node, role))
            for page in pages:
                may = allowed({role}, page.action)
                if page.name in once:
                    if not may or page.method != "GET" or page.name in shown:
                        continue
                    shown.add(page.name)
                check(visitor, page, role, may=may)


STREAM: Final = "submissions.sa"
NUMBERS: Final = {"batches held": "held.list", "gaps in streams": "streams.list", "in quarantine": "quarantine.list"}


def test_the_status_shows_each_role_what_the_permission_table_gives_it(
    federation: MemoryFederation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams say which administration reports when; an officer needs whether the node runs and what waits to leave."""
    node = federation["rilo.sa"].node
    everything = dict.fromkeys(
        ("held", "parked", "gaps", "gaps_declared", "forks", "quarantine", "quarantine_held", "refused_by_others"), 3
    )
    stream = {"own": False, "issuer": "ncp.br", "topic": STREAM, "region": "SAM", "last_sequence": 9, "state": "open", "issued_at": None}
    usual = overview.status

    def busy(*given: Any) -> dict[str, Any]:
        return {**usual(*given), **everything, "streams": [stream], "unheard of": "secret"}

    monkeypatch.setattr(overview, "status", busy)
    with served(node) as port:
        for role in Role:
            visitor = Visitor(port).sign_in(signed_in(node, role))
            seen = visitor.get("/node")
            assert "waiting to leave" in seen.text, role
            assert (STREAM in seen.text) == ("Streams Whose" in seen.text) == allowed({role}, "streams.list"), role
            for said, action in NUMBERS.items():
                assert (said in seen.text) == allowed({role}, action), (role, said)
            assert "secret" not in seen.text
            assert ("Last heard here" in visitor.get("/members").text) == allowed({role}, "streams.list"), role
            member = visitor.get("/members/ncp.br").text
            assert ("What arrived here" in member) == allowed({role}, "streams.list"), role


def signed_in(node: Node, role: Role) -> str:
    """The name of somebody with this role alone."""
    name = f"some.{role}"
    with suppress(UserExists):
        add_person(node, name, role)
    return name


def check(visitor: Visitor, page: Page, role: Role, *, may: bool) -> None:
    """One page as one role; forms are sent without their token, so that none does anything."""
    path = re.sub(r"\{[^}]*\}", "nothing", page.path)
    seen = visitor.get(path) if page.method == "GET" else visitor.post(path, {"csrf": ""})
    if may and seen.status == 403 and b"seizures.other-port" in seen.raw:
        return
    assert seen.status in (ANSWERS if may and page.method == "GET" else (403,)), (role, page.name, seen.status, seen.raw[:200])
    assert any(one in seen.raw for one in REFUSED) == (not may), (role, page.name)  # in bytes: some hand out a file
