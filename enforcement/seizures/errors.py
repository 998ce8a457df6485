"""What is refused about the shape of a case, and about its rules."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable


class CaseShapeError(LiaisonError):
    """The case does not have the shape of the SeizureReported schema."""

    code = "case.shape"
    next_step = "Compare it with schemas/SeizureReported.avsc."


class WrongTransition(LiaisonError):  # noqa: N818 - named for the state
    """A version of a case cannot go from the state it has to that one."""

    code = "seizures.transition"
    next_step = "See docs/states.md. When a command of this node did it, report it as a defect."


class HistoricalCase(LiaisonError):  # noqa: N818 - named for the state
    """This case is a historical record of this node."""

    code = "seizures.historical"
    next_step = "Load its file with --historical to change it, or say `liaison seizures report-historical REFERENCE` to report it."


class ReportedCase(LiaisonError):  # noqa: N818 - named for the state
    """What was entered to be reported here is no history."""

    code = "seizures.not-historical"
    next_step = "Leave the row out; or import the file without --historical, and the case is amended."


class UnknownRule(LiaisonError):  # noqa: N818 - named for the state
    """There is no rule with this code."""

    code = "rules.unknown"
    next_step = "See `liaison rules list`."

    @classmethod
    def of(cls, code: str, known: Iterable[str]) -> UnknownRule:
        """The refusal, with the nearest codes."""
        near = get_close_matches(code[:64], list(known), n=3)
        hint = phrase(" Did you mean {near}?", near=", ".join(near)) if near else ""
        return cls(phrase("There is no rule {code!r}.{hint}", code=code[:64], hint=hint), suggestions=near)
