"""Processes by name: one that lives is never taken for dead, and only what is certain counts as ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liaison.adapters import processes
from liaison.adapters.processes import has_ended, own_name

pytestmark = pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="this system does not tell which process is which")

NAMED = "import sys; from liaison.adapters.processes import own_name; print(own_name('abcdef'), flush=True); sys.stdin.read()"


def other() -> tuple[subprocess.Popen[str], str]:
    """Another process, running, and its name."""
    process = subprocess.Popen([sys.executable, "-c", NAMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_process_that_lives_has_not_ended_and_one_that_was_killed_has() -> None:
    process, name = other()
    with process:
        assert not has_ended(name)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not has_ended(name)  # nobody has taken note of its end: the system still has it
        process.wait()
        assert has_ended(name)


def test_a_number_that_was_given_again_is_not_the_same_process() -> None:
    place, number, begun, unique = own_name("abcdef").split("-")
    assert not has_ended(f"{place}-{number}-{begun}-{unique}")
    assert has_ended(f"{place}-{number}-{int(begun) - 1}-{unique}")


def test_of_another_machine_or_another_start_of_it_nothing_is_known() -> None:
    process, name = other()
    process.communicate()
    assert has_ended(name)
    assert not has_ended("0" * 12 + name[12:])


@pytest.mark.parametrize("name", ["", "stopped", "4711-abcdef", "first", "-1-2-3", "x-1-2-3", "x--1-2-3"])
def test_of_a_name_that_says_less_nothing_is_known(name: str) -> None:
    assert not has_ended(name)


def test_where_the_list_of_processes_is_of_another_namespace_nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A container may be given its host's: there, our number is somebody else's."""
    process, name = other()
    process.communicate()
    shown = tmp_path / "self"
    shown.mkdir()
    (shown / "stat").write_text(f"{os.getpid() + 1} (liaison) S " + "7 " * 40)
    (shown / "ns").symlink_to("/proc/self/ns")
    monkeypatch.setattr(processes, "SELF", shown)
    assert own_name("abcdef") == f"{os.getpid()}-abcdef"
    assert not has_ended(name)


def test_a_name_fits_where_it_is_kept() -> None:
    assert len(own_name("abcdef")) <= 40
