"""Which edition is valid today, and the edition that a record names. Both come from the database, so they survive whatever it does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.document import EDITION, order_of, read_canonical
from enforcement.codelists.errors import EditionNotHere, EditionOver, EditionRefused, UnknownEditionError
from enforcement.codelists.model import CodeLists
from enforcement.codelists.parsing import build
from enforcement.codelists.store import (
    CodeListTables,
    Known,
    known_editions,
    load_shipped,
    packed_edition,
    shipped_document,
    shipped_fixed,
    unpack,
)
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from enforcement.codelists.document import Document
    from liaison.node.work import UnitOfWork


MOST_DAYS_OVER: Final = 366  # a node that was away may report last year's cases as it entered them (decision 34)


@dataclass(frozen=True, slots=True)
class Editions:
    """The editions a node has: another object whenever one arrives. `built` keeps what was made of them, once each."""

    released: tuple[Known, ...] = ()
    built: dict[tuple[str, str], CodeLists] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        """Their names."""
        return ", ".join(name for _, name in self.by_day())

    def by_day(self) -> list[tuple[str, str]]:
        """(valid from, name) of every edition, earliest first; the shipped one unless it was released too."""
        named = {known.edition: known.valid_from for known in self.released}
        shipped = load_shipped()
        named.setdefault(shipped.edition, shipped.valid_from.isoformat())
        return sorted(((day, name) for name, day in named.items()), key=lambda one: (one[0], order_of(one[1])))

    def valid_on(self, day: date) -> str:
        """The name of the edition that is valid on a day: the last that has begun, or the first of all."""
        known = self.by_day()
        begun = [name for begins, name in known if begins <= day.isoformat()]
        return begun[-1] if begun else known[0][1]

    def ended(self, name: str) -> date | None:
        """The first day on which an edition was no longer valid, as far as is known here; None while none follows it."""
        known = self.by_day()
        after = [number for number, (_, one) in enumerate(known, 1) if one == name]
        return date.fromisoformat(known[after[0]][0]) if after and after[0] < len(known) else None

    def release_of(self, name: str) -> Known | None:
        """How an edition was released, or None: it only came with the package, or is not known."""
        return next((known for known in self.released if known.edition == name), None)


def renew_editions(connection: Connection, field: Mapping[type, Any], _now: datetime) -> Editions:
    """The editions of the database; the same object while they are the same (`liaison.node.parts.Dated`)."""
    before: Editions = field[Editions]
    released = known_editions(connection)
    return before if released == before.released else Editions(released, before.built)


def current_lists(connection: Connection, field: Mapping[type, Any], now: datetime) -> CodeLists:
    """The edition that is valid today, by this node's clock (`liaison.node.parts.Dated`); a new one is built once."""
    editions: Editions = field[Editions]
    name = editions.valid_on(now.date())
    return _built(connection, field[CodeListTables], editions, name)


def _built(connection: Connection, tables: CodeListTables, editions: Editions, name: str) -> CodeLists:
    """The lists of an edition that is known by name. Raises ReferenceDataError for a damaged row."""
    released = editions.release_of(name)
    if released is None:
        return load_shipped()
    key = (name, released.sha256)
    if key not in editions.built:
        packed = packed_edition(connection, tables, name)
        editions.built[key] = build(json.loads(unpack(packed or b"")), shipped_fixed())
    return editions.built[key]


def lists_of(tx: UnitOfWork, name: str) -> CodeLists:
    """The edition that a record names, to judge the record by. Raises EditionNotHere, which holds the event until the edition arrives,
    or EditionRefused, which quarantines it and tells its issuer, for a name that no edition has or will have.
    """
    current = tx.of(CodeLists)
    return current if name == current.edition else _named(tx, name)


def lists_signed(tx: UnitOfWork, name: str, signed: datetime) -> CodeLists:
    """The same for a record that was signed at this time. Raises EditionOver besides."""
    current = tx.of(CodeLists)
    if name == current.edition:
        return current
    ensure_not_over(tx, name, signed)
    return _named(tx, name)


def ensure_not_over(tx: UnitOfWork, name: str, signed: datetime) -> None:
    """Raise EditionOver, which quarantines a record, for an edition that had ended over MOST_DAYS_OVER days before the record was
    signed. It is the day of signing that counts: an office that reads it again years later judges it as before.
    """
    current, day = tx.of(CodeLists).edition, signed.date()
    if name != current and is_over(tx, name, day):
        raise EditionOver(
            phrase(
                "Edition {edition} of the code lists ended when the next began on {ended}; {day} is over {most} days later, too late to"
                " report under it. Edition {current} is valid.",
                edition=name,
                ended=tx.of(Editions).ended(name),
                day=day,
                most=MOST_DAYS_OVER,
                current=current,
            )
        )


def is_over(tx: UnitOfWork, name: str, day: date) -> bool:
    """Whether an edition had ended so long before a day that no record signed on that day may name it."""
    ended = tx.of(Editions).ended(name)
    return ended is not None and (day - ended).days > MOST_DAYS_OVER


def still_named(tx: UnitOfWork, name: str) -> CodeLists:
    """The edition that a case names, if a record signed today may name it; else today's. What a correction is judged by: a code that
    was closed since must not stand in the way of a correction that is not about it.
    """
    try:
        return lists_signed(tx, name, tx.now)
    except (EditionNotHere, EditionRefused):
        return tx.of(CodeLists)


def _named(tx: UnitOfWork, name: str) -> CodeLists:
    editions = tx.of(Editions)
    if name != load_shipped().edition and editions.release_of(name) is None:
        editions = Editions(known_editions(tx.connection), editions.built)  # it may have come in this very step
        if editions.release_of(name) is None:
            raise _absent(tx, editions, name)
    return _built(tx.connection, tx.of(CodeListTables), editions, name)


def _absent(tx: UnitOfWork, editions: Editions, name: str) -> EditionNotHere | EditionRefused:
    """Why an edition is not here: it will come, because it is newer than all or another was made from it; or it never will."""
    shown = name[:20] if name.isprintable() else "?"
    here = phrase("{node} has {editions}", node=tx.node, editions=str(editions))
    if EDITION.fullmatch(name) is None or order_of(name)[0] > tx.now.year + 1:
        return EditionRefused(
            phrase("The record names edition {shown!r} of the code lists, and there is none; {here}.", shown=shown, here=here)
        )
    newest = max(order_of(one) for _, one in editions.by_day())
    announced = {known.previous for known in editions.released}
    if order_of(name) > newest or name in announced:
        return EditionNotHere(
            phrase("The record names edition {shown} of the code lists, which has not arrived yet; {here}.", shown=shown, here=here)
        )
    return EditionRefused(
        phrase("The record names edition {shown} of the code lists, which was never released; {here}.", shown=shown, here=here)
    )


def find_edition(tx: UnitOfWork, name: str = "") -> CodeLists:
    """The edition of this name, for a person; today's without a name. Raises UnknownEditionError."""
    try:
        return tx.of(CodeLists) if not name else _named(tx, name)
    except (EditionNotHere, EditionRefused):
        raise UnknownEditionError(
            phrase("This node has no edition {name!r}; it has {editions}.", name=name[:20], editions=str(tx.of(Editions)))
        ) from None


def document_named(tx: UnitOfWork, name: str) -> Document:
    """The document of an edition this node has. Raises UnknownEditionError."""
    find_edition(tx, name)
    packed = packed_edition(tx.connection, tx.of(CodeListTables), name)
    return shipped_document() if packed is None else read_canonical(unpack(packed))


DATED: Final = {Editions: renew_editions, CodeLists: current_lists}  # in this order: the lists are chosen among the editions
