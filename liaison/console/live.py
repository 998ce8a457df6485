"""The live part of a page: server-sent events with the numbers that changed, and the end of the session. It keeps no session alive."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from liaison.access.sessions import SecondFactorNeeded
from liaison.console.calls import TooManyRequests
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

    from liaison.console.doorstep import Inside
    from liaison.console.site import Site

LOOK_SECONDS: Final = 3.0
SAY_SOMETHING: Final = 8  # looks without news until a comment is sent, so that a dead line is noticed
MAX_STREAMS: Final = 200
MAX_EACH: Final = 4  # of one session: a browser opens no more than six connections


def live(site: Site, request: Request, inside: Inside) -> AsyncIterator[bytes]:
    """The events of one open page. Raises TooManyRequests."""
    mine = site.streams.count(inside.session_id)
    if len(site.streams) >= MAX_STREAMS or mine >= MAX_EACH:
        raise TooManyRequests(30)
    return _events(site, request, inside)


async def _events(site: Site, request: Request, inside: Inside) -> AsyncIterator[bytes]:
    site.streams.append(inside.session_id)
    told: object = None
    quiet = 0
    try:
        while not site.closing.is_set() and not await request.is_disconnected():
            try:
                now = await site.step(_look, site, request)
            except LiaisonError:
                yield _event("ended", {})
                return
            if now["numbers"] != told:
                told, quiet = now["numbers"], 0
                yield _event("now", now)
            elif (quiet := quiet + 1) >= SAY_SOMETHING:
                quiet = 0
                yield b": still here\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(site.closing.wait(), LOOK_SECONDS)
    finally:
        site.streams.remove(inside.session_id)


def _look(site: Site, request: Request) -> dict[str, object]:
    """The numbers that this person may see. Raises NotSignedIn when the session has ended."""
    inside = site.doorstep.peek(request)
    if not inside.standing.whole:
        raise SecondFactorNeeded
    desk = site.premises.desk(inside.person)
    numbers = site.faces.numbers(desk)
    jobs = {job.job_id: [job.state, job.progress.done, job.progress.total] for job in site.jobs.of(inside.person.user_id)[:8]}
    return {"numbers": {**{one.name: numbers[one.name] for one in site.faces.tallies(desk)}, **jobs}, "left": inside.standing.seconds_left}


def _event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
