"""Proposed corrections: an office accepts a version and says what it would change; the contact point takes that up, or declines it.

A proposal changes nothing. It is taken up by a next version that holds its values; what became of it follows from the versions
that are here, so that it is the same whatever order things come in. Only a refusal is said in an event of its own.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.codelists.editions import still_named
from enforcement.seizures.correcting import difference
from enforcement.seizures.fields import set_fields
from enforcement.seizures.ports import PortTables, scope_of
from enforcement.seizures.queries import payload_of
from enforcement.seizures.releases import EVERYBODY, kept_release, say
from enforcement.seizures.rules.retelling import BESIDE, ENGLISH, PROPOSED
from enforcement.seizures.states import UNSIGNED, WITHDRAWN
from enforcement.seizures.store import SeizureTables
from enforcement.seizures.trail import note
from enforcement.verification.store import VerificationTables, version_key
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

OPEN: Final = "open"
ACCEPTED: Final = "accepted"  # a later version holds the proposed values
DECLINED: Final = "declined"
OVERTAKEN: Final = "overtaken"  # a later version holds something else
ENDED: Final = "withdrawn"
STATES: Final = (OPEN, ACCEPTED, DECLINED, OVERTAKEN, ENDED)
ANSWER: Final = Handling(tlp="AMBER")


class NoProposal(LiaisonError):  # noqa: N818 - named for the state
    """No correction of this case waits for an answer."""

    code = "corrections.none"
    next_step = "See `liaison seizures corrections` for those that do."


def remarks_of(told: Mapping[str, Any]) -> str:
    """What a VerdictGiven payload says beside fields, as JSON: its reasons, and each proposed value."""
    said = BESIDE[PROPOSED][ENGLISH]
    proposed = [{"code": PROPOSED, "field": one["field"], "text": said.format(value=one["value"])} for one in told["corrections"]]
    return json.dumps([*told["reasons"], *proposed]) if proposed or told["reasons"] else "[]"


def keep_proposal(tx: UnitOfWork, event_id: bytes, told: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """Keep what a verdict proposes, if it proposes anything; the latest of several counts. `said`: office, author, at (milliseconds)."""
    if not told["corrections"]:
        return
    row = version_key((told["administration"], told["reference"]), told["version"]) | {
        "office": said["office"],
        "verdict_event": event_id,
        "corrections": json.dumps(list(told["corrections"])),
        "proposed_at": said["at"],
        "proposed_by": said["author"],
    }
    tx.put(tx.of(VerificationTables).corrections, row, newer="proposed_at")


def keep_proposal_of(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The same for a signed verdict."""
    said = {"office": event.issuer, "author": event.author, "at": to_ms(event.occurred_at)}
    keep_proposal(tx, event.event_id, event.payload, said)


def decline(tx: UnitOfWork, key: CaseKey, reason: str) -> bytes:
    """At a contact point: tell the office that the open proposal is not accepted; the event's id. Raises NoProposal, EgressRefused."""
    row = open_proposal(tx, key)
    payload = {**version_key(key, row["version"]), "verdict_event": bytes(row["verdict_event"]), "reason": reason}
    event_id = say(tx, Draft("CorrectionDeclined", payload, tx.now, ANSWER), kept_release(tx, key, row["version"]) or EVERYBODY)
    _keep_decline(tx, payload, event_id, (tx.now_ms, tx.author))
    note(tx, key, tx.node, event_id)
    return event_id


def _keep_decline(tx: UnitOfWork, payload: Mapping[str, Any], event_id: bytes, said: tuple[int, str]) -> None:
    key = version_key((payload["administration"], payload["reference"]), payload["version"])
    row = {**key, "event_id": event_id, "reason": payload["reason"], "declined_at": said[0], "declined_by": said[1]}
    tx.keep(tx.of(VerificationTables).declines, row)


def on_correction_declined(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At the office: a contact point does not accept what was proposed. Raises HandlerRefused where nothing was."""
    told = event.payload
    if tx.members.get(event.issuer).country != told["administration"]:
        raise HandlerRefused(
            phrase("{issuer} does not report for {administration}.", issuer=event.issuer, administration=told["administration"])
        )
    table = tx.of(VerificationTables).corrections
    proposed = tx.one(select(table.c.verdict_event).where(*_is(table, told)))
    if proposed is None or bytes(proposed["verdict_event"]) != told["verdict_event"]:
        raise HandlerRefused(
            phrase(
                "{node} proposed no such correction of {reference} version {version}.",
                node=tx.node,
                reference=told["reference"],
                version=told["version"],
            )
        )
    _keep_decline(tx, told, event.event_id, (to_ms(event.occurred_at), event.author))
    note(tx, (told["administration"], told["reference"]), event.issuer, event.event_id)


def own_correction_declined(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore at a contact point: what it had declined stays declined."""
    _keep_decline(tx, event.payload, event.event_id, (to_ms(event.occurred_at), event.author))
    note(tx, (event.payload["administration"], event.payload["reference"]), tx.node, event.event_id)


def _is(table: Any, key: RowMapping | Mapping[str, Any]) -> list[Any]:  # noqa: ANN401 - SQLAlchemy's own types
    return [table.c[name] == key[name] for name in ("administration", "reference", "version")]


DECLINED_BEFORE: Final = {"CorrectionDeclined": own_correction_declined}


# --- what became of them ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed correction as it stands now. `changes`: {field, old, new}, with what follows from them."""

    key: CaseKey
    version: int
    state: str
    row: RowMapping | Mapping[str, Any]
    changes: Sequence[Mapping[str, str]]
    answer: RowMapping | Mapping[str, Any] | None

    @property
    def values(self) -> list[tuple[str, str]]:
        """The proposed values as the office wrote them: (field path, value)."""
        return values_of(self.row)

    def record(self) -> dict[str, Any]:
        """As lists and JSON show it."""
        return {
            **version_key(self.key, self.version),
            "state": self.state,
            "proposed_at": from_ms(self.row["proposed_at"]),
            "proposed_by": f"{self.row['office']} {self.row['proposed_by']}".strip(),
            "changes": list(self.changes),
            "reason": self.answer["reason"] if self.answer is not None else "",
            "declined_at": from_ms(self.answer["declined_at"]) if self.answer is not None else None,
            "declined_by": self.answer["declined_by"] if self.answer is not None else "",
            "verdict_event": bytes(self.row["verdict_event"]).hex(),
        }


def proposals(tx: UnitOfWork, *, administration: str = "", reference: str = "", state: str = "") -> list[Proposal]:
    """Proposed corrections, latest first; empty filters: all. Raises NoSuchEvent when a version's bytes are not here."""
    table, declines = tx.of(VerificationTables).corrections, tx.of(VerificationTables).declines
    query = select(table).where(*_here(tx)).order_by(table.c.proposed_at.desc(), table.c.administration, table.c.reference)
    if administration:
        query = query.where(table.c.administration == administration)
    if reference:
        query = query.where(table.c.reference == reference)
    found = []
    for row in tx.rows(query):
        answer = tx.one(select(declines).where(*_is(declines, row)))
        one = _proposal(tx, row, answer)
        if state in ("", one.state):
            found.append(one)
    return found


def _here(tx: UnitOfWork) -> list[ColumnElement[bool]]:
    """At a port: of the port's own cases."""
    scope, table = scope_of(tx), tx.of(VerificationTables).corrections
    if not scope:
        return []
    drafts = tx.of(PortTables).drafts
    same = (drafts.c.administration == table.c.administration) & (drafts.c.reference == table.c.reference)
    return [select(drafts.c.reference).where(same, drafts.c.port == scope).correlate(table).exists()]


def count_open(tx: UnitOfWork) -> int:
    """How many wait for an answer, without reading what they propose: neither declined, nor withdrawn, nor followed by a signed version."""
    table, declines, versions = tx.of(VerificationTables).corrections, tx.of(VerificationTables).declines, tx.of(SeizureTables).versions
    same = (versions.c.administration == table.c.administration) & (versions.c.reference == table.c.reference)
    answered = select(declines.c.version).where(*(declines.c[name] == table.c[name] for name in ("administration", "reference", "version")))
    after = select(versions.c.version).where(same, versions.c.version > table.c.version, versions.c.state.not_in(UNSIGNED))
    ended = select(versions.c.version).where(same, versions.c.state == WITHDRAWN)
    query = select(func.count().label("open")).select_from(table).where(~answered.exists(), ~after.exists(), ~ended.exists(), *_here(tx))
    row = tx.one(query)
    return 0 if row is None else int(row["open"])


def open_proposal(tx: UnitOfWork, key: CaseKey) -> RowMapping | Mapping[str, Any]:
    """The row of the proposal that waits for an answer. Raises NoProposal."""
    for one in proposals(tx, administration=key[0], reference=key[1], state=OPEN):
        return one.row
    raise NoProposal(phrase("No correction of {reference} waits for an answer.", reference=key[1]))


def values_of(row: RowMapping | Mapping[str, Any]) -> list[tuple[str, str]]:
    """The proposed values: (field path, value as text) each."""
    return [(one["field"], one["value"]) for one in json.loads(row["corrections"])]


def _proposal(tx: UnitOfWork, row: RowMapping, answer: RowMapping | None) -> Proposal:
    key, versions = (row["administration"], row["reference"]), tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1]) & versions.c.state.not_in(UNSIGNED)
    rows = tx.rows(select(versions).where(where, versions.c.version >= row["version"]).order_by(versions.c.version))
    if not rows or rows[0]["version"] != row["version"]:  # after a restore the proposal may be here before its version
        return Proposal(key, row["version"], OPEN if answer is None else DECLINED, row, [], answer)
    before = payload_of(tx, rows[0])
    state = DECLINED if answer is not None else _became(tx, row, rows)
    after = _with(tx, before, row)
    return Proposal(key, row["version"], state, row, difference(before, after) if after else [], answer)


def _became(tx: UnitOfWork, row: RowMapping, rows: Sequence[RowMapping]) -> str:
    later = [payload_of(tx, one) for one in rows[1:]]
    if any(_with(tx, case, row) == case for case in later):
        return ACCEPTED
    if rows[-1]["state"] == WITHDRAWN:
        return ENDED
    return OVERTAKEN if later else OPEN


def _with(tx: UnitOfWork, case: Mapping[str, Any], row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """A copy with the proposed values; one that does not fit any more (a line fewer) leaves a difference that nothing meets."""
    made: dict[str, Any] = copy.deepcopy(dict(case))
    try:
        set_fields(made, values_of(row), still_named(tx, made["code_list_edition"]))
    except LiaisonError:
        return {}
    return made
