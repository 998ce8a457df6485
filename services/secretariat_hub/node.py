"""The Secretariat as a node: its tables, topics and handlers. It is also the office of members without a RILO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from enforcement import office
from enforcement.codelists.editions import DATED
from enforcement.codelists.releasing import EDITIONS_BEFORE
from enforcement.seizures.labels import cases_named
from enforcement.seizures.releases import OPEN_GUARDS
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.pages import Console


def _commands() -> Mapping[str, Callable[[], Any]]:
    from services.secretariat_hub.front import COMMANDS  # noqa: PLC0415 - nobody types at a running node: it begins without them

    return COMMANDS


def _console() -> Console:
    from services.secretariat_hub.front import CONSOLE  # noqa: PLC0415 - a node works before its pages are there

    return CONSOLE


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
    commands=_commands,
    subjects=cases_named,
    console=_console,
)
