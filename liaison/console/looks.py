"""Which looks of a client program were written down already: one that asks every minute how a case stands fills no disk."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

MAX_LOOKS: Final = 65_536  # remembered; the one longest ago is written down again


class Looks:
    """Who was shown what of which record, and on which day; in memory only, so a restart writes once more than needed, never less."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._seen: OrderedDict[tuple[str, str], tuple[date, bytes]] = OrderedDict()

    def is_new(self, who: str, subject: str, shown: bytes, day: date) -> bool:
        """Whether `shown` (what the answer says) is not what this client was shown of this record on this day."""
        return self._seen.get((who, subject)) != (day, hashlib.sha256(shown).digest())

    def note(self, who: str, subject: str, shown: bytes, day: date) -> None:
        """Remember a look, once it is in the audit."""
        self._seen[who, subject] = (day, hashlib.sha256(shown).digest())
        self._seen.move_to_end((who, subject))
        if len(self._seen) > MAX_LOOKS:
            self._seen.popitem(last=False)
