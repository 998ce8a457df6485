"""Metrics: every name the code uses is in the table, and what is counted is what the page shows."""

from __future__ import annotations

import ast
import socket
import urllib.request
from pathlib import Path

import pytest

import liaison
from liaison.adapters.metrics import METRICS, Metric, MetricsPortTaken, PrometheusMetrics

TREE = Path(liaison.__file__).resolve().parent.parent
CALLS = {"count": "counter", "gauge": "gauge", "observe": "histogram"}


def page(metrics: PrometheusMetrics) -> str:
    """What an administrator's browser sees."""
    served = metrics.serve(0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    finally:
        served.stop()


def used_in_the_code() -> set[tuple[str, str, tuple[str, ...]]]:
    """(name, kind, labels) of each call on something named metrics."""
    found = set()
    for path in [file for package in ("liaison", "enforcement", "services") for file in (TREE / package).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS):
                continue
            if "metrics" in ast.unparse(node.func.value) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.args[0].value
                found.add((str(name), CALLS[node.func.attr], tuple(sorted(k.arg or "" for k in node.keywords))))
    return found


def test_every_metric_the_code_uses_is_declared_with_its_kind_and_labels() -> None:
    declared = {(row.name, row.kind.value, tuple(sorted(row.labels))) for row in METRICS}
    assert used_in_the_code() - declared == set()


def test_every_declared_metric_is_one_that_the_code_writes() -> None:
    code = "".join(
        file.read_text(encoding="utf-8")
        for package in ("liaison", "enforcement", "services")
        for file in (TREE / package).rglob("*.py")
        if file.name != "metrics.py"
    )
    assert [row.name for row in METRICS if f'"{row.name}"' not in code] == []


def test_names_are_declared_once_and_each_says_what_it_is() -> None:
    names = [row.name for row in METRICS]
    assert len(names) == len(set(names))
    assert all(row.help.endswith(".") for row in METRICS)


def test_the_page_shows_what_was_counted_set_and_observed() -> None:
    metrics = PrometheusMetrics()
    metrics.count("batches_total", outcome="accept", check="")
    metrics.count("batches_total", 2, outcome="accept", check="")
    metrics.gauge("outbox_rows", 7)
    metrics.observe("handler_seconds", 0.02, type="SeizureReported")
    text = page(metrics)
    assert 'liaison_batches_total{check="",outcome="accept"} 3.0' in text
    assert "liaison_outbox_rows 7.0" in text
    assert 'liaison_handler_seconds_bucket{le="0.025",type="SeizureReported"} 1.0' in text
    assert 'liaison_handler_seconds_bucket{le="0.01",type="SeizureReported"} 0.0' in text


@pytest.mark.parametrize("row", METRICS, ids=lambda row: row.name)
def test_every_row_of_the_table_can_be_used(row: Metric) -> None:
    metrics = PrometheusMetrics()
    method = {"counter": "count", "gauge": "gauge", "histogram": "observe"}[row.kind.value]
    getattr(metrics, method)(row.name, 1, **dict.fromkeys(row.labels, "x"))
    assert f"liaison_{row.name}" in page(metrics)


def test_an_undeclared_name_or_label_is_a_defect_that_shows() -> None:
    metrics = PrometheusMetrics()
    with pytest.raises(KeyError):
        metrics.count("never_declared")
    with pytest.raises(ValueError, match="label"):
        metrics.count("batches_total", colour="red")


def test_two_nodes_in_one_process_count_apart() -> None:
    first, second = PrometheusMetrics(), PrometheusMetrics()
    first.gauge("outbox_rows", 1)
    second.gauge("outbox_rows", 2)
    assert "liaison_outbox_rows 1.0" in page(first)
    assert "liaison_outbox_rows 2.0" in page(second)


def test_a_taken_port_is_told_with_the_next_step() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MetricsPortTaken) as refusal:
            PrometheusMetrics().serve(taken.getsockname()[1])
    assert refusal.value.code == "metrics.port-taken"
    assert "another port" in refusal.value.sentence


def test_a_stopped_page_frees_its_port() -> None:
    metrics = PrometheusMetrics()
    served = metrics.serve(0)
    port = served.port
    served.stop()
    served.stop()
    again = metrics.serve(port)
    assert again.port == port
    again.stop()
