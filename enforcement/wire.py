"""The customs rows of topics and event types: who says what, where."""

from __future__ import annotations

from enforcement.codelists.topics import REFERENCE_EVENTS, REFERENCE_TOPICS
from enforcement.intelligence.topics import INTELLIGENCE_EVENTS, INTELLIGENCE_TOPICS
from enforcement.quality.topics import QUALITY_EVENTS
from enforcement.seizures.duplicates.topics import DUPLICATE_EVENTS
from enforcement.seizures.keyed import ANSWERED, KEYED, TAKEN_BACK
from enforcement.statistics.remote.topics import SEARCH_EVENTS
from liaison.protocol.topics import OFFICES, EventRow, TopicRow

CUSTOMS_TOPICS = (
    TopicRow("seizures.verified", "none", "offices", "offices", region_of_reporter=True),
    *REFERENCE_TOPICS,
    *INTELLIGENCE_TOPICS,
)

CUSTOMS_EVENTS = (
    EventRow("SeizureReported", ("submissions",), ("ncp",)),
    EventRow("CaseWithdrawn", ("submissions",), ("ncp",)),
    EventRow("CorrectionDeclined", ("submissions",), ("ncp",)),
    EventRow(KEYED, ("receipts",), OFFICES),
    EventRow(TAKEN_BACK, ("receipts",), OFFICES),
    EventRow(ANSWERED, ("submissions",), ("ncp",)),
    EventRow("VerdictGiven", ("receipts",), OFFICES),
    EventRow("CasesPassed", ("receipts",), OFFICES),
    EventRow("SeizureVerified", ("seizures.verified",), OFFICES),
    EventRow("CasesVerified", ("seizures.verified",), OFFICES),
    EventRow("WithdrawalVerified", ("seizures.verified",), OFFICES),
    *QUALITY_EVENTS,
    *DUPLICATE_EVENTS,
    EventRow("RouteCountryNotified", ("mail",), OFFICES),
    EventRow("RouteLeadGiven", ("submissions",), ("ncp",)),
    EventRow("SeizureCounted", ("seizures.verified", "mail"), OFFICES),
    EventRow("RestrictedSeizureShared", ("mail",), OFFICES),
    EventRow("RestrictedWithdrawalShared", ("mail",), OFFICES),
    *SEARCH_EVENTS,
    *REFERENCE_EVENTS,
    *INTELLIGENCE_EVENTS,
)
