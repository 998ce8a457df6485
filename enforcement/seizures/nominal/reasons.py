"""What a screened text looks like, as phrases: so a page says in the reader's language why something must not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import Phrase, joined, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable


def n_(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


# What the screen finds (a test compares), then what national stores find when they compare with the values they hold for the case.
REASONS: Final = (
    *(n_("an e-mail address"), n_("a telephone number"), n_("a bank account number (IBAN)"), n_("a document or registration number")),
    *(n_("a vehicle plate"), n_("a date of birth"), n_("a number in words"), n_("a parcel or air waybill number")),
    *(n_("a payment card number"), n_("the name of a person"), n_("an account name"), n_("an address")),
    *(n_("the name of a person of this case"), n_("the birth date of a person of this case"), n_("a document number of this case")),
    *(n_("a telephone number of this case"), n_("an e-mail address of this case"), n_("an address of this case")),
    *(n_("an account number of this case"), n_("a plate of this case"), n_("a company of this case")),
    *(n_("a parcel or air waybill number of this case"), n_("a national value of this case")),
)


def seeming(reason: str) -> Phrase:
    """One of REASONS, to be put into a phrase."""
    return phrase(reason)


def fields_told(found: Iterable[tuple[str, str]]) -> str:
    """Fields and what they look like, `note: a telephone number; ...`, never the text itself; empty when nothing was found."""
    told = [phrase("{field}: {reason}", field=field, reason=seeming(reason)) for field, reason in found]
    return joined(told, "; ") if told else ""
