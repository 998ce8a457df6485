"""A PostgreSQL server of the tests' own, from whatever installation the machine has."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from liaison.adapters.embedded_kafka.ready import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 30.0
UNPRIVILEGED = "postgres"  # the server refuses to run as root
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")  # the data lives as long as the run


def installed() -> Path | None:
    """The folder of initdb and postgres, newest first; None when there is no server here."""
    on_path = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    found = [Path(on_path)] if on_path else packaged
    return found[0].parent if found else None


@contextlib.contextmanager
def server(programs: Path) -> Iterator[str]:
    """A running server on this machine only; a SQLAlchemy URL of its first database."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="liaison-postgresql-"))
    if user is not None:
        shutil.chown(folder, user)
    port = free_port()
    data = folder / "data"
    initdb = [str(programs / "initdb"), "--pgdata", str(data), "--username", "tests", "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
    subprocess.run(initdb, user=user, check=True, capture_output=True, cwd=folder)
    options = [part for setting in (*QUICK, "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}") for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), "-p", str(port), *options], user=user, cwd=folder, stdout=log, stderr=log
        )
    try:
        _await(process, port, folder / "log")
        yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(url: str, name: str) -> str:
    """An empty database on the server of `url`; its URL."""
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{url.rpartition('/')[0]}/{name}"


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"postgresql://tests@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
            assert time.monotonic() < limit, log.read_text(encoding="utf-8", errors="replace")
            time.sleep(0.05)
        else:
            return
