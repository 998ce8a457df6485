"""The rows of event types about duplicates; `enforcement.wire` collects them."""

from __future__ import annotations

from typing import Final

from liaison.protocol.topics import OFFICES, EventRow

DUPLICATE_EVENTS: Final = (
    EventRow("DuplicateProposed", ("mail",), OFFICES),
    EventRow("DuplicateAgreed", ("submissions",), ("ncp",)),
    EventRow("DuplicateDeclined", ("submissions",), ("ncp",)),
    EventRow("DuplicateLinked", ("seizures.verified", "mail"), OFFICES),
    EventRow("DuplicateUnlinked", ("seizures.verified", "mail"), OFFICES),
)
