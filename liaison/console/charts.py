"""Charts: the only user of vl_convert. A chart is a Vega-Lite spec that is kept under a hash of what it shows and drawn as SVG when it
is asked for, light and dark, in a thread of its own: the first picture takes seconds, and nobody else waits for it.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; dashes and shapes say the same once more.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SCHEMES: Final = ("light", "dark")
MOST_KEPT: Final = 256
MOST_BARS: Final = 20
MOST_LINES: Final = 8
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8a8f94", "#b3a400")
DASHES: Final = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2), (4, 4), (1, 3), (10, 3), (3, 1))
_INK: Final[Mapping[str, tuple[str, str, str]]] = {"light": ("#1b2126", "#d3d9de", "#0072B2"), "dark": ("#e6eaed", "#343d44", "#56B4E9")}
_FONT: Final = "DejaVu Sans, Noto Sans, sans-serif"
_WIDTH: Final = 640


class UnknownChart(LiaisonError):  # noqa: N818 - named for the state
    """This chart is not kept any more."""

    code = "console.unknown-chart"
    next_step = "Reload the page that it belongs to."


@dataclass(frozen=True, slots=True)
class Chart:
    """A kept chart: its address without scheme, and what it shows in words."""

    name: str
    summary: str

    def address(self, scheme: str) -> str:
        """Where its picture in these colours is found."""
        return f"/charts/{self.name}/{scheme}.svg"


class _Shelf:
    """The specs and pictures that are kept, the latest asked for last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._specs: OrderedDict[str, bytes] = OrderedDict()
        self._drawn: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def keep(self, spec: Mapping[str, Any]) -> str:
        told = json.dumps(spec, sort_keys=True).encode()
        name = sha256(told).hexdigest()[:32]
        with self._lock:
            self._specs[name] = told
            self._specs.move_to_end(name)
            if len(self._specs) > MOST_KEPT:
                self._specs.popitem(last=False)
        return name

    def spec(self, name: str) -> bytes | None:
        with self._lock:
            return self._specs.get(name)

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


def keep(spec: Mapping[str, Any], summary: str) -> Chart:
    """Keep a chart so that its pictures can be asked for."""
    return Chart(_SHELF.keep(spec), summary)


def picture(name: str, scheme: str) -> Iterator[bytes]:
    """The SVG of a kept chart, in one piece that is drawn when it is taken. Raises UnknownChart at once."""
    told = _SHELF.spec(name)
    if told is None or scheme not in SCHEMES:
        raise UnknownChart
    return _taken(name, scheme, told)


def _taken(name: str, scheme: str, told: bytes) -> Iterator[bytes]:
    found = _SHELF.drawn(name, scheme)
    if found is None:
        found = _DRAWING.submit(svg, json.loads(told), scheme).result()
        _SHELF.put(name, scheme, found)
    yield found


def svg(spec: Mapping[str, Any], scheme: str) -> bytes:
    """Draw. Loads vl_convert, which takes seconds the first time."""
    import vl_convert  # noqa: PLC0415 - slow to load, and few pages need it

    return str(vl_convert.vegalite_to_svg({**spec, "config": _config(scheme)}, allowed_base_urls=[])).encode()


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
    along = {"x": {"field": "figure", "type": "quantitative", "title": measure, "axis": {"format": "~s", "tickCount": 5}}}
    return {
        "data": {"values": values},
        "width": _WIDTH - 220,
        "height": {"step": 22},
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
    up = {"y": {"field": "figure", "type": "quantitative", "title": measure, "axis": {"format": "~s"}}}
    return {"data": {"values": values}, "width": _WIDTH - 60, "height": 260, "mark": "bar", "encoding": {**along, **up}}


def lines(rows: Sequence[tuple[str, str, float]], measure: str, names: Sequence[str]) -> dict[str, Any]:
    """A line for each of at most MOST_LINES names over time: (time, name, figure). Colour, dash and shape say the same."""
    shown = list(names[:MOST_LINES])
    values = [{"label": label, "name": name, "figure": figure} for label, name, figure in rows if name in shown]
    named: dict[str, Any] = {"field": "name", "type": "nominal", "title": None, "sort": shown}
    encoding = {
        "x": {"field": "label", "type": "ordinal", "sort": None, "title": None, "axis": {"labelAngle": -45}},
        "y": {"field": "figure", "type": "quantitative", "title": measure, "axis": {"format": "~s"}},
        "color": {**named, "scale": {"domain": shown, "range": list(COLOURS[: len(shown)])}},
        "strokeDash": {**named, "scale": {"domain": shown, "range": [list(one) for one in DASHES[: len(shown)]]}},
        "shape": {**named, "scale": {"domain": shown}},
    }
    return {
        "data": {"values": values},
        "width": _WIDTH - 220,
        "height": 280,
        "mark": {"type": "line", "point": {"size": 60, "filled": True}, "strokeWidth": 2},
        "encoding": encoding,
    }


def tiles(rows: Sequence[tuple[str, str, float]], order: tuple[Sequence[str], Sequence[str]]) -> dict[str, Any]:
    """Two dimensions: a circle in each cell as large as its figure, and the figure: (row, column, figure)."""
    down, across = list(order[0][:MOST_BARS]), list(order[1][:10])
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
        "encoding": where,
        "layer": [
            {"mark": {"type": "circle", "opacity": 0.35}, "encoding": {"size": size}},
            {"mark": "text", "encoding": {"text": {"field": "figure", "format": ",.3~s"}}},
        ],
    }
