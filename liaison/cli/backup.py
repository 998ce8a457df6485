"""`liaison backup` and `liaison restore`: the database and the sealing keys as one file, and back."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from sqlalchemy import delete, select, update

from liaison.adapters.database_copy import check_copy, is_there, kind_of_database, put_back
from liaison.adapters.sealing_files import put_back as put_sealing_back
from liaison.assembly import SEALING_FOLDER, trust_root_federation
from liaison.cli.acts import changing, looking, note
from liaison.cli.counter import HomeCounter, home_counter
from liaison.cli.schema import make_tables, require_stopped
from liaison.node.backup import Manifest, read_manifest, unpack, unpack_sealing
from liaison.node.database import DatabaseFailed, DatabaseLocked
from liaison.node.state import write_state
from liaison.node.times import to_ms
from liaison.upkeep import Upkeep, scratch

if TYPE_CHECKING:
    from liaison.assembly import Node

File = Annotated[Path, typer.Argument(help="The backup file.")]
NewFile = Annotated[Path | None, typer.Argument(help="The backup file; default: a new one in LIAISON_BACKUP_FOLDER.", show_default=False)]
RESTORED_FROM: Final = "restored.from"


def backup_app() -> typer.Typer:
    """`liaison backup`."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_backup)
    return made


def restore_app() -> typer.Typer:
    """`liaison restore`."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_restore)
    return made


def _backup(ctx: typer.Context, file: NewFile = None) -> None:
    """Write a backup of the database and the sealing keys into one file (0600), also while the node runs.

    The signing key, the key of national values and node.env are not in it: keep keys/ apart from it.

    Example: liaison backup /media/stick/ncp.jm-monday.backup

    Without a file it goes into the folder of LIAISON_BACKUP_FOLDER, under a name of its own.

    Next: `liaison restore FILE` on the day it is needed; what the node sent since then it reads back from the broker.
    """
    counter = home_counter(ctx)
    upkeep = Upkeep(counter.node)
    with looking(counter, "node.backup") as connection:  # permitted, before anything is written
        begun = upkeep.begun_backup(connection)
    path = file or upkeep.backup_file()
    with counter.terminal.progress("Copying the database"):
        manifest = upkeep.write_backup(path, begun)
    with changing(counter, "node.backup", path.name, sha256=manifest.sha256) as connection:  # in the audit as an export of everything
        upkeep.note_backup(connection, path, manifest)
    if counter.terminal.as_json:
        counter.terminal.record({"file": str(path.absolute()), **_shown(manifest)})
    counter.terminal.say(
        f"{path} holds the database of {manifest.node} of {manifest.made_at}, {manifest.size} bytes, SHA-256 {manifest.sha256}."
    )
    plain = (
        ""
        if counter.node.settings.key_passphrase_file is not None
        else " under no passphrase: who has the file can open what is sealed for it"
    )
    counter.terminal.say(f"It holds {len(manifest.sealing)} sealing key{'' if len(manifest.sealing) == 1 else 's'}{plain}.")
    counter.terminal.say("Keep keys/ and node.env apart from it; without the key the node cannot speak.")


def _restore(ctx: typer.Context, file: File) -> None:
    """Put a backup back. The replaced database is kept aside, all sessions end, and the node must be stopped.

    Example: liaison restore /media/stick/ncp.jm-monday.backup

    At its next start the node compares the database with what it sent: what it had sent since the backup is read back from the
    broker, and its streams go on under a new epoch, so that no number is used twice. Drafts written since the backup are lost.

    Next: `liaison login`, `liaison run`, then `liaison status`.
    """
    counter = home_counter(ctx)
    node = counter.node
    manifest = read_manifest(file)
    _require_ours(node, manifest)
    who = _permitted(counter)
    place = Path(node.settings.home) / ".restore"
    with scratch(place) as copy, counter.terminal.progress("Restoring the database"):
        sealing = unpack_sealing(file, manifest)
        unpack(file, manifest, copy)
        check_copy(node.settings.database, copy)
        require_stopped(node)
        node.close()
        aside = put_back(node.settings.database, copy, f"{node.parts.clock.now():%Y%m%dT%H%M%S}")
    _settle(counter, manifest, who)
    back = put_sealing_back(counter.home / SEALING_FOLDER, sealing)
    if counter.terminal.as_json:
        counter.terminal.record({"restored": str(file.absolute()), "aside": aside, "sealing_back": back, **_shown(manifest)})
    counter.terminal.say(f"The database of {manifest.made_at} is back.")
    if aside:
        counter.terminal.say(f"The one it replaced is kept: {aside}")
    if back:
        counter.terminal.say(f"Sealing keys that were not here are back: {', '.join(back)}.")
    counter.terminal.say("Next: `liaison login`, then `liaison run`; the node reads back what it sent since.")


def _require_ours(node: "Node", manifest: "Manifest") -> None:

    manifest.require(
        node=node.settings.node, federation=trust_root_federation(node.settings).hex(), kind=kind_of_database(node.settings.database)
    )


def _permitted(counter: HomeCounter) -> str:
    """Who restores. Nobody can sign in to a database that is lost or damaged: then whoever holds the node's folder may, as `system`."""
    node = counter.node
    if not is_there(node.settings.database):
        return "system"
    try:
        with node.parts.database.reading() as connection:
            connection.execute(select(node.access.tables.users.c.user_id).limit(1))
    except DatabaseLocked:
        raise
    except DatabaseFailed as error:
        counter.terminal.say(f"Nobody can sign in ({error.code}); restoring on the authority of whoever holds this folder.")
        return "system"
    desk = counter.desk()
    desk.require("node.restore")
    return desk.person.user_id


def _settle(counter: HomeCounter, manifest: "Manifest", who: str) -> None:
    """In the restored database: tables of this version, no old session, device or lease alive, and the audit's entry."""
    node = counter.node
    now = to_ms(node.parts.clock.now())
    make_tables(node)
    with node.parts.database.writing() as connection:
        sessions = node.access.tables.sessions
        connection.execute(update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=now))
        connection.execute(delete(node.access.tables.devices))  # else one that was shut out since the backup would be known again
        connection.execute(update(node.parts.tables.leases).values(expires_at=0))
        write_state(connection, node.parts.tables, RESTORED_FROM, manifest.made_at)
        note(counter, connection, who, "node.restore", made_at=manifest.made_at, sha256=manifest.sha256)


def _shown(manifest: "Manifest") -> dict[str, object]:
    return asdict(manifest)
