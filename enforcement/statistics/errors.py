"""What is refused about statistics."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class BadQuestion(LiaisonError):  # noqa: N818 - named for what happened
    """A table cannot be made as asked."""

    code = "statistics.question"
    next_step = "See `liaison statistics table --help` for dimensions, measures and periods."


class FileThere(LiaisonError):  # noqa: N818 - named for the state
    """A file of this name is there already."""

    code = "statistics.file-there"
    next_step = "Give another name, or remove the file first."


class NotAFileType(LiaisonError):  # noqa: N818 - named for the state
    """Tables are written as .csv or .xlsx."""

    code = "statistics.file-type"
    next_step = "End the name in .csv or .xlsx."


class FileUnwritable(LiaisonError):  # noqa: N818 - named for what happened
    """The file cannot be written."""

    code = "statistics.file-unwritable"
    next_step = "Name a folder that is there and that you may write to."


class WouldGiveAway(LiaisonError):  # noqa: N818 - named for what happened
    """Together with an earlier release this table would give hidden counts away."""

    code = "statistics.would-give-away"
    next_step = "Release the dimensions of the earlier table again, or another period; see `liaison statistics releases`."
