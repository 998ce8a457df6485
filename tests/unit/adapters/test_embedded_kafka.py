"""The embedded broker: jars locked and cached, faults told with a code, nothing left running."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from liaison.adapters.embedded_kafka import BrokerFailed, EmbeddedKafka, JarsUnavailable, PortTaken, config, ready, resolve_jars, running
from liaison.adapters.embedded_kafka.__main__ import main
from liaison.adapters.embedded_kafka.jars import Classpath, locked_jars
from liaison.adapters.embedded_kafka.learning import learned

if TYPE_CHECKING:
    from collections.abc import Callable

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
# Its first thread ends, another goes on until it is told: what a broker of sixty threads that was killed is for a moment.
HALF_ENDED = """
import ctypes, os, sys, threading
threading.Thread(target=lambda: (print(flush=True), sys.stdin.read(), os._exit(0))).start()
ctypes.CDLL(None).pthread_exit(None)
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how a process ends is read from /proc")
def test_a_broker_has_ended_only_when_its_last_thread_has() -> None:
    """Until then its port is taken, and who starts it again at once would be refused."""
    words = [sys.executable, "-c", HALF_ENDED, "the marker"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        wait_for(lambda: state_of(process.pid) == "Z")
        assert running.is_alive(process.pid, "the marker")
        process.communicate("")
        assert not running.is_alive(process.pid, "the marker")


def state_of(pid: int) -> str:
    """As the system shows it: `Z` when its first thread has ended."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process has loaded is read from /proc")
def test_a_broker_begins_with_what_was_learned_of_its_start(kafka: EmbeddedKafka, kafka_cache: Path) -> None:
    file = learned(kafka_cache, resolve_jars(kafka_cache))
    assert file.exists(), "python -m liaison.adapters.embedded_kafka var/cache/kafka, which `make setup` does, was not run"
    assert file.name in Path(f"/proc/{kafka.pid}/maps").read_text(encoding="utf-8")
    assert "aot" not in kafka.log_path.read_text(encoding="utf-8").lower()


def test_of_other_jars_or_flags_nothing_was_learned(kafka_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classpath = resolve_jars(kafka_cache)
    first, *others = classpath.jars
    copy = tmp_path / first.name
    copy.write_bytes(first.read_bytes())
    files = {learned(kafka_cache, classpath), learned(kafka_cache, Classpath((copy, *others)))}
    os.utime(copy, ns=(0, 0))
    files.add(learned(kafka_cache, Classpath((copy, *others))))
    monkeypatch.setattr(config, "JVM_FLAGS", ("-Xmx1g",))
    assert len({*files, learned(kafka_cache, classpath)}) == 4


def test_a_broker_that_cannot_be_learned_from_is_no_hindrance(
    kafka_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(config, "JVM_FLAGS", ("-XX:NoSuchFlag",))
    assert main(kafka_cache) == 0
    assert "will start slowly" in capsys.readouterr().err
    assert not list(kafka_cache.glob(".learning-*"))
