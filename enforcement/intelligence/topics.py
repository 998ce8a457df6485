"""The rows of topics and event types that intelligence products travel on; `enforcement.wire` collects them."""

from __future__ import annotations

from typing import Final

from liaison.protocol.topics import OFFICES, EventRow, TopicRow

# For the NCPs of the hub itself "intelligence.wco.hub" is the family "intelligence" with owner "wco.hub".
INTELLIGENCE_TOPICS: Final = (
    TopicRow("intelligence", "office", "owner", "ncps-of-owner"),
    TopicRow("intelligence.global", "none", "offices", "members"),
)

INTELLIGENCE_EVENTS: Final = (
    EventRow("ProductReleased", ("intelligence", "intelligence.global"), OFFICES),
    EventRow("ProductRelayed", ("intelligence.global",), OFFICES),
    EventRow("FeedbackGiven", ("submissions",), ("ncp",)),
    EventRow("FeedbackRelayed", ("mail",), OFFICES),
)
