"""What an officer looks at beside a waiting record: cases near it in place, date and goods; pairs; how its contact point reports."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, text

from enforcement.seizures.duplicates.queries import ALL, PairFilter, list_pairs
from enforcement.seizures.filters import Filter
from enforcement.seizures.search import PageAsked, search
from enforcement.seizures.states import DECLINED, RETURNED, VALIDATED
from enforcement.seizures.store import WITH_REASONS, SeizureTables
from liaison.node.times import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

NEAR_DAYS: Final = 30
SHOWN: Final = 8
PAIRS: Final = 20
BACK_DAYS: Final = 365
LAST: Final = 5
_UNSAID: Final = ("", "unknown", "XX")


def neighbours(tx: UnitOfWork, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Other cases of the same goods at the same place (country, where no place is told) within NEAR_DAYS, the nearest in date first.

    `case`: a payload. As far as search has seen what is here.
    """
    commodities = tuple(dict.fromkeys(line["commodity"] for line in case["lines"] if line["commodity"] not in _UNSAID))
    place = case["place"]
    where = [(name, (place[field],)) for name, field in (("place", "locode"), ("country", "country")) if place[field] not in _UNSAID]
    if not commodities or not where:
        return []
    on: date = case["date"]
    wanted = Filter((("commodity", commodities), where[0]), since=on - timedelta(days=NEAR_DAYS), until=on + timedelta(days=NEAR_DAYS))
    rows = search(tx, wanted, PageAsked(limit=50)).rows
    mine = (case["administration"], case["reference"])
    found = [{**row, "apart": (date.fromisoformat(row["date"]) - on).days} for row in rows]
    others = [row for row in found if (row["administration"], row["reference"]) != mine]
    return sorted(others, key=lambda row: (abs(row["apart"]), row["administration"], row["reference"]))[:SHOWN]


def pairs_of(tx: UnitOfWork, key: CaseKey) -> list[dict[str, Any]]:
    """The pairs that this case is in, whatever was decided, the likeliest first; each with the `other` case."""
    rows = list_pairs(tx, PairFilter(state=ALL, administration=key[0], reference=key[1]), limit=PAIRS)
    found = []
    for row in rows:
        cases = [(one["administration"], one["reference"]) for one in row["cases"]]
        if key in cases:
            other = cases[1 - cases.index(key)]
            found.append({**row, "other": {"administration": other[0], "reference": other[1]}})
    return found


def reporting_of(tx: UnitOfWork, administration: str) -> dict[str, Any]:
    """How a contact point's reports were judged here in BACK_DAYS: verdicts by kind, those by people, returned codes, the last returned.

    {since, validated, returned, declined, by_people, codes: [{code, times}], last: [{reference, decided_at, reasons}]}
    """
    versions = tx.of(SeizureTables).versions
    since = tx.now - timedelta(days=BACK_DAYS)
    where = (versions.c.administration == administration) & (versions.c.decided_at >= to_ms(since)) & (func.length(versions.c.carrier) == 0)
    kind = (versions.c.state, versions.c.method)
    kinds = tx.rows(select(*kind, func.count().label("there")).where(where).group_by(*kind))
    by_state, by_people = Counter[str](), 0
    for row in kinds:
        by_state[row["state"]] += row["there"]
        by_people += row["there"] if row["method"] not in ("", "rule") else 0
    columns = [versions.c[name] for name in ("reference", "version", "decided_at", "reasons")]
    told = tx.rows(select(*columns).where(where, text(WITH_REASONS)).order_by(versions.c.decided_at.desc()).limit(200))
    reasons = [(row, json.loads(row["reasons"])) for row in told]
    codes = Counter(code for _, said in reasons for code in {one["code"] for one in said})
    last = [{"reference": row["reference"], "decided_at": from_ms(row["decided_at"]), "reasons": said} for row, said in reasons[:LAST]]
    counts = {name: by_state[name] for name in (VALIDATED, RETURNED, DECLINED)}
    return {"since": since, **counts, "by_people": by_people, "codes": _most(codes), "last": last}


def _most(codes: Counter[str]) -> Sequence[dict[str, Any]]:
    return [{"code": code, "times": times} for code, times in sorted(codes.items(), key=lambda one: (-one[1], one[0]))[:LAST]]
