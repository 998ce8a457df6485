"""The rows of event types of remote search; `enforcement.wire` collects them."""

from __future__ import annotations

from typing import Final

from liaison.protocol.topics import OFFICES, EventRow

ASKERS: Final = ("ncp", "rilo")

SEARCH_EVENTS: Final = (
    EventRow("SearchRequested", ("submissions", "mail"), ASKERS),
    EventRow("SearchWithdrawn", ("submissions", "mail"), ASKERS),
    EventRow("SearchAnswered", ("mail",), OFFICES),
)
