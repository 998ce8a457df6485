"""The root of the command tree: every group is imported only when it is asked for, and any option of the whole works in any place."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from liaison.cli.counter import HomeCounter
from liaison.cli.table import BY_NAME, ENTRIES, SECTIONS, WORK
from liaison.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HOISTED_VALUES = ("--home", "--session-file")
HOISTED_FLAGS = ("--json",)


def hoisted(args: "Sequence[str]") -> list[str]:
    """The command line with the options of the whole in front, so that `liaison status --json` works as `liaison --json status`."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in HOISTED_FLAGS or word.startswith(tuple(f"{name}=" for name in HOISTED_VALUES)):
            front.append(word)
        elif word in HOISTED_VALUES:
            front += [word, *(value for value in [next(words, None)] if value is not None)]
        else:
            rest.append(word)
    return front + rest


class Root(TyperGroup):
    """All commands by name: the engine's table, then what the installed kinds of node contribute."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the options of the whole and set up the counter that every command works at."""
        rest = super().parse_args(ctx, args)
        given = {name: Path(ctx.params[name]) if ctx.params.get(name) else None for name in ("home", "session_file")}
        ctx.obj = HomeCounter(Terminal(as_json=bool(ctx.params.get("json"))), given["home"], given["session_file"])
        return rest

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - the library's own signature
        """The names in the order of the table, then the field's."""
        from liaison.cli.field import field_groups  # noqa: PLC0415 - imports every installed kind of node

        return [entry.name for entry in ENTRIES] + sorted(set(field_groups()) - set(BY_NAME))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - the library's own signature
        """The command, imported now; None when there is none of this name."""
        entry = BY_NAME.get(cmd_name)
        if entry is not None:
            return decorated(get_command(load(entry.target)()), cmd_name)
        from liaison.cli.field import field_command  # noqa: PLC0415 - imports every installed kind of node

        found = field_command(cmd_name, ctx.obj)
        return None if found is None else decorated(found, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        """Names and lines by section, read from the table."""
        from liaison.cli.field import broken_kinds, field_lines  # noqa: PLC0415 - imports every installed kind of node

        lines = [(entry.section, entry.name, entry.line) for entry in ENTRIES]
        lines += [(WORK, name, line) for name, line in field_lines(_counter_for_help(ctx))]
        for section in SECTIONS:
            rows = [(name, line) for at, name, line in lines if at == section]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)
        for kind, reason in broken_kinds().items():
            formatter.write_text(f"The commands of nodes of kind {kind} cannot be loaded ({reason}).")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """As the library does, with a suggestion from our names for a misspelt one."""
        if args and args[0] not in BY_NAME:
            names: dict[str, Any] = dict.fromkeys(self.list_commands(ctx))
            self.commands = names  # only looked through for a suggestion
        return super().resolve_command(ctx, args)


def _counter_for_help(ctx: Any) -> HomeCounter:  # noqa: ANN401 - the library's own
    """The counter at the home that was named: the root's help is shown before the options of the whole are read."""
    option = next(param for param in ctx.command.params if param.name == "home")
    home = ctx.params.get("home") or option.value_from_envvar(ctx)
    return ctx.obj or HomeCounter(Terminal(as_json=False), Path(home) if home else None, None)


def load(target: str) -> Any:  # noqa: ANN401 - a function making a Typer app
    """The function named `module:function`."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def decorated(command: Any, name: str) -> Any:  # noqa: ANN401 - the library's command
    """Name a command; show the options of the whole in the help of each of its leaves, and one whole sentence for each in a group's."""
    command.name = name
    for below in groups(command):
        below.short_help = first_sentence(below.help or "")
    for leaf in leaves(command):
        leaf.short_help = first_sentence(leaf.help or "")
        leaf.params.extend(_shown_options())
    return command


def first_sentence(text: str) -> str:
    """The first sentence of a help text on one line; the library would cut it off in the middle."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].removesuffix(".") + "."


def groups(command: Any) -> "Iterable[Any]":  # noqa: ANN401 - the library's command
    """A command, when it is a group, and the groups under it."""
    if isinstance(command, TyperGroup):
        yield command
        for below in command.commands.values():
            yield from groups(below)


def leaves(command: Any) -> "Iterable[Any]":  # noqa: ANN401 - as above
    """The commands under a group that do something."""
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            yield from leaves(below)
    else:
        yield command


def _shown_options() -> list[TyperOption]:
    """Only shown: `hoisted` takes them off the line before a leaf is parsed."""
    app = typer.Typer(add_completion=False)
    app.command()(_of_the_whole)
    return [param for param in get_command(app).params if isinstance(param, TyperOption)]


def _of_the_whole(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print for a program: JSON on standard output.", expose_value=False)] = False,
    home: Annotated[str, typer.Option("--home", metavar="DIR", help="The node's folder.", expose_value=False)] = "",
) -> None:
    """Never called."""
