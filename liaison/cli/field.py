"""The command groups that the installed kinds of node contribute (`NodeSpec.commands`), merged by name.

A node offers the commands of its own kind; those of other kinds are listed, and say so when they are called.
"""

from collections import defaultdict
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, NamedTuple

from typer.core import TyperGroup
from typer.main import get_command

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.cli.counter import HomeCounter

OFFICE_NAMES = {"ncp": "a national contact point", "rilo": "a regional office", "hub": "the hub"}


class NotForThisNode(LiaisonError):  # noqa: N818 - named for what happened
    """This node does not offer the command."""

    code = "cli.not-for-this-node"
    next_step = "See `liaison --help` for what this node offers."


class Offer(NamedTuple):
    """One kind's group of one name; `make` gives its Typer app."""

    kind: str
    make: "Callable[[], Any]"


@cache
def _kinds() -> "tuple[Mapping[str, Mapping[str, Callable[[], Any]]], Mapping[str, str]]":
    """The commands of the installed kinds, and the kinds that cannot be loaded with the reason."""
    from liaison.assembly import ENTRY_POINTS  # noqa: PLC0415 - heavy

    found: dict[str, Mapping[str, Callable[[], Any]]] = {}
    broken: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in found:
            continue
        try:
            found[entry.name] = entry.load().commands()
        except ImportError as error:
            broken[entry.name] = type(error).__name__
    return found, broken


def broken_kinds() -> "Mapping[str, str]":
    """Kinds of node whose package cannot be imported, and why."""
    return _kinds()[1]


def field_groups() -> "Mapping[str, Sequence[Offer]]":
    """Every contributed group by name, with what each kind offers under it."""
    found: dict[str, list[Offer]] = defaultdict(list)
    for kind, commands in _kinds()[0].items():
        for name, make in commands.items():
            found[name].append(Offer(kind, make))
    return found


def field_lines(counter: "HomeCounter | None") -> list[tuple[str, str]]:
    """Name and one line of every contributed group: the first line of the docstring of the function that makes it for this kind of node.

    A group of another kind, and every group outside a node, has the line of the first kind in `OFFICE_NAMES` that offers it.
    """
    order = [_kind_here(counter), *OFFICE_NAMES]
    found: list[tuple[str, str]] = []
    for name, offers in sorted(field_groups().items()):
        first = min(offers, key=lambda one: order.index(one.kind) if one.kind in order else len(order))
        found.append((name, (first.make.__doc__ or "").strip().partition("\n")[0]))
    return found


def field_command(name: str, counter: "HomeCounter | None") -> Any:  # noqa: ANN401 - the library's command
    """The contributed command of this name as this node offers it, or None; outside a node as all kinds together offer it."""
    offers = field_groups().get(name)
    if not offers:
        return None
    own = _kind_here(counter)
    others = " or ".join(OFFICE_NAMES.get(offer.kind, offer.kind) for offer in offers if offer.kind != own)
    merged: Any = None
    for offer in sorted(offers, key=lambda one: one.kind != own):
        command = get_command(offer.make())
        if own and offer.kind != own:
            _refuse_all(command, others, name)
        merged = command if merged is None else _merged(merged, command)
    return merged


def _kind_here(counter: "HomeCounter | None") -> str:
    """The kind of the node in the home folder, empty when there is none."""
    from liaison.assembly import kind_of  # noqa: PLC0415 - heavy

    try:
        return "" if counter is None else kind_of(counter.settings.node)
    except LiaisonError:
        return ""  # help works anywhere; a command that needs the node says what is wrong with it


def _merged(first: Any, second: Any) -> Any:  # noqa: ANN401 - the library's commands
    """The first with what only the second has."""
    if isinstance(first, TyperGroup) and isinstance(second, TyperGroup):
        for name, command in second.commands.items():
            first.commands[name] = _merged(first.commands[name], command) if name in first.commands else command
    return first


def _refuse_all(command: Any, others: str, path: str) -> None:  # noqa: ANN401 - as above
    """Make every command below say for which kinds of office it is."""
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            _refuse_all(below, others, f"{path} {name}")
        return

    def refuse(**_: object) -> None:
        raise NotForThisNode(f"`liaison {path}` is for {others}; this node is another kind of office.")

    command.callback = refuse
