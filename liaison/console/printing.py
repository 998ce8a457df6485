"""Pages as PDF: a layout that ships with the code, filled with data that is never taken for layout."""

from __future__ import annotations

import json
import os
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

PDF: Final = ".pdf"
PRIVATE, ANYBODY = 0o600, 0o666  # the latter less what the person's umask takes away


class FileThere(LiaisonError):  # noqa: N818 - named for the state
    """A file is there already, and is not written over."""

    code = "print.file-there"
    next_step = "Give another name with --out."


class FileUnwritable(LiaisonError):  # noqa: N818 - named for the state
    """The file cannot be written."""

    code = "print.unwritable"
    next_step = "Give another name or folder with --out; a PDF's name ends in .pdf."


def pdf(layout: tuple[str, str], data: Mapping[str, Any], made_at: datetime) -> bytes:
    """A PDF of a layout (package and file name) and its data, which becomes JSON: the same data give the same bytes.

    Only the fonts of the library are used, so that it looks the same on every machine; nothing else is read.
    """
    import typst  # noqa: PLC0415 - eighty megabytes that no other command needs

    source = resources.files(layout[0]).joinpath(layout[1]).read_bytes()
    compiler = typst.Compiler(source, ignore_system_fonts=True, sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    made = compiler.compile(format="pdf", timestamp=made_at.replace(microsecond=0))
    if not isinstance(made, bytes):  # many files are of other formats
        raise TypeError("a PDF is one file")
    return made


def ensure_free(path: Path) -> None:
    """Raise FileThere, FileUnwritable unless a PDF can be put here."""
    if path.suffix.lower() != PDF:
        raise FileUnwritable(f"{path.name} is no name of a PDF.")
    if path.exists():
        raise FileThere(f"{path.name} is there already.")
    if not path.parent.is_dir():
        raise FileUnwritable(f"There is no folder {path.parent}.")


def put(path: Path, made: bytes, *, private: bool = False) -> None:
    """Write a file that is not there yet; `private`: for its owner alone from its first byte. Raises FileThere, FileUnwritable."""
    try:
        with open(path, "xb", opener=partial(os.open, mode=PRIVATE if private else ANYBODY)) as file:
            file.write(made)
    except FileExistsError:
        raise FileThere(f"{path.name} is there already.") from None
    except OSError as error:
        raise FileUnwritable(f"{path.name} cannot be written ({error.strerror}).") from None
