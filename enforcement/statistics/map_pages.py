"""The map: where the cases lie that a search or a table is of, as circles by count on a grid of degrees, and the same numbers beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from enforcement.codelists.model import CodeLists
from enforcement.codelists.places import known_names
from enforcement.seizures.filter_forms import FIELD_TITLES, chips, read_form
from enforcement.seizures.filters import FIELDS, BadFilter
from enforcement.seizures.search_pages import catch_up
from enforcement.statistics.maps import MOST_CELLS, mapped
from enforcement.statistics.protecting import LIMIT
from liaison.console.charts import keep
from liaison.console.maps import NARROW, WIDTH, Named, Point, point_map
from liaison.console.pages import BadForm, Page, Place, Shown
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.statistics.maps import Cell, Mapped
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words

PATH: Final = "/map"
READ: Final = "statistics.read"
AREA: Final = ("near", "within", "box")
OCEANS: Final = 5  # the first of SEAS: what a small picture has room for
NAMED: Final = 3  # of the largest cells, in the words under the map
MOST_PLACES: Final = 3  # named of a cell
MOST_IN_FILTER: Final = 60
SEAS: Final = (  # where a name stands, not where anything ends
    (-14.0, -140.0, n_("Pacific Ocean")),
    (28.0, -45.0, n_("Atlantic Ocean")),
    (-28.0, 80.0, n_("Indian Ocean")),
    (-66.0, 20.0, n_("Southern Ocean")),
    (81.0, 0.0, n_("Arctic Ocean")),
    (14.5, -72.0, n_("Caribbean Sea")),
    (35.0, 18.0, n_("Mediterranean Sea")),
    (14.0, 65.0, n_("Arabian Sea")),
    (56.0, 3.0, n_("North Sea")),
)


def map_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (Page("GET", PATH, READ, show_map, Place("figures", n_("Map"), 12)),)


def show_map(visit: Visit) -> Reply:
    """What counts now and fits the filters, on the map."""
    behind = catch_up(visit.desk, READ)
    with visit.desk.looking(READ) as tx:
        form = read_form(visit, tx, ())
        try:
            found = mapped(tx, form.wanted)
        except BadFilter as error:
            raise BadForm(visit.words.explained(error).sentence) from None
        lists, names = tx.of(CodeLists), known_names(tx, {code for cell in found.cells for code in cell.places})
    elsewhere = [(name, value) for name, value in form.pairs() if name not in AREA]
    rows = [_row(cell, (lists, names), elsewhere, visit.words) for cell in found.cells]
    data: dict[str, Any] = {
        "form": form,
        "here": form.address(PATH),
        "found": found,
        "rows": rows,
        "chart": _chart(found, visit.words) if found.cells else None,
        "small": _chart(found, visit.words, NARROW) if found.cells else None,
        "summary": _summary(found, visit.words),
        "chips": chips(form, PATH, lists, visit.words),
        "fields": [(name, title, name in FIELDS and FIELDS[name]) for name, title in FIELD_TITLES.items()],
        "behind": behind,
        "limit": LIMIT,
        "most": MOST_CELLS,
        "query": urlencode(form.pairs()),
    }
    return Shown("enforcement.statistics/map.html", data)


def _row(cell: Cell, known: tuple[CodeLists, dict[str, str]], elsewhere: list[tuple[str, str]], words: Words) -> dict[str, Any]:
    """A line of the table: its cases are found by their area, or, where none has coordinates of its own, by their places."""
    lists, names = known
    box = ("box", f"{cell.south},{cell.west},{cell.south + cell.size},{cell.west + cell.size}")
    by_place = ("f", f"place={','.join(cell.places[:MOST_IN_FILTER])}")
    return {
        "cell": cell,
        "name": cell_name(cell),
        "told": _told(cell, words),
        "to": urlencode([*elsewhere, box if cell.located or not cell.places else by_place], safe=","),
        "places": [
            (f"{code} {names.get(code, '')}".strip(), urlencode([*elsewhere, ("f", f"place={code}")])) for code in cell.places[:MOST_PLACES]
        ],
        "more": max(0, len(cell.places) - MOST_PLACES),
        "countries": ", ".join(lists.label("countries", code, words.language) for code in cell.countries[:MOST_PLACES]),
    }


def cell_name(cell: Cell) -> str:
    """Its corners: 24-23° S, 47-46° W."""
    south, west = _edge(cell.south, cell.size, "NS"), _edge(cell.west, cell.size, "EW")
    return f"{south}, {west}"


def _edge(start: int, size: int, signs: str) -> str:
    end = start + size
    if start < 0 < end:
        return f"{-start}° {signs[1]} – {end}° {signs[0]}"  # noqa: RUF001 - a dash
    low, high = sorted((abs(start), abs(end)))
    return f"{low}–{high}° {signs[0] if start >= 0 else signs[1]}"  # noqa: RUF001 - a dash


def _told(cell: Cell, words: Words) -> str:
    return words("under {n}", n=LIMIT) if cell.is_small else words.number(cell.cases)


def _chart(found: Mapped, words: Words, width: int = WIDTH) -> Any:  # noqa: ANN401 - a kept chart
    points = [Point(*cell.middle, float(cell.cases), "", cell.is_small) for cell in found.cells]
    seas = [Named(up, along, words(name)) for up, along, name in (SEAS if width == WIDTH else SEAS[:OCEANS])]
    return keep(
        point_map([one._replace(figure=0.0) if one.few else one for one in points], seas, _titles(words), width),
        "",
        language=words.language,
    )


def _titles(words: Words) -> tuple[str, str, str]:
    return words("Cases"), words("under {n}", n=LIMIT), words("Equator")


def _summary(found: Mapped, words: Words) -> str:
    """The map in words, for whoever does not see it."""
    largest = "; ".join(f"{cell_name(cell)}: {_told(cell, words)}" for cell in found.cells[:NAMED])
    return words(
        "{drawn} of {cases} cases in {cells} cells of {size}° lie on the map. Most: {largest}.",
        drawn=words.number(found.drawn),
        cases=words.number(found.cases),
        cells=words.number(len(found.cells)),
        size=found.size,
        largest=largest,
    )
