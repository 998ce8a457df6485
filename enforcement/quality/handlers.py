"""The handlers and screens of quality, as each kind of office selects them."""

from __future__ import annotations

from typing import Final

from enforcement.quality.issuing import on_quality_card_issued, own_quality_card_issued
from enforcement.quality.nil import on_nil_reported, own_nil_reported, reason_screen
from enforcement.quality.reminding import (
    note_screen,
    on_reminder_acknowledged,
    on_reminder_sent,
    own_reminder_acknowledged,
    own_reminder_sent,
)

RECEIVING_QUALITY: Final = {"ReminderSent": on_reminder_sent, "QualityCardIssued": on_quality_card_issued}  # contact points
COLLECTING_QUALITY: Final = {  # offices, the hub included
    "NilReported": on_nil_reported,
    "ReminderAcknowledged": on_reminder_acknowledged,
    "QualityCardIssued": on_quality_card_issued,
}
SAID_BEFORE: Final = {"NilReported": own_nil_reported, "ReminderAcknowledged": own_reminder_acknowledged}  # contact points
REMINDED_BEFORE: Final = {"ReminderSent": own_reminder_sent, "QualityCardIssued": own_quality_card_issued}  # offices
QUALITY_SCREENS: Final = {"NilReported": reason_screen, "ReminderAcknowledged": reason_screen, "ReminderSent": note_screen}
