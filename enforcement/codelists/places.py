"""Places by code and name: the list of UN/LOCODE that an administrator has imported here, besides the codes that come with the package.

Reference data of one node: nothing is judged by it, so nodes may have other editions of it or none (decision 49).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from enforcement.codelists.matching import folded
from enforcement.codelists.model import CodeLists
from enforcement.codelists.store import CodeListTables
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, RowMapping

    from enforcement.codelists.model import PlaceCode
    from liaison.node.work import UnitOfWork

KEY_BYTES: Final = 120
LOCODE: Final = 5
IATA: Final = 3
FUNCTIONS: Final = {"1": "port", "2": "rail", "3": "road", "4": "airport", "5": "post", "6": "inland terminal", "7": "fixed", "B": "border"}
_MICRO: Final = 1_000_000
WHOLE, _WORD = 1, 0  # a key is the whole name, or what of it begins with a later word


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """One place. `iata` empty: no airport, or not known; degrees both or neither."""

    locode: str
    country: str
    name: str
    subdivision: str = ""
    functions: str = ""
    iata: str = ""
    latitude: float | None = None
    longitude: float | None = None
    source: str = ""

    def record(self) -> dict[str, Any]:
        """As lists and JSON show it."""
        told = {
            name: getattr(self, name) for name in ("locode", "country", "name", "subdivision", "iata", "latitude", "longitude", "source")
        }
        return {**told, "functions": [FUNCTIONS[sign] for sign in self.functions if sign in FUNCTIONS]}


def key_of(text: str) -> bytes:
    """A name as it is looked for: small letters, no accents, UTF-8, cut to KEY_BYTES."""
    return folded(text).encode()[:KEY_BYTES]


def keys_of(name: str) -> Iterator[tuple[bytes, int]]:
    """The keys of a name: all of it, and what begins with each later word."""
    words = folded(name).split()
    for at in range(len(words)):
        yield " ".join(words[at:]).encode()[:KEY_BYTES], _WORD if at else WHOLE


def current_list(tx: UnitOfWork) -> RowMapping | None:
    """The list that is in force here; None where none was imported."""
    table = tx.of(CodeListTables).place_lists
    return tx.one(select(table).where(table.c.finished_at > 0).order_by(table.c.number.desc()).limit(1))


def coverage(tx: UnitOfWork) -> dict[str, Any]:
    """What is known here: {places, with_coordinates, with_iata, edition, imported_at, sha256}, of the imported list or the package."""
    row = current_list(tx)
    if row is None:
        lists = tx.of(CodeLists)
        return {"edition": "", "places": len(lists.places), "imported_at": None, "sha256": "", "told": lists.coverage}
    places = tx.of(CodeListTables).places
    counted = tx.one(
        select(
            func.count().label("places"),
            func.count(places.c.latitude).label("placed"),
            func.count(func.nullif(places.c.iata, "")).label("iata"),
        ).where(places.c.number == row["number"])
    )
    told = dict(counted) if counted is not None else {"places": 0, "placed": 0, "iata": 0}
    said = phrase(
        "{places:,} of UN/LOCODE {edition}, {placed:,} with coordinates, {iata:,} with an IATA code", edition=row["edition"], **told
    )
    shown = {"edition": row["edition"], "imported_at": from_ms(row["finished_at"]), "sha256": row["sha256"], "told": said}
    return {**shown, "places": told["places"], "with_coordinates": told["placed"], "with_iata": told["iata"]}


def place_of(tx: UnitOfWork, code: str) -> KnownPlace | None:
    """The place of a UN/LOCODE, or of an IATA code that one place alone has."""
    wanted = code.strip().upper()
    row = current_list(tx)
    if row is not None and len(wanted) in (LOCODE, IATA):
        places = tx.of(CodeListTables).places
        column = places.c.locode if len(wanted) == LOCODE else places.c.iata
        found = tx.rows(select(places).where(places.c.number == row["number"], column == wanted).limit(2))
        if len(found) == 1:
            return known_place(found[0], row["edition"])
    return next((one for one in shipped_places(tx.of(CodeLists)) if wanted in (one.locode, one.iata)), None)


def names_of_places(tx: UnitOfWork, codes: Iterable[str]) -> dict[str, str]:
    """What a few codes are called; empty for one that is a name already, or not known."""
    return {code: found.name if (found := place_of(tx, code)) is not None else "" for code in codes}


def coordinates_of(tx: UnitOfWork, locodes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Latitude and longitude of those of these UN/LOCODEs that the imported list or the package has them of; the list goes first."""
    wanted = set(locodes)
    found = {one.locode: (float(one.latitude), float(one.longitude)) for one in tx.of(CodeLists).places.values() if one.locode in wanted}
    row = current_list(tx)
    if row is not None:
        listed = tx.lookup(
            tx.of(CodeListTables).places, ("locode", "latitude", "longitude"), {"number": row["number"]}, ("locode", sorted(wanted))
        )
        found |= {code: (up / _MICRO, along / _MICRO) for code, up, along in listed if up is not None and along is not None}
    return found


def known_names(tx: UnitOfWork, locodes: Collection[str]) -> dict[str, str]:
    """What those of these UN/LOCODEs are called that are known here."""
    found = {one.locode: one.name for one in tx.of(CodeLists).places.values() if one.locode in locodes}
    row = current_list(tx)
    listed = (
        ()
        if row is None
        else tx.lookup(tx.of(CodeListTables).places, ("locode", "name"), {"number": row["number"]}, ("locode", sorted(locodes)))
    )
    return found | dict(listed)


def places_like(tx: UnitOfWork, text: str, limit: int, country: str = "") -> list[KnownPlace]:
    """The places that a text may mean: by its code first, then those of this name, that begin so (of the `country` before others), whose
    code begins so, that have a word beginning so.
    """
    wanted = key_of(text)
    if not wanted:
        return []
    found: dict[tuple[str, str], KnownPlace] = {}
    code = text.strip().upper()
    sources = (
        _by_code(tx, code, limit),
        _by_name(tx, wanted, limit, WHOLE, country),
        _by_beginning(tx, code, limit),
        _by_name(tx, wanted, limit, _WORD),
    )
    for one in (*chain.from_iterable(sources), *_shipped_like(tx, folded(text))):
        found.setdefault((one.locode, "") if one.source else (one.locode, one.name), one)
    known = {one.locode for one in found.values() if one.source}
    return [one for one in found.values() if one.source or one.locode not in known][:limit]


def _by_code(tx: UnitOfWork, code: str, limit: int) -> list[KnownPlace]:
    row = current_list(tx)
    places = tx.of(CodeListTables).places
    column = {LOCODE: places.c.locode, IATA: places.c.iata}.get(len(code))
    if row is None or column is None:
        return []
    found = tx.rows(select(places).where(places.c.number == row["number"], column == code).limit(limit))  # in order, SQLite scans all
    return sorted((known_place(one, row["edition"]) for one in found), key=lambda one: one.locode)


def _by_beginning(tx: UnitOfWork, code: str, limit: int) -> list[KnownPlace]:
    """Those whose UN/LOCODE begins so: a country and a letter at least."""
    row = current_list(tx)
    if row is None or not code.isascii() or not code.isalnum() or not IATA <= len(code) < LOCODE:
        return []
    places = tx.of(CodeListTables).places
    return _where(tx, row, and_(places.c.locode > code, places.c.locode <= code + "ZZ"), limit)


def _where(tx: UnitOfWork, row: RowMapping, condition: ColumnElement[bool], limit: int) -> list[KnownPlace]:
    places = tx.of(CodeListTables).places
    query = select(places).where(places.c.number == row["number"], condition).order_by(places.c.locode).limit(limit)
    return [known_place(one, row["edition"]) for one in tx.rows(query)]


def _by_name(tx: UnitOfWork, wanted: bytes, limit: int, whole: int, country: str = "") -> list[KnownPlace]:
    row = current_list(tx)
    if row is None:
        return []
    tables = tx.of(CodeListTables)
    names, places, number = tables.place_names, tables.places, row["number"]
    same = and_(places.c.number == names.c.number, places.c.locode == names.c.locode)
    found: list[RowMapping] = []
    equal = names.c.name_key == wanted
    begins = and_(names.c.name_key > wanted, names.c.name_key < wanted + b"\xff")
    at_home = and_(begins, names.c.locode > country, names.c.locode <= country + "ZZZ")
    for condition in (equal, at_home, begins) if country else (equal, begins):
        if len(found) < limit:
            query = select(places).join(names, same).where(names.c.number == number, condition, names.c.whole == whole)
            found += tx.rows(query.order_by(names.c.name_key, names.c.locode).limit(limit))
    return [known_place(one, row["edition"]) for one in found]


def known_place(row: RowMapping, edition: str) -> KnownPlace:
    """A row of the imported list."""
    told = {name: row[name] for name in ("locode", "name", "subdivision", "functions", "iata")}
    found = KnownPlace(country=row["locode"][:2], source=f"UN/LOCODE {edition}".strip(), **told)
    if row["latitude"] is None or row["longitude"] is None:
        return found
    return replace(found, latitude=row["latitude"] / _MICRO, longitude=row["longitude"] / _MICRO)


def shipped_places(lists: CodeLists) -> Sequence[KnownPlace]:
    """Those of the package."""
    return [shipped_place(one) for one in lists.places.values()]


def shipped_place(one: PlaceCode) -> KnownPlace:
    """One of the package."""
    functions, iata = ("4", one.code) if one.scheme == "iata" else ("1", "")
    where = (float(one.latitude), float(one.longitude))
    return KnownPlace(one.locode, one.country, one.name, "", functions, iata, *where)


def _shipped_like(tx: UnitOfWork, wanted: str) -> list[KnownPlace]:
    """Of the codes of the package those that begin so, then those that have it inside."""
    ranked = []
    for one in shipped_places(tx.of(CodeLists)):
        ranks = [_rank(folded(told), wanted) for told in (one.iata, one.locode, one.name) if told]
        if min(ranks) < _FAR:
            ranked.append((min(ranks), folded(one.name), one.locode, one))
    return [one for *_, one in sorted(ranked, key=lambda told: told[:3])]


_FAR: Final = 9


def _rank(spelt: str, wanted: str) -> int:
    if spelt == wanted:
        return 0
    if spelt.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in spelt else 3 if len(wanted) > 2 and wanted in spelt else _FAR  # noqa: PLR2004 - two letters are in everything
