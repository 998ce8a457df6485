"""What must not leave a node in a product or in feedback: nominal data in the free texts. Has no override."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.nominal import screen_key, screen_text
from enforcement.seizures.nominal.reasons import fields_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# `contact` is not here: the telephone and mailbox of a duty post are meant to be known.
SCREENED: Final = ("title", "summary", "facts", "assessment", "recommended_action")


def nominal_in(texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, reason) for everything that looks nominal in the free texts of a product; `texts` has the product's fields by name."""
    fields = [(field, texts[field]) for field in SCREENED]
    fields += [(f"risk_indicators[{number}]", text) for number, text in enumerate(texts["risk_indicators"])]
    for field, text in fields:
        for reason in screen_text(text):
            yield field, reason


def product_screen(payload: Mapping[str, Any]) -> str:
    """Why a product must not leave, naming field and reason but never the value; empty when nothing was found."""
    return fields_told(nominal_in(payload))


def feedback_screen(payload: Mapping[str, Any]) -> str:
    """The same for feedback."""
    found = [("note", reason) for reason in screen_text(payload["note"])]
    found += [("case_reference", reason) for reason in screen_key(payload["case_reference"])]
    return fields_told(found)


PRODUCT_SCREENS: Final = {"ProductReleased": product_screen, "FeedbackGiven": feedback_screen}
