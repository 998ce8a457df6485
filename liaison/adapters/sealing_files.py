"""The files of a node's sealing keys as a backup holds them, and back: as they lie there, under the node's passphrase where it has one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_BYTES: Final = 16_384  # of one file


def read_files(folder: Path) -> dict[str, bytes]:
    """Key id -> file."""
    return {path.stem: path.read_bytes()[:MOST_BYTES] for path in sorted(folder.glob("*.pem"))}


def made_at(folder: Path) -> dict[str, datetime]:
    """Key id -> when its file was made."""
    return {path.stem: datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in sorted(folder.glob("*.pem"))}


def put_back(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write those that are not here (0600, in a folder of 0700); their key ids. What is here stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for key_id, data in sorted(files.items()):
        path = folder / f"{key_id}.pem"
        if path.exists():
            continue
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        written.append(key_id)
    return written
