"""The simulated year as a store holds it, made once and kept: founding a measurement's nodes takes seconds then instead of minutes.

Kept is an SQLite file below var/bench/kept with the rows of the tables that the year fills (versions, lines, facts, packed columns, what
each case has filled). Its name holds a digest of those tables' definitions and of the code that fills them, so that one made by other code
is never taken; it may be deleted at any time.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, inspect, select, update
from sqlalchemy.schema import CreateTable

from bench.command import PLACE, folder, progress, say
from bench.world import CASES_OF_2025, HUB, SEED, YEAR
from enforcement.codelists.store import load_shipped
from enforcement.quality.completeness import content_of
from enforcement.quality.contents import Shapes
from enforcement.quality.store import QualityTables
from enforcement.seizures import facts, packed, projecting, rows, segments, store
from enforcement.seizures.facts import up_to_date
from enforcement.seizures.segments import pack_portion
from enforcement.seizures.store import VALIDATED, SeizureTables, Standing, add_version
from enforcement.simulation import world
from enforcement.simulation.world import simulate
from liaison.assembly import kind_of, node_spec
from liaison.node.times import to_ms
from liaison.testing import MemoryFederation
from liaison.testing import Place as Stand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.access.desk import Desk
    from liaison.assembly import Node
    from liaison.node.work import UnitOfWork

FORM: Final = b"3"  # of what this module does with it
LINES_OF_2025: Final = 226_549
KEPT: Final = PLACE / "kept"
PORTION: Final = 2_000
CASES_A_LINE: Final = 1.02 * CASES_OF_2025 / LINES_OF_2025  # a few more than needed: it stops at the lines
LATEST_DAYS: Final = 60  # between a seizure and its report
DAY_MS: Final = 86_400_000
LATEST_MINUTES: Final = 10  # between an event and its arrival
DECIDED_MS: Final = 5 * DAY_MS
FILLED_BY: Final = (facts, packed, projecting, rows, segments, store, world)  # what the rows of the year come from


def year(lines: int) -> Path:
    """The file with so many lines; made when there is none yet."""
    with folder() as place, MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=(Stand(HUB, "AMS", HUB),)) as made:
        node = made.start(HUB)[HUB].node
        file = KEPT / f"year-{lines}-{_digest(node)}.db"
        if file.exists():
            return file
        KEPT.mkdir(parents=True, exist_ok=True)
        before = _counts(node)
        _fill(made[HUB].desk(), lines)
        grown = [name for name, count in _counts(node).items() if count > before[name] and name not in ("audit", "node_state")]
        whole = file.with_suffix(".part")
        whole.unlink(missing_ok=True)
        _copy_out(Path(node.parts.database.engine.url.database or ""), whole, grown)
        whole.rename(file)
    return file


def take_in(node: Node, file: Path) -> int:
    """Copy the year into a node's SQLite database that has none of it yet; how many lines."""
    own = Path(node.parts.database.engine.url.database or "")
    with closing(sqlite3.connect(own)) as connection:
        connection.execute("ATTACH ? AS kept", (str(file),))
        for (name,) in connection.execute("SELECT name FROM kept.sqlite_master WHERE type = 'table'").fetchall():
            columns = ", ".join(f'"{row[1]}"' for row in connection.execute(f'PRAGMA kept.table_info("{name}")'))
            connection.execute(f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM kept."{name}"')  # noqa: S608 - our own names
        connection.commit()
        return int(connection.execute("SELECT count(*) FROM seizure_lines").fetchone()[0])


def _copy_out(source: Path, to: Path, names: Sequence[str]) -> None:
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("ATTACH ? AS kept", (str(to),))
        for name in names:
            connection.execute(f'CREATE TABLE kept."{name}" AS SELECT * FROM main."{name}"')  # noqa: S608 - our own names
        connection.commit()


def _digest(node: Node) -> str:
    """Of what the rows depend on."""
    told = sha256()
    for table in node.metadata.sorted_tables:
        if table.name.startswith(("seizure_", "quality_")):
            told.update(str(CreateTable(table)).encode())
    for module in FILLED_BY:
        told.update(Path(str(module.__file__)).read_bytes())
    told.update(FORM)
    return told.hexdigest()[:12]


def _counts(node: Node) -> dict[str, int]:
    with node.parts.database.reading() as connection:
        names = inspect(connection).get_table_names()
        return {name: int(connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar() or 0) for name in names}  # noqa: S608 - our own


def _fill(desk: Desk, lines: int) -> None:
    """A year of accepted cases of all members, each reported some days after its seizure and answered within five."""
    source, drawn = simulate(sorted(load_shipped().members), int(lines * CASES_A_LINE), SEED, YEAR), random.Random(SEED)
    held = 0
    with progress("filling the store", lines) as show:
        while held < lines and (portion := list(islice(source, PORTION))):
            with desk.acting("seizures.list") as tx:
                shapes = Shapes(tx)
                for case in portion:
                    if held < lines:
                        _add(tx, case, shapes, drawn)
                        held += len(case["lines"])
            show(held)
    _date(desk, drawn)
    with progress("making facts", held) as show:
        done = 0
        for taken in up_to_date(desk.parts):
            done += taken
            show(done)
    say("packing")
    pack_all(desk)


def _date(desk: Desk, drawn: random.Random) -> None:
    """Let each have come in some minutes after its event was made and have been decided within five days, as if the year had passed."""
    now = to_ms(desk.parts.clock.now())
    with desk.acting("seizures.list") as tx:
        versions = tx.of(SeizureTables).versions
        keys = [versions.c[name] for name in ("administration", "reference", "version")]
        told = []
        rows: Any = tx.execute(select(*keys, versions.c.event_id))
        for administration, reference, version, event_id in rows:
            entered_at = min(now, int.from_bytes(event_id[:6], "big") + drawn.randrange(LATEST_MINUTES * 60_000))
            decided_at = min(now, entered_at + drawn.randrange(DECIDED_MS))
            told.append({"a": administration, "r": reference, "v": version, "entered": entered_at, "decided": decided_at})
        where = [column == bindparam(name) for column, name in zip(keys, "arv", strict=True)]
        change = update(versions).where(*where).values(entered_at=bindparam("entered"), decided_at=bindparam("decided"))
        tx.connection.execute(change, told)


def _add(tx: UnitOfWork, case: Mapping[str, Any], shapes: Shapes, drawn: random.Random) -> None:
    """One case with what it has filled."""
    at = to_ms(datetime.combine(case["date"], datetime.min.time(), UTC)) + drawn.randrange(LATEST_DAYS * DAY_MS)
    standing = Standing(VALIDATED, f"ncp.{case['administration'].lower()}", at.to_bytes(6, "big") + drawn.randbytes(10), method="rule")
    add_version(tx, case, standing._replace(decided_at=tx.now_ms, decided_by=HUB))
    key = {name: case[name] for name in ("administration", "reference", "version")}
    tx.keep(tx.of(QualityTables).contents, {**key, "shape": shapes.number(content_of(case, load_shipped()))})


def pack_all(desk: Desk) -> None:
    """What the node does by itself when it has time, once the facts are made."""
    taken = 1
    while taken:
        with desk.acting("seizures.list") as tx:
            taken = pack_portion(tx)
