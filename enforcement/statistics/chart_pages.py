"""Charts of this console: their pictures, and for whoever wants more than a picture a page that draws one in the browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from liaison.console.charts import UnknownChart, kept, lively, picture, runtime, runtime_version
from liaison.console.guarding import local
from liaison.console.pages import Page, Sent, Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

READ: Final = "statistics.read"
_DAY: Final = 86_400
_YEAR: Final = 365 * _DAY


def chart_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/charts/{name}", READ, explore),
        Page("GET", "/charts/{name}/{scheme}.svg", READ, draw),
        Page("GET", "/charts/{name}/{scheme}.json", READ, describe),
        Page("GET", "/charts/runtime/{version}/vega.js", READ, send_runtime),
    )


def explore(visit: Visit) -> Reply:
    """The chart with figures under the pointer and parts to pick; without script or pointer the same figures as a table."""
    chart, values = kept(visit.path["name"])
    data = {
        "chart": chart,
        "fields": [(name, title) for name, title in chart.titles.items() if name != "figure"],
        "measure": chart.titles.get("figure", ""),
        "values": values,
        "back": local(visit.asked("back", "/statistics")),
        "runtime": f"/charts/runtime/{runtime_version()}/vega.js",
    }
    return Shown("enforcement.statistics/chart.html", data)


def draw(visit: Visit) -> Reply:
    """A picture that a page of this console has made known."""
    return Sent(picture(visit.path["name"], visit.path["scheme"]), "image/svg+xml", cached_seconds=_DAY)


def describe(visit: Visit) -> Reply:
    """The same as data, for the script that draws it in the browser."""
    told = json.dumps(lively(visit.path["name"], visit.path["scheme"])).encode()
    return Sent(told, "application/json", cached_seconds=_DAY)


def send_runtime(visit: Visit) -> Reply:
    """The script that draws; of this version only, so that browsers may keep it."""
    if visit.path["version"] != runtime_version():
        raise UnknownChart
    return Sent(runtime(visit.cache), "text/javascript; charset=utf-8", cached_seconds=_YEAR)
