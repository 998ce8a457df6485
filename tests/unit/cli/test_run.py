"""The node process: waits and says for what, is alone on its database, stops when asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from liaison.adapters.embedded_kafka.ready import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.cli.conftest import World

SECONDS = 60


class Running:
    """A node's process and the log lines it has written."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stderr or ():
            with self._news:
                self.lines.append(json.loads(line) if line.startswith("{") else {"event": line})
                self._news.notify_all()

    def said(self, event: str) -> dict[str, Any]:
        """The first line of this event, waited for."""
        with self._news:
            found = self._news.wait_for(lambda: next((one for one in self.lines if one.get("event") == event), None), SECONDS)
        assert found, (event, self.lines)
        return found


@contextmanager
def running(world: World, *words: str) -> Iterator[Running]:
    given = [sys.executable, "-c", "from liaison.cli.main import main; main()", "--json", "--home", str(world.home()), "run", *words]
    with subprocess.Popen(given, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def no_broker(world: World) -> World:
    """The node's settings name a port where nobody listens."""
    with (world.home() / "node.env").open("a") as file:
        file.write(f"\nLIAISON_REGIONAL_BOOTSTRAP=127.0.0.1:{free_port()}\n")
    return world


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_without_a_broker_it_waits_visibly_and_stops_in_order(world: World, number: signal.Signals) -> None:
    with running(no_broker(world), "--ready-file", str(world.folder / "ready")) as node:
        assert "Waiting" in node.said("broker.unavailable")["next_step"]
        assert world.at("status").json["running"] is True
        node.process.send_signal(number)
        assert node.process.wait(SECONDS) == 0
        node.said("node.stopped")
    assert not (world.folder / "ready").exists()
    assert world.at("status").json["running"] is False


def test_one_process_a_node(world: World) -> None:
    """The second hears that there is a first, not that the first has the port."""
    with (world.home() / "node.env").open("a") as env:
        env.write(f"\nLIAISON_METRICS_PORT={free_port()}\n")
    with running(no_broker(world)) as first:
        first.said("broker.unavailable")
        with running(world) as second:
            assert second.process.wait(SECONDS) == 4
            assert any(line.get("error", {}).get("code") == "node.already-running" for line in second.lines)
        assert first.process.poll() is None


def test_after_a_kill_the_next_process_runs_at_once(world: World) -> None:
    """The dead one's lease has seconds to run, and its process is seen to be no more."""
    with running(no_broker(world)) as first:
        first.said("broker.unavailable")
        first.process.kill()
        first.process.wait(SECONDS)
        with running(world) as second:
            second.said("broker.unavailable")


def test_without_a_list_it_waits_until_there_is_one(bare: World) -> None:
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation).code == 0
    assert bare.init("rilo.car", "--root-sha256", bare.federation).code == 0
    password = str(bare.folder / "password")
    assert bare.at("login", "first.admin", "--password-file", password).code == 0
    signing = ["--trust", str(bare.folder / "trust"), "--keys", str(bare.folder / "keys"), "--yes"]
    with running(no_broker(bare)) as node:
        assert "trust update" in node.said("trust.no-list")["next_step"]
        cards = [str(bare.home(name) / "card.json") for name in ("ncp.jm", "rilo.car")]
        assert bare.cli("federation", "admit", *cards, *signing).code == 0
        assert bare.at("trust", "update").code == 0
        node.said("broker.unavailable")
        node.process.terminate()
        assert node.process.wait(SECONDS) == 0


def test_a_node_whose_key_is_not_the_listed_one_waits(world: World, bare: World) -> None:
    """Somebody put another key into the folder: the node must not speak with it."""
    assert bare.init("ncp.jm", "--office", "rilo.car", "--root-sha256", bare.federation).code == 0
    key = world.home() / "keys" / "events.pem"
    key.write_bytes((bare.home() / "keys" / "events.pem").read_bytes())
    with running(no_broker(world)) as node:
        assert "another key" in node.said("members.not-listed")["reason"]
        node.process.terminate()
        assert node.process.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("breaking", "status", "code"),
    [("init", 4, "node.unfinished"), ("schema", 4, "database.schema-behind"), ("port", 1, "metrics.port-taken")],
)
def test_what_cannot_run_says_why(world: World, breaking: str, status: int, code: str) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        if breaking == "init":
            (world.home() / "init.unfinished").touch()
        elif breaking == "schema":
            for file in world.home().glob("liaison.db*"):
                file.unlink()
            (world.home() / "liaison.db").touch()
        else:
            with (world.home() / "node.env").open("a") as env:
                env.write(f"\nLIAISON_METRICS_PORT={taken.getsockname()[1]}\n")
        answer = world.at("run")
        assert (answer.code, answer.refusal) == (status, code)


def test_a_node_starts_without_the_libraries_of_what_it_does_seldom() -> None:
    seldom = {"alembic", "openpyxl", "python_calamine", "typst", "urllib3", "vl_convert", "webauthn"}
    script = (
        "import sys, liaison.cli.run, liaison.cli.brokers, liaison.console.server, liaison.console.site, liaison.console.web\n"
        "from liaison.assembly import node_spec\n"
        "kinds = [node_spec(kind) for kind in ('ncp', 'rilo', 'hub')]\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not seldom & set(done.stdout.split())
