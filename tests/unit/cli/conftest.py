"""A federation with real homes for the commands: founded once, copied for each test."""

from __future__ import annotations

import io
import json
import shutil
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "seven-quiet-harbours-1"


@dataclass(frozen=True)
class Answer:
    """What a command line gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The code of the refusal, printed as JSON on standard error."""
        return str(json.loads(self.err)["error"]["code"])


@contextmanager
def _stdin(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before


@dataclass(frozen=True)
class World:
    """A folder with trust files, their keys, and nodes' homes."""

    folder: Path

    def home(self, node: str = "ncp.jm") -> Path:
        return self.folder / node

    @property
    def federation(self) -> str:
        return str(self.cli("federation", "show", str(self.folder / "trust"), "--json").json["federation"])

    def cli(self, *words: str, stdin: str = "") -> Answer:
        """Run a command line as it is."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), _stdin(stdin):
            code = run(words)
        assert "Traceback" not in out.getvalue() + err.getvalue()
        return Answer(code, out.getvalue(), err.getvalue())

    def at(self, *words: str, node: str = "ncp.jm", who: str = "administrator", stdin: str = "") -> Answer:
        """Run a command at a node as the person with this role, for a program (`--json`)."""
        session = self.home(node) / "sessions" / who
        return self.cli("--json", "--home", str(self.home(node)), "--session-file", str(session), *words, stdin=stdin)

    def init(self, node: str, *words: str, stdin: str = "") -> Answer:
        """`liaison init` with what every node needs; later words come last and win."""
        password = self.folder / "password"
        password.write_text(f"{PASSWORD}\n")
        given = ["--environment", "training", "--trust", str(self.folder / "trust"), "--region", "AMS", "--administrator", "first.admin"]
        if "--password-stdin" not in words:
            given += ["--password-file", str(password)]
        return self.cli("--json", "--home", str(self.home(node)), "init", node, *given, "--console-port", "0", *words, stdin=stdin)


def found(world: World) -> World:
    """Make the federation's root and its keys."""
    trust, keys = str(world.folder / "trust"), str(world.folder / "keys")
    assert world.cli("federation", "create", trust, "--environment", "training", "--keys", keys).code == 0
    return world


def _settled(folder: Path) -> World:
    world = found(World(folder))
    for node, place in (("ncp.jm", ["--office", "rilo.car"]), ("rilo.car", [])):
        assert world.init(node, "--root-sha256", world.federation, *place).code == 0
    cards = [str(world.home(node) / "card.json") for node in ("ncp.jm", "rilo.car")]
    signing = ["--trust", str(folder / "trust"), "--keys", str(folder / "keys"), "--yes"]
    assert world.cli("federation", "admit", *cards, *signing).code == 0
    _people(world)
    return world


def _people(world: World) -> None:
    """At the contact point one person a role, each with a session."""
    password = str(world.folder / "password")
    assert world.at("login", "first.admin", "--password-file", password).code == 0
    assert world.at("trust", "update").code == 0
    for role in Role:
        name = f"some.{role}"
        port = ["--port", "BRSSZ"] if role is Role.DRAFTER else []
        assert world.at("users", "add", name, "--role", role, *port, "--lasting", "--password-file", password).code == 0
        if role is not Role.ADMINISTRATOR:
            assert world.at("login", name, "--password-file", password, who=role).code == 0


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _settled(tmp_path_factory.mktemp("founded"))


@pytest.fixture
def world(founded: World, tmp_path: Path) -> World:
    """A copy that the test may break."""
    shutil.copytree(founded.folder, tmp_path / "world", symlinks=True)
    return World(tmp_path / "world")


@pytest.fixture
def bare(tmp_path: Path) -> World:
    """A federation with no node yet."""
    world = World(tmp_path)
    assert (
        world.cli("federation", "create", str(tmp_path / "trust"), "--environment", "training", "--keys", str(tmp_path / "keys")).code == 0
    )
    return world
