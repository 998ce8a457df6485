"""Databases for tests: a file for SQLite, and a private PostgreSQL server that lives as long as the test run.

The server gives its socket only to whoever may enter its own temporary folder (trust), and asks for a password on loopback.
"""

from __future__ import annotations

import itertools
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest

from liaison.adapters.embedded_kafka.ready import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWNER = "liaison"
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
ACCOUNTS = ("postgres", "nobody")  # the server refuses to run as root
START_SECONDS = 60.0
# Speed, never semantics: a killed node loses nothing that the server has; the machine itself is not what is tested.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "60", "shared_buffers": "64MB", "listen_addresses": "127.0.0.1"}


class NoServer(Exception):  # noqa: N818 - a state of the machine
    """No PostgreSQL server can be started here."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server; each test gets a database of its own."""

    folder: Path
    port: int
    password: str
    pid: int

    def url(self, database: str, *, socket: bool = True) -> str:
        """The SQLAlchemy URL of a database, by socket or by loopback."""
        if socket:
            return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}&port={self.port}"
        return f"postgresql+psycopg://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A plain connection, each statement on its own."""
        return psycopg.connect(host=str(self.folder), port=self.port, user=OWNER, dbname=database, autocommit=True)

    def create(self, template: str = "template0") -> str:
        """A new database, empty or a copy of another; its name."""
        name = f"test_{next(_NUMBERS)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return name


_NUMBERS = itertools.count(1)


def find_binaries() -> Path:
    """The folder of the newest installed server. Raises NoServer."""
    found = [path for pattern in PLACES for path in Path("/").glob(pattern.removeprefix("/")) if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve().parent] if on_path else []
    if not found:
        raise NoServer("no PostgreSQL server is installed (Debian: apt install postgresql)")
    return max(found, key=lambda path: [int(part) for part in path.as_posix().replace("-", "/").split("/") if part.isdigit()])


def server_account() -> str:
    """Whose process the server is: ours, or an unprivileged one when tests run as root. Raises NoServer."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return name
    raise NoServer(f"tests run as root and there is no account {' or '.join(ACCOUNTS)} to run the server as")


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Make a cluster, run it, stop it and remove it. Raises NoServer."""
    binaries, account = find_binaries(), server_account()
    folder = Path(tempfile.mkdtemp(prefix="liaison-pg-"))  # in the system's own folder: pytest's is closed to other accounts
    if os.geteuid() == 0:
        shutil.chown(folder, account)
    password = secrets.token_hex(16)
    try:
        _make_cluster(binaries, account, folder, password)
        port = free_port()
        server = _start(binaries, account, folder, port)
        try:
            yield PostgresServer(folder, port, password, server.pid)
        finally:
            server.send_signal(2)  # "fast": sessions are cut, the files are left in order
            server.wait(START_SECONDS)
            if server.stdout is not None:
                server.stdout.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as(account: str, command: list[str]) -> subprocess.Popen[str]:
    change = os.geteuid() == 0
    guard = shutil.which("setpriv")
    if guard is not None:  # the server must not outlive a test run that was killed
        command = [guard, "--pdeathsig", "INT", *command]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C stops the tests, and they stop the server
        cwd="/",
        user=account if change else None,
        group=pwd.getpwnam(account).pw_gid if change else None,
        extra_groups=[] if change else None,
    )


def _make_cluster(binaries: Path, account: str, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if os.geteuid() == 0:
        shutil.chown(secret, account)
    command = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username", OWNER, "--pwfile", str(secret)]
    command += ["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    process = _as(account, command)
    said, _ = process.communicate(timeout=START_SECONDS)
    secret.unlink()
    if process.returncode != 0:
        raise NoServer(f"initdb failed: {said.strip().splitlines()[-1] if said.strip() else process.returncode}")


def _start(binaries: Path, account: str, folder: Path, port: int) -> subprocess.Popen[str]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder)]
    for name, value in SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    server = _as(account, command)
    said: list[str] = []
    ready = threading.Event()
    threading.Thread(target=_listen, args=(server, said, ready), daemon=True).start()
    if not ready.wait(START_SECONDS) or server.poll() is not None:
        server.kill()
        server.wait()
        raise NoServer(f"the PostgreSQL server did not start: {said[-1] if said else 'it said nothing'}")
    return server


def _listen(server: subprocess.Popen[str], said: list[str], ready: threading.Event) -> None:
    """Read what the server says, so that it never blocks; notice when it is ready, or gone."""
    for line in server.stdout or ():
        said[:] = [*said[-19:], line.strip()]
        if "ready to accept connections" in line:
            ready.set()
    ready.set()


def do_without(reason: NoServer) -> NoReturn:
    """What becomes of a test that needs the server: skipped here, failed in CI, where nobody would notice that it never ran."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must test on PostgreSQL: {reason}.")
    pytest.skip(f"{reason}.")


# --- fixtures -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """The private server, shared by all tests of a run. Skips with the reason where none can be started; fails instead in CI."""
    try:
        with running_server() as server:
            yield server
    except NoServer as reason:
        do_without(reason)


class Databases:
    """A name to the URL of its database, the same one every time; and copies of them, as backups are, while nobody is connected."""

    def __init__(self, folder: Path, server: PostgresServer | None) -> None:
        """On this server; without one, SQLite in this folder."""
        self._folder, self._server = folder, server
        self._names: dict[str, str] = {}
        self._kept: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Where it is; an empty one is made when it is first asked for."""
        if name not in self._names:
            self._names[name] = self._server.create() if self._server is not None else f"{name}.db"
        found = self._names[name]
        return self._server.url(found) if self._server is not None else f"sqlite:///{self._folder / found}"

    def keep(self, name: str) -> None:
        """Make a copy of one, which `put_back` puts into its place."""
        self._kept[name] = self._copy(self._names[name], f"{name}.kept")

    def put_back(self, name: str) -> None:
        """From now on the name means the database as it was when it was kept."""
        self._names[name] = self._copy(self._kept[name], f"{name}.again")

    def _copy(self, of: str, file: str) -> str:
        if self._server is not None:
            return self._server.create(of)
        shutil.copy(self._folder / of, self._folder / file)
        return file


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Makes empty databases, each case on both kinds."""
    return Databases(tmp_path, request.getfixturevalue("postgresql") if request.param == "postgresql" else None)


@pytest.fixture
def database_url(new_database: Callable[[str], str]) -> str:
    """One empty database, on both kinds."""
    return new_database("node")
