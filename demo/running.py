"""Which processes a federation that was left running has, written down so that another command can find and end them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from demo.processes import Process, end, identity, lives

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.federation import Federation

STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Running:
    """The processes by name, `broker` among them, and the broker's address."""

    bootstrap: str
    processes: Mapping[str, Process]

    def write(self, path: Path) -> None:
        """Keep this at `path`."""
        body = {"bootstrap": self.bootstrap, "processes": {name: asdict(one) for name, one in self.processes.items()}}
        path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")

    def alive(self) -> dict[str, Process]:
        """Those that still are the processes we started."""
        return {name: one for name, one in self.processes.items() if lives(one)}


def running_of(federation: Federation) -> Running:
    """What runs of a federation now."""
    found = {node: federation.process(node) for node in federation.nodes}
    found["broker"] = identity(federation.broker.pid or 0)
    return Running(federation.bootstrap, {name: one for name, one in found.items() if one is not None})


def read_running(path: Path) -> Running | None:
    """What `path` says, or None when it says nothing readable."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        processes = {str(name): Process(int(row["pid"]), str(row["begun"])) for name, row in body["processes"].items()}
        return Running(str(body["bootstrap"]), processes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def end_all(running: Running) -> dict[str, bool]:
    """End what is alive, nodes first, then the broker; by name whether each went by itself. A number that now belongs to somebody
    else is left alone.
    """
    order = sorted(running.alive().items(), key=lambda pair: pair[0] == "broker")
    return {name: end(process, seconds=STOP_SECONDS) for name, process in order}
