"""What is said of the rows of a file, in the reader's language: made and kept in English, because making it must cost a row nothing.

A new sentence about a row goes into `FORMS` under its stable code, with {names} for what is put in; a test looks for it there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.retelling import ENGLISH, Retold, retold
from liaison.protocol.errors import Phrase, either, phrase
from liaison.protocol.recognizing import recognized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.console.words import Words


def n_(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "amount.ambiguous": (n_("Decimals or thousands? Another row has the other decimal mark ({cell} in row {row})."),),
    "amount.malformed": (
        n_("This is not an amount with the decimal mark {mark}."),
        n_("An amount has at most {digits} digits and {decimals} decimals."),
        n_("This is no number of persons: a whole number from 0 to {most}."),
    ),
    "date.ambiguous": (n_("Day and month can be meant the other way round: another row writes them so ({cell} in row {row})."),),
    "date.malformed": (n_("This is not a date of the form {form}, which the profile states."),),
    "date.year-only": (n_("The source states only the year: the case is dated 1 January of it."),),
    "field.missing": (
        n_("A case needs its date."),
        n_("The row states no amount."),
        n_("The row states no unit."),
        n_("The row states an amount of duty evaded and no currency."),
        n_("The row states a value and no currency."),
        n_("The row states a second quantity and no unit of it."),
        n_("The row states a number of the means of transport, and not whether it is a container, a flight or a ship."),
        n_("The row states a latitude or a longitude, and not the other."),
        n_("The row states no amount in any of its columns of amounts."),
    ),
    "place.coordinates": (
        n_("These are no latitude and longitude in decimal degrees with the decimal mark {mark}."),
        n_("These are no degrees in decimal degrees with the decimal mark {mark}."),
    ),
    "reference.repeated": (n_("The reference is that of row {row}, which was taken; correct one of the two."),),
    "row.cells": (n_("The row has {cells} cells, the header {header}."),),
    "row.disagrees": (
        n_("Row {row} of the same case says otherwise about who it is for."),
        n_("Row {row} of the same case says otherwise about the {field}."),
    ),
    "row.exact-repeat": (n_("An exact repeat of an earlier row (occurrence {occurrence}). Decide whether it is another case."),),
    "row.unfinished": (n_("The file ends in this row without a line end: it may be cut off, and the last cell with it."),),
    "row.waits": (n_("It waits for row {row} of the same case."),),
    "releasability.sent": (n_("{reference} was sent for {sent}, and the file says {said}: `liaison seizures release` sends it again."),),
    "value.unmapped": (
        n_("Neither the profile nor the code list says what this value means."),
        n_(
            "Neither the profile nor the codes known here ({known}) say which place this is. Give its UN/LOCODE in the profile's `values`,"
            " or map the column to place.name."
        ),
        n_(
            "It has the form of a UN/LOCODE, but is none of the codes known here ({known}). Is it right, say so in the profile's `values`"
            " ({{{code}: {code}}}), or let an administrator import the whole list: `liaison codelists import-places`."
        ),
        n_("{count} places have this code or name: {places}. Write the code of the right one, here or in the profile's `values`."),
        n_(
            "No place of {country} that is known here is called so; elsewhere: {places}. Write its UN/LOCODE, here or in the profile's"
            " `values`, and the country where it was."
        ),
    ),
}
_CODES: Final = re.compile(r"[A-Za-z0-9-]{1,60}(, [A-Za-z0-9-]{1,60})*")
KNOWN: Final = "known"  # how many places are known: a sentence of ours within another
SUGGESTED: Final = (n_("It could be read as {forms}."),)


def said_of_row(code: str, text: str, words: Words) -> Retold:
    """One problem or warning of a row as its reader has it."""
    if words.language == ENGLISH:
        return Retold(text)
    made = known_again(code, text)
    if isinstance(made, Phrase):
        known = made.given.get(KNOWN)
        given = made.given if known is None else {**made.given, KNOWN: words.again(str(known)) or known}
        return Retold(words.told(phrase(made.text, **given)))
    again = retold(code, text, words.language)
    if again.text != text:
        return again
    said = words.again(text)
    return Retold(said or text, foreign=not said)


def known_again(code: str, text: str) -> str:
    """A sentence about a row with its particulars apart, where it is one of `FORMS`; else as it is."""
    return (recognized(text, FORMS[code]) if code in FORMS else None) or text


def codes_suggested(text: str) -> tuple[str, ...]:
    """The codes that are perhaps meant, where a suggestion is no sentence: each can be taken as it stands."""
    return tuple(text.split(", ")) if _CODES.fullmatch(text) else ()


def suggested(text: str, words: Words) -> str:
    """What is perhaps meant: codes as they are, what else a date could be in the reader's language."""
    made = recognized(text, SUGGESTED)
    return text if made is None else words.told(phrase(made.text, forms=either(str(made.given["forms"]).split(" or "))))
