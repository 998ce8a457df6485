"""Comparing text with values that are known: whether a name, number, date or address of a case's national fields stands in it.

Case, accents, hidden characters, blanks and punctuation do not matter, nor does the order of the parts of a name.
"""

from __future__ import annotations

import re
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.nominal.folding import fold, letters_as_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME: Final = "name"
BIRTH_DATE: Final = "birth-date"
TELEPHONE: Final = "telephone"
MAIL: Final = "e-mail"
ADDRESS: Final = "address"
COMPANY: Final = "company"
KINDS: Final[Mapping[str, str]] = {
    NAME: "the name of a person of this case",
    BIRTH_DATE: "the birth date of a person of this case",
    "document": "a document number of this case",
    TELEPHONE: "a telephone number of this case",
    MAIL: "an e-mail address of this case",
    ADDRESS: "an address of this case",
    "account": "an account number of this case",
    "plate": "a plate of this case",
    COMPANY: "a company of this case",
    "parcel": "a parcel or air waybill number of this case",
    "other": "a national value of this case",
}

_WORD: Final = re.compile(r"[^\W_]+")
_PARTICLES_TEXT: Final = (
    "da de do das dos di du des del la las los le van von der den el al bin ibn ben e y mr mrs ms dr sr sra senhor senhora"
)
_PARTICLES: Final = frozenset(_PARTICLES_TEXT.split())
_FORMS_TEXT: Final = "ltd ltda limited inc llc plc gmbh ag sa s a sarl sas srl sl bv nv eireli me oy ab co company cia"
_FORMS: Final = frozenset(_FORMS_TEXT.split())
_STREETS_TEXT: Final = (
    "rua calle rue street road avenue avenida boulevard carrera travessa alameda plaza praca place lane drive apto casa piso sala"
    " number numero"
)
_STREETS: Final = frozenset(_STREETS_TEXT.split())
_MONTHS: Final = (
    "january janvier enero janeiro jan ene",
    "february fevrier febrero fevereiro feb fev",
    "march mars marzo marco mar",
    "april avril abril apr abr avr",
    "may mai mayo maio",
    "june juin junio junho jun",
    "july juillet julio julho jul",
    "august aout agosto aug ago",
    "september septembre septiembre setembro sep sept set",
    "october octobre octubre outubro oct out",
    "november novembre noviembre novembro nov",
    "december decembre diciembre dezembro dec dic dez",
)
_MONTH_OF: Final = {name: str(number) for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th|er)$")
_NEAR: Final = 8  # words within which the parts of one name or address stand
_SHORTEST: Final = 5  # letters and digits of a value that is sought inside other writing
_SHORTEST_PAIR: Final = 8  # of two parts of a name written as one
_TELLING_DIGITS: Final = 8  # of a telephone number, from its end: what comes before is written or left out
_MOST_PARTS: Final = 6


class Reading(NamedTuple):
    """A text made ready: its words in small plain letters, all of it without gaps, the same with O and l read as digits."""

    words: tuple[str, ...]
    squeezed: str
    as_digits: str


def read(text: str) -> Reading:
    """Make a text ready for any number of values."""
    folded = fold(text)
    words = _words(folded)
    return Reading(words, "".join(words), "".join(_words(letters_as_digits(folded))))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text).casefold()))


def stands_in(kind: str, value: str, text: Reading) -> bool:
    """Whether a value of this kind (of KINDS) stands in the text."""
    return _SOUGHT.get(kind, _number)(value, text)


def _number(value: str, text: Reading) -> bool:
    sought = "".join(_words(value))
    if len(sought) < _SHORTEST:
        return sought in text.words
    return sought in text.squeezed or sought in text.as_digits


def _telephone(value: str, text: Reading) -> bool:
    digits = re.sub(r"\D", "", fold(value))[-_TELLING_DIGITS:]
    return len(digits) >= _SHORTEST and (digits in text.squeezed or digits in text.as_digits)


def _name(value: str, text: Reading) -> bool:
    """Two parts near each other in any order, an initial beside another part, two parts written as one; a single part alone."""
    whole = _words(value)
    parts = tuple(dict.fromkeys(word for word in whole if word not in _PARTICLES))[:_MOST_PARTS]
    if len(parts) < 2:  # noqa: PLR2004 - one part
        return bool(parts) and (parts[0] in text.words or "".join(whole) in text.words or _long_inside(parts[0], text))
    pairs = list(permutations(parts, 2))
    if "".join(whole) in text.squeezed or any(len(a + b) >= _SHORTEST_PAIR and a + b in text.squeezed for a, b in pairs):
        return True
    spoken = [word for word in text.words if word not in _PARTICLES]
    beside = set(pairwise(spoken))
    if any((a[0], b) in beside or (b, a[0]) in beside for a, b in pairs):
        return True
    return _near(text.words, parts, 2)


def _long_inside(part: str, text: Reading) -> bool:
    """A single name of some length, written letter by letter."""
    return len(part) >= _SHORTEST_PAIR and part in text.squeezed


def _near(words: tuple[str, ...], parts: tuple[str, ...], enough: int) -> bool:
    """Whether `enough` different parts stand within _NEAR words."""
    places = [(at, word) for at, word in enumerate(words) if word in parts]
    return any(len({word for at, word in places if start <= at < start + _NEAR}) >= enough for start, _ in places)


def _birth_date(value: str, text: Reading) -> bool:
    """The same day in any order, months as numbers or names, the year with two digits or four."""
    wanted = _day(value)
    if wanted is None:
        return _number(value, text)
    numbers = [_MONTH_OF.get(word, _ORDINAL.sub("", word)) for word in text.words if word not in _PARTICLES and word != "of"]
    year, month, day = wanted
    orders = {(day, month, year), (month, day, year), (year, month, day)}
    triples = zip(numbers, numbers[1:], numbers[2:], strict=False)
    if any(tuple(part.lstrip("0") for part in triple) in orders for triple in triples):
        return True
    two = (day.zfill(2), month.zfill(2))
    written = {year + two[1] + two[0], two[0] + two[1] + year, two[1] + two[0] + year}
    two_digits = year[2:].lstrip("0")
    short = {(day, month, two_digits), (month, day, two_digits), (two_digits, month, day)}
    triples = zip(numbers, numbers[1:], numbers[2:], strict=False)
    return any(one in text.as_digits for one in written) or any(tuple(part.lstrip("0") for part in triple) in short for triple in triples)


def _day(value: str) -> tuple[str, str, str] | None:
    """(year, month, day) without leading zeros; dates are entered as YYYY-MM-DD or DD/MM/YYYY."""
    words = [_MONTH_OF.get(word, word) for word in _words(value) if word not in _PARTICLES]
    if len(words) != 3 or not all(word.isdigit() for word in words):  # noqa: PLR2004 - a date has three
        return None
    if len(words[0]) != 4:  # noqa: PLR2004 - digits of a year
        words.reverse()
    return words[0], words[1].lstrip("0"), words[2].lstrip("0")


def _mail(value: str, text: Reading) -> bool:
    box = "".join(_words(value.partition("@")[0]))
    return "".join(_words(value)) in text.squeezed or (len(box) >= _SHORTEST and box in text.squeezed)


def _address(value: str, text: Reading) -> bool:
    """The whole of it, or its number near a word of its street's name."""
    words = _words(value)
    if len("".join(words)) >= _SHORTEST and "".join(words) in text.squeezed:
        return True
    numbers = {word for word in words if word[0].isdigit()}
    names = {word for word in words if len(word) > 3 and word not in _STREETS} - numbers  # noqa: PLR2004 - "de", "los" tell nothing
    near = (text.words[max(0, at - _NEAR) : at + _NEAR] for at, word in enumerate(text.words) if word in names)
    return any(not numbers.isdisjoint(words) for words in near)


def _company(value: str, text: Reading) -> bool:
    sought = [word for word in _words(value) if word not in _FORMS]
    joined = "".join(sought)
    return joined in text.squeezed if len(joined) >= _SHORTEST else bool(joined) and joined in text.words


_SOUGHT: Final[Mapping[str, Callable[[str, Reading], bool]]] = {
    NAME: _name,
    BIRTH_DATE: _birth_date,
    TELEPHONE: _telephone,
    MAIL: _mail,
    ADDRESS: _address,
    COMPANY: _company,
}
