"""Reports that an office keyed from paper, on behalf of a contact point: what is kept of them, and who may speak for a case (decision 39).

A keyed version is a version like any other, but its event is the office's own. What a node keeps beside it is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, select

from liaison.protocol.errors import HandlerRefused, LiaisonError, UnknownNode, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member

KEYED: Final = "PaperReportKeyed"
ANSWERED: Final = "PaperReportConfirmed"
TAKEN_BACK: Final = "PaperReportWithdrawn"
REPORTS: Final = frozenset({"SeizureReported", KEYED})
PAPER: Final = "paper"
CONFIRMED: Final = "confirmed"
NOT_OURS: Final = "not-ours"
ELECTRONIC: Final = "electronic"
LETTER: Final = "letter"
CONTACT_POINT: Final = "ncp"


class NotServed(HandlerRefused):
    """An office keys paper reports, and withdraws them, only for a contact point that it serves, and tells it."""

    code = "keyed.not-served"


class TakenOver(HandlerRefused):
    """The contact point speaks for this case itself; its office keys it no more."""

    code = "keyed.taken-over"


class KeyedOtherwise(HandlerRefused):
    """What is said does not fit what was keyed."""

    code = "keyed.other-content"


class KeyerDecides(LiaisonError):  # noqa: N818 - named for the state
    """Who keyed a report from paper does not verify it."""

    code = "verification.keyer"
    next_step = "Let another verifier hold it beside its scan: `liaison paper scan REFERENCE --out FILE`."


@dataclass(frozen=True, slots=True)
class KeyedTables:
    """Drafts at the office; keyed versions, at the office and at the contact point; their scans; an office's settings."""

    drafts: Table
    reports: Table
    scans: Table
    settings: Table


def keyed_tables(metadata: MetaData) -> KeyedTables:
    """Declare the tables in this MetaData. Times are milliseconds, 0: not yet."""
    return KeyedTables(_drafts(metadata), _reports(metadata), _scans(metadata), _settings(metadata))


def _case() -> list[Column[Any]]:
    return [Column("administration", String(2), primary_key=True), Column("reference", String(64), primary_key=True)]


def _drafts(metadata: MetaData) -> Table:
    return Table(
        "keyed_drafts",
        metadata,
        *_case(),
        Column("payload", LargeBinary, nullable=False),
        Column("keyers", Text, nullable=False),  # everybody who keyed a part of it, separated by blanks
        Column("keyed_at", BigInteger, nullable=False),
    )


def _reports(metadata: MetaData) -> Table:
    return Table(
        "keyed_reports",
        metadata,
        *_case(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("event_id", LargeBinary(16), nullable=False),
        Column("keyers", Text, nullable=False),
        Column("keyed_at", BigInteger, nullable=False),
        Column("sheet_number", Text, nullable=False),
        Column("sheet_date", String(10), nullable=False),
        Column("answer", String(12), nullable=False),  # empty: none yet
        Column("answered_by_way", String(12), nullable=False),  # electronic or letter
        Column("answered_at", BigInteger, nullable=False),
        Column("answered_by", String(40), nullable=False),  # the node, or who recorded the letter
        Column("reason", Text, nullable=False),
        Column("ended_at", BigInteger, nullable=False),  # when the office withdrew it; 0: it did not
        Index("ix_keyed_reports_keyed_at", "keyed_at"),
    )


def _scans(metadata: MetaData) -> Table:
    return Table(
        "keyed_scans",
        metadata,
        *_case(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("kind", String(10), primary_key=True),  # sheet or letter
        Column("media", String(20), nullable=False),
        Column("size", Integer, nullable=False),
        Column("sha256", LargeBinary(32), nullable=False),
        Column("key_id", String(32), nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("kept_by", String(40), nullable=False),
        Column("kept_at", BigInteger, nullable=False),
    )


def _settings(metadata: MetaData) -> Table:
    return Table(
        "keyed_settings",
        metadata,
        Column("name", String(20), primary_key=True),
        Column("days", Integer, nullable=False),
        Column("set_by", String(40), nullable=False),
        Column("set_at", BigInteger, nullable=False),
    )


# --- who may speak for a case ---------------------------------------------------------------------------------------------


def reporter_of(tx: UnitOfWork, report: VerifiedEvent) -> Member:
    """The contact point that a report, or an answer, is of: its issuer; of a keyed one, whom the office told. Raises UnknownNode."""
    if report.type != KEYED:
        return tx.members.get(report.issuer)
    return tx.members.get(report.source.header.topic.partition(".")[2])


def ensure_speaks(tx: UnitOfWork, report: VerifiedEvent, administration: str) -> Member:
    """Whose case it is. The issuer must be the administration's contact point; of a keyed report the office that serves it, and on that
    contact point's own receipts topic. Raises NotServed or, of what nobody keyed, HandlerRefused.
    """
    try:
        reporter = reporter_of(tx, report)
    except UnknownNode:
        raise NotServed(
            phrase(
                "{issuer} told no contact point of what it keyed for {administration}.", issuer=report.issuer, administration=administration
            )
        ) from None
    keyed = report.type == KEYED
    if reporter.kind != CONTACT_POINT or reporter.country != administration or (keyed and reporter.office != report.issuer):
        refusal = NotServed if keyed else HandlerRefused
        raise refusal(f"{report.issuer} may not report for {administration}.")
    if keyed and report.payload["case"]["report_source"] != PAPER:
        raise KeyedOtherwise(phrase("{issuer} keyed what is not marked as {PAPER}.", issuer=report.issuer, PAPER=PAPER))
    return reporter


def is_keyed(tx: UnitOfWork, row: Mapping[str, Any]) -> bool:
    """Whether a signed version (KNOWN_COLUMNS) is one that an office keyed."""
    member = tx.members.members.get(row["event_issuer"])
    return member is not None and member.kind != CONTACT_POINT


def ensure_not_taken_over(tx: UnitOfWork, known: Sequence[Mapping[str, Any]], key: CaseKey, version: int) -> None:
    """Raise TakenOver where the contact point itself has reported an earlier version, or this one: from then on the case is its own."""
    if any(row["version"] <= version and row["event_id"] and not is_keyed(tx, row) for row in known):
        raise TakenOver(phrase("{country} reports {reference} itself.", country=key[0], reference=key[1]))


# --- what is kept ---------------------------------------------------------------------------------------------------------


def report_row(tx: UnitOfWork, key: CaseKey, version: int = 0) -> RowMapping | None:
    """What is kept of a keyed version, 0 for the newest; None where there is none."""
    table = tx.of(KeyedTables).reports
    query = select(table).where(table.c.administration == key[0], table.c.reference == key[1])
    return tx.one(query.where(table.c.version == version) if version else query.order_by(table.c.version.desc()).limit(1))


def keep_report(tx: UnitOfWork, event: VerifiedEvent, *, keyers: str) -> None:
    """Keep what a keyed report says beside its case; an answer that is here already stays."""
    case = event.payload["case"]
    key = {"administration": case["administration"], "reference": case["reference"], "version": case["version"]}
    sheet = (event.payload["sheet_number"], event.payload["sheet_date"].isoformat())
    tx.keep(tx.of(KeyedTables).reports, {**key, **new_report(event.event_id, keyers, tx.now_ms, sheet)})
    tx.change(tx.of(KeyedTables).reports, {**key, "keyers": keyers, "sheet_number": sheet[0], "sheet_date": sheet[1]})


def new_report(event_id: bytes, keyers: str, at: int, sheet: tuple[str, str]) -> dict[str, Any]:
    """The columns of a report that nobody has answered yet. `sheet`: number and date."""
    return {
        "event_id": event_id,
        "keyers": keyers,
        "keyed_at": at,
        "sheet_number": sheet[0],
        "sheet_date": sheet[1],
        "answer": "",
        "answered_by_way": "",
        "answered_at": 0,
        "answered_by": "",
        "reason": "",
        "ended_at": 0,
    }


class Answer(NamedTuple):
    """What was answered, which way (electronic or letter), by which node or, of a letter, which person; and why, where it is not theirs."""

    answer: str
    way: str
    by: str
    reason: str = ""


def keep_answer(tx: UnitOfWork, row: RowMapping, told: Answer) -> None:
    """Note the answer to a keyed version; it covers those that were keyed before and wait for one."""
    table = tx.of(KeyedTables).reports
    same = (table.c.administration == row["administration"]) & (table.c.reference == row["reference"])
    values = {"answer": told.answer, "answered_by_way": told.way, "answered_at": tx.now_ms, "answered_by": told.by, "reason": told.reason}
    open_ones = same & (table.c.version <= row["version"]) & ((table.c.answer == "") | (table.c.version == row["version"]))
    tx.execute(table.update().where(open_ones).values(**values))


def end_reports(tx: UnitOfWork, key: CaseKey) -> None:
    """The office withdrew what it had keyed."""
    table = tx.of(KeyedTables).reports
    same = (table.c.administration == key[0]) & (table.c.reference == key[1]) & (table.c.ended_at == 0)
    tx.execute(table.update().where(same).values(ended_at=tx.now_ms))


def ensure_other_than_keyer(tx: UnitOfWork, report: VerifiedEvent) -> None:
    """Raise KeyerDecides when the person acting keyed this report, or signed it."""
    if report.type != KEYED:
        return
    case = report.payload["case"]
    row = report_row(tx, (case["administration"], case["reference"]), case["version"])
    keyers = {report.author, *(row["keyers"].split() if row is not None else ())}
    if not tx.author or tx.author in keyers:
        raise KeyerDecides(
            phrase(
                "{author} keyed {reference} version {version}.",
                author=tx.author or "Nobody",
                reference=case["reference"],
                version=case["version"],
            )
        )
