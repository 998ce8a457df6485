"""Pages of one's own way in: the second step of signing in, password, second factors, recovery codes, sessions.

Those marked for half-open sessions are what a person may reach who has shown no more than a password.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from liaison.access.enrolment import Enrolled, begin_app, finish_app, replace_codes
from liaison.access.factors import Kind, list_factors, prove_code, remove_factor
from liaison.access.own_password import change_own_password
from liaison.access.recovery import codes_left
from liaison.access.security_keys import ask_key, begin_key, finish_key, prove_key
from liaison.access.sessions import Due, NewSession, list_sessions, peek, revoke_session
from liaison.access.webauthn_keys import Site as KeySite
from liaison.access.written import NothingWritten, forget_written, written
from liaison.console.guarding import safe_next
from liaison.console.pages import Moved, Page, Sent, Shown
from liaison.console.qr import drawing
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

SHELL: Final = "liaison.console"
OWN: Final = "session.own"
FACTOR: Final = "/sign-in/factor"
PASSWORD: Final = "/sign-in/password"  # noqa: S105 - an address


def own_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", FACTOR, OWN, ask_factor, half_open=True),
        Page("POST", FACTOR, OWN, take_code, half_open=True),
        Page("POST", "/sign-in/key/ask", OWN, ask_for_key, half_open=True),
        Page("POST", "/sign-in/key", OWN, take_key, half_open=True),
        Page("GET", PASSWORD, OWN, ask_password, half_open=True),
        Page("POST", PASSWORD, OWN, take_password, half_open=True),
        Page("POST", "/me/factors/app", OWN, begin_authenticator, half_open=True),
        Page("POST", "/me/factors/app/finish", OWN, finish_authenticator, half_open=True),
        Page("POST", "/me/factors/key/ask", OWN, begin_security_key, half_open=True),
        Page("POST", "/me/factors/key", OWN, finish_security_key, half_open=True),
        Page("GET", "/me", OWN, show_account),
        Page("GET", "/written/{form}", OWN, show_written),
        Page("POST", "/written/{form}/forget", OWN, forget),
        Page("POST", "/me/factors/{factor}/remove", OWN, remove),
        Page("POST", "/me/recovery-codes", OWN, new_recovery_codes),
        Page("POST", "/me/sessions/{session}/revoke", OWN, revoke_own),
    )


# --- what one was writing -----------------------------------------------------------------------------------------------------


def show_written(visit: Visit) -> Reply:
    """A form that this person was writing, as its own page shows it; somebody else's is as one that is not there."""
    form_id = visit.path["form"]
    with visit.desk.inspecting(OWN) as connection:
        found = written(connection, visit.desk.access, visit.desk.person.user_id, form_id)
    page = visit.resumable.get(found.page)
    if page is None or page.again is None:
        raise NothingWritten
    visit.desk.require(page.action)
    reply = page.again.show(replace(visit, path=found.path, form=found.fields, written=form_id))
    return replace(reply, written=form_id) if isinstance(reply, Shown) else reply


def forget(visit: Visit) -> Reply:
    """Forget a form that this person was writing."""
    with visit.desk.changing(OWN, "form", what="forgotten") as connection:
        forget_written(connection, visit.desk.access, visit.desk.person.user_id, visit.path["form"])
    return Moved(safe_next(visit.said("back", "/")), visit.words("Dropped."))


# --- the second step --------------------------------------------------------------------------------------------------------


def ask_factor(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """Show a second factor, or set up the first one where the node wants one."""
    to = _next(visit)
    with visit.desk.inspecting(OWN) as connection:
        entry = peek(connection, visit.desk.access, visit.token)
        factors = list_factors(connection, visit.desk.access, entry.person.user_id)
    if entry.due is Due.PASSWORD:
        return Moved(f"{PASSWORD}?next={to}")
    if entry.due is Due.NOTHING:
        return Moved(to)
    data = {"to": to, "problem": problem, "enrol": entry.due is Due.ENROLMENT, "has_key": any(one.kind is Kind.KEY for one in factors)}
    return Shown(f"{SHELL}/factor.html", data, 200 if problem is None else 401)


def take_code(visit: Visit) -> Reply:
    """The code of an authenticator, or a recovery code."""
    with _own(visit) as connection:
        answer = prove_code(connection, visit.desk.access, visit.token, visit.said("code"))
    return _in(visit, answer)


def ask_for_key(visit: Visit) -> Reply:
    """What the browser asks a security key, as JSON."""
    with _own(visit) as connection:
        return _json(ask_key(connection, visit.desk.access, visit.token, _site(visit)))


def take_key(visit: Visit) -> Reply:
    """What the security key answered."""
    with _own(visit) as connection:
        answer = prove_key(connection, visit.desk.access, visit.token, visit.said("answer"), _site(visit))
    return _in(visit, answer)


def _in(visit: Visit, answer: object) -> Reply:
    if isinstance(answer, NewSession):
        return Moved(_next(visit), token=answer.token, device=answer.device)
    return ask_factor(visit, answer if isinstance(answer, LiaisonError) else None)


def ask_password(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """A new password in place of one that somebody else chose."""
    return Shown(f"{SHELL}/own_password.html", {"to": _next(visit), "problem": problem}, 200 if problem is None else 422)


def take_password(visit: Visit) -> Reply:
    """Change one's own password; every other session ends."""
    old, new, again = (visit.form.get(name, ("",))[-1] for name in ("old", "new", "again"))
    if new != again:
        return ask_password(visit, PasswordsDiffer())
    try:
        with _own(visit) as connection:
            answer = change_own_password(connection, visit.desk.access, visit.token, old, new)
    except LiaisonError as error:
        return ask_password(visit, error)
    if isinstance(answer, LiaisonError):
        return ask_password(visit, answer)
    return Moved(_next(visit), visit.words("Your password is changed. Every other session of yours has ended."), token=answer.token)


class PasswordsDiffer(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The new password was typed in two ways."""

    code = "access.passwords-differ"
    next_step = "Type the new password twice."


# --- setting up -------------------------------------------------------------------------------------------------------------


def begin_authenticator(visit: Visit) -> Reply:
    """A new secret, as a picture and as text; shown once."""
    with _own(visit) as connection:
        secret = begin_app(connection, visit.desk.access, visit.token, f"Liaison {visit.desk.parts.node}")
    return _authenticator(visit, secret.secret, secret.address, None)


def _authenticator(visit: Visit, secret: str, address: str, problem: LiaisonError | None) -> Reply:
    data = {
        "secret": secret,
        "picture": drawing(address) if address else "",
        "problem": problem,
        "to": _next(visit),
        "name": visit.said("name"),
    }
    return Shown(f"{SHELL}/authenticator.html", data, 200 if problem is None else 422)


def finish_authenticator(visit: Visit) -> Reply:
    """Keep the authenticator that shows the right code."""
    with _own(visit) as connection:
        answer = finish_app(connection, visit.desk.access, visit.token, visit.said("name"), visit.said("code"))
    return _enrolled(visit, answer)


def begin_security_key(visit: Visit) -> Reply:
    """What the browser asks a new security key, as JSON."""
    with _own(visit) as connection:
        return _json(begin_key(connection, visit.desk.access, visit.token, _site(visit)))


def finish_security_key(visit: Visit) -> Reply:
    """Keep the security key that answered."""
    with _own(visit) as connection:
        answer = finish_key(connection, visit.desk.access, visit.token, visit.said("answer"), (visit.said("name"), _site(visit)))
    return _enrolled(visit, answer)


def _enrolled(visit: Visit, answer: object) -> Reply:
    if isinstance(answer, Enrolled):
        if answer.recovery_codes:
            told = {"codes": answer.recovery_codes, "to": _next(visit)}
            return Shown(f"{SHELL}/recovery_codes.html", told, token=answer.session.token, device=answer.session.device)
        note = visit.words("{name} is one of your second factors now.", name=answer.factor.name)
        return Moved("/me", note, token=answer.session.token, device=answer.session.device)
    return _authenticator(visit, "", "", answer if isinstance(answer, LiaisonError) else None)


# --- one's account ----------------------------------------------------------------------------------------------------------


def show_account(visit: Visit) -> Reply:
    """Roles, second factors, recovery codes, sessions."""
    access, who = visit.desk.access, visit.desk.person.user_id
    with visit.desk.inspecting(OWN) as connection:
        data: dict[str, Any] = {
            "factors": list_factors(connection, access, who),
            "codes_left": codes_left(connection, access, who),
            "sessions": list_sessions(connection, access, who),
            "here": peek(connection, access, visit.token).session_id,
        }
    return Shown(f"{SHELL}/account.html", {**data, "person": visit.desk.person})


def remove(visit: Visit) -> Reply:
    """Remove one of one's factors."""
    with _own(visit) as connection:
        gone = remove_factor(connection, visit.desk.access, visit.token, visit.path["factor"])
    return Moved("/me", visit.words("{name} is no longer a second factor of yours.", name=gone.name))


def new_recovery_codes(visit: Visit) -> Reply:
    """Ten new codes in place of the old ones; shown once."""
    with _own(visit) as connection:
        codes = replace_codes(connection, visit.desk.access, visit.token)
    return Shown(f"{SHELL}/recovery_codes.html", {"codes": codes, "to": "/me"})


def revoke_own(visit: Visit) -> Reply:
    """End another session of one's own."""
    with _own(visit) as connection:
        revoke_session(connection, visit.desk.access, visit.path["session"], visit.desk.person.user_id)
    return Moved("/me", visit.words("The session has ended."))


# --- shared -----------------------------------------------------------------------------------------------------------------


def _own(visit: Visit) -> Any:  # noqa: ANN401 - a context of a connection
    """A write transaction; what is done in it writes its own audit entries."""
    visit.desk.require(OWN)
    return visit.desk.parts.database.writing()


def _next(visit: Visit) -> str:
    return safe_next(visit.said("next") or visit.asked("next", "/"))


def _json(body: object) -> Sent:
    return Sent(json.dumps(body).encode(), "application/json")


def _site(visit: Visit) -> KeySite:
    """What security keys are bound to: the name in the address, and the whole of it."""
    return KeySite(urlsplit(visit.origin).hostname or "", visit.origin, f"Liaison {visit.desk.parts.node}")
