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


class NotTableError(IntakeError):
    """The file is no table that can be read here."""

    code = "intake.not-a-table"
    next_step = "Open it in its own program and save it as XLSX, ODS or CSV (UTF-8), without a password."


class WorkbookError(IntakeError):
    """The workbook is damaged, or larger inside than any real one."""

    code = "intake.workbook"
    next_step = "Open it in a spreadsheet program, keep only the sheet with the cases, and save it as XLSX or CSV. Nothing was imported."


class TemplateError(IntakeError):
    """The filled template cannot be read as it is."""

    code = "intake.template"
    next_step = "Write cases below the headings only; `liaison seizures template --out FILE.xlsx` makes a new one. Nothing was imported."


class NoSuchTemplateError(IntakeError):
    """There is no template for this section or level."""

    code = "intake.template-unknown"
    next_step = "See them with `liaison codelists show sections` and `liaison codelists show levels`."


class SheetError(IntakeError):
    """It is not said which sheet of the workbook to read."""

    code = "intake.sheet"
    next_step = "Name it with --sheet, or in the profile as file.sheet; `liaison seizures look FILE` shows the sheets."


class JsonError(IntakeError):
    """The JSON is not an array, or lines, of objects."""

    code = "intake.json"
    next_step = "Export an array of objects, one a case, or one object a line. Nothing was imported."


class UnstatedError(IntakeError):
    """The file can be read in more than one way, and nobody said which is meant."""

    code = "intake.not-stated"
    next_step = "State it with the option, or in the profile; `liaison seizures look FILE` shows what speaks for which."


class AggregateError(IntakeError):
    """The rows are totals of a period, not cases."""

    code = "intake.totals"
    next_step = "Ask the source for the single cases. Totals cannot be reported as cases: they would be counted again."


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
    next_step = "Correct the profile; docs/profiles.md names every key, `liaison profiles show NAME` prints one that works."


class ProfileUnknownError(IntakeError):
    """No profile has this name."""

    code = "intake.profile-unknown"
    next_step = "See the names with `liaison profiles list`, or give the path of a YAML file."
