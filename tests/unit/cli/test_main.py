"""The command line as a whole: help, wrong lines, what a person sees when a home is broken, and that nobody sees a traceback."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from liaison.cli.root import hoisted, leaves, load
from liaison.cli.table import ENTRIES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import World


def test_no_words_show_the_help_with_every_command(bare: World) -> None:
    answer = bare.cli()
    assert answer.code == 0
    assert all(f"  {entry.name} " in answer.out and entry.line.split()[0] in answer.out for entry in ENTRIES)


def test_a_misspelt_command_is_a_usage_error_with_a_suggestion(bare: World) -> None:
    answer = bare.cli("statsu")
    assert answer.code == 2
    assert "'status'" in answer.err
    assert not answer.out


def test_a_usage_error_for_a_program_is_json(bare: World) -> None:
    answer = bare.cli("status", "--json", "--colour")
    assert answer.code == 2
    assert answer.refusal == "cli.usage"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_command_teaches(entry: Any) -> None:
    command = get_command(load(entry.target)())
    for leaf in leaves(command):
        text = leaf.help or ""
        assert f"Example: liaison {entry.name}" in text, leaf.name
        assert "Next:" in text, leaf.name
        assert len(text.split("\n\n")[0]) > 15, leaf.name


def test_every_help_page_shows_the_options_of_the_whole(bare: World) -> None:
    answer = bare.cli("users", "list", "--help")
    assert answer.code == 0
    assert "--json" in answer.out
    assert "--home" in answer.out


@pytest.mark.parametrize("name", [*sorted(entry.name for entry in ENTRIES), "seizures", "alerts", "verification", "rules", "profiles"])
def test_no_line_of_help_is_cut_off(bare: World, name: str) -> None:
    lines = bare.cli(name, "--help").out.splitlines()[1:]
    assert not [line for line in lines if line.endswith("...")]
    assert not [line for line in lines if "\N{BOX DRAWINGS LIGHT VERTICAL}" in line]


def test_options_of_the_whole_work_in_any_place() -> None:
    assert hoisted(["status", "--json", "--home", "x"]) == ["--json", "--home", "x", "status"]
    assert hoisted(["a", "--home=x", "b"]) == ["--home=x", "a", "b"]
    assert hoisted(["a", "--", "--json"]) == ["a", "--", "--json"]
    assert hoisted(["status", "--home"]) == ["--home", "status"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "> /dev/full"])
def test_streams_that_are_closed_or_full_end_in_no_traceback(tmp_path: Path, closed: str) -> None:
    script = f'exec "{sys.executable}" -c "from liaison.cli.main import main; main()" version {closed}'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    full = closed == "> /dev/full"
    assert done.returncode == (4 if full else 0)
    assert ("disk.full" in done.stderr) is full


def test_a_session_that_finds_no_space_leaves_no_half_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("liaison.cli.session_file.os.fdopen", full)
    password = str(world.folder / "password")
    answer = world.at("login", "some.auditor", "--password-file", password, who="late")
    assert (answer.code, answer.refusal) == (4, "disk.full")
    assert not list((world.home() / "sessions").glob("*late*"))


def test_version(bare: World) -> None:
    assert set(bare.cli("version", "--json").json) == {"liaison", "python"}


def test_without_a_home_a_command_says_how_to_make_one(bare: World, tmp_path: Path) -> None:
    answer = bare.cli("--home", str(tmp_path / "nowhere"), "status")
    assert answer.code == 1
    assert "settings.no-home" in answer.err
    assert "liaison init" in answer.err


def test_the_folder_one_stands_in_is_the_home_when_it_is_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.home())
    monkeypatch.delenv("LIAISON_HOME", raising=False)
    answer = world.cli("whoami", "--json", "--session-file", str(world.home() / "sessions" / "auditor"))
    assert answer.json["node"] == "ncp.jm"


def test_the_environment_names_home_and_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_HOME", str(world.home()))
    monkeypatch.setenv("LIAISON_SESSION_FILE", str(world.home() / "sessions" / "officer"))
    assert world.cli("whoami", "--json").json["roles"] == ["officer"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("LIAISON_NODE=nobody\n", "settings.bad"),
        ("LIAISON_NODE=ncp.jm\nLIAISON_ENVIRONMENT=training\nLIAISON_COLOUR=red\n", "settings.bad"),
        ("\xff\xfe", "settings.bad"),
        ("LIAISON_NODE=ncp.jm\nLIAISON_ENVIRONMENT=training\nLIAISON_METRICS_PORT=99999\n", "settings.bad"),
    ],
)
def test_broken_settings_are_a_sentence(world: World, line: str, code: str) -> None:
    (world.home() / "node.env").write_text(line, encoding="latin-1")
    answer = world.at("status")
    assert (answer.code, answer.refusal) == (1, code)


def test_a_home_that_is_a_file_is_a_sentence(bare: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert bare.cli("--home", str(tmp_path / "file"), "status").code == 1


def test_a_missing_key_is_a_sentence(world: World) -> None:
    (world.home() / "keys" / "events.pem").unlink()
    assert world.at("status").refusal == "keys.missing"


def test_a_key_that_others_can_read_is_refused(world: World) -> None:
    (world.home() / "keys" / "events.pem").chmod(0o644)
    assert world.at("status").refusal == "keys.permissions"


def test_a_database_that_is_none_is_unavailable(world: World) -> None:
    (world.home() / "liaison.db").write_bytes(b"this is no database, whatever its name says" * 100)
    for ending in ("-wal", "-shm"):
        (world.home() / f"liaison.db{ending}").unlink(missing_ok=True)
    answer = world.at("status")
    assert (answer.code, answer.refusal) == (4, "database.corrupt")


def test_a_database_without_tables_is_unavailable(world: World) -> None:
    for file in world.home().glob("liaison.db*"):
        file.unlink()
    answer = world.at("status")
    assert (answer.code, answer.refusal) == (4, "database.schema-behind")


def test_a_database_elsewhere_that_does_not_answer_is_unavailable(world: World) -> None:
    with (world.home() / "node.env").open("a") as file:
        file.write("\nLIAISON_DATABASE_URL=postgresql+psycopg://nobody@127.0.0.1:1/nothing\n")
    answer = world.at("status")
    assert answer.code == 4
    assert answer.refusal.startswith("database.")


def test_a_refusal_names_code_sentence_and_next_step(world: World) -> None:
    answer = world.cli("--home", str(world.home()), "whoami")
    assert answer.code == 3
    assert answer.err == "Refused (access.not-signed-in): Nobody is signed in.\nNext: Run `liaison login`.\n"


def test_a_defect_is_one_sentence_and_its_traceback_stays_in_the_home(world: World) -> None:
    (world.home() / "card.json").unlink()
    shutil.rmtree(world.home() / "sessions")
    (world.home() / "sessions").mkdir(mode=0o700)
    (world.home() / "sessions" / "broken").write_text("0" * 64)
    (world.home() / "sessions" / "broken").chmod(0o600)
    import sqlite3  # noqa: PLC0415 - only here

    with sqlite3.connect(world.home() / "liaison.db") as database:
        database.execute("DELETE FROM node_state WHERE key = 'lags'")
        database.execute("INSERT INTO node_state VALUES ('lags', 'no json')")
    database.close()
    password = str(world.folder / "password")
    assert world.at("login", "some.auditor", "--password-file", password, who="auditor").code == 0
    answer = world.at("status", who="auditor")
    assert (answer.code, answer.refusal) == (70, "internal")
    kept = world.home() / "last-error.txt"
    assert "Traceback" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert str(kept) in json.loads(answer.err)["error"]["error"]
