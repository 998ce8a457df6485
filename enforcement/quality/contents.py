"""What the versions of a period have filled, looked at once each when somebody asks for a card; never while cases come in."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, literal_column, or_, select

from enforcement.codelists.editions import lists_of
from enforcement.quality.completeness import content_of
from enforcement.quality.store import QualityTables
from enforcement.seizures.states import UNSIGNED
from enforcement.seizures.store import SeizureTables
from liaison.node.originals import carried_events, stored_events
from liaison.node.parts import surroundings
from liaison.node.times import to_ms
from liaison.node.work import UnitOfWork
from liaison.protocol.errors import CheckError
from liaison.protocol.sealing import SealNotOpened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, RowMapping

    from enforcement.quality.completeness import Content
    from enforcement.quality.periods import Span
    from liaison.node.parts import Parts
    from liaison.protocol.events import VerifiedEvent

PORTION: Final = 2_000  # versions a transaction
BY_TIME_MONTHS: Final = 6  # of a longer period most versions are asked for
_RANDOM_BITS: Final = 80  # of an event's id (UUID version 7), below its milliseconds
_KEY: Final = ("administration", "reference", "version")
Key = tuple[str, str, int]


def submitted_in(tx: UnitOfWork, administrations: Sequence[str], span: Span) -> list[ColumnElement[bool]]:
    """The versions that may have been submitted in a period: by the time in their event's id, or by when this node knew of them."""
    versions = tx.of(SeizureTables).versions
    begin, end = to_ms(span.since), to_ms(span.until)
    known = and_(versions.c.entered_at >= begin, versions.c.entered_at < end)
    # one that was known within the period and made at another time says that it was made later, or says no time: so the index serves
    made = and_(versions.c.event_id >= _least(begin), or_(versions.c.event_id < _least(end), known))
    timeless = and_(versions.c.event_id < _least(1), known)
    column = by_time(versions.c.administration) if len(span.months) <= BY_TIME_MONTHS else versions.c.administration
    return [column.in_(administrations), versions.c.state.not_in(UNSIGNED), or_(made, timeless)]


def by_time(administration: ColumnElement[str]) -> ColumnElement[str]:
    """The same column, not to be looked for by the primary key: what is asked of a short time is found by the index of events."""
    return func.coalesce(administration, literal_column("''"))  # no parameter: PostgreSQL would take each for another expression


def _least(at: int) -> bytes:
    """The least id of an event that was made in this millisecond or later."""
    return (at << _RANDOM_BITS).to_bytes(16, "big")


def made_after(at: int) -> bytes:
    """The least id of an event that was made after this millisecond."""
    return _least(at + 1)


def unseen(tx: UnitOfWork, administrations: Sequence[str], span: Span) -> int:
    """How many of them were not looked at yet."""
    query = _unseen(tx, administrations, span, [func.count().label("waiting")])
    row = tx.one(query)
    return 0 if row is None else int(row["waiting"])


def up_to_date(parts: Parts, administrations: Sequence[str], span: Span) -> Iterator[int]:
    """Look at them in portions, each a transaction of its own; yields how many versions each took.

    What this node does not hold whole (withheld, purged, not sealed yet) is left out, and asked for again next time. Raises
    DatabaseFailed. Derived rows only: nothing that anybody reported or decided changes, so nothing of it is audited.
    """
    after: Key = ("", "", 0)
    while True:
        with parts.database.writing() as connection:
            tx = UnitOfWork(connection, surroundings(parts, parts.load_members(connection)))
            rows = _next(tx, administrations, span, after)
            _look(tx, rows)
            tx.flush()
        if not rows:
            return
        after = (rows[-1].administration, rows[-1].reference, rows[-1].version)
        yield len(rows)


def _next(tx: UnitOfWork, administrations: Sequence[str], span: Span, after: Key) -> Sequence[Row[Any]]:
    versions = tx.of(SeizureTables).versions
    at = [versions.c[name] for name in _KEY]
    later = or_(
        at[0] > after[0],
        and_(at[0] == after[0], at[1] > after[1]),
        and_(at[0] == after[0], at[1] == after[1], at[2] > after[2]),
    )
    columns = [*at, *(versions.c[name] for name in ("event_issuer", "event_id", "carrier", "decided_by"))]
    query = _unseen(tx, administrations, span, columns).where(later, versions.c.administration >= after[0])
    return tx.execute(query.order_by(*at).limit(PORTION)).all()


def _unseen(tx: UnitOfWork, administrations: Sequence[str], span: Span, columns: list[Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's own type
    versions, contents = tx.of(SeizureTables).versions, tx.of(QualityTables).contents
    same = and_(*(contents.c[name] == versions.c[name] for name in _KEY))
    found = select(*columns).select_from(versions.outerjoin(contents, same))
    return found.where(*submitted_in(tx, administrations, span), contents.c.shape.is_(None))


def _look(tx: UnitOfWork, rows: Sequence[Row[Any]]) -> None:
    """Keep the content of each of these versions that is here whole."""
    wanted = {(row.event_issuer, bytes(row.event_id)): row for row in rows}
    holders: dict[tuple[str, bool], set[bytes]] = defaultdict(set)
    for row in rows:
        carried = bool(row.carrier)
        holders[row.decided_by if carried else row.event_issuer, carried].add(bytes(row.carrier if carried else row.event_id))
    shapes = Shapes(tx) if rows else None
    for (issuer, carried), ids in holders.items():
        for holder in stored_events(tx, issuer, list(ids)):
            for event in _carried(tx, holder) if carried else [holder]:
                found = wanted.get((event.issuer, event.event_id))
                if shapes is not None and found is not None:
                    case = event.payload["case"]
                    shape = shapes.number(content_of(case, lists_of(tx, case["code_list_edition"])))
                    tx.keep(tx.of(QualityTables).contents, {**{name: getattr(found, name) for name in _KEY}, "shape": shape})


def _carried(tx: UnitOfWork, holder: VerifiedEvent) -> list[VerifiedEvent]:
    """The reports in the evidence that an event carries; none where their signer's key does not stand any more, or they stay sealed."""
    try:
        return list(carried_events(tx, holder))
    except (CheckError, SealNotOpened):
        return []


class Shapes:
    """The shapes that are known, and new ones."""

    def __init__(self, tx: UnitOfWork) -> None:
        """Reads those that this node knows."""
        self._tx, self._table = tx, tx.of(QualityTables).shapes
        self._known = {_named(row): row["id"] for row in tx.rows(select(self._table))}

    def number(self, content: Content) -> int:
        """The number of this shape; a new one is kept."""
        told = content._asdict() | {"empty": " ".join(sorted(content.empty))}
        key = _named(told)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._known) + 1
            self._tx.insert(self._table, {"id": found, **told})
        return found


def _named(row: RowMapping | Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("applicable", "filled", "mandatory", "mandatory_filled", "empty"))


def shapes_of(tx: UnitOfWork) -> dict[int, Mapping[str, Any]]:
    """Every shape by its number."""
    return {row["id"]: dict(row) for row in tx.rows(select(tx.of(QualityTables).shapes))}
