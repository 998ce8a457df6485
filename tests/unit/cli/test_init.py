"""Making a node: what is made, what is compared, what is refused, and that an interrupted run leaves no half node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.unit.cli.conftest import World

JM = ("ncp.jm", "--office", "rilo.car")


def test_a_new_node_is_private_and_asks_for_admission(bare: World) -> None:
    made = bare.init(*JM, "--root-sha256", bare.federation, "--name", "Contact Point", "--metrics-port", "9101").json
    home = bare.home()
    assert home.stat().st_mode & 0o777 == 0o700
    for name in ("keys/events.pem", "keys/vault.pem", "node.env", "card.json", "trust/1.root.json"):
        assert (home / name).stat().st_mode & 0o777 == 0o600, name
    card = (home / "card.json").read_text()
    assert made["key_id"]
    assert '"country": "JM"' in card
    assert '"name": "Contact Point"' in card
    assert "LIAISON_METRICS_PORT=9101" in (home / "node.env").read_text()
    assert PASSWORD not in "".join(path.read_text("latin-1") for path in home.rglob("*") if path.is_file())
    assert not (home / "init.unfinished").exists()


def test_a_node_is_never_made_over_another(bare: World) -> None:
    federation = bare.federation
    assert bare.init(*JM, "--root-sha256", federation).code == 0
    key = (bare.home() / "keys" / "events.pem").read_bytes()
    for extra in ([], ["--resume"]):
        assert bare.init(*JM, "--root-sha256", federation, *extra).refusal == "init.home-in-use"
    assert (bare.home() / "keys" / "events.pem").read_bytes() == key


def test_a_folder_with_other_things_is_left_alone(bare: World) -> None:
    bare.home().mkdir()
    (bare.home() / "letter.txt").write_text("mine")
    assert bare.init(*JM, "--root-sha256", bare.federation).refusal == "init.home-not-empty"
    assert [path.name for path in bare.home().iterdir()] == ["letter.txt"]


def test_a_contact_point_is_of_a_country_unless_it_says_that_it_is_made_up(bare: World) -> None:
    made_up = ("ncp.zz", "--office", "rilo.car", "--root-sha256", bare.federation)
    assert bare.init(*made_up).refusal == "init.unknown-country"
    assert not bare.home("ncp.zz").exists()
    assert bare.init(*JM, "--root-sha256", bare.federation, "--country", "UK").refusal == "init.unknown-country"
    assert bare.init(*made_up, "--training-name").code == 0


def test_the_root_must_be_compared(bare: World) -> None:
    assert bare.init(*JM).refusal == "init.root-not-compared"
    assert bare.init(*JM, "--root-sha256", "00" * 32).refusal == "init.wrong-root"
    assert not bare.home().exists()


def test_the_federation_id_may_be_given_as_it_is_read_out(bare: World) -> None:
    digits = bare.federation.upper()
    assert bare.init(*JM, "--root-sha256", " ".join(digits[at : at + 4] for at in range(0, 64, 4))).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ncp.jm",), "init.place-missing"),
        (("ncp.jamaica", "--office", "rilo.car"), "init.bad-facts"),
        ((*JM, "--environment", "playground"), "init.bad-facts"),
        ((*JM, "--region", "EUROPE"), "init.bad-facts"),
        ((*JM, "--office", "wherever"), "init.bad-facts"),
        ((*JM, "--country", "JAM"), "init.bad-facts"),
        ((*JM, "--name", "a\nb"), "init.bad-facts"),
        ((*JM, "--trust", "/nowhere"), "file.unusable"),
        ((*JM, "--password-stdin"), "cli.no-password"),
        ((*JM, "--administrator", "no/name"), "access.bad-name"),
        ((*JM, "--database-url", "postgresql+psycopg://nobody@127.0.0.1:1/nothing"), "database.unreachable"),
        (("rilo.car", "--country", "JM"), "init.bad-facts"),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(bare: World, words: tuple[str, ...], code: str) -> None:
    federation = bare.federation
    answer = bare.init(*words, "--root-sha256", federation)
    assert answer.refusal == code
    home = bare.home(words[0])
    assert not home.exists() or not any(home.iterdir())
    good = JM if words[0].startswith("ncp") else ("rilo.car",)
    assert bare.init(*good, "--root-sha256", federation).code == 0


def test_a_weak_first_password_leaves_nothing_behind(bare: World) -> None:
    answer = bare.init(*JM, "--root-sha256", bare.federation, "--password-stdin", stdin="weak\n")
    assert answer.refusal == "access.weak-password"
    assert not any(bare.home().iterdir())


def test_a_root_that_is_no_root_is_refused(bare: World) -> None:
    (bare.folder / "trust" / "metadata" / "1.root.json").write_text("{}")
    assert bare.init(*JM, "--root-sha256", "00" * 32).refusal == "trust.refused"


def test_an_interrupted_run_is_taken_up_again_with_its_key(bare: World) -> None:
    federation = bare.federation
    assert bare.init(*JM, "--root-sha256", federation).code == 0
    home = bare.home()
    key = (home / "keys" / "events.pem").read_bytes()
    (home / "init.unfinished").touch()  # as a run killed before its last step leaves it
    for name in ("node.env", "card.json", "liaison.db", "liaison.db-wal", "liaison.db-shm"):
        (home / name).unlink(missing_ok=True)
    assert bare.init(*JM, "--root-sha256", federation).refusal == "init.unfinished"
    assert bare.init(*JM, "--root-sha256", federation, "--resume").code == 0
    assert (home / "keys" / "events.pem").read_bytes() == key
    assert not (home / "init.unfinished").exists()
    assert bare.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0


def test_the_database_of_another_node_is_not_taken(bare: World) -> None:
    federation = bare.federation
    assert bare.init("rilo.car", "--root-sha256", federation).code == 0
    url = f"sqlite:///{bare.home('rilo.car') / 'liaison.db'}"
    answer = bare.init(*JM, "--root-sha256", federation, "--database-url", url)
    assert answer.refusal == "init.database-in-use"
    assert bare.at("login", "first.admin", "--password-stdin", node="rilo.car", stdin=f"{PASSWORD}\n").code == 0


def test_a_passphrase_protects_the_key(bare: World) -> None:
    phrase = bare.folder / "passphrase"
    phrase.write_text("some words nobody guesses\n")
    phrase.chmod(0o600)
    assert bare.init(*JM, "--root-sha256", bare.federation, "--passphrase-file", str(phrase)).code == 0
    assert "ENCRYPTED" in (bare.home() / "keys" / "events.pem").read_text()
    assert bare.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    phrase.write_text("other words\n")
    assert bare.at("whoami").refusal == "keys.wrong-passphrase"


@pytest.mark.parametrize("text", ["some words\r\n", "some words", "some words\nnotes of the administrator\n"])
def test_a_passphrase_is_the_first_line_whenever_it_is_read(bare: World, text: str) -> None:
    phrase = bare.folder / "passphrase"
    phrase.touch(mode=0o600)
    phrase.write_text(text, newline="")
    assert bare.init(*JM, "--root-sha256", bare.federation, "--passphrase-file", str(phrase)).code == 0
    assert bare.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0


def test_a_passphrase_that_others_can_read_protects_nothing(bare: World) -> None:
    phrase = bare.folder / "passphrase"
    phrase.write_text("some words\n")
    phrase.chmod(0o640)
    words = (*JM, "--root-sha256", bare.federation, "--passphrase-file", str(phrase))
    assert bare.init(*words).refusal == "keys.permissions"
    phrase.chmod(0o600)
    assert bare.init(*words).code == 0
    assert bare.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    phrase.chmod(0o644)
    assert bare.at("whoami").refusal == "keys.permissions"


def test_a_database_url_with_any_characters_is_read_back(bare: World) -> None:
    url = f"sqlite:///{bare.folder}/it's #1 database.db"
    assert bare.init(*JM, "--root-sha256", bare.federation, "--database-url", url).code == 0
    assert (bare.folder / "it's #1 database.db").exists()
    assert bare.at("login", "first.admin", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
