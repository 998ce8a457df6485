"""What cannot be simulated."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class SimulationError(LiaisonError):
    """The simulation cannot be made as asked."""

    code = "simulation.refused"
    next_step = "Name members by their ISO codes (BR JM US) and give a size of 0 or more."
