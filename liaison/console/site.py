"""The pages of a node: browsers' requests in, the pages' own functions in one worker thread, HTML out.

In this order, before a page is called: the name under which the console was asked for; how often; the session; the permission table; and
for a form where it came from, its size, and its token. One thread acts for everybody, and does a portion of long work when nobody waits.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect

from liaison.access.sessions import NotSignedIn, PasswordChangeNeeded, SecondFactorNeeded
from liaison.access.users import person_now
from liaison.console.calls import LANGUAGES, NotFound, TooManyRequests, WrongMethod, language_of
from liaison.console.doorstep import Doorstep, Inside
from liaison.console.faces import Faces, defect
from liaison.console.forms import read_form
from liaison.console.guarding import HEADERS, PRIVATE, SECURE, check_form_token, check_host, check_sender, form_token, local, safe_next
from liaison.console.halfway import Halfway, wants_keeping
from liaison.console.jobs import Jobs
from liaison.console.limits import Buckets
from liaison.console.live import live
from liaison.console.notes import NOTE_COOKIE, pack, unpack
from liaison.console.pages import Moved, Sent, Visit
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table

    from liaison.access.desk import Desk
    from liaison.access.permissions import Person
    from liaison.access.tables import Access
    from liaison.console.pages import Console, Page, Reply
    from liaison.console.words import Words
    from liaison.node.parts import Parts

Made = TypeVar("Made")

STRANGERS_EACH_MINUTE: Final = 120  # requests without a session, by address
SIGN_INS_EACH_MINUTE: Final = 30  # passwords tried, by address; a user is locked besides
REQUESTS_EACH_MINUTE: Final = 900  # of one session
LANGUAGE_COOKIE: Final = "language"
THEME_COOKIE: Final = "theme"
STEPS: Final = {SecondFactorNeeded: "/sign-in/factor", PasswordChangeNeeded: "/sign-in/password"}
THEMES: Final = ("auto", "light", "dark")
_YEAR: Final = 31_536_000
_SMALL: Final = 1_000  # bytes that are not worth compressing


@dataclass(frozen=True, slots=True)
class Premises:
    """What the edge needs of a node. `origin`: scheme, host and port under which browsers find it; `hosts`: the names it answers to."""

    parts: Parts
    access: Access
    desk: Callable[[Person], Desk]
    console: Console
    audit: Table
    facts: dict[str, str]  # node, environment, version
    hosts: frozenset[str]
    secure: bool  # served with TLS
    address: str = ""  # the origin as set; empty: as the browser says
    cache: Path = Path()  # a folder for what can be made again
    sign_ins_each_minute: int = SIGN_INS_EACH_MINUTE


class Site:
    """The web application of one node's console."""

    def __init__(self, premises: Premises) -> None:
        """Nothing is opened; `close` ends the thread."""
        parts = premises.parts
        self.premises = premises
        self.jobs = Jobs(parts.clock, parts.random, parts.log, self._trust)
        self.faces = Faces(premises)
        self.doorstep = Doorstep(self)
        self.halfway = Halfway(self)
        self.closing = asyncio.Event()
        self.streams: list[str] = []  # the sessions that have a page with a live part open, each as often
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="console")
        self._sessions = Buckets(parts.clock, REQUESTS_EACH_MINUTE)
        self._strangers = Buckets(parts.clock, STRANGERS_EACH_MINUTE)
        self.sign_ins = Buckets(parts.clock, premises.sign_ins_each_minute)
        self._working: asyncio.Task[None] | None = None
        self.app = self._app()

    def leave(self) -> None:
        """End the live parts of open pages: they would hold a stop up."""
        self.closing.set()

    def close(self) -> None:
        """Wait for the request in hand, and leave long work where it is."""
        self._thread.submit(self.jobs.close)
        self._thread.shutdown(wait=True)

    def _app(self) -> FastAPI:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
        app.add_middleware(GZipMiddleware, minimum_size=_SMALL, compresslevel=5)
        app.add_api_route("/static/{version}/{name}", self._static, methods=["GET"])
        app.add_api_route("/choices", self._guarded(self._choose), methods=["POST"])
        app.add_api_route("/live", self._guarded(self._live), methods=["GET"])
        for method, path, answer in self.doorstep.routes():
            app.add_api_route(path, self._guarded(answer), methods=[method])
        pages = self.premises.console.all_pages()  # once: some hold what they work on
        self.halfway.pages |= {page.name: page for page in pages if page.again is not None}
        for page in pages:
            app.add_api_route(page.path, self._guarded(self._endpoint(page)), methods=[page.method], name=page.name)
        app.add_exception_handler(404, self._nowhere)
        app.add_exception_handler(405, self._nowhere)
        return app

    # --- every request --------------------------------------------------------------------------------------------------

    def _guarded(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return await self._measured(answer, request)

        return endpoint

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        wrong: LiaisonError = WrongMethod() if getattr(error, "status_code", 404) == 405 else NotFound()  # noqa: PLR2004 - RFC 9110
        return self._refusal(request, wrong)

    async def _measured(self, answer: Callable[[Request], Any], request: Request) -> Response:
        """Answer; a line in the log and a count, both without anything that was said."""
        parts = self.premises.parts
        started = parts.clock.monotonic()
        route = f"{request.method} {getattr(request.scope.get('route'), 'path', '')}"
        try:
            check_host(request.headers.get("host", ""), self.premises.hosts)
            response: Response = await answer(request)
        except NotSignedIn as error:
            response = self._to_sign_in(request, error)
        except LiaisonError as error:
            response = self._refusal(request, error)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a page, and nothing of the request goes into the log
            response = self._refusal(request, defect(parts.log, route, error))
        for name, value in (SECURE if self.premises.secure else {}).items():
            response.headers[name] = value
        took = parts.clock.monotonic() - started
        parts.metrics.count("console_requests_total", route=route, status=str(response.status_code))
        parts.metrics.observe("console_seconds", took, route=route)
        parts.log.info("console.request", route=route, status=response.status_code, seconds=round(took, 3))
        return response

    def _to_sign_in(self, request: Request, error: LiaisonError) -> Response:
        """A page is asked for again after signing in; a form's content would be lost, so it is said."""
        if request.method != "GET" or request.headers.get("accept", "").startswith("text/event-stream"):
            return self._refusal(request, error)
        step = next((path for kind, path in STEPS.items() if isinstance(error, kind)), "/sign-in")
        return RedirectResponse(f"{step}?next={_quoted(_address(request))}", 303, PRIVATE)

    def _refusal(self, request: Request, error: LiaisonError) -> Response:
        status, html = self.faces.refusal(error, self.language(request), self.theme(request), _address(request))
        headers = dict(PRIVATE)
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(error.wait_seconds)
        return Response(html, status, headers, media_type="text/html; charset=utf-8")

    async def step(self, step: Callable[..., Made], *given: object) -> Made:
        """Do something in the thread that acts for everybody."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, step, *given)

    # --- pages ----------------------------------------------------------------------------------------------------------

    def _endpoint(self, page: Page) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                inside = await self.step(self._let_in, request, page)
            except NotSignedIn as error:
                if page.again is None:
                    raise
                return await self.halfway.meet_ended(request, page, error)
            if page.method == "GET":
                return await self.step(self._shown, request, page, inside, ({}, {}))
            check_sender(request.headers, self.origin(request))
            async with read_form(request, takes_files=page.takes_files) as (fields, files):
                check_form_token(inside.token, fields.get("csrf", ("",))[-1])
                if page.again is not None and wants_keeping(request):
                    return await self.step(self.halfway.keep, request, page, inside, fields)
                response = await self.step(self._shown, request, page, inside, (fields, files))
            self._work()
            return response

        return endpoint

    def _let_in(self, request: Request, page: Page) -> Inside:
        """Who asks, if this page is allowed to them. Raises NotSignedIn, NotPermitted, TooManyRequests, DatabaseFailed."""
        address = request.client.host if request.client else ""
        self._strangers.check(address)
        try:
            inside = self.doorstep.peek(request) if page.half_open else self.doorstep.inside(request)
        except NotSignedIn:
            self._strangers.take(address)
            raise
        self._sessions.take(inside.session_id)
        self.premises.desk(inside.person).require(page.action)
        return inside

    def _shown(self, request: Request, page: Page, inside: Inside, sent: tuple[dict[str, Any], dict[str, Any]]) -> Response:
        visit = self.visit(request, inside, sent)
        reply = page.answer(visit)
        if page.method == "POST":
            self.faces.forget()
            if page.again is not None:
                self.halfway.answered(request, page, inside.person, visit, taken=isinstance(reply, Moved))
        return self._response(request, visit, inside, reply)

    def visit(self, request: Request, inside: Inside, sent: tuple[dict[str, Any], dict[str, Any]]) -> Visit:
        """The request as a page sees it."""
        query: dict[str, tuple[str, ...]] = {}
        for name, value in request.query_params.multi_items():
            query[name] = (*query.get(name, ()), value)
        return Visit(
            desk=self.premises.desk(inside.person),
            words=self.words(request),
            jobs=self.jobs,
            address=_address(request),
            path={name: str(value) for name, value in request.path_params.items()},
            query=query,
            form=sent[0],
            files=sent[1],
            token=inside.token,
            csrf=form_token(inside.token, self.premises.parts.random),
            origin=self.origin(request),
            cache=self.premises.cache,
            written=self.halfway.known(sent[0]) or self.premises.parts.random.bytes(16).hex(),
            resumable=self.halfway.pages,
            glossary=self.premises.console.glossary,
        )

    def _response(self, request: Request, visit: Visit, inside: Inside, reply: Reply) -> Response:
        if isinstance(reply, Moved):
            moved = RedirectResponse(local(reply.to), 303, PRIVATE)
            self.doorstep.keep(request, moved, reply.token, reply.device)
            if reply.note:
                self.cookie(moved, NOTE_COOKIE, pack(reply), seconds=300)
            return moved
        if isinstance(reply, Sent):
            return _file(reply)
        note = unpack(request.cookies.get(NOTE_COOKIE, ""))
        if reply.token:
            visit = replace(visit, csrf=form_token(reply.token, self.premises.parts.random))
        if reply.written:
            visit = replace(visit, written=reply.written)
        html = self.faces.page(reply, visit, inside.standing, note, self.theme(request))
        shown = Response(html, reply.status, {**PRIVATE, "Content-Language": visit.words.language}, media_type="text/html; charset=utf-8")
        self.doorstep.keep(request, shown, reply.token, reply.device)
        if NOTE_COOKIE in request.cookies:
            self.cookie(shown, NOTE_COOKIE, "", seconds=0)
        return shown

    def _trust(self, user_id: str) -> Person | None:
        with self.premises.parts.database.reading() as connection:
            return person_now(connection, self.premises.access, user_id)

    # --- long work ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Go on with long work, if a request began some."""
        if self._working is None or self._working.done():
            self._working = asyncio.ensure_future(self._portions())

    async def _portions(self) -> None:
        while not self.closing.is_set() and await self.step(self.jobs.step):
            pass

    # --- parts of pages -------------------------------------------------------------------------------------------------

    async def _static(self, request: Request) -> Response:
        found = self.faces.statics.get(request.path_params["version"], request.path_params["name"])
        if found is None:
            return self._refusal(request, NotFound())
        headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "Vary": "Accept-Encoding", **HEADERS}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.zipped, 200, {**headers, "Content-Encoding": "gzip"}, media_type=found.media_type)
        return Response(found.body, 200, headers, media_type=found.media_type)

    async def _live(self, request: Request) -> Response:
        inside = await self.step(self.doorstep.peek, request)
        if not inside.standing.whole:
            raise SecondFactorNeeded
        stream = live(self, request, inside)
        return StreamingResponse(stream, 200, {**PRIVATE, "X-Accel-Buffering": "no"}, media_type="text/event-stream")

    async def _choose(self, request: Request) -> Response:
        """Language and colours: kept by the browser, with or without a session."""
        check_sender(request.headers, self.origin(request))
        async with read_form(request, takes_files=False) as (fields, _):
            back = safe_next(fields.get("back", ("/",))[-1]) if "/sign-in" not in fields.get("back", ("",))[-1] else "/sign-in"
            response = RedirectResponse(back, 303, PRIVATE)
            for name, known in ((LANGUAGE_COOKIE, LANGUAGES), (THEME_COOKIE, THEMES)):
                if (chosen := fields.get(name, ("",))[-1]) in known:
                    self.cookie(response, name, chosen, seconds=_YEAR)
        return response

    def cookie(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Set a cookie that only this console's pages get, and no script."""
        secure = self.premises.secure
        response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict")

    def language(self, request: Request) -> str:
        """As chosen, else the best that the browser asks for."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
        return chosen if chosen in LANGUAGES else language_of(request.headers.get("accept-language", ""))

    def words(self, request: Request) -> Words:
        """The words in the language of this browser."""
        return self.faces.words[self.language(request)]

    def theme(self, request: Request) -> str:
        """As chosen, else as the browser has it."""
        chosen = request.cookies.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else THEMES[0]

    def origin(self, request: Request) -> str:
        """Scheme, host and port under which this browser finds the console."""
        scheme = "https" if self.premises.secure else "http"
        return self.premises.address or f"{scheme}://{request.headers.get('host', '')}"


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _quoted(text: str) -> str:
    return quote(text, safe="/")


def _file(reply: Sent) -> Response:
    headers = dict(PRIVATE)
    if reply.cached_seconds:
        headers["Cache-Control"] = f"private, max-age={reply.cached_seconds}"
    if reply.name:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(reply.name)}"
    if isinstance(reply.body, bytes):
        return Response(reply.body, 200, headers, media_type=reply.media_type)
    return StreamingResponse(reply.body, 200, headers, media_type=reply.media_type)
