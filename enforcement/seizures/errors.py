"""What is refused about the shape of a case."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class CaseShapeError(LiaisonError):
    """The case does not have the shape of the SeizureReported schema."""

    code = "case.shape"
    next_step = "Compare it with schemas/SeizureReported.avsc."
