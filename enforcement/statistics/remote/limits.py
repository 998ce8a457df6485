"""What one member may ask of another in remote search; asker and answerer hold to the same bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ON_PAGE: Final = 50  # cases
MOST_PAGES: Final = 10
MOST_FILTERS: Final = 40
MOST_CHARACTERS: Final = 4_000  # of all filters and words together
MOST_PURPOSE: Final = 500  # characters
MOST_OPEN: Final = 5  # unanswered questions of one asker
MOST_A_DAY: Final = 40  # questions of one asker in 24 hours
LONGEST: Final = timedelta(days=60)  # that a question may wait
DAY: Final = timedelta(days=1)


class TooLargeQuestion(LiaisonError):  # noqa: N818 - named for what it is
    """A question, or what it wants, is beyond its bounds."""

    code = "searches.too-large"
    next_step = f"Ask for at most {MOST_PAGES} pages of {MOST_ON_PAGE} cases with at most {MOST_FILTERS} filters; `more` gets the next."


class TooManyOpen(LiaisonError):  # noqa: N818 - named for the state
    """So many questions of one asker wait for an answer already."""

    code = "searches.too-many-open"
    next_step = "Wait for an answer, or withdraw one with `liaison searches withdraw`."


class TooManyAsked(LiaisonError):  # noqa: N818 - named for the state
    """One asker has asked so often within a day."""

    code = "searches.too-many"
    next_step = "Ask again tomorrow; one question with several values does what several questions would: departure=CO,EC."


class NoLongerValid(LiaisonError):  # noqa: N818 - named for the state
    """A question has expired, or would be valid for too long."""

    code = "searches.expired"
    next_step = "Ask again; `--days` says for how long an answer is wanted."


class LimitUnfit(LiaisonError):  # noqa: N818 - named for what it is
    """A limit of this office is out of its range: an office may be stricter than the network, not more generous."""

    code = "searches.limit"
    next_step = "See `liaison searches limits` for what each may be."


def ensure_within(question: Mapping[str, Any]) -> None:
    """Raise TooLargeQuestion unless a question (a SearchRequested payload) is within its bounds."""
    said = [*question["filters"], question["words"], question["near"], question["box"]]
    fits = (
        1 <= question["per_page"] <= MOST_ON_PAGE
        and 1 <= question["pages"] <= MOST_PAGES
        and len(question["filters"]) <= MOST_FILTERS
        and sum(len(one) for one in said) <= MOST_CHARACTERS
        and len(question["purpose"]) <= MOST_PURPOSE
    )
    if not fits:
        raise TooLargeQuestion(phrase("The question, or what it wants, is beyond its bounds."))
