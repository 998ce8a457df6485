"""The customs rows of topics and event types: who says what, where."""

from __future__ import annotations

from enforcement.intelligence.topics import INTELLIGENCE_EVENTS, INTELLIGENCE_TOPICS
from liaison.protocol.topics import OFFICES, EventRow, TopicRow

CUSTOMS_TOPICS = (
    TopicRow("seizures.verified", "none", "offices", "offices", region_of_reporter=True),
    *INTELLIGENCE_TOPICS,
)

CUSTOMS_EVENTS = (
    EventRow("SeizureReported", ("submissions",), ("ncp",)),
    EventRow("CaseWithdrawn", ("submissions",), ("ncp",)),
    EventRow("VerdictGiven", ("receipts",), OFFICES),
    EventRow("SeizureVerified", ("seizures.verified",), OFFICES),
    EventRow("WithdrawalVerified", ("seizures.verified",), OFFICES),
    *INTELLIGENCE_EVENTS,
)
