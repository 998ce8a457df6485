"""Commands that kinds of node contribute: merged by name, only for the kind that offers them, and a defect in one is a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World

KINDS = '''
import typer
from liaison.assembly import NodeSpec
from liaison.terminal import counter

def reports_here():
    """Reports of this office."""
    made = typer.Typer()
    made.command("list")(listed)
    made.command("write")(write)
    return made

def reports_there():
    """Judge reports and list them."""
    made = typer.Typer()
    made.command("list")(listed)
    made.command("judge")(write)
    return made

def judging():
    """Judge what others wrote."""
    made = typer.Typer()
    made.command()(write)
    return made

def listed(ctx: typer.Context) -> None:
    counter(ctx).terminal.table("Reports", [{"node": counter(ctx).parts().node}], ["node"])

def write(ctx: typer.Context) -> None:
    raise ZeroDivisionError("a secret")

NCP = NodeSpec("ncp", commands=lambda: {"reports": reports_here})
RILO = NodeSpec("rilo", commands=lambda: {"reports": reports_there, "judging": judging})
'''
ENTRIES = "[liaison.nodes]\nncp = stub_kinds:NCP\nrilo = stub_kinds:RILO\nhub = stub_absent:HUB\n"


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """A package that provides kinds of node, one of which cannot be imported."""
    folder = tmp_path / "stubs"
    (folder / "stub_kinds-1.dist-info").mkdir(parents=True)
    (folder / "stub_kinds.py").write_text(KINDS)
    (folder / "stub_kinds-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: stub-kinds\nVersion: 1\n")
    (folder / "stub_kinds-1.dist-info" / "entry_points.txt").write_text(ENTRIES)
    return folder


def call(world: World, stubs: Path, *words: str, node: str = "ncp.jm") -> subprocess.CompletedProcess[str]:
    """The installed command in a process of its own, with the stubs before the real kinds."""
    path = os.pathsep.join([str(stubs), str(Path(__file__).parents[3])])
    given = [sys.executable, "-c", "from liaison.cli.main import main; main()", "--json", "--home", str(world.home(node)), *words]
    return subprocess.run(given, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=120)


def test_a_node_offers_the_commands_of_its_kind(world: World, stubs: Path) -> None:
    done = call(world, stubs, "reports", "list")
    assert json.loads(done.stdout) == [{"node": "ncp.jm"}]
    assert json.loads(call(world, stubs, "reports", "list", node="rilo.car").stdout) == [{"node": "rilo.car"}]


@pytest.mark.parametrize("words", [("reports", "judge"), ("judging",)])
def test_a_command_of_another_kind_says_whose_it_is(world: World, stubs: Path, words: tuple[str, ...]) -> None:
    done = call(world, stubs, *words)
    told = json.loads(done.stderr)["error"]
    assert (done.returncode, told["code"]) == (1, "cli.not-for-this-node")
    assert "regional office" in told["error"]


def test_help_lists_the_contributed_commands_and_names_a_kind_that_is_broken(world: World, stubs: Path) -> None:
    done = call(world, stubs, "--help")
    assert done.returncode == 0
    assert "Judge what others wrote." in done.stdout
    assert "ModuleNotFoundError" in done.stdout


def test_help_says_what_a_group_is_at_this_node(world: World, stubs: Path) -> None:
    assert "Reports of this office." in call(world, stubs, "--help").stdout
    assert "Judge reports and list them." in call(world, stubs, "--help", node="rilo.car").stdout


def test_a_defect_in_a_contributed_command_shows_no_traceback_and_no_value(world: World, stubs: Path) -> None:
    done = call(world, stubs, "reports", "write")
    assert done.returncode == 70
    assert "Traceback" not in done.stdout + done.stderr
    assert "a secret" not in done.stdout + done.stderr
    kept = world.home() / "last-error.txt"
    assert "ZeroDivisionError" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
