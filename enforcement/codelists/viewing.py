"""Editions as lines: what commands and pages show of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from enforcement.codelists.comparing import ADDED, Change
from enforcement.codelists.editions import Editions
from enforcement.codelists.matching import folded
from enforcement.codelists.model import CodeLists
from enforcement.codelists.store import edition_rows
from liaison.node.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from enforcement.codelists.model import Code
    from liaison.node.work import UnitOfWork

    # list -> codes, and whom to tell that more is done -> list -> code -> how many stored cases use it; None: no case has codes of it
    CountUses = Callable[[UnitOfWork, Mapping[str, Sequence[str]], Callable[[int], None]], Mapping[str, Mapping[str, int] | None]]


def edition_lines(tx: UnitOfWork) -> list[dict[str, Any]]:
    """Every edition this node has, by its first day: from, until, whether it is valid today, its hash, when it was released."""
    editions, today = tx.of(Editions), tx.of(CodeLists).edition
    known = editions.by_day()
    released = {row["edition"]: row for row in edition_rows(tx)}
    lines = []
    for number, (begins, name) in enumerate(known):
        row = released.get(name)
        until = date.fromisoformat(known[number + 1][0]) - timedelta(days=1) if number + 1 < len(known) else None
        lines.append(
            {
                "edition": name,
                "valid_from": begins,
                "valid_until": until.isoformat() if until else "",
                "today": name == today,
                "came": "with the package" if row is None else "from the hub",
                "follows": row["previous"] if row else "",
                "released_at": from_ms(row["released_at"]) if row else None,
                "note": row["note"] if row else "",
                "sha256": row["sha256"] if row else "",
            }
        )
    return lines


def list_lines(lists: CodeLists) -> list[dict[str, Any]]:
    """Every list of an edition: how many codes may be used, how many are closed, where it comes from."""
    return [
        {"list": name, "codes": len(codes), "closed": len(lists.closed[name]), "source": lists.sources[name], "edition": lists.edition}
        for name, codes in lists.lists.items()
    ]


def code_lines(lists: CodeLists, name: str, language: str, *, closed: bool) -> list[dict[str, Any]]:
    """The codes of a list with label, parent and what else is spelt so. Raises UnknownListError."""
    lines = [_code_line(entry, language) for entry in lists.codes(name).values()]
    return lines + ([_code_line(entry, language) for entry in lists.closed[name].values()] if closed else [])


def _code_line(entry: Code, language: str) -> dict[str, Any]:
    return {
        "code": entry.code,
        "label": entry.labels.get(language) or entry.labels.get("en", ""),
        "parent": entry.parent,
        "replaced_by": list(entry.replaced_by),
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "labels": dict(entry.labels),
        "also": list(entry.aliases),
    }


def place_lines(lists: CodeLists, text: str) -> list[dict[str, Any]]:
    """Airports and ports known by their codes whose code, UN/LOCODE, country or name is this; all for an empty text."""
    wanted = folded(text)
    return [
        {"code": one.code, "scheme": one.scheme, "locode": one.locode, "country": one.country, "name": one.name}
        for one in lists.places.values()
        if not wanted or wanted in {folded(told) for told in (one.code, one.locode, one.country, one.name)}
    ]


def found_lines(lists: CodeLists, name: str, text: str, language: str) -> list[dict[str, Any]]:
    """The code a text means, or those it may mean or is near to, best first. Raises UnknownListError."""
    found = lists.find(name, text)
    if found is not None:
        how = {"closed": "replaces a closed code"}.get(found.how, found.how)
        return [{"code": found.code, "label": lists.label(name, found.code, language), "found": True, "how": how}]
    return [{"code": code, "label": lists.label(name, code, language), "found": False, "how": "near"} for code in lists.suggest(name, text)]


def change_lines(found: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes between two editions."""
    return [{"list": one.list, "code": one.code, "change": one.kind, "what": one.text} for one in found]


def touched(found: Sequence[Change]) -> dict[str, list[str]]:
    """List -> the codes that differ and were there before: those that cases may use."""
    codes: dict[str, dict[str, None]] = {}
    for one in found:
        if one.kind != ADDED:
            codes.setdefault(one.list, {})[one.code] = None
    return {name: list(changed) for name, changed in codes.items()}


def preview_lines(found: Sequence[Change], uses: Mapping[str, Mapping[str, int] | None]) -> list[dict[str, Any]]:
    """The same with how many stored cases of this node use each code; None for a list whose codes no case has."""
    lines = []
    for line, one in zip(change_lines(found), found, strict=True):
        counted = uses.get(one.list)
        lines.append({**line, "cases_here": 0 if one.kind == ADDED else None if counted is None else counted.get(one.code, 0)})
    return lines
