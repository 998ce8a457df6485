"""Forms halfway: kept while they are written, and when the session ended before they were sent (decision 72).

A page that can show its form again (`Page.again`) takes part. With script the form is sent with the header KEEP while somebody writes, and
is kept instead of being taken. Without script, a form that meets an ended session is kept for the person of that session, who finds it
behind the sign-in. Either way it needs the token of the session it was written under; and nobody else is shown it, whoever signs in next.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import RedirectResponse, Response

from liaison.access.permissions import permitted
from liaison.access.sessions import NotSignedIn, PasswordChangeNeeded, SecondFactorNeeded
from liaison.access.users import person_now
from liaison.access.written import Written, forget_written, keep_written, owner_of_ended
from liaison.console.forms import read_form
from liaison.console.guarding import PRIVATE, check_form_token, check_sender
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

    from liaison.access.permissions import Person
    from liaison.console.doorstep import Inside
    from liaison.console.pages import Page, Visit
    from liaison.console.site import Site

KEEP: Final = "x-liaison-keep"
WRITTEN: Final = "/written"
_ID: Final = 32
_NOT_KEPT: Final = frozenset({"csrf", "written"})
Fields = dict[str, tuple[str, ...]]


def wants_keeping(request: Request) -> bool:
    """Whether a form is to be kept, not taken. No other site's page can send the header without being asked first (CORS)."""
    return bool(request.headers.get(KEEP))


class Halfway:
    """The forms halfway of one console."""

    def __init__(self, site: Site) -> None:
        """For this site."""
        self._site = site
        self.pages: dict[str, Page] = {}  # those that take part, by name

    @staticmethod
    def known(fields: Mapping[str, tuple[str, ...]]) -> str:
        """The id under which a form says that it is kept; whose it is is asked where it matters."""
        told = fields.get("written", ("",))[-1]
        return told if len(told) == _ID and told.isascii() and told.isalnum() else ""

    def keep(self, request: Request, page: Page, inside: Inside, fields: Fields) -> Response:
        """What is written now, kept for the person who writes; the answer is for the script."""
        form_id = self._kept(request, page, inside.person, fields)
        return _told({"written": form_id, "to": f"{WRITTEN}/{form_id}", "left": inside.standing.seconds_left})

    async def meet_ended(self, request: Request, page: Page, error: NotSignedIn) -> Response:
        """A form whose session has ended: kept for its person, and found again behind the sign-in. Raises `error` when it cannot be."""
        if isinstance(error, SecondFactorNeeded | PasswordChangeNeeded):
            raise error
        check_sender(request.headers, self._site.origin(request))
        token = request.cookies.get(self._site.doorstep.cookie_name, "")
        async with read_form(request, takes_files=False) as (fields, _):
            check_form_token(token, fields.get("csrf", ("",))[-1])
            form_id = await self._site.step(self._kept_behind, request, page, token, fields)
        if not form_id:
            raise error
        to = f"/sign-in?next={WRITTEN}/{form_id}"
        return _told({"written": form_id, "to": to, "ended": True}) if wants_keeping(request) else RedirectResponse(to, 303, PRIVATE)

    def answered(self, request: Request, page: Page, person: Person, visit: Visit, *, taken: bool) -> None:
        """After a form was sent: what was taken is forgotten here; what is shown again is kept as it was sent, without script, too."""
        premises = self._site.premises
        if taken:
            with premises.parts.database.writing() as connection:
                forget_written(connection, premises.access, person.user_id, visit.written)
            return
        with contextlib.suppress(LiaisonError):  # it cannot be sealed: nothing is lost that the page does not show
            self._kept(request, page, person, {**visit.form, "written": (visit.written,)})

    def _kept_behind(self, request: Request, page: Page, token: str, fields: Fields) -> str:
        premises = self._site.premises
        with premises.parts.database.reading() as connection:
            owner = owner_of_ended(connection, premises.access, token)
            person = person_now(connection, premises.access, owner) if owner else None
        if person is None or not permitted(person, page.action):
            return ""
        try:
            return self._kept(request, page, person, fields)
        except LiaisonError:
            return ""  # it cannot be sealed: then it is said that the form was not taken, as of any other

    def _kept(self, request: Request, page: Page, person: Person, fields: Mapping[str, tuple[str, ...]]) -> str:
        premises = self._site.premises
        path = {name: str(value) for name, value in request.path_params.items()}
        form = Written(self.known(fields), page.name, path, {name: said for name, said in fields.items() if name not in _NOT_KEPT})
        first = False
        if page.again is not None:
            with premises.desk(person).looking(page.action) as tx:
                first = page.again.unsealed(tx)
        with premises.parts.database.writing() as connection:
            return keep_written(connection, premises.access, person.user_id, form, first=first)


def _told(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), 200, PRIVATE, media_type="application/json")
