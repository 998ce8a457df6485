"""What an office does with its rule switches, each in the transaction of a permitted action: propose, discard, release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.nominal import screen_text
from enforcement.seizures.nominal.reasons import seeming
from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.rules.switches import AS_IS, USUAL_WEIGHT, Switch, refusals
from enforcement.seizures.switching import (
    MAX_REASON,
    SwitchTables,
    day_of,
    highest_proposal,
    keep,
    newest,
    read,
    written,
)
from liaison.access.permissions import ensure_other_person
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork

TOPIC: Final = "reference"
OPEN: Final = "open"
RELEASED: Final = "released"
DISCARDED: Final = "discarded"
LEAST_REASON: Final = 10


class NotAnOffice(LiaisonError):  # noqa: N818 - named for the state
    """Rule switches are set by the office in charge."""

    code = "rules.not-an-office"
    next_step = "Ask your office; `liaison rules switches show` says what holds here."


class SwitchRefused(LiaisonError):  # noqa: N818 - named for what happened
    """The switches cannot be set so."""

    code = "rules.switch-refused"
    next_step = "See `liaison rules list`: what is not overridable has no switch, but any rule has a weight (0 to 1000 per cent)."


class SwitchReasonUnfit(LiaisonError):  # noqa: N818 - named for the state
    """The reason for switching cannot be sent."""

    code = "rules.switch-reason"
    next_step = f"Say why in one line of {LEAST_REASON} to {MAX_REASON} characters that names nobody; every contact point reads it."


class NoSwitchProposal(LiaisonError):  # noqa: N818 - named for the state
    """No change of rule switches is proposed."""

    code = "rules.no-proposal"
    next_step = "Propose one with `liaison rules switches set CODE --state off --reason TEXT`."


class SwitchesMovedOn(LiaisonError):  # noqa: N818 - named for the state
    """Another edition was released after this change was proposed."""

    code = "rules.switches-moved-on"
    next_step = "Discard the proposal with `liaison rules switches discard`, look at `show`, and propose it anew."


@dataclass(frozen=True, slots=True)
class Change:
    """What is proposed: these rules so (or as shipped again, where they are cleared), from a day on, for a reason."""

    reason: str
    valid_from: date | None = None
    set: Sequence[Switch] = ()
    clear: Sequence[str] = ()
    clear_all: bool = False


def propose(tx: UnitOfWork, change: Change) -> dict[str, Any]:
    """Add a change to the open proposal, or begin one upon the newest edition; the proposal as it is now.

    Raises NotAnOffice, SwitchRefused, SwitchReasonUnfit.
    """
    _ensure_office(tx)
    reason = fit_reason(change.reason)
    present = _open(tx)
    base = newest(tx, tx.node)
    row = dict(present) if present is not None else _begin(tx, base)
    day = change.valid_from or (day_of(row) if present is not None else tx.now.date())
    _ensure_day(tx, day, base)
    before = {one.code: one for one in ([] if change.clear_all else read(row["switches"]))}
    made = _changed(before, change)
    editors = " ".join(dict.fromkeys([*row["editors"].split(), tx.author]))
    row |= {"valid_from": day.isoformat(), "reason": reason, "switches": written(made), "editors": editors, "changed_at": tx.now_ms}
    tx.put(tx.of(SwitchTables).proposals, row)
    tx.flush()
    return proposal_record(row)


def fit_reason(text: str) -> str:
    """A reason that may be sent. Raises SwitchReasonUnfit."""
    reason = " ".join(text.split())
    if not LEAST_REASON <= len(reason) <= MAX_REASON or not reason.isprintable():
        raise SwitchReasonUnfit(phrase("The reason has {reason} characters, or one that cannot be printed.", reason=len(reason)))
    for found in screen_text(reason):
        raise SwitchReasonUnfit(phrase("reason: it seems to contain {found}; take it out, there is no override.", found=seeming(found)))
    return reason


def _ensure_office(tx: UnitOfWork) -> None:
    if tx.me.kind == "ncp":
        raise NotAnOffice(phrase("{node} is a contact point; its rules are switched by {office}.", node=tx.node, office=tx.me.office))


def _ensure_day(tx: UnitOfWork, day: date, base: RowMapping | None) -> None:
    if day < tx.now.date():
        raise SwitchRefused(phrase("{day} is past; switches hold from today ({now}) or a later day on.", day=day, now=tx.now.date()))
    if base is not None and day < day_of(base):
        raise SwitchRefused(
            phrase(
                "Edition {edition} begins on {valid_from}; what follows it cannot begin earlier.",
                edition=base["edition"],
                valid_from=base["valid_from"],
            )
        )


def _begin(tx: UnitOfWork, base: RowMapping | None) -> dict[str, Any]:
    return {
        "number": highest_proposal(tx) + 1,
        "state": OPEN,
        "base": 0 if base is None else base["edition"],
        "switches": "[]" if base is None else base["switches"],
        "editors": "",
        "decided_by": "",
    }


def _changed(before: Mapping[str, Switch], change: Change) -> list[Switch]:
    """The switches after a change; one that says nothing is none. Raises SwitchRefused."""
    for code in change.clear:
        if code not in before:
            raise SwitchRefused(phrase("{code!r} is not switched.", code=code))
    after = {code: one for code, one in before.items() if code not in change.clear} | {one.code: one for one in change.set}
    wrong = refusals(change.set, BY_CODE)
    if wrong:
        raise SwitchRefused(" ".join(wrong[:3]))
    return [one for one in after.values() if (one.state, one.weight) != (AS_IS, USUAL_WEIGHT)]


def release(tx: UnitOfWork) -> dict[str, Any]:
    """Sign the open proposal as the office's next edition; what was released. The person acting must not have written in it.

    Raises NotAnOffice, NoSwitchProposal, SamePerson, SwitchesMovedOn, SwitchRefused.
    """
    _ensure_office(tx)
    row = required(tx)
    for editor in row["editors"].split() or [""]:
        ensure_other_person(editor, tx.author)
    base = newest(tx, tx.node)
    edition = 0 if base is None else base["edition"]
    if edition != row["base"]:
        raise SwitchesMovedOn(
            phrase("Edition {edition} was released after this change of edition {base} was proposed.", edition=edition, base=row["base"])
        )
    day = max(day_of(row), tx.now.date())  # a proposal that waited past its day begins today: nothing is switched in the past
    switches = [{"code": one.code, "state": one.state, "weight": one.weight} for one in read(row["switches"])]
    payload = {
        "office": tx.node,
        "edition": edition + 1,
        "valid_from": day,
        "set_at": tx.now,
        "reason": row["reason"],
        "switches": switches,
    }
    author = row["editors"].split()[0]
    draft = Draft("RuleSwitchesSet", payload, tx.now, Handling("CLEAR"), author=author, releaser=tx.author)
    keep(tx, payload, tx.emit(draft, TOPIC), (author, tx.author))
    _decide(tx, row, RELEASED)
    return {**payload, "author": author, "releaser": tx.author}


def discard(tx: UnitOfWork) -> dict[str, Any]:
    """End the open proposal without releasing it. Raises NoSwitchProposal."""
    row = required(tx)
    _decide(tx, row, DISCARDED)
    return proposal_record({**row, "state": DISCARDED, "decided_by": tx.author})


def _decide(tx: UnitOfWork, row: RowMapping, state: str) -> None:
    tx.put(tx.of(SwitchTables).proposals, {**row, "state": state, "decided_by": tx.author, "changed_at": tx.now_ms})


def _open(tx: UnitOfWork) -> RowMapping | None:
    table = tx.of(SwitchTables).proposals
    return tx.one(select(table).where(table.c.state == OPEN).order_by(table.c.number.desc()).limit(1))


def required(tx: UnitOfWork) -> RowMapping:
    """The open proposal. Raises NoSwitchProposal."""
    row = _open(tx)
    if row is None:
        raise NoSwitchProposal
    return row


def proposed(tx: UnitOfWork) -> dict[str, Any] | None:
    """The open proposal as a record, or None."""
    row = _open(tx)
    return None if row is None else proposal_record(row)


def proposal_record(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """A proposal as JSON shows it."""
    switches: Iterable[Switch] = read(row["switches"])
    return {
        "number": row["number"],
        "state": row["state"],
        "base": row["base"],
        "valid_from": row["valid_from"],
        "reason": row["reason"],
        "switches": [{"code": one.code, "state": one.state, "weight": one.weight} for one in switches],
        "editors": row["editors"].split(),
        "changed_at": from_ms(row["changed_at"]),
        "decided_by": row["decided_by"],
    }
