"""Rules whose question needs what the node holds. Their sentences are here; `enforcement.seizures.asking` asks the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.findings import CLEAN, STORE, WARNING, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from datetime import date

    from enforcement.codelists.model import CodeLists


def reference_taken(_case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A first version whose reference this administration has used for another case: another date, place or other goods."""
    return CLEAN


RULES: Final = (
    Rule(
        "reference.taken",
        WARNING,
        ("reference",),
        spoken(
            "The reference '{value}' is used already, for a case of {date}; amend that one, or give this one its own.",
            "La référence «{value}» est déjà utilisée, pour une affaire du {date} ; modifiez celle-là, ou donnez la sienne à celle-ci.",
            "La referencia «{value}» ya se usa, para un caso del {date}; modifique aquel, o dé a este la suya.",
        ),
        reference_taken,
        (STORE,),
        "schemas/records/Case.avsc: a reference is unique within its administration",
        overridable=True,
    ),
)
