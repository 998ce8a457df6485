"""The national contact point as a node: its tables, topics and handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from enforcement.codelists.editions import DATED, Editions
from enforcement.codelists.releasing import RECEIVING_EDITIONS
from enforcement.codelists.store import codelist_tables, known_countries, load_shipped
from enforcement.intake.begun_files import begun_tables
from enforcement.intake.case_words import case_words
from enforcement.intake.outward_store import outward_tables
from enforcement.intake.papers import paper_tables
from enforcement.intake.store import intake_tables
from enforcement.intake.unfinished import unfinished_tables
from enforcement.intelligence.handlers import ANSWERED_BEFORE, RECEIVING_PRODUCTS
from enforcement.intelligence.screens import PRODUCT_SCREENS
from enforcement.intelligence.store import intelligence_tables
from enforcement.quality.handlers import QUALITY_SCREENS, RECEIVING_QUALITY, SAID_BEFORE
from enforcement.quality.store import quality_tables
from enforcement.seizures.collecting import SHARED
from enforcement.seizures.duplicates.handlers import RECEIVING_DUPLICATES, SAID_DUPLICATES_BEFORE
from enforcement.seizures.duplicates.store import duplicate_tables
from enforcement.seizures.facts import KEEPING_FACTS, fact_tables
from enforcement.seizures.keyed import keyed_tables
from enforcement.seizures.labels import cases_named
from enforcement.seizures.national import NATIONAL_GUARDS, national_tables
from enforcement.seizures.notices.answering import LED_BEFORE, NOTICE_SCREENS
from enforcement.seizures.notices.receiving import BEING_TOLD
from enforcement.seizures.notices.store import notice_tables
from enforcement.seizures.ports import port_tables
from enforcement.seizures.releases import OPEN_GUARDS, release_tables
from enforcement.seizures.replaced import replaced_tables
from enforcement.seizures.screens import CASE_SCREENS
from enforcement.seizures.segments import KEEPING_SEGMENTS
from enforcement.seizures.store import seizure_tables
from enforcement.seizures.switching import RECEIVING_SWITCHES, switch_tables
from enforcement.seizures.trail import trail_tables
from enforcement.statistics.remote.asking import ASKED_BEFORE
from enforcement.statistics.remote.question import SEARCH_SCREENS
from enforcement.statistics.remote.receiving import BEING_ANSWERED
from enforcement.statistics.remote.store import remote_tables
from enforcement.statistics.store import statistics_tables
from enforcement.verification.corrections import DECLINED_BEFORE
from enforcement.verification.remarks import switch_remarks
from enforcement.verification.store import verification_tables
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec
from services.ncp_gateway.case_api import CASES_API
from services.ncp_gateway.keyed import ANSWERED_KEYED_BEFORE, BEING_KEYED
from services.ncp_gateway.receiving import RECEIVING
from services.ncp_gateway.reporting import REPORTED_BEFORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.pages import Console


def _commands() -> Mapping[str, Callable[[], Any]]:
    from services.ncp_gateway.front import COMMANDS  # noqa: PLC0415 - nobody types at a running node: it begins without them

    return COMMANDS


def _console() -> Console:
    from services.ncp_gateway.front import CONSOLE  # noqa: PLC0415 - a node works before its pages are there

    return CONSOLE


NODE = NodeSpec(
    kind="ncp",
    countries=known_countries,
    tables=(
        codelist_tables,
        seizure_tables,
        release_tables,
        fact_tables,
        duplicate_tables,
        notice_tables,
        trail_tables,
        port_tables,
        replaced_tables,
        keyed_tables,
        switch_tables,
        verification_tables,
        quality_tables,
        national_tables,
        intake_tables,
        paper_tables,
        unfinished_tables,
        begun_tables,
        outward_tables,
        intelligence_tables,
        statistics_tables,
        remote_tables,
    ),
    tools=(load_shipped, Editions, switch_remarks, case_words),
    dated=DATED,
    duties=(KEEPING_FACTS, KEEPING_SEGMENTS),
    topics=CUSTOMS_TOPICS,
    events=CUSTOMS_EVENTS,
    handlers={
        **RECEIVING_EDITIONS,
        **RECEIVING_SWITCHES,
        **SHARED,
        **RECEIVING,
        **BEING_KEYED,
        **RECEIVING_DUPLICATES,
        **RECEIVING_PRODUCTS,
        **RECEIVING_QUALITY,
        **BEING_TOLD,
        **BEING_ANSWERED,
    },
    own_handlers={
        **REPORTED_BEFORE,
        **ANSWERED_KEYED_BEFORE,
        **DECLINED_BEFORE,
        **SAID_DUPLICATES_BEFORE,
        **ANSWERED_BEFORE,
        **SAID_BEFORE,
        **LED_BEFORE,
        **ASKED_BEFORE,
    },
    screens={**CASE_SCREENS, **PRODUCT_SCREENS, **QUALITY_SCREENS, **NOTICE_SCREENS, **SEARCH_SCREENS},
    guards=NATIONAL_GUARDS,
    open_guards=OPEN_GUARDS,
    commands=_commands,
    subjects=cases_named,
    api=CASES_API,
    console=_console,
)
