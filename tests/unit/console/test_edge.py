"""The web edge's own limits, without a node: bodies, rates, languages, and where it will not listen."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liaison.adapters.clock import ManualClock
from liaison.console import bodies
from liaison.console.bodies import Lines, check_length, whole
from liaison.console.calls import BadRequest, BodyTooLarge, BodyTooSlow, TooManyRequests, language_of
from liaison.console.limits import MAX_BUCKETS, Buckets
from liaison.console.listening import ApiNeedsTls, ApiPortTaken, BadApiTls, Where
from liaison.console.server import open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path


LIMIT = 8


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def silence() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


async def trickle(pieces: int = 1_000) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        await asyncio.sleep(0.002)
        yield b"x"


def cut(parts: Sequence[bytes], lines: Lines) -> list[tuple[int, bytes | None]]:
    found = [line for part in parts for line in lines.feed(part)] + lines.finish()
    return [(line.number, line.raw) for line in found]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=12), max_size=20), st.lists(st.integers(0, 250), max_size=6))
def test_lines_are_the_same_however_the_network_cuts_them(lines: list[bytes], cuts: list[int]) -> None:
    raw = b"\n".join(line.replace(b"\n", b"") for line in lines)
    at = sorted(min(place, len(raw)) for place in cuts)
    parts = [raw[start:end] for start, end in zip([0, *at], [*at, len(raw)], strict=True)]
    numbered = enumerate(raw.split(b"\n"), 1)
    wanted = [(number, None if len(line) > LIMIT else line) for number, line in numbered if line.strip() or len(line) > LIMIT]
    assert cut(parts, Lines(line_limit=LIMIT)) == wanted


def test_a_stream_ends_at_its_limit_and_an_endless_line_is_not_held() -> None:
    lines = Lines(line_limit=10, limit=1_000)
    for _ in range(9):
        assert lines.feed(b"x" * 100) == []
    assert len(lines._held) <= 10  # noqa: SLF001 - what it may not grow beyond
    with pytest.raises(BodyTooLarge):
        lines.feed(b"x" * 101)


def test_a_body_is_given_up_at_the_first_byte_too_many() -> None:
    assert asyncio.run(whole(chunks(b"12", b"34"), 4)) == b"1234"
    with pytest.raises(BodyTooLarge):
        asyncio.run(whole(chunks(b"12", b"345"), 4))


def test_a_silent_sender_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "CHUNK_WAIT_SECONDS", 0.01)
    with pytest.raises(BodyTooSlow):
        asyncio.run(whole(silence()))


def test_a_trickle_is_cut_off_although_each_piece_comes_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "CHUNK_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(bodies, "LEAST_BYTES_EACH_SECOND", 1_000_000)
    with pytest.raises(BodyTooSlow):
        asyncio.run(whole(trickle()))


def test_what_a_piece_brings_buys_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "CHUNK_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(bodies, "LEAST_BYTES_EACH_SECOND", 1)
    assert asyncio.run(whole(trickle(40))) == b"x" * 40


@pytest.mark.parametrize(("stated", "error"), [("11", BodyTooLarge), ("-1", BadRequest), ("9" * 40, BadRequest)])
def test_a_stated_length_is_believed_only_against_the_sender(stated: str, error: type[Exception]) -> None:
    check_length("", 10)
    check_length("10", 10)
    with pytest.raises(error):
        check_length(stated, 10)


def test_a_bucket_empties_and_fills_by_the_clock_each_name_its_own() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    buckets = Buckets(clock, 60)
    for _ in range(60):
        buckets.take("a")
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("a")
    assert refused.value.wait_seconds == 1
    buckets.take("b")
    clock.advance(timedelta(seconds=2))
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooManyRequests):
        buckets.check("a")
    for number in range(MAX_BUCKETS + 10):
        buckets.take(f"address {number}")
    assert len(buckets._left) == MAX_BUCKETS  # noqa: SLF001 - strangers do not fill the memory


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "en"), ("fr", "fr"), ("de, es;q=0.8, fr;q=0.9", "fr"), ("es-419", "es"), ("fr;q=x", "en"), ("fr;q=0", "en"), ("*", "en")],
)
def test_the_best_of_our_languages_is_spoken(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_beyond_this_machine_it_listens_with_tls_only(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "example.org"):  # noqa: S104 - refused
        with pytest.raises(ApiNeedsTls):
            open_server(FastAPI(), Where(host, 0))
    (tmp_path / "cert.pem").write_text("no certificate")
    with pytest.raises(BadApiTls):
        open_server(FastAPI(), Where("0.0.0.0", 0, tmp_path))  # noqa: S104 - refused


def test_a_port_that_is_taken_is_said() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, pytest.raises(ApiPortTaken):
        open_server(FastAPI(), Where("127.0.0.1", taken.getsockname()[1]))
