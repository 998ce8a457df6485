"""The tree keeps the rules of the house."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house import rules

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent

# Imports every module with the doors shut: no socket, no child, no thread, no file written.
IMPORT_ALL = """
import importlib, sys, threading
from pathlib import Path

doors = ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove", "sqlite3.connect")

def shut(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if event in doors or (writes and "__pycache__" not in str(arguments[0])):
        raise RuntimeError(f"import did {event} {arguments}")

sys.dont_write_bytecode = True
names = [line for line in sys.stdin.read().split()]
sys.addaudithook(shut)
for name in names:
    importlib.import_module(name)
    assert threading.active_count() == 1, f"{name} started a thread"
"""


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


def test_importing_everything_touches_nothing() -> None:
    wheres = [module.where for module in rules.modules(ROOT)]
    names = [where.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for where in wheres]
    wanted = [name for name in names if ".migrations" not in name and not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_ALL], input="\n".join(wanted), text=True, capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_library_that_is_imported_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[\[<>=!~; ]", line)[0].lower().replace("_", "-") for line in declared}
    owners = packages_distributions()
    imported = {
        line.split()[1].split(".")[0]
        for module in rules.modules(ROOT)
        for line in module.text.splitlines()
        if re.match(r"\s*(from|import) [a-z]\w*", line)
    }
    undeclared = {
        top
        for top in imported - set(sys.stdlib_module_names) - set(rules.PRODUCT)
        if top in owners and not {owner.lower().replace("_", "-") for owner in owners[top]} & names
    }
    assert undeclared == set()


def test_no_file_names_a_package_host_or_this_machine() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert locks
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        assert set(re.findall(r"(?<!\S)--[a-z-]+", text)) == {"--hash"}, lock.name


def test_every_locked_package_has_a_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8"))
        pinned = [entry for entry in entries if "==" in entry.splitlines()[0]]
        assert pinned
        assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []
