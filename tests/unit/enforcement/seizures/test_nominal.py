"""The screen finds what names a person, in the languages of the network, and leaves the goods alone."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.seizures.nominal import Hit, screen, screen_key, screen_text
from enforcement.seizures.rules.phrases import PHRASES


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("write to a.b@example.org", "an e-mail address"),
        ("a.b (at) example.org", "an e-mail address"),
        ("ａ＠example.org", "an e-mail address"),  # noqa: RUF001 - full-width signs are the point
        ("call +55 11 98765-4321 today", "a telephone number"),
        ("tel: 011 4567 8901", "a telephone number"),
        ("téléphone 01 23 45 67 89", "a telephone number"),
        ("GB82 WEST 1234 5698 7654 32", "a bank account number (IBAN)"),
        ("paid to gb82west12345698765432", "a bank account number (IBAN)"),
        ("lot AB12 GB82 WEST 1234 5698 7654 32 and more", "a bank account number (IBAN)"),
        ("passport no. FX123456", "a document or registration number"),
        ("passeport n° 12AB34567", "a document or registration number"),
        ("CPF 123.456.789-09", "a document or registration number"),
        ("registration number 12345678", "a document or registration number"),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "a document or registration number"),
        ("plate ABC-1D23", "a vehicle plate"),
        ("placa ABC1D23", "a vehicle plate"),
        ("matrícula 1234 BCD", "a vehicle plate"),
        ("driver born 12.05.1980", "a date of birth"),
        ("née le 3 mai 1975", "a date of birth"),
        ("nascido em 12/05/1980", "a date of birth"),
        ("date of birth: May 3, 1975", "a date of birth"),
    ],
)
def test_what_names_a_person_is_found(text: str, reason: str) -> None:
    assert reason in screen_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hidden in the lining",
        "hidden in 12 boxes of 500 g, found on 12/05/2024",
        "GB83 WEST 1234 5698 7654 32",
        "passports: 1500 pieces",
        "mobile phones 1200 pcs",
        "container CSQU3054383",
        "flight LA8070 on 2024-03-12",
        "HS 8517130000",
        "2 000 000 cigarettes worth 400 000 EUR",
        "plate 20 mm thick",
        "steel plates 150x20",
    ],
)
def test_what_describes_the_goods_passes(text: str) -> None:
    assert screen_text(text) == ()


def test_a_reference_is_not_taken_for_a_telephone_number() -> None:
    assert screen_key("2025/0049123456789") == ()
    assert screen_key("11144477735") == ()
    assert screen_key("12345678-5") == ()


def test_what_no_reference_is_written_like_is_found_in_one() -> None:
    assert screen_key("111.444.777-35") == ("a document or registration number",)
    assert screen_key("HEGG560427MVZRRL04") == ("a document or registration number",)
    assert screen_key("4111-1111-1111-1111") == ("a payment card number",)


def test_accounts_and_mail_addresses_are_found_in_references() -> None:
    assert screen_key("2025/0049123456789") == ()
    assert screen_key("GB82WEST12345698765432") == ("a bank account number (IBAN)",)
    assert screen_key("a@example.org") == ("an e-mail address",)


def test_every_free_text_of_a_case_is_screened(case: dict[str, Any]) -> None:
    mail = "a@example.org"
    case["reference"] = mail
    case["place"]["name"] = mail
    case["route"][0]["name"] = mail
    case["texts"] = [{"kind": "concealment", "text": mail}]
    case["transport"] = [{"carrier": mail, "identifier_kind": "", "identifier": mail}]
    case["lines"][0]["attributes"] = [{"name": "logo", "value": mail}]
    assert [hit.field for hit in screen(case)] == [
        "reference",
        "place.name",
        "route[0].name",
        "texts[0].text",
        "transport[0].carrier",
        "transport[0].identifier",
        "lines[0].attributes[0].value",
    ]
    assert screen(case)[0] == Hit("reference", "an e-mail address")


@given(st.text(max_size=300))
def test_no_text_makes_the_screen_fail(text: str) -> None:
    assert isinstance(screen_text(text), tuple)
    assert isinstance(screen_key(text), tuple)


def test_every_reason_is_said_in_each_language() -> None:
    package = "enforcement.seizures.nominal"
    modules = [import_module(f"{package}.{name}") for name in ("addresses", "labelled", "names", "numbers", "screening")]
    said = [one for module in modules for one in vars(module).values() if isinstance(one, str) and re.match(r"(?:an?|the) \w", one)]
    assert len(set(said)) > 8
    assert [one for one in said if len(set(PHRASES.get(one, {}).values())) != 3] == []
