"""What people of a regional office have: commands and pages. Loaded when somebody types or looks; a running node begins without it."""

from __future__ import annotations

from typing import Any, Final

from enforcement import front
from enforcement.seizures.codelist_commands import codelists_app
from enforcement.seizures.glossary import TERMS
from enforcement.statistics.remote.commands import searches_app
from enforcement.statistics.remote.pages import asking_pages
from enforcement.statistics.world_pages import region_case_pages
from liaison.console.pages import Console

COMMANDS: Final[dict[str, Any]] = {**front.COMMANDS, "searches": searches_app, "codelists": codelists_app}
CONSOLE: Final = Console(
    pages=(
        *front.PAGES,
        asking_pages,
        region_case_pages,
    ),
    tallies=(*front.TALLIES,),
    words=("enforcement", "services"),
    search="/search",
    glossary=TERMS,
)
