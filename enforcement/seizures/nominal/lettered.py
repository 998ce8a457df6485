"""Document numbers with letters in them, known by structure and check signs: national ids, bank accounts, passports' machine lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.nominal.checks import eleven_less, has_date, icao, is_date, weighted
from enforcement.seizures.nominal.numbers import DOCUMENT, PARCEL, chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT: Final = "a bank account number (IBAN)"
_SIGNS: Final = re.compile(r"[^A-Z0-9<&]")


class Form(NamedTuple):
    """One form: what it looks like (in capitals, without neighbouring letters or digits) and what must fit its letters and digits."""

    look: re.Pattern[str]
    fits: Callable[[str], bool]
    reason: str = DOCUMENT
    in_keys: bool = True  # narrow enough for references, which are letters and digits too


_BEFORE: Final = "(?<![A-Z0-9])(?:"
_AFTER: Final = ")(?![A-Z0-9])"


def _look(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}{pattern}{_AFTER}")


def _any(_text: str) -> bool:
    return True


_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"


def _dni(text: str) -> bool:
    """Spain. Real Decreto 1553/2005: remainder of 23; X, Y, Z of a foreigner's number read 0, 1, 2."""
    return len(text) == 9 and _DNI[int(text[:-1].translate({88: "0", 89: "1", 90: "2"})) % 23] == text[-1]  # noqa: PLR2004


def _cif(text: str) -> bool:
    """Spain, companies. Orden EHA/451/2008: Luhn, as a digit or a letter."""
    odd = sum(sum(divmod(int(digit) * 2, 10)) for digit in text[1:8:2])
    check = -(odd + sum(map(int, text[2:8:2]))) % 10
    return text[8] in {str(check), "JABCDEFGHI"[check]}


# Agenzia delle Entrate, Decreto 23 December 1976: values at odd places.
_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def _codice_fiscale(text: str) -> bool:
    """Italy: the sixteenth sign is the check of the others modulo 26."""
    even = sum(int(sign) if sign.isdigit() else ord(sign) - 65 for sign in text[1:15:2])
    return (sum(_ODD[sign] for sign in text[0:15:2]) + even) % 26 == ord(text[15]) - 65


def _curp(text: str) -> bool:
    """Mexico. RENAPO: letters of the name, date, sex, state; the structure is narrow enough, so a slip in the check is no excuse."""
    return has_date(text, month=6, day=8)


_RFC: Final = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ "


def _rfc(text: str) -> bool:
    """Mexico. SAT, Anexo 23: date, modulo 11; companies have a letter less."""
    start = len(text) - 9
    body = text[:-1].rjust(12)
    total = sum(_RFC.index(sign) * weight for sign, weight in zip(body, range(13, 1, -1), strict=True))
    check = eleven_less(total, ten=10)
    return has_date(text, month=start + 2, day=start + 4) and text[-1] == ("A" if check == 10 else str(check))  # noqa: PLR2004


def _nric(text: str) -> bool:
    """Singapore. ICA: modulo 11 with a row of letters per series."""
    series = text[0]
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(series, 0)
    row = "JZIHGFEDCBA" if series in "ST" else "XWUTRQPNMLK" if series in "FG" else "XWUTRQPNJLK"
    return row[total % 11] == text[8]


def _hetu(text: str) -> bool:
    """Finland. Act 661/2009: date, modulo 31; the sign of the century is gone here when it is + or -."""
    number = text[:6] + text[-4:-1]
    dated = is_date(int(text[2:4]), int(text[:2]))
    return dated and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number) % 31] == text[-1]


def _hong_kong(text: str) -> bool:
    """Hong Kong. Immigration Department: modulo 11 over letters and digits."""
    body = text[:-1].rjust(8)
    total = sum((36 if sign == " " else int(sign, 36)) * weight for sign, weight in zip(body, range(9, 1, -1), strict=True))
    return (total + (10 if text[-1] == "A" else int(text[-1]))) % 11 == 0


def _rut(text: str) -> bool:
    """Chile. Servicio de Impuestos Internos: modulo 11 with weights 2 to 7 from the right; K for ten."""
    check = eleven_less(weighted(text[-2::-1], (2, 3, 4, 5, 6, 7) * 2), ten=10)
    return text[-1] == ("K" if check == 10 else str(check))  # noqa: PLR2004


def _corsican(text: str) -> bool:
    """France. INSEE: 1 or 2 for the sex; for 2A and 2B the number is read with 19 and 18."""
    return text[0] in "12" and text[5] == "2" and 97 - int(text[:13].replace("2A", "19").replace("2B", "18")) % 97 == int(text[13:])


def _citizen_card(text: str) -> bool:
    """Portugal. Instituto dos Registos e do Notariado: Luhn with letters from ten."""
    values = [int(sign, 36) for sign in text]
    doubled = [two - 9 if two > 9 else two for two in (value * 2 for value in values[-2::-2])]  # noqa: PLR2004
    return (sum(values[-1::-2]) + sum(doubled)) % 10 == 0


def _postal(text: str) -> bool:
    """Parcels. Universal Postal Union, standard S10: modulo 11."""
    check = eleven_less(weighted(text[2:10], (8, 6, 4, 2, 3, 5, 9, 7)), ten=0, eleven=5)
    return str(check) == text[10]


def _machine_line(text: str) -> bool:
    """Passports. ICAO Doc 9303 parts 4 and 5: the checks of number and birth date."""
    return icao(text[:9]) == int(text[9]) and icao(text[13:19]) == int(text[19])


def _machine_card(text: str) -> bool:
    """Identity cards. ICAO Doc 9303 part 5: the check of the number."""
    return icao(text[5:14]) == int(text[14])


def _company_letters(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


# No look names a digit, only that one stands there: `may_be_key` judges all references that differ in digits at once.
FORMS: Final = (
    Form(_look(r"\d{8}-?[A-HJ-NP-TV-Z]|\d{1,2}\.\d{3}\.\d{3}[ -]?[A-HJ-NP-TV-Z]"), lambda text: _dni(text.rjust(9, "0")), in_keys=False),
    Form(_look(r"[XYZ][ -]?\d\.?\d{3}\.?\d{3}[ -]?[A-HJ-NP-TV-Z]"), _dni, in_keys=False),
    Form(_look(r"[A-HJNP-SUVW]-\d{7}-?[0-9A-J]"), _cif),
    Form(_look(r"[A-Z]{6}[ -]?[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[ -]?[A-Z][0-9LMNP-V]{3}[A-Z]"), _codice_fiscale),
    Form(_look(r"[A-Z][AEIOUX][A-Z]{2}[ -]?\d{6}[ -]?[HMX][A-Z]{5}[ -]?[A-Z0-9]\d"), _curp),
    Form(_look(r"[A-Z&]{3,4}[ -]?\d{6}[ -]?[A-Z0-9]{2}[0-9A]"), _rfc, in_keys=False),
    Form(_look(r"[STFGM]\d{7}[A-Z]"), _nric, in_keys=False),
    Form(_look(r"\d{6}[A-F+-]\d{3}[0-9A-FHJ-NPR-Y]"), _hetu, in_keys=False),
    Form(_look(r"[A-Z]{1,2}\d{6}(?: ?\([0-9A]\))"), _hong_kong),
    Form(_look(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"), _any),  # India, PAN: Income-tax Rules 1962, rule 114; no public check
    Form(_look(r"\d{2}[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]"), _any),  # India, GSTIN: contains the PAN
    Form(_look(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d{2} \d{2} \d{2} [A-D]"), _any),  # United Kingdom: HMRC, NIM39110
    Form(_look(r"[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-\d{2}"), _company_letters),  # Brazil, CNPJ with letters (2026)
    Form(_look(r"\d{8}[ -]?\d[ -]?[A-Z]{2}\d"), _citizen_card, in_keys=False),
    Form(_look(r"\d{1,2}\.\d{3}\.\d{3}-[0-9K]"), _rut),
    Form(_look(r"\d{7,8}-[0-9K]"), _rut, in_keys=False),
    Form(_look(r"[VEJGP][ -]?\d{1,2}\.\d{3}\.\d{3}|[VE]-\d{7,8}|[VEJGP]-\d{8}-\d"), _any),  # Venezuela: SAIME, SENIAT
    Form(_look(r"\d{5} ?\d[AB]\d{8}|\d \d{2} \d{2} \d[AB] \d{3} \d{3} \d{2}"), _corsican),
    Form(_look(r"\d{17}X"), chinese),
    Form(_look(r"[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}"), _postal, PARCEL),
    Form(re.compile(r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}"), _machine_line),
    Form(re.compile(r"(?<![A-Z0-9<])[IAC][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{9}\d(?=[A-Z0-9<]{4})"), _machine_card),
)
# One look before two dozen: most texts have none of the forms, and most of those not even their digits.
_DIGITS: Final = re.compile(r"\d{4}|\d{2}[ .-]?[A-Z0-9][ .-]?\d{2}|\d\.\d{3}|\d{2}[ .][A-Z0-9]{2}", re.IGNORECASE)
_ANY_FORM: Final = re.compile(
    rf"(?<![A-Z0-9])(?:{'|'.join(form.look.pattern.removeprefix(_BEFORE).removesuffix(_AFTER) for form in FORMS)})"
)
ANY_KEY_FORM: Final = re.compile(
    rf"(?<![A-Z0-9])(?:{'|'.join(form.look.pattern.removeprefix(_BEFORE).removesuffix(_AFTER) for form in FORMS if form.in_keys)})"
)
_MACHINE_NAMES: Final = re.compile(r"[PIACV][A-Z<][A-Z<]{3}(?=[A-Z0-9<]{0,40}<<)[A-Z0-9<]{25}")  # the line of names has no check

# Countries by length of their numbers, from the IBAN registry of ISO 13616.
_IBAN_COUNTRIES: Final = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_IBAN_LENGTHS: Final = {country: length for length, countries in _IBAN_COUNTRIES.items() for country in countries.split()}
_IBAN: Final = re.compile(r"\b(?=([A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]){11,30}))", re.IGNORECASE)  # a look ahead, so that starts may overlap
_IBAN_REMAINDER: Final = 1  # ISO 7064 MOD 97-10


def _is_iban(text: str) -> bool:
    """ISO 13616: a country's own length, and check digits that fit. What follows the number does not matter."""
    compact = _SIGNS.sub("", text.upper())
    length = _IBAN_LENGTHS.get(compact[:2], 0)
    if not length or len(compact) < length:
        return False
    turned = compact[4:length] + compact[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == _IBAN_REMAINDER


def has_iban(text: str) -> bool:
    """Whether a bank account number stands in the text."""
    return _IBAN.search(text) is not None and any(_is_iban(found.group(1)) for found in _IBAN.finditer(text))


_WORD_FORM: Final = re.compile(rf"{ANY_KEY_FORM.pattern}|{_IBAN.pattern}")


def may_be_key(shape: str) -> bool:
    """Whether `lettered_in` might find something in a reference like this one with other digits in place of its digits."""
    looks = ((_MACHINE_NAMES, shape), (_IBAN, shape), (ANY_KEY_FORM, shape.upper()))
    return any(look.search(text) is not None for look, text in looks)


def may_be_word(word: str) -> bool:
    """The same for one word that begins with a letter: every form begins where a word begins, so none in its midst."""
    found = _WORD_FORM.match(word.upper())
    return found is not None and (found.group(1) is None or _is_iban(found.group(1)))


def harmless_word(word: str) -> bool:
    """Whether a word that begins with a letter and has LONG_WORD letters and digits or more begins no form, whatever number of up to six
    digits follows it after a dash: no form of a reference is so long and has a dash behind that.
    """
    return _WORD_FORM.match(word.upper()) is None


LONG_WORD: Final = 21


def lettered_in(text: str, *, keys_only: bool = False) -> Iterator[str]:
    """The reason for every form in folded text; `keys_only`: only forms so narrow that no reference is taken for one."""
    capitals = text.upper()
    for form in FORMS if _DIGITS.search(text) is not None and _ANY_FORM.search(capitals) is not None else ():
        if keys_only and not form.in_keys:
            continue
        if any(form.fits(_SIGNS.sub("", found[0])) for found in form.look.finditer(capitals)):
            yield form.reason
    if _MACHINE_NAMES.search(text):
        yield DOCUMENT
    if has_iban(text):
        yield ACCOUNT
