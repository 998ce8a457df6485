"""Why two cases scored as they did, in the reader's language: reasons are kept as they were worked out, in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.retelling import Retold
from liaison.console.words import n_
from liaison.protocol.errors import phrase
from liaison.protocol.recognizing import recognized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.words import Words
    from liaison.protocol.errors import Phrase

# What is compared, by the name that a reason has; a test looks for those of `model` here and in FORMS.
TITLES: Final[Mapping[str, str]] = {
    "rarity": n_("Rarity"),
    "goods": n_("Goods"),
    "date": n_("Date"),
    "amount": n_("Amount"),
    "kind": n_("Kind of case"),
    "location": n_("Type of place"),
    "direction": n_("Direction"),
    "detection": n_("Detection channel"),
    "means": n_("Detection means"),
    "concealment": n_("Concealment"),
    "conveyance": n_("Conveyance"),
    "origin": n_("Origin"),
    "departure": n_("Departure"),
    "destination": n_("Destination"),
    "agency": n_("Agency"),
    "operation": n_("Operation"),
    "ecommerce": n_("E-commerce"),
    "texts": n_("Texts"),
    "lines": n_("Lines of goods"),
    "references": n_("References"),
}
FORMS: Final = (
    n_("no line agrees in place, date, commodity and amount"),
    n_("place, commodity, date and amount agree; by chance {others} others would"),
    n_("a day apart"),
    n_("not quite the same"),
    n_("same"),
    n_("differs"),
    n_("differ"),
    n_("{lines} without a counterpart"),
    n_("one reference, written in two ways"),
    n_("one source gave two"),
)


def reason_in(words: Words) -> Callable[[Mapping[str, str]], Retold]:
    """For templates: one reason, {what, said}, as a sentence."""

    def told(one: Mapping[str, str]) -> Retold:
        made = recognized(one["said"], FORMS)
        title = words(TITLES.get(one["what"], one["what"]))
        text = words.told(_counted(made, words)) if made else one["said"]
        return Retold(words("{title}: {text}", title=title, text=text), foreign=made is None)

    return told


def _counted(made: Phrase, words: Words) -> Phrase:
    """With the number of others as the language writes it."""
    others = made.given.get("others")
    return made if others is None else phrase(made.text, **{**made.given, "others": words.amount(str(others))})
