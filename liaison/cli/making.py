"""Making a node's home step by step, so that an interrupted `liaison init` leaves nothing behind or can be taken up again."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from liaison.access.permissions import Role
from liaison.access.users import add_user, list_users
from liaison.adapters import keys
from liaison.adapters.clock import SystemClock
from liaison.adapters.private_files import write_private
from liaison.adapters.silent import SilentLog, SilentMetrics
from liaison.assembly import CARD, KEY_FILE, ROOT_FILE, SEALING_FOLDER, VAULT_FILE, Ports, assemble, kind_of, node_spec
from liaison.cli.schema import make_tables
from liaison.node.audit import AuditEntry, append
from liaison.node.cards import BadCard, make_card
from liaison.node.state import read_state, write_state
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from liaison.adapters.keys import FileSigner
    from liaison.assembly import Node
    from liaison.node.cards import CardFacts
    from liaison.settings import Settings

UNFINISHED: Final = "init.unfinished"
NODE_ID_STATE: Final = "node.id"


class InitRefused(LiaisonError):  # noqa: N818 - named for what happened
    """The node cannot be made here."""

    code = "init.refused"


class HomeInUse(InitRefused):
    """The folder is a node's home already; nothing was changed."""

    code = "init.home-in-use"
    next_step = "Choose another folder with --home. A node's keys are never overwritten."


class HomeNotEmpty(InitRefused):
    """The folder holds other things; nothing was changed."""

    code = "init.home-not-empty"
    next_step = "Choose an empty folder with --home."


class HomeUnfinished(InitRefused):
    """An earlier `liaison init` was interrupted in this folder."""

    code = "init.unfinished"
    next_step = "Give the same command with --resume to finish it, or remove the folder and begin anew."


class DatabaseInUse(InitRefused):
    """The database belongs to a node already; nothing was changed in it."""

    code = "init.database-in-use"
    next_step = "Give every node an empty database of its own with --database-url."


class BadFacts(InitRefused):
    """What the node says of itself is not sound; nothing was made."""

    code = "init.bad-facts"
    next_step = "Correct the option; `liaison init --help` explains each."


@dataclass(frozen=True, slots=True)
class Plan:
    """What the administrator asked for, checked as far as it can be before anything is made."""

    settings: "Settings"
    facts: "CardFacts"
    root: bytes
    administrator: str
    password: str
    passphrase: str | None


def claim(home: Path, *, resume: bool) -> bool:
    """Take the folder for a new node; whether it is fresh. Raises HomeInUse, HomeNotEmpty, HomeUnfinished."""
    unfinished = home / UNFINISHED
    if home.exists() and unfinished.exists():
        if not resume:
            raise HomeUnfinished(f"An earlier `liaison init` was interrupted in {home}.")
        return False
    if (home / "node.env").exists():
        raise HomeInUse(f"{home} is a node's home already; nothing was changed.")
    if home.exists() and any(home.iterdir()):
        raise HomeNotEmpty(f"{home} is not empty; nothing was changed.")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    unfinished.touch(mode=0o600)
    return True


def make(plan: Plan, *, resume: bool) -> "tuple[Node, FileSigner]":
    """Make the home; the assembled node and its key. What a failed run made is removed, unless it was taken up with `resume`."""
    home = plan.settings.home
    fresh = claim(home, resume=resume)
    try:
        made = _make(plan)
        (home / UNFINISHED).unlink()
    except BaseException:  # an interruption too: a half-made home must not look like a node
        if fresh:
            _clear(home)
        raise
    return made


def _make(plan: Plan) -> "tuple[Node, FileSigner]":

    home = plan.settings.home
    signer = _key(plan)
    _vault_key(plan)
    sealing = _sealing_key(plan)
    write_private(home / ROOT_FILE, plan.root)
    write_private(home / "node.env", env_lines(plan.settings).encode())
    write_private(home / CARD, _card(plan, signer, sealing))
    node = _database(plan, signer)
    try:
        _first_administrator(plan, node)
    except BaseException:
        node.close()
        raise
    return node, signer


def _key(plan: Plan) -> "FileSigner":
    """A new key; the one an interrupted run made is kept."""
    path = plan.settings.home / KEY_FILE
    return keys.load(path, plan.passphrase) if path.exists() else keys.generate(path, plan.passphrase)


def _vault_key(plan: Plan) -> None:
    """Another key for another purpose: what the node keeps encrypted at rest."""
    path = plan.settings.home / VAULT_FILE
    if not path.exists():
        keys.generate_vault_key(path, plan.passphrase)


def _sealing_key(plan: Plan) -> bytes:
    """A third key: others seal for it. Its public half."""
    ring = keys.SealingKeys(plan.settings.home / SEALING_FOLDER, lambda: plan.passphrase)
    held = ring.ids()
    return ring.key(held[0]).public if held else ring.generate()


def _database(plan: Plan, signer: "FileSigner") -> "Node":
    """The assembled node with its tables made. Raises DatabaseInUse."""
    node = assemble(node_spec(kind_of(plan.settings.node)), plan.settings, Ports(log=SilentLog(), metrics=SilentMetrics(), signer=signer))
    make_tables(node)
    with node.parts.database.writing() as connection:
        owner = read_state(connection, node.parts.tables, NODE_ID_STATE)
        if owner and owner != f"{plan.settings.node} {signer.key_id}":
            raise DatabaseInUse(f"The database belongs to {owner.split()[0]} already; nothing was changed in it.")
        write_state(connection, node.parts.tables, NODE_ID_STATE, f"{plan.settings.node} {signer.key_id}")
    return node


def _card(plan: Plan, signer: "FileSigner", sealing: bytes) -> bytes:
    """Raises BadFacts."""
    try:
        return make_card(plan.facts, signer, SystemClock().now(), sealing)
    except BadCard as error:
        raise BadFacts(str(error)) from error


def _first_administrator(plan: Plan, node: "Node") -> None:
    """Last, so that a node with an administrator is whole; an interrupted run may have got this far."""
    with node.parts.database.writing() as connection:
        if list_users(connection, node.access):
            return
        person = add_user(connection, node.access, plan.administrator, plan.password, [Role.ADMINISTRATOR])
        entry = AuditEntry(person.user_id, "node.init", plan.settings.node, {"environment": plan.settings.environment})
        append(connection, node.audit, entry, node.parts.clock.now())


def _clear(home: Path) -> None:
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def env_lines(settings: "Settings") -> str:
    """`node.env`: what was set, one line each with its meaning above it."""
    return "\n".join(_env_lines(settings)) + "\n"


def _env_lines(settings: "Settings") -> "Iterator[str]":
    yield "# Settings of one node, written by `liaison init`; an environment variable of the same name comes first."
    fields: Mapping[str, Any] = type(settings).model_fields
    for name, field in fields.items():
        value = getattr(settings, name)
        if name in settings.model_fields_set and name != "home" and value is not None:
            yield f"\n# {field.description}"
            yield f"LIAISON_{name.upper()}={_quoted(str(value))}"


def _quoted(value: str) -> str:
    """In single quotes as python-dotenv reads them, where a plain word would not do."""
    if value.replace("/", "").replace(".", "").replace("-", "").replace(":", "").replace("_", "").isalnum():
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
