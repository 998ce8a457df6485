"""What an administrator does to a node itself, by a command and on a page alike: sealing keys, the member list, backups.

Nothing here asks the permission table or writes the audit: whoever calls does both, in the transaction it hands in.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from liaison.adapters.database_copy import copy_out, kind_of_database
from liaison.adapters.private_files import write_private
from liaison.adapters.sealing_files import made_at, read_files
from liaison.assembly import CARD, ROOT_FILE, SEALING_FOLDER, sealing_keys_of, signer_of, trust_root_federation
from liaison.node.backup import BackupExists, Manifest, digest_of, digests_of, write_backup
from liaison.node.cards import BadCard, CardFacts, CardNotSigned, make_card, read_card
from liaison.node.reporting import BackupNoted, backup_noted, note_backup
from liaison.node.state import read_state, write_state
from liaison.node.times import from_ms
from liaison.node.trust import TrustError
from liaison.node.trust_store import SqlTrustStore, list_version
from liaison.node.upkeep import NoBackupFolder, NoFolder, SealingRow, folder_unusable, not_listed
from liaison.protocol.sealing import sealing_key_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from liaison.assembly import Node
    from liaison.node.cards import Card, KeyHolder
    from liaison.node.upkeep import FolderUnusable
    from liaison.protocol.members import Member, MemberList

FOLDER_STATE: Final = "trust.folder"  # of the node's state: where the member list was last taken from
LEFT_OVER: Final = timedelta(days=1)  # after which the working copy of a backup that was cut off is taken away


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The upkeep of one node."""

    node: Node

    # --- sealing keys -------------------------------------------------------------------------------------------------------

    def sealing_keys(self, connection: Connection) -> list[SealingRow]:
        """Those of the member list, then those that are only here. Raises NoMemberList."""
        me = self.node.parts.load_members(connection).members.get(self.node.settings.node)
        made = made_at(self.node.settings.home / SEALING_FOLDER)
        card = self.card()
        asked = sealing_key_id(card.sealing) if card is not None and card.sealing else ""
        listed = () if me is None else me.sealing
        rows = [
            SealingRow(key.key_id, listed=True, valid_from=key.valid_from, valid_to=key.valid_to, made_at=made.get(key.key_id))
            for key in listed
        ]
        known = {key.key_id for key in listed}
        return rows + [SealingRow(one, listed=False, made_at=at, on_card=one == asked) for one, at in made.items() if one not in known]

    def listed(self, connection: Connection) -> Member:
        """This node in its member list. Raises NotListed, NoMemberList."""
        me = self.node.parts.load_members(connection).members.get(self.node.settings.node)
        if me is None:
            raise not_listed(self.node.settings.node)
        return me

    def renew_sealing(self, connection: Connection) -> str:
        """A new sealing key, and the card that asks for its listing; the new key's id. Raises as `listed`, and as opening key files."""
        return self.ask_for_listing(self.listed(connection), signer_of(self.node.settings))

    def ask_for_listing(self, me: Member, signer: KeyHolder) -> str:
        """A card with a new sealing key, signed with this event key; the sealing key's id."""
        public = sealing_keys_of(self.node.settings).generate()
        facts = CardFacts(me.node, me.kind, me.name, me.country, me.region, me.office, self.node.settings.environment)
        write_private(self.node.settings.home / CARD, make_card(facts, signer, self.node.parts.clock.now(), public))
        return sealing_key_id(public)

    def card_bytes(self) -> bytes:
        """The card in the node's folder: public halves of keys, signed; empty: there is none."""
        with suppress(FileNotFoundError):
            return (self.node.settings.home / CARD).read_bytes()
        return b""

    def card(self) -> Card | None:
        """The same, read. None also for one that cannot be read."""
        data = self.card_bytes()
        with suppress(BadCard, CardNotSigned):
            return read_card(data) if data else None
        return None

    # --- the member list ----------------------------------------------------------------------------------------------------

    def list_folder(self, connection: Connection) -> Path | None:
        """Where the member list was last taken from; None: not known."""
        folder = read_state(connection, self.node.parts.tables, FOLDER_STATE)
        return Path(folder) if folder else None

    def take_list(self, connection: Connection, source: Path | None = None) -> tuple[int, MemberList] | TrustError:
        """Take a newer member list from a folder of trust files, by default the one used last: the version before, and the list.

        *Returns* a TrustError, and does not raise it: commit in both cases, what was seen of the trust files must not be forgotten. Raises
        NoFolder, OSError.
        """
        from liaison.node.trust_update import update_from_folder  # noqa: PLC0415 - TUF is slow to import

        node, tables = self.node, self.node.parts.tables
        folder = source.absolute() if source is not None else self.list_folder(connection)
        if folder is None:
            raise NoFolder
        before, root = list_version(connection, tables), (node.settings.home / ROOT_FILE).read_bytes()
        store, now = SqlTrustStore(connection, tables), node.parts.clock.now()
        try:
            members = update_from_folder(folder, store, root, node.settings.environment, now)
        except TrustError as error:
            return error
        write_state(connection, tables, FOLDER_STATE, str(folder))
        return before, members

    # --- backups ------------------------------------------------------------------------------------------------------------

    def backup_file(self) -> Path:
        """A new file in the folder for backups, named for this node and now. Raises NoBackupFolder."""
        folder, node = self.node.settings.backup_folder, self.node.settings.node
        if folder is None:
            raise NoBackupFolder
        name = f"{node}-{self.node.parts.clock.now():%Y%m%dT%H%M%SZ}"
        names = (f"{name}{'' if number == 1 else f'-{number}'}.backup" for number in count(1))  # two may begin in one second
        return next(folder / one for one in names if not os.path.lexists(folder / one))

    def begun_backup(self, connection: Connection) -> Manifest:
        """What a backup made now will say of itself, but for its content."""
        node = self.node
        return Manifest(
            node=node.settings.node,
            federation=trust_root_federation(node.settings).hex(),
            list_version=list_version(connection, node.parts.tables),
            made_at=node.parts.clock.now().isoformat(),
            kind=kind_of_database(node.settings.database),
            size=0,
            sha256="",
        )

    def write_backup(self, file: Path, begun: Manifest) -> Manifest:
        """Copy the database and the sealing keys into a new file (0600), also while the node runs; uses no transaction of the caller's.

        Raises BackupExists, DatabaseFailed, OSError.
        """
        if file.exists():
            raise BackupExists(f"{file} exists already; nothing was written.")
        file.absolute().parent.stat()  # a folder that is not there is named as such, not as the working copy in it
        with scratch(file) as copy:
            sealing = read_files(self.node.settings.home / SEALING_FOLDER)
            os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # it holds everything: private from its first byte
            copy_out(self.node.settings.database, copy)
            size, sha256 = digest_of(copy)
            made = replace(begun, size=size, sha256=sha256, sealing=digests_of(sealing))
            write_backup(file, made, copy, sealing)
        return made

    def note_backup(self, connection: Connection, file: Path, made: Manifest) -> None:
        """Remember that it was written, where, how large, and which sealing keys are in it."""
        from datetime import datetime  # noqa: PLC0415 - beside its use

        where = BackupNoted(str(file.absolute()), file.stat().st_size, made.sha256, tuple(sorted(made.sealing)))
        note_backup(connection, self.node.parts.tables, datetime.fromisoformat(made.made_at), where)

    def last_backup(self, connection: Connection) -> BackupNoted | None:
        """What was noted of the last backup."""
        return backup_noted(connection, self.node.parts.tables)

    def room(self) -> tuple[Path, int] | None:
        """The folder for backups and the bytes free there; None: there is none. Raises FolderUnusable."""
        folder = self.node.settings.backup_folder
        if folder is None:
            return None
        try:
            return folder, shutil.disk_usage(folder).free
        except OSError as fault:
            raise self.unusable(fault) from fault

    def unusable(self, fault: OSError) -> FolderUnusable:
        """The refusal for what the machine said of a file or folder."""
        return folder_unusable(fault)

    def clear_left_over(self) -> None:
        """Take away working copies in the folder for backups that somebody's stop left there long ago."""
        folder, now = self.node.settings.backup_folder, self.node.parts.clock.now()
        if folder is None:
            return
        for path in folder.glob(f".{self.node.settings.node}-*.backup.*"):
            with suppress(OSError):
                if now - from_ms(int(path.stat().st_mtime * 1000)) > LEFT_OVER:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A name for a working copy in a folder of its own (0700) beside a file, gone afterwards whatever happens."""
    with TemporaryDirectory(prefix=f".{beside.name}.", dir=beside.absolute().parent) as folder:
        yield Path(folder) / "copy"
