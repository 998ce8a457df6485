"""A table of statistics as a chart, and what the chart shows in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.filter_forms import FIELD_TITLES
from enforcement.statistics.model import ALL, CHRONOLOGICAL, DIMENSIONS, TOTAL
from liaison.console.charts import MOST_ACROSS, MOST_BARS, MOST_LINES, bars, columns, keep, lines, tiles
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.statistics.model import Tabulated
    from liaison.console.charts import Chart
    from liaison.console.words import Words

NAMED: Final = 3  # of the largest, in the words under a chart
DIMENSION_TITLES: Final[Mapping[str, str]] = {
    **{name: FIELD_TITLES[name] for name in DIMENSIONS if name in FIELD_TITLES},
    "office": n_("Office in charge"),
    "month": n_("Month"),
    "quarter": n_("Quarter"),
    "year": n_("Year"),
    "unit": n_("Unit"),
}
TITLES: Final[Mapping[str, str]] = {**DIMENSION_TITLES, ALL: n_("Total")}


def chart_of(found: Tabulated, words: Words) -> Chart | None:
    """The chart that suits the two dimensions; None where there is nothing to draw."""
    table = found.table
    if len(table.rows) < 2:  # noqa: PLR2004 - one bar says nothing
        return None
    titles = words(TITLES[found.row_dimension]), words(TITLES[found.column_dimension])
    measure = words(found.account.measure) + (f" ({found.account.unit})" if found.account.unit else "")
    rows = [(found.label(row), _figure(found, row, TOTAL)) for row in table.rows]
    if found.column_dimension == ALL:
        spec = columns(rows, measure) if found.row_dimension in CHRONOLOGICAL else bars(rows, measure)
        return keep(spec, _summary(found, words), {"label": titles[0], "figure": measure}, words.language)
    in_time = found.row_dimension in CHRONOLOGICAL
    across = [(column, found.label(column)) for column in table.columns[: MOST_LINES if in_time else MOST_ACROSS]]
    down = [(row, found.label(row)) for row in (table.rows if in_time else table.rows[:MOST_BARS])]
    cells = [(label, name, _figure(found, row, column)) for row, label in down for column, name in across]
    names = [name for _, name in across]
    if in_time:
        told = {"label": titles[0], "name": titles[1], "figure": measure}
        return keep(lines(cells, measure, names), _summary(found, words), told, words.language)
    spec = tiles([one for one in cells if one[2]], ([label for label, _ in rows], names))
    return keep(spec, _summary(found, words), {"row": titles[0], "column": titles[1], "figure": measure}, words.language)


def _figure(found: Tabulated, row: str, column: str) -> float:
    told = found.told(row, column)
    return 0.0 if isinstance(told, str) else float(told)


def _summary(found: Tabulated, words: Words) -> str:
    """The largest rows with their shares, and how many rows are not in the picture."""
    table = found.table
    total = float(table.total) or 1.0
    ranked = sorted(table.rows, key=lambda row: -_figure(found, row, TOTAL))[:NAMED]
    told = [(found.label(row), table.row_totals.get(row, 0), _figure(found, row, TOTAL) / total) for row in ranked]
    shares = [f"{label} {words.number(figure)} ({words.percent(share)})" for label, figure, share in told]
    said = words("Most: {rows}. In all {total}.", rows=", ".join(shares), total=words.number(table.total))
    if found.row_dimension not in CHRONOLOGICAL and len(table.rows) > MOST_BARS:
        said += " " + words("The picture shows the first {shown} of {all}.", shown=MOST_BARS, all=len(table.rows))
    return said
