"""What the embedded broker is told: Kafka properties, logging, JVM flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = "127.0.0.1"
MAX_RECORD_BATCH_BYTES = 1024 * 1024 + 64 * 1024  # the protocol's 1 MiB record and Kafka's framing around it
CLEANER_BYTES = 4 * 1024 * 1024  # the default reserves half of our heap

JVM_FLAGS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
)

# Only warnings: kafka.log grows for weeks under `make up`, and nobody reads a broker's chatter.
LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


def server_properties(*, logs: Path, port: int, controller_port: int, extra: Mapping[str, str]) -> str:
    """The text of server.properties: one node, this machine only, topics only by request; `extra` wins."""
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(logs),
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(MAX_RECORD_BATCH_BYTES),
        "replica.fetch.max.bytes": str(MAX_RECORD_BATCH_BYTES),
        **_one_node(),
        **_small(),
        **extra,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _one_node() -> dict[str, str]:
    """Replication of Kafka's own topics when there is nobody to replicate to."""
    return {
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "broker.heartbeat.interval.ms": "300",
        "broker.session.timeout.ms": "3000",  # a killed broker cannot come back before its old registration lapses
    }


def _small() -> dict[str, str]:
    """Threads, buffers and files for a laptop."""
    return {
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "offsets.topic.num.partitions": "3",
        "transaction.state.log.num.partitions": "3",
        "share.coordinator.state.topic.num.partitions": "3",
        "log.cleaner.dedupe.buffer.size": str(CLEANER_BYTES),
        "log.index.size.max.bytes": str(1024 * 1024),
        "log.segment.bytes": str(64 * 1024 * 1024),
    }
