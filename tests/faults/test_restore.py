"""A database restored from an older backup: a new epoch, no fork, and nothing that was signed is lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from demo.offices import ADMINISTRATOR, OFFICER
from demo.waiting import wait_until
from tests.faults.storm import REPORTER, Storm

if TYPE_CHECKING:
    from pathlib import Path

    from demo.books import Books
    from demo.federation import Federation

SECONDS = 120.0
CASES = 200


def report(storm: Storm, seed: int) -> None:
    """New cases of the contact point."""
    storm.federation.cli(REPORTER, OFFICER, "simulate", "--cases", str(CASES), "--seed", str(seed))
    storm.seizures += CASES


def settle(storm: Storm) -> None:
    wait_until(storm.settled, "the contact point has every verdict and nobody has anything to send", SECONDS)
    wait_until(lambda: storm.damage() == [], "everything is the same everywhere", SECONDS)


def test_nothing_signed_is_lost(federation: Federation, books: dict[str, Books], tmp_path: Path) -> None:
    storm = Storm(federation, books, 0, 0, seed=0)
    for number, node in enumerate(federation.nodes):
        report(storm, number * 3 + 1)
        settle(storm)
        backup = tmp_path / f"{node}.backup"
        federation.cli(node, ADMINISTRATOR, "backup", str(backup))
        epochs = own_epochs(federation, node)
        report(storm, number * 3 + 2)  # signed after the backup
        settle(storm)
        put_back(storm, node, backup)
        report(storm, number * 3 + 3)
        settle(storm)
        assert federation.cli(node, ADMINISTRATOR, "status")["forks"] == 0
        assert {family: count - epochs[family] for family, count in own_epochs(federation, node).items()} == dict.fromkeys(epochs, 1)
        assert not epochs or "database.restored" in federation.log(node).read_text()


def put_back(storm: Storm, node: str, backup: Path) -> None:
    """Stop, restore, start; people sign in again."""
    storm.federation.stop(node)
    storm.federation.cli(node, ADMINISTRATOR, "restore", str(backup))
    for session in (storm.federation.folder / "sessions").glob(f"{node}.*"):
        session.unlink()
    storm.books[node].close()  # its connections were to the file that was replaced
    storm.federation.start(node)


def own_epochs(federation: Federation, node: str) -> Counter[tuple[str, str]]:
    """How many epochs a node's own streams have, by topic and region, without `heads`, where it speaks by the clock and not because
    somebody did. A hub that no member reports to has none.
    """
    streams = federation.cli(node, ADMINISTRATOR, "streams", "list")
    return Counter((stream["topic"], stream["region"]) for stream in streams if stream["own"] and stream["topic"] != "heads")
