"""What a node serves is made after it works; who comes before that waits, and a door that cannot be furnished stops the node."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI

from liaison.adapters.silent import SilentLog
from liaison.cli import door
from liaison.cli.door import Door, opened
from liaison.console.listening import Where, listen

REQUEST = b"GET /here HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass
class Room:
    """What is served, and whether it was made, left and closed."""

    app: FastAPI = field(default_factory=FastAPI)
    made: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[str] = field(default_factory=list)
    broken: bool = False

    def furnish(self, stack: ExitStack) -> Room:
        if self.broken:
            raise ValueError("no pages")
        stack.callback(self.close)
        self.app.add_api_route("/here", lambda: "somebody")
        self.made.set()
        return self

    def leave(self) -> None:
        self.ended.append("left")

    def close(self) -> None:
        self.ended.append("closed")


async def asked(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    answer = await reader.read()
    writer.close()
    return answer


def test_whoever_comes_before_the_node_works_is_answered_when_it_does() -> None:
    room = Room()

    async def main() -> bytes:
        works, failed = asyncio.Event(), asyncio.Event()
        with closing(listen(Where("127.0.0.1", 0))) as listening:
            one = Door("console", listening, room.furnish)
            async with opened([one], SilentLog(), works, failed.set):
                early = asyncio.ensure_future(asked(one.port))
                done, _ = await asyncio.wait([early], timeout=0.05)
                assert not done
                assert not room.made.is_set()
                works.set()
                answer = await early
        assert not failed.is_set()
        return answer

    assert b'"somebody"' in asyncio.run(main())
    assert room.ended == ["left", "closed"]


def test_pages_do_not_wait_for_a_node_that_waits_for_its_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "FURNISH_SECONDS", 0.0)
    room = Room()

    async def main() -> bytes:
        with closing(listen(Where("127.0.0.1", 0))) as listening:
            async with opened([Door("console", listening, room.furnish)], SilentLog(), asyncio.Event(), print):
                return await asked(listening.port)

    assert b'"somebody"' in asyncio.run(main())


def test_a_node_that_stops_before_it_works_makes_no_pages() -> None:
    room = Room()

    async def main() -> None:
        with closing(listen(Where("127.0.0.1", 0))) as listening:
            async with opened([Door("console", listening, room.furnish)], SilentLog(), asyncio.Event(), print):
                pass

    asyncio.run(main())
    assert not room.made.is_set()


def test_pages_that_cannot_be_made_stop_the_node_and_say_why() -> None:
    async def main() -> None:
        works, failed = asyncio.Event(), asyncio.Event()
        with closing(listen(Where("127.0.0.1", 0))) as listening:
            async with opened([Door("console", listening, Room(broken=True).furnish)], SilentLog(), works, failed.set):
                works.set()
                await failed.wait()

    with pytest.raises(ValueError, match="no pages"):
        asyncio.run(main())
