"""The Secretariat as a node: its tables, topics, handlers and commands. It is also the office of members without a RILO."""

from __future__ import annotations

from enforcement.codelists.store import load_shipped
from enforcement.seizures.collecting import COLLECTING
from enforcement.seizures.commands import seizures_app
from enforcement.seizures.screens import nominal_screen
from enforcement.seizures.store import seizure_tables
from enforcement.verification.commands import verification_app
from enforcement.verification.handlers import VERIFIED_BEFORE, VERIFYING
from enforcement.verification.policy import Policy
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec

NODE = NodeSpec(
    kind="hub",
    tables=(seizure_tables,),
    tools=(load_shipped, Policy),
    topics=CUSTOMS_TOPICS,
    events=CUSTOMS_EVENTS,
    handlers={**VERIFYING, **COLLECTING},
    own_handlers={**VERIFIED_BEFORE},
    screens=(nominal_screen,),
    commands={"seizures": seizures_app, "verification": verification_app},
)
