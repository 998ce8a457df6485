"""The words of the pages: each in three languages, none left behind, none with another placeholder."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from babel.messages.pofile import read_po

from liaison.console.calls import LANGUAGES
from liaison.console.gathering import PACKAGES, folder_of, gathered, missing
from liaison.console.rendering import _environment
from liaison.console.words import catalogues

CATALOGUES = [(package, language) for package in PACKAGES for language in LANGUAGES[1:]]


@pytest.mark.parametrize(("package", "language"), CATALOGUES)
def test_every_text_of_the_pages_is_translated(package: str, language: str) -> None:
    assert missing(package, language) == []


@pytest.mark.parametrize(("package", "language"), CATALOGUES)
def test_the_catalogue_holds_what_the_pages_say_and_no_more(package: str, language: str) -> None:
    """`make words` was run after the last text was written."""
    assert (folder_of(package) / "words" / f"{language}.po").read_bytes() == gathered(package, language)


@pytest.mark.parametrize(("package", "language"), CATALOGUES)
def test_a_translation_has_the_placeholders_of_its_text(package: str, language: str) -> None:
    with (folder_of(package) / "words" / f"{language}.po").open("rb") as file:
        messages = [one for one in read_po(file, locale=language) if one.id]
    wrong = [one.id for one in messages if any(places(said) != places(one.id) for said in as_list(one.string))]
    assert wrong == []


def as_list(said: object) -> list[str]:
    return list(said) if isinstance(said, tuple | list) else [str(said)]


def places(text: object) -> set[str]:
    found = re.findall(r"%\(\w+\)s|\{(\w*)(?:![rs])?(?::[^{}]*)?\}|(\{\{|\}\})", as_list(text)[-1])
    return {"".join(one) for one in found} | set(re.findall(r"%\(\w+\)s", as_list(text)[-1]))


def test_times_are_told_in_utc_and_in_the_readers_language() -> None:
    words = catalogues(("liaison.console",))
    at = datetime(2026, 3, 2, 9, 5, tzinfo=timezone(timedelta(hours=1)))
    assert words["en"].moment(at).split() == ["2", "Mar", "2026,", "08:05", "UTC"]
    assert " " not in words["en"].moment(at)  # a narrow column breaks no date
    assert words["fr"].moment(at).split() == ["2", "mars", "2026,", "08:05", "UTC"]
    assert words["es"].day(date(2026, 3, 2)).split() == ["2", "mar", "2026"]
    assert [words[one].month("2026-03").split() for one in LANGUAGES] == [["Mar", "2026"], ["mars", "2026"], ["mar", "2026"]]
    assert words["fr"].month("some day") == "some day"
    assert words["es"].day("2026-03-02") == words["es"].day(date(2026, 3, 2))
    assert [words["es"].day(said) for said in ("", None, "in March")] == [*2 * ["\N{EN DASH}"], "in March"]
    assert words["en"].moment(datetime(2026, 3, 2, 8, 5, tzinfo=UTC)) == words["en"].moment(at)


def test_numbers_have_the_readers_separators() -> None:
    words = catalogues(("liaison.console",))
    assert [words[one].amount("0.00025") for one in LANGUAGES] == ["0.00025", "0,00025", "0,00025"]  # no decimal less than was reported
    assert words["en"].amount(Decimal("12300.500")) == "12,300.5"
    assert words["en"].amount("some") == "some"
    assert _environment(words["fr"]).from_string('{{ ngettext("%(num)s case", "%(num)s cases", 6339) }}').render() == "6\u202f339 cases"
    assert [words[one].number(1234567.5) for one in LANGUAGES] == ["1,234,567.5", "1\u202f234\u202f567,5", "1.234.567,5"]
