"""The region: a card for each of its contact points, by name and never by rank, and the regional median of each figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.quality.cards import cards
from enforcement.quality.model import FORMULAS, regional_median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from enforcement.quality.cards import Card
    from enforcement.quality.periods import Span
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

# What a contact point is compared with its region in; the rest is counted only.
COMPARED: Final = tuple(name for name in FORMULAS if name not in {"late bulk", "repeat errors"})
Medians = dict[str, tuple[float | None, int]]


def medians_of(found: Sequence[Card]) -> Medians:
    """Figure -> the regional median and how many members have a value; see `model.regional_median` for when there is none.

    Participation has a value in every ended month, so it is compared in percent of them although months are few.
    """
    values: dict[str, list[float]] = {name: [] for name in COMPARED}
    for card in found:
        for name in COMPARED:
            value = _value(card, name)
            if value is not None:
                values[name].append(value)
    return {name: regional_median(name, told) for name, told in values.items()}


def _value(card: Card, name: str) -> float | None:
    figure = card.figure(name)
    if name == "participation" and figure.of:
        return 100 * (figure.count or 0) / figure.of
    return figure.value


def with_medians(card: Card, medians: Mapping[str, tuple[float | None, int]]) -> Card:
    """The card with the regional median beside each figure that has one."""
    figures = [
        replace(one, region=medians[one.name][0], region_members=medians[one.name][1])
        if one.name in medians and medians[one.name][0] is not None
        else one
        for one in card.figures
    ]
    return replace(card, figures=figures)


def region(
    tx: UnitOfWork, members: Sequence[Member], period: Span, section: str = "", as_of: datetime | None = None
) -> tuple[list[Card], Medians]:
    """The cards of these contact points by node id, with the medians; as of now or of a time."""
    found = cards(tx, members, period, section, as_of)
    medians = medians_of(found)
    return [with_medians(card, medians) for card in found], medians


def region_record(told: tuple[str, Sequence[Card], Medians], as_of: datetime, period: Span, section: str) -> dict[str, Any]:
    """As JSON shows it."""
    office, found, medians = told
    return {
        "office": office,
        "period": period.name,
        "section": section,
        "as_of": as_of,
        "members": len(found),
        "medians": [
            {"figure": name, "formula": f"docs/quality.md {FORMULAS[name].number}", "median": median, "members": count}
            for name, (median, count) in medians.items()
        ],
        "cards": [card.record() for card in found],
    }
