"""A node's database, read from outside: what it got, sent, decided and put aside, and when. Reads only; works while the node runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Table, func, select

from enforcement.intelligence.store import intelligence_tables
from enforcement.seizures.store import DRAFT, seizure_tables
from liaison.node.database import Database
from liaison.node.store import NodeTables, node_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping, Select

    from enforcement.intelligence.store import IntelligenceTables
    from enforcement.seizures.store import SeizureTables

ID_TIME_BYTES = 6  # a UUIDv7 begins with its milliseconds (RFC 9562 section 5.7)


@dataclass(frozen=True)
class Tables:
    """The tables the books are read from."""

    node: NodeTables
    seizures: SeizureTables
    intelligence: IntelligenceTables


class Books:
    """One node's database by URL. Close it."""

    def __init__(self, node: str, url: str) -> None:
        """Nothing is opened yet."""
        self.node = node
        self._database = Database(url)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    @cached_property
    def tables(self) -> Tables:
        """Declared once for this database."""
        metadata = MetaData()
        return Tables(node_tables(metadata), seizure_tables(metadata), intelligence_tables(metadata))

    def rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        """All rows of a query, from one snapshot."""
        with self._database.reading() as connection:
            return connection.execute(query).mappings().all()

    def count(self, table: Table, *where: Any) -> int:  # noqa: ANN401 - SQLAlchemy's conditions
        """How many rows fulfil all conditions."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())

    # --- seizures -------------------------------------------------------------------------------------------------------

    def states(self, administration: str = "") -> Counter[str]:
        """Versions of cases by state, of one administration or of all."""
        versions = self.tables.seizures.versions
        query = select(versions.c.state, func.count().label("many")).group_by(versions.c.state)
        if administration:
            query = query.where(versions.c.administration == administration)
        return Counter({row["state"]: row["many"] for row in self.rows(query)})

    def newest(self, administration: str) -> Counter[str]:
        """Cases of one administration by the state of their newest version that was submitted."""
        versions = self.tables.seizures.versions
        mine = (versions.c.administration == administration) & (versions.c.state != DRAFT)
        last = (
            select(versions.c.reference, func.max(versions.c.version).label("version"))
            .where(mine)
            .group_by(versions.c.reference)
            .subquery()
        )
        same = (versions.c.reference == last.c.reference) & (versions.c.version == last.c.version) & mine
        query = select(versions.c.state, func.count().label("many")).join(last, same).group_by(versions.c.state)
        return Counter({row["state"]: row["many"] for row in self.rows(query)})

    def cases(self, *states: str, administration: str = "") -> list[tuple[str, str, int, bytes]]:
        """Administration, reference, version and event id of the versions in these states, by reference."""
        versions = self.tables.seizures.versions
        query = select(versions).where(versions.c.state.in_(states))
        if administration:
            query = query.where(versions.c.administration == administration)
        order = query.order_by(versions.c.administration, versions.c.reference, versions.c.version)
        return [(row["administration"], row["reference"], row["version"], row["event_id"]) for row in self.rows(order)]

    # --- the engine -----------------------------------------------------------------------------------------------------

    def outbox(self) -> int:
        """Events waiting to leave and batches signed but not on the broker."""
        node = self.tables.node
        unpublished = self.count(node.publications, node.publications.c.published_offset.is_(None))
        return self.count(node.outbox, node.outbox.c.failure == "") + unpublished

    def put_aside(self) -> dict[str, int]:
        """What a person may have to look at, by the table it is in."""
        node = self.tables.node
        return {
            "quarantine": self.count(node.quarantine, node.quarantine.c.state != "done"),
            "held": self.count(node.held),
            "gaps": self.count(node.gaps, node.gaps.c.state.in_(("open", "passed"))),
            "forks": self.count(node.forks),
            "refused_by_others": self.count(node.refusals),
            "could_not_leave": self.count(node.outbox, node.outbox.c.failure != ""),
        }

    def flows(self) -> list[dict[str, Any]]:
        """Batches and events by stream owner and topic, accepted or refused: {issuer, topic, own, outcome, batches, events}."""
        batches = self.tables.node.batches
        key = (batches.c.issuer, batches.c.topic, batches.c.own, batches.c.outcome)
        many = (func.count().label("batches"), func.sum(batches.c.count).label("events"))
        query = select(*key, *many).group_by(*key).order_by(batches.c.own.desc(), batches.c.topic, batches.c.issuer)
        return [{**row, "own": bool(row["own"]), "events": int(row["events"])} for row in self.rows(query)]

    def hops(self) -> dict[tuple[str, str], list[int]]:
        """Milliseconds from queued at the issuer (in the event's id) to taken in here, by issuer and topic."""
        node = self.tables.node
        joined = node.events.join(node.batches, node.batches.c.id == node.events.c.batch_id)
        wanted = (node.batches.c.issuer, node.batches.c.topic, node.batches.c.stored_at, node.events.c.event_id)
        found: dict[tuple[str, str], list[int]] = {}
        for row in self.rows(select(*wanted).select_from(joined).where(~node.batches.c.own)):
            queued = int.from_bytes(row["event_id"][:ID_TIME_BYTES], "big")
            found.setdefault((row["issuer"], row["topic"]), []).append(max(0, row["stored_at"] - queued))
        return found
