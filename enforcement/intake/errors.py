"""Why a whole file or profile is refused. A single bad row is a `Problem`, not an error."""

from __future__ import annotations

from typing import ClassVar

from liaison.protocol.errors import LiaisonError


class IntakeError(LiaisonError):
    """The file cannot be taken in."""

    code: ClassVar[str] = "intake.error"


class FileMissingError(IntakeError):
    """The file cannot be opened."""

    code = "intake.file-missing"
    next_step = "Check the path, and that this user may read the file."


class FileEmptyError(IntakeError):
    """The file is empty."""

    code = "intake.file-empty"
    next_step = "Export it again from the source; if it has nothing to report, there is nothing to import."


class NotCsvError(IntakeError):
    """The file is not the CSV its name says."""

    code = "intake.not-csv"
    next_step = "Open it in its own program and export it as CSV (UTF-8)."


class EncodingError(IntakeError):
    """The file is not in the encoding the profile states."""

    code = "intake.encoding"
    next_step = "State the right encoding in the profile, or export the file as UTF-8. Nothing was imported."


class NulByteError(IntakeError):
    """The file contains NUL bytes, which no text has."""

    code = "intake.nul-byte"
    next_step = "Export it again as CSV in UTF-8; it may be damaged or UTF-16. Nothing was imported."


class LineTooLongError(IntakeError):
    """A row is longer than any real row."""

    code = "intake.line-too-long"
    next_step = "Check the line ends and the quotation marks of the file. Nothing was imported."


class QuotingError(IntakeError):
    """A quoted field is not closed, or the quotation marks are not those of a CSV."""

    code = "intake.quoting"
    next_step = "The file may be cut off: export it again from the source. Nothing was imported."


class HeaderError(IntakeError):
    """The columns of the file are not those of the profile."""

    code = "intake.columns"
    next_step = "Use the profile of this source, or say in it what the column is (under `fields`, or under `ignored` with a reason)."


class ProfileError(IntakeError):
    """The mapping profile cannot be used."""

    code = "intake.profile"
    next_step = "Correct the profile; docs/profiles.md names every key, `liaison seizures profiles NAME` prints one that works."


class ProfileUnknownError(IntakeError):
    """No profile has this name."""

    code = "intake.profile-unknown"
    next_step = "See the names with `liaison seizures profiles`, or give the path of a YAML file."
