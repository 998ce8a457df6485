"""Cases as they are compared, read from the facts: numbers beside numbers, a portion at a time."""

from __future__ import annotations

from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.duplicates.model import FIELD_BITS, Compared, Goods, line_keys, mixed
from enforcement.seizures.facts import FactTables, code_numbers
from enforcement.seizures.projecting import UNKNOWN, UNKNOWN_COUNTRY
from enforcement.seizures.states import DECLINED, SUPERSEDED, WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from liaison.node.work import UnitOfWork

OUT: Final = (SUPERSEDED, WITHDRAWN, DECLINED)  # a version in such a state is compared with nothing
_NOT_KNOWN: Final = (UNKNOWN, UNKNOWN_COUNTRY, "")
_LINE: Final = ("commodity", "unit_1", "amount_1", "unit_2", "amount_2", "unit_3", "amount_3", "hs_code", "section")
_CASE: Final = ("day", "place", "country", "location", "administration", "via")
COLUMNS: Final = ("case_id", "version", "number", "state", *_LINE, *_CASE, *(name for name in FIELD_BITS if name not in _CASE))
_AT: Final = {name: at for at, name in enumerate(COLUMNS)}
_SAID: Final = _AT["commodity"]  # from here on all is compared
_COUNTED: Final = ("case_id", "version", "state", "day", "place", "country", "location", "number", "commodity", "unit_1", "amount_1")
_coded: Final = itemgetter(*(_AT[name] for name in FIELD_BITS))
_named: Final = itemgetter(*(_AT[name] for name in ("case_id", "version", "day", "place", "country", "location", "section")))
_goods: Final = itemgetter(*(_AT[name] for name in ("number", "commodity", "unit_1", "amount_1")))


def compared_between(tx: UnitOfWork, after: int, last: int) -> dict[int, Compared]:
    """The cases with numbers beyond `after` up to `last`, each in the version that stands; those without one are missing."""
    tables = tx.of(FactTables)
    facts, texts, cases = tables.facts, tables.texts, tables.cases
    rows = tx.execute(select(*(facts.c[name] for name in COLUMNS)).where(facts.c.case_id > after, facts.c.case_id <= last))
    words = tx.execute(select(texts.c.case_id, texts.c.version, texts.c.words).where(texts.c.case_id > after, texts.c.case_id <= last))
    keys = tx.execute(select(cases.c.id, cases.c.administration, cases.c.reference).where(cases.c.id > after, cases.c.id <= last))
    return _made(tx, rows, words, keys)


def compared_of(tx: UnitOfWork, case_ids: Iterable[int]) -> dict[int, Compared]:
    """The cases with these numbers."""
    tables, wanted = tx.of(FactTables), sorted(set(case_ids))
    rows = tx.lookup(tables.facts, COLUMNS, {}, ("case_id", wanted))
    words = tx.lookup(tables.texts, ("case_id", "version", "words"), {}, ("case_id", wanted))
    keys = tx.lookup(tables.cases, ("id", "administration", "reference"), {}, ("id", wanted))
    return _made(tx, rows, words, keys)


def case_ids_of(tx: UnitOfWork, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The numbers of those of these cases that the facts know."""
    found: dict[tuple[str, str], int] = {}
    by: dict[str, list[str]] = {}
    for administration, reference in dict.fromkeys(keys):
        by.setdefault(administration, []).append(reference)
    for administration, references in by.items():
        rows = tx.lookup(tx.of(FactTables).cases, ("reference", "id"), {"administration": administration}, ("reference", references))
        found |= {(administration, reference): number for reference, number in rows}
    return found


def counted_between(tx: UnitOfWork, after: int, last: int) -> Iterator[tuple[int, ...]]:
    """The tally keys of every line of the cases with numbers beyond `after` up to `last`."""
    tables = tx.of(FactTables)
    facts, texts = tables.facts, tables.texts
    out, unknown = _numbers(tx, OUT), _numbers(tx, _NOT_KNOWN)
    words: Any = tx.execute(select(texts.c.case_id, texts.c.version, texts.c.words).where(texts.c.case_id > after, texts.c.case_id <= last))
    said = {(case_id, version): _hash(told) for case_id, version, told in words}
    query = select(*(facts.c[name] for name in _COUNTED)).where(facts.c.case_id > after, facts.c.case_id <= last)
    rows: Any = tx.execute(query)
    for row in rows:
        case_id, version, state, day, place, country, location = row[:7]
        if state not in out:
            yield line_keys(_place(place, country, location, unknown), day, Goods(*row[7:]), said.get((case_id, version), b""))


def _numbers(tx: UnitOfWork, codes: Iterable[str]) -> set[int]:
    return set(code_numbers(tx, set(codes)).values())


def _place(place: int, country: int, location: int, unknown: set[int]) -> int:
    """A number for where it was: the UN/LOCODE, or country and kind of place where there is none."""
    return mixed(place) if place not in unknown else mixed(country, location)


def _made(tx: UnitOfWork, rows: Iterable[Any], words: Iterable[Any], keys: Iterable[Any]) -> dict[int, Compared]:
    out, unknown = _numbers(tx, OUT), _numbers(tx, _NOT_KNOWN)
    lines: dict[tuple[int, int], list[Any]] = {}
    newest: dict[int, int] = {}
    for row in rows:
        case_id, version, _, state = row[:4]
        if state not in out:
            lines.setdefault((case_id, version), []).append(row)
            newest[case_id] = max(version, newest.get(case_id, 0))
    texts = {(case_id, version): _hash(told) for case_id, version, told in words}
    named = {case_id: (administration, reference) for case_id, administration, reference in keys}
    made: dict[int, Compared] = {}
    for case_id, version in newest.items():
        key = (case_id, version)
        made[case_id] = _compared(lines[key], named[case_id], texts.get(key, b""), unknown)
    return made


def _hash(told: str) -> bytes:
    """Of the texts; what stands before the line end is the name of the place, which is compared by itself."""
    texts = told.partition("\n")[2]
    return blake2b(texts.encode(), digest_size=16).digest() if texts else b""


def _compared(rows: list[Any], key: tuple[str, str], words: bytes, unknown: set[int]) -> Compared:
    rows.sort(key=itemgetter(2))
    first = rows[0]
    case_id, version, day, place, country, location, section = _named(first)
    codes = tuple([0 if one in unknown else one for one in _coded(first)])
    said = "".join([repr(tuple(row[_SAID:])) for row in rows])
    digest = blake2b(said.encode() + words, digest_size=16).digest()
    here = _place(place, country, location, unknown)
    goods = tuple([Goods(*_goods(row)) for row in rows])
    return Compared(case_id, *key, version, day, here, section, codes, goods, words, digest)
