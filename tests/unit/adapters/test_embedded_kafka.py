"""The embedded broker: jars locked and cached, faults told with a code, nothing left running."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from liaison.adapters.embedded_kafka import BrokerFailed, EmbeddedKafka, JarsUnavailable, PortTaken, ready, resolve_jars
from liaison.adapters.embedded_kafka.__main__ import main
from liaison.adapters.embedded_kafka.jars import locked_jars

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAIT_SECONDS = 60.0
NO_NETWORK = {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}  # nobody listens there
PARENT = """
import sys
from pathlib import Path
from liaison.adapters.embedded_kafka import EmbeddedKafka
kafka = EmbeddedKafka(Path(sys.argv[1]), Path(sys.argv[2]), detached=sys.argv[3] == "detached")
kafka.start()
print(kafka.pid, flush=True)
sys.stdin.read()
"""


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds; the test fails when it never does."""
    limit = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < limit, "the condition never came true"
        time.sleep(0.02)


def started_by_another_process(data: Path, cache: Path, how: str) -> tuple[subprocess.Popen[str], int]:
    """A parent with no programs on its PATH, which started a broker; the broker's process id."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data), str(cache), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "/nonexistent", "PYTHONPATH": os.pathsep.join(sys.path), **NO_NETWORK},
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def end(parent: subprocess.Popen[str]) -> None:
    """SIGKILL, and no file left open."""
    parent.kill()
    parent.communicate()


def test_the_locked_jars_are_all_there_and_hold_no_second_version() -> None:
    jars = locked_jars()
    names = [(jar.group, jar.artifact) for jar in jars]
    assert ("org.apache.kafka", "kafka-clients") in names
    assert len(names) == len(set(names))
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}


def test_a_full_cache_needs_no_network(kafka_cache: Path, kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kafka.pid is not None
    for name, value in NO_NETWORK.items():
        monkeypatch.setenv(name, value)
    assert all(jar.is_file() for jar in resolve_jars(kafka_cache).jars)


def test_without_network_a_missing_or_changed_jar_is_named_and_never_run(
    kafka_cache: Path, kafka: EmbeddedKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kafka.pid is not None
    cache = tmp_path / "cache"
    shutil.copytree(kafka_cache / "maven", cache / "maven", copy_function=os.link)
    changed = locked_jars()[5].path_in(cache)
    changed.unlink()
    changed.write_bytes(b"not the jar that was locked")
    for name, value in NO_NETWORK.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(JarsUnavailable, match=changed.name) as refusal:
        resolve_jars(cache)
    assert refusal.value.code == "broker.jars-unavailable"
    assert not changed.exists()


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path, kafka_cache: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        broker = EmbeddedKafka(tmp_path, kafka_cache, taken.getsockname()[1])
        with pytest.raises(PortTaken, match=str(taken.getsockname()[1])) as refusal:
            broker.start()
    assert refusal.value.code == "broker.port-taken"
    assert broker.pid is None


def test_a_broker_that_will_not_start_shows_its_last_lines(tmp_path: Path, kafka_cache: Path) -> None:
    broker = EmbeddedKafka(tmp_path, kafka_cache, properties={"num.io.threads": "0"})
    with pytest.raises(BrokerFailed, match=r"num\.io\.threads") as refusal:
        broker.start()
    assert refusal.value.code == "broker.failed-to-start"
    assert "kafka.log" in refusal.value.sentence
    assert broker.pid is None


def test_damaged_storage_is_told_and_nothing_stays_running(tmp_path: Path, kafka_cache: Path) -> None:
    broker = EmbeddedKafka(tmp_path, kafka_cache)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "meta.properties").write_text("version=1\ncluster.id=nonsense\nnode.id=99\n")
    with pytest.raises(BrokerFailed, match=r"(?s)ended before it answered.*node"):
        broker.start()
    assert broker.pid is None


def test_starting_twice_is_starting_once(kafka: EmbeddedKafka) -> None:
    before = (kafka.pid, kafka.bootstrap)
    kafka.start()
    assert (kafka.pid, kafka.bootstrap) == before


def test_the_broker_dies_with_a_parent_that_is_killed(tmp_path: Path, kafka_cache: Path, kafka: EmbeddedKafka) -> None:
    assert kafka.pid is not None
    parent, pid = started_by_another_process(tmp_path, kafka_cache, "attached")
    seen = EmbeddedKafka(tmp_path, kafka_cache)
    assert seen.pid == pid
    end(parent)
    wait_for(lambda: seen.pid is None)


def test_a_detached_broker_outlives_its_parent_and_is_stopped_by_another_process(
    tmp_path: Path, kafka_cache: Path, kafka: EmbeddedKafka
) -> None:
    assert kafka.pid is not None
    parent, pid = started_by_another_process(tmp_path, kafka_cache, "detached")
    end(parent)
    found = EmbeddedKafka(tmp_path, kafka_cache, detached=True)
    assert found.pid == pid
    found.start()
    assert found.pid == pid
    with socket.create_connection(("127.0.0.1", int(found.bootstrap.rpartition(":")[2])), timeout=5):
        pass
    found.stop()
    assert found.pid is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(found.bootstrap.rpartition(":")[2])), timeout=5)


def test_stop_kill_and_wipe_of_a_broker_that_is_not_there_do_nothing(tmp_path: Path, kafka_cache: Path) -> None:
    broker = EmbeddedKafka(tmp_path / "never", kafka_cache)
    broker.stop()
    broker.kill()
    broker.wipe()
    assert broker.pid is None


def test_a_number_reused_by_another_program_is_not_taken_for_the_broker(tmp_path: Path, kafka_cache: Path) -> None:
    stranger = subprocess.Popen(["/bin/sh", "-c", "read _"], stdin=subprocess.PIPE)
    (tmp_path / "broker.json").write_text(f'{{"pid": {stranger.pid}, "port": 1}}')
    broker = EmbeddedKafka(tmp_path, kafka_cache)
    assert broker.pid is None
    broker.stop()
    assert stranger.poll() is None
    stranger.send_signal(signal.SIGKILL)
    stranger.communicate()


@pytest.mark.parametrize("written", ["", "{}", "[]", '{"pid": "x", "port": 1}', '{"pid": null, "port": 1}'])
def test_an_unreadable_state_file_counts_as_no_broker(tmp_path: Path, kafka_cache: Path, written: str) -> None:
    (tmp_path / "broker.json").write_text(written)
    assert EmbeddedKafka(tmp_path, kafka_cache).pid is None


def test_a_first_set_up_without_the_network_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in NO_NETWORK.items():
        monkeypatch.setenv(name, value)
    assert main(tmp_path) == 1
    told = capsys.readouterr()
    assert "broker.jars-unavailable" in told.err
    assert "Next:" in told.err
    assert "Kafka 0/" in told.out


@pytest.mark.skipif(not ready.OUTGOING_RANGE.exists(), reason="only Linux says which ports it gives to outgoing connections")
def test_a_port_for_a_server_is_none_that_an_outgoing_connection_is_given() -> None:
    lowest, highest = map(int, ready.OUTGOING_RANGE.read_text(encoding="ascii").split())
    assert not [port for port in (ready.free_port() for _ in range(50)) if lowest <= port <= highest]
