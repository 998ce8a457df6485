"""Editions of the code lists as a node holds them: the shipped one, those that the hub has released, and parts that still wait."""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

from enforcement.codelists.document import MAX_DOCUMENT_BYTES, canonical
from enforcement.codelists.errors import ReferenceDataError
from enforcement.codelists.model import UNKNOWN_COUNTRY
from enforcement.codelists.parsing import FILES, document_of, fixed_of, parse
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from enforcement.codelists.document import Document
    from enforcement.codelists.model import CodeLists
    from enforcement.codelists.parsing import Fixed
    from liaison.node.work import UnitOfWork


INTERNATIONAL_WATERS: Final = "XZ"


def shipped_file(name: str) -> bytes:
    """The bytes of one file of `enforcement/reference`."""
    return resources.files("enforcement.reference").joinpath(name).read_bytes()


@functools.cache
def load_shipped() -> CodeLists:
    """The shipped edition, read once a process. Raises ReferenceDataError."""
    return parse({name: shipped_file(name) for name in FILES})


def known_countries() -> frozenset[str]:
    """The countries that an office may be of: ISO 3166-1 alpha-2, and XK; neither the high seas nor what is not known."""
    return load_shipped().valid["countries"] - {UNKNOWN_COUNTRY, INTERNATIONAL_WATERS}


def shipped_document() -> Document:
    """The shipped edition as a document. Raises ReferenceDataError."""
    return document_of({name: shipped_file(name) for name in FILES})


@functools.cache
def shipped_fixed() -> Fixed:
    """What comes with the package and not with an edition."""
    return fixed_of({name: shipped_file(name) for name in FILES})


@dataclass(frozen=True, slots=True)
class CodeListTables:
    """Released editions, the parts of those that have not arrived whole, and what is proposed here to be released; lists of places that
    were imported here, with their places and the names these are looked for by.
    """

    editions: Table
    parts: Table
    proposals: Table
    place_lists: Table
    places: Table
    place_names: Table


def codelist_tables(metadata: MetaData) -> CodeListTables:
    """Declare the tables in this MetaData."""
    return CodeListTables(
        Table(
            "code_list_editions",
            metadata,
            Column("edition", String(8), primary_key=True),
            Column("sha256", String(64), nullable=False),
            Column("valid_from", String(10), nullable=False),
            Column("previous", String(8), nullable=False),
            Column("previous_sha256", String(64), nullable=False),
            Column("released_at", BigInteger, nullable=False),
            Column("received_at", BigInteger, nullable=False),
            Column("event_id", LargeBinary(16), nullable=False),  # of the part that completed it here
            Column("note", String(400), nullable=False),
            Column("packed", LargeBinary, nullable=False),  # the canonical document, compressed; last, because it is long
        ),
        Table(
            "code_list_parts",
            metadata,
            Column("packed_sha256", String(64), primary_key=True),
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("edition", String(8), nullable=False),
            Column("received_at", BigInteger, nullable=False),
            Column("content", LargeBinary, nullable=False),
        ),
        Table(
            "code_list_proposals",
            metadata,
            Column("edition", String(8), primary_key=True),
            Column("sha256", String(64), nullable=False),
            Column("valid_from", String(10), nullable=False),
            Column("proposed_at", BigInteger, nullable=False),
            Column("proposed_by", String(40), nullable=False),  # pseudonymous id: not the one who releases it
            Column("note", String(400), nullable=False),
            Column("packed", LargeBinary, nullable=False),
        ),
        *_place_tables(metadata),
    )


def _place_tables(metadata: MetaData) -> tuple[Table, Table, Table]:
    """Lists, places, names. The finished list of the highest number is in force."""
    lists = Table(
        "place_lists",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("edition", String(20), nullable=False),
        Column("sha256", String(64), nullable=False),  # of the files, one after the other
        Column("imported_by", String(40), nullable=False),
        Column("finished_at", BigInteger, nullable=False),  # 0: its import has not come to an end
    )
    places = Table(
        "places",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("locode", String(5), primary_key=True),
        Column("name", String(200), nullable=False),
        Column("subdivision", String(3), nullable=False),
        Column("functions", String(8), nullable=False),
        Column("status", String(2), nullable=False),
        Column("iata", String(3), nullable=False),
        Column("latitude", Integer),  # millionths of degrees
        Column("longitude", Integer),
        Index("ix_places_iata", "number", "iata"),
    )
    names = Table(
        "place_names",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("name_key", LargeBinary(120), primary_key=True),  # bytes: found by their beginning in both databases
        Column("locode", String(5), primary_key=True),
        Column("whole", Integer, nullable=False),
    )
    return lists, places, names


def pack(document: Document) -> bytes:
    """The canonical document, compressed."""
    return zlib.compress(canonical(document), 9)


def unpack(packed: bytes, most: int = MAX_DOCUMENT_BYTES) -> bytes:
    """What was compressed, if it has no more than `most` bytes and ends where its bytes end. Raises ReferenceDataError."""
    inflating = zlib.decompressobj()
    try:
        data = inflating.decompress(packed, most + 1)
    except zlib.error:
        raise ReferenceDataError(phrase("The compressed edition is damaged.")) from None
    if len(data) > most or not inflating.eof or inflating.unused_data:
        raise ReferenceDataError(phrase("The compressed edition is larger than it says, or not whole."))
    return data


class Known(NamedTuple):
    """One released edition as it is known without its text."""

    edition: str
    sha256: str
    valid_from: str
    previous: str


def known_editions(connection: Connection) -> tuple[Known, ...]:
    """Released editions this node has whole. Plain text, because every step of a node asks."""
    rows = connection.exec_driver_sql("SELECT edition, sha256, valid_from, previous FROM code_list_editions ORDER BY valid_from, edition")
    return tuple(Known(*row) for row in rows.fetchall())


def packed_edition(connection: Connection, tables: CodeListTables, edition: str) -> bytes | None:
    """The compressed document of a released edition, or None."""
    found: bytes | None = connection.execute(
        tables.editions.select().with_only_columns(tables.editions.c.packed).where(tables.editions.c.edition == edition)
    ).scalar_one_or_none()
    return found


def edition_rows(tx: UnitOfWork) -> list[dict[str, Any]]:
    """Released editions with what is known of their release, without their text."""
    table = tx.of(CodeListTables).editions
    columns = [column for column in table.c if column.name != "packed"]
    return [dict(row) for row in tx.rows(table.select().with_only_columns(*columns).order_by(table.c.valid_from, table.c.edition))]
