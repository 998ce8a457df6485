"""The private PostgreSQL server of the tests: found or missed aloud, and gone with the run."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from tests.contract import databases
from tests.contract.databases import NoServer, PostgresServer, do_without, find_binaries, running_server


def test_a_machine_without_a_server_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "PLACES", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoServer, match="apt install postgresql"):
        find_binaries()


def test_without_a_server_tests_are_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no server here"):
        do_without(NoServer("no server here"))


def test_without_a_server_tests_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no server here"):
        do_without(NoServer("no server here"))


def test_only_who_may_enter_the_folder_needs_no_password(postgresql: PostgresServer) -> None:
    assert postgresql.folder.stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=postgresql.port, user=databases.OWNER, dbname="postgres")


def test_nothing_is_left_of_a_server_that_stopped(postgresql: PostgresServer) -> None:
    with running_server() as server:
        assert server.pid != postgresql.pid
        assert server.create()
    assert not server.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
    assert Path(f"/proc/{postgresql.pid}").exists() or not Path("/proc").exists()
