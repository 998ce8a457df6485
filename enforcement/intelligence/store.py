"""Products as a node holds them, own drafts and received ones; what they cite; feedback; who read them; what was passed on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.types import Boolean

from enforcement.intelligence.drafting import product_from
from enforcement.intelligence.errors import ProductUnknownError
from enforcement.intelligence.model import IN_THE_MAKING, PROPOSED, REVIEWED, Product, parse_number, plain_of
from liaison.node.bulk import ensure_fits
from liaison.node.store import BigId
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, RowMapping

    from liaison.node.work import UnitOfWork

NO_ID: Final = b""


@dataclass(frozen=True, slots=True)
class IntelligenceTables:
    """Times are milliseconds since 1970 UTC (0: not yet), dates ISO text."""

    products: Table
    citations: Table
    feedback: Table
    reads: Table
    passed_on: Table


def intelligence_tables(metadata: MetaData) -> IntelligenceTables:
    """Declare the tables in this MetaData."""
    return IntelligenceTables(_products(metadata), _citations(metadata), _feedback(metadata), _reads(metadata), _passed_on(metadata))


def _products(metadata: MetaData) -> Table:
    return Table(
        "products",
        metadata,
        Column("product_id", BigId, primary_key=True),  # this node's own count; officers name drafts by it
        Column("issuer", String(40), nullable=False),
        Column("number", String(60)),  # empty until the first release
        Column("edition", Integer, nullable=False),
        Column("year", Integer, nullable=False),
        Column("serial", Integer, nullable=False),
        Column("kind", String(40), nullable=False),
        Column("title", Text, nullable=False),
        Column("language", String(2), nullable=False),
        Column("state", String(12), nullable=False),
        Column("audience", String(10), nullable=False),
        Column("tlp", String(12), nullable=False),
        Column("urgent", Boolean, nullable=False),
        Column("sections", Text, nullable=False),  # codes between blanks, one before and after: " drugs revenue "
        Column("valid_from", String(10), nullable=False),
        Column("valid_until", String(10), nullable=False),
        Column("acknowledge_by", BigInteger, nullable=False),
        Column("supersedes", String(60), nullable=False),
        Column("content", Text, nullable=False),  # everything, as JSON in the shape of a draft file
        Column("author", String(40), nullable=False),
        Column("editors", Text, nullable=False),  # everybody who wrote in it, separated by blanks
        Column("reviewer", String(40), nullable=False),
        Column("releaser", String(40), nullable=False),
        Column("reason", Text, nullable=False),  # why declined
        Column("event_id", LargeBinary(16), nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        Column("released_at", BigInteger, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        UniqueConstraint("issuer", "number", "edition", name="uq_products_number"),
        Index("ix_products_released_at", "released_at"),
        Index("ix_products_supersedes", "issuer", "supersedes"),
    )


def _citations(metadata: MetaData) -> Table:
    return Table(
        "product_citations",
        metadata,
        Column("product_id", BigInteger, primary_key=True, autoincrement=False),
        Column("place", Integer, primary_key=True, autoincrement=False),
        Column("administration", String(2), nullable=False),
        Column("reference", String(64), nullable=False),
        Column("status", String(12), nullable=False),
        Column("grade", String(2), nullable=False),
        Column("event_issuer", String(40), nullable=False),
        Column("event_id", LargeBinary(16), nullable=False),
        Index("ix_product_citations_record", "administration", "reference"),
    )


def _feedback(metadata: MetaData) -> Table:
    return Table(
        "product_feedback",
        metadata,
        Column("giver", String(40), primary_key=True),
        Column("event_id", LargeBinary(16), primary_key=True),
        Column("product_issuer", String(40), nullable=False),
        Column("product_number", String(60), nullable=False),
        Column("product_edition", Integer, nullable=False),
        Column("kind", String(20), nullable=False),
        Column("case_administration", String(2), nullable=False),
        Column("case_reference", String(64), nullable=False),
        Column("note", Text, nullable=False),
        Column("answered_at", BigInteger, nullable=False),
        Column("relayed_by", String(40), nullable=False),  # empty when it came from the giver itself
        Column("received_at", BigInteger, nullable=False),
        Index("ix_product_feedback_product", "product_issuer", "product_number", "kind"),
    )


def _reads(metadata: MetaData) -> Table:
    return Table(
        "product_reads",
        metadata,
        Column("product_id", BigInteger, primary_key=True, autoincrement=False),
        Column("user_id", String(40), primary_key=True),
        Column("read_at", BigInteger, nullable=False),
    )


def _passed_on(metadata: MetaData) -> Table:
    return Table(
        "product_relays",
        metadata,
        Column("issuer", String(40), primary_key=True),  # of the event that was passed on
        Column("event_id", LargeBinary(16), primary_key=True),
        Column("relayer", String(40), primary_key=True),
        Column("addressee", String(40), primary_key=True),  # a node, or ALL
        Column("type", String(40), nullable=False),
        Column("relayed_at", BigInteger, nullable=False),
    )


# --- products -----------------------------------------------------------------------------------------------------------


def columns_of(product: Product) -> dict[str, Any]:
    """The columns that follow from a product's content."""
    return {
        "kind": product.kind[:40],
        "title": product.title,
        "language": product.language[:2],
        "audience": product.audience[:10],
        "tlp": product.tlp[:12],
        "urgent": product.urgent,
        "sections": f" {' '.join(product.sections)} ",
        "valid_from": "" if product.valid_from is None else product.valid_from.isoformat(),
        "valid_until": "" if product.valid_until is None else product.valid_until.isoformat(),
        "acknowledge_by": 0 if product.acknowledge_by is None else to_ms(product.acknowledge_by),
        "supersedes": product.supersedes[:60],
        "content": json.dumps(plain_of(product), ensure_ascii=False),
    }


_FRESH: Final = {
    "number": None,
    "edition": 1,
    "year": 0,
    "serial": 0,
    "author": "",
    "editors": "",
    "reviewer": "",
    "releaser": "",
    "reason": "",
    "event_id": NO_ID,
    "changed_at": 0,
    "released_at": 0,
    "received_at": 0,
}


def add_product(tx: UnitOfWork, product: Product, *, issuer: str, state: str, **values: Any) -> int:  # noqa: ANN401 - columns of `products`
    """Insert a product with its citations; its id. `values` are further columns; a number brings year and serial."""
    products = tx.of(IntelligenceTables).products
    row = {**_FRESH, **columns_of(product), "issuer": issuer, "state": state, **number_columns(values.get("number")), **values}
    ensure_fits(products, row)
    product_id = int(tx.execute(insert(products).values(row).returning(products.c.product_id)).scalar_one())
    _cite(tx, product_id, product)
    return product_id


def number_columns(number: str | None) -> dict[str, Any]:
    """Number, year and serial of a product number; none for None."""
    parts = parse_number(number) if number else None
    return {} if parts is None else {"number": number, "year": parts.year, "serial": parts.serial}


def change_product(tx: UnitOfWork, product_id: int, **values: Any) -> None:  # noqa: ANN401 - columns of `products`
    """Set columns of one product."""
    products = tx.of(IntelligenceTables).products
    ensure_fits(products, values)
    tx.execute(update(products).where(products.c.product_id == product_id).values(values))


def replace_content(tx: UnitOfWork, product_id: int, product: Product, **values: Any) -> None:  # noqa: ANN401 - columns of `products`
    """Put another content, citations included, in place of a product's, and set further columns."""
    change_product(tx, product_id, **columns_of(product), **values)
    citations = tx.of(IntelligenceTables).citations
    tx.execute(citations.delete().where(citations.c.product_id == product_id))
    _cite(tx, product_id, product)


def _cite(tx: UnitOfWork, product_id: int, product: Product) -> None:
    for place, cited in enumerate(product.cited_records):
        row = {
            "product_id": product_id,
            "place": place,
            "administration": cited.administration[:2],
            "reference": cited.reference[:64],
            "status": cited.status[:12],
            "grade": cited.grade[:2],
            "event_issuer": cited.event_issuer[:40],
            "event_id": cited.event_id,
        }
        tx.insert(tx.of(IntelligenceTables).citations, row)


def content_of(row: RowMapping) -> Product:
    """The product of a stored row."""
    return product_from(json.loads(row["content"]))


def product_row(tx: UnitOfWork, product_id: int) -> RowMapping:
    """One product. Raises ProductUnknownError."""
    products = tx.of(IntelligenceTables).products
    row = tx.one(select(products).where(products.c.product_id == product_id))
    if row is None:
        raise ProductUnknownError(phrase("There is no product {product_id} at this node.", product_id=product_id))
    return row


def find_product(tx: UnitOfWork, name: str, edition: int = 0) -> RowMapping:
    """A product as a person names it: a draft's plain number, or a product number, then the newest released edition unless
    `edition` says another. Raises ProductUnknownError.
    """
    if name.isascii() and name.isdecimal() and len(name) < len(str(2**63)):
        return product_row(tx, int(name))
    products = tx.of(IntelligenceTables).products
    where = products.c.number == name.strip()
    where &= products.c.edition == edition if edition else products.c.state.not_in(IN_THE_MAKING)
    row = tx.one(select(products).where(where).order_by(products.c.edition.desc()).limit(1))
    if row is None:
        wanted = f"{name!r}, edition {edition}" if edition else repr(name)
        raise ProductUnknownError(phrase("There is no product {wanted} at this node.", wanted=wanted))
    return row


def editions_of(tx: UnitOfWork, issuer: str, number: str) -> Sequence[RowMapping]:
    """Every edition of one number this node holds, lowest first."""
    products = tx.of(IntelligenceTables).products
    return tx.rows(select(products).where(products.c.issuer == issuer, products.c.number == number).order_by(products.c.edition))


def superseded_by(tx: UnitOfWork, issuer: str, number: str) -> bool:
    """Whether a released product of this issuer says that it replaces this number."""
    products = tx.of(IntelligenceTables).products
    where = (products.c.issuer == issuer) & (products.c.supersedes == number) & products.c.state.not_in(IN_THE_MAKING)
    return tx.one(select(products.c.product_id).where(where).limit(1)) is not None


def next_serial(tx: UnitOfWork, issuer: str, year: int) -> int:
    """The next free serial of this issuer in this year."""
    products = tx.of(IntelligenceTables).products
    last = tx.execute(select(func.max(products.c.serial)).where(products.c.issuer == issuer, products.c.year == year)).scalar()
    return int(last or 0) + 1


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What to list; an empty field does not restrict. `reader`: whose reading is shown; `unread`: only what they have not read."""

    reader: str = ""
    kind: str = ""
    section: str = ""
    issuer: str = ""
    state: str = ""
    unread: bool = False
    unread_first: bool = False


def count_products(tx: UnitOfWork, wanted: ProductFilter) -> int:
    """How many fit."""
    tables = tx.of(IntelligenceTables)
    query = select(func.count().label("there")).select_from(tables.products)
    row = tx.one(query.where(*_conditions(tables, wanted, tx.now.date().isoformat())))
    return 0 if row is None else int(row["there"])


def count_to_release(tx: UnitOfWork, user_id: str) -> int:
    """How many own products wait for a release that this person may give: those they did not write in."""
    products = tx.of(IntelligenceTables).products
    wrote = (literal(" ") + products.c.editors + " ").contains(f" {user_id} ", autoescape=True)
    where = products.c.state.in_((PROPOSED, REVIEWED)) & (products.c.issuer == tx.node) & ~wrote
    row = tx.one(select(func.count().label("there")).select_from(products).where(where))
    return 0 if row is None else int(row["there"])


def list_products(tx: UnitOfWork, wanted: ProductFilter, limit: int, offset: int = 0) -> Sequence[RowMapping]:
    """Products in the order a person wants to see them: urgent ones in force, then by the last change; content left out.
    `unread_first`: what the reader has not read before all others.
    """
    tables = tx.of(IntelligenceTables)
    products, reads = tables.products, tables.reads
    mine = select(reads.c.read_at).where(reads.c.product_id == products.c.product_id, reads.c.user_id == wanted.reader)
    shown = [column for column in products.c if column.name != "content"]
    query = select(*shown, mine.scalar_subquery().label("read_at")).where(*_conditions(tables, wanted, tx.now.date().isoformat()))
    rank = products.c.urgent & products.c.state.in_(("released", "extended")) & (products.c.valid_until >= tx.now.date().isoformat())
    unread = [mine.scalar_subquery().is_(None).desc(), rank.desc()] if wanted.unread_first else [rank.desc()]
    order = (*unread, products.c.changed_at.desc(), products.c.product_id.desc())
    return tx.rows(query.order_by(*order).limit(limit).offset(offset))


def _conditions(tables: IntelligenceTables, wanted: ProductFilter, today: str) -> list[ColumnElement[bool]]:
    products, reads = tables.products, tables.reads
    found: list[ColumnElement[bool]] = []
    if wanted.kind:
        found.append(products.c.kind == wanted.kind)
    if wanted.section:
        found.append(products.c.sections.contains(f" {wanted.section} ", autoescape=True))
    if wanted.issuer:
        found.append(products.c.issuer == wanted.issuer)
    if wanted.unread:
        read = select(reads.c.product_id).where(reads.c.user_id == wanted.reader)
        found += [products.c.product_id.not_in(read), products.c.released_at > 0]
    if wanted.state == "expired":
        found.append(products.c.state.in_(("released", "extended")) & (products.c.valid_until < today))
    elif wanted.state in ("released", "extended"):
        found.append((products.c.state == wanted.state) & (products.c.valid_until >= today))
    elif wanted.state:
        found.append(products.c.state == wanted.state)
    return found


def read_by(tx: UnitOfWork, product_id: int, user_id: str) -> datetime | None:
    """When this person said that it was read; None: not yet."""
    reads = tx.of(IntelligenceTables).reads
    row = tx.one(select(reads.c.read_at).where(reads.c.product_id == product_id, reads.c.user_id == user_id))
    return None if row is None else from_ms(row["read_at"])
