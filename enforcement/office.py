"""What every office has, whichever kind it is: a node of a regional office and the hub's take these lists whole (decision 56).

Lists and nothing else: what only one kind has stands in its `services/*/node.py`, which also decides what runs there.
"""

from __future__ import annotations

from typing import Any, Final

from enforcement.codelists.editions import Editions
from enforcement.codelists.releasing import RECEIVING_EDITIONS
from enforcement.codelists.store import codelist_tables, load_shipped
from enforcement.intake.begun_files import begun_tables
from enforcement.intake.case_words import case_words
from enforcement.intake.store import intake_tables
from enforcement.intake.unfinished import unfinished_tables
from enforcement.intelligence.handlers import COLLECTING_FEEDBACK, ISSUED_BEFORE, RECEIVING_PRODUCTS
from enforcement.intelligence.screens import PRODUCT_SCREENS
from enforcement.intelligence.store import intelligence_tables
from enforcement.keying.answering import ANSWERING as KEYED_ANSWERS
from enforcement.keying.answering import KEYED_BEFORE
from enforcement.keying.scans import DELETING
from enforcement.quality.handlers import COLLECTING_QUALITY, QUALITY_SCREENS, REMINDED_BEFORE
from enforcement.quality.store import quality_tables
from enforcement.seizures.collecting import COLLECTING
from enforcement.seizures.duplicates.handlers import COLLECTING_DUPLICATES, RELAYED_DUPLICATES_BEFORE
from enforcement.seizures.duplicates.store import duplicate_tables
from enforcement.seizures.facts import KEEPING_FACTS, fact_tables
from enforcement.seizures.keyed import keyed_tables
from enforcement.seizures.notices.answering import LEADS
from enforcement.seizures.notices.store import notice_tables
from enforcement.seizures.notices.telling import TELLING, TOLD_BEFORE
from enforcement.seizures.releases import release_tables
from enforcement.seizures.screens import CASE_SCREENS
from enforcement.seizures.segments import KEEPING_SEGMENTS
from enforcement.seizures.store import seizure_tables
from enforcement.seizures.switching import RECEIVING_SWITCHES, SWITCHED_BEFORE, switch_tables
from enforcement.seizures.trail import trail_tables
from enforcement.statistics.remote.answering import ANSWERING, BEING_ASKED
from enforcement.statistics.remote.restoring import ANSWERED_SEARCHES_BEFORE
from enforcement.statistics.remote.store import remote_tables
from enforcement.statistics.store import statistics_tables
from enforcement.verification.handlers import VERIFIED_BEFORE, VERIFYING
from enforcement.verification.remarks import policy_remarks
from enforcement.verification.screens import VERDICT_SCREENS
from enforcement.verification.store import verification_tables

TABLES: Final[tuple[Any, ...]] = (
    codelist_tables,
    seizure_tables,
    release_tables,
    fact_tables,
    duplicate_tables,
    notice_tables,
    trail_tables,
    keyed_tables,
    intake_tables,
    unfinished_tables,
    begun_tables,
    switch_tables,
    verification_tables,
    quality_tables,
    intelligence_tables,
    statistics_tables,
    remote_tables,
)
TOOLS: Final[tuple[Any, ...]] = (load_shipped, Editions, policy_remarks, case_words)
DUTIES: Final = (KEEPING_FACTS, TELLING, ANSWERING, DELETING, KEEPING_SEGMENTS)
HANDLERS: Final[dict[str, Any]] = {
    **RECEIVING_EDITIONS,
    **RECEIVING_SWITCHES,
    **VERIFYING,
    **KEYED_ANSWERS,
    **COLLECTING,
    **COLLECTING_DUPLICATES,
    **RECEIVING_PRODUCTS,
    **COLLECTING_FEEDBACK,
    **COLLECTING_QUALITY,
    **LEADS,
    **BEING_ASKED,
}
OWN_HANDLERS: Final[dict[str, Any]] = {
    **SWITCHED_BEFORE,
    **KEYED_BEFORE,
    **VERIFIED_BEFORE,
    **RELAYED_DUPLICATES_BEFORE,
    **TOLD_BEFORE,
    **ISSUED_BEFORE,
    **ANSWERED_SEARCHES_BEFORE,
    **REMINDED_BEFORE,
}
SCREENS: Final[dict[str, Any]] = {**CASE_SCREENS, **VERDICT_SCREENS, **PRODUCT_SCREENS, **QUALITY_SCREENS}
