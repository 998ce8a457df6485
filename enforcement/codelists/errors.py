"""What is refused about reference data."""

from __future__ import annotations

from liaison.protocol.errors import CheckError, LiaisonError, Outcome


class ReferenceDataError(LiaisonError):
    """A file of reference data cannot be read."""

    code = "codelists.unreadable"
    next_step = "Reinstall the package, or take the code lists from the hub again."


class UnknownListError(LiaisonError):
    """No code list has this name."""

    code = "codelists.unknown-list"
    next_step = "See the names with `liaison codelists list`; airports and ports are under `liaison codelists places`."


class UnknownEditionError(LiaisonError):
    """No edition of the code lists has this name here."""

    code = "codelists.unknown-edition"
    next_step = "See those there are with `liaison codelists editions`."


class NotReleasableError(LiaisonError):
    """This edition must not be released as it is."""

    code = "codelists.not-releasable"
    next_step = "Mend the file until `liaison codelists check FILE` finds no error."


class NotProposedError(LiaisonError):
    """No edition of this name is proposed."""

    code = "codelists.not-proposed"
    next_step = "See `liaison codelists proposals`; an administrator proposes one with `liaison codelists propose FILE`."


class NoteUnfitError(LiaisonError):
    """The note of an edition cannot be sent."""

    code = "codelists.note-unfit"
    next_step = "Say what changes in one line that names nobody; every office reads it."


class NotConfirmedError(LiaisonError):
    """Nothing was released."""

    code = "codelists.not-confirmed"
    next_step = "Say yes, or give --yes."


class EditionNotHere(CheckError):  # noqa: N818 - named for the state
    """A record names an edition of the code lists that has not arrived yet; it is judged when the edition is here."""

    code, check, outcome = "codelists.edition-not-here", 16, Outcome.HOLD
    next_step = "Nothing to do: it is judged again when the edition arrives. See `liaison codelists editions`."


class EditionRefused(CheckError):  # noqa: N818 - named for what happened
    """A record names an edition of the code lists that was never released."""

    code, check, outcome = "codelists.no-such-edition", 16, Outcome.QUARANTINE
    next_step = "The reporter sends it again under an edition there is."


class EditionOver(EditionRefused):
    """A record names an edition of the code lists that ended too long ago."""

    code = "codelists.edition-over"
    next_step = "The reporter amends the case, if need be with a value it has already: that makes its next version by today's lists."


class ReleaseRefused(CheckError):  # noqa: N818 - named for what happened
    """What was released is no sound edition of the code lists."""

    code, check, outcome = "codelists.unsound-release", 16, Outcome.QUARANTINE
    next_step = "Tell the hub; the editions that are here stay valid."


class PlaceFileUnfit(LiaisonError):  # noqa: N818 - named for what it is
    """This is not the list of UN/LOCODE as UNECE publishes it."""

    code = "codelists.places-unfit"
    next_step = "Unpack the list and name its CSV parts (CodeListPart1.csv, ...): twelve columns from change mark to remarks."


class EditionUnfit(LiaisonError):  # noqa: N818 - named for what it is
    """The name of the list's edition is too long or no text."""

    code = "codelists.places-edition"
    next_step = "Give --edition as UNECE names it, for example 2025-1."


class PlacesReplaced(LiaisonError):  # noqa: N818 - named for what happened
    """The list of places changed while a file was read: what its words mean could differ between rows."""

    code = "codelists.places-replaced"
    next_step = "Do it again: of a file, what was taken in is not taken twice."
