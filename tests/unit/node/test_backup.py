"""The backup file: what is packed comes out again, and nothing else is taken for one."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from liaison.node.backup import BackupExists, BadBackup, ForeignBackup, Manifest, digest_of, read_manifest, unpack, write_backup

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"a database, as far as this floor knows" * 1000


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    copy = tmp_path / "copy"
    copy.write_bytes(CONTENT)
    size, sha256 = digest_of(copy)
    return Manifest("ncp.jm", "ab" * 32, 3, "2026-01-31T12:00:00+00:00", "sqlite", size, sha256)


def test_what_is_packed_comes_out_again(tmp_path: Path, manifest: Manifest) -> None:
    write_backup(tmp_path / "b", manifest, tmp_path / "copy", {})
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert read_manifest(tmp_path / "b") == manifest
    unpack(tmp_path / "b", manifest, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


def test_a_backup_never_replaces_a_file(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(BackupExists):
        write_backup(tmp_path / "b", manifest, tmp_path / "copy", {})
    assert (tmp_path / "b").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "copy"]


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_truncated_backup_is_refused(tmp_path: Path, manifest: Manifest, cut: int) -> None:
    write_backup(tmp_path / "b", manifest, tmp_path / "copy", {})
    (tmp_path / "b").write_bytes((tmp_path / "b").read_bytes()[:cut])
    with pytest.raises(BadBackup):
        unpack(tmp_path / "b", read_manifest(tmp_path / "b"), tmp_path / "out")


def test_whichever_byte_is_damaged_the_database_comes_out_whole_or_not_at_all(tmp_path: Path, manifest: Manifest) -> None:
    write_backup(tmp_path / "b", manifest, tmp_path / "copy", {})
    whole, refused = (tmp_path / "b").read_bytes(), 0
    for place in range(len(whole)):
        (tmp_path / "b").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        (tmp_path / "out").unlink(missing_ok=True)
        try:
            unpack(tmp_path / "b", read_manifest(tmp_path / "b"), tmp_path / "out")
        except BadBackup:
            refused += 1
        else:
            assert (tmp_path / "out").read_bytes() == CONTENT
    assert refused > len(whole) / 2


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0" + bytes(4096)])
def test_another_file_is_not_a_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(BadBackup):
        read_manifest(tmp_path / "b")


@pytest.mark.parametrize("body", [[], {}, {"format": "other"}, {"format": "liaison/backup/1", "node": "x"}, "text"])
def test_another_zip_is_not_a_backup(tmp_path: Path, body: object) -> None:
    with zipfile.ZipFile(tmp_path / "b", "w") as archive:
        archive.writestr("manifest.json", json.dumps(body))
    with pytest.raises(BadBackup):
        read_manifest(tmp_path / "b")


@pytest.mark.parametrize("change", [{"sha256": "00" * 32}, {"size": 10}, {"size": 10**12}])
def test_a_database_that_is_not_the_manifests_is_refused(tmp_path: Path, manifest: Manifest, change: dict[str, object]) -> None:
    wrong = replace(manifest, **change)  # type: ignore[arg-type]  # a field by name
    write_backup(tmp_path / "b", wrong, tmp_path / "copy", {})
    with pytest.raises(BadBackup):
        unpack(tmp_path / "b", read_manifest(tmp_path / "b"), tmp_path / "out")


def test_the_backup_of_another_node_federation_or_kind_is_refused(manifest: Manifest) -> None:
    manifest.require(node="ncp.jm", federation="ab" * 32, kind="sqlite")
    for ours in ({"node": "ncp.br"}, {"federation": "cd" * 32}, {"kind": "postgresql"}):
        with pytest.raises(ForeignBackup):
            manifest.require(**{"node": "ncp.jm", "federation": "ab" * 32, "kind": "sqlite", **ours})
