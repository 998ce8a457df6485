"""The Regional Intelligence Liaison Office as a node: its tables, topics and handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from enforcement import office
from enforcement.codelists.editions import DATED
from enforcement.seizures.labels import cases_named
from enforcement.seizures.releases import OPEN_GUARDS
from enforcement.statistics.remote.asking import ASKED_BEFORE
from enforcement.statistics.remote.question import SEARCH_SCREENS
from enforcement.statistics.remote.receiving import BEING_ANSWERED
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.pages import Console


def _commands() -> Mapping[str, Callable[[], Any]]:
    from services.rilo_node.front import COMMANDS  # noqa: PLC0415 - nobody types at a running node: it begins without them

    return COMMANDS


def _console() -> Console:
    from services.rilo_node.front import CONSOLE  # noqa: PLC0415 - a node works before its pages are there

    return CONSOLE


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
    commands=_commands,
    subjects=cases_named,
    console=_console,
)
