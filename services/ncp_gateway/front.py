"""What people of a contact point have: commands and pages. Loaded when somebody types or looks; a running node begins without it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from enforcement.codelists.pages import codelist_pages
from enforcement.intake.byhand.suggesting import suggesting_pages
from enforcement.intake.field_words import CASE_WORDS
from enforcement.intelligence.commands import alerts_app
from enforcement.intelligence.pages import alert_pages, alert_tallies, reading_pages
from enforcement.quality.card_commands import quality_app
from enforcement.quality.pages import quality_pages
from enforcement.quality.reminder_commands import reminders_app
from enforcement.quality.reminder_pages import reminder_pages, reminder_tallies
from enforcement.quality.report_commands import reports_app
from enforcement.seizures.case_pages import case_pages
from enforcement.seizures.codelist_commands import codelists_app
from enforcement.seizures.duplicates.owner_commands import duplicates_app
from enforcement.seizures.duplicates.pages import duplicate_tallies, owner_duplicate_pages
from enforcement.seizures.glossary import TERMS
from enforcement.seizures.notices.commands import notices_app
from enforcement.seizures.notices.pages import notice_pages, notice_tallies
from enforcement.seizures.release_commands import releasability_app
from enforcement.seizures.rule_commands import rules_app
from enforcement.seizures.rule_pages import rule_pages
from enforcement.seizures.search_pages import search_pages
from enforcement.statistics.chart_pages import chart_pages
from enforcement.statistics.commands import statistics_app
from enforcement.statistics.found_pages import found_pages
from enforcement.statistics.map_pages import map_pages
from enforcement.statistics.pages import statistics_pages
from enforcement.statistics.remote.commands import asking_app
from enforcement.statistics.remote.pages import asking_pages
from liaison.console.pages import Console
from services.ncp_gateway.commands import seizures_app, simulate_app
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

COMMANDS: Final[dict[str, Any]] = {
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
}
CONSOLE: Final = Console(
    pages=(
        alert_pages,
        answering_pages,
        asking_pages,
        blank_pages,
        partial(case_pages, CASE_WORDS),
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
)
