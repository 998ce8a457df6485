"""What a route of the API is, what it is asked and what it answers: plain values, so that whoever writes one needs no web library.

A kind of node contributes routes (`NodeSpec.routes`), each a synchronous function that acts at the client's desk; `console.web` is the
edge that reads bytes from the network for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from liaison.access.clients import ANSWERS_KEPT_EACH, ClientRefused
from liaison.access.permissions import NotPermitted
from liaison.console.looks import Looks
from liaison.node.database import DatabaseFailed
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.access.clients import Client
    from liaison.access.desk import Desk

PREFIX: Final = "/api/v1"
LANGUAGES: Final = ("en", "fr", "es")


MAX_CASE_BYTES: Final = 256 * 1024  # of one JSON object; an event is smaller still
MAX_STREAM_BYTES: Final = 256 * 1024 * 1024
MAX_STREAM_LINES: Final = 200_000
LIMITS: Final = {
    "bytes_of_a_case": MAX_CASE_BYTES,
    "bytes_of_a_stream": MAX_STREAM_BYTES,
    "lines_of_a_stream": MAX_STREAM_LINES,
    "answers_kept_for_idempotency_keys": ANSWERS_KEPT_EACH,
}


class BadRequest(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The request cannot be understood."""

    code = "api.bad-request"
    next_step = "Compare it with `liaison api openapi`."


class NotFound(LiaisonError):  # noqa: N818
    """There is nothing at this address."""

    code = "api.not-found"
    next_step = "See the addresses in `liaison api openapi`."


class WrongMethod(LiaisonError):  # noqa: N818
    """This method is not allowed here."""

    code = "api.method"
    next_step = "See the methods in `liaison api openapi`."


class WrongMediaType(LiaisonError):  # noqa: N818
    """This type of content is not taken here."""

    code = "api.media-type"
    next_step = "Send application/json for one case, application/x-ndjson for a stream, in UTF-8 and not compressed."


class BodyTooLarge(LiaisonError):  # noqa: N818
    """The request is larger than allowed."""

    code = "api.too-large"
    next_step = "Send it in several requests."


class BodyTooSlow(LiaisonError):  # noqa: N818
    """The body of the request did not come in time."""

    code = "api.too-slow"
    next_step = "Send it again; what was taken stays, and comes back as already there."


class TooManyRequests(LiaisonError):  # noqa: N818
    """Too many requests: wait a while."""

    code = "api.too-many-requests"
    next_step = "Wait as many seconds as Retry-After says; many cases go in one stream (application/x-ndjson)."

    def __init__(self, wait_seconds: int) -> None:
        """`wait_seconds`: when to try again."""
        super().__init__(phrase("Try again in {wait_seconds} s.", wait_seconds=wait_seconds), wait_seconds=wait_seconds)
        self.wait_seconds = wait_seconds


class ApiDefect(LiaisonError):  # noqa: N818
    """A defect of this program."""

    code = "api.defect"
    next_step = "Report it with the line in the node's log; nothing is half done."


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a client that was let in. `query` and `headers` (names in lower case) hold each name once."""

    desk: Desk
    client: Client
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    language: str = LANGUAGES[0]
    looks: Looks = field(default_factory=Looks)  # of all calls to one node

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false, false when not given. Raises BadRequest."""
        given = self.query.get(name, "false").lower()
        if given not in ("true", "false"):
            raise BadRequest(f"{name} is true or false.")
        return given == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body (what `json` can write), further headers. `problem`: the body is problem details (RFC 9457)."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: bool = False


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """One line of a stream, counted from 1; `raw` None: it was longer than a line may be, and was not kept."""

    number: int
    raw: bytes | None


class Stream(Protocol):
    """What takes a stream of lines, portion by portion, each in a transaction of its own."""

    def take(self, lines: Sequence[NumberedLine]) -> list[dict[str, Any]]:
        """What became of each line, in their order. Raises LiaisonError when the portion as a whole could not be taken."""

    def account(self) -> dict[str, Any]:
        """How many lines met which fate."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: `path` below PREFIX with {names}, the action a client needs, what it answers, how it is documented.

    `stream`, where there is one, takes a body of lines (NDJSON) instead. `query` names the parameters it knows; others are refused.
    """

    method: str
    path: str
    action: str
    answer: Callable[[Call], Answer]
    operation: Callable[[], dict[str, Any]]
    query: frozenset[str] = frozenset()
    further: frozenset[str] = frozenset()  # actions that it asks for besides, when told to
    stream: Callable[[Call], Stream] | None = None
    statuses: Mapping[type[LiaisonError], int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Method and path, for logs and metrics: never what was in the path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Api:
    """What a kind of node offers to client programs: its routes, and the schemas that their documents refer to."""

    routes: Callable[[], tuple[Route, ...]]
    schemas: Callable[[], Mapping[str, Any]]

    def actions(self) -> frozenset[str]:
        """What a client may be given."""
        found = {route.action for route in self.routes()}
        return frozenset(found | {action for route in self.routes() for action in route.further})


_STATUSES: Final[Mapping[type[LiaisonError], int]] = {
    BadRequest: 400,
    ClientRefused: 401,
    NotPermitted: 403,
    NotFound: 404,
    WrongMethod: 405,
    BodyTooSlow: 408,
    BodyTooLarge: 413,
    WrongMediaType: 415,
    TooManyRequests: 429,
    ApiDefect: 500,
    DatabaseFailed: 503,
}


def status_of(error: LiaisonError, route: Route | None = None) -> int:
    """The HTTP status of a refusal: what the route says of its class, or of the nearest class above it."""
    known = {**_STATUSES, **(route.statuses if route else {})}
    return next((known[kind] for kind in type(error).__mro__ if kind in known), 422)


def problem(error: LiaisonError, status: int, language: str = LANGUAGES[0], **more: object) -> Answer:
    """A refusal as problem details (RFC 9457): `type` names the code, `title` the kind in the reader's language, `detail` this one."""
    from liaison.console.titles import title_of  # noqa: PLC0415 - only a refusal needs the words

    body = {
        "type": f"urn:liaison:problem:{error.code}",
        "title": title_of(error, language),
        "status": status,
        "detail": str(error),
        "code": error.code,
        "next_step": error.next_step,
        **more,
    }
    headers = {"Retry-After": "5"} if isinstance(error, DatabaseFailed) else {}
    if isinstance(error, TooManyRequests):
        headers = {"Retry-After": str(error.wait_seconds)}
    if isinstance(error, ClientRefused):
        headers = {"WWW-Authenticate": "Bearer"}
    return Answer(status, {name: value for name, value in body.items() if value != ""}, headers, problem=True)


def language_of(accepted: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110 section 12.5.4), English when it names none."""
    best, weight = LANGUAGES[0], 0.0
    for part in accepted[:200].split(","):
        name, _, quality = part.partition(";")
        tongue = name.strip().lower().partition("-")[0]
        try:
            wanted = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            wanted = 0.0
        if tongue in LANGUAGES and wanted > weight:
            best, weight = tongue, wanted
    return best
