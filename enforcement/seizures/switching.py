"""Rule switches of an office on their way: proposed by one person, released by another, signed, kept and asked for at every node.

An edition is whole: it says every rule that the office wants otherwise than shipped, and of those that have begun the highest holds
alone. An office signs its own; they hold for itself and for its contact points (decision 33).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text, func, select

from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.rules.switches import NONE, Switch, Switches, applied, refusals
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import MetaData, RowMapping

    from enforcement.seizures.rules import Finding
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

MAX_REASON: Final = 400
MAX_SWITCHES: Final = 400
MAX_CODE: Final = 64
_MEMO: Final = "rule switches in force"


@dataclass(frozen=True, slots=True)
class SwitchTables:
    """Editions that were released, of every office; and what is proposed here."""

    editions: Table
    proposals: Table


def switch_tables(metadata: MetaData) -> SwitchTables:
    """Declare the tables in this MetaData. Days are ISO text, times milliseconds since 1970 UTC, 0: not yet."""
    return SwitchTables(
        Table(
            "rule_switches",
            metadata,
            Column("office", String(40), primary_key=True),
            Column("edition", Integer, primary_key=True, autoincrement=False),
            Column("valid_from", String(10), nullable=False),
            Column("set_at", BigInteger, nullable=False),
            Column("event_id", LargeBinary(16), nullable=False),
            Column("author", String(40), nullable=False),
            Column("releaser", String(40), nullable=False),
            Column("reason", String(MAX_REASON), nullable=False),
            Column("switches", Text, nullable=False),  # JSON array of {code, state, weight}
        ),
        Table(
            "rule_switch_proposals",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("state", String(10), nullable=False),  # open, released, discarded
            Column("base", Integer, nullable=False),  # the edition it changes; 0: the rules as shipped
            Column("valid_from", String(10), nullable=False),
            Column("reason", String(MAX_REASON), nullable=False),
            Column("switches", Text, nullable=False),
            Column("editors", Text, nullable=False),  # pseudonymous ids of all who wrote in it, separated by blanks
            Column("changed_at", BigInteger, nullable=False),
            Column("decided_by", String(40), nullable=False),
        ),
    )


# --- what holds ---------------------------------------------------------------------------------------------------------


def office_of(tx: UnitOfWork) -> str:
    """The office whose switches hold at this node: its own, or of a contact point the one in charge."""
    return tx.me.office if tx.me.kind == "ncp" else tx.node


def switches_now(tx: UnitOfWork) -> Switches:
    """The switches that hold at this node; read once a group of events, and only when somebody asks."""
    found: Switches | None = tx.memo.get(_MEMO)
    if found is None:
        found = tx.memo[_MEMO] = switches_at(tx, office_of(tx), tx.now_ms)
    return found


def switched(tx: UnitOfWork, findings: list[Finding]) -> list[Finding]:
    """Findings as the office in charge sees them. Without findings nothing is asked."""
    return applied(findings, switches_now(tx)) if findings else findings


def switches_at(tx: UnitOfWork, office: str, milliseconds: int) -> Switches:
    """The switches of an office that held at a moment."""
    row = _begun(tx, office, milliseconds)
    return NONE if row is None else Switches({one.code: one for one in read(row["switches"])}, row["edition"])


def _begun(tx: UnitOfWork, office: str, milliseconds: int) -> RowMapping | None:
    table, day = tx.of(SwitchTables).editions, from_ms(milliseconds).date().isoformat()
    query = select(table).where(table.c.office == office, table.c.valid_from <= day, table.c.set_at <= milliseconds)
    return tx.one(query.order_by(table.c.edition.desc()).limit(1))


def newest(tx: UnitOfWork, office: str) -> RowMapping | None:
    """The office's edition with the highest number, whether its day has come or not."""
    table = tx.of(SwitchTables).editions
    return tx.one(select(table).where(table.c.office == office).order_by(table.c.edition.desc()).limit(1))


def edition_rows(tx: UnitOfWork, office: str = "") -> list[dict[str, Any]]:
    """Every edition that is known here, of an office or of all, latest first, with whether it holds now."""
    table = tx.of(SwitchTables).editions
    query = select(table).order_by(table.c.office, table.c.edition.desc())
    rows = tx.rows(query.where(table.c.office == office) if office else query)
    holds = {row["office"]: begun["edition"] for row in rows if (begun := _begun(tx, row["office"], tx.now_ms)) is not None}
    return [_record(row, holds=holds.get(row["office"]) == row["edition"]) for row in rows]


def _record(row: RowMapping, *, holds: bool) -> dict[str, Any]:
    names = ("office", "edition", "valid_from", "reason", "author", "releaser")
    said = {name: row[name] for name in names}
    return {**said, "set_at": from_ms(row["set_at"]), "holds": holds, "switches": json.loads(row["switches"])}


def read(text: str) -> list[Switch]:
    """Switches as the tables keep them."""
    return [Switch(one["code"], one["state"], one["weight"]) for one in json.loads(text)]


def written(switches: Sequence[Switch]) -> str:
    """Switches as the tables keep them, by code."""
    return json.dumps([{"code": one.code, "state": one.state, "weight": one.weight} for one in sorted(switches, key=lambda one: one.code)])


# --- what arrives -------------------------------------------------------------------------------------------------------


def on_rule_switches_set(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep an edition of an office's switches; of two with one number that which was released first stands. Raises HandlerRefused."""
    told = event.payload
    wrong = _unfit(event.issuer, told)
    if wrong:
        raise HandlerRefused(wrong)
    keep(tx, told, event.event_id, (event.author, event.releaser))


def _unfit(issuer: str, told: Mapping[str, Any]) -> str:
    """What is wrong with an edition, whoever sent it; empty when nothing is. A rule of newer software than ours is let be."""
    if told["office"] != issuer:
        return f"{issuer} cannot set the rule switches of {told['office'][:40]}."
    if told["edition"] < 1 or len(told["reason"]) > MAX_REASON or not told["reason"].isprintable() or len(told["switches"]) > MAX_SWITCHES:
        return "The edition of rule switches is beyond its bounds: number, reason or how many."
    switches = [Switch(one["code"], one["state"], one["weight"]) for one in told["switches"]]
    if any(len(one.code) > MAX_CODE or not one.code.isprintable() for one in switches):
        return "A rule switch names no rule."
    known = refusals([one for one in switches if one.code in BY_CODE], BY_CODE)
    return " ".join(known[:3])


def keep(tx: UnitOfWork, told: Mapping[str, Any], event_id: bytes, people: tuple[str, str]) -> None:
    """Keep an edition that was found right; the same one twice changes nothing."""
    table = tx.of(SwitchTables).editions
    key = {"office": told["office"], "edition": told["edition"]}
    present = tx.one(select(table.c.set_at, table.c.event_id).where(*(table.c[name] == value for name, value in key.items())))
    at = to_ms(told["set_at"])
    if present is not None and (present["set_at"], bytes(present["event_id"])) <= (at, event_id):
        return
    said = {"valid_from": told["valid_from"].isoformat(), "set_at": at, "event_id": event_id, "reason": told["reason"]}
    switches = [Switch(one["code"], one["state"], one["weight"]) for one in told["switches"]]
    tx.put(table, {**key, **said, "author": people[0], "releaser": people[1], "switches": written(switches)})
    tx.flush()
    tx.memo.pop(_MEMO, None)


def highest_proposal(tx: UnitOfWork) -> int:
    """The number of the last proposal; 0 when there was none."""
    table = tx.of(SwitchTables).proposals
    row = tx.one(select(func.max(table.c.number).label("last")))
    return int(row["last"] or 0) if row is not None else 0


def day_of(row: RowMapping | Mapping[str, Any]) -> date:
    """The first day of an edition or proposal."""
    return date.fromisoformat(row["valid_from"])


RECEIVING_SWITCHES: Final = {"RuleSwitchesSet": on_rule_switches_set}
SWITCHED_BEFORE: Final = {"RuleSwitchesSet": on_rule_switches_set}
