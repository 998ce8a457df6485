"""The screen of free text: finds what names a person and therefore must not leave the country. Has no override.

Patterns and checksums only: a name in running text is not found here. National stores compare with the nominal values
they hold for the case; this module is what every node can do without any.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Every repetition below is bounded: a member may send the longest text that an event holds.
# Whatever is sought has a digit or an at sign; most texts have neither and are done with after one scan.
_SUSPECT: Final = re.compile(r"[@\d]|<<|[\[(]\s*at\s*[\])]", re.IGNORECASE)
_KEY: Final = re.compile(r"[A-Za-z0-9_./:\\#()-]*", re.ASCII)
_GAP: Final = r"[\s:.#\u00ba\u00b0\u2013-]{0,4}"
_NUMBER_WORD: Final = r"(?:n(?:o|um(?:ber|ero)?|r|[\u00ba\u00b0])?|num\u00e9ro|n\u00famero|#)?"
_BORN: Final = (
    r"born(?:\s+on)?|d\.?o\.?b\.?|date\s+of\s+birth|birth\s*date|n\u00e9e?\s+le|date\s+de\s+naissance"
    r"|nacid[oa](?:\s+el)?|fecha\s+de\s+nacimiento|nascid[oa](?:\s+em)?|data\s+de\s+nascimento"
)
_DOCUMENT: Final = (
    r"passports?|passeports?|pasaportes?|passaportes?|identity\s+(?:card|document)|id\s+card|id\s+n(?:o|umber)|national\s+id"
    r"|carte\s+d['\u2019]identit\u00e9|cni|dni|c\u00e9dula|cedula|cpf|rg|curp|nif|nie|ssn|driving\s+licen[cs]e|driver'?s?\s+licen[cs]e"
    r"|permis\s+de\s+conduire|visa|registration\s+n(?:o|umber)|vat\s+n(?:o|umber)|tax\s+(?:id|n(?:o|umber))|cnpj|siret|siren"
)
_PLATE: Final = (
    r"licen[cs]e\s+plates?|number\s+plates?|(?:vehicle|car|truck)\s+registration|registration\s+plates?|plates?"
    r"|immatriculation|matr\u00edcula|matricula|placas?|plaques?(?:\s+d['\u2019]immatriculation)?"
)
_PHONE: Final = (
    r"tel|t\u00e9l|telephone|t\u00e9l\u00e9phone|tel\u00e9fono|telefone|phone|mobile|cell|celular|m\u00f3vil|whatsapp|fax|portable"
)

_EMAIL: Final = re.compile(r"[\w.+%-]{1,64}\s?(?:@|[\[(]\s*at\s*[\])])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE)
_INTERNATIONAL: Final = re.compile(r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}[\s().-]{0,3}\d(?:[\s().-]{0,2}\d){5,12}(?!\d)")
_LABELLED_PHONE: Final = re.compile(rf"\b(?:{_PHONE})\b{_GAP}{_NUMBER_WORD}{_GAP}\(?\d(?:[\s().-]{{0,2}}\d){{5,13}}", re.IGNORECASE)
_IBAN: Final = re.compile(r"\b(?=([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}))", re.IGNORECASE)  # a look ahead, so that starts may overlap
_LABELLED_DOCUMENT: Final = re.compile(
    rf"\b(?:{_DOCUMENT})\b{_GAP}{_NUMBER_WORD}{_GAP}(?=[A-Z0-9./-]{{0,17}}\d{{3}})[A-Z0-9][A-Z0-9./-]{{4,19}}", re.IGNORECASE
)
_MACHINE_READABLE: Final = re.compile(r"[PIACV][A-Z<][A-Z<]{3}(?=[A-Z0-9<]{0,40}<<)[A-Z0-9<]{25}")
# A plate is capitals in groups, or one run of any case; "plate 20 mm thick" is neither.
_LABELLED_PLATE: Final = re.compile(
    rf"\b(?i:{_PLATE})\b{_GAP}(?i:{_NUMBER_WORD}){_GAP}(?!\d{{1,9}}\s?[xX\u00d7]\s?\d)"
    rf"(?:(?=[0-9 -]{{0,16}}[A-Z])(?=[A-Z -]{{0,16}}\d)(?:[A-Z0-9]{{1,4}}[ -]){{1,3}}[A-Z0-9]{{2,5}}\b"
    r"|(?=[0-9-]{0,9}[A-Za-z])(?=[A-Za-z-]{0,9}\d)[A-Za-z0-9-]{5,10}\b)"
)
_BIRTH_DATE: Final = re.compile(
    rf"\b(?:{_BORN}){_GAP}(?:\d{{1,4}}[./\s-]\d{{1,2}}[./\s-]\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\u00ba)?\s+(?:de\s+)?[^\W\d]{{3,10}}\.?,?\s+(?:de\s+)?\d{{4}}"
    rf"|[^\W\d]{{3,10}}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})",
    re.IGNORECASE,
)
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
SHORT_CHARACTERS: Final = 80  # what is remembered as screened
_KEYS: Final = ("reference", "operation", "prompted_by")
_SHORTEST_IBAN: Final = 15
_IBAN_REMAINDER: Final = 1  # ISO 7064 MOD 97-10


@dataclass(frozen=True, slots=True)
class Hit:
    """Something nominal: in which field, and what it looks like (never the text itself)."""

    field: str
    reason: str


def _is_iban(text: str) -> bool:
    """ISO 13616: a country's own length, and check digits that fit. What follows the number does not matter."""
    compact = re.sub(r"[\s-]", "", text).upper()
    length = _IBAN_LENGTHS.get(compact[:2], 0)
    if not length or len(compact) < length:
        return False
    turned = compact[4:length] + compact[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == _IBAN_REMAINDER


def _has_iban(text: str) -> bool:
    return _IBAN.search(text) is not None and any(_is_iban(found.group(1)) for found in _IBAN.finditer(text))


_LOOKS: Final = (
    ("an e-mail address", _EMAIL.search),
    ("a telephone number", _INTERNATIONAL.search),
    ("a telephone number", _LABELLED_PHONE.search),
    ("a bank account number (IBAN)", _has_iban),
    ("a document or registration number", _LABELLED_DOCUMENT.search),
    ("a document or registration number", _MACHINE_READABLE.search),
    ("a vehicle plate", _LABELLED_PLATE.search),
    ("a date of birth", _BIRTH_DATE.search),
)


def screen_text(text: str) -> tuple[str, ...]:
    """What in `text` looks nominal, each reason once ("a telephone number"); empty when nothing does."""
    return _screened(text) if len(text) <= SHORT_CHARACTERS else _screen(text)


@lru_cache(maxsize=4096)  # names of places, brands and marks come again and again
def _screened(text: str) -> tuple[str, ...]:
    return _screen(text)


def _screen(text: str) -> tuple[str, ...]:
    if not text or text.replace(" ", "").isalpha() or (text.isascii() and _SUSPECT.search(text) is None):
        return ()
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return tuple(dict.fromkeys(reason for reason, looks in _LOOKS if looks(folded)))


def screen_key(text: str) -> tuple[str, ...]:
    """The same for a reference or code: without blank, @ or + it can only be a bank account number."""
    if _KEY.fullmatch(text) is None:
        return screen_text(text)
    return ("a bank account number (IBAN)",) if len(text) >= _SHORTEST_IBAN and _has_iban(text) else ()


def _texts(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field path, text) of everything in a case that a person may have typed freely and that is not empty."""
    if case["place"]["name"]:
        yield "place.name", case["place"]["name"]
    for number, stop in enumerate(case["route"]):
        if stop["name"]:
            yield f"route[{number}].name", stop["name"]
    for number, text in enumerate(case["texts"]):
        yield f"texts[{number}].text", text["text"]
    for number, transport in enumerate(case["transport"]):
        yield f"transport[{number}].carrier", transport["carrier"]
    for number, line in enumerate(case["lines"]):
        for place, attribute in enumerate(line["attributes"]):
            yield f"lines[{number}].attributes[{place}].value", attribute["value"]


def screen(case: Mapping[str, Any]) -> list[Hit]:
    """Every nominal hit in a case payload; the egress check refuses a case that has one."""
    hits: list[Hit] = []
    for field in _KEYS:
        if case[field]:
            hits.extend(Hit(field, reason) for reason in screen_key(case[field]))
    for field, text in _texts(case):
        found = screen_text(text)
        if found:
            hits.extend(Hit(field, reason) for reason in found)
    return hits
