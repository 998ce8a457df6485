"""From nothing to six nodes that could run: the federation's root, homes with keys and databases, the member list, people, topics."""

from __future__ import annotations

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from demo.offices import ADMINISTRATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from demo.federation import Federation
    from demo.offices import Office

WORKERS = 3  # the broker's start and two cores' worth of commands


def found(federation: Federation) -> None:
    """Do the whole ceremony with the installed command, offices side by side. Raises what the first failing step raised."""
    offices = federation.offices
    federation.say(f"founding a federation of {len(offices)} offices in {federation.folder}")
    made = federation.commands.run(
        ["federation", "create", str(federation.trust), "--environment", "training", "--keys", str(federation.folder / "trust-keys")]
    )
    beside([federation.start_broker, *(partial(_init, federation, office, made["federation"]) for office in offices)], federation.cancel)
    federation.say(f"the broker answers on {federation.bootstrap}; every office has its key, settings and database")
    cards = [str(federation.home(office.node) / "card.json") for office in offices]
    federation.commands.run(
        ["federation", "admit", *cards, "--trust", str(federation.trust), "--keys", str(federation.folder / "trust-keys"), "--yes"]
    )
    beside([partial(_settle_in, federation, office) for office in offices], federation.cancel)
    federation.say("the member list is signed, every office has it, and its people have their passwords")


def beside(steps: Iterable[Callable[[], object]], cancel: Callable[[], object]) -> list[object]:
    """Run steps side by side; their results in order. Raises the first error when those under way have ended.

    `cancel` ends those under way: Ctrl-C must not wait for them. What has not begun then does not.
    """
    pool = ThreadPoolExecutor(WORKERS)
    try:
        return [task.result() for task in [pool.submit(step) for step in steps]]
    except KeyboardInterrupt:
        cancel()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _init(federation: Federation, office: Office, root_sha256: str) -> None:
    node = office.node
    words = ["--home", str(federation.home(node)), "init", node, "--environment", "training", "--trust", str(federation.trust)]
    words += ["--root-sha256", root_sha256, "--region", office.region, "--administrator", ADMINISTRATOR]
    words += ["--password-file", str(new_secret(federation.secret(node, ADMINISTRATOR)))]
    words += ["--regional-bootstrap", federation.bootstrap, "--metrics-port", str(federation.metrics_port(node))]
    words += ["--console-port", str(federation.console_port(node))]
    if office.kind == "ncp":
        words += ["--office", office.office]
    url = federation.database_url(node)
    federation.commands.run(words + (["--database-url", url] if url else []))


def _settle_in(federation: Federation, office: Office) -> None:
    """The signed list, the people, and at the hub the topics."""
    node = office.node
    federation.cli(node, ADMINISTRATOR, "trust", "update", "--from", str(federation.trust))
    for name, roles in office.people.items():
        password = new_secret(federation.secret(node, name))
        words = [word for role in roles for word in ("--role", role)]
        federation.cli(node, ADMINISTRATOR, "users", "add", name, *words, "--lasting", "--password-file", str(password))
    if office.kind == "hub":
        federation.cli(node, ADMINISTRATOR, "topics", "create")


def new_secret(path: Path) -> Path:
    """A generated password in a file that only its owner can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(18) + "\n")
    return path
