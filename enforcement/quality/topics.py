"""The rows of quality in the topic table: who says what, where."""

from __future__ import annotations

from liaison.protocol.topics import OFFICES, EventRow

QUALITY_EVENTS = (
    EventRow("NilReported", ("submissions",), ("ncp",)),
    EventRow("ReminderSent", ("receipts",), OFFICES),
    EventRow("ReminderAcknowledged", ("submissions",), ("ncp",)),
    EventRow("QualityCardIssued", ("receipts", "mail"), OFFICES),
)
