"""Files that somebody dropped and has not brought in yet: kept between visits for that person alone, sealed, for some days.

What is known of a file (name, how it is read, the chosen columns) is sealed in a row; its content lies sealed piece by piece in a folder of
the node, which no backup has: it can be dropped again.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, func, select

from enforcement.intake.unfinished import vault_used
from liaison.node.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import IO

    from sqlalchemy import ColumnElement, MetaData, RowMapping

    from liaison.node.ports import Vault
    from liaison.node.work import UnitOfWork

PURPOSE: Final = "begun files"
DAYS: Final = 14  # since it was last worked on
DAY_MS: Final = 86_400_000
MOST_EACH: Final = 8  # of one person; the oldest goes first
MOST: Final = 60  # at one node
MOST_BYTES: Final = 512 * 1024 * 1024  # of all together
SUFFIX: Final = ".sealed"
PRIVATE: Final = 0o600
_PIECE: Final = 4 * 1024 * 1024
_LENGTH: Final = 4  # bytes before each sealed piece


@dataclass(frozen=True, slots=True)
class BegunTables:
    """The begun files."""

    files: Table


@dataclass(frozen=True, slots=True)
class BegunFile:
    """One file. `state`: name, how it is read, the chosen columns; `content`: the name of its sealed file; `size` of that, in bytes."""

    file_id: str
    owner: str
    content: str
    size: int
    state: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime | None = None


def begun_tables(metadata: MetaData) -> BegunTables:
    """Declare the table in this MetaData."""
    return BegunTables(
        Table(
            "intake_begun_files",
            metadata,
            Column("file_id", String(24), primary_key=True),
            Column("owner", String(40), nullable=False),
            Column("content", String(40), nullable=False),
            Column("size", BigInteger, nullable=False),
            Column("key_id", String(32), nullable=False),
            Column("sealed", LargeBinary, nullable=False),
            Column("changed_at", BigInteger, nullable=False),
        )
    )


def nothing_sealed(tx: UnitOfWork) -> bool:
    """Whether nothing here was ever sealed with the vault's key, so that it may be made."""
    return not vault_used(tx) and not _count(tx)


# --- the content ----------------------------------------------------------------------------------------------------------


def vault_for(tx: UnitOfWork) -> Vault:
    """What seals begun files; its key is made where nothing here was sealed before."""
    kept = tx.around.kept.vault
    if nothing_sealed(tx):
        kept.ready()
    return kept.of(PURPOSE)


def seal_content(vault: Vault, source: Path, to: Path) -> int:
    """Seal a file into another, which only this node's user may read; its size in bytes. Raises OSError, and as the vault."""
    with source.open("rb") as plain, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as sealed:
        for number, (piece, last) in enumerate(_pieces(plain)):
            made = vault.seal(piece, _about(to.name, number, last=last))
            sealed.write(len(made).to_bytes(_LENGTH, "big") + made)
    return to.stat().st_size


def open_content(vault: Vault, sealed: Path, to: Path) -> None:
    """The file out of its seal. Raises OSError, and a LiaisonError where anything of it is changed, missing or of another key."""
    with sealed.open("rb") as kept, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as plain:
        number, piece = 0, _next(kept)
        while True:
            after = _next(kept)
            plain.write(vault.open(piece, _about(sealed.name, number, last=not after)))
            if not after:
                return
            number, piece = number + 1, after


def _pieces(plain: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last; of an empty file one empty piece."""
    piece = plain.read(_PIECE)
    while True:
        after = plain.read(_PIECE)
        yield piece, not after
        if not after:
            return
        piece = after


def _next(kept: IO[bytes]) -> bytes:
    length = int.from_bytes(kept.read(_LENGTH), "big")
    return kept.read(min(length, 2 * _PIECE))


def _about(name: str, number: int, *, last: bool) -> bytes:
    """So that no piece opens at another place, in another file, or as an earlier end."""
    return "\0".join(("begun", name, str(number), "last" if last else "more")).encode()


# --- what is known of it --------------------------------------------------------------------------------------------------


def keep_file(tx: UnitOfWork, one: BegunFile) -> list[str]:
    """Keep what is known of a file; the content names that are not needed any more. Raises as the vault."""
    files, vault = tx.of(BegunTables).files, tx.around.kept.vault.of(PURPOSE)
    told = json.dumps(one.state).encode()
    row = {"file_id": one.file_id, "owner": one.owner, "content": one.content, "size": one.size, "key_id": vault.key_id()}
    before = tx.one(select(files.c.content).where(files.c.file_id == one.file_id))
    tx.put(files, {**row, "sealed": vault.seal(told, _of(one.file_id)), "changed_at": tx.now_ms})
    tx.flush()
    left = [before["content"]] if before is not None and before["content"] != one.content else []
    return [*left, *_over(tx)]


def _of(file_id: str) -> bytes:
    return f"intake_begun_files\0{file_id}".encode()


def begun_files(tx: UnitOfWork, owner: str) -> list[BegunFile]:
    """A person's files, last worked on first; what another key sealed, or is too old, is not told."""
    files = tx.of(BegunTables).files
    query = select(files).where(files.c.owner == owner, *_young(tx)).order_by(files.c.changed_at.desc(), files.c.file_id)
    rows = tx.rows(query)
    if not rows:
        return []
    vault = tx.around.kept.vault.of(PURPOSE)
    return [_opened(vault, row) for row in rows if row["key_id"] == vault.key_id()]


def _opened(vault: Vault, row: RowMapping) -> BegunFile:
    state = json.loads(vault.open(bytes(row["sealed"]), _of(row["file_id"])))
    return BegunFile(row["file_id"], row["owner"], row["content"], row["size"], state, from_ms(row["changed_at"]))


def drop_file(tx: UnitOfWork, owner: str, file_id: str) -> list[str]:
    """Forget a person's file; the content names that are not needed any more."""
    files = tx.of(BegunTables).files
    return _removed(tx, [files.c.owner == owner, files.c.file_id == file_id])


def any_old(tx: UnitOfWork) -> bool:
    """Whether a file was not worked on for long."""
    files = tx.of(BegunTables).files
    return tx.one(select(files.c.file_id).where(files.c.changed_at < tx.now_ms - DAYS * DAY_MS).limit(1)) is not None


def drop_old(tx: UnitOfWork) -> list[str]:
    """Forget what nobody worked on for long; the content names that are not needed any more."""
    return _over(tx)


def contents(tx: UnitOfWork) -> set[str]:
    """The content names that are needed: any other sealed file in the folder is left over."""
    files = tx.of(BegunTables).files
    return {row["content"] for row in tx.rows(select(files.c.content))}


def count_begun_files(tx: UnitOfWork) -> int:
    """How many files the person has begun who looks."""
    return _count(tx, tx.of(BegunTables).files.c.owner == tx.author, *_young(tx))


def _young(tx: UnitOfWork) -> list[ColumnElement[bool]]:
    return [tx.of(BegunTables).files.c.changed_at >= tx.now_ms - DAYS * DAY_MS]


def _over(tx: UnitOfWork) -> list[str]:
    """Take away what is too old, more than a person or the node may have, or more than fits; the oldest first."""
    files = tx.of(BegunTables).files
    names = (files.c.file_id, files.c.owner, files.c.size, files.c.changed_at)
    each, bytes_kept, gone = dict[str, int](), 0, list[str]()
    for number, row in enumerate(tx.rows(select(*names).order_by(files.c.changed_at.desc(), files.c.file_id))):
        each[row["owner"]] = each.get(row["owner"], 0) + 1
        bytes_kept += int(row["size"])
        old = row["changed_at"] < tx.now_ms - DAYS * DAY_MS
        if old or number >= MOST or each[row["owner"]] > MOST_EACH or bytes_kept > MOST_BYTES:
            gone.append(row["file_id"])
    return _removed(tx, [files.c.file_id.in_(gone)]) if gone else []


def _removed(tx: UnitOfWork, where: list[ColumnElement[bool]]) -> list[str]:
    files = tx.of(BegunTables).files
    left = [str(row["content"]) for row in tx.rows(select(files.c.content).where(*where))]
    tx.execute(files.delete().where(*where))
    return left


def _count(tx: UnitOfWork, *where: ColumnElement[bool]) -> int:
    row = tx.one(select(func.count().label("begun")).select_from(tx.of(BegunTables).files).where(*where))
    return 0 if row is None else int(row["begun"])
