"""The demonstration's own manners: it stops everything however it ends, knows its processes again, and tells the truth about sums."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.account import Account, Sum
from demo.commands import LIAISON
from demo.federation import Federation
from demo.offices import THREE
from demo.processes import Process, end, identity, launch, lives
from demo.program import LOCK, PIDS, main
from demo.running import Running, end_all, read_running, running_of
from demo.waiting import NotMetError, wait_until
from demo.warm import WarmCommands

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 120.0
TREE = Path(__file__).resolve().parents[2]
# A federation in a process of its own, to be killed without a chance to clean up.
HOLDER = """
import signal, sys
from pathlib import Path
from demo.federation import Federation
from demo.offices import THREE
from demo.warm import WarmCommands
Federation(Path(sys.argv[1]), THREE, commands=WarmCommands()).found().start()
print("running now", flush=True)
signal.pause()
"""


# Holds a start in the middle of its imports.
HELD = """
import signal, sys
class Held:
    def find_spec(self, name, path=None, target=None):
        if name in ("demo.program", "liaison.cli.program"):
            print("importing", flush=True)
            signal.pause()
sys.meta_path.insert(0, Held())
"""


def relatives(folder: Path) -> list[int]:
    """Processes that were started for something in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words and identity(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def wait_for_line(process: subprocess.Popen[str], words: str) -> None:
    """Read what it prints until these words come."""
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"It ended with {process.wait()} before it said {words!r}.")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Programs that a test starts; ended with it whatever happens."""
    made: list[subprocess.Popen[str]] = []
    yield made
    for process in made:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    wait_until(lambda: not relatives(tmp_path), "nothing is left", SECONDS)


def start(words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", *words], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


MOMENTS = [
    pytest.param(signal.SIGINT, "founding", id="ctrl-c at once"),
    pytest.param(signal.SIGTERM, "the broker answers", id="sigterm while the nodes are made"),
    pytest.param(signal.SIGINT, "running after", id="ctrl-c while everything runs"),
]


@pytest.mark.parametrize(("number", "moment"), MOMENTS)
def test_an_interruption_leaves_no_process(tmp_path: Path, started: list[subprocess.Popen[str]], number: int, moment: str) -> None:
    process = start(["-m", "demo", "--folder", str(tmp_path / "demo")])
    started.append(process)
    wait_for_line(process, moment)
    os.killpg(process.pid, number)  # as a terminal does: the whole group
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "nothing is left running" in said
    assert "Traceback" not in said
    assert relatives(tmp_path) == []


@pytest.mark.parametrize("words", [["-m", "demo"], [str(LIAISON), "version"]], ids=["demo", "liaison"])
def test_ctrl_c_before_everything_is_imported_shows_no_traceback(words: list[str], tmp_path: Path) -> None:
    """Stopped where the program is looked for: its module tells us, then waits for the signal."""
    (tmp_path / "sitecustomize.py").write_text(HELD, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=TREE,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for_line(process, "importing")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGINT
    assert not said


def test_a_killed_holder_takes_everything_with_it(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    process = start(["-c", HOLDER, str(tmp_path / "held")])
    started.append(process)
    wait_for_line(process, "running now")
    assert len(relatives(tmp_path)) > len(THREE)
    process.kill()
    process.communicate()
    wait_until(lambda: not relatives(tmp_path), "every node and the broker are gone", SECONDS)


def test_what_is_left_running_is_found_and_stopped_by_another_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    warm = WarmCommands()
    federation = Federation(folder, THREE, detached=True, commands=warm)
    try:
        federation.found().start()
        running_of(federation).write(folder / PIDS)
        (folder / LOCK).touch()
        warm.cancel()
        assert main(["--folder", str(folder), "status"]) == 0
        assert main(["--folder", str(folder)]) == 1
        assert "make down" in capsys.readouterr().err
        assert main(["--folder", str(folder), "down"]) == 0
        assert relatives(folder) == []
        assert main(["--folder", str(folder), "status"]) == 1
        assert main(["--folder", str(folder), "down"]) == 0
    finally:
        federation.close()


def test_a_number_that_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    stranger = launch([sys.executable, "-c", "import time; time.sleep(600)"], leashed=True)
    try:
        true = identity(stranger.pid)
        assert true is not None
        Running("127.0.0.1:1", {"ncp.br": Process(true.pid, true.begun + "0")}).write(tmp_path / PIDS)
        known = read_running(tmp_path / PIDS)
        assert known is not None
        assert end_all(known) == {}
        assert lives(true)
        assert end(true, seconds=10.0)
    finally:
        stranger.kill()
        stranger.communicate()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"bootstrap": "x", "processes": {"a": {"pid": "x", "begun": 1}}}'])
def test_a_spoiled_list_of_processes_is_no_list(tmp_path: Path, text: str) -> None:
    (tmp_path / PIDS).write_text(text)
    assert read_running(tmp_path / PIDS) is None


def test_a_folder_with_other_things_is_not_emptied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    assert main(["--folder", str(tmp_path)]) == 1
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert "holds other things" in capsys.readouterr().err


def test_a_taken_port_is_a_clear_message_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--folder", str(tmp_path / "demo"), "--port", str(port)]) == 1
    told = capsys.readouterr().err
    assert str(port) in told
    assert "Next:" in told


def test_a_sum_that_does_not_agree_makes_the_account_fail() -> None:
    account = Account(sums=[Sum("rows", 3, {"imported": 2, "rejected": 1}), Sum("cases", 3, {"validated": 2})])
    assert not account.holds
    assert [one["holds"] for one in account.record()["sums"]] == [True, False]
    assert not Account(broken_chains=["rilo.sa: 7 where 6 was due."]).holds


def test_a_condition_that_never_comes_is_told() -> None:
    with pytest.raises(NotMetError, match="the moon is green"):
        wait_until(lambda: False, "the moon is green", 0.1)
