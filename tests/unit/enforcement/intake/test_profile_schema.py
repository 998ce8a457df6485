"""The shipped JSON Schema of profiles is current, and says what a profile may be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from enforcement.intake.profile_schema import SHIPPED, main, written

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.codelists.model import CodeLists


def test_the_shipped_file_is_current(lists: CodeLists, tmp_path: Path) -> None:
    assert SHIPPED.read_text("utf-8") == written(lists), "it is behind: python -m enforcement.intake.profile_schema"
    assert main(["--check", str(tmp_path / "none.json")]) == 1
    stale = tmp_path / "stale.json"
    stale.write_text(written(lists).replace("cocaine", "cocain"), "utf-8")
    assert main(["--check", str(stale)]) == 1
    assert main([str(stale)]) == 0
    assert main(["--check", str(stale)]) == 0


def test_every_reference_of_it_leads_somewhere(lists: CodeLists) -> None:
    text = written(lists)
    made = json.loads(text)
    named = {part.partition('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
    assert named
    assert named <= made["$defs"].keys()
    assert all(made["$defs"][name]["enum"] for name in named)
