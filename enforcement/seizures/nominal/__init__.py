"""The screen of free text: finds what names a person and therefore must not leave the country. Has no override.

Patterns, labels and checksums: what every node can do without any list of persons. `docs/nominal.md` says what it finds,
how that was measured, and what it cannot find. National stores compare with the values they hold for the case besides.
"""

from __future__ import annotations

from enforcement.seizures.nominal.lettered import LONG_WORD, harmless_word
from enforcement.seizures.nominal.screening import SHORT_CHARACTERS, Hit, case_texts, screen, screen_key, screen_text

__all__ = ["LONG_WORD", "SHORT_CHARACTERS", "Hit", "case_texts", "harmless_word", "screen", "screen_key", "screen_text"]
