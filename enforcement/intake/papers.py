"""Reports on paper that somebody else keyed: which sheet, of which date, from which office; who keyed it, who compared the two.

None of it leaves the node. Who wrote the sheet is a name, and is kept with the other national values of its case, encrypted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, delete, select

from enforcement.seizures.rules import latest_date
from enforcement.seizures.rules.dates import EARLIEST
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

MOST_NUMBER: Final = 60
MOST_OFFICE: Final = 120
MOST_WORDS: Final = 400  # of a difference, or of the reason for which it is settled


class PaperUnfit(LiaisonError):  # noqa: N818 - named for the state
    """What is said of the paper cannot be."""

    code = "paper.unfit"
    next_step = (
        f"A number has 1 to {MOST_NUMBER} characters on one line, an office at most {MOST_OFFICE}; a date is from 1990 on and not to come."
    )


class PaperKnown(LiaisonError):  # noqa: N818 - named for the state
    """This sheet was keyed before, as another case."""

    code = "paper.known"
    next_step = "Look at that case; if both are one, drop one of them. If the number was misread, note the right one."


class NoPaper(LiaisonError):  # noqa: N818 - named for the state
    """No paper is noted for this case."""

    code = "paper.none"
    next_step = "Note it: `liaison seizures paper note REFERENCE --number N --date YYYY-MM-DD`."


class SamePerson(LiaisonError):  # noqa: N818 - named for the state
    """Who keyed a sheet does not compare it."""

    code = "paper.same-person"
    next_step = "Let another officer hold the sheet beside the case."


@dataclass(frozen=True, slots=True)
class PaperTables:
    """The sheets, one a case."""

    papers: Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a sheet of paper about itself."""

    number: str
    written_on: date
    office: str = ""
    must_compare: bool = False


def paper_tables(metadata: MetaData) -> PaperTables:
    """Declare the table in this MetaData. Times are milliseconds, 0: not yet."""
    return PaperTables(
        Table(
            "intake_papers",
            metadata,
            Column("administration", String(2), primary_key=True),
            Column("reference", String(64), primary_key=True),
            Column("number", String(MOST_NUMBER), nullable=False),
            Column("written_on", String(10), nullable=False),
            Column("office", String(MOST_OFFICE), nullable=False),
            Column("keyed_by", String(40), nullable=False),
            Column("keyed_at", BigInteger, nullable=False),
            Column("compared_by", String(40), nullable=False),
            Column("compared_at", BigInteger, nullable=False),  # 0 while it differs
            Column("must_compare", Integer, nullable=False),  # 1: not submitted before somebody has
            Column("differs", Text, nullable=False),  # JSON of what a second officer reads otherwise; empty: nothing
            Column("settled_by", String(40), nullable=False),
            Column("settled_reason", Text, nullable=False),
            Index("ix_intake_papers_number", "number", "office"),
        )
    )


def note_paper(tx: UnitOfWork, key: CaseKey, sheet: Sheet) -> dict[str, Any]:
    """Note the sheet that a case was keyed from; who does so keyed it. Noted anew it has to be compared again.

    Raises PaperUnfit, PaperKnown.
    """
    cleaned = Sheet(" ".join(sheet.number.split()), sheet.written_on, " ".join(sheet.office.split()))
    _ensure_fit(tx, cleaned)
    papers = tx.of(PaperTables).papers
    same = [papers.c[name] == value for name, value in _said(cleaned).items()]
    other = tx.one(select(papers).where(*same, papers.c.administration == key[0], papers.c.reference != key[1]).limit(1))
    if other is not None:
        told = f"The sheet {cleaned.number} of {cleaned.written_on} was keyed as {other['reference']}."
        raise PaperKnown(told, reference=other["reference"])
    who = {"keyed_by": tx.author, "keyed_at": tx.now_ms, "compared_by": "", "compared_at": 0}
    who |= {"must_compare": int(sheet.must_compare), "differs": "", "settled_by": "", "settled_reason": ""}
    tx.put(papers, {"administration": key[0], "reference": key[1], **_said(cleaned), **who})
    return paper_of(tx, key)


def _said(sheet: Sheet) -> dict[str, str]:
    return {"number": sheet.number, "written_on": sheet.written_on.isoformat(), "office": sheet.office}


def _ensure_fit(tx: UnitOfWork, sheet: Sheet) -> None:
    if not 1 <= len(sheet.number) <= MOST_NUMBER or len(sheet.office) > MOST_OFFICE:
        raise PaperUnfit(
            phrase("The number has {number} characters, the office {office}.", number=len(sheet.number), office=len(sheet.office))
        )
    if not (sheet.number + sheet.office).isprintable():
        raise PaperUnfit(phrase("The number or the office has signs that cannot be printed."))
    if not EARLIEST <= sheet.written_on <= latest_date(tx.now.date()):
        raise PaperUnfit(phrase("The date {written_on} cannot stand on a sheet.", written_on=sheet.written_on))


def paper_of(tx: UnitOfWork, key: CaseKey) -> dict[str, Any]:
    """The sheet of a case. Raises NoPaper."""
    row = paper_row(tx, key)
    if row is None:
        raise NoPaper(phrase("No paper is noted for {reference}.", reference=key[1]))
    return paper_record(row)


def paper_row(tx: UnitOfWork, key: CaseKey) -> RowMapping | None:
    """The row of a case's sheet, if it has one."""
    papers = tx.of(PaperTables).papers
    return tx.one(select(papers).where(papers.c.administration == key[0], papers.c.reference == key[1]))


def list_papers(tx: UnitOfWork, *, limit: int) -> list[dict[str, Any]]:
    """The sheets, last keyed first."""
    papers = tx.of(PaperTables).papers
    return [paper_record(row) for row in tx.rows(select(papers).order_by(papers.c.keyed_at.desc(), papers.c.reference).limit(limit))]


def drop_paper(tx: UnitOfWork, key: CaseKey) -> None:
    """Forget the sheet of a case that is gone."""
    papers = tx.of(PaperTables).papers
    tx.execute(delete(papers).where(papers.c.administration == key[0], papers.c.reference == key[1]))


def paper_record(row: RowMapping) -> dict[str, Any]:
    """A sheet as lists and JSON show it."""
    told = {name: row[name] for name in ("administration", "reference", "number", "written_on", "office", "keyed_by")}
    times = {"keyed_at": from_ms(row["keyed_at"]), "compared_at": from_ms(row["compared_at"]) if row["compared_at"] else None}
    told |= {name: row[name] for name in ("compared_by", "settled_by", "settled_reason")}
    differs = json.loads(row["differs"]) if row["differs"] else {}
    return {**told, **times, "must_compare": bool(row["must_compare"]), "differs": differs}
