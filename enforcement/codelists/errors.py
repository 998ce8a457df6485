"""What is refused about reference data."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class ReferenceDataError(LiaisonError):
    """A file of reference data cannot be read."""

    code = "codelists.unreadable"
    next_step = "Reinstall the package, or take the code lists from the hub again."


class UnknownListError(LiaisonError):
    """No code list has this name."""

    code = "codelists.unknown-list"
    next_step = "See the names with `liaison codelists list`."
