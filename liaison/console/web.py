"""The web edge of a node: requests in, the routes' own functions in one worker thread, answers out.

Everything that a route is not told here is refused before it: no key, a key that does not allow it, too often, too large, another type
of content. One thread acts for all clients; a stream gives it back after every portion.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.requests import ClientDisconnect

from liaison.access.clients import ClientRefused, client_of, note_seen, seen_lately
from liaison.console.bodies import Lines, check_length, pieces, whole
from liaison.console.calls import (
    LIMITS,
    MAX_CASE_BYTES,
    MAX_STREAM_BYTES,
    MAX_STREAM_LINES,
    PREFIX,
    Answer,
    ApiDefect,
    BadRequest,
    BodyTooLarge,
    Call,
    NotFound,
    TooManyRequests,
    WrongMediaType,
    WrongMethod,
    language_of,
    problem,
    status_of,
)
from liaison.console.limits import Buckets
from liaison.console.looks import Looks
from liaison.console.openapi import document
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from liaison.access.clients import Client
    from liaison.access.desk import Desk
    from liaison.access.permissions import Person
    from liaison.access.tables import Access
    from liaison.console.calls import Api, NumberedLine, Route, Stream
    from liaison.node.parts import Parts

Made = TypeVar("Made")

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
PROBLEM: Final = "application/problem+json"
LINE_TYPES: Final = frozenset({LINES, "application/ndjson", "application/jsonl"})
PORTION: Final = 500  # lines a transaction, as of a file
STRANGERS_EACH_MINUTE: Final = 60  # requests without a good key, by address
MAX_STREAMS: Final = 4  # at once, one a client
_IN_MEMORY: Final = 1 << 20  # of the answer to a stream; the rest goes to a file without a name
_HELD: Final = 4 << 20  # bytes of lines that wait for their portion to be full
_SAFE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Office:
    """What the edge needs of a node. `spool`: where the answer to a long stream waits until the stream has been read."""

    parts: Parts
    access: Access
    desk: Callable[[Person], Desk]
    api: Api
    requests_each_minute: int
    spool: Path


class Edge:
    """The web application of one node."""

    def __init__(self, office: Office) -> None:
        """Nothing is opened; `close` ends the thread."""
        self._office = office
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="api")
        self._clients = Buckets(office.parts.clock, office.requests_each_minute)
        self._strangers = Buckets(office.parts.clock, STRANGERS_EACH_MINUTE)
        self._looks = Looks()
        self._streaming: set[str] = set()
        self.app = self._app()

    def close(self) -> None:
        """Wait for the call in hand."""
        self._thread.shutdown(wait=True)

    def leave(self) -> None:
        """Nothing of an API stays open by itself."""

    def _app(self) -> FastAPI:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
        routes = self._office.api.routes()
        told = json.dumps(document(routes, self._office.api.schemas(), LIMITS)).encode()

        async def openapi(request: Request) -> Response:
            self._strangers.check(_address(request))
            return Response(told, media_type=JSON, headers=_SAFE)

        app.add_api_route(f"{PREFIX}/openapi.json", openapi, methods=["GET"])
        for route in routes:
            path = f"{PREFIX}{route.path}".replace("{reference}", "{reference:path}")
            app.add_api_route(path, self._endpoint(route), methods=[route.method])
        app.add_exception_handler(404, self._nowhere)
        app.add_exception_handler(405, self._nowhere)
        return app

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """No such address, or method."""
        wrong: LiaisonError = WrongMethod() if getattr(error, "status_code", 404) == 405 else NotFound()  # noqa: PLR2004 - RFC 9110
        language = language_of(request.headers.get("accept-language", ""))
        return _response(problem(wrong, status_of(wrong), language), language)

    def _endpoint(self, route: Route) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return await self._measured(route, request)

        return endpoint

    async def _measured(self, route: Route, request: Request) -> Response:
        """Answer; a line in the log and a count, both without anything that was said."""
        parts = self._office.parts
        started = parts.clock.monotonic()
        language = language_of(request.headers.get("accept-language", ""))
        who = ""
        try:
            client = await self._let_in(request)
            who = client.person.user_id
            response = await self._answer(route, request, client)
        except LiaisonError as error:
            response = _response(problem(error, status_of(error, route), language), language)
        except ClientDisconnect:
            parts.log.info("api.gone", route=route.name, client=who)
            return Response(status_code=499)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - whatever it is, a program gets problem details, and nothing of its request
            self._say_defect(route, who, error)
            response = _response(problem(ApiDefect(), 500, language), language)
        took = parts.clock.monotonic() - started
        parts.metrics.count("api_requests_total", route=route.name, status=str(response.status_code))
        parts.metrics.observe("api_seconds", took, route=route.name)
        parts.log.info("api.request", route=route.name, client=who, status=response.status_code, seconds=round(took, 3))
        return response

    def _say_defect(self, route: Route, who: str, error: Exception) -> None:
        """Where it happened, and nothing that was said: a traceback's message may repeat what was sent."""
        at = error.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        place = "" if at is None else f"{at.tb_frame.f_globals.get('__name__', '')}:{at.tb_lineno}"
        self._office.parts.log.error("api.defect", route=route.name, client=who, error=type(error).__name__, at=place)

    async def _step(self, step: Callable[..., Made], *given: object) -> Made:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step, *given)

    # --- letting in -----------------------------------------------------------------------------------------------------

    async def _let_in(self, request: Request) -> Client:
        """Who asks. Raises ClientRefused, TooManyRequests, DatabaseFailed."""
        address = _address(request)
        self._strangers.check(address)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        try:
            client = await self._step(self._client, key.strip() if scheme.lower() == "bearer" else "")
        except ClientRefused:
            self._strangers.take(address)
            raise
        self._clients.take(client.person.user_id)
        return client

    def _client(self, key: str) -> Client:
        office = self._office
        with office.parts.database.reading() as connection:
            client = client_of(connection, office.access, key)
            lately = seen_lately(connection, office.access, client)
        if not lately:
            with office.parts.database.writing() as connection:
                note_seen(connection, office.access, client)
        return client

    # --- answering ------------------------------------------------------------------------------------------------------

    async def _answer(self, route: Route, request: Request, client: Client) -> Response:
        desk = await self._step(self._office.desk, client.person)
        desk.require(route.action)  # before a byte of the body is read
        language = language_of(request.headers.get("accept-language", ""))
        path = {name: str(value) for name, value in request.path_params.items()}
        call = Call(desk, client, path, _query(request, route), _headers(request), b"", language, self._looks)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if route.method == "POST" and request.headers.get("content-encoding", "identity").lower() != "identity":
            raise WrongMediaType("A compressed body is not taken.")
        if route.stream is not None and kind in LINE_TYPES:
            return await self._streamed(route.stream, request, call)
        if route.method == "POST":
            if kind != JSON:
                raise WrongMediaType(f"The body is {kind[:60] or 'of no stated type'}.")
            check_length(request.headers.get("content-length", ""), MAX_CASE_BYTES)
            call = replace(call, body=await whole(request.stream()))
        answer = await self._step(route.answer, call)
        if route.stream is not None:
            self._count(answer.body.get("result", "refused"))
        return _response(answer, language)

    def _count(self, result: str) -> None:
        self._office.parts.metrics.count("api_cases_total", result=result)

    async def _streamed(self, make: Callable[[Call], Stream], request: Request, call: Call) -> Response:
        """Take a stream whole, its answer kept aside meanwhile: many programs send all before they read anything."""
        check_length(request.headers.get("content-length", ""), MAX_STREAM_BYTES)
        who = call.client.person.user_id
        if who in self._streaming or len(self._streaming) >= MAX_STREAMS:
            raise TooManyRequests(10)
        self._streaming.add(who)
        spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(self._office.spool))  # noqa: SIM115 - closed when it was sent
        try:
            await self._take_all(make(call), request, call, spool)
        except BaseException:
            spool.close()
            raise
        finally:
            self._streaming.discard(who)
        spool.seek(0)
        headers = {**_SAFE, "Content-Language": call.language}
        return StreamingResponse(_sent(spool), 200, media_type=LINES, headers=headers)

    async def _take_all(self, stream: Stream, request: Request, call: Call, spool: IO[bytes]) -> None:
        """Portion by portion. What stops it after a first portion is told in the last line; before, it is raised."""
        waiting: list[NumberedLine] = []
        taken = 0
        stopped: LiaisonError | None = None
        lines = Lines()
        try:
            async for piece in pieces(request.stream()):
                waiting += lines.feed(piece)
                while len(waiting) >= PORTION or sum(len(line.raw or b"") for line in waiting) > _HELD:
                    taken += await self._portion(stream, waiting, spool)
                if taken > MAX_STREAM_LINES:
                    raise BodyTooLarge(f"The stream has more than {MAX_STREAM_LINES:,} lines.")
            waiting += lines.finish()
            while waiting:
                taken += await self._portion(stream, waiting, spool)
        except LiaisonError as error:
            if not taken:
                raise
            stopped = error
        told = {"complete": stopped is None, **stream.account()}
        if stopped is not None:
            told["stopped"] = problem(stopped, status_of(stopped), call.language).body
        spool.write(_line(told))

    async def _portion(self, stream: Stream, waiting: list[NumberedLine], spool: IO[bytes]) -> int:
        portion = waiting[:PORTION]
        told = await self._step(stream.take, portion)
        del waiting[:PORTION]
        spool.write(b"".join(map(_line, told)))
        for one in told:
            self._count(str(one.get("result", "")))
        return len(portion)


async def _sent(spool: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while piece := spool.read(1 << 16):
            yield piece
    finally:
        spool.close()


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _response(answer: Answer, language: str) -> Response:
    headers = {**_SAFE, "Content-Language": language, **answer.headers}
    return JSONResponse(dict(answer.body), answer.status, headers, media_type=PROBLEM if answer.problem else JSON)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items() if name.lower() != "authorization"}


def _query(request: Request, route: Route) -> dict[str, str]:
    """The parameters, each known and given once. Raises BadRequest."""
    found = dict[str, str]()
    for name, value in request.query_params.multi_items():
        if name not in route.query:
            raise BadRequest(f"There is no parameter {name[:40]!r}; there is {', '.join(sorted(route.query)) or 'none'}.")
        if name in found:
            raise BadRequest(f"{name} is given twice.")
        found[name] = value
    return found
