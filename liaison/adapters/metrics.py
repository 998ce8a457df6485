"""What the administrator watches: the table of metrics, and Prometheus to show them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from threading import Thread
    from wsgiref.simple_server import WSGIServer

PREFIX = "liaison"
HOST = "127.0.0.1"
STOP_SECONDS = 5.0
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MetricsPortTaken(LiaisonError):  # noqa: N818 - named for the state, like the engine's other refusals
    """The port for metrics cannot be opened."""

    code = "metrics.port-taken"
    next_step = "Set another port for the metrics of this node, or 0 to take any free one."


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table: the name without prefix, what it says, its labels."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS_BUCKETS


METRICS = (
    Metric("batches_total", Kind.COUNTER, "Batches decided, by outcome and the check that decided.", ("outcome", "check")),
    Metric("batches_published_total", Kind.COUNTER, "Batches written to the broker."),
    Metric("events_total", Kind.COUNTER, "Events that passed a stage (received, sealed).", ("stage",)),
    Metric("forks_total", Kind.COUNTER, "Streams frozen because their issuer signed two histories.", ("issuer",)),
    Metric("stream_lag", Kind.GAUGE, "Records the broker holds that this node has not read.", ("topic", "partition")),
    Metric("outbox_rows", Kind.GAUGE, "Events waiting to leave."),
    Metric("outbox_age_seconds", Kind.GAUGE, "Age of the oldest event waiting to leave; 0 when none does."),
    Metric("quarantine_open", Kind.GAUGE, "Events in quarantine that nobody has decided on."),
    Metric("held_open", Kind.GAUGE, "Batches held until they can be judged."),
    Metric("parked_open", Kind.GAUGE, "Batches parked behind a gap."),
    Metric("gap_open", Kind.GAUGE, "Gaps in streams that are not closed."),
    Metric("member_list_age_seconds", Kind.GAUGE, "Age of the member list in force."),
    Metric("backup_age_seconds", Kind.GAUGE, "Age of the last backup; absent when there is none."),
    Metric("fleet_nodes", Kind.GAUGE, "Nodes of this office by how they are doing.", ("state",)),
    Metric("broker_up", Kind.GAUGE, "1 while the cluster answers, else 0.", ("connection",)),
    Metric("handler_seconds", Kind.HISTOGRAM, "Time to handle one event, the mean of a group handled together.", ("type",)),
    Metric("publish_seconds", Kind.HISTOGRAM, "Time until the broker acknowledged one write."),
    Metric("api_requests_total", Kind.COUNTER, "Requests of client programs that were answered.", ("route", "status")),
    Metric("api_cases_total", Kind.COUNTER, "Cases that client programs sent, by what became of them.", ("result",)),
    Metric("api_seconds", Kind.HISTOGRAM, "Time to answer one request.", ("route",)),
    Metric("console_requests_total", Kind.COUNTER, "Requests of browsers that were answered.", ("route", "status")),
    Metric("console_seconds", Kind.HISTOGRAM, "Time to answer one request of a browser.", ("route",)),
    Metric("step_seconds", Kind.HISTOGRAM, "Time of one step (receive, seal).", ("step",)),
)


class PrometheusMetrics:
    """The Metrics port on a registry of its own, so that several nodes fit in one process."""

    def __init__(self) -> None:
        """Every metric of the table, at rest. Nothing is served yet."""
        self._registry = CollectorRegistry()
        rows = {kind: [row for row in METRICS if row.kind is kind] for kind in Kind}
        self._counters = {row.name: Counter(_shown(row), row.help, row.labels, registry=self._registry) for row in rows[Kind.COUNTER]}
        self._gauges = {row.name: Gauge(_shown(row), row.help, row.labels, registry=self._registry) for row in rows[Kind.GAUGE]}
        self._histograms = {
            row.name: Histogram(_shown(row), row.help, row.labels, registry=self._registry, buckets=row.buckets)
            for row in rows[Kind.HISTOGRAM]
        }

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter of the table. KeyError or ValueError for another name or other labels: a defect."""
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(amount)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge of the table; errors as for `count`."""
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add one observation to a histogram of the table; errors as for `count`."""
        histogram = self._histograms[name]
        (histogram.labels(**labels) if labels else histogram).observe(seconds)

    def serve(self, port: int, host: str = HOST) -> ServedMetrics:
        """Show the metrics on `port` (0: any free one), to this machine unless told otherwise, until stopped. Raises MetricsPortTaken."""
        try:
            server, thread = start_http_server(port, addr=host, registry=self._registry)
        except (OSError, OverflowError) as fault:
            message = f"Port {port} of {host}: {fault}."
            raise MetricsPortTaken(message) from fault
        return ServedMetrics(server, thread)


class ServedMetrics:
    """A running page of metrics."""

    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        """Made by PrometheusMetrics.serve."""
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_port)

    def stop(self) -> None:
        """Close the page and wait for its thread; a second call does nothing."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(STOP_SECONDS)


def _shown(row: Metric) -> str:
    return f"{PREFIX}_{row.name}"
