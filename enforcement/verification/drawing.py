"""The draw: of what would pass by rule, a share waits for an officer, more of what is riskier.

The number drawn for a report is HMAC-SHA-256 of its event id under a secret of the office, as a fraction: nobody who reports can
foresee it, and an office that is restored draws the same again. A report waits when its number is below share times weight.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.seizures.rows import micro
from enforcement.seizures.rules.switches import USUAL_WEIGHT, risk
from enforcement.seizures.states import VALIDATED
from enforcement.seizures.store import SeizureTables
from enforcement.seizures.switching import switches_now
from enforcement.verification.store import VerificationTables
from liaison.protocol.errors import joined
from liaison.protocol.recognizing import recognized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.rules import Finding
    from enforcement.verification.policy import Policy
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

OFFICER: Final = "officer"
SAMPLE: Final = "sample"
MILLION: Final = 1_000_000

# Weights multiply, up to the most. docs/verification.md has the same table.
MOST_WEIGHT: Final = 10
NEW_REPORTER, NEW_REPORTER_CASES = 3, 50  # fewer validated cases of this administration than so many
RARE, RARE_LINES = 3, 5  # fewer lines of this commodity here than so many
LARGE, LARGE_FROM_LINES, LARGE_OF_LINES = 3, 20, 200  # more than all but one in twenty of up to so many lines of its commodity and unit
LARGE_SHARE: Final = 0.95


def n_(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


# Why a case was drawn, as it is kept: in English, known again where it is shown.
BY_POLICY: Final = n_("the policy lets nothing pass by rule")
AT_RANDOM: Final = n_("at random")
REPORTER, COMMODITY, QUANTITY = n_("new reporter"), n_("rare commodity"), n_("large quantity")
WARNED: Final = n_("warned of {code}")
REASONS: Final = (BY_POLICY, AT_RANDOM, REPORTER, COMMODITY, QUANTITY, WARNED)
BETWEEN: Final = ", "

DRAW_KEY: Final = "draw"
SECRET_BYTES: Final = 32
_SEEN: Final = "verification: what was seen of a reporter or commodity"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Why a version without blocking findings waits, with what chance, and the method of the verdict to come."""

    method: str
    chance: float
    why: str


def draw(tx: UnitOfWork, event: VerifiedEvent, policy: Policy, findings: Sequence[Finding]) -> Drawn | None:
    """Whether a report that would pass by rule waits for an officer instead."""
    if not policy.by_rule:
        return Drawn(OFFICER, 1.0, BY_POLICY)
    if not policy.share:
        return None
    number = drawn_number(secret(tx), event.event_id)
    if number >= policy.share * MOST_WEIGHT:
        return None
    weight, why = weigh(tx, event.payload["case"], findings)
    chance = min(1.0, policy.share * weight)
    return Drawn(SAMPLE, chance, BETWEEN.join(why) or AT_RANDOM) if number < chance else None


def why_told(why: str) -> str:
    """What is kept of why a case was drawn, said again: each reason apart, so that a page can say it in the reader's language."""
    return joined((recognized(one, REASONS) or one for one in why.split(BETWEEN)), BETWEEN)


def drawn_number(key: bytes, event_id: bytes) -> float:
    """From 0 to 1, the same for the same report."""
    return int.from_bytes(hmac.digest(key, event_id, "sha256")[:8], "big") / 2**64


def secret(tx: UnitOfWork) -> bytes:
    """The office's key of the draw; made when first needed."""
    found: bytes | None = tx.memo.get(DRAW_KEY)
    if found is None:
        table = tx.of(VerificationTables).secrets
        row = tx.one(select(table.c.secret).where(table.c.name == DRAW_KEY))
        found = bytes(row["secret"]) if row is not None else tx.around.random.bytes(SECRET_BYTES)
        if row is None:
            tx.insert(table, {"name": DRAW_KEY, "secret": found})
        tx.memo[DRAW_KEY] = found
    return found


def weigh(tx: UnitOfWork, case: Mapping[str, Any], findings: Sequence[Finding]) -> tuple[float, list[str]]:
    """How much likelier than others a case is to be looked at, and why."""
    weight, why = 1.0, list[str]()
    if _validated(tx, case["administration"]) < NEW_REPORTER_CASES:
        weight, why = weight * NEW_REPORTER, [*why, REPORTER]
    if any(len(_amounts(tx, line["commodity"], "")) < RARE_LINES for line in case["lines"]):
        weight, why = weight * RARE, [*why, COMMODITY]
    warned = risk(findings, switches_now(tx)) / USUAL_WEIGHT if findings else 0
    if warned:
        weight, why = weight * (1 + warned), [*why, WARNED.format(code=findings[0].code)]
    if any(_is_large(tx, line) for line in case["lines"]):
        weight, why = weight * LARGE, [*why, QUANTITY]
    return min(weight, MOST_WEIGHT), why


def _is_large(tx: UnitOfWork, line: Mapping[str, Any]) -> bool:
    first = next(iter(line["quantities"]), None)
    if first is None:
        return False
    converted = first["converted_unit"]
    unit, amount = (converted, first["converted_amount"]) if converted else (first["unit"], first["amount"])
    known = _amounts(tx, line["commodity"], unit)
    return len(known) >= LARGE_FROM_LINES and micro(amount) > known[int(len(known) * LARGE_SHARE)]


def _validated(tx: UnitOfWork, administration: str) -> int:
    """Validated versions of an administration, as far as the threshold."""
    seen = _seen(tx)
    if administration not in seen:
        versions = tx.of(SeizureTables).versions
        some = select(versions.c.reference).where(versions.c.administration == administration, versions.c.state == VALIDATED)
        row = tx.one(select(func.count().label("found")).select_from(some.limit(NEW_REPORTER_CASES).subquery()))
        seen[administration] = 0 if row is None else row["found"]
    return int(seen[administration])


def _amounts(tx: UnitOfWork, commodity: str, unit: str) -> list[int]:
    """Amounts of lines of a commodity (and unit), in millionths, smallest first: some, not all of them."""
    seen = _seen(tx)
    if (commodity, unit) not in seen:
        lines = tx.of(SeizureTables).lines
        query = select(lines.c.amount_micro).where(lines.c.commodity == commodity)
        query = query.where(lines.c.unit == unit).limit(LARGE_OF_LINES) if unit else query.limit(RARE_LINES)
        seen[commodity, unit] = sorted(row["amount_micro"] for row in tx.rows(query))
    found: list[int] = seen[commodity, unit]
    return found


def _seen(tx: UnitOfWork) -> dict[object, Any]:
    """What was asked in this group of events: a thousand reports repeat the same few commodities."""
    seen: dict[object, Any] = tx.memo.setdefault(_SEEN, {})
    return seen
