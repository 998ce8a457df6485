"""Nil reports: a contact point says that a month brought no seizures, so that silence and nothing are two things.

A nil report goes up like a report, signed and with its author. Of a month and section the highest revision stands; a withdrawal is
a revision, too. A case that comes in later does not withdraw it by itself: the month counts as reported, and lists say what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.quality.monthly import months_with_cases
from enforcement.quality.periods import is_month, number_of, number_of_month, span_of
from enforcement.quality.store import QualityTables
from enforcement.seizures.nominal import screen_text
from enforcement.seizures.nominal.reasons import fields_told
from enforcement.seizures.states import UNSIGNED
from enforcement.seizures.store import SeizureTables
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from enforcement.quality.periods import Span
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

NIL: Final = "quality.nil"
SAID: Final = Handling(tlp="AMBER")
REPORTED: Final = "reported"
SILENT: Final = "silent"
STATUS_NIL: Final = "nil"
RUNNING: Final = "running"
MAX_SECTION_CHARACTERS: Final = 40
MAX_REASON_CHARACTERS: Final = 400
LAST_REVISION: Final = 1_000_000


class MonthNotOver(LiaisonError):  # noqa: N818 - named for the state
    """Only a month that is over can have brought nothing."""

    code = "nil.not-over"
    next_step = "Say so when the month has ended."


class CasesThere(LiaisonError):  # noqa: N818 - named for the state
    """There are cases of this month here."""

    code = "nil.cases-there"
    next_step = "See `liaison seizures list`; a nil report for one --section may still be right."


class NoNilReport(LiaisonError):  # noqa: N818 - named for the state
    """No nil report of this month and section stands."""

    code = "nil.none"
    next_step = "See `liaison reports list`."


class ReasonUnfit(LiaisonError):  # noqa: N818 - named for the state
    """A reason is one line of at most 400 characters."""

    code = "nil.reason"
    next_step = "Shorten the reason; nothing in it may name a person."


@dataclass(frozen=True, slots=True)
class Nils:
    """The nil reports that stand, by (administration, month): the sections they are for, empty for every section."""

    sections: Mapping[tuple[str, str], frozenset[str]]

    def covers(self, administration: str, month: str, section: str) -> bool:
        """Whether nothing was seized in this month, in this section or (empty) at all."""
        said = self.sections.get((administration, month), frozenset())
        return "" in said or (bool(section) and section in said)


def nils(tx: UnitOfWork, administrations: Sequence[str], span: Span, as_of: datetime | None = None) -> Nils:
    """Those of a period that stand, now or as of a time. Only the last revision is kept: one before it is taken to have said the
    contrary, as a withdrawal follows a report and a report a withdrawal.
    """
    table = tx.of(QualityTables).nils
    query = select(table).where(table.c.administration.in_(administrations))
    found: dict[tuple[str, str], set[str]] = {}
    for row in tx.rows(query.where(table.c.month >= span.months[0], table.c.month <= span.months[-1])):
        later = as_of is not None and row["said_at"] > to_ms(as_of)
        if bool(row["withdrawn"]) != later or (later and row["revision"] == 1):
            continue
        found.setdefault((row["administration"], row["month"]), set()).add(row["section"])
    return Nils({key: frozenset(sections) for key, sections in found.items()})


def months_of(
    tx: UnitOfWork, administrations: Sequence[str], span: Span, section: str = "", as_of: datetime | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Each administration's months of the period: reported, nil, silent or (not over and nothing yet) running; with its cases, and
    whether a nil report stands beside them. Now, or as of a time.
    """
    cases, said = months_with_cases(tx, administrations, span, section, as_of), nils(tx, administrations, span, as_of)
    over = set(span.over(as_of or tx.now))
    found: dict[str, list[dict[str, Any]]] = {}
    for administration in administrations:
        rows = found[administration] = []
        for month in span.months:
            count, nil = cases.get(administration, {}).get(month, 0), said.covers(administration, month, section)
            status = REPORTED if count else STATUS_NIL if nil else SILENT if month in over else RUNNING
            rows.append({"month": month, "status": status, "cases": count, "contradicted": bool(count and nil)})
    return found


# --- at the contact point ---------------------------------------------------------------------------------------------------


def say_nil(tx: UnitOfWork, month: str, section: str = "") -> bytes:
    """Tell the office that this month brought nothing; the event's id, empty when that was said before. `month`: YYYY-MM.

    Raises MonthNotOver, CasesThere.
    """
    _ensure_over(tx, month)
    count = _cases_here(tx, month, section)
    if count:
        told = phrase("This node holds {count:,} cases of {month}.", count=count, month=month)
        if section:
            told = phrase("This node holds {count:,} cases of {month} in {section}.", count=count, month=month, section=section)
        raise CasesThere(told, month=month, section=section, cases=count)
    present = _present(tx, month, section)
    if present is not None and not present["withdrawn"]:
        return b""
    return _say(tx, (month, section), (present["revision"] if present is not None else 0) + 1)


def withdraw_nil(tx: UnitOfWork, month: str, section: str, reason: str) -> bytes:
    """Take a nil report back; the event's id. Raises NoNilReport, ReasonUnfit, EgressRefused."""
    if len(reason) > MAX_REASON_CHARACTERS or not reason.isprintable():
        raise ReasonUnfit(phrase("The reason has {number} characters.", number=len(reason)))
    present = _present(tx, month, section)
    if present is None or present["withdrawn"]:
        if section:
            raise NoNilReport(phrase("No nil report of {month} in {section} stands.", month=month, section=section))
        raise NoNilReport(phrase("No nil report of {month} stands.", month=month))
    return _say(tx, (month, section), present["revision"] + 1, reason)


def _ensure_over(tx: UnitOfWork, month: str) -> None:
    if number_of_month(month) >= number_of(tx.now.date()):
        raise MonthNotOver(phrase("{month} is not over.", month=month), month=month)


def _cases_here(tx: UnitOfWork, month: str, section: str) -> int:
    """Cases of this month, drafts and historical records included: there was something."""
    versions, span = tx.of(SeizureTables).versions, span_of(month)
    where = [
        versions.c.state.in_(UNSIGNED),
        versions.c.occurred_on >= span.since.date().isoformat(),
        versions.c.occurred_on < span.until.date().isoformat(),
    ]
    rows = tx.rows(select(versions.c.sections).where(*where))
    drafts = sum(not section or section in row["sections"].split() for row in rows)
    return drafts + months_with_cases(tx, [tx.me.country], span, section).get(tx.me.country, {}).get(month, 0)


def _present(tx: UnitOfWork, month: str, section: str) -> RowMapping | None:
    table = tx.of(QualityTables).nils
    where = (table.c.administration == tx.me.country) & (table.c.month == month) & (table.c.section == section)
    return tx.one(select(table).where(where))


def _say(tx: UnitOfWork, of: tuple[str, str], revision: int, reason: str = "") -> bytes:
    payload = {
        "administration": tx.me.country,
        "month": of[0],
        "section": of[1],
        "revision": revision,
        "withdrawn": bool(reason),
        "reason": reason,
    }
    event_id = tx.emit(Draft("NilReported", payload, tx.now, SAID), "submissions", region=tx.me.region)
    _keep(tx, payload, event_id, (tx.now_ms, tx.author))
    return event_id


def _keep(tx: UnitOfWork, payload: Mapping[str, Any], event_id: bytes, said: tuple[int, str]) -> None:
    row = {**payload, "withdrawn": int(payload["withdrawn"]), "event_id": event_id, "said_at": said[0], "said_by": said[1]}
    tx.put(tx.of(QualityTables).nils, row, newer="revision")


def own_nil_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: what this contact point had said stays said."""
    _keep(tx, event.payload, event.event_id, (to_ms(event.occurred_at), event.author))


# --- at the office ----------------------------------------------------------------------------------------------------------


def on_nil_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep what a contact point says of a month; an older revision changes nothing. Raises HandlerRefused."""
    told = event.payload
    if tx.members.get(event.issuer).country != told["administration"]:
        raise HandlerRefused(
            phrase("{issuer} does not report for {administration}.", issuer=event.issuer, administration=told["administration"][:2])
        )
    fits = len(told["section"]) <= MAX_SECTION_CHARACTERS and len(told["reason"]) <= MAX_REASON_CHARACTERS
    if not is_month(told["month"]) or not fits or not 0 < told["revision"] <= LAST_REVISION:
        raise HandlerRefused(phrase("A nil report is beyond its bounds: month, section, reason or revision."))
    if number_of_month(told["month"]) >= number_of(event.occurred_at.date()):
        raise HandlerRefused(
            phrase("{month} was not over when {issuer} said that it brought nothing.", month=told["month"], issuer=event.issuer)
        )
    _keep(tx, told, event.event_id, (to_ms(event.occurred_at), event.author))


def list_nils(tx: UnitOfWork, administrations: Sequence[str]) -> list[dict[str, Any]]:
    """Every nil report of these, latest month first, with what became of it: stands, withdrawn, contradicted by cases."""
    table = tx.of(QualityTables).nils
    order = (table.c.month.desc(), table.c.administration, table.c.section)
    rows = tx.rows(select(table).where(table.c.administration.in_(administrations)).order_by(*order))
    return [_record(tx, row) for row in rows]


def _record(tx: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    cases = months_with_cases(tx, [row["administration"]], span_of(row["month"]), row["section"]).get(row["administration"], {})
    count = cases.get(row["month"], 0)
    state = "withdrawn" if row["withdrawn"] else "contradicted" if count else "stands"
    return {
        **{name: row[name] for name in ("administration", "month", "section", "revision", "reason", "said_by")},
        "state": state,
        "cases": count,
        "said_at": from_ms(row["said_at"]),
        "event_id": bytes(row["event_id"]).hex(),
    }


def reason_screen(payload: Mapping[str, Any]) -> str:
    """Why a text must not leave, naming field and reason but never the value; empty when nothing was found."""
    return fields_told(("reason", reason) for reason in screen_text(payload["reason"]))
