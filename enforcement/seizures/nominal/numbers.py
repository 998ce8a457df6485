"""Document, tax and card numbers written in digits only, known by their check digits or by a way of writing that nothing else has.

A digit run is a number of kind K when K's own punctuation is used, or when it is plain and K's checks are so narrow that goods are
seldom mistaken for it. Numbers with one weak check and no way of writing of their own need a label (`labelled`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.nominal.checks import eleven_less, has_date, is_date, luhn, two_rounds, verhoeff, weighted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT: Final = "a document or registration number"
CARD: Final = "a payment card number"
PARCEL: Final = "a parcel or air waybill number"

SHAPED: Final = 0  # only with its own punctuation
PLAIN: Final = 1  # also as plain digits, unless a reference or an amount is announced
CERTAIN: Final = 2  # also as plain digits, whatever stands before it: fewer than one number in 500 fits by chance


class Kind(NamedTuple):
    """One kind of number: how long, how it is written (groups and what parts them), what must fit."""

    digits: int
    fits: Callable[[str], bool]
    shapes: tuple[str, ...] = ()
    bare: int = SHAPED
    reason: str = DOCUMENT


def _any(_digits: str) -> bool:
    return True


def _cpf(digits: str) -> bool:
    """Brazil, natural persons. Receita Federal: two digits modulo 11."""
    if digits == digits[0] * 11:
        return False
    first = weighted(digits[:9], range(10, 1, -1)) * 10 % 11 % 10
    return first == int(digits[9]) and weighted(digits[:10], range(11, 1, -1)) * 10 % 11 % 10 == int(digits[10])


_CNPJ: Final = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def _cnpj(digits: str) -> bool:
    """Brazil, companies. Receita Federal: two digits modulo 11."""
    if digits == digits[0] * 14:
        return False
    first = eleven_less(weighted(digits[:12], _CNPJ[1:]), ten=0)
    return first == int(digits[12]) and eleven_less(weighted(digits[:13], _CNPJ), ten=0) == int(digits[13])


def _pesel(digits: str) -> bool:
    """Poland. Ustawa o ewidencji ludnosci, 2010: date with the century in the month, modulo 10."""
    month = int(digits[2:4]) % 20
    return is_date(month, int(digits[4:6])) and (weighted(digits[:10], (1, 3, 7, 9) * 3) + int(digits[10])) % 10 == 0


def _turkish(digits: str) -> bool:
    """Turkiye. Nufus ve Vatandaslik Isleri: two check digits."""
    odd, even = (sum(map(int, digits[start:9:2])) for start in (0, 1))
    return digits[0] != "0" and (odd * 7 - even) % 10 == int(digits[9]) and sum(map(int, digits[:10])) % 10 == int(digits[10])


_ROW: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def _cuit(digits: str) -> bool:
    """Argentina. AFIP: prefix of the kind of person, modulo 11."""
    known = digits[:2] in {"20", "23", "24", "25", "26", "27", "30", "33", "34"}
    return known and eleven_less(weighted(digits, _ROW), ten=9) == int(digits[10])


def _ruc(digits: str) -> bool:
    """Peru. SUNAT: prefix of the kind of person, modulo 11."""
    return digits[:2] in {"10", "15", "16", "17", "20"} and eleven_less(weighted(digits, _ROW), ten=0, eleven=1) == int(digits[10])


def _nit(digits: str) -> bool:
    """Colombia. DIAN, Orden Administrativa 4 of 1989: modulo 11 with prime weights from the right."""
    left = weighted(digits[8::-1], (3, 7, 13, 17, 19, 23, 29, 37, 41)) % 11
    return int(digits[9]) == (left if left < 2 else 11 - left)  # noqa: PLR2004


def _nir(digits: str) -> bool:
    """France. INSEE: sex, year, month (with the ranges for incomplete papers), modulo 97."""
    month = int(digits[3:5])
    known = 1 <= month <= 12 or 20 <= month <= 42 or month >= 50  # noqa: PLR2004
    return digits[0] in "123478" and known and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _aadhaar(digits: str) -> bool:
    """India. UIDAI: Verhoeff. Round quantities are none."""
    round_ones = any(digits[end - 2 : end] == "00" for end in (4, 8, 12))
    return digits[0] in "23456789" and not round_ones and verhoeff(digits)


_CHINESE: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def chinese(digits: str) -> bool:
    """China. GB 11643-1999: division, date, ISO 7064 MOD 11-2; the last sign may be X."""
    dated = digits[6:8] in {"19", "20"} and has_date(digits, month=10, day=12)
    return dated and "10X98765432"[weighted(digits[:17], _CHINESE) % 11] == digits[17]


def _south_african(digits: str) -> bool:
    """South Africa. Identification Act 68 of 1997: date, citizenship, Luhn."""
    return has_date(digits, month=2, day=4) and digits[10] in "012" and digits[11] in "89" and luhn(digits)


def _belgian(digits: str) -> bool:
    """Belgium. Arrete royal of 3 April 1984: date, modulo 97, with a 2 before it for those born since 2000."""
    body, check = digits[:9], int(digits[9:])
    dated = is_date(int(digits[2:4]) % 20, int(digits[4:6]))
    return dated and check in {97 - int(body) % 97, 97 - int("2" + body) % 97}


def _norwegian(digits: str) -> bool:
    """Norway. Skatteetaten: date (day plus 40 for D-numbers), two digits modulo 11."""
    if not is_date(int(digits[2:4]), int(digits[:2]) % 40):
        return False
    first = eleven_less(weighted(digits[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)), ten=-1)
    return first == int(digits[9]) and eleven_less(weighted(digits[:10], _ROW), ten=-1) == int(digits[10])


def _baltic(digits: str) -> bool:
    """Estonia (EVS 585:2007) and Lithuania: sex and century, date, modulo 11 in two rounds."""
    dated = digits[0] in "123456" and has_date(digits, month=3, day=5)
    return dated and two_rounds(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1), (3, 4, 5, 6, 7, 8, 9, 1, 2, 3))


def _amka(digits: str) -> bool:
    """Greece. IDIKA: date, Luhn."""
    return has_date(digits, month=2, day=0) and luhn(digits)


def _romanian(digits: str) -> bool:
    """Romania. Legea 105/1996: sex and century, date, county, modulo 11."""
    dated = digits[0] in "12345678" and has_date(digits, month=3, day=5) and 1 <= int(digits[7:9]) <= 52  # noqa: PLR2004
    left = weighted(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return dated and int(digits[12]) == (1 if left == 10 else left)  # noqa: PLR2004


def _jmbg(digits: str) -> bool:
    """Successors of Yugoslavia. Law on the JMBG, 1976: date with three digits of the year, modulo 11."""
    dated = has_date(digits, month=2, day=0) and digits[4] in "90"
    return dated and eleven_less(weighted(digits[:12], (7, 6, 5, 4, 3, 2) * 2), ten=0) == int(digits[12])


def _kazakh(digits: str) -> bool:
    """Kazakhstan. Law 223-III of 2007: date, sex and century, modulo 11 in two rounds."""
    dated = has_date(digits, month=2, day=4) and digits[6] in "123456"
    return dated and two_rounds(digits, range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2))


def _inn(digits: str) -> bool:
    """Russia, natural persons. FNS: two digits modulo 11."""
    row = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    return all(weighted(digits[: 10 + n], row[1 - n :]) % 11 % 10 == int(digits[10 + n]) for n in (0, 1)) and digits[:2] != "00"


def _snils(digits: str) -> bool:
    """Russia. Pension Fund: modulo 101."""
    return weighted(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def _ahv(digits: str) -> bool:
    """Switzerland. AHVN13: 756 and the check of GS1 general specifications, section 7.9."""
    return digits.startswith("756") and (weighted(digits[:12], (1, 3) * 6) + int(digits[12])) % 10 == 0


def _thai(digits: str) -> bool:
    """Thailand. Department of Provincial Administration: modulo 11."""
    return (11 - weighted(digits[:12], range(13, 1, -1)) % 11) % 10 == int(digits[12])


def _uruguayan(digits: str) -> bool:
    """Uruguay. Direccion Nacional de Identificacion Civil: modulo 10."""
    return (weighted(digits[:7], (2, 9, 8, 7, 6, 3, 4)) + int(digits[7])) % 10 == 0


def _swedish(digits: str) -> bool:
    """Sweden. Folkbokforingslagen 1991:481, section 18: date (day plus 60 for coordination numbers), Luhn over ten digits."""
    short = digits[-10:]
    return is_date(int(short[2:4]), int(short[4:6]) % 60) and luhn(short)


def _egyptian(digits: str) -> bool:
    """Egypt. Civil Status Organization: century, date, governorate; its check digit is not published."""
    return digits[0] in "23" and has_date(digits, month=3, day=5) and (1 <= int(digits[7:9]) <= 35 or digits[7:9] == "88")  # noqa: PLR2004


def _korean(digits: str) -> bool:
    """South Korea. Resident Registration Act: date, sex and century; the check digit was given up in 2020."""
    return has_date(digits, month=2, day=4) and digits[6] in "12345678"


def _ssn(digits: str) -> bool:
    """United States. Social Security Administration, POMS RM 10201.035: what is never given out."""
    return digits[:3] not in {"000", "666"} and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _card(digits: str) -> bool:
    """Payment cards. ISO/IEC 7812: Luhn, and the issuers' own ranges and lengths."""
    two, four = int(digits[:2]), int(digits[:4])
    length = len(digits)
    visa = digits[0] == "4" and length in {13, 16, 19}
    other = length == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or four == 6011 or two in {62, 65})  # noqa: PLR2004
    american = two in {34, 37} and length == 15  # noqa: PLR2004
    diners = two in {36, 38} and length == 14  # noqa: PLR2004
    return (visa or other or american or diners) and luhn(digits)


def _waybill(digits: str) -> bool:
    """Air waybills. IATA Resolution 600a: the serial number's remainder of 7."""
    return int(digits[3:10]) % 7 == int(digits[10])


_CARD_SHAPES: Final = ("4 4 4 4", "4-4-4-4", "4.4.4.4")
KINDS: Final = (
    Kind(11, _any, ("3.3.3-2", "3.3.3.2", "3 3 3-2")),  # CPF: nothing else is written so
    Kind(11, _cpf, bare=PLAIN),
    Kind(14, _any, ("2.3.3/4-2",)),  # CNPJ
    Kind(14, _cnpj, ("2 3 3 4 2",), PLAIN),
    Kind(11, _pesel, bare=PLAIN),
    Kind(11, _turkish, bare=PLAIN),
    Kind(11, _cuit, ("2-8-1", "2.8.1", "2 8 1"), PLAIN),
    Kind(11, _ruc, bare=PLAIN),
    Kind(10, _nit, ("3.3.3-1", "9-1")),
    Kind(15, _nir, ("1 2 2 2 3 3 2", "1.2.2.2.3.3.2", "1-2-2-2-3-3-2", "13 2", "1 2 2 2 3 3/2"), CERTAIN),
    Kind(12, _aadhaar, ("4 4 4", "4-4-4")),
    Kind(18, chinese, (), CERTAIN),
    Kind(13, _south_african, ("6 4 3", "6-4-3", "6 4 2 1"), CERTAIN),
    Kind(11, _belgian, ("2.2.2-3.2", "2.2.2.3.2", "6-3-2", "6 3 2"), CERTAIN),
    Kind(11, _norwegian, ("6 5", "6-5"), CERTAIN),
    Kind(11, _baltic, bare=PLAIN),
    Kind(11, _amka, bare=PLAIN),
    Kind(13, _romanian, (), CERTAIN),
    Kind(13, _jmbg, (), CERTAIN),
    Kind(12, _kazakh, (), PLAIN),
    Kind(12, _inn, (), PLAIN),
    Kind(11, _snils, ("3-3-3 2", "3-3-3-2")),
    Kind(13, _ahv, ("3.4.4.2", "3 4 4 2"), CERTAIN),
    Kind(13, _thai, ("1-4-5-2-1", "1 4 5 2 1")),
    Kind(8, _uruguayan, ("1.3.3-1",)),
    Kind(9, _any, ("2.3.3-1",)),  # Chile's RUT and Brazil's RG: nothing else is written so
    Kind(10, _swedish, ("6-4",)),
    Kind(12, _swedish, ("8-4",)),
    Kind(14, _egyptian, bare=PLAIN),
    Kind(13, _korean, ("6-7",)),
    Kind(13, _any, ("5-7-1",)),  # Pakistan, CNIC of NADRA: no check digit
    Kind(11, luhn, ("3-7-1",)),  # Dominican Republic, Junta Central Electoral
    Kind(9, _ssn, ("3-2-4", "3 2 4")),
    Kind(9, luhn, ("3-3-3",)),  # Canada, Social Insurance Number
    Kind(16, _card, _CARD_SHAPES, PLAIN, CARD),
    Kind(15, _card, ("4 6 5", "4-6-5"), SHAPED, CARD),  # not plain: the IMEI of a telephone looks the same
    Kind(14, _card, ("4 6 4", "4-6-4"), SHAPED, CARD),
    Kind(19, _card, ("4 4 4 4 3", "4-4-4-4-3"), PLAIN, CARD),
    Kind(11, _waybill, ("3-8", "3-4 4", "3-4-4"), SHAPED, PARCEL),
)
_BY_LENGTH: Final[dict[int, list[Kind]]] = defaultdict(list)
for _kind in KINDS:
    _BY_LENGTH[_kind.digits].append(_kind)
_SHORTEST: Final = min(_BY_LENGTH)
_LONGEST: Final = max(_BY_LENGTH)

_RUN: Final = re.compile(r"(?<![A-Za-z0-9])(?=(?:\d[ ./-]?){8})\d{1,64}(?:[ ./-]\d{1,64}){0,2047}(?![A-Za-z0-9])")
_GROUP: Final = re.compile(r"\d{1,64}")
_AMOUNT: Final = re.compile(r"\d{1,3}([ .])\d{3}(?:\1\d{3}){0,6}")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# What announces a number that names no person, and what follows an amount.
_ANNOUNCED: Final = re.compile(
    r"(?:ref(?:erence|erencia)?|dossier|expediente|processo?|proceso|case|file|lot[eo]?|batch|partida|serial|serie|serien?|s/n|imei"
    r"|ean|gtin"
    r"|upc|barcode|code[- ]barres|seals?|scelles?|plombs?|precintos?|lacres?|container|conteneur|contenedor|conteiner|imo|hs|ncm|taric|sh"
    r"|declara(?:tion|cion|cao)|dua|dau|due|mrn|manifest[eo]?|b/?l|booking|invoice|facture|factura|fatura|proces-verbal|pv|acta"
    r"|auto|remision|nota|boleta|protocol[eo]?|job|order|commande|pedido|sku"
    r"|article)"
    r"[\s.:#-]{0,4}(?:n[o.\u00b0]{0,2}|num(?:ber|ero)?|code|codigo)?[\s.:#-]{0,4}$",
    re.IGNORECASE,
)
_MEASURED: Final = re.compile(
    r"\s?(?:%|kgs?\b|g\b|mg\b|t\b|tons?\b|tonnes?\b|l\b|ml\b|m[23]?\b|cm\b|mm\b|pcs\b|pieces\b|unidades\b|unites\b|cigar|eur\b"
    r"|usd\b|brl\b|xof\b)",
    re.IGNORECASE,
)
_ANNOUNCEMENT: Final = 40  # characters before a number that may announce it


def _shapes() -> str:
    shapes = sorted({shape for kind in KINDS for shape in kind.shapes})
    return "|".join(re.sub(r"\d{1,2}", lambda found: rf"\d{{{found[0]}}}", re.escape(shape)) for shape in shapes)


ANY_SHAPE: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{_shapes()})(?![A-Za-z0-9])")  # one look, because few references have a shape


class Found(NamedTuple):
    """A run of digits or a part of it: what it reads, its groups, and whether it is the whole run."""

    digits: str
    shape: str
    whole: bool
    start: int
    end: int


def _windows(run: re.Match[str]) -> Iterator[Found]:
    """Every row of neighbouring groups whose digits a kind could have."""
    groups = [(found.start(), found.end()) for found in _GROUP.finditer(run[0])]
    for first, (start, end) in enumerate(groups):
        digits, shape = run[0][start:end], str(end - start)
        last = first
        while len(digits) < _SHORTEST and last + 1 < len(groups):
            digits, shape, last = _longer(run[0], groups, (digits, shape, last))
        while _SHORTEST <= len(digits) <= _LONGEST:
            yield Found(digits, shape, last - first + 1 == len(groups), run.start() + start, run.start() + groups[last][1])
            if last + 1 == len(groups):
                break
            digits, shape, last = _longer(run[0], groups, (digits, shape, last))


def _longer(text: str, groups: list[tuple[int, int]], so_far: tuple[str, str, int]) -> tuple[str, str, int]:
    digits, shape, last = so_far
    start, end = groups[last + 1]
    return digits + text[start:end], f"{shape}{text[groups[last][1]]}{end - start}", last + 1


def numbers_in(text: str, *, shaped_only: bool = False) -> Iterator[str]:
    """The reason for every number of a known kind in folded text; `shaped_only`: only those with punctuation of their own."""
    for run in _RUN.finditer(text):
        for found in _windows(run):
            for kind in _BY_LENGTH.get(len(found.digits), ()):
                if _is(kind, found, text, shaped_only=shaped_only):
                    yield kind.reason


def _is(kind: Kind, found: Found, text: str, *, shaped_only: bool) -> bool:
    if found.shape in kind.shapes:
        return kind.fits(found.digits)
    if shaped_only or not kind.bare or not _is_one_number(found) or not kind.fits(found.digits):
        return False
    return kind.bare == CERTAIN or not (is_announced(text, found.start) or _MEASURED.match(text, found.end))


def is_announced(text: str, start: int) -> bool:
    """Whether what stands before `start` says that a reference, seal, code or the like follows."""
    return _ANNOUNCED.search(text[max(0, start - _ANNOUNCEMENT) : start]) is not None


def _is_one_number(found: Found) -> bool:
    """One group of digits, or a whole run in groups that are not those of an amount."""
    if found.shape.isdigit():
        return True
    spelt = _spelt(found)
    return found.whole and _AMOUNT.fullmatch(spelt) is None and _YEAR.search(spelt) is None


def _spelt(found: Found) -> str:
    """Digits in the groups of the shape, for the form of amounts."""
    parts, at = [], 0
    for part in re.split(r"(\D)", found.shape):
        if part.isdigit():
            parts.append(found.digits[at : at + int(part)])
            at += int(part)
        else:
            parts.append(part)
    return "".join(parts)
