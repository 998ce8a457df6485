"""The Regional Intelligence Liaison Office as a node: its tables, topics, handlers and commands."""

from __future__ import annotations

from enforcement import office
from enforcement.codelists.editions import DATED
from enforcement.seizures.codelist_commands import codelists_app
from enforcement.seizures.glossary import TERMS
from enforcement.seizures.releases import OPEN_GUARDS
from enforcement.statistics.remote.asking import ASKED_BEFORE
from enforcement.statistics.remote.commands import searches_app
from enforcement.statistics.remote.pages import asking_pages
from enforcement.statistics.remote.question import SEARCH_SCREENS
from enforcement.statistics.remote.receiving import BEING_ANSWERED
from enforcement.statistics.world_pages import region_case_pages
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec
from liaison.console.pages import Console

NODE = NodeSpec(
    kind="rilo",
    tables=office.TABLES,
    tools=office.TOOLS,
    dated=DATED,
    duties=office.DUTIES,
    topics=CUSTOMS_TOPICS,
    events=CUSTOMS_EVENTS,
    handlers={**office.HANDLERS, **BEING_ANSWERED},
    own_handlers={**office.OWN_HANDLERS, **ASKED_BEFORE},
    screens={**office.SCREENS, **SEARCH_SCREENS},
    open_guards=OPEN_GUARDS,
    commands={**office.COMMANDS, "searches": searches_app, "codelists": codelists_app},
    console=Console(
        pages=(
            *office.PAGES,
            asking_pages,
            region_case_pages,
        ),
        tallies=(*office.TALLIES,),
        words=("enforcement", "services"),
        search="/search",
        glossary=TERMS,
    ),
)
