"""What passes by rule, what an officer looks at all the same, and by when: the office's policies, by contact point and section.

A policy names what it changes; the rest comes from the next wider one: contact point and section, contact point, section, all,
and at last the standing policy below. Policies are rows with dates: what was in force when a verdict was given can be told later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from enforcement.seizures.rules import BY_CODE, ERROR, WARNING
from enforcement.verification.store import VerificationTables
from liaison.node.bulk import ensure_fits
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.rules import Finding
    from liaison.node.work import UnitOfWork

PRODUCTION: Final = "production"
STANDING_SHARE: Final = 0.02  # in production; in training nobody sits there to look
STANDING_DAYS: Final = 5
MOST_DAYS: Final = 365
PERCENT: Final = 100
NONE: Final = "none"
# An error that may be overridden is among them: the office may have switched it to a warning. As an error it always blocks.
MAY_PASS: Final = frozenset(rule.code for rule in BY_CODE.values() if rule.severity == WARNING or rule.overridable)
_MEMO: Final = "verification policies"
Scope = tuple[str, str]  # administration and section, empty: every one


class NoPolicy(LiaisonError):  # noqa: N818 - named for the state
    """There is no policy of this scope to clear."""

    code = "verification.no-policy"
    next_step = "See `liaison verification policy list`."


class PolicyUnfit(LiaisonError):  # noqa: N818 - named for the state
    """This is no setting of a policy."""

    code = "verification.policy-unfit"
    next_step = "Correct it; nothing was set."

    def __init__(self, field: str, text: str) -> None:
        """`field`: of SETTINGS."""
        super().__init__(text, field=field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one case. `harmless`: codes of warnings that do not block, a late report is not a wrong one; `share`: of what
    would pass by rule, how much an officer looks at before it is weighed by risk, 0 to 1; `numbers`: the rows it is made of.
    """

    harmless: frozenset[str] = frozenset({"date.too-old"})
    share: float = 0.0
    target_days: int = STANDING_DAYS
    by_rule: bool = True
    numbers: tuple[int, ...] = ()

    def blocking(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that keep a case from passing by rule: these wait for an officer."""
        return [finding for finding in findings if finding.severity == ERROR or finding.code not in self.harmless]

    def settings(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"harmless": sorted(self.harmless), "share": self.share, "target_days": self.target_days, "by_rule": self.by_rule}


SETTINGS: Final = tuple(one.name for one in fields(Policy) if one.name != "numbers")


class Policies:
    """The policies in force at one moment."""

    def __init__(self, rows: Sequence[RowMapping], standing: Policy) -> None:
        """`rows`: of the table, one a scope."""
        self._rows = {(row["administration"], row["section"]): row for row in rows}
        self._standing = standing
        self._made: dict[tuple[str, tuple[str, ...]], Policy] = {}

    def __bool__(self) -> bool:
        """Whether the office has set any."""
        return bool(self._rows)

    def of(self, administration: str, sections: Sequence[str]) -> Policy:
        """What holds for a case with lines in these sections: of several, the strictest of each setting."""
        if not self._rows:
            return self._standing
        key = (administration, tuple(sections))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = _strictest([self._one(administration, section) for section in key[1] or ("",)])
        return found

    def _one(self, administration: str, section: str) -> Policy:
        values, numbers = self._standing.settings(), []
        for scope in dict.fromkeys((("", ""), ("", section), (administration, ""), (administration, section))):
            row = self._rows.get(scope)
            if row is not None:
                values |= json.loads(row["settings"])
                numbers.append(row["number"])
        return Policy(frozenset(values["harmless"]), values["share"], values["target_days"], values["by_rule"], tuple(numbers))


def _strictest(found: Sequence[Policy]) -> Policy:
    if len(found) == 1:
        return found[0]
    return Policy(
        frozenset.intersection(*(one.harmless for one in found)),
        max(one.share for one in found),
        min(one.target_days for one in found),
        all(one.by_rule for one in found),
        tuple(dict.fromkeys(number for one in found for number in one.numbers)),
    )


def standing(tx: UnitOfWork) -> Policy:
    """What holds where the office has set nothing: a small share in production, none in training."""
    return Policy(share=STANDING_SHARE if tx.members.environment == PRODUCTION else 0.0)


def policies(tx: UnitOfWork) -> Policies:
    """Those in force now; read once a group of events."""
    found: Policies | None = tx.memo.get(_MEMO)
    if found is None:
        found = tx.memo[_MEMO] = policies_at(tx, tx.now_ms)
    return found


def policies_at(tx: UnitOfWork, milliseconds: int) -> Policies:
    """Those in force at a moment. A later row of a scope hides an earlier one of the same millisecond."""
    table = tx.of(VerificationTables).policies
    in_force = (table.c.set_at <= milliseconds) & ((table.c.ended_at == 0) | (table.c.ended_at > milliseconds))
    return Policies(tx.rows(select(table).where(in_force).order_by(table.c.number)), standing(tx))


def set_policy(tx: UnitOfWork, scope: Scope, settings: Mapping[str, Any]) -> int:
    """Put settings into force at once, on top of those of the same scope; the policy's number. Keys are those of SETTINGS."""
    table = tx.of(VerificationTables).policies
    present = _in_force(tx, scope)
    values = (json.loads(present["settings"]) if present is not None else {}) | dict(settings)
    if present is not None:
        _end(tx, present)
    row = {
        "administration": scope[0],
        "section": scope[1],
        "settings": json.dumps(values, sort_keys=True),
        "set_at": tx.now_ms,
        "set_by": tx.author,
        "ended_at": 0,
        "ended_by": "",
    }
    ensure_fits(table, row)
    tx.execute(insert(table).values(**row))
    made = _in_force(tx, scope)
    tx.memo.pop(_MEMO, None)
    return 0 if made is None else int(made["number"])


def clear_policy(tx: UnitOfWork, scope: Scope) -> int:
    """End the policy of a scope; its number. Raises NoPolicy."""
    present = _in_force(tx, scope)
    if present is None:
        raise NoPolicy(phrase("No policy is set for {scope}.", scope=in_words(scope)))
    _end(tx, present)
    tx.memo.pop(_MEMO, None)
    return int(present["number"])


def _in_force(tx: UnitOfWork, scope: Scope) -> RowMapping | None:
    table = tx.of(VerificationTables).policies
    return tx.one(select(table).where(table.c.administration == scope[0], table.c.section == scope[1], table.c.ended_at == 0))


def _end(tx: UnitOfWork, row: RowMapping) -> None:
    table = tx.of(VerificationTables).policies
    tx.execute(update(table).where(table.c.number == row["number"]).values(ended_at=tx.now_ms, ended_by=tx.author))


def read_share(text: str) -> float | None:
    """A percentage as a person writes it, as a share; None: not given. Raises PolicyUnfit."""
    if not text.strip():
        return None
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= PERCENT:
        raise PolicyUnfit("share", phrase("{text!r} is not a percentage from 0 to 100.", text=text[:40]))
    return percent / PERCENT


def read_harmless(codes: Sequence[str] | None) -> list[str] | None:
    """Warnings that shall not block, NONE for none of them; None: not given. Raises PolicyUnfit."""
    if codes is None:
        return None
    wanted = [] if list(codes) == [NONE] else codes
    for code in wanted:
        if code not in MAY_PASS:
            raise PolicyUnfit("harmless", phrase("{code!r} is none of: {names}.", code=code[:60], names=", ".join(sorted(MAY_PASS))))
    return sorted(set(wanted))


def list_policies(tx: UnitOfWork, *, ended: bool = False) -> list[dict[str, Any]]:
    """Every policy in force as a record, widest first; with `ended` also those that were, by number."""
    table = tx.of(VerificationTables).policies
    query = select(table).order_by(table.c.number) if ended else select(table).where(table.c.ended_at == 0)
    rows = tx.rows(query.order_by(table.c.administration, table.c.section))
    return [policy_record(row) for row in rows]


def policy_record(row: RowMapping) -> dict[str, Any]:
    """As lists and JSON show it: a setting that it does not name is None."""
    settings = json.loads(row["settings"])
    return {
        "number": row["number"],
        "administration": row["administration"],
        "section": row["section"],
        **{name: settings.get(name) for name in SETTINGS},
        "set_at": from_ms(row["set_at"]),
        "set_by": row["set_by"],
        "ended_at": from_ms(row["ended_at"]) if row["ended_at"] else None,
        "ended_by": row["ended_by"],
    }


def in_words(scope: Scope) -> str:
    """A scope as people say it."""
    return ", ".join(part for part in scope if part) or "every contact point and section"
