"""Forms that somebody was writing when the session ended, or before they were sent: kept for that person alone, sealed, for some days.

Nobody has screened what stands in them, so they are sealed with the vault's key, each bound to its id and its owner: a row that is given
to somebody else does not open.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from liaison.access.sessions import AGE_LIMIT
from liaison.access.tokens import hash_of
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access
    from liaison.node.ports import Vault

PURPOSE: Final = "written forms"
KEPT_FOR: Final = timedelta(days=14)  # since it was last written in
MOST_EACH: Final = 12  # of one person; the oldest goes first
MOST: Final = 600  # at one node
ID_BYTES: Final = 16


class NothingWritten(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """Nothing that you were writing is kept under this address: it was sent or forgotten, or it was too old."""

    code = "console.unknown-writing"
    next_step = "Begin the form again."


@dataclass(frozen=True, slots=True)
class Written:
    """One form. `page`: the name of the page that takes it (method and path, with names in braces), `path` the values of those names."""

    form_id: str
    page: str
    path: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]]
    changed_at: datetime | None = None

    def said(self, name: str) -> str:
        """The last value of this field."""
        return self.fields.get(name, ("",))[-1]


def owner_of_ended(connection: Connection, access: Access, token: str) -> str:
    """Whose session this token was of, when it has ended not long ago and was whole; empty for any other. It opens nothing any more: it
    says only for whom a form is kept that was written under it.
    """
    users, sessions = access.tables.users, access.tables.sessions
    query = select(sessions.c.user_id, sessions.c.created_at, sessions.c.half_open, users.c.disabled_at)
    found = query.join_from(sessions, users, sessions.c.user_id == users.c.user_id).where(sessions.c.token_hash == hash_of(token))
    row = connection.execute(found).mappings().first()
    if row is None or row["half_open"] or row["disabled_at"] is not None:
        return ""
    return str(row["user_id"]) if access.clock.now() < from_ms(row["created_at"]) + 2 * AGE_LIMIT else ""


def keep_written(connection: Connection, access: Access, user_id: str, form: Written, *, first: bool = False) -> str:
    """Keep a form, or another state of one that is this person's already; its id. `first`: nothing else in this node was sealed with the
    vault's key, so that it may be made. Raises as the vault.
    """
    table = access.tables.written
    if first and not _sealed_before(connection, access):
        access.vault.ready()
    vault = access.vault.of(PURPOSE)
    known = _row(connection, access, user_id, form.form_id) if form.form_id else None
    taken = known is None and connection.execute(select(table.c.form_id).where(table.c.form_id == form.form_id)).first() is not None
    form_id = form.form_id if form.form_id and not taken else access.random.bytes(ID_BYTES).hex()
    told = json.dumps({"page": form.page, "path": dict(form.path), "fields": {name: list(said) for name, said in form.fields.items()}})
    sealed = vault.seal(zlib.compress(told.encode(), 1), _about(form_id, user_id))
    row = {"vault_key": vault.key_id(), "sealed": sealed, "changed_at": to_ms(access.clock.now())}
    if known is not None:
        connection.execute(update(table).where(table.c.form_id == form_id).values(**row))
        return form_id
    connection.execute(insert(table).values(form_id=form_id, user_id=user_id, **row))
    _thin(connection, access)
    return form_id


def written_of(connection: Connection, access: Access, user_id: str, page: str = "") -> Sequence[Written]:
    """A person's forms, last written in first: all, or of one page. What another key sealed is not told."""
    table = access.tables.written
    query = select(table).where(table.c.user_id == user_id, table.c.changed_at >= _oldest(access)).order_by(table.c.changed_at.desc())
    rows = connection.execute(query).mappings().all()
    if not rows:
        return ()
    vault = access.vault.of(PURPOSE)
    found = [_opened(vault, row) for row in rows if row["vault_key"] == vault.key_id()]
    return [one for one in found if page in ("", one.page)]


def written(connection: Connection, access: Access, user_id: str, form_id: str) -> Written:
    """One form of this person. Raises NothingWritten, whether it is another's or not there, and as the vault."""
    row = _row(connection, access, user_id, form_id)
    vault = access.vault.of(PURPOSE)
    if row is None or row["vault_key"] != vault.key_id():
        raise NothingWritten
    return _opened(vault, row)


def forget_written(connection: Connection, access: Access, user_id: str, form_id: str) -> None:
    """Take a form of this person away, if it is there."""
    table = access.tables.written
    connection.execute(delete(table).where(table.c.user_id == user_id, table.c.form_id == form_id))


def _row(connection: Connection, access: Access, user_id: str, form_id: str) -> RowMapping | None:
    table = access.tables.written
    where = (table.c.form_id == form_id, table.c.user_id == user_id, table.c.changed_at >= _oldest(access))
    return connection.execute(select(table).where(*where)).mappings().first()


def _opened(vault: Vault, row: RowMapping) -> Written:
    told = json.loads(zlib.decompress(vault.open(bytes(row["sealed"]), _about(row["form_id"], row["user_id"]))))
    fields = {name: tuple(said) for name, said in told["fields"].items()}
    return Written(row["form_id"], told["page"], told["path"], fields, from_ms(row["changed_at"]))


def _sealed_before(connection: Connection, access: Access) -> bool:
    """Whether forms or second factors are there: then a missing key is a loss to be told, not a reason to make another."""
    table, factors = access.tables.written, access.tables.factors
    forms = connection.execute(select(table.c.form_id).limit(1)).first()
    return (
        forms is not None
        or connection.execute(select(factors.c.factor_id).where(factors.c.sealed.is_not(None)).limit(1)).first() is not None
    )


def _thin(connection: Connection, access: Access) -> None:
    """Take away what is too old, and more than a person or the node may have; the oldest first."""
    table = access.tables.written
    each: dict[str, int] = {}
    gone = []
    rows = connection.execute(select(table.c.form_id, table.c.user_id, table.c.changed_at).order_by(table.c.changed_at.desc())).all()
    for number, (form_id, user_id, changed_at) in enumerate(rows):
        each[user_id] = each.get(user_id, 0) + 1
        if changed_at < _oldest(access) or number >= MOST or each[user_id] > MOST_EACH:
            gone.append(form_id)
    if gone:
        connection.execute(delete(table).where(table.c.form_id.in_(gone)))


def _oldest(access: Access) -> int:
    return to_ms(access.clock.now() - KEPT_FOR)


def _about(form_id: str, user_id: str) -> bytes:
    return f"written_forms\0{form_id}\0{user_id}".encode()
