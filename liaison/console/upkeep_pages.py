"""Pages of the node's upkeep, for an administrator without a shell: sealing keys, the member list that the node holds, backups.

Nothing secret goes through a browser: keys are made and backups written on the node's machine, and only the card, which is public, is sent.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from liaison.console.jobs import Ended, TooManyJobs, beside
from liaison.console.pages import Moved, Page, Place, Sent, Shown
from liaison.console.words import n_
from liaison.node.reporting import backup_at
from liaison.node.trust_store import SqlTrustStore
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from liaison.console.jobs import Progress
    from liaison.console.pages import Reply, Visit
    from liaison.node.backup import Manifest
    from liaison.node.reporting import BackupNoted
    from liaison.node.upkeep import SealingRow
    from liaison.protocol.members import MemberList

SHELL: Final = "liaison.console"
KEYS: Final = "/node/keys"
LIST: Final = "/node/list"
BACKUPS: Final = "/node/backups"
SEE_KEYS: Final = "keys.show"
RENEW: Final = "keys.renew"
UPDATE: Final = "trust.update"
BACKUP: Final = "node.backup"


class Kept(Protocol):
    """The upkeep of this node, as `liaison.upkeep.Upkeep`, which the commands use too."""

    def sealing_keys(self, connection: Connection) -> Sequence[SealingRow]:
        """The node's sealing keys."""

    def renew_sealing(self, connection: Connection) -> str:
        """A new one, and the card that asks for its listing."""

    def card_bytes(self) -> bytes:
        """That card."""

    def list_folder(self, connection: Connection) -> Path | None:
        """Where the member list was last taken from."""

    def take_list(self, connection: Connection) -> tuple[int, MemberList] | LiaisonError:
        """Take the list that is there now."""

    def backup_file(self) -> Path:
        """A new file for a backup."""

    def begun_backup(self, connection: Connection) -> Manifest:
        """What it will say of itself."""

    def write_backup(self, file: Path, begun: Manifest) -> Manifest:
        """Write it."""

    def note_backup(self, connection: Connection, file: Path, made: Manifest) -> None:
        """Remember it."""

    def last_backup(self, connection: Connection) -> BackupNoted | None:
        """What was noted of the last one."""

    def room(self) -> tuple[Path, int] | None:
        """Where they are written, and the bytes free there."""

    def clear_left_over(self) -> None:
        """Take away what a stop left over."""

    def unusable(self, fault: OSError) -> LiaisonError:
        """The refusal for what the machine said of a file or folder."""


def upkeep_pages(upkeep: Kept) -> Callable[[], Sequence[Page]]:
    """What makes the pages, for `Console.pages`."""
    return partial(_pages, upkeep)


def _pages(upkeep: Kept) -> Sequence[Page]:
    backups = _Backups(upkeep)
    return (
        Page("GET", KEYS, SEE_KEYS, partial(show_keys, upkeep), Place("node", n_("Sealing keys"), 16)),
        Page("POST", f"{KEYS}/renew", RENEW, partial(renew, upkeep)),
        Page("POST", f"{KEYS}/card", RENEW, partial(send_card, upkeep)),
        Page("GET", LIST, UPDATE, partial(show_list, upkeep), Place("node", n_("Member list"), 17)),
        Page("POST", f"{LIST}/update", UPDATE, partial(update_list, upkeep)),
        Page("GET", BACKUPS, BACKUP, backups.show, Place("node", n_("Backups"), 18)),
        Page("POST", BACKUPS, BACKUP, backups.make),
    )


# --- sealing keys ---------------------------------------------------------------------------------------------------------


def show_keys(upkeep: Kept, visit: Visit) -> Reply:
    """Which keys others seal for this node with, whether their files are here, and which wait to be listed."""
    now = visit.desk.parts.clock.now()
    with visit.desk.inspecting(SEE_KEYS) as connection:
        found = upkeep.sealing_keys(connection)
    rows = [{"key": one, "standing": _standing(one, now)} for one in found]
    data = {
        "rows": rows,
        "told": STANDINGS,
        "waiting": [one.key_id for one in found if one.on_card],
        "usable": any(row["standing"] == "in-force" for row in rows),
    }
    return Shown(f"{SHELL}/sealing_keys.html", data)


STANDINGS: Final = {  # of a sealing key -> word, tone, what it means
    "in-force": (n_("in force"), "good", n_("Others seal for this node with it.")),
    "ended": (n_("ended"), "", n_("Nothing new is sealed with it; what was still opens.")),
    "to-come": (n_("to come"), "", n_("Listed, and used from its first day.")),
    "lost": (
        n_("file missing"),
        "bad",
        n_("What is sealed with it does not open here: put its file back, or make a new key."),
    ),
    "asked": (n_("waits to be listed"), "warn", n_("The card asks for its listing. Until then the keys before it are used.")),
    "unlisted": (n_("not listed"), "", n_("Not in the member list, and no card asks for it: nobody uses it.")),
}


def _standing(one: SealingRow, now: datetime) -> str:
    if not one.listed:
        return "asked" if one.on_card else "unlisted"
    if one.made_at is None:
        return "lost"
    if one.valid_from is not None and now < one.valid_from:
        return "to-come"
    return "ended" if one.valid_to is not None and now >= one.valid_to else "in-force"


def renew(upkeep: Kept, visit: Visit) -> Reply:
    """A new sealing key, and the card that asks for its listing."""
    with visit.desk.changing(RENEW) as connection, _telling(upkeep):
        key = upkeep.renew_sealing(connection)
    return Moved(KEYS, visit.words("The new sealing key is {key}. Send the card to the keeper of the member list.", key=key))


def send_card(upkeep: Kept, visit: Visit) -> Reply:
    """The card, to be sent to the keeper: public halves of keys, signed."""
    data = upkeep.card_bytes()
    if not data:
        return Moved(KEYS, visit.words("There is no card: make a new key first."), "warning")
    with visit.desk.changing(RENEW, "card.json", what="card taken out"):
        """An export is written down."""
    return Sent(data, "application/json", f"{visit.desk.parts.node}-card.json")


# --- the member list ------------------------------------------------------------------------------------------------------


def show_list(upkeep: Kept, visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """The list that this node holds, how old it is, and where it comes from."""
    parts, now = visit.desk.parts, visit.desk.parts.clock.now()
    with visit.desk.inspecting(UPDATE) as connection:
        accepted = SqlTrustStore(connection, parts.tables).accepted()
        members = None if accepted is None else parts.load_members(connection)
        folder = upkeep.list_folder(connection)
    data: dict[str, Any] = {
        "accepted": accepted,
        "stale": accepted is not None and accepted.stale(now),
        "days": 0 if accepted is None else (now - accepted.issued_at).days,
        "number": 0 if members is None else len(members.members),
        "listed": members is not None and parts.node in members.members,
        "federation": "" if members is None else members.federation.hex(),
        "folder": "" if folder is None else str(folder),
        "problem": problem,
    }
    return Shown(f"{SHELL}/member_list.html", data, 200 if problem is None else 422)


def update_list(upkeep: Kept, visit: Visit) -> Reply:
    """Look into the folder that the list was last taken from; nothing is accepted that the root of the federation does not vouch for."""
    try:
        with visit.desk.changing(UPDATE) as connection, _telling(upkeep):
            taken = upkeep.take_list(connection)
    except LiaisonError as error:
        return show_list(upkeep, visit, error)
    if isinstance(taken, LiaisonError):
        return show_list(upkeep, visit, taken)
    before, members = taken
    if members.version == before:
        return Moved(LIST, visit.words("No newer list is there: {version} is in force, and was checked again.", version=members.version))
    return Moved(LIST, visit.words("Member list {version} is in force now.", version=members.version))


# --- backups --------------------------------------------------------------------------------------------------------------


class _Backups:
    """The page of backups of one console, which makes one at a time."""

    def __init__(self, upkeep: Kept) -> None:
        self._upkeep = upkeep
        self._making = False

    def show(self, visit: Visit) -> Reply:
        """The last backup, where it is, and what it lacks."""
        upkeep, parts = self._upkeep, visit.desk.parts
        with visit.desk.inspecting(BACKUP) as connection:
            at, last = backup_at(connection, parts.tables), upkeep.last_backup(connection)
            found = upkeep.sealing_keys(connection) if _has_list(visit, connection) else ()
        keys = [one.key_id for one in found if one.made_at is not None]
        problem, room = None, None
        try:
            room = upkeep.room()
        except LiaisonError as error:
            problem = error
        data: dict[str, Any] = {
            "at": at,
            "days": None if at is None else (parts.clock.now() - at).days,
            "last": last,
            "newer_keys": [] if last is None else [one for one in keys if one not in last.sealing],
            "room": room,
            "problem": problem,
            "making": self._making,
        }
        return Shown(f"{SHELL}/backups.html", data)

    def make(self, visit: Visit) -> Reply:
        """A backup into the node's folder for them, as long work. Raises TooManyJobs while another is made."""
        if self._making:
            raise TooManyJobs
        upkeep = self._upkeep
        file = upkeep.backup_file()
        with visit.desk.changing(BACKUP, file.name, what="begun") as connection:  # whatever becomes of the work, a file may lie there
            begun = upkeep.begun_backup(connection)
        job = visit.jobs.start(visit.desk.person.user_id, visit.words("A backup"), BACKUPS, self._steps(visit, file, begun))
        return Moved(f"/jobs/{job.job_id}")

    def _steps(self, visit: Visit, file: Path, begun: Manifest) -> Generator[Progress, None, Ended]:
        upkeep, saying = self._upkeep, visit.words("The database is copied.")
        if self._making:
            raise TooManyJobs
        self._making = True
        try:
            with _telling(upkeep):
                upkeep.clear_left_over()
                made = yield from beside(lambda: upkeep.write_backup(file, begun), saying)
                with visit.desk.changing(BACKUP, file.name, sha256=made.sha256) as connection:
                    upkeep.note_backup(connection, file, made)
        finally:
            self._making = False
        return Ended(BACKUPS, visit.words("The backup {file} is written.", file=file.name))


def _has_list(visit: Visit, connection: Connection) -> bool:
    return SqlTrustStore(connection, visit.desk.parts.tables).accepted() is not None


@contextmanager
def _telling(upkeep: Kept) -> Iterator[None]:
    """What the machine says of files becomes a refusal with a sentence."""
    try:
        yield
    except OSError as fault:
        raise upkeep.unusable(fault) from fault
