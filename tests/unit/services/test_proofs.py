"""A proof as a file: what leaves, who may take it, and how the checker answers to a file that somebody has touched."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from liaison.access.permissions import Person, Role
from liaison.assembly import kind_of, node_spec
from liaison.cli.main import run
from liaison.cli.proof import app
from liaison.node.proof_files import MAX_BYTES, MAX_EVENTS
from liaison.terminal import Terminal
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices
from tests.unit.services.test_releasability import sent
from tests.unit.services.test_sealed_history import withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from liaison.access.desk import Desk

GOOD = ("A-1;2025-03-05;airport;cocaine;12,5;", "A-2;2025-03-05;airport;cocaine;1;")


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """A case that an officer judged (S-1), and two that passed by rule together."""
    folder = tmp_path_factory.mktemp("proofs")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        here = Offices(made.start(NCP, RILO, HUB), folder)
        here.faulty("S-1")
        here.ok(RILO, "verification", "accept", "S-1")
        here.federation.settle()
        here.bring(*GOOD)
        yield here


def taken(offices: Offices, node: str, reference: str, *words: str) -> dict[str, Any]:
    """The file as a document."""
    place = offices.folder / f"{node}-{reference}-{len(list(offices.folder.iterdir()))}.json"
    offices.ok(node, "seizures", "proof", reference, "--out", str(place), *words)
    assert place.stat().st_mode & 0o777 == 0o600
    found: dict[str, Any] = json.loads(place.read_bytes())
    return found


def test_a_file_is_not_written_over_and_a_folder_that_is_not_there_is_said(offices: Offices) -> None:
    there, nowhere = offices.folder / "there.json", offices.folder / "nowhere" / "proof.json"
    there.write_text("mine", encoding="utf-8")
    for out, code in ((there, "print.file-there"), (nowhere, "print.unwritable")):
        told = offices.run(NCP, "seizures", "proof", "S-1", "--out", str(out))
        assert told.error is not None
        assert told.error.code == code
    assert there.read_text(encoding="utf-8") == "mine"


class Told:
    """What `liaison proof` answered."""

    def __init__(self, *words: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            self.code = run(["--home", "/nowhere", *words])
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        return str(json.loads(self.err)["error"]["code"])


def checked(offices: Offices, file: dict[str, Any] | bytes, *words: str, federation: str = "") -> Told:
    """The file on a machine without a node."""
    path = offices.folder / "given.json"
    path.write_bytes(file if isinstance(file, bytes) else json.dumps(file, indent=1).encode() + b"\n")
    return Told("--json", "proof", str(path), "--federation", federation or offices.federation.members.federation.hex(), *words)


def failed(told: Told) -> list[str]:
    """The codes of the events that are not proven."""
    assert told.code == 1, (told.out, told.err)
    assert told.json["proven"] is False
    return [one["code"] for one in told.json["events"] if not one["proven"]]


@pytest.mark.parametrize("node", [NCP, RILO, HUB])
def test_a_proof_is_checked_on_a_machine_without_a_node(offices: Offices, node: str) -> None:
    file = taken(offices, node, "S-1")
    told = checked(offices, file, "--full")
    assert told.code == 0, told.out
    found = told.json
    assert (found["proven"], found["list_of"], found["member_list"]) == (True, "the file", 1)
    kinds = {one["type"]: one for one in found["events"]}
    report = kinds["SeizureReported"]
    assert (report["signed_by"], report["payload"]["case"]["reference"]) == (NCP, "S-1")
    if node != NCP:
        assert kinds["SeizureVerified"]["signed_by"] == RILO
    assert report["passed_on_by"] == (RILO if node == HUB else "")
    assert any(one["subject"] for one in audits(offices, node) if one["subject"] == "BR S-1")


class AtNode:
    """The counter of a command at a node's home."""

    def __init__(self, offices: Offices, name: str) -> None:
        self.node = offices.federation[name].node
        self.home = offices.folder / "home"
        self.home.mkdir(exist_ok=True)
        (self.home / "node.env").touch()
        self.roles: tuple[Role, ...] = (Role.OFFICER,)
        self.terminal = Terminal()

    def desk(self) -> Desk:
        return self.node.desk(Person("u-0000000c", "test", frozenset(self.roles)))


def audits(offices: Offices, node: str) -> list[Any]:
    at = offices.federation[node].node
    with at.parts.database.reading() as connection:
        return [dict(row) for row in connection.execute(at.audit.select().where(at.audit.c.action == "seizures.proof")).mappings()]


def test_what_speaks_of_other_cases_stays_in_the_node_unless_it_is_asked_for(offices: Offices) -> None:
    file = taken(offices, HUB, "A-1")
    assert [one["why"] for one in file["left_out"]] == ["others"]  # CasesVerified, with both reports inside
    assert b"A-2" not in b"".join(b64decode(one["event"]) for one in file["events"])
    told = checked(offices, file)
    assert [(one["type"], one["passed_on_by"]) for one in told.json["events"]] == [("SeizureReported", "")]
    whole = taken(offices, HUB, "A-1", "--with-others")
    assert whole["left_out"] == []
    found = checked(offices, whole).json
    assert [(one["type"], one["passed_on_by"]) for one in found["events"]] == [("SeizureReported", RILO), ("CasesVerified", "")]


def test_at_a_node_it_is_checked_against_its_own_list_and_written_down(offices: Offices) -> None:
    path = offices.folder / "elsewhere.json"
    path.write_text(json.dumps(taken(offices, NCP, "S-1")))
    here, out = AtNode(offices, HUB), io.StringIO()
    here.terminal = Terminal(as_json=True, out=out)
    assert CliRunner().invoke(app(), [str(path)], obj=here).exit_code == 0
    told = json.loads(out.getvalue())
    assert (told["proven"], told["list_of"]) == (True, "this node")
    assert f"proof {told['sha256']}" in offices.audited(HUB, "events.verify")
    here.roles = ()
    refused = CliRunner().invoke(app(), [str(offices.folder / "not-there.json")], obj=here)
    assert getattr(refused.exception, "code", "") == "access.not-permitted"


def test_it_is_read_by_a_person(offices: Offices) -> None:
    path = offices.folder / "person.json"
    path.write_text(json.dumps(taken(offices, RILO, "S-1")))
    told = Told("proof", str(path), "--federation", offices.federation.members.federation.hex())
    assert told.code == 0
    assert told.out.startswith("Proven: every one of the 3 events of person.json was signed as it stands.")
    assert "Checked against member list 1 of the file." in told.out
    assert f"1. proven: SeizureReported of {NCP} (u-0000000a), signed " in told.out
    assert "the file may have left something out" in told.out.replace("whoever made ", "")


# --- a file that somebody has touched --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(offices: Offices) -> dict[str, Any]:
    return taken(offices, HUB, "S-1")


def flipped(text: str, at: int = -5) -> str:
    """Base64 in which one byte differs."""
    raw = bytearray(b64decode(text))
    raw[at] ^= 1
    return b64encode(raw).decode()


def with_event(file: dict[str, Any], number: int, **changes: Any) -> dict[str, Any]:
    events = [dict(one) for one in file["events"]]
    events[number] |= changes
    return {**file, "events": events}


@pytest.mark.parametrize(
    ("part", "code"), [("event", "batch.wrong-root"), ("signature", "batch.bad-signature"), ("header", "batch.bad-signature")]
)
def test_a_changed_byte_is_found(offices: Offices, file: dict[str, Any], part: str, code: str) -> None:
    kinds = {one["type"]: place for place, one in enumerate(checked(offices, file).json["events"])}
    place = kinds["SeizureVerified"]
    at = -20 if part == "header" else -5  # in the Merkle root; the last bytes are dates
    told = checked(offices, with_event(file, place, **{part: flipped(file["events"][place][part], at)}))
    assert set(failed(told)) <= {code, "batch.bad-signature", "proof.not-inside", "batch.wrong-root", "batch.foreign-federation"}
    bad = told.json["events"][place]
    assert bad["code"] == code
    assert bad["failed"]


def test_every_byte_of_the_signed_parts_counts(offices: Offices, file: dict[str, Any]) -> None:
    """Sixty places all over the signed parts: none can be changed unseen."""
    for number, event in enumerate(file["events"]):
        for part in ("event", "signature", "header"):
            size = len(b64decode(event[part]))
            for at in range(0, size, max(1, size // 7)):
                assert checked(offices, with_event(file, number, **{part: flipped(event[part], at)})).code == 1, (number, part, at)


def test_another_place_or_label_is_found(offices: Offices, file: dict[str, Any]) -> None:
    assert set(failed(checked(offices, {**file, "about": {"administration": "BR", "reference": "S-2"}}))) == {"proof.other-subject"}
    report = next(place for place, one in enumerate(checked(offices, file).json["events"]) if one["type"] == "SeizureReported")
    assert failed(checked(offices, with_event(file, report, inside="00" * 16))) == ["proof.not-inside"]
    assert failed(checked(offices, with_event(file, report, index=9))) == ["batch.wrong-root"]


@pytest.mark.parametrize(
    ("touch", "code"),
    [
        (lambda raw: raw[: len(raw) // 2], "proof.cut-short"),
        (lambda raw: raw[:-20], "proof.cut-short"),
        (lambda _raw: b"", "proof.cut-short"),
        (lambda raw: raw + b" " * MAX_BYTES, "proof.too-large"),
        (lambda _raw: b"%PDF-1.7 no proof", "proof.wrong-form"),
        (lambda _raw: b"[" * 100_000, "proof.wrong-form"),
        (lambda _raw: b"[" + b"[]," * 5_000_000 + b"[]]", "proof.wrong-form"),
        (lambda _raw: b"[]", "proof.wrong-form"),
        (lambda _raw: b"{}", "proof.wrong-form"),
        (lambda _raw: b"\xff\xfe\x00", "proof.wrong-form"),
        (lambda raw: raw.replace(b"liaison-proof/1", b"liaison-proof/9"), "proof.unknown-form"),
        (lambda raw: raw.replace(b'"made_by"', b'"made_by": "x", "made_by"'), "proof.wrong-form"),
        (lambda raw: raw.replace(b'"made_by"', b'"more": 1, "made_by"'), "proof.wrong-form"),
        (lambda raw: raw.replace(b'"index": ', b'"index": 1e400, "x": '), "proof.wrong-form"),
    ],
)
def test_what_is_no_proof_is_refused_before_anything_is_judged(
    offices: Offices, file: dict[str, Any], touch: Callable[[bytes], bytes], code: str
) -> None:
    told = checked(offices, touch(json.dumps(file, indent=1).encode() + b"\n"))
    assert (told.code, told.refusal) == (1, code)
    assert json.loads(told.err)["error"]["next_step"]


@pytest.mark.parametrize(
    "changes",
    [
        {"events": []},
        {"events": "x"},
        {"trust": []},
        {"trust": {"../../etc/passwd": ""}},
        {"trust": {"metadata/1.root.json": 7}},
        {"about": {"reference": "x" * 1_000}},
        {"left_out": [{"event_id": "zz", "why": "x"}]},
        {"federation": "00"},
        {"made_by": None},
        {"end": ""},
    ],
)
def test_parts_of_another_form_are_refused(offices: Offices, file: dict[str, Any], changes: dict[str, Any]) -> None:
    assert checked(offices, {**file, **changes}).refusal == "proof.wrong-form"


def test_parts_that_are_too_large_or_stand_twice_are_refused(offices: Offices, file: dict[str, Any]) -> None:
    long = b64encode(bytes(300_000)).decode()
    for wrong in (
        with_event(file, 0, event=long),
        with_event(file, 0, path=long),
        with_event(file, 0, header="?"),
        with_event(file, 0, index=True),
    ):
        assert checked(offices, wrong).refusal == "proof.wrong-form"
    assert checked(offices, {**file, "events": [*file["events"], file["events"][0]]}).refusal == "proof.wrong-form"
    assert checked(offices, {**file, "events": file["events"] * MAX_EVENTS}).refusal == "proof.wrong-form"


def test_the_federation_is_named_by_whoever_checks(offices: Offices, file: dict[str, Any]) -> None:
    path = str(offices.folder / "given.json")
    checked(offices, file)
    assert Told("--json", "proof", path).refusal == "proof.no-federation"
    assert Told("--json", "proof", path, "--federation", "abc").refusal == "proof.bad-federation-id"
    assert checked(offices, file, federation="ab" * 32).refusal == "proof.other-federation"
    assert checked(offices, {**file, "federation": "ab" * 32}, federation="ab" * 32).refusal == "proof.other-federation"


def test_a_member_list_that_the_root_does_not_vouch_for_is_refused(offices: Offices, file: dict[str, Any]) -> None:
    """Whoever forges a signature would bring a list with a key of their own."""
    name = next(one for one in file["trust"] if one.startswith("targets/"))
    other = b64decode(file["trust"][name]).replace(b'"version": 1', b'"version": 2')
    assert checked(offices, {**file, "trust": {**file["trust"], name: b64encode(other).decode()}}).refusal == "trust.refused"
    without = {one: data for one, data in file["trust"].items() if "timestamp" not in one}
    assert checked(offices, {**file, "trust": without}).refusal == "proof.no-list"
    assert checked(offices, {**file, "trust": without}, "--trust", str(offices.federation.trust)).code == 0
    missing = {one: data for one, data in file["trust"].items() if "targets.json" not in one}
    assert checked(offices, {**file, "trust": missing}).refusal == "trust.incomplete"


# --- what a newer list knows -----------------------------------------------------------------------------------------------------


def test_a_key_that_was_revoked_by_then_and_an_unknown_signer_are_told(tmp_path: Path) -> None:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as made:
        here = Offices(made.start(NCP, RILO, HUB), tmp_path)
        here.faulty("S-1")
        file = taken(here, NCP, "S-1")
        assert checked(here, file).code == 0
        key = made.members.members[NCP].keys[0]
        made.change(NCP, keys=(replace(key, revoked_at=made.clock.now() - timedelta(minutes=1)),))
        old = checked(here, file)
        assert old.code == 0  # the file carries the list of its day
        newer = checked(here, file, "--trust", str(made.trust))
        assert (failed(newer), newer.json["list_of"], newer.json["member_list"]) == (["batch.revoked-key"], "the folder", 2)
        assert newer.json["events"][0]["failed"].startswith("The key was revoked before that time")
        made.change(NCP, keys=(replace(key, valid_to=made.clock.now() - timedelta(minutes=1)),))
        unknown = checked(here, file, "--trust", str(made.trust))
        assert failed(unknown) == ["batch.unknown-issuer"]
        assert unknown.json["events"][0]["failed"].startswith("Unknown signer")


def test_what_came_under_a_seal_stays_under_it(tmp_path: Path) -> None:
    br, jm = "ncp.br", "ncp.jm"
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as made:
        world = made.start(br, RILO, jm, HUB)
        here = Offices(world, tmp_path)
        sent(world, "SECRET-1", "named", jm)
        withdrawn(world)
        file = taken(here, jm, "SECRET-1")
        assert {one["why"] for one in file["left_out"]} == {"sealed"}
        assert b"SECRET-1" not in b"".join(b64decode(one["event"]) for one in file["events"])
        told = checked(here, file)
        assert told.code == 0
        assert [(one["type"], one["sealed"], one["signed_by"]) for one in told.json["events"]] == [("MessageSealed", True, RILO)] * 2
        assert "payload" not in told.json["events"][0]


# --- at a desk and on the page -----------------------------------------------------------------------------------------------------


def test_who_may_take_it(offices: Offices) -> None:
    out = str(offices.folder / "denied.json")
    for role, right in (
        (Role.AUDITOR, False),
        (Role.ADMINISTRATOR, False),
        (Role.DRAFTER, False),
        (Role.ANALYST, True),
        (Role.VERIFIER, True),
    ):
        there = replace(offices, roles=(role,))
        told = there.run(RILO, "seizures", "proof", "S-1", "--out", out)
        assert (told.error is None) is right, role
        if not right:
            assert told.error is not None
            assert told.error.code == "access.not-permitted"
        else:
            (offices.folder / "denied.json").unlink()


def test_the_page_gives_the_file_and_the_audit_keeps_it(offices: Offices) -> None:
    node = offices.federation[RILO].node
    for name, roles in (("reader.one", (Role.VERIFIER,)), ("auditor.one", (Role.AUDITOR,))):
        add_person(node, name, *roles)
    before = len(audits(offices, RILO))
    with served(node) as port:
        reader, auditor = Visitor(port).sign_in("reader.one"), Visitor(port).sign_in("auditor.one")
        page = reader.get("/cases/BR/S-1")
        assert "Take it as a file" in page.text
        assert "Take it as a file" not in auditor.get("/cases/BR/S-1").text
        seen = reader.post("/cases/BR/S-1/proof", {"csrf": page.csrf})
        assert seen.status == 200, seen.text
        assert seen.headers["content-disposition"] == "attachment; filename*=UTF-8''proof-BR-S-1.json"
        assert reader.post("/cases/BR/S-1/proof", {}).status == 403
        assert auditor.post("/cases/BR/S-1/proof", {"csrf": auditor.get("/").csrf}).status == 403
        assert reader.post("/cases/BR/NOPE/proof", {"csrf": page.csrf}).status == 404
    told = checked(offices, seen.raw)
    assert told.code == 0
    kept = audits(offices, RILO)[before:]
    assert [row["subject"] for row in kept] == ["BR S-1"]
    assert told.json["sha256"] in str(kept[0]["facts"])
