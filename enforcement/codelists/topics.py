"""The rows of the topic that reference data travels on, editions of the code lists and rule switches; `enforcement.wire` collects them."""

from __future__ import annotations

from typing import Final

from liaison.protocol.topics import OFFICES, EventRow, TopicRow

RETENTION_DAYS: Final = 3_653  # ten years: a node that joins must find the editions that stored cases name

# Offices write it too: their rule switches. That only the hub releases code lists is for the event's row to say (check 13).
REFERENCE_TOPICS: Final = (TopicRow("reference", "none", "offices", "members", retention_days=RETENTION_DAYS),)
REFERENCE_EVENTS: Final = (EventRow("CodeListReleased", ("reference",), ("hub",)), EventRow("RuleSwitchesSet", ("reference",), OFFICES))
