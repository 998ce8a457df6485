"""What is refused about intelligence products and the feedback on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liaison.protocol.errors import LiaisonError, joined, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intelligence.model import Problem


class ProductUnknownError(LiaisonError):
    """There is no such product at this node."""

    code = "products.unknown"
    next_step = "See the numbers with `liaison alerts list`; drafts have a plain number, released products one like A/rilo.sa/2026/0001."


class ProductStateError(LiaisonError):
    """The product is in a state that does not allow this."""

    code = "products.state"
    next_step = "See its state with `liaison alerts show`."


class ProductIncompleteError(LiaisonError):
    """The product cannot go out as it is."""

    code = "products.incomplete"
    next_step = "Correct the draft with `liaison alerts edit`, then propose it again."

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Every problem is in the sentence and, for --json, in the facts."""
        text = joined((joined((problem.field, problem.text), ": ") for problem in problems), "; ")
        super().__init__(
            phrase("{number} to correct: {text}", number=len(problems), text=text), problems=[problem.record() for problem in problems]
        )


class ProductFileError(LiaisonError):
    """The draft file cannot be read."""

    code = "products.file"
    next_step = "Compare it with what `liaison alerts template` prints."


class NotAnOfficeError(LiaisonError):
    """Only a regional office or the hub issues products to others."""

    code = "products.not-an-office"
    next_step = "Send what you found to your office; it decides on an alert."


class ProductRefusedError(LiaisonError):
    """A received product breaks a rule that its issuer had to keep."""

    code = "products.refused"
    next_step = "Ask the issuer to release it again."


class NumberTakenError(LiaisonError):
    """The issuer gave one number and edition to two products; the earlier one stays."""

    code = "products.number-taken"
    next_step = "Ask the issuer to release the later one under a number of its own."


class EvidenceMismatchError(LiaisonError):
    """What is said about a relayed event is not what the evidence inside proves."""

    code = "products.evidence-mismatch"
    next_step = "Call the office that relayed it."


class FeedbackRefusedError(LiaisonError):
    """The feedback cannot be taken as it is."""

    code = "products.feedback"
    next_step = "See `liaison alerts feedback --help`."
