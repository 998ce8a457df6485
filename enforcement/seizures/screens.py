"""What must not leave a node in a report or withdrawal: nominal data in the texts and identifiers of a case. Has no override."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.keyed import ANSWERED, KEYED, TAKEN_BACK
from enforcement.seizures.nominal import screen, screen_text
from enforcement.seizures.nominal.reasons import fields_told

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMED: Final = 5  # hits that the sentence names


def case_screen(payload: Mapping[str, Any]) -> str:
    """Why a report must not leave, naming field and reason but never the value; empty when nothing was found."""
    return fields_told((hit.field, hit.reason) for hit in screen(payload["case"])[:NAMED])


def withdrawal_screen(payload: Mapping[str, Any]) -> str:
    """The same for a withdrawal, and for the reasons with which corrections and duplicates are declined, links proposed, rules switched."""
    return fields_told(("reason", reason) for reason in screen_text(payload["reason"]))


def edition_screen(payload: Mapping[str, Any]) -> str:
    """The same for the note with which an edition of the code lists is released."""
    return fields_told(("note", reason) for reason in screen_text(payload["note"]))


def keyed_screen(payload: Mapping[str, Any]) -> str:
    """The same for a report that was keyed from paper, and for the number of its sheet."""
    found = [(hit.field, hit.reason) for hit in screen(payload["case"])[:NAMED]]
    return fields_told((*found, *(("sheet_number", reason) for reason in screen_text(payload["sheet_number"]))))


CASE_SCREENS: Final = {
    "SeizureReported": case_screen,
    KEYED: keyed_screen,
    ANSWERED: withdrawal_screen,
    TAKEN_BACK: withdrawal_screen,
    "CaseWithdrawn": withdrawal_screen,
    "CorrectionDeclined": withdrawal_screen,
    "RuleSwitchesSet": withdrawal_screen,
    "CodeListReleased": edition_screen,
    "DuplicateDeclined": withdrawal_screen,
    "DuplicateProposed": withdrawal_screen,
}
