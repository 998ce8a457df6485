"""One person's browser at a console, and a walk through everything that its pages lead to; what a page costs the process that serves it."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from gzip import decompress
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from liaison.cli.door import premises_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from liaison.assembly import Node

    Routes = Sequence[tuple[str, re.Pattern[str]]]

MOST: Final = 400  # addresses looked at in one walk
OK: Final = 200
FORBIDDEN: Final = 403
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_LINKED: Final = re.compile(rb'(?:href|src)="(/static/[^"]+)"')
_HREF: Final = re.compile(rb'href="(/[^"]*)"')
_NO_PAGES: Final = ("/static/", "/live", "/sign-out")
_FILES: Final = re.compile(r"\.(csv|xlsx|pdf|svg|json)\b|download|/document|/workbook|/blanks/form|/pdf|/receipts/")


@dataclass(slots=True)
class Opened:
    """How one page was opened, again and again: milliseconds until its last byte, and those that the processor worked; its bytes."""

    waited: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    size: int = 0


class Browser:
    """One person's connection, kept open, with the cookie of a session."""

    def __init__(self, port: int, token: str) -> None:
        """Nothing is opened yet."""
        self._port = port
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nCookie: liaison={token}\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n"
            "Accept: text/html\r\nConnection: keep-alive\r\n\r\n"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page, as it comes over the line; on a new connection where the old one was closed for idleness."""
        if self._streams is not None:
            try:
                return await self._asked(path)
            except (asyncio.IncompleteReadError, ConnectionError):
                await self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._asked(path)

    async def _asked(self, path: str) -> tuple[int, bytes]:
        if self._streams is None:
            raise ConnectionError
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\n{self._head}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length is not None else b""
        return int(head.split(b" ", 2)[1]), body

    async def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()
            with suppress(ConnectionError):
                await self._streams[1].wait_closed()
            self._streams = None


def routes_of(node: Node) -> Routes:
    """The pages of a node: as declared, and the addresses that they answer."""
    pages = [page for page in premises_of(node).console.all_pages() if page.method == "GET"]
    return [(page.path, re.compile("".join(map(_pattern, re.split(r"(\{[^}]*\})", page.path))))) for page in pages]


def _pattern(part: str) -> str:
    if part.startswith("{"):
        return "(.+)" if part.endswith(":path}") else "([^/]+)"
    return re.escape(part)


async def walk(browser: Browser, routes: Routes) -> AsyncIterator[tuple[str, str, bytes]]:
    """One page of every kind that links lead to from the first one: its route, its address, and what came over the line."""
    seen, ahead, looked = set[str](), ["/"], 0
    while ahead and looked < MOST:
        path = ahead.pop(0)
        kind = next((declared for declared, pattern in routes if pattern.fullmatch(urlsplit(path).path)), "")
        if not kind or kind in seen:
            continue
        looked += 1
        status, body = await browser.open(path)
        if status == FORBIDDEN:
            continue
        seen.add(kind)
        yield kind, path, body
        ahead += links(body)


def links(body: bytes) -> list[str]:
    """Where a page leads, files left out."""
    found = [unescape(told.decode()) for told in _HREF.findall(plain(body))]
    return [one for one in found if not one.startswith(_NO_PAGES) and not _FILES.search(one)]


def statics(body: bytes) -> list[str]:
    """What a page needs besides itself."""
    return [told.decode() for told in dict.fromkeys(_LINKED.findall(plain(body)))]


def plain(body: bytes) -> bytes:
    """Not compressed."""
    return decompress(body) if body[:2] == b"\x1f\x8b" else body


def worked_ms(pid: int) -> float:
    """Milliseconds that the processor has worked for all threads of a process (schedstat: nanoseconds)."""
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6
