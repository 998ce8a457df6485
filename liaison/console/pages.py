"""What a page is, what it is asked and what it answers: plain values, so that whoever writes one needs no web library.

A kind of node contributes pages and tallies (`NodeSpec.pages`), each a synchronous function that acts at the person's desk. `console.site`
is the edge that reads bytes from browsers for them: it lets nobody in without a session, asks the permission table before a page is
called, and takes no form without its token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from liaison.console.sent import Sent as Sent  # noqa: PLC0414 - pages know it from here
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from liaison.access.desk import Desk
    from liaison.console.jobs import Jobs
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork

MAX_FORM_BYTES: Final = 512 * 1024
MAX_FILE_BYTES: Final = 128 * 1024 * 1024
MAX_FIELDS: Final = 2_000
GROUPS: Final = ("work", "intelligence", "figures", "network", "node")  # of the menu, in this order


class FormExpired(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The form was not sent from this session's own page."""

    code = "console.form-refused"
    next_step = "Go back, reload the page and send the form again; nothing was changed."


class BadForm(LiaisonError):  # noqa: N818
    """The form cannot be understood."""

    code = "console.bad-form"
    next_step = "Go back and correct the field."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands in the menu: a group of GROUPS, what it is called there (a text of the catalogues), and its order there."""

    group: str
    title: str
    order: int = 50
    tally: str = ""  # whose number stands beside it


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: the name as the browser said it, never used as a path, and the open file."""

    name: str
    file: IO[bytes]
    size: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a signed-in person. `query` and `form` hold each name with all its values, in their order."""

    desk: Desk
    words: Words
    jobs: Jobs
    address: str = "/"  # path and query, as asked
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    token: str = ""  # of the session
    csrf: str = ""
    origin: str = ""  # scheme, host and port as the browser sees them
    cache: Path = Path()  # a folder of the node for what can be made again
    glossary: tuple[tuple[str, str], ...] = ()  # words of the office's work with their meanings
    written: str = ""  # the id under which this form is kept while it is written
    resumable: Mapping[str, Page] = field(default_factory=dict)  # pages that show a form again, by name

    def asked(self, name: str, usual: str = "") -> str:
        """The last value of this name in the query."""
        return self.query.get(name, (usual,))[-1].strip()

    def said(self, name: str, usual: str = "") -> str:
        """The last value of this field of the form."""
        return self.form.get(name, (usual,))[-1].strip()

    def page(self, name: str = "page") -> int:
        """The number of the page of a list, from 1. Raises BadForm."""
        text = self.asked(name, "1")
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0):  # noqa: PLR2004 - digits
            raise BadForm(phrase("{name} is a whole number from 1.", name=name))
        return int(text)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: `template` is package and file ("enforcement.verification/queue.html"), found in the package's folder `templates`."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    token: str = ""  # under which the session goes on, when that was changed
    device: str = ""  # the secret of a browser that is known from now on
    written: str = ""  # the id under which the form on it is kept


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes back what was just done: where it is sent, and its fields."""

    to: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """Go to another page of this console, where `note` is said once: what every form answers when it did something."""

    to: str
    note: str = ""
    kind: Literal["done", "warning"] = "done"
    undo: Undo | None = None
    token: str = ""  # as of Shown
    device: str = ""  # as of Shown


Reply = Shown | Moved | Sent


@dataclass(frozen=True, slots=True)
class Again:
    """How a page shows a form once more that was written and not sent (decision 72). `show` is called with the fields of then, and changes
    nothing. `unsealed`: whether nothing of the field was ever sealed in this node, so that the vault's key may be made.
    """

    show: Callable[[Visit], Reply]
    unsealed: Callable[[UnitOfWork], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """One address: `path` with {names} ({name:path} takes slashes), the action of the permission table that it needs, what it answers.

    `takes_files`: its form may carry files of up to MAX_FILE_BYTES together. `half_open`: also for sessions that wait for a second
    factor or a new password, as nothing else is.
    """

    method: Literal["GET", "POST"]
    path: str
    action: str
    answer: Callable[[Visit], Reply]
    place: Place | None = None
    takes_files: bool = False
    half_open: bool = False
    again: Again | None = None  # of a form that is kept while it is written, and when the session ended before it was sent

    @property
    def name(self) -> str:
        """Method and path, for logs and metrics: never what was in the path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Something that waits for somebody: a number for the page "Today", for the menu, and for both while they are open.

    `count` reads only, in a few milliseconds; `title` names what is counted, `empty` is what is said when there is nothing (both texts of
    the catalogues). `urgent`: any at all needs somebody today. `personal`: counted for each person apart, who is `tx.author`.
    """

    name: str
    action: str
    count: Callable[[UnitOfWork], int]
    title: str
    empty: str
    to: str
    urgent: bool = False
    order: int = 50
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Console:
    """What a kind of node shows: `pages` and `tallies` are made when a console starts; `words` names the packages with catalogues
    and static files.
    """

    pages: tuple[Callable[[], Sequence[Page]], ...] = ()
    tallies: tuple[Callable[[], Sequence[Tally]], ...] = ()
    words: tuple[str, ...] = ()
    search: str = ""  # the page to which the field in the head of every page leads
    glossary: tuple[tuple[str, str], ...] = ()  # words with their meanings (texts of the catalogues), for the page of help

    def all_pages(self) -> tuple[Page, ...]:
        """Every page, in the order in which addresses are tried: first those that are spelt out, then those with names in braces."""
        return tuple(sorted((page for make in self.pages for page in make()), key=lambda page: "{" in page.path))

    def all_tallies(self) -> tuple[Tally, ...]:
        """Every tally, by order."""
        return tuple(sorted((tally for make in self.tallies for tally in make()), key=lambda tally: tally.order))


@dataclass(frozen=True, slots=True)
class Note:
    """What is said once on the next page."""

    text: str
    kind: str = "done"
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose session it is: for the page's head, and the script that warns before it ends."""

    name: str
    roles: tuple[str, ...]
    ends_at: datetime
    seconds_left: int
    whole: bool = True  # False: half open
