"""Every example of docs/api.md does what the page says, run with the curl it is written for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.unit.services.ncp_gateway.api_door import MAY_ALL, key_for, served

PAGE = Path(__file__).parents[4] / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)


def holds(told: Any, shown: Any) -> bool:
    """Whether what was told has everything that is shown; it may have more."""
    if isinstance(shown, dict):
        return isinstance(told, dict) and all(name in told and holds(told[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return isinstance(told, list) and len(told) == len(shown) and all(map(holds, told, shown))
    return bool(told == shown)


def values(text: str) -> list[Any]:
    """The JSON values one after the other in a text."""
    found, decoder, rest = [], json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")
def test_every_example_of_the_page(tmp_path: Path) -> None:
    examples = EXAMPLE.findall(PAGE.read_text("utf-8"))
    assert len(examples) == PAGE.read_text("utf-8").count("curl -s")
    with MemoryFederation(tmp_path, lambda name: node_spec(kind_of(name))) as made:
        node = made.start("ncp.br")["ncp.br"].node
        with served(node) as port:
            given = {**os.environ, "API": f"http://127.0.0.1:{port}/api/v1", "KEY": key_for(node, "case-system", *MAY_ALL)}
            for command, shown in examples:
                done = subprocess.run(["bash", "-euc", command], env=given, capture_output=True, text=True, check=True)  # noqa: S607
                told = values(done.stdout)
                assert holds(told, values(shown)), (command, told)
