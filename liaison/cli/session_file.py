"""Where the terminal keeps a person's session, and by what it is known when the person comes again: two files an OS user in the node's
home, readable by nobody else.
"""

import os
import stat
from pathlib import Path
from typing import Final

from liaison.access.devices import MOST_CHARACTERS, with_secret
from liaison.access.sessions import NotSignedIn

FOLDER: Final = "sessions"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MAX_TOKEN_CHARACTERS: Final = 200
_DEVICES: Final = ".devices"


class SessionFileOpen(NotSignedIn):
    """Others could read the file with your session."""

    code = "access.session-ended"
    next_step = "Run `chmod 600` on it, then `liaison login`; sign out elsewhere if others had access."


def place(home: Path) -> Path:
    """The file of this OS user. Another place: `--session-file` or LIAISON_SESSION_FILE."""
    return home / FOLDER / f"user-{os.getuid()}"


def read(file: Path) -> str:
    """The token in it. Raises NotSignedIn, SessionFileOpen."""
    token = _read(file, _MAX_TOKEN_CHARACTERS)
    if not token:
        raise NotSignedIn
    return token


def read_devices(file: Path) -> str:
    """The secrets by which this terminal is known, beside the session's file; empty without any, or where others could read them."""
    try:
        return _read(_devices(file), MOST_CHARACTERS)
    except NotSignedIn:
        return ""


def write_device(file: Path, secret: str) -> None:
    """Keep one more of them; an empty one is none."""
    if secret:
        write(_devices(file), with_secret(read_devices(file), secret))


def _devices(file: Path) -> Path:
    return file.with_name(f"{file.name}{_DEVICES}")


def _read(file: Path, most: int) -> str:
    try:
        with file.open("r", encoding="ascii") as opened:
            if os.fstat(opened.fileno()).st_mode & _OTHERS:
                raise SessionFileOpen(f"{file} can be read by others.")
            return opened.read(most).strip()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        raise NotSignedIn from None


def write(file: Path, token: str) -> None:
    """Keep a token, in place of an older one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
            opened.write(token + "\n")
        draft.replace(file)
    finally:  # a full disk leaves no half of it
        draft.unlink(missing_ok=True)


def forget(file: Path) -> None:
    """Remove it, if it is there."""
    file.unlink(missing_ok=True)
