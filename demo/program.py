"""`python -m demo`: six offices do the main job and stop; `up` leaves them running, `down` stops them, `status` says how they are."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from demo.account import show, take_account
from demo.commands import LIAISON, CommandRefusedError
from demo.federation import Federation, NodeEndedError
from demo.journal import Journal
from demo.offices import ADMINISTRATOR, OFFICER
from demo.running import end_all, read_running, running_of
from demo.story import REAL_FILE, Story
from demo.waiting import NotMetError
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER: Final = Path("var/demo")
PIDS: Final = "pids.json"
REPORT: Final = "report.json"
LOCK: Final = "lock"
INTERRUPTED: Final = 130
KNOWN: Final = (CommandRefusedError, NodeEndedError, NotMetError, LiaisonError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; the exit code."""
    given = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, a shell's background
            signal.signal(number, _interrupt)
    try:
        given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return int(given.does(given))
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return INTERRUPTED
    except KNOWN as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        next_step = getattr(error, "next_step", "")
        if next_step:
            print(f"Next: {next_step}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where homes, databases and the report go (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="the broker's port; 0 takes any free one")
    parser.set_defaults(does=_demo)
    commands = parser.add_subparsers(title="commands", metavar="up | down | status")
    for name, does, line in (
        ("up", _up, "do the same and leave everything running"),
        ("down", _down, "stop what `up` left running"),
        ("status", _status, "which of its processes run"),
    ):
        command = commands.add_parser(name, help=line, description=line)
        command.set_defaults(does=does)
        if name == "up":
            command.add_argument("--port", type=int, default=argparse.SUPPRESS, help="the broker's port; 0 takes any free one")
    return parser


def _interrupt(_number: int, _frame: object) -> NoReturn:
    with suppress(OSError):
        os.write(sys.stderr.fileno(), b"Stopping what was started.\n")  # print may be what was interrupted
    raise KeyboardInterrupt


def _demo(given: argparse.Namespace) -> int:
    with _only_one(given.folder):
        _clear(given.folder)
        journal = Journal()
        with Federation(given.folder, port=given.port, say=journal.tell) as federation:
            holds = _tell(federation, journal)
        journal.tell("everything is stopped")
        return 0 if holds else 1


def _up(given: argparse.Namespace) -> int:
    with _only_one(given.folder):
        _clear(given.folder)
        journal = Journal()
        federation = Federation(given.folder, port=given.port, detached=True, say=journal.tell)
        try:
            holds = _tell(federation, journal)
            running_of(federation).write(given.folder / PIDS)
        except BaseException:
            federation.close()
            raise
        _how_to(federation)
        return 0 if holds else 1


def _tell(federation: Federation, journal: Journal) -> bool:
    """Found, start, tell the story, show the account, write the report; whether every sum agrees."""
    with journal.step("setting up the federation"):
        federation.found()
        federation.start()
    story = Story(federation, journal, real_file=REAL_FILE if REAL_FILE.is_file() else None)
    try:
        story.tell()
        account = take_account(federation, story.intake)
    finally:
        story.close()
    account.steps = journal.steps
    show(account)
    account.write(federation.folder / REPORT)
    journal.tell(f"the same numbers are in {federation.folder / REPORT}")
    return account.holds


def _how_to(federation: Federation) -> None:
    """What a person can do now: an officer's first commands, and who else there is."""
    node, program = "ncp.br", os.path.relpath(LIAISON)
    print(f"\nRunning until `make down`. The broker is at {federation.bootstrap}. The offices, in a browser on this machine:\n")
    for office in federation.offices:
        people = ", ".join([*office.people, ADMINISTRATOR])
        print(f"  {office.node:9} {federation.console(office.node)}   sign in as {people}")
    print(f"\nTheir passwords: {os.path.relpath(federation.folder / 'secrets')}/OFFICE/NAME, for example")
    print(f"\n  cat {os.path.relpath(federation.secret(node, OFFICER))}\n")
    print(f"At the terminal, to work at {node} as its officer:\n")
    print(f"  export LIAISON_HOME={federation.home(node)}")
    print(f"  {program} login {OFFICER} --password-file {federation.secret(node, OFFICER)}")
    print(f"  {program} status")
    print(f"  {program} seizures list --state returned\n")


def _down(given: argparse.Namespace) -> int:
    running = read_running(given.folder / PIDS)
    if running is None or not running.alive():
        print("Nothing is running.")
    else:
        for name, softly in end_all(running).items():
            print(f"{name} stopped" if softly else f"{name} had to be killed")
    (given.folder / PIDS).unlink(missing_ok=True)
    return 0


def _status(given: argparse.Namespace) -> int:
    running = read_running(given.folder / PIDS)
    if running is None:
        print("Nothing is running; `make up` starts it.")
        return 1
    alive = running.alive()
    for name, process in running.processes.items():
        print(f"{name:10} {'running' if name in alive else 'ended'}  pid {process.pid}")
    print(f"The broker's address: {running.bootstrap}")
    return 0 if len(alive) == len(running.processes) else 1


class InUseError(OSError):
    """Another run works in the folder."""


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """One run a folder, and only in a folder of our own: it is emptied. Raises InUseError, also while what `up` started still runs."""
    if not (folder / LOCK).exists() and any(folder.iterdir()):
        raise InUseError(f"{folder} holds other things; give an empty --folder.")
    with (folder / LOCK).open("w") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(f"Another run works in {folder}; wait for it, or give another --folder.") from None
        running = read_running(folder / PIDS)
        if running is not None and running.alive():
            raise InUseError(f"The offices in {folder} are running; stop them with `make down`.")
        yield


def _clear(folder: Path) -> None:
    """Remove what an earlier run left in its folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()
