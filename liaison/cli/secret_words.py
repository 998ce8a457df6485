"""Passwords and passphrases: from a file, from standard input or typed unseen; never from the command line, where others see them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from liaison.adapters.keys import read_passphrase
from liaison.protocol.errors import LiaisonError

MAX_SECRET_CHARACTERS = 1024

PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", help="A file whose first line is the password.", show_default=False)
]
OldPasswordFile = Annotated[
    Path | None,
    typer.Option("--old-password-file", metavar="FILE", help="A file whose first line is the old password.", show_default=False),
]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="A file (0600) whose first line protects the key files.", show_default=False),
]


class NoSecret(LiaisonError):  # noqa: N818 - named for what happened
    """No password was given, and there is nobody to ask."""

    code = "cli.no-password"
    next_step = "Give --password-file FILE or --password-stdin."


def password(file: Path | None, *, stdin: bool, confirm: bool = False, prompt: str = "Password") -> str:
    """The password. Raises NoSecret, OSError."""
    if file is not None:
        return first_line(file)
    if stdin:
        return _required(sys.stdin.readline(MAX_SECRET_CHARACTERS + 2), "standard input")
    if not sys.stdin.isatty():
        raise NoSecret
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def two_passwords(old_file: Path | None, file: Path | None, *, stdin: bool) -> tuple[str, str]:
    """The old and the new password; from standard input as two lines. Raises NoSecret, OSError."""
    old = password(old_file, stdin=stdin, prompt="Old password")
    return old, password(file, stdin=stdin, confirm=True, prompt="New password")


class NoCode(NoSecret):
    """This user has a second factor, and there is nobody to ask for its code."""

    code = "cli.no-code"
    next_step = "Sign in at a terminal, or give the code as the second line of --password-stdin."


def second_code(*, stdin: bool) -> str:
    """The code of an authenticator, or a recovery code; from standard input as the next line. Raises NoCode."""
    if stdin:
        code = sys.stdin.readline(MAX_SECRET_CHARACTERS + 2).strip()
        if not code:
            raise NoCode
        return code
    if not sys.stdin.isatty():
        raise NoCode
    return str(typer.prompt("Code of your authenticator, or a recovery code", hide_input=True, err=True))


def first_line(file: Path) -> str:
    """The first line of a file, without its end. Raises NoSecret, OSError."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        return _required(opened.readline(MAX_SECRET_CHARACTERS + 2), str(file))


def passphrase(file: Path | None) -> str | None:
    """The passphrase of the key files, None when there is none. Raises NoSecret, PermissionsTooOpen, OSError."""
    return None if file is None else _required(read_passphrase(file), str(file))


def _required(line: str, source: str) -> str:
    word = line.rstrip("\r\n")
    if not word:
        raise NoSecret(f"There is no password in {source}.")
    return word
