"""History: cases of old exports that count at this node and of which nobody is told, until somebody wants to report them after all.

And taking an import back, of history or of drafts. Nothing here says a word to another office.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update

from enforcement.intake.importing import CHANGED, NEW, UNCHANGED
from enforcement.intake.papers import drop_paper
from enforcement.intake.store import ImportUndone, IntakeTables, require_import
from enforcement.seizures.duplicates.pairs import forget_case
from enforcement.seizures.errors import ReportedCase
from enforcement.seizures.ports import ensure_national, ensure_own_port, forget_port_draft
from enforcement.seizures.purging import drop_version, purge_case
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.replaced import forget_replaced, replaced_of
from enforcement.seizures.rules.dates import EARLIEST
from enforcement.seizures.states import UNSIGNED
from enforcement.seizures.store import (
    DRAFT,
    HISTORICAL,
    Standing,
    add_version,
    change_version,
    forget,
    known_versions,
    move_version,
    preload_versions,
)
from liaison.protocol.errors import LiaisonError, phrase, word
from services.ncp_gateway.reporting import ensure_own, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.intake.importing import Source
    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

PORTION: Final = 250  # cases a transaction
IMPORT: Final = "seizures.import"
REMOVED: Final = "removed"
RESTORED: Final = "restored"
KEPT: Final = "kept"
OTHER_SYSTEM: Final = "other-system"
_BY_FILE: Final = "file"
_FIRST: Final = 1


class TooOldToReport(LiaisonError):  # noqa: N818 - named for the state
    """This record is of before 1990, which no office accepts."""

    code = "seizures.history-too-old"
    next_step = "Leave it here: it is found and counted at this node. A wrong date is corrected in its file, which is loaded again."


class NotHistorical(LiaisonError):  # noqa: N818 - named for the state
    """This case is not a historical record."""

    code = "seizures.not-history"
    next_step = "See `liaison seizures list --state historical`."


def keeping_history(source: Source) -> Callable[[UnitOfWork, Mapping[str, Any]], str]:
    """How the cases of this file are kept as history: for `import_file`."""
    told = f"from {source.path.name}" + (f", reported to {source.origin}" if source.origin else "")
    return partial(keep_historical, told=told)


def keep_historical(tx: UnitOfWork, case: Mapping[str, Any], *, told: str = "") -> str:
    """Keep a case as history: `new`, `changed` (its file says something else now), `unchanged` (also what was reported here, just so).

    `case` is a complete payload that passed the rules; `told` says where it is from. It counts from now on, for figures as of any
    later time. Raises NotOwnAdministration, ReportedCase, NationalOnly.
    """
    ensure_own(tx, case)
    ensure_national(tx)
    key = (case["administration"], case["reference"])
    source = OTHER_SYSTEM if case["report_source"] == _BY_FILE else case["report_source"]
    case = {**case, "version": _FIRST, "report_source": source}
    newest = max(known_versions(tx, key), key=lambda row: int(row["version"]), default=None)
    if newest is not None:
        if _said(payload_of(tx, newest)) == _said(case):
            return UNCHANGED
        if newest["state"] != HISTORICAL:
            raise ReportedCase(
                phrase(
                    "{reference} is here to be reported ({state}), and says something else.", reference=key[1], state=word(newest["state"])
                )
            )
        purge_case(tx, key)
    remark = {"code": HISTORICAL, "field": "report_source", "text": told}
    add_version(tx, case, Standing(HISTORICAL, tx.node, payload=stored(tx, case), reasons=json.dumps([remark])))
    forget(tx, key)
    return NEW if newest is None else CHANGED


def _said(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case without what differs though nothing else is said: version, edition, and the way it came."""
    return {**case, "version": 0, "code_list_edition": "", "report_source": ""}


# --- reported after all -----------------------------------------------------------------------------------------------------


def report_historical(desk: Desk, keys: Sequence[CaseKey]) -> Iterator[list[tuple[CaseKey, LiaisonError | None]]]:
    """Make drafts of historical records, to be submitted as any other; each with what stood against it. Yields by portion.

    From then on they do not count, until the office accepts them. Raises NotPermitted, NationalOnly, DatabaseFailed.
    """
    for start in range(0, len(keys), PORTION):
        portion = keys[start : start + PORTION]
        subject = portion[0][1] if len(portion) == 1 else f"{portion[0][1]} ... {portion[-1][1]}"
        with desk.acting(IMPORT, subject, cases=len(portion), history="reported") as tx:
            preload_versions(tx, portion)
            told = [(key, _made_draft(tx, key)) for key in portion]
        yield told


def _made_draft(tx: UnitOfWork, key: CaseKey) -> LiaisonError | None:
    ensure_national(tx)
    known = known_versions(tx, key)
    if not known:
        return UnknownCase(phrase("This node holds no case {reference}.", reference=key[1]))
    row = next((row for row in known if row["state"] == HISTORICAL), None)
    if row is None:
        return NotHistorical(phrase("{reference} is no historical record.", reference=key[1]))
    if payload_of(tx, row)["date"] < EARLIEST:
        return TooOldToReport(phrase("{reference} is of {date}.", reference=key[1], date=payload_of(tx, row)["date"]))
    move_version(tx, row, DRAFT, entered_at=tx.now_ms, reasons="[]")
    forget_case(tx, key)  # links that only this node knew; they are found again
    forget(tx, key)
    return None


def historical_of(tx: UnitOfWork, import_id: int) -> list[CaseKey]:
    """The cases of an import, whatever became of them since. Raises UnknownImport, ImportUndone."""
    _standing(tx, import_id)
    sources = tx.of(IntakeTables).sources
    query = select(sources.c.administration, sources.c.reference).where(sources.c.import_id == import_id)
    return [(row["administration"], row["reference"]) for row in tx.rows(query.order_by(sources.c.reference))]


# --- an import taken back ---------------------------------------------------------------------------------------------------


def undo_import(desk: Desk, import_id: int) -> Iterator[Counter[str]]:
    """Take an import back: what it brought and what nobody was told of goes, what was submitted since stays; yields counts by portion.

    Rows that it corrected wait again. A draft or record that it replaced comes back as it was; where an import that is undone too had
    brought that, what stood before it does. What counted is noted as purged, so figures of earlier dates say so. Stopped, it goes on
    when called again. Raises UnknownImport, ImportUndone, NotPermitted.
    """
    with desk.looking(IMPORT) as tx:
        keys = historical_of(tx, import_id)
    for start in range(0, len(keys), PORTION):
        portion = keys[start : start + PORTION]
        with desk.acting(IMPORT, f"import {import_id}", undone=len(portion)) as tx:
            preload_versions(tx, portion)
            told = Counter(_taken_back(tx, key, import_id) for key in portion)
        yield told
    with desk.acting(IMPORT, f"import {import_id}", undone="whole") as tx:
        problems = tx.of(IntakeTables).problems
        tx.execute(update(problems).where(problems.c.settled_by == import_id).values(settled_by=0))
        tx.change(tx.of(IntakeTables).imports, {"id": import_id, "undone_at": tx.now_ms})


def _standing(tx: UnitOfWork, import_id: int) -> None:
    if require_import(tx, import_id)["undone_at"] is not None:
        raise ImportUndone(phrase("Import {import_id} was undone already.", import_id=import_id))


def _taken_back(tx: UnitOfWork, key: CaseKey, import_id: int) -> str:
    """Remove what is not signed of a case, and put back what the import had replaced; which of the two, if any."""
    known = known_versions(tx, key)
    unsigned = [row for row in known if row["state"] in UNSIGNED]
    if not unsigned:
        return KEPT
    ensure_own_port(tx, key)
    if len(unsigned) == len(known):
        purge_case(tx, key)
        drop_paper(tx, key)
    else:
        _drop(tx, key, unsigned)
    sources = tx.of(IntakeTables).sources
    tx.execute(delete(sources).where(sources.c.administration == key[0], sources.c.reference == key[1]))
    before = _stood_before(tx, key, import_id)
    if before is None:
        forget_port_draft(tx, key, [row["version"] for row in unsigned])
        return REMOVED
    _put_back(tx, key, before)
    return RESTORED


def _stood_before(tx: UnitOfWork, key: CaseKey, import_id: int) -> RowMapping | None:
    """What stood here before this import, and before those undone earlier that had brought it; it is kept no longer beside the case."""
    by_import = {row["replaced_by"]: row for row in replaced_of(tx, key)}
    imports = tx.of(IntakeTables).imports
    row = by_import.pop(import_id, None)
    while row is not None:
        forget_replaced(tx, key, row["replaced_by"])
        brought = tx.one(select(imports.c.undone_at).where(imports.c.id == row["brought_by"]))
        if brought is None or not brought["undone_at"]:
            return row
        row = by_import.pop(row["brought_by"], None)
    return None


def _put_back(tx: UnitOfWork, key: CaseKey, row: RowMapping) -> None:
    add_version(tx, payload_of(tx, row), Standing(row["state"], tx.node, payload=bytes(row["payload"]), reasons=row["reasons"]))
    tx.flush()
    change_version(tx, key, row["version"], entered_at=row["entered_at"])
    if row["digest"]:
        source = {"administration": key[0], "reference": key[1], "digest": bytes(row["digest"]), "import_id": row["brought_by"]}
        tx.put(tx.of(IntakeTables).sources, source)
    forget(tx, key)


def _drop(tx: UnitOfWork, key: CaseKey, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        drop_version(tx, key, row["version"])
    forget(tx, key)
