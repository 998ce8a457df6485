"""One node's process: an orderly end, a second process on the same home, ports that are taken."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.commands import LIAISON, CommandRefusedError
from demo.federation import Federation, NodeEndedError
from demo.offices import ADMINISTRATOR, THREE
from demo.processes import environment
from demo.waiting import wait_until
from liaison.adapters.embedded_kafka import PortTaken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import Three

SECONDS = 60.0


def test_a_stopped_node_sends_what_was_signed_and_ends_with_zero(three: Three) -> None:
    federation = three.federation
    federation.start()
    three.report(300)
    assert federation.stop("ncp.br") == {"ncp.br": 0}
    publications = three.books["ncp.br"].tables.node.publications
    assert three.books["ncp.br"].count(publications, publications.c.published_offset.is_(None)) == 0
    assert '"event": "node.stopped"' in federation.log("ncp.br").read_text()
    federation.start("ncp.br")  # at once: an orderly end gives the lease back
    wait_until(three.same_everywhere, "every node has the same cases", SECONDS)


def test_a_second_process_on_one_home_refuses(three: Three) -> None:
    federation = three.federation
    words = [str(LIAISON), "--home", str(federation.home("rilo.sa")), "--json", "run"]
    second = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert second.returncode == 4
    assert '"code": "node.already-running"' in second.stderr
    assert "Traceback" not in second.stderr
    assert federation.process("rilo.sa") is not None


def test_a_backup_is_not_put_back_under_a_running_node(three: Three, tmp_path: Path) -> None:
    file = tmp_path / "running.backup"
    three.federation.cli("rilo.sa", ADMINISTRATOR, "backup", str(file))
    with pytest.raises(CommandRefusedError) as refusal:
        three.federation.cli("rilo.sa", ADMINISTRATOR, "restore", str(file))
    assert refusal.value.code == "node.running"


def test_a_taken_metrics_port_is_a_clear_message(three: Three) -> None:
    federation = three.federation
    federation.stop("ncp.br")
    with socket.create_server(("127.0.0.1", federation.metrics_port("ncp.br"))), pytest.raises(NodeEndedError) as ended:
        federation.start("ncp.br")
    assert "metrics.port-taken" in str(ended.value)
    assert "Traceback" not in str(ended.value)


def test_a_taken_broker_port_is_a_clear_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, Federation(tmp_path, THREE, port=taken.getsockname()[1]) as federation:
        with pytest.raises(PortTaken) as refusal:
            federation.start_broker()
        assert str(taken.getsockname()[1]) in str(refusal.value)
