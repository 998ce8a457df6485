"""What a person, a program and a hostile colleague's text get on the terminal."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from liaison.protocol.errors import LiaisonError
from liaison.terminal import Terminal

ROWS: list[dict[str, Any]] = [
    {"stream_id": "ncp.jm", "lag": 12, "stale": True, "at": datetime(2026, 1, 1, tzinfo=UTC), "extra": b"\x01"},
    {"stream_id": "ncp.br", "lag": None, "stale": False, "at": None, "extra": b""},
]


class Screen(io.StringIO):
    """A stream that says it is a screen."""

    def isatty(self) -> bool:
        return True


class Refused(LiaisonError):  # noqa: N818 - named as the project names them
    """The record was refused."""

    code = "access.not-permitted"
    next_step = "Ask somebody else."


def terminal(*, as_json: bool = False, screen: bool = False) -> tuple[Terminal, io.StringIO, io.StringIO]:
    out, err = (Screen(), Screen()) if screen else (io.StringIO(), io.StringIO())
    return Terminal(as_json=as_json, out=out, err=err), out, err


def test_a_table_shows_the_chosen_columns() -> None:
    shown, out, _ = terminal()
    shown.table("Streams", ROWS, ["stream_id", "lag", "stale", "at"], headings={"lag": "behind"})
    text = out.getvalue()
    for part in ("Streams", "stream id", "behind", "ncp.jm", "12", "yes", "no", "2026-01-01 00:00:00Z", "–"):  # noqa: RUF001
        assert part in text
    assert "extra" not in text


def plain(out: io.StringIO) -> str:
    """Without bold and colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


WIDE: list[dict[str, Any]] = [
    {"case": "SIM2025-2025-000001", "state": "validated", "note": None, "title": "Goods in parcels, by post", "at": "2026-01-01 00:00:00Z"},
    {"case": "SIM2025-2025-000002", "state": "returned", "note": None, "title": "Other goods", "at": "2026-01-01 00:00:00Z"},
]


def test_a_table_breaks_no_word_on_a_narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "46")
    monkeypatch.setenv("TERM", "xterm")
    shown, out, _ = terminal(screen=True)
    shown.table("Seizures", WIDE, ["case", "state", "note", "title", "at"])
    lines = plain(out).splitlines()
    assert max(map(len, lines[:-1])) <= 46
    for whole in ("SIM2025-2025-000001", "validated", "parcels"):
        assert whole in out.getvalue()
    assert lines[-1].startswith("Not shown for want of width: note, at.")


def test_long_paths_are_folded_before_a_column_is_left_out_and_ids_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    event_id = "01a2143bd3317ace90602940202a177a"
    rows = [{"field": "lines[0].quantities[0].converted_amount", "event": event_id, "facts": {"by": "u-1", "tries": [1, 2]}}]
    shown, out, _ = terminal(screen=True)
    shown.table("Case", rows, ["field", "event", "facts"])
    assert event_id in plain(out)
    assert "tries 1, 2" in plain(out)
    assert "Not shown" not in plain(out)


def test_a_table_that_fits_shows_empty_columns_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    shown, out, _ = terminal(screen=True)
    shown.table("Seizures", WIDE, ["case", "state", "note", "title", "at"])
    assert "note" in out.getvalue()
    assert len(plain(out).splitlines()) == len(WIDE) + 3


def test_a_table_in_a_pipe_leaves_no_column_out() -> None:
    shown, out, _ = terminal()
    keys = [f"column{number}" for number in range(40)]
    shown.table("Wide", [dict.fromkeys(keys, "x" * 12)], keys)
    assert all(key in out.getvalue() for key in keys)
    assert "Not shown" not in out.getvalue()


@given(st.lists(st.lists(st.text(max_size=60), min_size=3, max_size=3), min_size=1, max_size=4), st.integers(20, 120))
def test_no_line_of_a_table_is_wider_than_the_screen(rows: list[list[str]], width: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("TERM", "xterm")
        shown, out, _ = terminal(screen=True)
        shown.table("T", [dict(zip("abc", row, strict=True)) for row in rows], ["a", "b", "c"])
    lines = [line for line in plain(out).splitlines() if not line.startswith("Not shown")]
    assert all(cell_len(line) <= width for line in lines)


def test_a_table_for_a_program_has_every_key() -> None:
    shown, out, _ = terminal(as_json=True)
    shown.table("Streams", ROWS, ["stream_id"])
    assert json.loads(out.getvalue()) == [
        {"stream_id": "ncp.jm", "lag": 12, "stale": True, "at": "2026-01-01T00:00:00+00:00", "extra": "01"},
        {"stream_id": "ncp.br", "lag": None, "stale": False, "at": None, "extra": ""},
    ]


def test_an_empty_table_says_what_to_do() -> None:
    shown, out, _ = terminal()
    shown.table("Seizures", [], ["case"], empty="No seizures yet. Import some with `liaison seizures import`.")
    assert out.getvalue() == "No seizures yet. Import some with `liaison seizures import`.\n"


@pytest.mark.parametrize("how", [lambda one: one.table("Seizures", [], ["case"]), lambda one: one.empty("Nothing.")])
def test_nothing_for_a_program_is_an_empty_array(how: Any) -> None:
    shown, out, _ = terminal(as_json=True)
    how(shown)
    assert json.loads(out.getvalue()) == []


def test_a_record_is_a_line_a_field_or_one_object() -> None:
    shown, out, _ = terminal()
    shown.record({"node_id": "ncp.jm", "roles": ["officer", "analyst"]}, "This node")
    assert "This node" in out.getvalue()
    assert "officer, analyst" in out.getvalue()
    shown, out, _ = terminal(as_json=True)
    shown.record({"node_id": "ncp.jm", "roles": {"officer", "analyst"}})
    assert json.loads(out.getvalue()) == {"node_id": "ncp.jm", "roles": ["analyst", "officer"]}


def test_sentences_are_for_people_only() -> None:
    shown, out, _ = terminal()
    shown.say("Done.")
    assert out.getvalue() == "Done.\n"
    shown, out, _ = terminal(as_json=True)
    shown.say("Done.")
    assert not out.getvalue()


def test_a_refusal_gives_code_sentence_and_next_step_on_standard_error() -> None:
    shown, out, err = terminal()
    shown.error(Refused("Row 7 was refused."))
    assert err.getvalue() == "Refused (access.not-permitted): Row 7 was refused.\nNext: Ask somebody else.\n"
    assert not out.getvalue()


def test_a_refusal_for_a_program_is_one_object() -> None:
    shown, out, err = terminal(as_json=True)
    shown.error(Refused("Row 7 was refused.", row=7, digest=b"\x0f"))
    assert json.loads(err.getvalue()) == {
        "error": {
            "code": "access.not-permitted",
            "error": "Row 7 was refused.",
            "next_step": "Ask somebody else.",
            "facts": {"row": 7, "digest": "0f"},
        }
    }
    assert not out.getvalue()


@given(st.text(st.characters(categories=("Cc", "Cf", "L")), max_size=30))
def test_text_from_elsewhere_cannot_rewrite_the_screen(text: str) -> None:
    shown, out, _ = terminal()
    shown.table("Alerts", [{"title": text}], ["title"])
    assert not set(out.getvalue()) & set("\x1b\x07\x08\r\x9b\u202e\u2066")


def test_hostile_text_is_shown_as_its_code() -> None:
    shown, out, _ = terminal()
    shown.say("a\x1b[2Jb\u202ec [bold red]d[/]")
    assert out.getvalue() == "a\\x1b[2Jb\\u202ec [bold red]d[/]\n"


def test_a_long_line_is_not_cut_in_a_pipe() -> None:
    shown, out, _ = terminal()
    shown.say("word " * 100)
    assert out.getvalue().count("\n") == 1


def test_progress_is_silent_where_nobody_watches() -> None:
    for as_json, screen in ((False, False), (True, True)):
        shown, out, err = terminal(as_json=as_json, screen=screen)
        with shown.progress("Importing", 3) as advance:
            advance(3)
        assert (out.getvalue(), err.getvalue()) == ("", "")


def test_progress_is_shown_on_a_screen_and_leaves_the_result_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown, out, err = terminal(screen=True)
    with shown.progress("Importing", 3) as advance:
        advance(1)
    assert "Importing" in err.getvalue()
    assert "1/3" in err.getvalue()
    assert not out.getvalue()


def test_a_title_longer_than_its_table_stays_on_one_line() -> None:
    shown, out, _ = terminal(screen=True)
    title = "Dry run, nothing kept: seizures-of-the-year-2025.csv"
    shown.table(title, [{"rows": 3}], ["rows"])
    assert title in re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()


def test_a_pipe_is_as_wide_as_it_is_told_to_be_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [dict.fromkeys(("first", "second", "third", "fourth"), "x" * 20)]
    for stated, lines, left_out in (("50", 50, True), ("", 200, False), ("0", 200, False), ("wide", 200, False)):
        monkeypatch.setenv("COLUMNS", stated)
        shown, out, _ = terminal()
        shown.table("Wide", rows, list(rows[0]))
        assert all(cell_len(line) <= lines for line in out.getvalue().splitlines() if not line.startswith("Not shown"))
        assert ("Not shown for want of width: third, fourth" in out.getvalue()) is left_out
