"""Signing in and out of the console, and whose request it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import RedirectResponse, Response

from liaison.access.devices import DEVICE_LIMIT, with_secret
from liaison.access.lockouts import LoginRefused
from liaison.access.sessions import SEEN_STEP, Due, NotSignedIn, log_out, open_half, peek, resume
from liaison.console.forms import read_form
from liaison.console.guarding import PRIVATE, check_form_token, check_sender, form_token, safe_next
from liaison.console.pages import Standing
from liaison.node.audit import SYSTEM, AuditEntry, append

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from sqlalchemy import Connection

    from liaison.access.permissions import Person
    from liaison.access.sessions import NewSession
    from liaison.console.site import Site

SHELL: Final = "liaison.console"
START_COOKIE: Final = "start"  # of a browser that is about to sign in
_START_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Inside:
    """A request's session; a half-open one has shown no more than a password."""

    person: Person
    session_id: str
    token: str
    standing: Standing
    unseen: timedelta  # since the session was last kept alive


class Doorstep:
    """The way in, of one console."""

    def __init__(self, site: Site) -> None:
        """For this site."""
        self._site = site

    def routes(self) -> list[tuple[str, str, Callable[[Request], Any]]]:
        """Method, path and function of what is answered without a session."""
        return [
            ("GET", "/sign-in", self._ask),
            ("POST", "/sign-in", self._take),
            ("POST", "/sign-out", self._out),
            ("POST", "/session/keep", self._keep),
        ]

    @property
    def cookie_name(self) -> str:
        """With TLS a name that browsers take from this host alone (RFC 6265bis section 4.1.3.2)."""
        return "__Host-liaison" if self._site.premises.secure else "liaison"

    @property
    def device_cookie(self) -> str:
        """What a browser is known by; it outlives sessions."""
        return "__Host-liaison-device" if self._site.premises.secure else "liaison-device"

    # --- whose request --------------------------------------------------------------------------------------------------

    def inside(self, request: Request) -> Inside:
        """The session of a request, kept alive by it. Raises NotSignedIn, SessionEnded."""
        found, premises = self.peek(request), self._site.premises
        if not found.standing.whole or found.unseen >= SEEN_STEP:  # else a page would wait for whoever writes
            with premises.parts.database.writing() as connection:
                resume(connection, premises.access, found.token)
            return self.peek(request)
        return found

    def keep(self, request: Request, response: Response, token: str, device: str) -> None:
        """The session goes on under another token, where there is one; with it the browser keeps what it is known by, for longer."""
        if not token:
            return
        self._site.cookie(response, self.cookie_name, token)
        known = with_secret(request.cookies.get(self.device_cookie, ""), device)
        if known:
            self._site.cookie(response, self.device_cookie, known, seconds=DEVICE_LIMIT // timedelta(seconds=1))

    def peek(self, request: Request) -> Inside:
        """The session of a request, half open or not, which does not keep it alive. Raises NotSignedIn, SessionEnded."""
        premises = self._site.premises
        token = request.cookies.get(self.cookie_name, "")
        with premises.parts.database.reading() as connection:
            entry = peek(connection, premises.access, token)
        now = premises.parts.clock.now()
        left = int((entry.ends_at - now).total_seconds())
        roles = tuple(sorted(entry.person.roles))
        return Inside(
            entry.person,
            entry.session_id,
            token,
            Standing(entry.person.name, roles, entry.ends_at, left, entry.due is Due.NOTHING),
            now - entry.seen_at,
        )

    # --- signing in -----------------------------------------------------------------------------------------------------

    async def _ask(self, request: Request) -> Response:
        return self._form(request, safe_next(request.query_params.get("next", "/")))

    def _form(self, request: Request, to: str, problem: LoginRefused | None = None, name: str = "") -> Response:
        site = self._site
        start = request.cookies.get(START_COOKIE, "")
        if len(start) != 2 * _START_BYTES:
            start = site.premises.parts.random.bytes(_START_BYTES).hex()
        language = site.language(request)
        data = {"problem": problem, "name": name, "to": to, "csrf": form_token(start, site.premises.parts.random), "ended": to != "/"}
        html = site.faces.plain(f"{SHELL}/sign_in.html", language, site.theme(request), data)
        status = 200 if problem is None else 401
        shown = Response(html, status, {**PRIVATE, "Content-Language": language}, media_type="text/html; charset=utf-8")
        site.cookie(shown, START_COOKIE, start)
        return shown

    async def _take(self, request: Request) -> Response:
        site = self._site
        site.sign_ins.take(request.client.host if request.client else "")
        check_sender(request.headers, site.origin(request))
        async with read_form(request, takes_files=False) as (fields, _):
            check_form_token(request.cookies.get(START_COOKIE, ""), fields.get("csrf", ("",))[-1])
            name, word = fields.get("name", ("",))[-1], fields.get("password", ("",))[-1]
            to = safe_next(fields.get("next", ("/",))[-1])
        answer = await site.step(self._try, name, word, request.cookies.get(self.device_cookie, ""))
        if isinstance(answer, LoginRefused):
            return self._form(request, to, answer, name[:64])
        moved = RedirectResponse(to, 303, PRIVATE)
        self.keep(request, moved, answer.token, answer.device)
        site.cookie(moved, START_COOKIE, "", seconds=0)
        return moved

    def _try(self, name: str, word: str, shown: str) -> NewSession | LoginRefused:
        premises = self._site.premises
        with premises.parts.database.writing() as connection:
            answer = open_half(connection, premises.access, name, word, shown)
            if isinstance(answer, LoginRefused):
                self._note(connection, SYSTEM, "session.refused", code=answer.code, by="console")
            else:
                self._note(connection, answer.person.user_id, "session.opened", session=answer.session_id, by="console")
        return answer

    # --- staying and leaving --------------------------------------------------------------------------------------------

    async def _keep(self, request: Request) -> Response:
        """Stay signed in: asked by the page's script when somebody is there."""
        await self._with_token(request)
        inside = await self._site.step(self.inside, request)
        return Response(str(inside.standing.seconds_left), 200, PRIVATE, media_type="text/plain")

    async def _out(self, request: Request) -> Response:
        token = await self._with_token(request)
        await self._site.step(self._end, request, token)
        moved = RedirectResponse("/sign-in", 303, {**PRIVATE, "Clear-Site-Data": '"cache"'})
        self._site.cookie(moved, self.cookie_name, "", seconds=0)
        return moved

    def _end(self, request: Request, token: str) -> None:
        premises = self._site.premises
        try:
            who = self.peek(request)
        except NotSignedIn:
            return
        with premises.parts.database.writing() as connection:
            log_out(connection, premises.access, token)
            self._note(connection, who.person.user_id, "session.ended", session=who.session_id, by="console")

    async def _with_token(self, request: Request) -> str:
        """The session's token, when the form came from its own page. Raises FormExpired."""
        check_sender(request.headers, self._site.origin(request))
        token = request.cookies.get(self.cookie_name, "")
        async with read_form(request, takes_files=False) as (fields, _):
            check_form_token(token, fields.get("csrf", ("",))[-1])
        return token

    def _note(self, connection: Connection, who: str, action: str, **facts: object) -> None:
        premises = self._site.premises
        append(connection, premises.audit, AuditEntry(who, action, "", facts), premises.parts.clock.now())
