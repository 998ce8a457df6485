"""The table of requirements names real fields, and every field and attribute for every level and section."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import shipped_file
from enforcement.seizures.model import Case, Line, Place

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

FORCES = {"mandatory", "conditional", "optional", "not-applicable"}
TABLE: dict[str, Any] = json.loads(shipped_file("requirements.json"))
LEVELS = ("SIMPLIFIED", "FULL")
OF_EVERY_LINE = {"lines.section", "lines.stream", "lines.commodity", "lines.quantities"}
OF_A_SECTION = {"lines.hs_code", "lines.values"}


def case_fields(lists: CodeLists) -> set[str]:
    of_case = set(Case.__dataclass_fields__) - {"place", "texts"}
    of_place = {f"place.{name}" for name in Place.__dataclass_fields__}
    return of_case | of_place | {f"texts.{kind}" for kind in lists.valid["text-kinds"]}


def test_levels_are_the_levels_of_the_code_list(lists: CodeLists) -> None:
    assert set(TABLE) - {"about"} == lists.valid["levels"] == set(LEVELS)


@pytest.mark.parametrize("level", LEVELS)
def test_every_field_of_a_case_is_decided(level: str, lists: CodeLists) -> None:
    assert TABLE[level]["all"].keys() == case_fields(lists) | OF_EVERY_LINE


@pytest.mark.parametrize("level", LEVELS)
def test_every_section_decides_every_field_and_attribute_of_its_lines(level: str, lists: CodeLists) -> None:
    attributes = {f"lines.attributes.{name}" for name in lists.lists["attributes"]}
    for section in lists.lists["sections"]:
        assert TABLE[level][section].keys() == attributes | OF_A_SECTION
    assert {f"lines.{name}" for name in Line.__dataclass_fields__} == OF_EVERY_LINE | OF_A_SECTION | {"lines.attributes"}


def test_streams_state_only_what_differs_from_their_section(lists: CodeLists) -> None:
    for level, (under, stated) in ((name, one) for name in LEVELS for one in TABLE[name].items()):
        if under == "all" or under in lists.lists["sections"]:
            continue
        section = TABLE[level][lists.lists["streams"][under].parent]
        assert stated.keys() <= section.keys()
        assert all(section[path] != force for path, force in stated.items())


def test_forces_are_known_and_fit_the_list_of_attributes(lists: CodeLists) -> None:
    for level in LEVELS:
        for stated in TABLE[level].values():
            assert set(stated.values()) <= FORCES
        for (code, entry), section in product(lists.lists["attributes"].items(), lists.lists["sections"]):
            at_home = "*" in entry.sections or section in entry.sections or section in ("other", "unknown")
            assert (TABLE[level][section][f"lines.attributes.{code}"] == "not-applicable") != at_home
