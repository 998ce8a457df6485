"""Charts: the only user of vl_convert. A chart is a Vega-Lite spec that is kept under a hash of what it shows and drawn as SVG when it
is asked for, light and dark, in a thread of its own: the first picture takes seconds, and nobody else waits for it. Whoever wants more of
it opens a page with the runtime that draws it in the browser; that comes from vl_convert too, and is kept in the node's cache.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; dashes and shapes say the same once more.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SCHEMES: Final = ("light", "dark")
MOST_KEPT: Final = 256
MOST_BARS: Final = 20
MOST_LINES: Final = 8
MOST_ACROSS: Final = 10
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8a8f94", "#b3a400")
DASHES: Final = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (1, 3), (10, 3), (3, 1))
_INK: Final[Mapping[str, tuple[str, str, str]]] = {"light": ("#1b2126", "#d3d9de", "#0072B2"), "dark": ("#e6eaed", "#343d44", "#56B4E9")}
_FONT: Final = "DejaVu Sans, Noto Sans, sans-serif"
_WIDTH: Final = 640
_SNIPPET: Final = "window.vegaEmbed = vegaEmbed;"  # all that chart.js asks of the runtime
PICKED: Final = "picked"
FADED: Final = 0.25  # what is not picked
LABEL: Final[Mapping[str, str]] = {"type": "nominal"}
_FIGURES: Final = {"format": ",~f"}  # of an axis: 2,500, not 2.5k
_NUMBERS: Final = {"fr": {"decimal": ",", "thousands": "\N{NARROW NO-BREAK SPACE}"}, "es": {"decimal": ",", "thousands": "."}}
FIGURE: Final[Mapping[str, str]] = {"type": "quantitative", "format": ",.6~r"}
# What can be picked, by kind of chart; the page says what the picked come to together. A spec is drawn without it, too.
ONE_BY_ONE: Final[Mapping[str, Any]] = {"pick": {"select": {"type": "point", "fields": ["label"], "toggle": "true"}}}
A_STRETCH: Final[Mapping[str, Any]] = {"pick": {"select": {"type": "interval", "encodings": ["x"]}}}
BY_NAME: Final[Mapping[str, Any]] = {"pick": {"select": {"type": "point", "fields": ["name"], "toggle": "true"}, "bind": "legend"}}
BY_ROW: Final[Mapping[str, Any]] = {"pick": {"select": {"type": "point", "fields": ["row", "column"], "toggle": "true"}}}


class UnknownChart(LiaisonError):  # noqa: N818 - named for the state
    """This chart is not kept any more."""

    code = "console.unknown-chart"
    next_step = "Reload the page that it belongs to."


@dataclass(frozen=True, slots=True)
class Chart:
    """A kept chart: its address without scheme, what it shows in words, and what its fields are called."""

    name: str
    summary: str
    titles: Mapping[str, str] = field(default_factory=dict)

    def address(self, scheme: str) -> str:
        """Where its picture in these colours is found."""
        return f"/charts/{self.name}/{scheme}.svg"


class _Shelf:
    """The specs and pictures that are kept, the latest asked for last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._specs: OrderedDict[str, tuple[bytes, Chart]] = OrderedDict()
        self._drawn: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def keep(self, spec: Mapping[str, Any], summary: str, titles: Mapping[str, str]) -> Chart:
        told = json.dumps(spec, sort_keys=True).encode()
        name = sha256(json.dumps([told.decode(), summary, titles], sort_keys=True).encode()).hexdigest()[:32]
        chart = Chart(name, summary, titles)
        with self._lock:
            self._specs[name] = told, chart
            self._specs.move_to_end(name)
            if len(self._specs) > MOST_KEPT:
                self._specs.popitem(last=False)
        return chart

    def found(self, name: str) -> tuple[bytes, Chart]:
        """Raises UnknownChart."""
        with self._lock:
            found = self._specs.get(name)
        if found is None:
            raise UnknownChart
        return found

    def drawn(self, name: str, scheme: str) -> bytes | None:
        with self._lock:
            return self._drawn.get((name, scheme))

    def put(self, name: str, scheme: str, picture: bytes) -> None:
        with self._lock:
            self._drawn[name, scheme] = picture
            if len(self._drawn) > MOST_KEPT:
                self._drawn.popitem(last=False)


_SHELF: Final = _Shelf()
_DRAWING: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")


def keep(spec: Mapping[str, Any], summary: str, titles: Mapping[str, str] | None = None, language: str = "") -> Chart:
    """Keep a chart so that its pictures can be asked for. `titles`: what the fields of its values are called, in the order of a table;
    `language`: as which its figures are written.
    """
    if language in _NUMBERS:
        spec = {**spec, "config": {"locale": {"number": {**_NUMBERS[language], "grouping": [3], "currency": ["", ""]}}}}
    return _SHELF.keep(spec, summary, titles or {})


def picture(name: str, scheme: str) -> Iterator[bytes]:
    """The SVG of a kept chart, in one piece that is drawn when it is taken. Raises UnknownChart at once."""
    told, _ = _SHELF.found(name)
    if scheme not in SCHEMES:
        raise UnknownChart
    return _taken(name, scheme, told)


def kept(name: str) -> tuple[Chart, list[dict[str, Any]]]:
    """A kept chart, and the values it shows. Raises UnknownChart."""
    told, chart = _SHELF.found(name)
    return chart, json.loads(told)["data"]["values"]


def lively(name: str, scheme: str) -> dict[str, Any]:
    """The spec of a kept chart as a browser draws it: as wide as there is room, exact figures under the pointer, parts to pick.

    Raises UnknownChart.
    """
    told, chart = _SHELF.found(name)
    if scheme not in SCHEMES:
        raise UnknownChart
    spec = json.loads(told)
    if not isinstance(spec["width"], dict):
        spec |= {
            "width": "container",
            "autosize": {"type": "fit-x", "contains": "padding"},
            "padding": {"left": 5, "top": 5, "right": 40, "bottom": 5},
        }
    tips = [{"field": name, "title": title, **(FIGURE if name == "figure" else LABEL)} for name, title in chart.titles.items()]
    spec["encoding"] = {**spec["encoding"], "tooltip": tips}
    picking = spec.pop("usermeta", {}).get("pick")
    if picking:
        first = spec["layer"][0] if "layer" in spec else spec
        first["params"] = [{"name": PICKED, **picking}]
        faded = {"condition": {"param": PICKED, "value": 1}, "value": FADED}
        first["encoding"] = {**first.get("encoding", {}), "opacity": faded}
    return _coloured(spec, scheme)


@cache
def runtime_version() -> str:
    """Of what vl_convert brings; its bundles differ from version to version."""
    return version("vl-convert-python")


def runtime(folder: Path) -> Iterator[bytes]:
    """The script that draws charts in a browser, 0.9 MB in one piece, made once (which takes seconds) and kept in this folder."""
    yield _DRAWING.submit(_runtime, folder / f"vega-{runtime_version()}.js").result()


def _runtime(file: Path) -> bytes:
    if not file.exists():
        import vl_convert  # noqa: PLC0415 - as below

        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_text(vl_convert.javascript_bundle(_SNIPPET), encoding="utf-8")
        half.replace(file)  # never half a script
    return file.read_bytes()


def _taken(name: str, scheme: str, told: bytes) -> Iterator[bytes]:
    found = _SHELF.drawn(name, scheme)
    if found is None:
        found = _DRAWING.submit(svg, json.loads(told), scheme).result()
        _SHELF.put(name, scheme, found)
    yield found


def svg(spec: Mapping[str, Any], scheme: str) -> bytes:
    """Draw. Loads vl_convert, which takes seconds the first time."""
    import vl_convert  # noqa: PLC0415 - slow to load, and few pages need it

    return str(vl_convert.vegalite_to_svg(_coloured(spec, scheme), allowed_base_urls=[])).encode()


def _coloured(spec: Mapping[str, Any], scheme: str) -> dict[str, Any]:
    return {**spec, "config": {**_config(scheme), **spec.get("config", {})}}


def _config(scheme: str) -> dict[str, Any]:
    ink, line, mark = _INK[scheme]
    axis = {"labelColor": ink, "titleColor": ink, "gridColor": line, "domainColor": line, "tickColor": line, "labelLimit": 220}
    return {
        "background": "transparent",
        "font": _FONT,
        "axis": {**axis, "labelFontSize": 12, "titleFontSize": 12},
        "legend": {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "labelLimit": 200},
        "view": {"stroke": "transparent"},
        "bar": {"color": mark},
        "text": {"color": ink, "fontSize": 12},
        "circle": {"color": mark},
    }


def bars(rows: Sequence[tuple[str, float]], measure: str) -> dict[str, Any]:
    """Bars that lie, the figure written at each: one dimension by size. At most MOST_BARS are shown."""
    values = [{"label": label, "figure": figure} for label, figure in rows[:MOST_BARS]]
    where = {"y": {"field": "label", "type": "nominal", "sort": None, "title": None}}
    along = {"x": {"field": "figure", "type": "quantitative", "title": measure, "axis": {**_FIGURES, "tickCount": 5}}}
    return {
        "data": {"values": values},
        "width": _WIDTH - 220,
        "height": {"step": 22},
        "usermeta": ONE_BY_ONE,
        "encoding": {**where, **along},
        "layer": [
            {"mark": "bar"},
            {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": {"field": "figure", "format": ",.6~r"}}},
        ],
    }


def columns(rows: Sequence[tuple[str, float]], measure: str) -> dict[str, Any]:
    """Bars that stand: one dimension in time."""
    values = [{"label": label, "figure": figure} for label, figure in rows]
    along = {"x": {"field": "label", "type": "ordinal", "sort": None, "title": None, "axis": {"labelAngle": -45}}}
    up = {"y": {"field": "figure", "type": "quantitative", "title": measure, "axis": _FIGURES}}
    size = {"width": _WIDTH - 60, "height": 260}
    return {"data": {"values": values}, **size, "usermeta": A_STRETCH, "mark": "bar", "encoding": {**along, **up}}


def lines(rows: Sequence[tuple[str, str, float]], measure: str, names: Sequence[str]) -> dict[str, Any]:
    """A line for each of at most MOST_LINES names over time: (time, name, figure). Colour, dash and shape say the same."""
    shown = list(names[:MOST_LINES])
    values = [{"label": label, "name": name, "figure": figure} for label, name, figure in rows if name in shown]
    named: dict[str, Any] = {"field": "name", "type": "nominal", "title": None, "sort": shown}
    encoding = {
        "x": {"field": "label", "type": "ordinal", "sort": None, "title": None, "axis": {"labelAngle": -45}},
        "y": {"field": "figure", "type": "quantitative", "title": measure, "axis": _FIGURES},
        "color": {**named, "scale": {"domain": shown, "range": list(COLOURS[: len(shown)])}},
        "strokeDash": {**named, "scale": {"domain": shown, "range": [list(one) for one in DASHES[: len(shown)]]}},
        "shape": {**named, "scale": {"domain": shown}},
    }
    return {
        "data": {"values": values},
        "width": _WIDTH - 220,
        "height": 280,
        "usermeta": BY_NAME,
        "mark": {"type": "line", "point": {"size": 60, "filled": True}, "strokeWidth": 2},
        "encoding": encoding,
    }


def tiles(rows: Sequence[tuple[str, str, float]], order: tuple[Sequence[str], Sequence[str]]) -> dict[str, Any]:
    """Two dimensions: a circle in each cell as large as its figure, and the figure: (row, column, figure)."""
    down, across = list(order[0][:MOST_BARS]), list(order[1][:MOST_ACROSS])
    values = [{"row": row, "column": column, "figure": figure} for row, column, figure in rows if row in down and column in across]
    where = {
        "y": {"field": "row", "type": "nominal", "sort": down, "title": None},
        "x": {"field": "column", "type": "nominal", "sort": across, "title": None, "axis": {"orient": "top", "labelAngle": -30}},
    }
    size = {"field": "figure", "type": "quantitative", "legend": None, "scale": {"range": [0, 500]}}
    return {
        "data": {"values": values},
        "width": {"step": 58},
        "height": {"step": 28},
        "usermeta": BY_ROW,
        "encoding": where,
        "layer": [
            {"mark": {"type": "circle", "opacity": 0.35}, "encoding": {"size": size}},
            {"mark": "text", "encoding": {"text": {"field": "figure", "format": ",.3~s"}}},
        ],
    }
