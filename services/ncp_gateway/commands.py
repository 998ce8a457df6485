"""`liaison seizures` and `liaison simulate` at a national contact point: what only the office that reports can do."""

from typing import Final

import typer

from enforcement.seizures.commands import seizures_app as common_app
from enforcement.simulation.commands import simulate_app as any_simulate_app
from services.ncp_gateway.approval_commands import add_approval_commands
from services.ncp_gateway.correction_commands import corrections_app
from services.ncp_gateway.historical_commands import add_historical_commands
from services.ncp_gateway.import_commands import add_import_commands
from services.ncp_gateway.national_commands import add_national_commands
from services.ncp_gateway.override_commands import add_override_command
from services.ncp_gateway.paper_commands import add_paper_commands
from services.ncp_gateway.release_commands import add_release_commands
from services.ncp_gateway.report_commands import add_report_commands
from services.ncp_gateway.reporting import keep_draft, report
from services.ncp_gateway.sheet_commands import add_sheet_commands
from services.ncp_gateway.template_commands import add_template_command

_GROUP: Final = """Seizures: import, submit, amend, withdraw; how each case stands and what the office said.

The usual way: `import FILE --profile P --dry-run`, the same without --dry-run, `submit --all`; later `list --state returned`, `show`,
`amend`, and `corrections` for what the office proposes.

A version of a case is a draft, submitted, returned, validated, declined or superseded; a case can be withdrawn. One of an old export
is historical: it is in this node alone.
"""


def seizures_app() -> typer.Typer:
    """Seizures: import, submit, amend, withdraw, list, show."""
    made = common_app()
    made.info.help = _GROUP
    add_import_commands(made)
    add_historical_commands(made)
    add_report_commands(made)
    add_approval_commands(made)
    add_override_command(made)
    add_release_commands(made)
    add_national_commands(made)
    add_template_command(made)
    add_paper_commands(made)
    add_sheet_commands(made)
    made.add_typer(corrections_app(), name="corrections")
    return made


def simulate_app() -> typer.Typer:
    """Make simulated seizures, in the training environment only."""
    return any_simulate_app(keep=keep_draft, report=report)
