"""The Secretariat as a node: its tables, topics, handlers and commands. It is also the office of members without a RILO."""

from __future__ import annotations

from enforcement import office
from enforcement.codelists.editions import DATED
from enforcement.codelists.releasing import EDITIONS_BEFORE
from enforcement.seizures.glossary import TERMS
from enforcement.seizures.releases import OPEN_GUARDS
from enforcement.statistics.remote.commands import answering_app
from enforcement.statistics.world_pages import world_pages
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec
from liaison.console.pages import Console
from services.secretariat_hub.commands import codelists_app
from services.secretariat_hub.pages import edition_pages, edition_tallies
from services.secretariat_hub.publication_pages import publication_pages

NODE = NodeSpec(
    kind="hub",
    tables=office.TABLES,
    tools=office.TOOLS,
    dated=DATED,
    duties=office.DUTIES,
    topics=CUSTOMS_TOPICS,
    events=CUSTOMS_EVENTS,
    handlers=office.HANDLERS,
    own_handlers={**office.OWN_HANDLERS, **EDITIONS_BEFORE},
    screens=office.SCREENS,
    open_guards=OPEN_GUARDS,
    commands={**office.COMMANDS, "searches": answering_app, "codelists": codelists_app},
    console=Console(
        pages=(
            *office.PAGES,
            edition_pages,
            publication_pages,
            world_pages,
        ),
        tallies=(*office.TALLIES, edition_tallies),
        words=("enforcement", "services"),
        search="/search",
        glossary=TERMS,
    ),
)
