"""A dropped file between visits: its officer's alone, sealed, read as was chosen, and gone when it was brought in or is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intake.begun_files import DAYS, open_content, seal_content
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.protocol.errors import LiaisonError
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.ncp_gateway.test_file_pages import HEADER, NCP, ROWS, columns, dropped, press

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHOSEN = columns(number="reference", day="date", goods="line.commodity", amount="line.quantity.amount", way="direction")
SOUND = ROWS.replace("Coccaine", "Cocaine")


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path_factory.mktemp("kept") / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(NCP)
        add_person(made[NCP].node, "an.officer", Role.OFFICER)
        add_person(made[NCP].node, "other.officer", Role.OFFICER)
        yield made


def sealed(federation: MemoryFederation) -> list[Path]:
    return sorted((federation.home(NCP) / "cache" / "files").glob("*"))


def test_a_file_and_its_columns_are_there_after_the_node_stopped(federation: MemoryFederation) -> None:
    node = federation[NCP].node
    with served(node) as port:
        officer = Visitor(port).sign_in("an.officer")
        base, _ = dropped(officer, rows=SOUND)
        assert officer.send(base, f"{base}/map", do="columns", **CHOSEN).status == 303
    (kept,) = sealed(federation)
    assert kept.stat().st_mode & 0o077 == 0
    held = b"".join(path.read_bytes() for path in federation.home(NCP).rglob("*") if path.is_file())
    assert b"quantity kg" not in held
    assert HEADER.encode() not in held
    with served(node) as port:
        officer, other = Visitor(port).sign_in("an.officer"), Visitor(port).sign_in("other.officer")
        assert "files begun" in officer.get("/").text
        assert "list.csv" in officer.get("/files").text
        assert "list.csv" not in other.get("/files").text
        assert other.send("/files", f"{base}/continue").status == 404
        assert other.send("/files", f"{base}/forget").status == 404
        assert "intake.file-kept" in officer.get(base).text
        page = press(officer, "/files", f"{base.removeprefix('/files/')}/continue")
        assert "How it is written" in page.text
        assert "Last worked on" not in officer.get("/files").text  # it is open again
        assert "3 new" in press(officer, base, "check").text
        press(officer, base, "import")
    assert sealed(federation) == []  # all of it came in


def test_what_is_discarded_or_old_is_gone(federation: MemoryFederation) -> None:
    node = federation[NCP].node
    with served(node) as port:
        officer = Visitor(port).sign_in("an.officer")
        one, two = (dropped(officer, name)[0] for name in ("one.csv", "two.csv"))
    with served(node) as port:
        officer = Visitor(port).sign_in("an.officer")
        assert officer.send("/files", f"{one}/forget").status == 303
        listed = officer.get("/files").text
        assert "two.csv" in listed
        assert "one.csv" not in listed
    (kept,) = sealed(federation)
    assert two.rpartition("/")[2] in kept.name
    stray = kept.with_name("d-0000-0-0000.sealed")
    stray.write_bytes(b"left over")
    federation.clock.advance(timedelta(days=DAYS + 1))
    with served(node) as port:
        officer = Visitor(port).sign_in("an.officer")
        assert "two.csv" not in officer.get("/files").text
    assert sealed(federation) == []


def test_no_piece_opens_elsewhere_or_as_an_earlier_end(federation: MemoryFederation, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("enforcement.intake.begun_files._PIECE", 1_000)
    vault, source, first = federation[NCP].node.parts.vault.of("a test"), tmp_path / "plain", tmp_path / "one.sealed"
    source.write_bytes(bytes(range(256)) * 10)
    seal_content(vault, source, first)
    open_content(vault, first, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    whole = first.read_bytes()
    pieces, at = list[bytes](), 0
    while at < len(whole):
        end = at + 4 + int.from_bytes(whole[at : at + 4], "big")
        pieces.append(whole[at:end])
        at = end
    assert len(pieces) == 3
    for name, wrong in (("cut", pieces[:2]), ("turned", [pieces[1], pieces[0], pieces[2]]), ("none", [])):
        first.write_bytes(b"".join(wrong))
        with pytest.raises(LiaisonError):
            open_content(vault, first, tmp_path / name)
    source.write_bytes(b"")
    seal_content(vault, source, tmp_path / "empty.sealed")
    open_content(vault, tmp_path / "empty.sealed", tmp_path / "nothing")
    assert (tmp_path / "nothing").read_bytes() == b""
