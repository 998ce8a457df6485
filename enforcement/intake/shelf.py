"""Files that people of one console are working on: each its owner's alone, in a folder that goes when the node stops."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from liaison.node.ports import Random

MOST_EACH: Final = 8  # files of one person; the oldest goes first
MOST: Final = 60
NAME_CHARACTERS: Final = 100
_COPIED: Final = 1 << 20


class UnknownDrop(LiaisonError):  # noqa: N818 - named for the state
    """This file is not here any more, or is not yours."""

    code = "intake.unknown-file"
    next_step = "Drop it again: what was imported of it stays, and its rows are not taken twice."


class AsleepDrop(LiaisonError):  # noqa: N818 - named for the state
    """This file is kept from before and was not gone on with yet."""

    code = "intake.file-kept"
    next_step = "Continue it in the list of dropped files."


class Shelved(Protocol):
    """What a shelf holds."""

    @property
    def drop_id(self) -> str:
        """Its id, which is the name of its folder."""

    @property
    def owner(self) -> str:
        """The user id of whoever brought it."""


T = TypeVar("T", bound=Shelved)


class Shelf(Generic[T]):
    """The files of one console. Nothing is made before the first one comes."""

    def __init__(self) -> None:
        """Empty."""
        self._folder: Path | None = None
        self._held: OrderedDict[str, T] = OrderedDict()

    def folder(self, drop_id: str) -> Path:
        """A new folder for a file, for this node alone."""
        made = self._home() / drop_id
        made.mkdir(mode=0o700)
        return made

    def held(self, owner: str) -> set[str]:
        """The ids of a person's files."""
        return {one.drop_id for one in self.of(owner)}

    def written(self, name: str, file: IO[bytes], random: Random) -> tuple[str, Path]:
        """An uploaded file, kept under a name that cannot lead anywhere: its id, and where it is."""
        drop_id = f"d-{random.bytes(8).hex()}"
        path = self.folder(drop_id) / clean_name(name)
        file.seek(0)
        with path.open("wb") as kept:
            shutil.copyfileobj(file, kept, _COPIED)
        return drop_id, path

    def put(self, one: T) -> T:
        """Hold a file; the oldest of a person who has too many goes."""
        self._held[one.drop_id] = one
        for older in self.of(one.owner)[MOST_EACH:]:
            self._remove(older)
        while len(self._held) > MOST:
            self._remove(next(iter(self._held.values())))
        return one

    def get(self, owner: str, drop_id: str) -> T:
        """A person's file. Raises UnknownDrop."""
        found = self._held.get(drop_id)
        if found is None or found.owner != owner:
            raise UnknownDrop
        return found

    def of(self, owner: str) -> list[T]:
        """A person's files, the latest first."""
        return [one for one in reversed(self._held.values()) if one.owner == owner]

    def drop(self, owner: str, drop_id: str) -> None:
        """Forget a file. Raises UnknownDrop."""
        self._remove(self.get(owner, drop_id))

    def _remove(self, one: T) -> None:
        del self._held[one.drop_id]
        shutil.rmtree(self._home() / one.drop_id, ignore_errors=True)

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="liaison-files-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def clean_name(name: str) -> str:
    """A name as a browser said it, as one that is only a name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isprintable() and sign not in '<>:"|?*' else "_" for sign in last).strip(". ")
    return kept[-NAME_CHARACTERS:].lstrip(". ") or "file"
