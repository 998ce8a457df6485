"""The container files fit the software they start: no engine runs here, so they are parsed and compared."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from liaison.adapters.metrics import METRICS
from liaison.protocol.topics import MAX_RECORD_BYTES
from liaison.settings import NODE_ID, Settings
from liaison.testing import SIX

ROOT = Path(__file__).parents[2]
SETTINGS = {f"LIAISON_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))  # type: ignore[no-any-return]


def nodes(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if "LIAISON_NODE" in service.get("environment", {})}


def example_lines() -> dict[str, str]:
    text = (ROOT / "deploy/node.env.example").read_text("utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_every_variable_of_the_containers_is_a_setting(compose: dict[str, Any]) -> None:
    for name, service in nodes(compose).items():
        given = {key for key in service["environment"] if key.startswith("LIAISON_")}
        assert given <= SETTINGS, name


def test_the_example_explains_every_setting_and_no_other() -> None:
    assert set(example_lines()) == SETTINGS - {"LIAISON_HOME"}


def test_the_example_is_accepted_as_it_stands(tmp_path: Path) -> None:
    values: dict[str, Any] = {key.removeprefix("LIAISON_").lower(): value for key, value in example_lines().items() if value}
    assert Settings(home=tmp_path, **values).node == "ncp.jm"


def test_every_node_of_the_training_federation_has_its_container_and_its_own_database(compose: dict[str, Any]) -> None:
    running = {name: service for name, service in nodes(compose).items() if name != "topics"}
    assert sorted(service["environment"]["LIAISON_NODE"] for service in running.values()) == sorted(place.node for place in SIX)
    urls = [service["environment"]["LIAISON_DATABASE_URL"] for service in running.values()]
    assert len(set(urls)) == len(urls)
    for service in running.values():
        assert re.match(NODE_ID, service["environment"]["LIAISON_NODE"])
        assert f"/{service['environment']['LIAISON_NODE'].replace('.', '_')}" in service["environment"]["LIAISON_DATABASE_URL"]


def test_no_password_stands_in_the_files(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or str(value).startswith("/run/secrets/"), name
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), name


def test_nodes_run_with_least_rights_and_publish_nothing(compose: dict[str, Any]) -> None:
    for name, service in nodes(compose).items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "ports" not in service, name
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published)


def test_the_broker_takes_the_largest_record_and_makes_no_topic_by_itself() -> None:
    lines = (ROOT / "deploy/kafka/server.properties").read_text("utf-8").splitlines()
    properties = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert int(properties["message.max.bytes"]) > MAX_RECORD_BYTES
    assert properties["auto.create.topics.enable"] == "false"


def test_prometheus_watches_every_node(compose: dict[str, Any]) -> None:
    watched = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    targets = {target.split(":")[0] for job in watched["scrape_configs"] for one in job["static_configs"] for target in one["targets"]}
    assert targets == {name for name in nodes(compose) if name != "topics"}


def test_alerts_and_dashboard_ask_only_for_figures_that_exist() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/liaison.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    asked += (ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8")
    known = {f"liaison_{metric.name}" for metric in METRICS}
    named = {name.removesuffix("_bucket") for name in re.findall(r"liaison_[a-z_]+", asked)}
    assert named
    assert named <= known
