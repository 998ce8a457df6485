"""What people of every office have: its commands and pages. Loaded when somebody types or looks; a running node begins without it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from enforcement.codelists.pages import codelist_pages
from enforcement.intake.byhand.suggesting import suggesting_pages
from enforcement.intake.field_words import CASE_WORDS
from enforcement.intelligence.commands import alerts_app
from enforcement.intelligence.pages import alert_pages, alert_tallies, reading_pages, release_tallies
from enforcement.intelligence.writing_pages import writing_pages
from enforcement.keying.office_commands import office_paper_app
from enforcement.keying.pages import office_paper_pages, office_paper_tallies
from enforcement.quality.card_commands import office_quality_app
from enforcement.quality.pages import region_pages
from enforcement.quality.reminder_commands import office_reminders_app
from enforcement.quality.reminder_pages import office_reminder_pages
from enforcement.quality.report_commands import office_reports_app
from enforcement.seizures.case_pages import case_pages
from enforcement.seizures.commands import seizures_app
from enforcement.seizures.duplicates.office_commands import duplicates_app
from enforcement.seizures.duplicates.pages import duplicate_tallies, office_duplicate_pages
from enforcement.seizures.notices.commands import telling_app
from enforcement.seizures.notices.pages import told_pages
from enforcement.seizures.release_commands import releasability_app
from enforcement.seizures.rule_commands import office_rules_app
from enforcement.seizures.rule_pages import office_rule_pages, office_rule_tallies
from enforcement.seizures.search_pages import search_pages
from enforcement.statistics.chart_pages import chart_pages
from enforcement.statistics.commands import statistics_app
from enforcement.statistics.found_pages import found_pages
from enforcement.statistics.map_pages import map_pages
from enforcement.statistics.pages import statistics_pages
from enforcement.statistics.remote.pages import searches_received_pages
from enforcement.verification.commands import verification_app
from enforcement.verification.pages import verification_pages, verification_tallies
from liaison.console.fleet_pages import fleet_pages, fleet_tallies
from liaison.console.key_pages import key_pages, key_tallies

COMMANDS: Final[dict[str, Any]] = {
    "releasability": releasability_app,
    "seizures": seizures_app,
    "verification": verification_app,
    "paper": office_paper_app,
    "duplicates": duplicates_app,
    "notices": telling_app,
    "alerts": alerts_app,
    "statistics": statistics_app,
    "rules": office_rules_app,
    "quality": office_quality_app,
    "reports": office_reports_app,
    "reminders": office_reminders_app,
}
PAGES: Final = (
    alert_pages,
    partial(case_pages, CASE_WORDS),
    chart_pages,
    codelist_pages,
    fleet_pages,
    found_pages,
    map_pages,
    key_pages,
    office_duplicate_pages,
    office_paper_pages,
    office_reminder_pages,
    office_rule_pages,
    reading_pages,
    region_pages,
    search_pages,
    searches_received_pages,
    statistics_pages,
    suggesting_pages,
    told_pages,
    verification_pages,
    writing_pages,
)
TALLIES: Final = (
    alert_tallies,
    duplicate_tallies,
    fleet_tallies,
    key_tallies,
    office_paper_tallies,
    office_rule_tallies,
    release_tallies,
    verification_tallies,
)
