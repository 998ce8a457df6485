"""A federation on this machine: an embedded broker and one process a node, each with its own home, database, keys and settings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any, Final, Self

from demo.commands import LIAISON, Commands
from demo.founding import found
from demo.offices import SIX, Office
from demo.processes import Process, identity, launch
from demo.waiting import wait_until
from liaison.adapters.embedded_kafka import EmbeddedKafka, PortTaken
from liaison.adapters.embedded_kafka.ready import free_port, is_free

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen

CACHE: Final = Path(__file__).resolve().parent.parent / "var" / "cache" / "kafka"
READY_SECONDS: Final = 90.0
STOP_SECONDS: Final = 15.0
SHOWN_LINES: Final = 5


class NodeEndedError(Exception):
    """A node's process ended before it was ready; its last lines say why."""


@dataclass
class Federation:
    """Made by `found`, run by `start`, ended by `close`. Nothing happens before.

    `database_url` gives a node's database by its id, empty for SQLite in its home. `port` 0 takes any free one for the broker.
    Start nodes from a thread that lives as long as they should: unless `detached`, they die with it, whatever happens.
    """

    folder: Path
    offices: tuple[Office, ...] = SIX
    database_url: Callable[[str], str] = field(default=lambda _node: "")
    port: int = 0
    detached: bool = False
    say: Callable[[str], None] = print
    commands: Commands = field(default_factory=Commands)
    _running: dict[str, Popen[bytes]] = field(default_factory=dict)
    _ports: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the ports."""
        self.folder = self.folder.absolute()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.broker = EmbeddedKafka(self.folder / "kafka", CACHE, self.port, detached=self.detached)

    # --- places ---------------------------------------------------------------------------------------------------------

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return f"127.0.0.1:{self.port}"

    @property
    def trust(self) -> Path:
        """The folder with the signed trust files."""
        return self.folder / "trust"

    @property
    def nodes(self) -> list[str]:
        """The ids of all nodes."""
        return [office.node for office in self.offices]

    def home(self, node: str) -> Path:
        """A node's folder."""
        return self.folder / node

    def log(self, node: str) -> Path:
        """What a node has written to standard error, all its runs."""
        return self.folder / "logs" / f"{node}.log"

    def secret(self, node: str, user: str) -> Path:
        """The file with a person's generated password, 0600."""
        return self.folder / "secrets" / node / user

    def session(self, node: str, user: str) -> Path:
        """Where a person's session is kept."""
        return self.folder / "sessions" / f"{node}.{user}"

    def metrics_port(self, node: str) -> int:
        """The port of a node's metrics."""
        return self._own_port(node, "metrics")

    def console_port(self, node: str) -> int:
        """The port of a node's console."""
        return self._own_port(node, "console")

    def console(self, node: str) -> str:
        """Where a browser finds a node's console; `localhost` and no number, since security keys are bound to a name."""
        return f"http://localhost:{self.console_port(node)}"

    def _own_port(self, node: str, what: str) -> int:
        """A free port when first asked for, the same afterwards."""
        while (node, what) not in self._ports:
            port = free_port()
            if port not in self._ports.values() and port != self.port:
                self._ports[node, what] = port
        return self._ports[node, what]

    def url(self, node: str) -> str:
        """A node's database."""
        return self.database_url(node) or f"sqlite:///{self.home(node) / 'liaison.db'}"

    # --- running --------------------------------------------------------------------------------------------------------

    def found(self) -> Federation:
        """Make everything but the running nodes. Raises LiaisonError (broker), CommandRefusedError."""
        (self.folder / "logs").mkdir(exist_ok=True)
        if self.broker.pid is None and not is_free(self.port):  # before a minute's work
            raise PortTaken(f"Port {self.port} of this machine is taken.")
        found(self)
        return self

    def start_broker(self) -> None:
        """Start the broker and wait until it answers. Raises LiaisonError."""
        self.broker.start()

    def start(self, *nodes: str) -> Federation:
        """Start these nodes (all that do not run when none is named), side by side, and wait until each reads and writes."""
        begun = time.monotonic()
        names = list(nodes) or [node for node in self.nodes if node not in self._running]
        for node in names:
            self.launch(node)
        wait_until(lambda: all(self.is_ready(node) for node in names), f"{', '.join(names)} read and write", READY_SECONDS)
        self.say(f"{', '.join(names)} running after {time.monotonic() - begun:.1f} s")
        return self

    def launch(self, node: str) -> None:
        """Start one node and return at once; `is_ready` tells when it reads and writes."""
        ready = self._ready_file(node)
        ready.unlink(missing_ok=True)
        words = [str(LIAISON), "--home", str(self.home(node)), "run", "--ready-file", str(ready)]
        with self.log(node).open("ab") as log:
            self._running[node] = launch(words, leashed=not self.detached, output=log)

    def is_ready(self, node: str) -> bool:
        """Whether a launched node reads and writes. Raises NodeEndedError when it has ended instead."""
        status = self._running[node].poll()
        if status is not None:
            del self._running[node]
            raise NodeEndedError(f"{node} ended with {status}:\n{self.last_lines(node)}")
        return self._ready_file(node).exists()

    def last_lines(self, node: str) -> str:
        """The end of a node's log."""
        return "\n".join(self.log(node).read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN_LINES:])

    def _ready_file(self, node: str) -> Path:
        return self.folder / "logs" / f"{node}.ready"

    def process(self, node: str) -> Process | None:
        """A node's process, None when it does not run."""
        running = self._running.get(node)
        return None if running is None or running.poll() is not None else identity(running.pid)

    def stop(self, *nodes: str) -> dict[str, int | None]:
        """Ask nodes (all when none is named) to end in order, side by side; their exit codes, None for one that had to be killed."""
        names = [node for node in nodes or self.nodes if node in self._running]
        for node in names:
            self._running[node].terminate()
        until = time.monotonic() + STOP_SECONDS
        return {node: self._ended(node, max(0.1, until - time.monotonic())) for node in names}

    def _ended(self, node: str, seconds: float) -> int | None:
        """Wait for a node that was asked to end; a second signal would cut it short."""
        process = self._running.pop(node)
        try:
            return process.wait(seconds)
        except TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def kill(self, node: str) -> None:
        """SIGKILL a node, as a power cut would."""
        process = self._running.pop(node)
        process.kill()
        process.wait()

    def restart(self, node: str) -> None:
        """Start a stopped or killed node, again and again while the lease of its dead process runs out, as a supervisor would."""
        self.launch(node)
        wait_until(lambda: self._is_back(node), f"{node} is back", READY_SECONDS)

    def _is_back(self, node: str) -> bool:
        try:
            return self.is_ready(node)
        except NodeEndedError as error:
            if "node.already-running" not in str(error):
                raise
            self.launch(node)
            return False

    def cancel(self) -> None:
        """End the commands under way and let no other begin; a broker that is being started is given up."""
        self.commands.cancel()
        if not self._running:
            self.broker.stop()

    def close(self) -> None:
        """End every process. Never raises, also after a failed start or an interruption."""
        self.commands.cancel()
        self.stop()
        self.broker.stop()

    def __enter__(self) -> Self:
        """As a context manager it ends what it started."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        self.close()

    # --- people ---------------------------------------------------------------------------------------------------------

    def cli(self, node: str, user: str, *words: str) -> Any:  # noqa: ANN401 - whatever the command prints as JSON
        """Run `liaison WORDS...` at a node as one of its people, signed in when not yet; its JSON. Raises CommandRefusedError."""
        session = self.session(node, user)
        place = ["--home", str(self.home(node)), "--session-file", str(session)]
        if not session.exists():  # remove the file after what ends sessions (a restored database)
            self.commands.run([*place, "login", user, "--password-file", str(self.secret(node, user))])
        return self.commands.run([*place, *words])
