"""docs/record.md says where each part of the record is, and nothing of the schema is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from enforcement.intake import record
from enforcement.intake.record import ATTRIBUTE, PARTS, TEXT, PartWithoutField, leaves, main, page, schema

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

PAGE = Path(__file__).parents[4] / "docs" / "record.md"
NAMED = [where for parts in PARTS.values() for _, where in parts]


def test_the_page_is_what_schema_and_lists_say(lists: CodeLists, tmp_path: Path) -> None:
    assert PAGE.read_text("utf-8") == page(lists), "docs/record.md is behind: python -m enforcement.intake.record"
    assert main(["--check", str(tmp_path / "record.md")]) == 1


def test_every_field_of_the_schema_is_a_part_of_the_record() -> None:
    by_kind = {"texts.kind", "texts.text", "lines.attributes.name", "lines.attributes.value"}
    by_kind |= {"duty_evaded.amount", "duty_evaded.currency", "duty_evaded.basis"}
    assert {path for path, _ in leaves(schema())} - by_kind <= set(NAMED)


def test_every_kind_of_text_is_a_part_of_the_record(lists: CodeLists) -> None:
    assert {TEXT + code for code in lists.lists["text-kinds"]} <= set(NAMED)


@pytest.mark.parametrize("where", ["no_such_field", TEXT + "nothing", ATTRIBUTE + "nothing"])
def test_a_part_without_a_field_is_refused(lists: CodeLists, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PARTS", {"Case": (("what", where),)})
    with pytest.raises(PartWithoutField):
        page(lists)
