"""What is refused about reports keyed from paper."""

from __future__ import annotations

from enforcement.seizures.errors import ReportedCase
from liaison.protocol.errors import LiaisonError


class NotYourMember(ReportedCase):
    """An office keys paper only for the contact points that it serves."""

    code = "keyed.not-served"
    next_step = "Send the sheet to the office in charge: `liaison trust show`."


class CaseIsTheirs(ReportedCase):
    """The contact point speaks for this case itself: it confirmed, amended or reported it electronically, or it is withdrawn."""

    code = "keyed.taken-over"
    next_step = "Propose a correction with your verdict, or write to the contact point: only it amends or withdraws the case now."


class NoKeyedDraft(LiaisonError):  # noqa: N818 - named for the state
    """Nothing was keyed under this reference that is not filed yet."""

    code = "keyed.no-draft"
    next_step = "See `liaison paper list --drafts`; key a sheet with `liaison paper key FILE`."


class NotKeyed(LiaisonError):  # noqa: N818 - named for the state
    """No report of this reference was keyed from paper here."""

    code = "keyed.unknown"
    next_step = "See `liaison paper list`."


class SheetUnfit(LiaisonError):  # noqa: N818 - named for the state
    """What is said of the sheet cannot be."""

    code = "keyed.sheet-unfit"
    next_step = "A number has 1 to 60 characters on one line, without anything that names a person; a date is from 1990 on and not to come."


class NotRedacted(LiaisonError):  # noqa: N818 - named for the state
    """A scan is filed only when names, birth dates, numbers of documents, addresses and telephone numbers are covered on it."""

    code = "keyed.not-redacted"
    next_step = (
        "Cover them (on the sheet before scanning, or in the picture itself, not as a layer over it), look at it, and give --redacted."
    )


class ScanMissing(LiaisonError):  # noqa: N818 - named for the state
    """A report is filed with the scan of its sheet."""

    code = "keyed.scan-missing"
    next_step = "Give --scan FILE (PDF, JPEG, PNG or TIFF); a next version may do with the scan that is kept of the last one."


class ScanUnfit(LiaisonError):  # noqa: N818 - named for the state
    """The file is no scan that can be kept."""

    code = "keyed.scan-unfit"
    next_step = "Scan the sheet to a PDF, JPEG, PNG or TIFF of at most 8 MiB, without scripts, attachments or forms that run."


class NoScan(LiaisonError):  # noqa: N818 - named for the state
    """No scan of this report is kept here."""

    code = "keyed.no-scan"
    next_step = "It was deleted after its time, or lost with a restore; ask the contact point for the sheet."


class ScanThere(LiaisonError):  # noqa: N818 - named for the state
    """The scan of this version is kept here."""

    code = "keyed.scan-there"
    next_step = "Look at it with `liaison paper scan REFERENCE --out FILE`; another sheet is another version: `liaison paper file`."


class ScanKeyLost(LiaisonError):  # noqa: N818 - named for the state
    """The scan was encrypted with another key than this node has now."""

    code = "keyed.other-key"
    next_step = "Put the file keys/vault.pem back that belongs to this database, from where keys are kept apart from backups."


class AnsweredBefore(LiaisonError):  # noqa: N818 - named for the state
    """This report has its answer."""

    code = "keyed.answered"
    next_step = "See `liaison paper show REFERENCE`. What is confirmed is amended or withdrawn like every case of the contact point's own."


class ReasonMissing(LiaisonError):  # noqa: N818 - named for the state
    """That a report is not ours is said with a reason."""

    code = "keyed.no-reason"
    next_step = "Say why in a sentence of at most 400 characters, without anything that names a person; the office reads it."


class KeyerRecords(LiaisonError):  # noqa: N818 - named for the state
    """Who keyed a report does not record that it was confirmed."""

    code = "keyed.same-person"
    next_step = "Let another officer read the letter and record it."


class DaysUnfit(LiaisonError):  # noqa: N818 - named for the state
    """So many days cannot be set."""

    code = "keyed.days-unfit"
    next_step = "Give 1 to 3,650 days."


class NotConfirmed(LiaisonError):  # noqa: N818 - named for the state
    """It was not confirmed, so nothing was done."""

    code = "keyed.not-confirmed"
    next_step = "Say it with the option that the question names."


class ForAllOnly(LiaisonError):  # noqa: N818 - named for what it is
    """A report that an office keys is for all customs: whom a case is for, its contact point says."""

    code = "keyed.for-all"
    next_step = "Leave the column out (`releasability`). For a case that is not for all, let the contact point report it itself."
