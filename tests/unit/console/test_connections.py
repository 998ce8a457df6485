"""Who holds connections open without asking anything is cut off, and one address cannot take them all."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.responses import Response

from liaison.console import server
from liaison.console.connections import Listener
from liaison.console.listening import API, Served, Where
from liaison.console.server import Server, open_server

if TYPE_CHECKING:
    from collections.abc import Iterator

GET = b"GET /there HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /there HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
MUCH = 64 << 20  # more than the buffers of a connection hold


@contextmanager
def served(serving: Served = API) -> Iterator[Server]:
    """An application that answers before it has read a body."""
    app = FastAPI()
    app.add_api_route("/there", lambda: Response(b"there"), methods=["GET", "POST"])
    app.add_api_route("/much", lambda: Response(bytes(MUCH)), methods=["GET"])
    opened = open_server(app, Where("127.0.0.1", 0, serving=serving))
    thread = threading.Thread(target=lambda: asyncio.run(opened.serve()))
    thread.start()
    try:
        yield opened
    finally:
        opened.stop()
        thread.join(30)
        opened.close()


def connected(port: int, stack: ExitStack) -> socket.socket:
    return stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=30)))


def cut_off(one: socket.socket, said: bytes = b"") -> bool:
    """Whether the other side ends it while a byte comes now and then; `said`: the bytes that come, repeated."""
    one.settimeout(0.02)
    for _ in range(1_500):
        try:
            if said:
                one.sendall(said)
            if not one.recv(65_536):
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


@pytest.mark.parametrize(
    ("first", "then"),
    [(b"", b""), (b"GET /there HTTP/1.1\r\n", b"X: y\r\n"), (GET + b"GET /there HTTP/1.1\r\n", b"X: y\r\n"), (POST, b"x")],
    ids=["silence", "endless-head", "after-an-answer", "a-body-nobody-reads"],
)
def test_who_does_not_finish_a_head_in_time_is_cut_off(monkeypatch: pytest.MonkeyPatch, first: bytes, then: bytes) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    with served() as opened, ExitStack() as stack:
        one = connected(opened.port, stack)
        one.sendall(first)
        assert cut_off(one, then)


def test_who_takes_nothing_of_an_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "DRAIN_SECONDS", 0.2)
    with served() as opened, ExitStack() as stack:
        one = connected(opened.port, stack)
        one.sendall(GET.replace(b"there", b"much"))
        assert one.recv(1) == b"H"
        given_up(opened)
        assert sum(len(piece) for piece in iter(lambda: rest(one), b"")) < MUCH


def given_up(opened: Server) -> None:
    """Wait until the server holds no connection any more."""
    idle = threading.Event()
    for _ in range(3_000):
        if not opened._listening.socket._held:  # noqa: SLF001 - what nobody outside can see
            return
        idle.wait(0.01)
    pytest.fail("the connection is still held")


def rest(one: socket.socket) -> bytes:
    try:
        return one.recv(1 << 20)
    except ConnectionError:
        return b""


def test_the_end_of_an_answer_does_not_wait_for_an_acknowledgement_of_its_beginning() -> None:
    with ExitStack() as stack:
        came = stack.enter_context(closing(Listener.around(socket.create_server(("127.0.0.1", 0)))))
        stack.enter_context(closing(socket.create_connection(came.getsockname()[:2])))
        one = stack.enter_context(closing(came.accept()[0]))
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_has_only_so_many_connections_and_gets_them_back() -> None:
    with served(replace(API, connections=(96, 2))) as opened, ExitStack() as stack:
        port = opened.port
        first, second = connected(port, stack), connected(port, stack)
        for one in (first, second):
            one.sendall(GET)
            assert one.recv(15).startswith(b"HTTP/1.1 200")
        assert cut_off(connected(port, stack))
        first.close()
        while True:
            third = connected(port, stack)
            third.sendall(GET)
            try:
                if third.recv(15).startswith(b"HTTP/1.1 200"):
                    break
            except ConnectionError:
                continue
