"""The container files fit the software they start: no engine runs here, so they are parsed and compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from liaison.adapters.metrics import METRICS
from liaison.assembly import node_spec
from liaison.cli.main import run
from liaison.protocol.topics import MAX_RECORD_BYTES, TopicTable
from liaison.settings import NODE_ID, Settings
from liaison.testing import SIX

ROOT = Path(__file__).parents[2]
MAX_RETENTION_DAYS = 90  # protocol section 7: Kafka's copies end with it
KEPT_LONGER = {"reference": 3_653}  # decision 18: public, so that nothing in it has to be recalled, and a node that joins needs it
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


def test_every_container_has_settings_that_its_node_accepts(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    widths = set()
    for name, service in nodes(compose).items():
        with monkeypatch.context() as environment:
            for key, value in service["environment"].items():
                assert isinstance(value, str), (name, key)
                environment.setenv(key, value)
            settings = Settings(home=Path("/var/lib/liaison"))  # type: ignore[call-arg]  # the rest is in the environment
        assert settings.node.replace(".", "-") == name
        assert settings.environment == "training"
        assert set(settings.bootstraps.values()) == {f"kafka:{broker_properties()['listeners'].split(',')[0].rsplit(':')[-1]}"}
        widths.add(settings.partition_width)
    assert len(widths) == 1, "one width for the whole federation"


def test_every_node_of_the_training_federation_has_its_container_and_its_own_database(compose: dict[str, Any]) -> None:
    running = nodes(compose)
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


def broker_properties() -> dict[str, str]:
    lines = (ROOT / "deploy/kafka/server.properties").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_broker_takes_the_largest_record_and_makes_no_topic_by_itself(compose: dict[str, Any]) -> None:
    properties = broker_properties()
    assert int(properties["message.max.bytes"]) > MAX_RECORD_BYTES
    assert int(properties["replica.fetch.max.bytes"]) >= int(properties["message.max.bytes"])
    assert properties["auto.create.topics.enable"] == "false"
    kept = {mount.split(":")[1] for mount in compose["services"]["kafka"]["volumes"]}
    assert properties["log.dirs"] in kept, "records outlive the container"


@pytest.mark.parametrize("kind", ["ncp", "rilo", "hub"])
def test_no_topic_asks_for_what_one_broker_cannot_give(kind: str) -> None:
    """One broker has one copy of everything: rows say partitions and retention, never copies, and no chained topic is compacted."""
    properties = broker_properties()
    table = TopicTable(node_spec(kind).topics, node_spec(kind).events)
    assert all(0 < row.retention_days <= KEPT_LONGER.get(row.family, MAX_RETENTION_DAYS) for row in table.rows.values())
    assert properties.get("log.cleanup.policy", "delete") == "delete"
    assert properties["offsets.topic.replication.factor"] == properties["transaction.state.log.replication.factor"] == "1"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as `deploy/prepare.sh` leaves it."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for _ in range(2):  # the second time changes nothing
        done = subprocess.run([folder / "deploy/prepare.sh"], capture_output=True, text=True, check=True)
    assert "nothing was changed" in done.stdout
    return folder


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Place in the container -> folder or file of the tree, named volumes left out."""
    found = (mount.split(":") for mount in service.get("volumes", []))
    return {parts[1]: parts[0] for parts in found if parts[0].startswith("./")}


def test_everything_the_containers_mount_is_there_after_preparing(compose: dict[str, Any], prepared: Path) -> None:
    for name, service in compose["services"].items():
        for source in mounts(service).values():
            assert (prepared / source).exists(), (name, source)
    for name, secret in compose["secrets"].items():
        assert (prepared / secret["file"]).is_file(), name


def test_who_must_read_a_secret_can_and_nobody_else(compose: dict[str, Any], prepared: Path) -> None:
    owner = dict(line.split("=") for line in (prepared / ".env").read_text("utf-8").splitlines())
    assert owner == {"LIAISON_UID": str(os.getuid()), "LIAISON_GID": str(os.getgid())}
    for service in [*nodes(compose).values(), compose["services"]["keeper"]]:
        assert all(f"${{{name}:-" in service["user"] for name in owner)
    secrets = prepared / "var/compose/secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert (secrets / "pgpass").stat().st_mode & 0o777 == 0o600
    for name in ("postgres_password", "node_passwords", "grafana_password"):  # read by users of other images
        assert (secrets / name).stat().st_mode & 0o777 == 0o644


def test_each_database_has_its_role_and_password(compose: dict[str, Any], prepared: Path) -> None:
    secrets = prepared / "var/compose/secrets"
    made = dict(line.split() for line in (secrets / "node_passwords").read_text("utf-8").splitlines())
    known = {line.split(":")[3]: line.split(":") for line in (secrets / "pgpass").read_text("utf-8").splitlines()}
    for service in nodes(compose).values():
        url = make_url(service["environment"]["LIAISON_DATABASE_URL"])
        host, port, database, role, password = known[str(url.username)]
        assert (host, port, database, role) == (url.host, "5432", url.database, url.username)
        assert made[role] == password
    assert len(set(made.values())) == len(made) == len(nodes(compose))


def documented() -> list[list[str]]:
    """The `docker compose run` and `exec` lines of the document, as words."""
    section = (ROOT / "docs/administration.md").read_text("utf-8").partition("## In containers")[2]
    fences = section.split("```")[1::2]
    lines = [shlex.split(line, comments=True) for fence in fences for line in fence.splitlines()]
    return [words[2:] for words in lines if words[:2] == ["docker", "compose"] and words[2] in ("run", "exec")]


def test_the_documented_steps_name_what_there_is(compose: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert len(documented()) > 5
    for step, *words in documented():
        given = [word for word in words if word != "--rm"]
        service, command = compose["services"][given[0]], [word for word in given[1:] if step == "run" or word != "liaison"]
        group = [word for word in command if not word.startswith("-")][: 2 if command[0] in ("federation", "trust", "topics") else 1]
        assert run([*group, "--help"]) == 0, command
        told = capsys.readouterr().out
        assert all(f"{word} " in told for word in command if word.startswith("--")), command
        for place in (word for word in command if word.startswith("/")):
            assert any(place == there or place.startswith(f"{there}/") for there in mounts(service)), (given[0], place)


def test_every_node_and_card_is_in_the_documented_steps(compose: dict[str, Any]) -> None:
    (admitting,) = [words for _, *words in documented() if "admit" in words]
    cards = {word for word in admitting if word.endswith(".json")}
    assert cards == {f"/cards/{service['environment']['LIAISON_NODE']}.json" for service in nodes(compose).values()}


def test_the_keeper_of_the_list_is_on_no_network_and_no_node_has_its_keys(compose: dict[str, Any]) -> None:
    keeper = compose["services"]["keeper"]
    assert keeper["network_mode"] == "none"
    assert keeper["profiles"], "not started with the others"
    for name, service in nodes(compose).items():
        assert not any("trust-keys" in source for source in mounts(service).values()), name
        assert "./var/compose/trust:/trust:ro" in service["volumes"]


def test_the_image_installs_locked_packages_only() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        for command in re.findall(r"pip (?:install|wheel)[^&]*", line):
            assert "--require-hashes" in command or ("--no-deps" in command and "--no-index" in command), command
    assert all((ROOT / name).is_file() for name in re.findall(r"requirements/\w+\.txt", text))
    assert [word for word in text.splitlines() if word.startswith("USER")] == ["USER liaison"]


def test_prometheus_watches_every_node(compose: dict[str, Any]) -> None:
    watched = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    targets = {target.split(":")[0] for job in watched["scrape_configs"] for one in job["static_configs"] for target in one["targets"]}
    assert targets == set(nodes(compose))
    ports = {target.split(":")[1] for job in watched["scrape_configs"] for one in job["static_configs"] for target in one["targets"]}
    for service in nodes(compose).values():
        assert {service["environment"]["LIAISON_METRICS_PORT"]} == ports
        assert service["environment"]["LIAISON_METRICS_HOST"] == "0.0.0.0"  # noqa: S104 - on the private network; nothing is published


def test_alerts_and_dashboard_ask_only_for_figures_that_exist() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/liaison.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    asked += (ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8")
    known = {f"liaison_{metric.name}" for metric in METRICS}
    named = {name.removesuffix("_bucket") for name in re.findall(r"liaison_[a-z_]+", asked)}
    assert named
    assert named <= known
