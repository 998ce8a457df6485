"""`liaison api`, and the API of a running node process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from liaison.adapters.embedded_kafka.ready import free_port
from tests.unit.cli.test_run import SECONDS, no_broker, running

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World

CASE = b'{"reference": "A-1", "date": "2026-02-20", "lines": [{"commodity": "cocaine", "quantities": [{"amount": 2, "unit": "KGM"}]}]}'


def make(world: World, name: str = "case-system") -> str:
    told = world.at("api", "keys", "make", name, "--may", "seizures.import", "--may", "seizures.list")
    assert told.code == 0, told.err
    return str(told.json["key"])


def test_a_key_is_made_listed_and_revoked_by_an_administrator_and_audited(world: World) -> None:
    key = make(world)
    listed = world.at("api", "keys", "list")
    assert (listed.json[0]["client"], listed.json[0]["state"], listed.json[0]["country"]) == ("case-system", "active", "JM")
    assert key not in listed.out
    rotated = world.at("api", "keys", "rotate", "case-system", "--overlap", "2").json
    assert rotated["key"] not in (key, "")
    assert world.at("api", "keys", "list").json[0]["old_key_until"]
    assert world.at("api", "keys", "revoke", "case-system").json["state"] == "revoked"
    assert world.at("api", "keys", "make", "case-system", "--may", "seizures.list").refusal == "api.client-exists"
    assert world.at("api", "keys", "make", "other", "--may", "users.manage").refusal == "api.unknown-action"
    assert world.at("api", "keys", "rotate", "case-system").refusal == "api.client-revoked"
    assert world.at("api", "keys", "revoke", "nobody").refusal == "api.unknown-client"
    audit = world.at("audit", "show").out
    assert "clients.manage" in audit
    assert key not in audit


def test_only_an_administrator_makes_keys_and_only_where_there_is_an_api(world: World) -> None:
    for who in ("officer", "auditor"):
        assert world.at("api", "keys", "make", "mine", "--may", "seizures.list", who=who).refusal == "access.not-permitted"
        assert world.at("api", "keys", "list", who=who).refusal == "access.not-permitted"
    assert world.cli("--json", "--home", str(world.home("rilo.car")), "api", "openapi").refusal == "api.none"


def test_the_document_is_printed_or_written(world: World) -> None:
    file = world.folder / "openapi.json"
    assert world.at("api", "openapi", "--out", str(file)).code == 0
    assert json.loads(file.read_text("utf-8")) == world.at("api", "openapi").json


def test_a_running_node_serves_it_while_the_broker_is_away_and_a_revoked_key_is_out_at_once(world: World) -> None:
    key, port = make(world), free_port()
    with (world.home() / "node.env").open("a") as file:
        file.write(f"\nLIAISON_API_PORT={port}\n")
    address = f"http://127.0.0.1:{port}/api/v1/cases"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with running(no_broker(world)) as node:
        node.said("broker.unavailable")
        request = urllib.request.Request(address, CASE, headers)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            assert json.load(answer)["result"] == "created"
        assert world.at("seizures", "list", who="officer").json[0]["reference"] == "A-1"
        said = node.said("api.request")
        assert (said["route"], said["status"]) == ("POST /cases", 201)
        assert "A-1" not in json.dumps(node.lines)
        assert world.at("api", "keys", "revoke", "case-system").code == 0
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=SECONDS):
            pass
        with refused.value as answer:
            assert json.load(answer)["code"] == "api.key-refused"
        node.process.terminate()
        assert node.process.wait(SECONDS) == 0
        node.said("api.closed")
