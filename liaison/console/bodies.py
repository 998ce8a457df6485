"""Bodies of requests as they come in: bounded while they are read, a stream of lines cut without ever holding it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from liaison.console.calls import MAX_CASE_BYTES, MAX_STREAM_BYTES, BadRequest, BodyTooLarge, BodyTooSlow, NumberedLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK_WAIT_SECONDS: Final = 60.0  # between two pieces; a bad line is slow, but not silent
LEAST_BYTES_EACH_SECOND: Final = 500  # on the whole, after the first wait: a third of the slowest modem


def check_length(stated: str, limit: int) -> None:
    """Refuse a body by the length it states, before a byte of it is read. Raises BodyTooLarge, BadRequest."""
    if not stated:
        return
    if not (stated.isascii() and stated.isdigit() and len(stated) <= 18):  # noqa: PLR2004 - digits of any length there is
        raise BadRequest("Content-Length is not a number.")
    if int(stated) > limit:
        raise BodyTooLarge(f"The body has {int(stated):,} bytes; {limit:,} are the most.")


async def pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a body, each waited for only so long, and all together no longer than a slow line needs. Raises BodyTooSlow.

    Only the waiting counts: a sender loses nothing by the time that its cases take to be judged.
    """
    now = asyncio.get_running_loop().time
    patience = CHUNK_WAIT_SECONDS
    while True:
        began = now()
        try:
            async with asyncio.timeout(min(CHUNK_WAIT_SECONDS, patience)):
                piece = await anext(chunks, None)
        except TimeoutError:
            raise BodyTooSlow(f"Less than {LEAST_BYTES_EACH_SECOND} bytes a second, or nothing for {CHUNK_WAIT_SECONDS:.0f} s.") from None
        if piece is None:
            return
        patience += len(piece) / LEAST_BYTES_EACH_SECOND - (now() - began)
        yield piece


async def whole(chunks: AsyncIterator[bytes], limit: int = MAX_CASE_BYTES) -> bytes:
    """A body that may be held. Raises BodyTooLarge as soon as it is, BodyTooSlow."""
    held = bytearray()
    async for piece in pieces(chunks):
        held += piece
        if len(held) > limit:
            raise BodyTooLarge(f"The body has more than {limit:,} bytes.")
    return bytes(held)


class Lines:
    """Cuts pieces into lines; a line that is too long is counted and dropped, a blank one passed over."""

    def __init__(self, line_limit: int = MAX_CASE_BYTES, limit: int = MAX_STREAM_BYTES) -> None:
        """Bytes that a line, and all together, may have."""
        self._line_limit = line_limit
        self._left = limit
        self._held = bytearray()
        self._number = 0
        self._dropping = False

    def feed(self, piece: bytes) -> list[NumberedLine]:
        """The lines that end in this piece. Raises BodyTooLarge."""
        self._left -= len(piece)
        if self._left < 0:
            raise BodyTooLarge("The stream has more bytes than allowed.")
        *ended, rest = piece.split(b"\n")
        found = [line for part in ended if (line := self._ended(part)) is not None]
        self._hold(rest)
        return found

    def finish(self) -> list[NumberedLine]:
        """The last line, which needs no line end."""
        line = self._ended(b"") if self._held or self._dropping else None
        return [] if line is None else [line]

    def _hold(self, part: bytes) -> None:
        if len(self._held) + len(part) > self._line_limit:
            self._dropping = True
            self._held.clear()
        elif not self._dropping:
            self._held += part

    def _ended(self, part: bytes) -> NumberedLine | None:
        self._hold(part)
        self._number += 1
        raw, dropped = bytes(self._held), self._dropping
        self._held.clear()
        self._dropping = False
        if dropped:
            return NumberedLine(self._number, None)
        return NumberedLine(self._number, raw) if raw.strip() else None
