"""A running node's own metrics, read from its page."""

from __future__ import annotations

from typing import Final
from urllib.request import urlopen

PREFIX: Final = "liaison_"
WAIT_SECONDS: Final = 5.0


def figures(port: int) -> dict[str, float]:
    """Every sample of the node on this port by name and labels, without the common prefix: `events_total{stage="received"}`."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_SECONDS) as page:
        lines = page.read().decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if line.startswith(PREFIX))
    return {name.removeprefix(PREFIX): float(value) for name, _, value in samples}


def received(port: int) -> int:
    """Events this node has taken in since its start, opening events included."""
    return int(figures(port).get('events_total{stage="received"}', 0))


def busy_seconds(port: int) -> dict[str, float]:
    """Seconds spent in each kind of step since the start: `receive`, `seal`, ..."""
    start = 'step_seconds_sum{step="'
    return {name.removeprefix(start).rstrip('"}'): round(value, 2) for name, value in figures(port).items() if name.startswith(start)}
