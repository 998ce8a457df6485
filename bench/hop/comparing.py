"""Our node and its peers one after another on the same events, same broker, same machine, same run."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.command import BenchError, folder, say, say_out, table
from bench.hop.load import peer_file, prepare
from bench.hop.rows import TABLE
from bench.world import OFFICE
from liaison.adapters.embedded_kafka import EmbeddedKafka

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.hop.job import Load

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS_PYTHON: Final = ROOT / "var" / "bench-venv" / "bin" / "python"
CACHE: Final = ROOT / "var" / "cache" / "kafka"
EVENTS: Final = 60_000
GOAL_RATIO: Final = 2.5
RUN_SECONDS: Final = 600.0
OURS: Final = "liaison"
PEERS: Final = {
    "plain": ("aiokafka", "a loop over aiokafka, a signature an event, offsets in the same transaction as the rows"),
    "fast": ("FastStream", "batch subscriber, bytes left alone, a signature an event, acknowledged after the commit"),
    "quix": ("Quix Streams", "apply a message at a time, batching sink, a signature an event, checkpoint after the commit"),
}
WHAT_OURS_DOES: Final = (
    "checks 0-16: one signature a batch of 1,023, chain, Merkle tree, duplicates, originals and offsets in one transaction"
)


def measure(count: int) -> dict[str, Any]:
    """Events a second of each, and ours against the best of the others. Raises BenchError."""
    if not PEERS_PYTHON.exists():
        raise BenchError("The peers are not installed; `make bench` does that, into var/bench-venv.")
    with folder() as place:
        kafka = EmbeddedKafka(place / "kafka", CACHE)
        kafka.start()
        try:
            load = prepare(place, kafka.bootstrap, count)
            rows = [_ours(place, load), *(_peer(place, load, name) for name in PEERS)]
        finally:
            kafka.stop()
    best = max(row["events_per_second"] for row in rows[1:])
    ratio = round(rows[0]["events_per_second"] / best, 2)
    leanest = min(row["cpu_us_an_event"] for row in rows[1:])
    cpu_ratio = round(leanest / rows[0]["cpu_us_an_event"], 2)
    result = {
        "cpu_ratio_to_best_peer": cpu_ratio,
        "events": load.count,
        "commit_events": load.commit,
        "ratio_to_best_peer": ratio,
        "runs": rows,
        "peers": _versions(),
    }
    return result | {"goals": {"ratio_to_best_peer": GOAL_RATIO}, "met": {"ratio_to_best_peer": ratio >= GOAL_RATIO}}


def _ours(place: Path, load: Load) -> dict[str, Any]:
    home = place / OFFICE
    told = _run(OURS, [sys.executable, "-m", "bench.hop.office", str(home), load.bootstrap, str(load.count)])
    return _row(OURS, told, WHAT_OURS_DOES, _stored(home / "liaison.db", load))


def _peer(place: Path, load: Load, name: str) -> dict[str, Any]:
    shown, what = PEERS[name]
    told = _run(shown, [str(PEERS_PYTHON), "-W", "ignore", "-m", f"bench.hop.{name}", str(peer_file(place, load, name))])
    return _row(shown, told, what, _stored(place / f"{name}.db", load))


def _run(shown: str, words: Sequence[str]) -> dict[str, Any]:
    """The figures a process prints last. Raises BenchError with what it said when it failed."""
    say(f"{shown} ...")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)  # noqa: S603 - our own programs
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{shown} was not done after {RUN_SECONDS:.0f} s.") from error
    except (IndexError, ValueError) as error:
        raise BenchError(f"{shown} gave no figures:\n{done.stderr[-2000:]}") from error
    return told


def _stored(database: Path, load: Load) -> int:
    """How many rows are there; BenchError when that is not all of them."""
    connection = sqlite3.connect(database)
    stored = int(connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0])  # noqa: S608 - our own name
    connection.close()
    if stored != load.count:
        raise BenchError(f"{database.stem} holds {stored:,} of {load.count:,} events.")
    return stored


def _row(name: str, told: dict[str, Any], what: str, stored: int) -> dict[str, Any]:
    rate = {"events_per_second": round(stored / told["seconds"]), "seconds": round(told["seconds"], 2)}
    return {
        "name": name,
        **rate,
        "cpu_us_an_event": round(told["cpu_seconds"] / stored * 1e6, 1),
        "peak_rss_mb": round(told["peak_rss_mb"], 1),
        "what": what,
    }


def _versions() -> dict[str, str]:
    ask = "import json; from importlib.metadata import version; print(json.dumps({n: version(n) for n in"
    names = "('faststream', 'quixstreams', 'aiokafka', 'fastavro', 'cryptography', 'confluent-kafka')}))"
    done = subprocess.run([str(PEERS_PYTHON), "-c", f"{ask} {names}"], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return dict(json.loads(done.stdout))


def show(result: dict[str, Any]) -> None:
    """For a person."""
    say_out(
        f"[bold]{result['ratio_to_best_peer']:.1f} times[/] the best peer ({result['cpu_ratio_to_best_peer']:.1f} by processor time),"
        f" on {result['events']:,} events, {result['commit_events']:,} a commit. Goal: {GOAL_RATIO} times."
        " From the first record in hand to the last commit."
    )
    table(
        "One hop: read, verify, decode, store",
        ["name", "events_per_second", "seconds", "cpu_us_an_event", "peak_rss_mb", "what"],
        result["runs"],
    )
