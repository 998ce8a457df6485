"""What a person sees when something goes wrong: our sentence and code, never a traceback; and the exit code that says which kind."""

import errno
import json
import os
import sys
import traceback
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from liaison.node.ports import BrokerUnavailable
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Terminal

EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_NOT_SIGNED_IN: Final = 3
EXIT_UNAVAILABLE: Final = 4
EXIT_INTERNAL: Final = 70  # EX_SOFTWARE of sysexits.h
LAST_ERROR: Final = "last-error.txt"

_NOT_SIGNED_IN: Final = (
    "access.not-signed-in",
    "access.session-ended",
    "access.login-refused",
    "access.locked",
    "access.factor-refused",
    "access.second-factor-needed",
    "access.password-change-needed",
)
_UNAVAILABLE: Final = ("broker", "database", "disk", "node")
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)


class BrokerNotReached(LiaisonError):  # noqa: N818 - named for the state
    """The Kafka cluster cannot be reached now."""

    code = "broker.unavailable"
    next_step = "Check that it runs and that the addresses in node.env are right, then try again."


class FileFault(LiaisonError):  # noqa: N818 - named for what happened
    """A file cannot be read or written."""

    code = "file.unusable"
    next_step = "Check the path, who may use it, and the free space."


class DiskFull(LiaisonError):  # noqa: N818 - named for the state
    """The disk is full; nothing is half done."""

    code = "disk.full"
    next_step = "Free some space, then give the same command again."


class Internal(LiaisonError):  # noqa: N818 - named for what happened
    """Something went wrong inside this program."""

    code = "internal"
    next_step = "Report it with that file; it may hold case data, so send it sealed."


def exit_code(error: LiaisonError) -> int:
    """1 refused, 3 not signed in, 4 node, broker or database unavailable, 70 a defect."""
    if error.code in _NOT_SIGNED_IN:
        return EXIT_NOT_SIGNED_IN
    if error.code == Internal.code:
        return EXIT_INTERNAL
    return EXIT_UNAVAILABLE if error.code.partition(".")[0] in _UNAVAILABLE else EXIT_REFUSED


def as_refusal(error: Exception, home: Path) -> LiaisonError:
    """Our error for anything a command raised; a defect leaves its traceback in `home`, readable by its owner only."""
    if isinstance(error, LiaisonError):
        return error
    if isinstance(error, BrokerUnavailable):
        return BrokerNotReached(f"The Kafka cluster cannot be reached now ({error}).")
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return DiskFull(f"There is no space left for {error.filename}; nothing is half done." if error.filename else "")
    if isinstance(error, OSError) and error.filename is not None:
        return FileFault(f"{error.filename}: {error.strerror or type(error).__name__}.")
    place = _keep(error, home)
    return Internal(f"Something went wrong inside this program ({type(error).__name__}). The details are in {place}.")


def usage(terminal: Terminal, message: str, usage_line: str) -> int:
    """Say what was wrong with the command line."""
    if terminal.as_json:
        body = {"code": "cli.usage", "error": message, "next_step": "See `--help`.", "facts": {}}
        sys.stderr.write(json.dumps({"error": body}) + "\n")
    else:
        sys.stderr.write(f"{usage_line}\n{message}\n" if usage_line else f"{message}\n")
    return EXIT_USAGE


def _keep(error: Exception, home: Path) -> str:
    """Write the traceback down; where."""
    text = "".join(traceback.format_exception(error))
    in_node = (home / "node.env").is_file()
    draft = ""
    try:
        descriptor, draft = mkstemp(prefix=".last-error-", dir=home if in_node else None)  # made 0600
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        place = Path(draft).replace(home / LAST_ERROR) if in_node else Path(draft)
    except OSError:
        if draft:
            Path(draft).unlink(missing_ok=True)
        return "no file, for none could be written"
    return str(place)
