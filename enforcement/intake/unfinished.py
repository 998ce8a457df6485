"""Cases that somebody began to write and that are no drafts yet: kept encrypted, because nobody has screened what stands in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, func, insert, select

from enforcement.seizures.keyed import KeyedTables
from enforcement.seizures.national import NationalTables, OtherVaultKey
from liaison.node.store import BigId
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, MetaData, RowMapping

    from liaison.node.work import UnitOfWork

MOST: Final = 1_000  # at one node: what is begun is to be finished
SHOWN_CHARACTERS: Final = 64


class UnknownForm(LiaisonError):  # noqa: N818 - named for the state
    """No unfinished case has this number: it was finished or dropped."""

    code = "intake.unknown-form"
    next_step = "See the unfinished cases in the list of your cases."


class TooManyForms(LiaisonError):  # noqa: N818 - named for the state
    """Too many cases are unfinished."""

    code = "intake.too-many-forms"
    next_step = "Finish or drop some of them first."


@dataclass(frozen=True, slots=True)
class UnfinishedTables:
    """The begun cases."""

    forms: Table


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One begun case. `content`: the form's fields, its reasons, its national values; `problems`: how many were found last."""

    number: int
    reference: str
    begun_by: str
    changed_at: datetime
    problems: int
    content: Mapping[str, Any] = field(default_factory=dict)


def unfinished_tables(metadata: MetaData) -> UnfinishedTables:
    """Declare the table in this MetaData."""
    return UnfinishedTables(
        Table(
            "intake_unfinished",
            metadata,
            Column("id", BigId, primary_key=True),
            Column("key_id", String(32), nullable=False),
            Column("sealed", LargeBinary, nullable=False),  # reference and content
            Column("begun_by", String(40), nullable=False),
            Column("port", String(64), nullable=False),  # where; empty: at the national office
            Column("problems", Integer, nullable=False),
            Column("changed_at", BigInteger, nullable=False),
        )
    )


def _about(tx: UnitOfWork) -> bytes:
    return f"intake_unfinished\0{tx.node}".encode()


def vault_used(tx: UnitOfWork) -> bool:
    """Whether anything here is sealed with the vault's key: national values, scans, begun cases."""
    held = [tx.of(UnfinishedTables).forms.c.id]
    if (national := tx.around.field.get(NationalTables)) is not None:
        held.append(national.values.c.reference)
    if (keyed := tx.around.field.get(KeyedTables)) is not None:
        held.append(keyed.scans.c.reference)
    return any(tx.one(select(column).limit(1)) is not None for column in held)


def keep_unfinished(tx: UnitOfWork, content: Mapping[str, Any], reference: str, problems: int, number: int = 0) -> int:
    """Keep a begun case, or another state of it; its number. Raises TooManyForms, UnknownForm, and as the vault."""
    forms = tx.of(UnfinishedTables).forms
    vault = tx.around.kept.vault
    if not vault_used(tx):
        vault.ready()  # with rows there, a missing key is a loss to be told, not a reason to make another
    told = json.dumps({"reference": reference[:SHOWN_CHARACTERS], "content": content}).encode()
    row = {"key_id": vault.key_id(), "sealed": vault.seal(told, _about(tx)), "problems": problems, "changed_at": tx.now_ms}
    if number:
        unfinished_of(tx, number)
        tx.execute(forms.update().where(forms.c.id == number).values(row))
        return number
    if _count(tx) >= MOST:
        raise TooManyForms
    made = tx.execute(insert(forms).values({**row, "begun_by": tx.author, "port": tx.port})).inserted_primary_key
    return int(made[0])  # type: ignore[index]  # there is always one after an insert


def unfinished_of(tx: UnitOfWork, number: int) -> Unfinished:
    """One begun case with its content. Raises UnknownForm, OtherVaultKey, and as the vault."""
    forms = tx.of(UnfinishedTables).forms
    row = tx.one(select(forms).where(forms.c.id == number))
    if row is None or tx.port not in ("", row["port"]):
        raise UnknownForm(phrase("No case {number} is unfinished here.", number=number))
    return _opened(tx, row)


def list_unfinished(tx: UnitOfWork, limit: int = MOST) -> list[Unfinished]:
    """The begun cases, last changed first; at a port its own. Raises OtherVaultKey, and as the vault."""
    forms = tx.of(UnfinishedTables).forms
    query = select(forms).order_by(forms.c.changed_at.desc(), forms.c.id.desc()).limit(limit)
    return [_opened(tx, row) for row in tx.rows(query.where(*_mine(tx)))]


def _mine(tx: UnitOfWork) -> list[ColumnElement[bool]]:
    """At a port what was begun there, at the national office all."""
    return [tx.of(UnfinishedTables).forms.c.port == tx.port] if tx.port else []


def _opened(tx: UnitOfWork, row: RowMapping) -> Unfinished:
    vault = tx.around.kept.vault
    if row["key_id"] != vault.key_id():
        raise OtherVaultKey
    told = json.loads(vault.open(bytes(row["sealed"]), _about(tx)))
    return Unfinished(row["id"], told["reference"], row["begun_by"], from_ms(row["changed_at"]), row["problems"], told["content"])


def drop_unfinished(tx: UnitOfWork, number: int) -> None:
    """Forget a begun case, if it is still there."""
    forms = tx.of(UnfinishedTables).forms
    tx.execute(forms.delete().where(forms.c.id == number, *_mine(tx)))


def count_unfinished(tx: UnitOfWork) -> int:
    """How many are begun; at a port, there."""
    return _count(tx, *_mine(tx))


def _count(tx: UnitOfWork, *where: ColumnElement[bool]) -> int:
    row = tx.one(select(func.count().label("begun")).select_from(tx.of(UnfinishedTables).forms).where(*where))
    return 0 if row is None else int(row["begun"])
