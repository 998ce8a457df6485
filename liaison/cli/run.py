"""`liaison run`: the node process, from the lease to the graceful stop."""

import asyncio
import gc
import json
import os
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from liaison.adapters.logs import node_log
from liaison.adapters.metrics import PrometheusMetrics
from liaison.adapters.private_files import write_private
from liaison.adapters.processes import has_ended
from liaison.adapters.silent import SilentMetrics
from liaison.assembly import Ports, assemble, kind_of, node_spec
from liaison.cli.brokers import brokers
from liaison.cli.counter import home_counter
from liaison.cli.door import open_doors, opened
from liaison.cli.main import COLLECT_EVERY
from liaison.cli.making import UNFINISHED
from liaison.migrations import require_current
from liaison.node import lease
from liaison.node.trust_store import NoMemberList
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.assembly import Node
    from liaison.cli.door import Door
    from liaison.settings import Settings

LIST_WAIT_SECONDS: Final = 1.0
TURN_SECONDS: Final = 0.0005  # a page that asks the database forty times waits forty times while events are handled: for this, not for 5 ms
SAY_AGAIN: Final = 30  # waits between two lines that say the same


class NotRunnable(LiaisonError):  # noqa: N818 - named for the state
    """The node's home is not whole."""

    code = "node.unfinished"
    next_step = "Finish it with `liaison init ... --resume`."


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_run)
    return made


def _run(
    ctx: typer.Context,
    *,
    ready_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Written when the node works, removed when it stops: for whoever starts and watches it."),
    ] = None,
) -> None:
    """Run this node until SIGTERM or Ctrl-C: it receives, handles, signs and sends. Log lines go to standard error.

    Example: liaison run --home /srv/ncp.jm

    It waits, and says for what, while there is no broker, no member list, or this node is not in the list yet. A stop finishes the step
    in hand and sends what is signed. Exit code 4: another process runs this node, or the database failed; nothing is half done.

    Next: `liaison status` in another terminal.
    """
    counter = home_counter(ctx)
    settings = counter.settings
    if (counter.home / UNFINISHED).exists():
        raise NotRunnable(f"{counter.home} was not finished.")
    require_current(settings.database)
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)
    with ExitStack() as stack:
        node, port = _assembled(settings, stack)
        doors = open_doors(node, stack)
        calm_collector()
        sys.setswitchinterval(TURN_SECONDS)
        if ready_file is not None:
            stack.callback(ready_file.unlink, missing_ok=True)
        ports = {"metrics_port": port, "api_port": 0, "console_port": 0, **{f"{door.name}_port": door.port for door in doors}}
        asyncio.run(_serve(node, doors, lambda: _ready(settings, ports, ready_file)))


def calm_collector() -> None:
    """What a node is made of stays; what a step makes is dropped whole, so the collector need look but rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)


def _assembled(settings: "Settings", stack: ExitStack) -> "tuple[Node, int]":
    """The node with its log and metrics, closed with the stack; and the port where the metrics are (0: nowhere)."""
    metrics, port = (PrometheusMetrics() if settings.metrics_port else SilentMetrics()), 0
    log = node_log(settings.node, settings.log_level, as_json=not sys.stderr.isatty())
    node = assemble(node_spec(kind_of(settings.node)), settings, Ports(metrics=metrics, log=log))
    stack.callback(node.close)
    with node.parts.database.reading() as connection:
        lease.ensure_free(connection, node.parts.tables, node.parts.clock.now(), has_ended)
    if isinstance(metrics, PrometheusMetrics):
        served = metrics.serve(settings.metrics_port, settings.metrics_host)
        stack.callback(served.stop)
        port = served.port
    return node, port


def _ready(settings: "Settings", ports: "Mapping[str, int]", ready_file: Path | None) -> None:
    if ready_file is not None:
        facts = {"node": settings.node, "pid": os.getpid(), **ports}
        write_private(ready_file, json.dumps(facts).encode() + b"\n")


async def _serve(node: "Node", doors: "list[Door]", on_ready: "Callable[[], None]") -> None:
    """Wait for the list, then run the engine; a first signal stops it in order, a second at once."""
    stopping = asyncio.Event()
    log = node.parts.log
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, number, stopping)
    log.info("node.starting", pid=os.getpid(), database=node.parts.database.engine.url.render_as_string(hide_password=True))
    if not await _wait_for_list(node, stopping):
        log.info("node.stopped")
        return

    works = asyncio.Event()

    def ready() -> None:
        log.info("node.ready", pid=os.getpid())
        works.set()
        on_ready()

    engine = node.engine(brokers(node.settings))
    stop = asyncio.create_task(_stop_engine(stopping, engine.stop))
    try:
        async with opened(doors, log, works, stopping.set):
            await engine.run(ready)
    finally:
        stop.cancel()
    log.info("node.stopped")


def _stop(number: signal.Signals, stopping: asyncio.Event) -> None:
    """The second signal of the same kind is the system's again: it ends the process at once."""
    asyncio.get_running_loop().remove_signal_handler(number)
    stopping.set()


async def _stop_engine(stopping: asyncio.Event, stop: "Callable[[], None]") -> None:
    await stopping.wait()
    stop()


async def _wait_for_list(node: "Node", stopping: asyncio.Event) -> bool:
    """Until the accepted list has this node with this key; False when stopped before."""
    waits = 0
    while not stopping.is_set():
        reason = await asyncio.to_thread(_not_listed, node)
        if reason is None:
            return True
        if waits % SAY_AGAIN == 0:
            node.parts.log.warning(reason.code, reason=str(reason), next_step=reason.next_step)
        waits += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LIST_WAIT_SECONDS)
    return False


class NotListed(LiaisonError):  # noqa: N818 - named for the state
    """This node is not in the member list yet."""

    code = "members.not-listed"
    next_step = "Send card.json to the keeper of the list, then `liaison trust update`. Waiting."


def _not_listed(node: "Node") -> LiaisonError | None:
    """What is missing before this node can speak, or None."""
    parts = node.parts
    try:
        with parts.database.reading() as connection:
            members = parts.load_members(connection)
    except NoMemberList as error:
        return error
    member = members.members.get(parts.node)
    if member is None:
        return NotListed(f"{parts.node} is not in member list {members.version}.")
    if member.key_at(parts.signer.key_id, parts.clock.now()) is None:
        return NotListed(f"Member list {members.version} has {parts.node} with another key than {parts.signer.key_id}.")
    return None
