"""A map without coasts and borders as a Vega-Lite spec: parallels and meridians, the equator, names of seas, and circles by count.

The whole world is drawn in an equal-area projection, so that no region looks larger than it is; a part of it as a plain grid of degrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 760
NARROW: Final = 350  # of a picture for a small screen: its words are as large as those beside it
WORLD: Final = (-90.0, -180.0, 90.0, 180.0)  # south, west, north, east
PART: Final = (60.0, 90.0)  # degrees of latitude and longitude up to which a part is drawn instead of the world
MARGIN: Final = 5.0
_LINE: Final = {"type": "geoshape", "filled": False, "stroke": "#8a8f94"}
_STEPS: Final = 72  # of a line from pole to pole or around


class Point(NamedTuple):
    """A circle: where (degrees), its figure, how that is told, and whether it is so small that it is only told as few."""

    latitude: float
    longitude: float
    figure: float
    told: str
    few: bool


class Named(NamedTuple):
    """A name on the backdrop."""

    latitude: float
    longitude: float
    name: str


def frame_of(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """South, west, north, east of what is drawn: the world, or the part in which all points lie, with a margin."""
    if not points:
        return WORLD
    sides = ([one.latitude for one in points], [one.longitude for one in points])
    lows, highs = [min(one) for one in sides], [max(one) for one in sides]
    if highs[0] - lows[0] > PART[0] or highs[1] - lows[1] > PART[1]:
        return WORLD
    south, west = (float(low // MARGIN * MARGIN - MARGIN) for low in lows)
    north, east = (float(high // MARGIN * MARGIN + 2 * MARGIN) for high in highs)
    return max(south, -90.0), max(west, -180.0), min(north, 90.0), min(east, 180.0)


def point_map(points: Sequence[Point], seas: Sequence[Named], words: tuple[str, str, str], width: int = WIDTH) -> dict[str, Any]:
    """The map. `words`: what is counted, "few" for the hollow circles, "Equator"; `width`: WIDTH, or NARROW for a small screen."""
    frame = frame_of(points)
    south, west, north, east = frame
    whole = frame == WORLD
    narrow = width < WIDTH
    step = (60 if narrow else 30) if whole else 10 if narrow or max(north - south, east - west) > 40 else 5  # noqa: PLR2004 - degrees
    shown = [one for one in seas if south <= one.latitude <= north and west <= one.longitude <= east]
    layers = [
        *([{"data": {"sphere": True}, "mark": {"type": "geoshape", "fill": "transparent", "stroke": "#8a8f94"}}] if whole else []),
        _lines(frame, step),
        _equator(frame),
        _names(shown),
        _parallels(frame, step, words[2]),
        _meridians(frame, step),
        _circles([one for one in points if not one.few], words[0], width / WIDTH),
        _few([one for one in points if one.few]),
    ]
    projection = {"type": "equalEarth"} if whole else {"type": "equirectangular"}
    height = width * 0.5 if whole else max(160.0, min(620.0, width * (north - south) / (east - west)))
    return {"width": width, "height": round(height), "projection": projection, "layer": [one for one in layers if one is not None]}


def _line(coordinates: list[list[float]]) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": coordinates}}


def _between(first: float, last: float) -> list[float]:
    return [first + (last - first) * at / _STEPS for at in range(_STEPS + 1)]


def _ticks(first: float, last: float, step: int) -> list[float]:
    start = -(-first // step) * step
    return [start + step * at for at in range(int((last - start) // step) + 1)]


def _lines(frame: tuple[float, float, float, float], step: int) -> dict[str, Any]:
    """Parallels and meridians."""
    south, west, north, east = frame
    made = [_line([[along, at] for along in _between(west, east)]) for at in _ticks(south, north, step)]
    made += [_line([[at, up] for up in _between(south, north)]) for at in _ticks(west, east, step)]
    return {"data": {"values": made}, "mark": {**_LINE, "strokeWidth": 0.6, "opacity": 0.55}}


def _equator(frame: tuple[float, float, float, float]) -> dict[str, Any] | None:
    south, west, north, east = frame
    if not south <= 0 <= north:
        return None
    line = [_line([[along, 0.0] for along in _between(west, east)])]
    return {"data": {"values": line}, "mark": {**_LINE, "strokeWidth": 1.4, "strokeDash": [6, 3]}}


def _parallels(frame: tuple[float, float, float, float], step: int, equator: str) -> dict[str, Any]:
    """What parallels are called, along the western edge, each above its line."""
    south, west, north, _ = frame
    ups = [at for at in _ticks(south, north, step) if abs(at) < 90]  # noqa: PLR2004 - the poles are no lines
    named = [Named(at, west, equator if at == 0 else f"{abs(at):g}° {'N' if at > 0 else 'S'}") for at in ups]
    return _names(named, align="left", baseline="bottom", dx=8 if frame == WORLD else 4, dy=-2)


def _meridians(frame: tuple[float, float, float, float], step: int) -> dict[str, Any]:
    """What meridians are called, along the southern edge or, of the world, below the equator, each beside its line."""
    south, west, _, east = frame
    whole = frame == WORLD
    alongs = _ticks(west, east, 60 if whole else step)[1:-1]
    named = [Named(0.0 if whole else south, at, f"{abs(at):g}°{'' if at == 0 else ' E' if at > 0 else ' W'}") for at in alongs]
    return _names(named, align="left", baseline="top" if whole else "bottom", dx=4, dy=4 if whole else -3)


def _names(names: Sequence[Named], **where: Any) -> dict[str, Any]:  # noqa: ANN401 - how a text lies at its point
    values = [{"up": one.latitude, "along": one.longitude, "name": one.name} for one in names]
    at = {"latitude": {"field": "up", "type": "quantitative"}, "longitude": {"field": "along", "type": "quantitative"}}
    mark = {"type": "text", "fontSize": 11, "fontStyle": "italic", "opacity": 0.75, **where}
    return {"data": {"values": values}, "mark": mark, "encoding": {**at, "text": {"field": "name", "type": "nominal"}}}


def _values(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"up": one.latitude, "along": one.longitude, "figure": one.figure, "told": one.told} for one in points]


def _circles(points: Sequence[Point], measure: str, scale: float) -> dict[str, Any] | None:
    if not points:
        return None
    size = {
        "field": "figure",
        "type": "quantitative",
        "title": measure,
        "scale": {"type": "linear", "range": [40, 40 + 1360 * scale], "zero": True},
    }
    where = {"latitude": {"field": "up", "type": "quantitative"}, "longitude": {"field": "along", "type": "quantitative"}}
    mark = {"type": "circle", "opacity": 0.6, "strokeWidth": 1, "stroke": "#ffffff"}
    largest = max(one.figure for one in points)
    legend = {
        "orient": "bottom",
        "direction": "horizontal",
        "format": ",.2~s",
        "values": sorted({largest, round(largest / 2), max(1, round(largest / 10))}),
    }
    return {"data": {"values": _values(points)}, "mark": mark, "encoding": {**where, "size": {**size, "legend": legend}}}


def _few(points: Sequence[Point]) -> dict[str, Any] | None:
    """Hollow and all of one size: the shape says it, not a colour."""
    if not points:
        return None
    where = {"latitude": {"field": "up", "type": "quantitative"}, "longitude": {"field": "along", "type": "quantitative"}}
    mark = {"type": "point", "shape": "circle", "filled": False, "size": 30, "strokeWidth": 1.6, "opacity": 1, "color": "#D55E00"}
    return {"data": {"values": _values(points)}, "mark": mark, "encoding": where}
