"""What every page has around it: the head, the menu with its numbers, what is said once; and the page of a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from liaison.access.permissions import permitted
from liaison.console.calls import ApiDefect, status_of
from liaison.console.guarding import WrongHost
from liaison.console.jobs import TooManyJobs, UnknownJob
from liaison.console.pages import GROUPS, BadForm, FormExpired, Shown
from liaison.console.rendering import Renderer
from liaison.console.statics import Statics
from liaison.console.words import NAMES, catalogues, n_
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.access.desk import Desk
    from liaison.console.pages import Note, Standing, Tally, Visit
    from liaison.console.site import Premises
    from liaison.node.ports import Log

SHELL: Final = "liaison.console"
TALLIES_KEPT_SECONDS: Final = 5.0
TALLIES_KEPT_TIMES: Final = 20  # as long as they took to count, although something was written since
GROUP_TITLES: Final[Mapping[str, str]] = {
    "work": n_("Work"),
    "intelligence": n_("Intelligence"),
    "figures": n_("Figures"),
    "network": n_("Network"),
    "node": n_("This node"),
}
_STATUSES: Final[Mapping[type[LiaisonError], int]] = {FormExpired: 403, BadForm: 400, TooManyJobs: 429, UnknownJob: 404, WrongHost: 421}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu."""

    title: str
    to: str
    current: bool
    tally: str
    number: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally and its number today."""

    tally: Tally
    number: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """Tallies as they were counted: when, how many seconds it took, and what the database's stamp was."""

    found: dict[str, int]
    at: float
    took: float
    stamp: object

    def holds(self, now: float, stamp: object) -> bool:
        """Whether they may still be shown."""
        age = now - self.at
        same = self.stamp is None or self.stamp == stamp
        return age < (TALLIES_KEPT_SECONDS if same else min(TALLIES_KEPT_SECONDS, TALLIES_KEPT_TIMES * self.took))


class Faces:
    """The looks of one console."""

    def __init__(self, premises: Premises) -> None:
        """Reads templates' surroundings, catalogues and static files."""
        console = premises.console
        self._premises = premises
        self._pages = console.all_pages()
        self._tallies = console.all_tallies()
        self._kept: dict[str, Numbers] = {}
        addresses = [page.path for page in self._pages if page.method == "GET"]
        self.words = catalogues((SHELL, *console.words), ["/sign-in", *addresses])
        self.statics = Statics((SHELL, *console.words))
        shared = {"static": self.statics.address, "site": premises.facts, "languages": NAMES}
        self._renderer = Renderer(self.words, shared)

    def page(self, shown: Shown, visit: Visit, standing: Standing, note: Note | None, theme: str) -> bytes:
        """A page with all around it."""
        numbers = self.numbers(visit.desk) if standing.whole else {}
        around = {
            "me": standing,
            "menu": self._menu(visit, numbers) if standing.whole else (),
            "note": note,
            "theme": theme,
            "csrf": visit.csrf,
            "written": visit.written,
            "address": visit.address,
            "counted": [Counted(one, numbers[one.name]) for one in self.tallies(visit.desk) if one.name in numbers],
            "search": self._search(visit) if standing.whole else "",
            "may": lambda action: permitted(visit.desk.person, action),
        }
        if taken := around.keys() & shown.data.keys():
            raise ValueError(f"{shown.template} is given what the frame has: {', '.join(sorted(taken))}")
        return self._renderer.html(shown.template, visit.words.language, {**around, **shown.data})

    def plain(self, template: str, language: str, theme: str, data: Mapping[str, Any]) -> bytes:
        """A page for somebody who is not signed in."""
        around: dict[str, Any] = {
            "me": None,
            "menu": (),
            "note": None,
            "theme": theme,
            "csrf": "",
            "address": "/",
            "counted": (),
            "search": "",
        }
        return self._renderer.html(template, language, {**around, **data})

    def refusal(self, error: LiaisonError, language: str, theme: str, address: str) -> tuple[int, bytes]:
        """Status and page of a refusal."""
        status = _status(error)
        told = {"told": self.words[language].explained(error), "error": error, "status": status, "address": address}
        return status, self.plain(f"{SHELL}/refusal.html", language, theme, told)

    def _search(self, visit: Visit) -> str:
        """Where the field in the head searches, for whoever may."""
        page = next((page for page in self._pages if page.path == self._premises.console.search), None)
        return page.path if page is not None and permitted(visit.desk.person, page.action) else ""

    # --- tallies --------------------------------------------------------------------------------------------------------

    def tallies(self, desk: Desk) -> Sequence[Tally]:
        """The tallies that this person may see."""
        return [tally for tally in self._tallies if permitted(desk.person, tally.action)]

    def numbers(self, desk: Desk) -> dict[str, int]:
        """Every tally's number, counted again when something was written or after some seconds; where counting takes its time, not more
        often than a share of the time allows, as long as nothing was done here (`forget`). A tally that cannot be counted is 0.
        """
        now, stamp = self._premises.parts.clock.monotonic(), self._premises.parts.database.stamp()
        self._kept = {whose: kept for whose, kept in self._kept.items() if kept.holds(now, stamp)}
        me = desk.person.user_id
        for whose in ("", me):
            if whose not in self._kept:
                found = self._counted(desk, whose)
                self._kept[whose] = Numbers(found, now, self._premises.parts.clock.monotonic() - now, stamp)
        return self._kept[""].found | self._kept[me].found  # at a port the person's own count of everything

    def forget(self) -> None:
        """Count every tally again: somebody did something."""
        self._kept.clear()

    def _counted(self, desk: Desk, whose: str) -> dict[str, int]:
        """The numbers that are a person's own, or (nobody's) those that are the same for all."""
        wanted = [tally for tally in self._tallies if tally.personal == bool(whose) or (whose and desk.person.port)]
        try:
            with desk.glancing() as tx:
                tx.author = whose
                if not whose:
                    tx.port = ""  # what is the same for all is counted as the national office counts; at a port nothing is
                return {tally.name: tally.count(tx) for tally in wanted}
        except LiaisonError as error:
            self._premises.parts.log.warning("console.not-counted", code=error.code)
            return dict.fromkeys((tally.name for tally in wanted), 0)

    def _menu(self, visit: Visit, numbers: Mapping[str, int]) -> list[tuple[str, list[Item]]]:
        path = visit.address.partition("?")[0]
        groups: dict[str, list[tuple[int, Item]]] = {name: [] for name in GROUPS}
        for page in self._pages:
            if (place := page.place) is not None and permitted(visit.desk.person, page.action):
                item = Item(place.title, page.path, path == page.path, place.tally, numbers.get(place.tally, 0))
                groups[place.group].append((place.order, item))
        ordered = {name: [item for _, item in sorted(found, key=lambda pair: pair[0])] for name, found in groups.items()}
        return [(GROUP_TITLES[name], items) for name, items in ordered.items() if items]


def _status(error: LiaisonError) -> int:
    kind = next((known for known in type(error).__mro__ if known in _STATUSES), None)
    if kind is not None:
        return _STATUSES[kind]
    if error.code.rpartition(".")[2].startswith("unknown"):
        return 404
    return status_of(error)


def defect(log: Log, route: str, error: Exception) -> LiaisonError:
    """Where it happened goes into the log, and nothing that was said: a traceback's message may repeat what was sent."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = "" if at is None else f"{at.tb_frame.f_globals.get('__name__', '')}:{at.tb_lineno}"
    log.error("console.defect", route=route, error=type(error).__name__, at=place)
    return ApiDefect()
