"""A profile is checked whole when it is read; a mistake in it is named with its key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from enforcement.intake.errors import ProfileError, ProfileUnknownError
from enforcement.intake.files import ENCODINGS
from enforcement.intake.profile import (
    DATE_FORMATS,
    FIELD_KEYS,
    FILE_KEYS,
    REFERENCE_KEYS,
    TOP_KEYS,
    parse_profile,
)
from enforcement.intake.shipped import load_profile, profile_text, shipped_profiles
from enforcement.intake.targets import LOOKUPS, PREFIXES, TARGETS

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

PROFILE = (Path(__file__).parent / "conftest.py").read_text("utf-8").split('"""')[3]


def test_every_shipped_profile_is_valid(lists: CodeLists) -> None:
    assert "br-pf-ports-airports" in shipped_profiles()
    for name in shipped_profiles():
        assert load_profile(name, lists).name == name


def test_a_profile_can_be_named_by_path(lists: CodeLists, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(PROFILE, "utf-8")
    assert load_profile(str(path), lists).administration == "JM"


def test_an_unknown_profile_lists_those_there_are(lists: CodeLists) -> None:
    with pytest.raises(ProfileUnknownError, match="br-pf-ports-airports"):
        load_profile("no-such", lists)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1", "version: one", "version"),
        ("version: 1", "version: 1\nsurprise: 1", "unknown key 'surprise'"),
        ("administration: JM", "administration: Jamaica", "not a member"),
        ("administration: JM", "administration: NO", "in quotation marks"),
        ("encoding: utf-8", "encoding: utf-16", "utf-16"),
        ('delimiter: ";"', 'delimiter: "ab"', "single ASCII character"),
        ("dates: DD/MM/YYYY", "dates: guess", "dates is 'guess'"),
        ('decimal_mark: ","', 'decimal_mark: "x"', "decimal_mark"),
        ('thousands_mark: "."', 'thousands_mark: ","', "thousands_mark"),
        ("prefix: T", 'prefix: "a b"', "letters and digits"),
        ("reference: {made_from: content, prefix: T}", "", "needs either fields.reference"),
        ("erva: cannabis-herbal", "erva: cannabis-herbl", "Did you mean cannabis-herbal"),
        ("{column: way", "{colunm: way", "unknown key 'colunm'"),
        ("{column: way", "{constant: import, column: way", "either a column or a constant"),
        ("text.concealment:", "text.hiding-place:", "text.hiding-place"),
        ("place.name:", "place.street:", "no field 'place.street'"),
        ("  date: {column: day}\n", "", "where date comes from"),
        ("empty: unknown", "empty: nowhere", "nowhere"),
        ("fields:", "fields: 3\nother:", "unknown key"),
        ('title: "Small"', 'title: "Small', "not valid YAML .line"),
        ('title: "Small"', 'title: "Small & *all*"\nsurprise: 1', "unknown key"),  # signs that are no alias
    ],
)
def test_a_mistake_in_a_profile_is_named(lists: CodeLists, old: str, new: str, message: str) -> None:
    assert old in PROFILE
    with pytest.raises(ProfileError, match=message) as refused:
        parse_profile(PROFILE.replace(old, new, 1).encode(), lists)
    assert refused.value.code == "intake.profile"


@pytest.mark.parametrize(
    "data", [b"", b"[1, 2]", b"a: [", b"\xff\xfe", b"a: &x 1\nb: *x", b"!!python/object/apply:os.system [ls]", b" " * 300_000]
)
def test_what_is_no_profile_is_refused(lists: CodeLists, data: bytes) -> None:
    with pytest.raises(ProfileError):
        parse_profile(data, lists)


def test_the_document_names_every_key_field_and_form() -> None:
    text = (Path(__file__).parents[4] / "docs" / "profiles.md").read_text("utf-8")
    keys = TOP_KEYS | FILE_KEYS | FIELD_KEYS | REFERENCE_KEYS
    for word in {*keys, *TARGETS, *PREFIXES, *LOOKUPS, *ENCODINGS, *DATE_FORMATS}:
        assert re.search(rf"[`\s]{re.escape(word)}[`:\s]", text), word


def test_a_shipped_profile_is_printed_as_one_may_begin_from(lists: CodeLists) -> None:
    assert parse_profile(profile_text("br-pf-ports-airports").encode(), lists).name == "br-pf-ports-airports"
    with pytest.raises(ProfileUnknownError):
        profile_text("no-such")
