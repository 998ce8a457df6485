"""Paper reports that an office keys on behalf of a contact point: filed, verified by another, answered, amended, taken back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.keying.errors import AnsweredBefore, CaseIsTheirs, KeyerRecords, NotConfirmed, NotRedacted, ScanMissing, ScanUnfit
from enforcement.seizures.keyed import KeyerDecides
from liaison.access.permissions import NotPermitted, Role
from liaison.node.originals import stored_event, stored_events
from tests.unit.services.conftest import PROFILE

if TYPE_CHECKING:
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
ROW = "P-1;2025-03-05;airport;cocaine;12,5;"
SCAN = b"%PDF-1.7\n" + b"1 0 obj << /Type /Catalog >> endobj\n" * 4 + b"%%EOF\n"
KEYER, OTHER, THIRD = "u-0000000a", "u-0000000b", "u-0000000c"


@pytest.fixture
def scan(tmp_path: Path) -> str:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(SCAN)
    return str(path)


def key(offices: Any, *rows: str) -> Any:
    offices.user = KEYER
    return offices.ok(RILO, "paper", "key", str(offices.file(*(rows or (ROW,)))), "--profile", offices.profile)


def file(offices: Any, scan: str, reference: str = "P-1") -> Any:
    offices.user = KEYER
    told = offices.ok(
        RILO, "paper", "file", reference, "--number", "S-7", "--date", "2025-03-07", "--scan", scan, "--redacted", "--administration", "BR"
    )
    offices.federation.settle()
    return told


def accept(offices: Any, reference: str = "P-1") -> Any:
    offices.user = OTHER
    told = offices.ok(RILO, "verification", "accept", reference)
    offices.federation.settle()
    return told


def history(offices: Any, node: str) -> Any:
    return offices.ok(node, "seizures", "history", "P-1")["history"]


def refused(offices: Any, *words: str) -> Any:
    """The code with which a verdict was left alone."""
    answer = offices.run(RILO, *words, as_json=True)
    assert answer.code == 1
    return answer.json["left"][0]["code"]


def test_the_office_keys_another_verifies_and_the_world_sees_whose_word_it_is(offices: Any, scan: str, tmp_path: Path) -> None:
    assert key(offices)["new"] == 1
    assert key(offices)["unchanged"] == 1
    assert [row["keyed_by"] for row in offices.ok(RILO, "paper", "list", "--drafts")] == [[KEYER]]
    assert file(offices, scan)["contact_point"] == NCP
    assert offices.states(RILO) == {"P-1/1": "in-review"}
    assert offices.states(NCP) == {"P-1/1": "submitted"}
    assert offices.ok(RILO, "verification", "list")[0]["drawn"].startswith("keyed from paper")
    assert refused(offices, "verification", "accept", "P-1") == "verification.keyer"  # who keyed it does not decide
    offices.user = OTHER
    out = tmp_path / "look.pdf"
    offices.ok(RILO, "paper", "scan", "P-1", "--output", str(out))
    assert out.read_bytes() == SCAN
    assert out.stat().st_mode & 0o077 == 0
    assert offices.audited(RILO, "paper.scan") == ["P-1"]
    accept(offices)
    assert offices.states(NCP) == offices.states(HUB) == {"P-1/1": "validated"}
    shown = offices.ok(HUB, "seizures", "show", "P-1")
    assert (shown["administration"], shown["case"]["report_source"], shown["versions"][0]["method"]) == ("BR", "paper", "officer")
    keyed = [one for one in history(offices, HUB) if one["what"] == "keyed"]
    assert [(one["issuer"], one["verified"]) for one in keyed] == [(RILO, True)]  # the office's word, and anybody can check it
    assert [one["what"] for one in history(offices, NCP)] == ["keyed", "accepted"]
    assert offices.ok(NCP, "paper", "list", "--unanswered")[0]["sheet_number"] == "S-7"
    mark = offices.ok(NCP, "seizures", "receipt", "P-1")["fingerprint"]
    assert offices.ok(NCP, "seizures", "receipt", "P-1", "--check", mark)["genuine"] is True


def test_the_scan_is_encrypted_at_rest_and_is_in_no_batch(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    held = b"".join(path.read_bytes() for path in offices.federation.home(RILO).rglob("*") if path.is_file())
    assert b"/Type /Catalog" not in held


def test_confirmed_it_is_the_contact_points_own(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    accept(offices)
    offices.ok(NCP, "paper", "confirm", "P-1")
    offices.federation.settle()
    row = offices.ok(RILO, "paper", "show", "P-1")
    assert (row["answer"], row["by_way"], row["answered_by"], row["days"]) == ("confirmed", "electronic", NCP, None)
    assert isinstance(offices.run(NCP, "paper", "confirm", "P-1").error, AnsweredBefore)
    offices.user = KEYER
    assert isinstance(offices.run(RILO, "paper", "correct", "P-1", "--set", "direction=import").error, CaseIsTheirs)
    words = ("paper", "withdraw", "P-1", "--reason-code", "other", "--reason", "Ours no more.", "--yes")
    assert isinstance(offices.run(RILO, *words).error, CaseIsTheirs)
    told = key(offices, "P-1;2025-03-05;airport;cocaine;13;")
    assert [one["code"] for one in told["problems"]] == ["keyed.taken-over"]
    offices.ok(NCP, "seizures", "amend", "P-1", "--set", "direction=import")
    offices.federation.settle()
    assert offices.states(HUB) == {"P-1/1": "superseded", "P-1/2": "validated"}
    offices.ok(NCP, "seizures", "withdraw", "P-1", "--reason-code", "other", "--reason", "Released.")
    offices.federation.settle()
    assert set(offices.states(HUB).values()) == {"withdrawn"}


def test_not_ours_is_withdrawn_everywhere_with_the_contact_points_word(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    accept(offices)
    asked = ("paper", "reject", "P-1", "--reason", "No such seizure.")
    assert isinstance(offices.run(NCP, *asked, as_json=True).error, NotConfirmed)
    offices.ok(NCP, *asked, "--yes")
    offices.federation.settle()
    assert offices.states(NCP) == offices.states(RILO) == offices.states(HUB) == {"P-1/1": "withdrawn"}
    assert offices.ok(HUB, "seizures", "show", "P-1")["withdrawal"]["reason"] == "No such seizure."
    entry = next(one for one in history(offices, HUB) if one["what"] == "not-ours")
    assert (entry["issuer"], entry["verified"]) == (NCP, True)
    row = offices.ok(RILO, "paper", "list")[0]
    assert (row["answer"], row["reason"]) == ("not-ours", "No such seizure.")
    told = key(offices, "P-1;2025-03-05;airport;cocaine;13;")
    assert [one["code"] for one in told["problems"]] == ["keyed.taken-over"]


def test_until_then_the_office_amends_and_withdraws(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    accept(offices)
    offices.user = KEYER
    offices.ok(RILO, "paper", "correct", "P-1", "--set", "direction=import")
    again = offices.ok(RILO, "paper", "file", "P-1", "--number", "S-7", "--date", "2025-03-07")  # the scan of version 1 is still here
    assert again["version"] == 2
    offices.federation.settle()
    accept(offices)
    assert offices.states(HUB) == {"P-1/1": "superseded", "P-1/2": "validated"}
    assert offices.states(NCP) == {"P-1/1": "superseded", "P-1/2": "validated"}
    offices.ok(RILO, "paper", "withdraw", "P-1", "--reason-code", "duplicate", "--reason", "Keyed twice.", "--yes")
    offices.federation.settle()
    for node in (NCP, RILO, HUB):
        assert set(offices.states(node).values()) == {"withdrawn"}, node
    assert offices.ok(NCP, "paper", "list", "--unanswered") == []
    assert offices.ok(RILO, "paper", "list", "--unanswered") == []


def test_an_amendment_of_the_contact_point_is_an_answer_too(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    offices.ok(NCP, "seizures", "amend", "P-1", "--set", "direction=import")
    offices.federation.settle()
    assert offices.ok(RILO, "paper", "list")[0]["answer"] == "own report"
    assert offices.ok(RILO, "paper", "list", "--unanswered") == []
    assert offices.states(RILO) == {"P-1/1": "superseded", "P-1/2": "validated"}
    assert offices.states(HUB) == {"P-1/2": "validated"}


def test_what_the_contact_point_had_sent_itself_follows_as_the_next_version(offices: Any, scan: str) -> None:
    """The same reference, reported by both while the line was down: what was keyed keeps its number."""
    key(offices)
    offices.user = KEYER
    words = ("--number", "S-7", "--date", "2025-03-07", "--scan", scan, "--redacted")
    offices.ok(RILO, "paper", "file", "P-1", *words)
    offices.federation.send(RILO)
    rows = ("P-1;2025-03-05;airport;cocaine;14;", "P-2;2025-03-06;airport;heroin;1;")
    offices.ok(NCP, "seizures", "import", str(offices.file(*rows)), "--profile", offices.profile, "--submit")
    offices.federation.settle()
    assert offices.states(NCP) == {"P-1/1": "superseded", "P-1/2": "validated", "P-2/1": "validated"}
    assert offices.states(HUB) == {"P-1/2": "validated", "P-2/1": "validated"}
    amounts = [offices.ok(node, "seizures", "show", "P-1")["case"]["lines"][0]["quantities"][0]["amount"] for node in (NCP, RILO, HUB)]
    assert amounts == ["14", "14", "14"]
    assert offices.ok(NCP, "seizures", "show", "P-1", "--version", "1")["case"]["lines"][0]["quantities"][0]["amount"] == "12.5"


def test_a_draft_of_the_same_reference_waits_as_the_next_version(offices: Any, scan: str) -> None:
    offices.bring("P-1;2025-03-05;airport;cocaine;14;", submit=False)
    key(offices)
    file(offices, scan)
    assert offices.states(NCP) == {"P-1/1": "submitted", "P-1/2": "draft"}
    offices.ok(NCP, "seizures", "submit", "P-1")
    offices.federation.settle()
    assert offices.states(HUB) == {"P-1/2": "validated"}


def test_what_the_contact_point_reports_itself_is_not_keyed(offices: Any) -> None:
    offices.bring(ROW)
    told = key(offices, ROW, "X-1;2025-03-05;airport;cocaine;12,5;")
    assert [(one["code"], one["column"]) for one in told["problems"]] == [("keyed.taken-over", "number")]
    assert told["new"] == 1
    profile = offices.folder / "profile.yaml"
    profile.write_text(profile.read_text("utf-8").replace("administration: BR", "administration: JM"), "utf-8")
    other = offices.ok(RILO, "paper", "key", str(offices.file(ROW, name="jm.csv")), "--profile", str(profile))
    assert [one["code"] for one in other["problems"]] == ["keyed.not-served"]


def test_a_letter_confirms_but_not_by_who_keyed_it(offices: Any, scan: str, tmp_path: Path) -> None:
    key(offices)
    file(offices, scan)
    letter = tmp_path / "letter.png"
    letter.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60) + b"IEND\xaeB`\x82")
    words = ("paper", "letter", "P-1", "--scan", str(letter))
    assert isinstance(offices.run(RILO, *words, "--redacted").error, KeyerRecords)
    offices.user = OTHER
    assert isinstance(offices.run(RILO, *words, as_json=True).error, NotRedacted)
    offices.ok(RILO, *words, "--redacted")
    row = offices.ok(RILO, "paper", "show", "P-1")
    assert (row["answer"], row["by_way"], row["answered_by"]) == ("confirmed", "letter", OTHER)
    assert [one["kind"] for one in row["scans"]] == ["letter", "sheet"]
    offices.ok(NCP, "paper", "reject", "P-1", "--reason", "Not ours.", "--yes")  # a signed answer counts before a letter
    offices.federation.settle()
    assert offices.ok(RILO, "paper", "show", "P-1")["answer"] == "not-ours"
    assert offices.states(RILO) == {"P-1/1": "withdrawn"}


def test_unanswered_is_flagged_and_the_scan_deleted_after_its_time(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    offices.ok(RILO, "paper", "policy", "--scan", "10", "--answer", "20")
    clock = offices.federation.clock
    clock.advance(timedelta(days=21))
    assert [row["overdue"] for row in offices.ok(RILO, "paper", "list", "--overdue")] == [True]
    [card] = offices.ok(RILO, "quality", "office", "--period", "2026-03")
    assert [one["count"] for one in card["figures"] if one["figure"].startswith("keyed")] == [1, 1]
    assert offices.ok(RILO, "paper", "purge") == []  # what waits for an answer keeps its scan
    offices.ok(NCP, "paper", "confirm", "--all", "--yes")
    offices.federation.settle()
    assert offices.ok(RILO, "paper", "list", "--overdue") == []
    clock.advance(timedelta(days=9))
    offices.federation.work(RILO)
    assert len(offices.ok(RILO, "paper", "show", "P-1")["scans"]) == 1
    clock.advance(timedelta(days=2))
    offices.federation.work(RILO)
    assert offices.ok(RILO, "paper", "show", "P-1")["scans"] == []
    assert offices.audited(RILO, "paper.purge")[-1] == "P-1"


def test_what_is_refused_before_anything_is_written(offices: Any, scan: str, tmp_path: Path) -> None:
    key(offices)
    words = ("paper", "file", "P-1", "--number", "S-7", "--date", "2025-03-07")
    assert isinstance(offices.run(RILO, *words, as_json=True).error, ScanMissing)
    assert isinstance(offices.run(RILO, *words, "--scan", scan, as_json=True).error, NotRedacted)
    assert isinstance(offices.run(RILO, *words, "--scan", scan, answer="n\n").error, NotRedacted)
    wrong = tmp_path / "sheet.docx"
    wrong.write_bytes(b"PK\x03\x04" + bytes(200))
    assert isinstance(offices.run(RILO, *words, "--scan", str(wrong), "--redacted").error, ScanUnfit)
    assert offices.states(RILO) == {}
    offices.roles = (Role.AUDITOR,)
    for command in (words, ("paper", "key", scan), ("paper", "scan", "P-1", "--out", str(tmp_path / "x")), ("paper", "purge")):
        assert isinstance(offices.run(RILO, *command).error, NotPermitted)
    offices.roles = tuple(Role)
    offices.ok(RILO, "paper", "drop", "P-1")
    assert offices.ok(RILO, "paper", "list", "--drafts") == []
    assert key(offices)["new"] == 1


def test_everybody_who_keyed_a_part_is_a_keyer(offices: Any, scan: str) -> None:
    key(offices)
    offices.user = OTHER
    offices.ok(RILO, "paper", "correct", "P-1", "--set", "direction=import")
    file(offices, scan)
    for user in (KEYER, OTHER):
        offices.user = user
        assert refused(offices, "verification", "accept", "P-1") == KeyerDecides.code
    offices.user = THIRD
    offices.ok(RILO, "verification", "return", "P-1", "--reason", "quantity", "--text", "The sheet says 125.")
    offices.federation.settle()
    assert offices.states(NCP) == {"P-1/1": "returned"}
    assert json.loads(offices.run(NCP, "seizures", "list", as_json=True).out)[0]["reasons"][0]["text"] == "The sheet says 125."


def test_a_file_that_is_read_again_takes_no_correction_back(offices: Any) -> None:
    key(offices)
    offices.ok(RILO, "paper", "correct", "P-1", "--set", "lines[0].quantities[0].amount=125")
    assert key(offices)["unchanged"] == 1
    told = offices.ok(RILO, "paper", "key", str(offices.file(ROW.replace("12,5", "13,5"))), "--profile", offices.profile, "--dry-run")
    assert told["changed"] == 1  # what it says anew, it may
    offices.ok(RILO, "paper", "drop", "P-1")
    assert key(offices)["new"] == 1
    profile = offices.folder / "for-few.yaml"
    profile.write_text(PROFILE.replace("profile: office-list", "profile: for-few") + "  releasability: {constant: region}\n", "utf-8")
    refusal = offices.run(RILO, "paper", "key", str(offices.file(ROW)), "--profile", str(profile)).error
    assert refusal.code == "keyed.for-all"


def forget(offices: Any, node: str) -> None:
    """As after a restore from before all of it: the books are empty, and the node's own events come from the broker."""
    desk = offices.federation[node].desk()
    tables = (
        "keyed_reports",
        "keyed_scans",
        "seizure_versions",
        "seizure_lines",
        "seizure_findings",
        "seizure_withdrawals",
        "seizure_trail",
    )
    with desk.parts.database.writing() as connection:
        for table in (*tables, *(("verification_draws",) if node == RILO else ())):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names above
    handlers = offices.federation[node].node.spec.own_handlers
    with offices.federation[node].steps.writing() as tx:
        events = tx.around.tables.events
        ids = [bytes(row["event_id"]) for row in tx.rows(events.select().where(events.c.issuer == node).order_by(events.c.batch_id))]
        for event in stored_events(tx, node, ids):
            if event.type in handlers:
                handler = handlers[event.type]
                getattr(handler, "on", handler)(tx, event)


def test_a_restored_office_has_what_it_keyed_and_what_it_decided(offices: Any, scan: str) -> None:
    key(offices, ROW, "P-2;2025-03-06;airport;heroin;1;", "P-3;2025-03-06;airport;heroin;2;")
    for reference in ("P-1", "P-2", "P-3"):
        file(offices, scan, reference)
    accept(offices, "P-1")
    offices.user = KEYER
    offices.ok(RILO, "paper", "withdraw", "P-3", "--reason-code", "other", "--reason", "Keyed in error.", "--yes")
    offices.federation.settle()
    forget(offices, RILO)
    assert offices.states(RILO) == {"P-1/1": "validated", "P-2/1": "in-review", "P-3/1": "withdrawn"}
    assert sorted(row["reference"] for row in offices.ok(RILO, "paper", "list", "--without-scan")) == ["P-1", "P-2"]
    offices.ok(RILO, "paper", "rescan", "P-1", "--scan", scan, "--redacted")
    assert offices.run(RILO, "paper", "rescan", "P-1", "--scan", scan, "--redacted").error.code == "keyed.scan-there"
    assert isinstance(offices.run(RILO, "paper", "rescan", "P-2", "--scan", scan, as_json=True).error, NotRedacted)
    assert [row["reference"] for row in offices.ok(RILO, "paper", "list", "--without-scan")] == ["P-2"]
    assert refused(offices, "verification", "accept", "P-2") == "verification.keyer"  # its own signature says who keyed it
    accept(offices, "P-2")
    assert offices.states(HUB) == {"P-1/1": "validated", "P-2/1": "validated"}
    offices.ok(NCP, "paper", "confirm", "P-1")
    offices.federation.settle()
    assert offices.ok(RILO, "paper", "show", "P-1")["answer"] == "confirmed"


def test_a_restored_contact_point_keeps_its_answer(offices: Any, scan: str) -> None:
    key(offices)
    file(offices, scan)
    offices.ok(NCP, "paper", "confirm", "P-1")
    offices.federation.settle()
    with offices.federation[NCP].steps.reading() as tx:
        keyed = stored_event(tx, RILO, bytes.fromhex(offices.ok(NCP, "seizures", "list")[0]["event_id"]))
    forget(offices, NCP)
    with offices.federation[NCP].steps.writing() as tx:  # and the office's word comes by again
        offices.federation[NCP].node.spec.handlers[keyed.type](tx, keyed)
    [row] = offices.ok(NCP, "paper", "list")
    assert (row["answer"], row["sheet_number"], row["state"]) == ("confirmed", "S-7", "submitted")
