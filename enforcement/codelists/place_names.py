"""Which place a text means: a code, or a name that one place alone has, by the codes of the package and the list imported here.

Nothing is guessed: a name of several places is none of them, unless the country that is stated beside it leaves one. A record says
nothing but the code, so it means the same at nodes that know other places (decision 58).
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, or_, select

from enforcement.codelists.errors import PlacesReplaced
from enforcement.codelists.matching import MAX_TEXT_CHARACTERS, folded
from enforcement.codelists.places import (
    IATA,
    KEY_BYTES,
    LOCODE,
    WHOLE,
    KnownPlace,
    coverage,
    current_list,
    key_of,
    known_place,
    places_like,
    shipped_place,
    shipped_places,
)
from enforcement.codelists.store import CodeListTables
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from sqlalchemy import RowMapping

    from enforcement.codelists.model import CodeLists
    from liaison.node.work import UnitOfWork

BY_CODE: Final = "place"
BY_NAME: Final = "place name"
MOST_AMONG: Final = 200  # places of one name that are looked at; those of the stated country before others
MOST_TOLD: Final = 5  # in a sentence
_NEAR: Final = 3
_COUNTRY: Final = 2


class PlaceMeaning(NamedTuple):
    """`place`: the one that a text means, and `how` (BY_CODE, BY_NAME). None where nobody says: `among` are then those that have the code
    or name, or, where none has it (`near`), those that are like it.
    """

    place: KnownPlace | None = None
    how: str = ""
    among: tuple[KnownPlace, ...] = ()
    near: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """UN/LOCODEs to choose from, a few."""
        return tuple(one.locode for one in self.among[:MOST_TOLD])

    def told(self) -> str:
        """Those to choose from, by code and name, English."""
        said = "; ".join(called(one) for one in self.among[:MOST_TOLD])
        more = len(self.among) - MOST_TOLD
        return f"{said}; and {more} more" if more > 0 else said


def called(one: KnownPlace) -> str:
    """A place by code, name and subdivision: USSPI Springfield (IL)."""
    return f"{one.locode} {one.name}" + (f" ({one.subdivision})" if one.subdivision else "")


class Places:
    """What texts mean in the codes that come with the package."""

    def __init__(self, lists: CodeLists) -> None:
        """The lists of the edition at hand."""
        self._lists = lists

    @property
    def coverage(self) -> str:
        """What is known, in words."""
        return self._lists.coverage

    def meaning(self, text: str, country: str = "") -> PlaceMeaning:
        """Of one text. A code of the package comes first; then the codes and whole names of all places known here, of which one must be
        left, or one in the `country` that is stated; a name of no place there is none. Raises PlacesReplaced, DatabaseFailed.
        """
        text = " ".join(text[:MAX_TEXT_CHARACTERS].split())
        shipped = self._lists.places.get(text.upper())
        if shipped is not None:
            return PlaceMeaning(shipped_place(shipped), BY_CODE)
        return self._listed(text, country) if text else PlaceMeaning()

    def _listed(self, text: str, country: str) -> PlaceMeaning:
        return _judged((), _named(self._lists, text), country)

    def by_code(self, text: str) -> bool:
        """Whether it is one of the UN/LOCODEs known here, or a code of the package."""
        return text.upper() in self._lists.places


class PlacesHere(Places):
    """The same with the list that is in force at a node. One object serves one file or one form: under another list it speaks no more."""

    def __init__(self, lists: CodeLists, look: Callable[[], AbstractContextManager[UnitOfWork]]) -> None:
        """`look` opens a snapshot, for each text that the package does not know."""
        super().__init__(lists)
        self._look = look
        self._number = -1
        self._coverage = ""

    @property
    def coverage(self) -> str:
        """What is known, in words."""
        if not self._coverage:
            with self._look() as tx:
                self._coverage = coverage(tx)["told"]
        return self._coverage

    def _listed(self, text: str, country: str) -> PlaceMeaning:
        with self._look() as tx:
            row = self._in_force(tx)
            if row is None:
                return super()._listed(text, country)
            found = _judged(_coded(tx, row, text), _merged(_named(self._lists, text), _named_in(tx, row, text, country)), country)
            if found.place is not None or found.among:
                return found
            like = places_like(tx, text, MOST_AMONG)
            return PlaceMeaning(among=tuple(sorted(like, key=lambda one: one.country != country)[:_NEAR]), near=True)

    def by_code(self, text: str) -> bool:
        """Whether it is one of the UN/LOCODEs known here, or a code of the package."""
        if super().by_code(text) or len(text) != LOCODE or not text.isascii():
            return super().by_code(text)
        with self._look() as tx:
            row = self._in_force(tx)
            return row is not None and any(one.locode == text.upper() for one in _coded(tx, row, text))

    def _in_force(self, tx: UnitOfWork) -> RowMapping | None:
        """The list, the same as for the texts before. Raises PlacesReplaced."""
        row = current_list(tx)
        number = 0 if row is None else int(row["number"])
        if self._number not in (-1, number):
            raise PlacesReplaced(phrase("While this was read, the list of places of this node was replaced or removed."))
        self._number = number
        return row


def places_in(tx: UnitOfWork, lists: CodeLists) -> Places:
    """What texts mean as this transaction sees the node."""
    return PlacesHere(lists, lambda: nullcontext(tx))


def _judged(coded: Iterable[KnownPlace], named: Iterable[KnownPlace], country: str) -> PlaceMeaning:
    """Of those that have the text as their code, and as their name, the one it means; a name needs to be of the country."""
    by_code = {one.locode: one for one in coded}
    by_name = {one.locode: one for one in named if one.locode not in by_code}
    among = {**by_code, **by_name}
    at_home = [code for code in among if code[:_COUNTRY] == country]
    if len(among) == 1 and (by_code or not country or at_home):
        (code,) = among
    elif len(at_home) == 1:
        (code,) = at_home
    else:
        return PlaceMeaning(among=tuple(sorted(among.values(), key=lambda one: (one.country != country, one.locode))))
    return PlaceMeaning(among[code], BY_CODE if code in by_code else BY_NAME)


def _named(lists: CodeLists, text: str) -> list[KnownPlace]:
    """Those of the package."""
    codes = lists.places_named(text)
    return [one for one in shipped_places(lists) if one.locode in codes] if codes else []


def _merged(shipped: list[KnownPlace], listed: list[KnownPlace]) -> list[KnownPlace]:
    known = {one.locode for one in listed}
    return [*listed, *(one for one in shipped if one.locode not in known)]


def _coded(tx: UnitOfWork, row: RowMapping, text: str) -> list[KnownPlace]:
    """By UN/LOCODE, also as `BR SSZ`, or by IATA code."""
    code = text.upper()
    if len(code) == LOCODE + 1 and code[_COUNTRY] in " -":
        code = code[:_COUNTRY] + code[_COUNTRY + 1 :]
    if not code.isascii() or len(code) not in (LOCODE, IATA):
        return []
    places = tx.of(CodeListTables).places
    column = places.c.locode if len(code) == LOCODE else places.c.iata
    found = tx.rows(select(places).where(places.c.number == row["number"], column == code).limit(MOST_AMONG))  # in order, SQLite scans all
    return [known_place(one, row["edition"]) for one in found]


def _named_in(tx: UnitOfWork, row: RowMapping, text: str, country: str) -> list[KnownPlace]:
    """Those of the imported list that are called so as a whole; of a name cut to its key nothing is known. First those of the country."""
    key = key_of(text)
    if not key or len(folded(text).encode()) > KEY_BYTES:
        return []
    tables = tx.of(CodeListTables)
    names, places = tables.place_names, tables.places
    same = and_(places.c.number == names.c.number, places.c.locode == names.c.locode)
    query = select(places).join(names, same)
    query = query.where(names.c.number == row["number"], names.c.name_key == key, names.c.whole == WHOLE).order_by(names.c.locode)
    found = [*tx.rows(query.limit(MOST_AMONG))]
    if country and len(found) == MOST_AMONG:  # the name is so common that those of the country may lie beyond
        theirs = and_(names.c.locode > country, names.c.locode <= country + "ZZZ")
        elsewhere = or_(names.c.locode < country, names.c.locode > country + "ZZZ")
        found = [*tx.rows(query.where(theirs).limit(MOST_AMONG)), *tx.rows(query.where(elsewhere).limit(MOST_TOLD))]
    return [known_place(one, row["edition"]) for one in found]
