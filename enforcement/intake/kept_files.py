"""Dropped files between visits, wherever files are dropped: sealed into a folder of the node, laid out again for their owner, cleared away.

`begun_files` has the rows, `shelf` what is open in a console; what is known of a file besides, whose pages they are says.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.begun_files import (
    PURPOSE,
    SUFFIX,
    BegunFile,
    any_old,
    begun_files,
    contents,
    drop_file,
    drop_old,
    keep_file,
    open_content,
    seal_content,
    vault_for,
)
from enforcement.intake.shelf import UnknownDrop
from liaison.console.jobs import beside
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping
    from pathlib import Path

    from liaison.access.desk import Desk
    from liaison.console.jobs import Progress

FOLDER: Final = "files"  # in the node's folder for what can be made again


@dataclass(frozen=True, slots=True)
class Content:
    """What lies sealed of a file: its name in the folder, its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """The kept files of one person. `cache`: the node's folder for what can be made again; `action`: for which they were dropped."""

    desk: Desk
    cache: Path
    action: str

    def keep(
        self, drop_id: str, path: Path, state: Mapping[str, Any], before: Content | None, saying: str = ""
    ) -> Generator[Progress, None, Content | None]:
        """Keep a file as it is now: its content where nothing is sealed of it yet (`before`: what is), and what is known of it, with its
        `name`. None: the node cannot seal, and the file goes when it stops.
        """
        desk, folder = self.desk, self._folder()
        try:
            with desk.looking(self.action) as tx:
                vault = vault_for(tx)
            content = before
            if content is None:
                name = f"{drop_id}-{desk.parts.random.bytes(6).hex()}{SUFFIX}"
                size = yield from beside(lambda: seal_content(vault, path, folder / name), saying)
                content = Content(name, size)
            with desk.acting(self.action, state["name"], what="file kept") as tx:
                left = keep_file(tx, BegunFile(drop_id, desk.person.user_id, content.name, content.size, state))
        except (LiaisonError, OSError):
            return None
        self._remove(left)
        return content

    def begun(self, there: Collection[str]) -> list[BegunFile]:
        """The files that are not open in this console; `there`: the ids of those that are."""
        with self.desk.looking(self.action) as tx, suppress(LiaisonError):
            return [one for one in begun_files(tx, self.desk.person.user_id) if one.file_id not in there]
        return []

    def one(self, drop_id: str, there: Collection[str]) -> BegunFile:
        """One of `begun`. Raises UnknownDrop."""
        found = next((one for one in self.begun(there) if one.file_id == drop_id), None)
        if found is None:
            raise UnknownDrop
        return found

    def lay_out(self, one: BegunFile, to: Path) -> Content:
        """The content of a kept file, out of its seal. Raises UnknownDrop where it is gone, changed, or of another key."""
        try:
            open_content(self.desk.parts.vault.of(PURPOSE), self._folder() / one.content, to)
        except (LiaisonError, OSError):
            raise UnknownDrop from None
        return Content(one.content, one.size)

    def forget(self, drop_id: str) -> None:
        """Take a kept file away."""
        with self.desk.acting(self.action, drop_id, what="kept file taken away") as tx:
            left = drop_file(tx, self.desk.person.user_id, drop_id)
        self._remove(left)

    def clear(self, *, left_over: bool) -> None:
        """Take away what is too old; `left_over`: also what lies in the folder without being known, which only a beginning console may."""
        folder, desk = self._folder(), self.desk
        if not any(folder.iterdir()):
            return
        with desk.looking(self.action) as tx:
            due = any_old(tx)
        if due:
            with desk.acting(self.action, "begun files", what="old files taken away") as tx:
                left = drop_old(tx)
            self._remove(left)
        if left_over:
            with desk.looking(self.action) as tx:
                needed = contents(tx)
            self._remove([one.name for one in folder.glob(f"*{SUFFIX}") if one.name not in needed])

    def _remove(self, names: Iterable[str]) -> None:
        folder = self._folder()
        for name in names:
            if name:
                (folder / name).unlink(missing_ok=True)

    def _folder(self) -> Path:
        folder = self.cache / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
