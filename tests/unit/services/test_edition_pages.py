"""Code lists at every node, and at the hub the next edition: one person proposes it, another releases it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with MemoryFederation(tmp_path_factory.mktemp("editions"), lambda name: node_spec(kind_of(name))) as federation:
        federation.start("wco.hub", "rilo.sa", "ncp.br")
        node = federation["wco.hub"].node
        add_person(node, "keeper", Role.ADMINISTRATOR)
        add_person(node, "second", Role.RELEASER)
        with served(node) as port:
            yield federation, Visitor(port).sign_in("keeper"), Visitor(port).sign_in("second")


def upload(visitor: Visitor, document: bytes, note: str = "") -> Any:
    """The form with its file, as a browser sends it."""
    csrf = visitor.get("/editions").csrf
    edge = "----edge"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in (("csrf", csrf), ("note", note))
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="next.json"\r\nContent-Type: application/json\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + document + f"\r\n--{edge}--\r\n".encode()
    given = {"Content_Type": f"multipart/form-data; boundary={edge}", "Origin": f"http://127.0.0.1:{visitor.port}"}
    return visitor.ask("POST", "/editions", body, **given)


def next_edition(visitor: Visitor, name: str = "2026.9") -> bytes:
    document = json.loads(visitor.get("/editions/document").raw)
    document |= {"edition": name, "valid_from": "2026-09-01"}
    entry = next(one for one in document["lists"]["commodities"]["codes"] if one["code"] == "cocaine")
    entry["en"] = "Cocaine (base or salt)"
    return json.dumps(document).encode()


def test_a_list_shows_its_codes_in_the_readers_language_and_finds_a_word(hub: Any) -> None:
    keeper = hub[1]
    assert "commodities" in keeper.get("/codelists").text
    assert "cocaine" in keeper.get("/codelists/commodities?text=Cocaina").text
    keeper.language = "fr"
    assert "Cocaïne" in keeper.get("/codelists/commodities").html
    keeper.language = "en"
    assert keeper.get("/codelists/nothing").status in (404, 422)


def test_what_may_not_follow_is_refused_beside_the_form(hub: Any) -> None:
    keeper = hub[1]
    assert "Choose the file" in keeper.send("/editions", "/editions").text
    seen = upload(keeper, b"{not json")
    assert seen.status == 422
    document = json.loads(next_edition(keeper))
    document["lists"]["commodities"]["codes"] = []
    refused = upload(keeper, json.dumps(document).encode(), "everything goes")
    assert refused.status == 422
    assert "everything goes" in refused.html


def test_one_proposes_another_releases_and_every_node_has_it(hub: Any) -> None:
    federation, keeper, second = hub
    proposed = upload(keeper, next_edition(keeper), "Cocaine has a longer label.")
    assert "Edition 2026.9 is proposed." in keeper.follow(proposed).text
    shown = keeper.get("/editions/2026.9")
    assert "cocaine" in shown.text
    sha256 = re.search(r"[0-9a-f]{64}", second.get("/editions/2026.9").text)
    assert sha256
    again = second.send("/editions/2026.9", "/editions/2026.9/release", sha256="0" * 64)
    assert again.status == 422
    done = second.send("/editions/2026.9", "/editions/2026.9/release", sha256=sha256.group())
    assert "Edition 2026.9 is released to every node" in second.follow(done).text
    federation.settle()
    assert "2026.9" in keeper.get("/codelists/editions").text


def test_who_proposed_it_may_not_release_it(hub: Any) -> None:
    keeper = hub[1]
    upload(keeper, next_edition(keeper, "2026.10").replace(b"2026-09-01", b"2026-10-01"))
    page = keeper.get("/editions/2026.10")
    assert "somebody else must release it" in page.text
    sha256 = re.search(r"[0-9a-f]{64}", page.text)
    assert sha256
    assert keeper.send("/editions/2026.10", "/editions/2026.10/release", sha256=sha256.group()).status == 422
    assert "is no longer proposed" in keeper.follow(keeper.send("/editions/2026.10", "/editions/2026.10/discard")).text
