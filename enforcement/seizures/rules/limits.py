"""Numbers that several rules share."""

from __future__ import annotations

from typing import Final

MAX_REFERENCE_CHARACTERS: Final = 64
MAX_NAME_CHARACTERS: Final = 200  # a place, a carrier, a brand, a species
MAX_TEXT_CHARACTERS: Final = 4_000
MOST_PERSONS: Final = 100  # arrested in one case; more is a typing error or an operation's sum
WHOLE: Final = "H87"  # UN/ECE Recommendation 20: piece; there are no parts of it
