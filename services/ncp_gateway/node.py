"""The national contact point as a node: its tables, topics, handlers and commands."""

from __future__ import annotations

from enforcement.codelists.editions import DATED, Editions
from enforcement.codelists.pages import codelist_pages
from enforcement.codelists.releasing import RECEIVING_EDITIONS
from enforcement.codelists.store import codelist_tables, known_countries, load_shipped
from enforcement.intake.begun_files import begun_tables
from enforcement.intake.byhand.suggesting import suggesting_pages
from enforcement.intake.case_words import case_words
from enforcement.intake.outward_store import outward_tables
from enforcement.intake.papers import paper_tables
from enforcement.intake.store import intake_tables
from enforcement.intake.unfinished import unfinished_tables
from enforcement.intelligence.commands import alerts_app
from enforcement.intelligence.handlers import ANSWERED_BEFORE, RECEIVING_PRODUCTS
from enforcement.intelligence.pages import alert_pages, alert_tallies, reading_pages
from enforcement.intelligence.screens import PRODUCT_SCREENS
from enforcement.intelligence.store import intelligence_tables
from enforcement.quality.card_commands import quality_app
from enforcement.quality.handlers import QUALITY_SCREENS, RECEIVING_QUALITY, SAID_BEFORE
from enforcement.quality.pages import quality_pages
from enforcement.quality.reminder_commands import reminders_app
from enforcement.quality.reminder_pages import reminder_pages, reminder_tallies
from enforcement.quality.report_commands import reports_app
from enforcement.quality.store import quality_tables
from enforcement.seizures.case_pages import case_pages
from enforcement.seizures.codelist_commands import codelists_app
from enforcement.seizures.collecting import SHARED
from enforcement.seizures.duplicates.handlers import RECEIVING_DUPLICATES, SAID_DUPLICATES_BEFORE
from enforcement.seizures.duplicates.owner_commands import duplicates_app
from enforcement.seizures.duplicates.pages import duplicate_tallies, owner_duplicate_pages
from enforcement.seizures.duplicates.store import duplicate_tables
from enforcement.seizures.facts import KEEPING_FACTS, fact_tables
from enforcement.seizures.glossary import TERMS
from enforcement.seizures.keyed import keyed_tables
from enforcement.seizures.national import NATIONAL_GUARDS, national_tables
from enforcement.seizures.notices.answering import LED_BEFORE, NOTICE_SCREENS
from enforcement.seizures.notices.commands import notices_app
from enforcement.seizures.notices.pages import notice_pages, notice_tallies
from enforcement.seizures.notices.receiving import BEING_TOLD
from enforcement.seizures.notices.store import notice_tables
from enforcement.seizures.ports import port_tables
from enforcement.seizures.release_commands import releasability_app
from enforcement.seizures.releases import OPEN_GUARDS, release_tables
from enforcement.seizures.replaced import replaced_tables
from enforcement.seizures.rule_commands import rules_app
from enforcement.seizures.rule_pages import rule_pages
from enforcement.seizures.screens import CASE_SCREENS
from enforcement.seizures.search_pages import search_pages
from enforcement.seizures.segments import KEEPING_SEGMENTS
from enforcement.seizures.store import seizure_tables
from enforcement.seizures.switching import RECEIVING_SWITCHES, switch_tables
from enforcement.seizures.trail import trail_tables
from enforcement.statistics.chart_pages import chart_pages
from enforcement.statistics.commands import statistics_app
from enforcement.statistics.found_pages import found_pages
from enforcement.statistics.map_pages import map_pages
from enforcement.statistics.pages import statistics_pages
from enforcement.statistics.remote.asking import ASKED_BEFORE
from enforcement.statistics.remote.commands import asking_app
from enforcement.statistics.remote.pages import asking_pages
from enforcement.statistics.remote.question import SEARCH_SCREENS
from enforcement.statistics.remote.receiving import BEING_ANSWERED
from enforcement.statistics.remote.store import remote_tables
from enforcement.statistics.store import statistics_tables
from enforcement.verification.corrections import DECLINED_BEFORE
from enforcement.verification.remarks import switch_remarks
from enforcement.verification.store import verification_tables
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec
from liaison.console.pages import Console
from services.ncp_gateway.case_api import CASES_API
from services.ncp_gateway.commands import seizures_app, simulate_app
from services.ncp_gateway.keyed import ANSWERED_KEYED_BEFORE, BEING_KEYED
from services.ncp_gateway.keyed_commands import keyed_app
from services.ncp_gateway.outward_commands import outward_app
from services.ncp_gateway.pages.answering import answering_pages
from services.ncp_gateway.pages.blanks import blank_pages
from services.ncp_gateway.pages.due import due_pages
from services.ncp_gateway.pages.files import file_pages
from services.ncp_gateway.pages.keyed import keyed_pages, keyed_tallies
from services.ncp_gateway.pages.mine import my_case_pages
from services.ncp_gateway.pages.outward import outward_pages
from services.ncp_gateway.pages.report import report_pages
from services.ncp_gateway.pages.tallies import office_tallies
from services.ncp_gateway.pages.waiting import waiting_pages, waiting_tallies
from services.ncp_gateway.pages.whom import whom_pages
from services.ncp_gateway.profile_commands import profiles_app
from services.ncp_gateway.receiving import RECEIVING
from services.ncp_gateway.reporting import REPORTED_BEFORE

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
    commands={
        "releasability": releasability_app,
        "codelists": codelists_app,
        "seizures": seizures_app,
        "simulate": simulate_app,
        "paper": keyed_app,
        "duplicates": duplicates_app,
        "notices": notices_app,
        "alerts": alerts_app,
        "profiles": profiles_app,
        "outward": outward_app,
        "statistics": statistics_app,
        "searches": asking_app,
        "rules": rules_app,
        "quality": quality_app,
        "reports": reports_app,
        "reminders": reminders_app,
    },
    api=CASES_API,
    console=Console(
        pages=(
            alert_pages,
            answering_pages,
            asking_pages,
            blank_pages,
            case_pages,
            chart_pages,
            codelist_pages,
            due_pages,
            file_pages,
            found_pages,
            keyed_pages,
            map_pages,
            my_case_pages,
            notice_pages,
            outward_pages,
            owner_duplicate_pages,
            quality_pages,
            reading_pages,
            reminder_pages,
            report_pages,
            rule_pages,
            search_pages,
            statistics_pages,
            suggesting_pages,
            waiting_pages,
            whom_pages,
        ),
        tallies=(
            alert_tallies,
            duplicate_tallies,
            keyed_tallies,
            notice_tallies,
            office_tallies,
            reminder_tallies,
            waiting_tallies,
        ),
        words=("enforcement", "services"),
        search="/search",
        glossary=TERMS,
    ),
)
