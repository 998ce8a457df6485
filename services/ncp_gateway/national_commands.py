"""`liaison seizures national set`, `show`, `remove`: names, documents and the like of a case, which stay in this node, encrypted."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.seizures.commands import Reference
from enforcement.seizures.national import NationalValue, add_national, national_values, remove_national, told_in
from enforcement.seizures.nominal.comparing import KINDS
from enforcement.seizures.ports import ensure_own_port
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.store import UNSIGNED, known_versions
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Terminal, counter

if TYPE_CHECKING:
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

ACTION: Final = "seizures.national"
COLUMNS: Final = ("kind", "value")
_CHOICES: Final = ", ".join(KINDS)
_GROUP: Final = """National nominal fields of a case; they never leave.

Persons, documents, telephones, addresses. They stay in this node, encrypted.

Nothing of them is ever sent. What is sent of the case is compared with them, whatever the case of letters, accents, blanks or the
order of a name: a report, withdrawal or feedback that holds one of them is kept back, and there is no override.
"""


class NotAValuesFile(LiaisonError):  # noqa: N818 - named for the state
    """The file is not a list of national values."""

    code = "national.values-file"
    next_step = f"Its first row is kind,value; each further row is one value. Kinds: {_CHOICES}."


def add_national_commands(group: typer.Typer) -> None:
    """Add the group `national` to the group."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("set")(_set)
    made.command("show")(_show)
    made.command("remove")(_remove)
    group.add_typer(made, name="national")


def _set(
    ctx: typer.Context,
    reference: Reference,
    *,
    kind: Annotated[str, typer.Option("--kind", help=f"One of: {_CHOICES}.")] = "",
    file: Annotated[Path | None, typer.Option("--from", help="A CSV file (UTF-8) with the columns kind,value.")] = None,
) -> None:
    """Keep values of a case. They are asked for, or read from standard input one a line: the command line would remember them.

    A name is one value with all its parts; another spelling or an alias is another value. Dates are written 1980-05-12.

    Example: liaison seizures national set AB-2025-000123 --kind name

    Next: `liaison seizures national show AB-2025-000123`; remove a file given with --from, if it is not needed.
    """
    if bool(kind) == (file is not None):
        raise typer.BadParameter("Give --kind, or a file with --from.", param_hint="--kind")
    if kind and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of: {_CHOICES}.", param_hint="--kind")
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    values = _of_file(file) if file is not None else [NationalValue(kind, line) for line in _typed(kind)]
    with desk.acting(ACTION, reference, what="set", values=len(values)) as tx:
        key = _own(tx, reference)
        kept = add_national(tx, key, values)
        held = _held(tx, key, values)
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "given": len(values), "kept": len(kept), "held_already": held})
    at.terminal.say(f"{reference}: {len(kept)} national values are kept.")
    _warn(at.terminal, reference, held)


def _typed(kind: str) -> list[str]:
    """What a person is asked for, or the lines of a pipe."""
    if sys.stdin.isatty():
        return [typer.prompt(kind, err=True)]
    return [line.strip() for line in sys.stdin.read(1_000_000).splitlines() if line.strip()]


def _of_file(path: Path) -> list[NationalValue]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    if not rows or tuple(cell.lower() for cell in rows[0]) != COLUMNS:
        raise NotAValuesFile(f"The first row of {path.name} is not kind,value.")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(COLUMNS) or row[0] not in KINDS:
            raise NotAValuesFile(f"Row {number} of {path.name} is not one value of a known kind.")
    return [NationalValue(*row) for row in rows[1:]]


def _own(tx: "UnitOfWork", reference: str) -> "CaseKey":
    """The case of this administration that this node holds. Raises UnknownCase."""
    key = (tx.me.country, reference)
    ensure_own_port(tx, key)
    if not known_versions(tx, key):
        raise UnknownCase(f"This node holds no case {reference} of {key[0]}.")
    return key


def _held(tx: "UnitOfWork", key: "CaseKey", values: Sequence[NationalValue]) -> list[dict[str, Any]]:
    """Where the newest version holds a value already, and whether it was sent."""
    newest = max(known_versions(tx, key), key=lambda row: int(row["version"]))
    found = told_in(payload_of(tx, newest), values)
    return [{"version": newest["version"], "sent": newest["state"] not in UNSIGNED, "field": path, "holds": what} for path, what in found]


def _warn(terminal: Terminal, reference: str, held: Sequence[dict[str, Any]]) -> None:
    for one in held:
        where = f"Version {one['version']} holds {one['holds']} in {one['field']}."
        if one["sent"]:
            terminal.say(f"{where} It was sent: amend it now, or withdraw it with `liaison seizures withdraw {reference}`.")
        else:
            terminal.say(f"{where} It will be kept back until that is taken out with `liaison seizures amend {reference}`.")


def _show(ctx: typer.Context, reference: Reference) -> None:
    """The national values of a case. That you looked is written into the audit.

    Example: liaison seizures national show AB-2025-000123

    Next: `liaison seizures national remove AB-2025-000123 --number 2`.
    """
    at = counter(ctx)
    with at.desk().acting(ACTION, reference, what="show") as tx:
        values = national_values(tx, _own(tx, reference))
    rows = [{"number": number, "kind": one.kind, "value": one.value} for number, one in enumerate(values, 1)]
    empty = f"Nothing national is kept for {reference}. `liaison seizures national set {reference} --kind name` keeps a name."
    at.terminal.table(f"{reference}: stays in this node", rows, ["number", "kind", "value"], empty=empty)


def _remove(
    ctx: typer.Context,
    reference: Reference,
    *,
    number: Annotated[int | None, typer.Option("--number", min=1, help="The value by its number in `show`.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All values of the case.")] = False,
) -> None:
    """Forget one national value of a case, or all. What was forgotten is in older backups until those are destroyed.

    Example: liaison seizures national remove AB-2025-000123 --number 2

    Next: `liaison seizures national show AB-2025-000123`.
    """
    if bool(number) == everything:
        raise typer.BadParameter("Give --number, or --all.", param_hint="--number")
    at = counter(ctx)
    with at.desk().acting(ACTION, reference, what="remove", number=number or 0) as tx:
        ensure_own_port(tx, (tx.me.country, reference))
        left = remove_national(tx, (tx.me.country, reference), number or 0)
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "kept": len(left)})
    at.terminal.say(f"{reference}: {len(left)} national values are kept.")
