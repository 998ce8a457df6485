"""Document numbers are known by their check digits, whatever country gave them; numbers of goods are left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from enforcement.seizures.nominal import screen_text
from enforcement.seizures.nominal.lettered import FORMS, lettered_in, may_be_key
from enforcement.seizures.nominal.numbers import ANY_SHAPE, CARD, DOCUMENT, KINDS, PARCEL, numbers_in
from enforcement.seizures.nominal.screening import screen_key

# A valid specimen of each (published ones where the issuer has any) in the writing of its country, and where its last check digit is.
CHECKED = [
    ("Brazil, CPF", "11144477735", DOCUMENT),
    ("Brazil, CNPJ", "11222333000181", DOCUMENT),
    ("Poland, PESEL", "44051401359", DOCUMENT),
    ("Turkiye", "10000000146", DOCUMENT),
    ("Argentina, CUIT", "20-12345678-6", DOCUMENT),
    ("Peru, RUC", "20100070970", DOCUMENT),
    ("Colombia, NIT", "800.197.268-4", DOCUMENT),
    ("France, NIR", "255081416802538", DOCUMENT),
    ("India, Aadhaar", "2341 2341 2346", DOCUMENT),
    ("China", "440524198001010013", DOCUMENT),
    ("South Africa", "8001015009087", DOCUMENT),
    ("Belgium", "85073003328", DOCUMENT),
    ("Estonia", "37605030299", DOCUMENT),
    ("Romania", "1800101221144", DOCUMENT),
    ("JMBG", "0101006500006", DOCUMENT),
    ("Russia, INN", "500100732259", DOCUMENT),
    ("Russia, SNILS", "112-233-445 95", DOCUMENT),
    ("Switzerland", "756.9217.0769.85", DOCUMENT),
    ("Sweden", "811228-9874", DOCUMENT),
    ("Canada", "046-454-286", DOCUMENT),
    ("Uruguay", "1.234.567-2", DOCUMENT),
    ("a payment card", "4111 1111 1111 1111", CARD),
    ("an air waybill", "020-12345675", PARCEL),
]
LETTERED = [
    ("Spain, DNI", "12345678Z", 8, "A"),
    ("Spain, NIE", "X1234567L", 8, "A"),
    ("Spain, CIF", "A-58818501", 9, "2"),
    ("Italy", "RSSMRA85T10A562S", 15, "T"),
    ("Mexico, RFC", "GODE561231GR8", 12, "7"),
    ("Singapore", "S1234567D", 8, "E"),
    ("Finland", "131052-308T", 10, "U"),
    ("Hong Kong", "A123456(3)", 8, "4"),
    ("Chile", "12.345.678-5", 11, "6"),
    ("China with X", "11010519491231002X", 15, "1"),
    ("Portugal", "000000000ZZ4", 11, "5"),
    ("Corsica", "185052A00412356", 14, "7"),
    ("a parcel", "RA473124829CN", 10, "8"),
    ("a passport's line", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", 9, "7"),
]


def changed(number: str) -> str:
    """The number with another last digit."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize(("number", "reason"), [(number, reason) for _, number, reason in CHECKED], ids=[name for name, _, _ in CHECKED])
def test_a_number_is_found_by_its_check_digits(number: str, reason: str) -> None:
    assert reason in list(numbers_in(f"seen {number} on it"))


@pytest.mark.parametrize("number", [number for name, number, _ in CHECKED if name != "Uruguay"], ids=lambda number: number)
def test_with_another_check_digit_it_is_none(number: str) -> None:
    assert list(numbers_in(f"seen {changed(number)} on it")) == []


@pytest.mark.parametrize(("number", "at", "other"), [row[1:] for row in LETTERED], ids=[row[0] for row in LETTERED])
def test_a_lettered_number_is_found_by_its_check_sign(number: str, at: int, other: str) -> None:
    assert list(lettered_in(f"seen {number} on it"))
    assert not list(lettered_in(f"seen {number[:at]}{other}{number[at + 1 :]} on it"))


@pytest.mark.parametrize(
    "text",
    [
        "1 1 1 4 4 4 7 7 7 3 5",
        "1.1.1.4.4.4.7.7.7.3.5",
        "111 444 777 35",
        "111 . 444 . 777 - 35",
        "\uff11\uff11\uff11.444.777-35",  # full-width
        "111\u200b444\u200b777\u200b35",  # zero-width blanks
        "\u0661\u0661\u0661\u0664\u0664\u0664\u0667\u0667\u0667\u0663\u0665",  # Arabic-Indic digits
        "1\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e3444777\u00ad35",  # keycaps, soft hyphen
        "lll.444.777-35",
        "x" * 3900 + " 111.444.777-35",
    ],
)
def test_no_way_of_writing_hides_a_number(text: str) -> None:
    assert DOCUMENT in screen_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "CSQU3054383",
        "CSQU 305438 3",
        "IMO 9074729",
        "HS 8517130000",
        "8517.13.00.00",
        "2402 20 90 00",
        "seal 11144477735",
        "lot no. 44051401359",
        "EAN 5901234123457",
        "IMEI 356938035643809",
        "1 234 567 890 pieces",
        "12345678909 kg",
        "2024-0312-007",
        "BR-101 km 35",
    ],
)
def test_numbers_of_goods_and_papers_are_left_alone(text: str) -> None:
    assert screen_text(text) == ()


def _judged_one_by_one(reference: str) -> bool:
    """Whether a reference names a person by the slow way: every form and every number by itself."""
    return bool([*numbers_in(reference, shaped_only=True), *lettered_in(reference, keys_only=True)])


_SPECIMENS = st.one_of(
    *(st.from_regex(form.look, fullmatch=True) for form in FORMS),
    *(
        st.from_regex(shape, fullmatch=True)
        for shape in {re.sub(r"\d+", lambda n: rf"[0-9]{{{n[0]}}}", one) for k in KINDS for one in k.shapes}
    ),
    st.from_regex(r"(?:DE|GB|FR|BR|ES)[0-9]{2}(?:[ .-]?[A-Z0-9]){14,26}", fullmatch=True),
    st.from_regex(r"P[A-Z<]{4}[A-Z0-9<]{10}<<[A-Z0-9<]{15}", fullmatch=True),
)


@given(_SPECIMENS, st.sampled_from(["", "BR-", "2025/", "CASE."]), st.sampled_from(["", "-7", "/2025"]))
def test_a_reference_judged_by_its_shape_is_judged_as_by_itself(specimen: str, before: str, after: str) -> None:
    """What the quick look lets pass, no form would have found; whatever digits the same shape was seen with before."""
    reference = f"{before}{specimen}{after}"
    assume(reference.isascii())
    screen_key(re.sub(r"\d", "7", reference))
    if not screen_key(reference) and len(reference) >= 8:
        assert not _judged_one_by_one(reference)


def test_looks_name_no_digit() -> None:
    """`may_be_key` sees zeros in place of all digits."""
    for name, specimen, _place, _digit in LETTERED:
        zeros = re.sub(r"\d", "0", specimen)
        key_form = any(form.in_keys and form.look.fullmatch(specimen) for form in FORMS)
        assert not key_form or may_be_key(zeros) or ANY_SHAPE.search(zeros), name


@pytest.mark.parametrize(
    "number", ["DE89370400440532013000", "GB29-NWBK-6016-1331-9268-19", "L898902C36UTO7408122F1204159ZE184226B", "123.456.789-00"]
)
def test_a_harmless_reference_of_the_same_shape_hides_nothing(number: str) -> None:
    screen_key(re.sub(r"\d", "1", number))
    assert screen_key(number)
    assert screen_key("BR-2025-000117") == ()
