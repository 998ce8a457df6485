"""The rows of the topic and event type that editions of the code lists travel on; `enforcement.wire` collects them."""

from __future__ import annotations

from typing import Final

from liaison.protocol.topics import EventRow, TopicRow

RETENTION_DAYS: Final = 3_653  # ten years: a node that joins must find the editions that stored cases name

REFERENCE_TOPICS: Final = (TopicRow("reference", "none", "hub", "members", retention_days=RETENTION_DAYS),)
REFERENCE_EVENTS: Final = (EventRow("CodeListReleased", ("reference",), ("hub",)),)
