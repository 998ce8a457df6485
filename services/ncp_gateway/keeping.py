"""Dropped files between visits: sealed when they came and when rows or columns changed; laid out again when the owner goes on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
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
from enforcement.intake.looking import look
from enforcement.intake.own_books import own_book
from enforcement.intake.shelf import UnknownDrop
from enforcement.intake.traits import Stated
from liaison.console.jobs import beside
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.dropping import preview

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from liaison.access.desk import Desk
    from liaison.console.jobs import Progress
    from services.ncp_gateway.dropping import Drop, Drops

ACTION: Final = "seizures.import"
FOLDER: Final = "files"  # in the node's folder for what can be made again


def kept(desk: Desk, cache: Path, drop: Drop, saying: str = "") -> Generator[Progress, None, None]:
    """Keep a file as it is now: its content where that is new, and how it is read. A node that cannot seal keeps it until it stops."""
    folder = _folder(cache)
    try:
        with desk.looking(ACTION) as tx:
            vault = vault_for(tx)
        if drop.kept_path != drop.path:
            name = f"{drop.drop_id}-{drop.corrected}-{desk.parts.random.bytes(4).hex()}{SUFFIX}"
            drop.kept_size = yield from beside(lambda: seal_content(vault, drop.path, folder / name), saying)
            drop.kept_path, drop.kept_name = drop.path, name
        with desk.acting(ACTION, drop.name, what="file kept") as tx:
            left = keep_file(tx, BegunFile(drop.drop_id, drop.owner, drop.kept_name, drop.kept_size, _state(drop)))
    except (LiaisonError, OSError):
        drop.kept_name = ""
        return
    _remove(folder, left)


def _state(drop: Drop) -> dict[str, Any]:
    told: dict[str, Any] = {"name": drop.name, "file": drop.path.name, "stated": asdict(drop.stated)}
    return {**told, "profile": drop.profile, "yaml": drop.yaml, "corrected": drop.corrected}


def noted(desk: Desk, cache: Path, drop: Drop) -> None:
    """Keep how a file is read now, where its content is kept already."""
    if drop.kept_name:
        for _ in kept(desk, cache, drop):
            """Nothing is sealed but the words."""


def begun(desk: Desk, drops: Drops) -> list[BegunFile]:
    """A person's kept files that are not open in this console."""
    owner = desk.person.user_id
    there = {one.drop_id for one in drops.of(owner)}
    with desk.looking(ACTION) as tx, suppress(LiaisonError):
        return [one for one in begun_files(tx, owner) if one.file_id not in there]
    return []


def woken(desk: Desk, cache: Path, drops: Drops, drop_id: str) -> Drop:
    """A kept file laid out again, read as was said before. Raises UnknownDrop."""
    one = next((one for one in begun(desk, drops) if one.file_id == drop_id), None)
    if one is None:
        raise UnknownDrop
    state = one.state
    made = drops.again(desk.person.user_id, drop_id, state["name"], state["file"])
    try:
        open_content(desk.parts.vault.of(PURPOSE), _folder(cache) / one.content, made.path)
    except (LiaisonError, OSError):
        drops.drop(desk.person.user_id, drop_id)
        raise UnknownDrop from None
    made.stated, made.profile, made.yaml = Stated(**state["stated"]), state["profile"], state["yaml"]
    made.corrected, made.kept_path, made.kept_name, made.kept_size = state["corrected"], made.path, one.content, one.size
    return made


def looked_again(drop: Drop, lists: CodeLists, saying: str) -> Generator[Progress, None, None]:
    """Find out once more what the file is, and leave what was chosen for it."""
    yield from beside(lambda: _look(drop, lists), saying)


def _look(drop: Drop, lists: CodeLists) -> None:
    drop.seen = look(drop.path, drop.stated, own_book(drop.path, lists))
    preview(drop, lists)


def forgotten(desk: Desk, cache: Path, drop_id: str) -> None:
    """Take a kept file away."""
    with desk.acting(ACTION, drop_id, what="kept file taken away") as tx:
        left = drop_file(tx, desk.person.user_id, drop_id)
    _remove(_folder(cache), left)


def cleared(desk: Desk, cache: Path, *, left_over: bool) -> None:
    """Take away what is too old; `left_over`: also what lies in the folder without being known, which only a beginning console may do."""
    folder = _folder(cache)
    if not any(folder.iterdir()):
        return
    with desk.looking(ACTION) as tx:
        due = any_old(tx)
    if due:
        with desk.acting(ACTION, "begun files", what="old files taken away") as tx:
            left = drop_old(tx)
        _remove(folder, left)
    if left_over:
        with desk.looking(ACTION) as tx:
            needed = contents(tx)
        _remove(folder, [one.name for one in folder.glob(f"*{SUFFIX}") if one.name not in needed])


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        if name:
            (folder / name).unlink(missing_ok=True)


def _folder(cache: Path) -> Path:
    folder = cache / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
