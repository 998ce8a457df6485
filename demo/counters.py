"""A running node's Prometheus metrics, as the administrator's monitoring reads them."""

from __future__ import annotations

import re
import urllib.request
from typing import Final

ANSWER_SECONDS: Final = 5.0
_LINE: Final = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>[0-9.eE+-]+)")
_LABEL: Final = re.compile(r'([a-z_]+)="([^"]*)"')

Sample = tuple[str, dict[str, str], float]


def samples(port: int) -> list[Sample]:
    """Name, labels and value of every sample the node on this port shows. Raises OSError when none answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=ANSWER_SECONDS) as answer:
        text = answer.read().decode()
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return [(match["name"], dict(_LABEL.findall(match["labels"] or "")), float(match["value"])) for match in found if match]


def decided(port: int) -> dict[tuple[str, str], int]:
    """Batches decided since the node started, by outcome and the number of the check that decided (empty: none failed)."""
    return {(labels["outcome"], labels["check"]): int(value) for name, labels, value in samples(port) if name == "liaison_batches_total"}
