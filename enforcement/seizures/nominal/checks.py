"""The arithmetic of check digits and the dates inside document numbers, pure and total: any string of the right length is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MONTHS: Final = 12
LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
TEN: Final = 10
ELEVEN: Final = 11


def weighted(digits: str, weights: Iterable[int]) -> int:
    """The sum of digit times weight; the shorter of the two ends it."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def is_date(month: int, day: int) -> bool:
    """Whether a year can have this month and day."""
    return 1 <= month <= MONTHS and 1 <= day <= LONGEST_MONTHS[month - 1]


def has_date(digits: str, *, month: int, day: int) -> bool:
    """Whether two digits at `month` and two at `day` are a month and a day."""
    return is_date(int(digits[month : month + 2]), int(digits[day : day + 2]))


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(two - 9 if two > 9 else two for two in doubled)) % TEN == 0  # noqa: PLR2004


# Verhoeff, "Error Detecting Decimal Codes", 1969: the dihedral group D5 and a permutation of period eight.
_PRODUCT: Final = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_TURN: Final = "1576283094"


def verhoeff(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    turned, state = "0123456789", 0
    for digit in reversed(digits):
        state = int(_PRODUCT[state][int(turned[int(digit)])])
        turned = "".join(_TURN[int(one)] for one in turned)
    return state == 0


def eleven_less(total: int, *, ten: int, eleven: int = 0) -> int:
    """The usual check digit modulo 11: eleven less the remainder, with what stands for ten and for eleven."""
    digit = ELEVEN - total % ELEVEN
    return eleven if digit == ELEVEN else ten if digit == TEN else digit


def two_rounds(digits: str, first: Sequence[int], second: Sequence[int]) -> bool:
    """Modulo 11 by one row of weights, and by another when that leaves ten; ten again counts as zero. The last digit is the check."""
    left = weighted(digits, first) % ELEVEN
    if left == TEN:
        left = weighted(digits, second) % ELEVEN % TEN
    return int(digits[-1]) == left


# Values of letters where a machine-readable zone is checked: ICAO Doc 9303 part 3, section 4.9.
def icao(text: str) -> int:
    """The check digit of a field of a machine-readable zone; `<` is 0, A is 10."""
    return sum((0 if sign == "<" else int(sign, 36)) * (7, 3, 1)[place % 3] for place, sign in enumerate(text)) % TEN
