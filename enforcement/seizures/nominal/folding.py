"""Writing made plain before it is screened: accents, hidden characters, other scripts' look-alikes, digits of other scripts, spacing."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Combining marks (accents come apart from their letters first), and characters that nobody sees: soft hyphen, zero-width and
# direction characters, fillers, variation selectors, the frame of keycaps.
_UNSEEN: Final = re.compile(
    "[\u0300-\u036f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]{1,64}"
)
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe63\uff0d"
_DOTS: Final = "\u00b7\u2022\u2024\u2027\u2219\u22c5\u30fb\uff0e\u3002\u06d4"
_QUOTES: Final = "\u2018\u2019\u02bc\u00b4\u2032\uff07"
# Cyrillic and Greek letters that look like Latin ones; a subset of the confusables of Unicode Technical Standard 39.
_LOOK_ALIKES: Final = (
    ("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u0433", "aeopcyxijsdhqwr"),
    ("\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0417", "ABESIJKMHOPCTYX3"),
    ("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7", "ABEZHIKMNOPTYX"),
    ("\u03b1\u03bf\u03b9\u03ba\u03bd\u03c1\u03c5\u03f2", "aoikvpuc"),
    ("\u0131\u0237\u0261\u0251\u01c0", "ijgal"),
)
_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_DOTS, "."),
        **dict.fromkeys(_QUOTES, "'"),
        **{strange: plain for theirs, ours in _LOOK_ALIKES for strange, plain in zip(theirs, ours, strict=True)},
    }
)
_DIGITS_ELSEWHERE: Final = re.compile(r"[^\W\D0-9]")
# Single characters kept apart by one separator: "1 2 3.4 5", "p-a-s-s-p-o-r-t"; and a letter where a digit belongs.
_APART: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9](?:[ .,_*|/-][A-Za-z0-9](?![A-Za-z0-9])){5,60}")
_LABEL_AND_NUMBER: Final = re.compile(r"\b([A-Za-z]{3,16})(?=\d{5})")
_LOOSE: Final = re.compile(r"(?<=\d)(?: {1,2}([./-]) {0,2}|([./-]) {1,2})(?=\d)")
_BETWEEN: Final = re.compile(r"[ .,_*|/-]")
_LETTER_AS_DIGIT: Final = re.compile(r"(?<![A-Za-z0-9])(?=[OoIl]{0,8}\d|[OoIl]{2,3}[.-]\d)[0-9OoIl]{2,20}(?![A-Za-z0-9])")
_DIGIT_MEANT: Final = str.maketrans("OoIl", "0011")


def fold(text: str) -> str:
    """The text without accents and hidden characters, in Latin letters and digits where it looks like them; case is kept."""
    if text.isascii():
        return text
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", text))
    if plain.isascii():
        return plain
    plain = plain.translate(_PLAIN)
    return _DIGITS_ELSEWHERE.sub(lambda found: str(unicodedata.decimal(found[0], found[0])), plain)


def join_apart(text: str) -> str:
    """The text with characters that were written one by one put together; signs between them stay where blanks part them too."""
    return _APART.sub(lambda found: found[0].replace(" ", "") if " " in found[0] else _BETWEEN.sub("", found[0]), text)


def part_labels(text: str) -> str:
    """The text with a blank between a word and the digits that follow it: what was put together had one there."""
    return _LABEL_AND_NUMBER.sub(r"\1 ", text)


def tighten(text: str) -> str:
    """The text without blanks around what parts the groups of a number: "123 . 456 - 09"."""
    return _LOOSE.sub(lambda found: found[1] or found[2], text)


def letters_as_digits(text: str) -> str:
    """The text with O and l inside a number read as 0 and 1."""
    return _LETTER_AS_DIGIT.sub(lambda found: found[0].translate(_DIGIT_MEANT), text)
