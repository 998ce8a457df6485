"""Variants of one word are one code, the officer sees which became which, and what could be meant otherwise is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from enforcement.intake.model import Accepted, Rejected
from enforcement.intake.profile import parse_profile
from enforcement.intake.reading import Reading, read_cases
from enforcement.intake.surveying import Survey
from tests.unit.enforcement.intake.conftest import PROFILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile

    Taken = Callable[..., list[Outcome]]


def row(day: str = "05/03/2025", what: str = "erva", amount: str = "1,5", unit: str = "g", way: str = "entrada") -> str:
    return f"{day};Kingston;{what};{amount};{unit};{way};In the lining;77"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("cocaine", "cocaine"),
        ("Cocaína", "cocaine"),
        ("COCAÏNE", "cocaine"),
        ("cocaina", "cocaine"),
        ("Résine de cannabis", "cannabis-resin"),
        ("haxixe", "cannabis-resin"),
        ("ECSTASY", "mdma"),
        ("erva", "cannabis-herbal"),
    ],
)
def test_a_variant_is_the_code_it_means(taken: Taken, word: str, code: str) -> None:
    (outcome,) = taken(row(what=word))
    assert isinstance(outcome, Accepted)
    assert outcome.payload["lines"][0]["commodity"] == code


def test_a_word_of_two_codes_stops_its_row_and_names_both(taken: Taken) -> None:
    """KGS is the som of Kyrgyzstan and kilograms to many a source: it was read as the som."""
    (outcome,) = taken(row(unit="KGS"))
    assert isinstance(outcome, Rejected)
    (problem,) = outcome.problems
    assert (problem.rule, problem.column, problem.suggestion) == ("value.unmapped", "unit", "KGM, KGS")


def test_an_unknown_word_has_what_is_near_beside_it(taken: Taken) -> None:
    (outcome,) = taken(row(what="cocane paste"))
    assert isinstance(outcome, Rejected)
    (problem,) = outcome.problems
    assert problem.suggestion == "cocaine-base"  # coca paste is a word for it


def test_a_place_that_is_not_listed_is_told_how_it_is_entered(written: Callable[..., Path], lists: CodeLists, today: date) -> None:
    profile = parse_profile(
        PROFILE.replace("  line.commodity:", "  place.locode: {column: unit, lookup: places}\n  line.commodity:").encode(), lists
    )
    outcomes = read_cases(written(row(unit="RTM"), row(unit="santos")), profile, lists, today)
    first, second = (outcome.problems for outcome in outcomes if isinstance(outcome, Rejected))
    told = {problem.field: problem for problem in first}["place.locode"]
    assert (told.rule, told.value, told.suggestion) == ("value.unmapped", "RTM", "")
    assert "the codes known here (57 airports and ports of BR)" in told.text
    assert "Give its UN/LOCODE in the profile's `values`, or map the column to place.name." in told.text
    assert {problem.field: problem.suggestion for problem in second}["place.locode"] == "BRSSZ"


def test_the_profile_wins_over_the_code_lists(written: Callable[..., Path], lists: CodeLists, today: date) -> None:
    profile = parse_profile(PROFILE.replace("{erva: cannabis-herbal}", "{haxixe: cannabis-oil}").encode(), lists)
    (outcome,) = read_cases(written(row(what="HAXIXE")), profile, lists, today)
    assert isinstance(outcome, Accepted)
    assert outcome.payload["lines"][0]["commodity"] == "cannabis-oil"


def test_an_exact_field_takes_codes_and_its_own_values_only(written: Callable[..., Path], lists: CodeLists, today: date) -> None:
    profile = parse_profile(PROFILE.replace("{column: what,", "{column: what, lookup: exact,").encode(), lists)
    first, second, third = read_cases(written(row(), row(what="heroin"), row(what="Cocaína")), profile, lists, today)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert isinstance(third, Rejected)
    assert "cocaine" in third.problems[0].suggestion


def test_the_officer_sees_which_word_became_which_code(
    written: Callable[..., Path], profile: Profile, lists: CodeLists, today: date
) -> None:
    path = written(row(what="Cocaína"), row(what="Cocaína"), row(what="cocaine"), row(what="no such thing"))
    reading = Reading(Survey(path, profile), profile, lists, today)
    assert len(list(reading)) == 4
    told = {(one["column"], one["word"]): (one["code"], one["how"], one["rows"]) for one in reading.words()}
    assert told == {
        ("what", "Cocaína"): ("cocaine", "label", 2),
        ("unit", "g"): ("GRM", "profile", 4),
        ("way", "entrada"): ("import", "profile", 4),
    }


def test_dates_in_both_orders_are_said_where_they_could_be_meant_otherwise(taken: Taken) -> None:
    clear, either, same, other = taken(row("25/03/2025"), row("05/03/2025"), row("03/03/2025"), row("03/25/2025"))
    assert [one.rule for one in either.warnings] == ["date.ambiguous"]
    assert "03/25/2025 in row 5" in either.warnings[0].text
    assert (clear.warnings, same.warnings) == ((), ())
    assert isinstance(other, Rejected)
    assert other.problems[0].rule == "date.malformed"


def test_amounts_with_both_marks_are_said_where_they_could_be_meant_otherwise(taken: Taken) -> None:
    clear, either, other = taken(row(amount="1,5"), row(amount="1.234"), row(amount="2.5"))
    assert isinstance(either, Accepted)
    assert [one.rule for one in either.warnings] == ["amount.ambiguous"]
    assert "2.5 in row 4" in either.warnings[0].text
    assert clear.warnings == ()
    assert isinstance(other, Rejected)


def test_a_file_that_is_written_as_its_profile_says_raises_no_doubt(taken: Taken) -> None:
    assert all(one.warnings == () for one in taken(row("05/03/2025", amount="1.234"), row("25/03/2025", amount="1.234,5")))


def test_a_sign_that_is_a_digit_to_some_is_no_day(written: Callable[..., Path], lists: CodeLists, today: date) -> None:
    """A superscript counts as a digit and is no number: a column of days as numbers ended in a traceback."""
    profile = parse_profile(PROFILE.replace("DD/MM/YYYY", "SERIAL").encode(), lists)
    (outcome,) = read_cases(written(row("4572²")), profile, lists, today)
    assert isinstance(outcome, Rejected)
    assert outcome.problems[0].rule == "date.malformed"
