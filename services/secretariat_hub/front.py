"""What people of the Secretariat have: commands and pages. Loaded when somebody types or looks; a running node begins without it."""

from __future__ import annotations

from typing import Any, Final

from enforcement import front
from enforcement.seizures.glossary import TERMS
from enforcement.statistics.remote.commands import answering_app
from enforcement.statistics.world_pages import world_pages
from liaison.console.pages import Console
from services.secretariat_hub.commands import codelists_app
from services.secretariat_hub.pages import edition_pages, edition_tallies
from services.secretariat_hub.publication_pages import publication_pages

COMMANDS: Final[dict[str, Any]] = {**front.COMMANDS, "searches": answering_app, "codelists": codelists_app}
CONSOLE: Final = Console(
    pages=(
        *front.PAGES,
        edition_pages,
        publication_pages,
        world_pages,
    ),
    tallies=(*front.TALLIES, edition_tallies),
    words=("enforcement", "services"),
    search="/search",
    glossary=TERMS,
)
