"""What a table says about itself, in the reader's language; a file of it says the same in English, for whoever it is sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.statistics.model import QUANTITY
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.statistics.model import Account
    from liaison.console.words import Words

MEASURE_TITLES: Final[Mapping[str, str]] = {"cases": n_("cases"), "seizures": n_("seizures"), "quantity": n_("quantity")}


def account_told(account: Account, words: Words) -> list[tuple[str, str, str]]:
    """Name, text and the text's language where it is not the reader's, of everything `Account.lines` says."""
    measure = words(MEASURE_TITLES[account.measure]) + (f" ({account.unit})" if account.unit else "")
    when = words.moment(account.as_of)
    if not account.closed:
        when = words("{when} (the day is not over: later the same day may give another figure)", when=when)
    reported = words.many(
        "{n} administration reported in the period, of {members} members",
        "{n} administrations reported in the period, of {members} members",
        account.reporting,
        members=words.number(account.members),
    )
    lists = words(
        "edition {edition}; records use {editions}", edition=account.edition, editions=", ".join(account.editions) or words("none")
    )
    told = [
        (words("Counted"), measure, ""),
        (words("Validated as of"), when, ""),
        (words("Period"), _period(account.period, words), ""),
        (words("Filters"), "; ".join(account.filters) or words("none"), ""),
        (words("Coverage"), reported, ""),
        (words("Code lists"), lists, ""),
    ]
    return [*told, *_more(account, words), *((words(name), text, "en") for name, text in _english(account))]


def _period(told: str, words: Words) -> str:
    """What `Period` says of itself, or that there is none."""
    since, between, until = told.partition(" to ")
    return words("{since} to {until}", since=words.day(since), until=words.day(until)) if between else words("all dates")


def _more(account: Account, words: Words) -> list[tuple[str, str, str]]:
    told = []
    if account.historical:
        text = words.many(
            "{n} of the cases counted is of an old export, in no other office's figures; state!=historical leaves it out",
            "{n} of the cases counted are of old exports, in no other office's figures; state!=historical leaves them out",
            account.historical,
        )
        told.append((words("Historical records"), text, ""))
    if account.counted_only:
        text = words.many(
            "{n} of the cases counted is known by its count alone; its administration is not in the coverage",
            "{n} of the cases counted are known by their count alone; their administrations are not in the coverage",
            account.counted_only,
        )
        told.append((words("Known by their count"), text, ""))
    if account.left_out and account.measure == QUANTITY:
        text = words.many(
            "{n} case known by its count alone is in no sum: its quantity is not released",
            "{n} cases known by their count alone are in no sum: their quantities are not released",
            account.left_out,
        )
        told.append((words("Not counted"), text, ""))
    elif account.left_out:
        text = words.many(
            "{n} case known by its count alone may fit these filters or not: it is in no figure",
            "{n} cases known by their count alone may fit these filters or not: they are in no figure",
            account.left_out,
        )
        told.append((words("Not counted"), text, ""))
    if account.purged:
        text = words.many("{n} case that counted then was purged since", "{n} cases that counted then were purged since", account.purged)
        told.append((words("Purged"), text, ""))
    return told


def _english(account: Account) -> list[tuple[str, str]]:
    told = [(n_("Known by their count"), account.told_outside), (n_("Protection"), account.protection)]
    return [(name, text) for name, text in told if text] + [(n_("Warning"), one) for one in account.warnings]
