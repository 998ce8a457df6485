"""Dropped files of a contact point between visits: kept when they came and when rows or columns changed, read as was chosen before."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.kept_files import Content, Keeping
from enforcement.intake.looking import look
from enforcement.intake.own_books import own_book
from enforcement.intake.shelf import UnknownDrop
from enforcement.intake.traits import Stated
from liaison.console.jobs import beside
from services.ncp_gateway.dropping import preview

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.begun_files import BegunFile
    from liaison.access.desk import Desk
    from liaison.console.jobs import Progress
    from services.ncp_gateway.dropping import Drop, Drops

ACTION: Final = "seizures.import"


def kept(desk: Desk, cache: Path, drop: Drop, saying: str = "") -> Generator[Progress, None, None]:
    """Keep a file as it is now: its content where that is new, and how it is read. A node that cannot seal keeps it until it stops."""
    before = Content(drop.kept_name, drop.kept_size) if drop.kept_name and drop.kept_path == drop.path else None
    content = yield from _keeping(desk, cache).keep(drop.drop_id, drop.path, _state(drop), before, saying)
    if content is None:
        drop.kept_name = ""
    else:
        drop.kept_path, drop.kept_name, drop.kept_size = drop.path, content.name, content.size


def _keeping(desk: Desk, cache: Path) -> Keeping:
    return Keeping(desk, cache, ACTION)


def _state(drop: Drop) -> dict[str, Any]:
    told: dict[str, Any] = {"name": drop.name, "file": drop.path.name, "stated": asdict(drop.stated)}
    return {**told, "profile": drop.profile, "yaml": drop.yaml, "corrected": drop.corrected}


def noted(desk: Desk, cache: Path, drop: Drop) -> None:
    """Keep how a file is read now, where its content is kept already."""
    if drop.kept_name:
        for _ in kept(desk, cache, drop):
            """Nothing is sealed but the words."""


def begun(desk: Desk, cache: Path, drops: Drops) -> list[BegunFile]:
    """A person's kept files that are not open in this console."""
    return _keeping(desk, cache).begun(drops.held(desk.person.user_id))


def woken(desk: Desk, cache: Path, drops: Drops, drop_id: str) -> Drop:
    """A kept file laid out again, read as was said before. Raises UnknownDrop."""
    keeping = _keeping(desk, cache)
    one = keeping.one(drop_id, drops.held(desk.person.user_id))
    state = one.state
    made = drops.again(desk.person.user_id, drop_id, state["name"], state["file"])
    try:
        content = keeping.lay_out(one, made.path)
    except UnknownDrop:
        drops.drop(desk.person.user_id, drop_id)
        raise
    made.stated, made.profile, made.yaml = Stated(**state["stated"]), state["profile"], state["yaml"]
    made.corrected, made.kept_path, made.kept_name, made.kept_size = state["corrected"], made.path, content.name, content.size
    return made


def looked_again(drop: Drop, lists: CodeLists, saying: str) -> Generator[Progress, None, None]:
    """Find out once more what the file is, and leave what was chosen for it."""
    yield from beside(lambda: _look(drop, lists), saying)


def _look(drop: Drop, lists: CodeLists) -> None:
    drop.seen = look(drop.path, drop.stated, own_book(drop.path, lists))
    preview(drop, lists)


def forgotten(desk: Desk, cache: Path, drop_id: str) -> None:
    """Take a kept file away."""
    _keeping(desk, cache).forget(drop_id)


def cleared(desk: Desk, cache: Path, *, left_over: bool) -> None:
    """Take away what is too old, and what a stop left over."""
    _keeping(desk, cache).clear(left_over=left_over)
