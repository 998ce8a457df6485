"""Every command of the engine: its name, where it lives, what it is for. Help reads this table, so nothing is imported to show it."""

from typing import NamedTuple


class Entry(NamedTuple):
    """One command or group. `target` is `module:function`; the function makes its Typer app."""

    name: str
    target: str
    line: str
    section: str


START = "Begin"
DAILY = "Look"
WORK = "Work"
PEOPLE = "People"
NODE = "Run"
FEDERATION = "Federation"

ENTRIES: tuple[Entry, ...] = (
    Entry("init", "liaison.cli.init:app", "Make a new node: folder, keys, settings, database, first administrator.", START),
    Entry("login", "liaison.cli.login:login_app", "Sign in at this node.", START),
    Entry("logout", "liaison.cli.login:logout_app", "Sign out.", START),
    Entry("whoami", "liaison.cli.login:whoami_app", "Who is signed in, with which roles.", START),
    Entry("password", "liaison.cli.login:password_app", "Change your own password.", START),
    Entry("status", "liaison.cli.status:app", "How this node is doing, on one page.", DAILY),
    Entry("fleet", "liaison.cli.fleet:app", "How the nodes of this office are doing, by their own reports.", DAILY),
    Entry("streams", "liaison.cli.streams:app", "Streams this node writes and reads, and how far it is.", DAILY),
    Entry("held", "liaison.cli.held:app", "Batches that cannot be judged yet.", DAILY),
    Entry("gaps", "liaison.cli.gaps:app", "What is missing from the streams of others.", DAILY),
    Entry("outbox", "liaison.cli.outbox:app", "Events waiting to leave, and those that could not.", DAILY),
    Entry("refusals", "liaison.cli.refusals:app", "What other nodes refused of ours.", DAILY),
    Entry("quarantine", "liaison.cli.quarantine:app", "Events of others that this node could not accept.", DAILY),
    Entry("verify", "liaison.cli.verify:app", "Who signed an event, what and when, checked again from the stored bytes.", DAILY),
    Entry("proof", "liaison.cli.proof:app", "Check a proof file of a case, on any machine.", DAILY),
    Entry("users", "liaison.cli.users:app", "The people of this node and their roles.", PEOPLE),
    Entry("sessions", "liaison.cli.sessions:app", "Who is signed in now.", PEOPLE),
    Entry("api", "liaison.cli.api:app", "Keys for programs of this office, and the document of its API.", PEOPLE),
    Entry("audit", "liaison.cli.audit:app", "Who did what and when; nobody can change it unseen.", PEOPLE),
    Entry("run", "liaison.cli.run:app", "Run this node until it is stopped.", NODE),
    Entry("topics", "liaison.cli.topics:app", "The topics on the Kafka cluster.", NODE),
    Entry("backup", "liaison.cli.backup:backup_app", "Write a backup of the database, also while the node runs.", NODE),
    Entry("restore", "liaison.cli.backup:restore_app", "Put a backup back; the node must be stopped.", NODE),
    Entry("database", "liaison.cli.database:app", "The version of the database's tables, and upgrading them.", NODE),
    Entry("version", "liaison.cli.version:app", "Which version this is.", NODE),
    Entry("federation", "liaison.cli.federation:app", "Found a federation and sign its member list.", FEDERATION),
    Entry("trust", "liaison.cli.trust:app", "The signed member list this node works with.", FEDERATION),
    Entry("keys", "liaison.cli.keys:app", "The keys that others seal for this node with.", FEDERATION),
)

BY_NAME = {entry.name: entry for entry in ENTRIES}
SECTIONS = (START, WORK, DAILY, PEOPLE, NODE, FEDERATION)
