"""The shipped code lists: complete, consistent, helpful with a wrong code."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from enforcement.codelists.errors import ReferenceDataError, UnknownListError
from enforcement.codelists.parsing import FILES, parse
from enforcement.codelists.store import shipped_file

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists


def test_every_commodity_has_a_stream_and_every_stream_a_section(lists: CodeLists) -> None:
    for code, entry in lists.codes("commodities").items():
        section, stream = lists.section_and_stream(code)
        assert stream == entry.parent
        assert lists.has("streams", stream)
        assert lists.has("sections", section)


def test_what_measures_a_commodity_can_be_reported(lists: CodeLists) -> None:
    known = set(lists.unit_measures.values())
    assert all(measures and measures <= known for measures in lists.measurable.values())


def test_every_coded_list_of_a_case_can_say_unknown(lists: CodeLists) -> None:
    for name in ("directions", "detection-channels", "location-types", "concealments", "conveyances", "ecommerce", "agencies", "streams"):
        assert lists.has(name, "unknown")


def test_every_list_names_its_source(lists: CodeLists) -> None:
    assert all(lists.sources.values())
    for name in FILES:
        if name.endswith(".csv"):
            assert b"ource" in shipped_file(name).splitlines()[0] + shipped_file(name).splitlines()[1]


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("commodities", "cocain", "cocaine"),
        ("directions", "improt", "import"),
        ("concealments", "in luggage", "in-baggage"),
        ("units", "KG", "KGM"),
        ("countries", "Brazil", "BR"),
    ],
)
def test_a_wrong_code_gets_near_ones(lists: CodeLists, name: str, wrong: str, right: str) -> None:
    suggestions = lists.suggest(name, wrong)
    assert right in suggestions
    assert len(suggestions) <= 3


@pytest.mark.parametrize(
    ("name", "text", "code", "how"),
    [
        ("commodities", "cocaine", "cocaine", "code"),
        ("commodities", "  COCAÏNE ", "cocaine", "code"),
        ("commodities", "Résine de cannabis", "cannabis-resin", "label"),
        ("commodities", "RESINE  DE CANNABIS", "cannabis-resin", "label"),
        ("commodities", "resina de cannabis", "cannabis-resin", "label"),
        ("commodities", "Maconha", "cannabis-herbal", "alias"),
        ("commodities", "fuel / petroleum products", "petroleum-products", "alias"),
        ("commodities", "Fuel", "petroleum-products", "alias"),
        ("commodities", "E waste", "e-waste", "code"),
        ("commodities", "Handrolling tobacco", "hand-rolling-and-pipe-tobacco", "alias"),
        ("cites", "Appendix I/II", "I-II", "alias"),
        ("cites", "appendix III", "III", "alias"),
        ("units", "gramas", "GRM", "alias"),
        ("units", "Kg", "KGM", "alias"),
        ("countries", "COTE D IVOIRE", "CI", "label"),
        ("countries", "Brésil", "BR", "label"),
        ("directions", "Importación", "import", "label"),
    ],
)
def test_what_a_source_writes_finds_its_code(lists: CodeLists, name: str, text: str, code: str, how: str) -> None:
    assert lists.find(name, text) == (code, how)


@pytest.mark.parametrize(
    ("name", "text"), [("units", "kgs"), ("units", "KGS"), ("units", "ounce"), ("commodities", "stuff"), ("units", "")]
)
def test_what_may_mean_two_things_or_none_finds_nothing(lists: CodeLists, name: str, text: str) -> None:
    assert lists.find(name, text) is None


def test_what_may_mean_two_things_suggests_both(lists: CodeLists) -> None:
    assert set(lists.suggest("units", "kgs")) == {"KGM", "KGS"}


def test_every_shipped_code_has_a_label_in_each_language(lists: CodeLists) -> None:
    lacking = [
        (name, code, language)
        for name, codes in lists.lists.items()
        for code, entry in codes.items()
        for language in ("en", "fr", "es")
        if not entry.labels.get(language, "").strip()
    ]
    assert not lacking


def test_no_spelling_stands_for_two_codes(lists: CodeLists) -> None:
    several = {
        (name, text)
        for name, codes in lists.lists.items()
        for entry in codes.values()
        for text in (entry.code, *entry.labels.values(), *entry.aliases)
        if lists.find(name, text) is None
    }
    assert several == {("units", "kgs"), ("units", "KGS")}  # kilograms to many a source, soms to ISO 4217: nobody guesses


def test_nonsense_gets_no_suggestion_that_misleads(lists: CodeLists) -> None:
    assert lists.suggest("directions", "") == ()
    assert lists.suggest("directions", "qqqq") == ()


def test_a_code_of_any_length_is_compared(lists: CodeLists) -> None:
    assert len(lists.suggest("commodities", "x" * 1_000_000)) <= 3


def test_a_missing_language_falls_back_to_english(lists: CodeLists) -> None:
    assert lists.label("commodities", "cannabis-herbal") == "Herbal cannabis"
    assert lists.label("commodities", "cannabis-herbal", "xx") == "Herbal cannabis"
    assert lists.label("commodities", "cannabis-herbal", "fr") == "Herbe de cannabis"
    assert lists.label("commodities", "no-such") == "no-such"


def test_an_unknown_list_is_refused_by_name(lists: CodeLists) -> None:
    with pytest.raises(UnknownListError, match="no-such") as refused:
        lists.codes("no-such")
    assert refused.value.code == "codelists.unknown-list"


@pytest.mark.parametrize(
    ("amount", "unit", "converted"),
    [
        ("1027", "GRM", ("1.027", "KGM")),
        ("2", "APZ", ("0.062207", "KGM")),
        ("3", "T3", ("3000", "H87")),
        ("75", "CLT", ("0.75", "LTR")),
        ("4", "XFL", ("0", "")),
        ("100", "USD", ("0", "")),
        ("1", "no-such", ("0", "")),
    ],
)
def test_conversion_is_by_definition_or_not_at_all(lists: CodeLists, amount: str, unit: str, converted: tuple[str, str]) -> None:
    assert lists.convert(Decimal(amount), unit) == (Decimal(converted[0]), converted[1])


def test_members_know_their_office(lists: CodeLists) -> None:
    assert lists.members["BR"].office == "rilo.sa"
    assert lists.members["US"].office == "wco.hub"
    assert lists.members["JM"].node == "ncp.jm"
    assert len(lists.members) == 187
    assert lists.members.keys() <= lists.codes("countries").keys()


def test_currency_codes_do_not_collide_with_units(lists: CodeLists) -> None:
    assert not lists.units.keys() & lists.codes("currencies").keys()


@pytest.mark.parametrize("broken", ["codelists.json", "units.csv", "requirements.json", "members.csv"])
def test_a_damaged_file_is_refused_in_one_sentence(broken: str) -> None:
    files = {name: shipped_file(name) for name in FILES}
    files[broken] = b"\xff{"
    with pytest.raises(ReferenceDataError) as refused:
        parse(files)
    assert refused.value.code == "codelists.unreadable"
