"""Style sheet, scripts and pictures that ship with the console: read once, named by their content, kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

FOLDER: Final = "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Static:
    """One file: as it is, and compressed."""

    body: bytes
    zipped: bytes
    media_type: str
    version: str


class Statics:
    """The files of the folders `static` of these packages, by name; a name is given once."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        """Reads them all: they are few and small."""
        self._files = {name: made for package in packages for name, made in _files(package)}

    def address(self, name: str) -> str:
        """Where a page finds it; another one when its content changes."""
        return f"/static/{self._files[name].version}/{name}"

    def get(self, version: str, name: str) -> Static | None:
        """The file under this address, if there is one."""
        found = self._files.get(name)
        return found if found is not None and found.version == version else None


def _files(package: str) -> list[tuple[str, Static]]:
    folder = resources.files(package).joinpath(FOLDER)
    if not folder.is_dir():
        return []
    return [(entry.name, _static(entry.name, entry.read_bytes())) for entry in folder.iterdir() if entry.is_file()]


def _static(name: str, body: bytes) -> Static:
    return Static(body, gzip.compress(body, mtime=0), _TYPES[f".{name.rpartition('.')[2]}"], hashlib.sha256(body).hexdigest()[:12])
