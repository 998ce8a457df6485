"""Every kind of page that links lead to, on PostgreSQL: what a query or a column name may break there and not on SQLite."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from liaison.access.permissions import Role
from liaison.cli.door import premises_of
from tests.browser.furnished import HUB, NCP, RILO, founded
from tests.served import Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.assembly import Node
    from liaison.testing import MemoryFederation
    from tests.contract.databases import PostgresServer

CASES = 12
NO_PAGES = re.compile(r"^/(static|live|sign-out|charts/|blanks/.)|\.(csv|xlsx|pdf|svg|json)\b|^//|^https?:")
MORE = (
    "/search?text=SIM7&f=section%3Ddrugs",
    "/statistics?rows=month&columns=section",
    "/statistics?rows=section&measure=quantity&unit=KGM",
)


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer) -> Iterator[MemoryFederation]:
    urls = {office: postgresql.url(postgresql.create()) for office in (NCP, RILO, HUB)}
    with founded(tmp_path_factory.mktemp("postgresql"), CASES, lambda node: urls[node]) as made:
        yield made


def kinds_of(node: Node) -> list[tuple[str, re.Pattern[str]]]:
    """The GET pages as declared, with what answers to them."""
    kinds = [page.path for page in premises_of(node).console.all_pages() if page.method == "GET"]
    return [(kind, re.compile(re.sub(r"\\\{[^}]*\\\}", "[^?]+?", re.escape(kind)))) for kind in kinds]


@pytest.mark.parametrize(("office", "fewest"), [(NCP, 30), (RILO, 30), (HUB, 30)])
def test_every_page_that_links_lead_to(federation: MemoryFederation, office: str, fewest: int) -> None:
    node = federation[office].node
    kinds = kinds_of(node)
    add_person(node, "one.for.all", *Role)
    seen: set[str] = set()
    ahead = ["/", *MORE]
    with served(node) as port:
        visitor = Visitor(port).sign_in("one.for.all")
        while ahead:
            address = ahead.pop(0)
            kind = next((kind for kind, pattern in kinds if pattern.fullmatch(urlsplit(address).path)), "")
            if not kind or (kind in seen and address not in MORE):
                continue
            seen.add(kind)
            page = visitor.get(address)
            assert page.status in (200, 303), (address, page.text[:300])
            if "text/html" in page.headers.get("content-type", ""):
                ahead += [link for link in map(unescape, re.findall(r'href="(/[^"]*)"', page.html)) if not NO_PAGES.search(link)]
    assert len(seen) >= fewest, sorted({kind for kind, _ in kinds} - seen)


def test_the_number_of_what_is_mine_changes_with_what_i_did(federation: MemoryFederation) -> None:
    """No stamp of the file tells a console on PostgreSQL that something was written; who did it must not see the number of before."""
    node = federation[RILO].node
    add_person(node, "vera", Role.VERIFIER)
    with served(node) as port:
        visitor = Visitor(port).sign_in("vera")
        mine = re.compile(r'data-tally="verification.mine">\s*([0-9]+)\s*<')
        before, queue = mine.findall(visitor.get("/").html), visitor.get("/verification").html
        one = unescape(re.findall(r'name="one" value="([^"]+)"', queue)[0])
        visitor.send("/verification", "/verification/assign", queue="", one=one, what="take")
        assert int(mine.findall(visitor.get("/").html)[0]) == int(before[0]) + 1
