"""What a command works at: the terminal, the node of the home folder, and the desk of whoever is signed in there."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from liaison.terminal import Terminal

if TYPE_CHECKING:
    import typer

    from liaison.access.desk import Desk
    from liaison.access.permissions import Person
    from liaison.assembly import Node
    from liaison.node.parts import Parts
    from liaison.settings import Settings

DEFAULT_HOME = ".liaison"
WAITING = "Waiting for the database, at most 13 s more: another process of this node is writing to it (an import, a backup)."


class HomeCounter:
    """The counter of one command (`liaison.terminal.Counter`), with the node behind it. Everything is opened when first asked for."""

    def __init__(self, terminal: Terminal, home: Path | None, session_file: Path | None) -> None:
        """`home` None: this folder when it is a node's home, else `.liaison` in the person's own."""
        self.terminal = terminal
        self.home = (home if home is not None else default_home()).expanduser().absolute()
        self._session_file = session_file

    @cached_property
    def settings(self) -> "Settings":
        """The node's settings. Raises BadSettings."""
        from liaison.settings import load_settings  # noqa: PLC0415 - only commands that need it pay for it

        return load_settings(self.home)

    @cached_property
    def node(self) -> "Node":
        """The assembled node. Raises BadSettings, and what opening its key raises."""
        from liaison.adapters.silent import SilentLog, SilentMetrics  # noqa: PLC0415 - the same
        from liaison.assembly import Ports, assemble, kind_of, node_spec  # noqa: PLC0415 - only commands that need it pay for it

        made = assemble(node_spec(kind_of(self.settings.node)), self.settings, Ports(log=SilentLog(), metrics=SilentMetrics()))
        made.parts.database.waiting = lambda: self.terminal.notice(WAITING)
        return made

    @property
    def session_file(self) -> Path:
        """Where the session of this person at this node is kept."""
        from liaison.cli.session_file import place  # noqa: PLC0415 - only commands that need it pay for it

        return self._session_file or place(self.home)

    @cached_property
    def person(self) -> "Person":
        """Who is signed in. Raises NotSignedIn, SessionEnded."""
        from liaison.access.sessions import resume  # noqa: PLC0415 - only commands that need it pay for it
        from liaison.cli.session_file import read  # noqa: PLC0415 - the same

        token = read(self.session_file)
        with self.node.parts.database.writing() as connection:
            return resume(connection, self.node.access, token)

    def desk(self) -> "Desk":
        """The desk of the signed-in person at this node. Raises NotSignedIn, SessionEnded, BadSettings, DatabaseFailed."""
        return self.node.desk(self.person)

    def parts(self) -> "Parts":
        """The node's parts, whoever asks. Raises BadSettings."""
        return self.node.parts

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "node" in self.__dict__:
            self.node.close()


def default_home() -> Path:
    """This folder when it is a node's home, else `.liaison` in the person's own."""
    here = Path.cwd()
    return here if (here / "node.env").is_file() else Path.home() / DEFAULT_HOME


def home_counter(ctx: "typer.Context") -> HomeCounter:
    """The counter of the running command, for the engine's own commands."""
    return cast("HomeCounter", ctx.find_root().obj)
