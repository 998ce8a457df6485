"""A backup is one file: a zip of the database copy, the sealing keys and a manifest that says whose it is, of when, and its SHA-256.

The signing key and settings are not in it: a backup that is lost must not be able to sign. Sealing keys are, as their files lie there:
without them the sealed events of the database, and what the broker still holds, would not open again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Final

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMAT: Final = "liaison/backup/1"
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
SEALING: Final = "sealing/"
MAX_MANIFEST_BYTES: Final = 64 * 1024
_KEY_ID: Final = re.compile(r"[0-9a-f]{16,64}")
_KEY_BYTES: Final = 16_384
_CHUNK: Final = 1024 * 1024
# What reading a damaged or foreign zip raises; the last two are the library's words for methods and encryption that it does not know.
_WRONG: Final = (KeyError, TypeError, ValueError, AttributeError)  # an entry or a field of the manifest
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, *_WRONG, NotImplementedError, RuntimeError)


class BadBackup(LiaisonError):  # noqa: N818 - named for what it is
    """The file is not a backup of this program, or it is damaged."""

    code = "backup.bad"
    next_step = "Use another backup; nothing was changed."


class BackupExists(LiaisonError):  # noqa: N818 - named for the state
    """There is a file of this name already; nothing was written."""

    code = "backup.exists"
    next_step = "Choose another name: a backup never replaces another."


class ForeignBackup(LiaisonError):  # noqa: N818 - named for what it is
    """The backup belongs to another node or federation; nothing was changed."""

    code = "backup.foreign"
    next_step = "Use a backup of this node."


@contextmanager
def _telling(sentence: str) -> Iterator[None]:
    """What damage makes the library raise becomes BadBackup; a disk that fails stays an OSError."""
    try:
        yield
    except _DAMAGE as error:
        raise BadBackup(sentence) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a damaged place lies before the file's beginning
            raise
        raise BadBackup(sentence) from error


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `size` and `sha256` are of the database copy; `kind` is sqlite or postgresql; `sealing`: key id ->
    SHA-256 of the file of each sealing key.
    """

    node: str
    federation: str
    list_version: int
    made_at: str
    kind: str
    size: int
    sha256: str
    sealing: dict[str, str] = field(default_factory=dict)

    def require(self, *, node: str, federation: str, kind: str) -> None:
        """Raise ForeignBackup unless it is this node's and of its kind of database."""
        for what, ours, theirs in (("node", node, self.node), ("federation", federation, self.federation), ("database", kind, self.kind)):
            if ours != theirs:
                said = phrase("The backup is of {what} {theirs}, this is {ours}; nothing was changed.", what=what, theirs=theirs, ours=ours)
                raise ForeignBackup(said)


def digest_of(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 (hex) of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 (hex) of each."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def write_backup(file: Path, manifest: Manifest, copy: Path, sealing: Mapping[str, bytes]) -> None:
    """Pack the database copy, the sealing keys and the manifest into `file` (0600), whole or not at all. Raises BackupExists."""
    draft = file.with_name(f".{file.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            _pack(opened, manifest, copy, sealing)
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, file)  # unlike a rename, this fails when the name was taken meanwhile
        except FileExistsError:
            raise BackupExists(f"{file} exists already; nothing was written.") from None
    finally:
        draft.unlink(missing_ok=True)


def _pack(opened: IO[bytes], manifest: Manifest, copy: Path, sealing: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST, json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1))
        for key_id, data in sealing.items():
            archive.writestr(f"{SEALING}{key_id}", data)
        archive.write(copy, DATABASE)


def read_manifest(file: Path) -> Manifest:
    """What the backup says of itself, not checked against its content yet. Raises BadBackup, OSError."""
    with _telling(f"{file} is not a backup of this program, or it is damaged."):
        with zipfile.ZipFile(file) as archive, archive.open(MANIFEST) as entry:
            body = json.loads(entry.read(MAX_MANIFEST_BYTES))
        if body.pop("format", "") != FORMAT:
            raise BadBackup(f"{file} is not a backup of this program.")
        return Manifest(**body)


def unpack(file: Path, manifest: Manifest, target: Path) -> None:
    """Write the database copy to `target` (0600) and check it against the manifest. Raises BadBackup."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    out, damage = os.fdopen(descriptor, "wb"), _telling(f"{file} is damaged.")
    with out, damage, zipfile.ZipFile(file) as archive, archive.open(DATABASE) as entry:
        while chunk := entry.read(_CHUNK):
            size += len(chunk)
            if size > manifest.size:
                break
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if size != manifest.size or digest.hexdigest() != manifest.sha256:
        raise BadBackup(f"{file} is damaged: its database does not have the SHA-256 of its manifest.")


def unpack_sealing(file: Path, manifest: Manifest) -> dict[str, bytes]:
    """The files of the sealing keys by key id, checked against the manifest. Raises BadBackup."""
    found = {}
    with _telling(f"{file} is damaged."), zipfile.ZipFile(file) as archive:
        for key_id in manifest.sealing:
            if _KEY_ID.fullmatch(key_id) is None:  # it becomes the name of a file
                raise BadBackup(f"{file} is damaged: {key_id[:40]!r} is no key id.")
            with archive.open(f"{SEALING}{key_id}") as entry:
                found[key_id] = entry.read(_KEY_BYTES)
    if digests_of(found) != manifest.sealing:
        raise BadBackup(f"{file} is damaged: a sealing key does not have the SHA-256 of its manifest.")
    return found
