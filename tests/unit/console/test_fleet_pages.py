"""The page Fleet and `liaison fleet`: what an administrator of an office sees of its nodes, and what others do not."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.cli.fleet import app
from liaison.node.reporting import note_backup
from liaison.node.times import to_ms
from liaison.terminal import Terminal
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Here

if TYPE_CHECKING:
    from collections.abc import Iterator

NCP, RILO, HUB, OTHER = "ncp.br", "rilo.sa", "wco.hub", "ncp.jm"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """At the hub: its own node never backed up, Brazil fine, Jamaica out of date with a hostile version, others that never reported."""
    folder = tmp_path_factory.mktemp("fleet")
    with MemoryFederation(folder, lambda name: node_spec(kind_of(name)), status_minutes=15) as federation:
        federation.start(NCP, HUB)
        with federation[NCP].steps.writing() as tx:
            note_backup(tx.connection, tx.around.tables, tx.now)
        federation.work()
        federation.settle()
        with federation[HUB].steps.writing() as tx:
            reports = tx.around.tables.reports
            row = dict(next(iter(tx.rows(reports.select().where(reports.c.node == NCP)))))
            then = to_ms(tx.now - timedelta(days=3))
            wrong = {"node": OTHER, "reported_at": then, "version": "<b>9</b>", "disk": "low"}
            wrong |= {"lags": '{"mail": 100000}', "lag_seen_at": then}
            tx.execute(insert(reports).values(row | wrong))
        add_person(federation[HUB].node, "keeper", Role.ADMINISTRATOR)
        add_person(federation[HUB].node, "analyst", Role.ANALYST)
        with served(federation[HUB].node) as port:
            yield federation, port


@pytest.fixture(scope="module")
def keeper(made: Any) -> Visitor:
    return Visitor(made[1]).sign_in("keeper")


def asked(federation: MemoryFederation, node: str, *words: str, roles: tuple[Role, ...] = tuple(Role), as_json: bool = True) -> Any:
    out = io.StringIO()
    here = Here(federation[node], roles, Terminal(as_json=as_json, out=out, err=io.StringIO()))
    result = CliRunner().invoke(app(), list(words), obj=here)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(out.getvalue()) if as_json else out.getvalue()


def test_the_worst_comes_first_with_its_reason_and_the_next_step(keeper: Visitor) -> None:
    seen = keeper.get("/fleet")
    order = re.findall(r'href="/fleet/([a-z.]+)"', seen.html)
    assert order[:2] == [OTHER, HUB]
    assert order[-1] == NCP
    assert "Nothing signed by it has come for 72 hours. Call its administrator" in seen.text
    assert "It has never been backed up. Its administrator makes one" in seen.text
    assert re.search(r'data-tally="fleet">\s*2\s*<', seen.html)
    assert "<b>9</b>" not in seen.html
    assert "&lt;b&gt;9" in seen.html


def test_the_list_is_narrowed_by_state_and_by_name(keeper: Visitor) -> None:
    assert "ncp.jm" not in keeper.get("/fleet?state=fine").text
    assert "ncp.br" in keeper.get("/fleet?state=fine").text
    assert "ncp.br" not in keeper.get("/fleet?text=jm").text
    assert "No node fits." in keeper.get("/fleet?text=atlantis").text


def test_one_node_is_shown_with_all_it_says_and_its_last_reports(keeper: Visitor) -> None:
    seen = keeper.get(f"/fleet/{OTHER}")
    assert "up to 100,000 records" in seen.text
    assert "under 20 GiB" in seen.text
    assert "silent" in seen.text
    assert "never reported" in keeper.get("/fleet/ncp.us").text
    assert keeper.get("/fleet/ncp.zz").status == 404
    french = replace(keeper, language="fr").get(f"/fleet/{OTHER}").text
    assert "muet" in french


def test_who_has_no_part_in_running_the_network_is_refused(made: Any) -> None:
    analyst = Visitor(made[1]).sign_in("analyst")
    assert analyst.get("/fleet").status == 403
    assert analyst.get(f"/fleet/{NCP}").status == 403
    assert 'href="/fleet"' not in analyst.get("/").html


def test_the_command_says_the_same_and_a_contact_point_sees_what_it_has_said_itself(made: Any) -> None:
    federation = made[0]
    rows = asked(federation, HUB)
    assert [row["node"] for row in rows][:2] == [OTHER, HUB]
    assert rows[0]["state"] == "silent"
    assert rows[0]["reasons"] == [{"code": "silent", "number": 72}]
    assert "needs attention" in asked(federation, HUB, HUB, as_json=False)
    (own,) = asked(federation, NCP)
    assert (own["node"], own["state"], own["disk"] in ("ample", "low", "critical")) == (NCP, "fine", True)
    one = asked(federation, HUB, NCP)
    assert [told["version"] for told in one["history"]] == [own["version"]]
    assert max(len(line) for line in asked(federation, HUB, as_json=False).splitlines()) <= 200


def test_members_and_keys_are_shown_with_what_to_do(made: Any, keeper: Visitor) -> None:
    federation = made[0]
    seen = keeper.get("/members/keys")
    assert "6 nodes looked after" in seen.text
    assert "in force 12" in seen.text
    now = federation.clock.now()
    key = federation.members.members[OTHER].keys[0]
    federation.change(OTHER, keys=(replace(key, valid_to=now + timedelta(days=20)),), sealing=())
    federation.update_trust(federation[HUB].node)
    soon = keeper.get("/members/keys?state=ends-soon")
    assert "ends soon in 20 days" in soon.text
    assert key.key_id in soon.text
    assert "liaison federation admit card.json" in soon.text
    assert "ncp.br" not in soon.text
    assert "missing 1" in soon.text
    assert re.search(r'data-tally="keys">\s*2\s*<', keeper.get("/").html)
    assert "No key fits." in keeper.get("/members/keys?text=atlantis").text
    assert OTHER in keeper.get("/members/ncp.jm").text


def test_a_key_is_suspended_with_a_reason_shown_everywhere_and_taken_back(made: Any, keeper: Visitor) -> None:
    federation = made[0]
    key, page = federation.members.members[NCP].keys[0].key_id, f"/members/keys?text={federation.members.members[NCP].keys[0].key_id}"
    assert "Suspend this key" in keeper.get(page).text
    assert "Suspend this key" not in keeper.get(f"/members/keys?text={HUB}").text  # its own: that would hold its own word to lift it
    analyst = Visitor(made[1]).sign_in("analyst")
    assert "Suspend" not in analyst.get(page).text.replace("Suspend a key that was", "")
    told = {"node": NCP, "key": key, "reason": "key-stolen"}
    assert analyst.send(page, "/members/keys/suspend", **told).status == 403
    assert keeper.send(page, "/members/keys/suspend", **{**told, "key": ""}).status == 400
    done = keeper.follow(keeper.send(page, "/members/keys/suspend", **told))
    assert f"The key {key} of {NCP} is suspended" in done.text
    seen = keeper.get(page).text
    assert "suspended" in seen
    assert f"by {HUB} since" in seen
    assert "the key was stolen" in seen
    assert "suspended" in keeper.get(f"/members/{NCP}").text
    refused = keeper.send(page, "/members/keys/lift", **{**told, "key": "0" * 32, "reason": "mistaken"})
    assert "Look at the keys: only who suspended one lifts that." in refused.text
    keeper.send(page, "/members/keys/lift", **{**told, "reason": "found-safe"})
    assert "Suspend this key" in keeper.get(page).text
