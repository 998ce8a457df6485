"""What is refused about the shape of a case."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class CaseShapeError(LiaisonError):
    """The case does not have the shape of the SeizureReported schema."""

    code = "case.shape"
    next_step = "Compare it with schemas/SeizureReported.avsc."


class WrongTransition(LiaisonError):  # noqa: N818 - named for the state
    """A version of a case cannot go from the state it has to that one."""

    code = "seizures.transition"
    next_step = "See docs/states.md. When a command of this node did it, report it as a defect."
