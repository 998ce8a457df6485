"""Finding pairs that may be one case: only what is new or changed is compared, in portions, each line with a bounded number of others.

Two passes over the case numbers of the facts. The first counts, so that the second knows what is rare. The second looks up the
keys of alike lines (`model.probes`), scores what it finds and stores its own keys. A key holds at most MOST_IN_BLOCK lines; further
ones are compared with those, are not found by later ones except by exact repeats, and are counted: the account says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from enforcement.seizures.duplicates.loading import compared_between, compared_of, counted_between
from enforcement.seizures.duplicates.model import (
    ALL_LINES,
    Compared,
    amounts_near,
    best,
    block_key,
    is_made,
    plain_reference,
    probes,
    rarity_keys,
    score,
)
from enforcement.seizures.duplicates.pairs import keep_found
from enforcement.seizures.duplicates.store import COMPARED, TALLIED, DuplicateTables
from enforcement.seizures.facts import FactTables
from liaison.node.parts import surroundings
from liaison.node.work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from enforcement.seizures.duplicates.model import Goods
    from liaison.node.parts import Parts

PORTION: Final = 2_000  # cases a transaction
TALLY_PORTION: Final = 20_000
MOST_IN_BLOCK: Final = 25  # lines that one key finds
MOST_COMPARED: Final = 60  # cases that one case is scored against
MOST_KEPT: Final = 5  # pairs of one case


@dataclass(slots=True)
class Account:
    """What a search did: cases compared, pairs found, cases that would have had more pairs or comparisons than the caps allow."""

    compared: int = 0
    found: int = 0
    cut: int = 0


def waiting(tx: UnitOfWork) -> int:
    """How many cases have not been compared as they are."""
    cases, changed = tx.of(FactTables).cases, tx.of(DuplicateTables).changed
    last = mark(tx, COMPARED)
    new = tx.one(select(func.count().label("some")).select_from(cases).where(cases.c.id > last))
    again = tx.one(select(func.count().label("some")).select_from(changed).where(changed.c.case_id <= last))
    return sum(int(row["some"]) for row in (new, again) if row is not None)


def search(parts: Parts, account: Account) -> Iterator[int]:
    """Find pairs among what is new since last time; facts must be up to date. Yields how many cases each portion took.

    Each portion is a transaction of its own that also keeps how far it came: a search that was stopped goes on there. Derived rows
    only, so nothing of it is audited. Raises DatabaseFailed.
    """
    while _portion(parts, tally_portion):
        pass
    while taken := _portion(parts, lambda tx: compare_portion(tx, account, PORTION)):
        yield taken


def _portion(parts: Parts, work: Callable[[UnitOfWork], int]) -> int:
    with parts.database.writing() as connection:
        tx = UnitOfWork(connection, surroundings(parts, parts.load_members(connection)))
        taken = work(tx)
        tx.flush()
    return taken


def start_over(tx: UnitOfWork) -> None:
    """Forget everything that can be found again; what people decided stays."""
    tables = tx.of(DuplicateTables)
    for table in (tables.keys, tables.tallies, tables.marks, tables.changed, tables.capped):
        tx.execute(table.delete())


def mark(tx: UnitOfWork, name: str) -> int:
    """How far a pass came."""
    marks = tx.of(DuplicateTables).marks
    row = tx.one(select(marks.c.value).where(marks.c.name == name))
    return int(row["value"]) if row is not None else 0


def _set_mark(tx: UnitOfWork, name: str, value: int) -> None:
    tx.put(tx.of(DuplicateTables).marks, {"name": name, "value": value})


def _next(tx: UnitOfWork, name: str, most: int) -> tuple[int, int]:
    """The range of case numbers that comes next: after, last; empty when both are equal. Numbers have few gaps."""
    cases = tx.of(FactTables).cases
    done = mark(tx, name)
    first = tx.one(select(func.min(cases.c.id).label("id"), func.max(cases.c.id).label("last")).where(cases.c.id > done))
    if first is None or first["id"] is None:
        return done, done
    return first["id"] - 1, min(first["last"], first["id"] - 1 + most)


# --- counting ---------------------------------------------------------------------------------------------------------------


def tally_portion(tx: UnitOfWork, most: int = TALLY_PORTION) -> int:
    """Count what the next cases hold; how many there were."""
    after, last = _next(tx, TALLIED, most)
    if after == last:
        return 0
    tables = tx.of(DuplicateTables)
    found = Counter(key for keys in counted_between(tx, after, last) for key in keys)
    known = dict(tx.lookup(tables.tallies, ("key", "counted"), {}, ("key", sorted(found))))
    for key, count in found.items():
        tx.put(tables.tallies, {"key": key, "counted": known.get(key, 0) + count})
    _set_mark(tx, TALLIED, last)
    return last - after


# --- comparing --------------------------------------------------------------------------------------------------------------

_Held = tuple[int, int, int]  # case, line number, amount


@dataclass(slots=True)
class _Portion:
    """What is known while a portion is compared: who is under which key, and whom each case has to be compared with."""

    held: dict[int, list[_Held]]
    hits: dict[int, dict[int, None]] = field(default_factory=dict)
    full: list[Compared] = field(default_factory=list)


def compare_portion(tx: UnitOfWork, account: Account, most: int = PORTION) -> int:
    """Compare the next new cases, or when there are none the changed ones; how many. Pairs are kept, `account` is added to."""
    changed = tx.of(DuplicateTables).changed
    after, last = _next(tx, COMPARED, most)
    if after < last:
        cases, taken = compared_between(tx, after, last), last - after
        _set_mark(tx, COMPARED, last)
        _compare(tx, cases, cases.keys(), account)
        tx.execute(delete(changed).where(changed.c.case_id > after, changed.c.case_id <= last))  # as they are now, and once
        return taken
    numbers = [row["case_id"] for row in tx.rows(select(changed.c.case_id).order_by(changed.c.case_id).limit(most))]
    if not numbers:
        return 0
    _compare(tx, compared_of(tx, numbers), numbers, account)
    for number in numbers:
        tx.drop(changed, {"case_id": number})
    return len(numbers)


def _compare(tx: UnitOfWork, cases: Mapping[int, Compared], numbers: Iterable[int], account: Account) -> None:
    portion = _Portion(_held(tx, {key for case in cases.values() for key in _probed(case)}))
    for number in sorted(cases):
        _look(tx, portion, cases[number])
    _look_for_repeats(tx, portion)
    missing = {other for hits in portion.hits.values() for other in hits} - cases.keys()
    known = {**compared_of(tx, missing), **cases} if missing else cases
    pairs = _scored(tx, portion, known, account)
    account.compared += len(cases)
    account.found += keep_found(tx, numbers, known, pairs)


def _probed(case: Compared) -> Iterator[int]:
    for goods in case.goods:
        yield from probes(case, goods)
    if not is_made(case.reference):
        yield reference_key(case)


def reference_key(case: Compared) -> int:
    """The key of a reference however it is written, within its administration."""
    told = f"{case.administration} {plain_reference(case.reference)}"
    return int.from_bytes(blake2b(told.encode(), digest_size=8).digest(), "big", signed=True)


def _held(tx: UnitOfWork, keys: Iterable[int]) -> dict[int, list[_Held]]:
    found: dict[int, list[_Held]] = {}
    for key, *held in tx.lookup(tx.of(DuplicateTables).keys, ("key", "case_id", "number", "micro"), {}, ("key", sorted(keys))):
        found.setdefault(key, []).append((held[0], held[1], held[2]))
    return {key: sorted(held) for key, held in found.items()}


def _look(tx: UnitOfWork, portion: _Portion, case: Compared) -> None:
    """Whom this case has to be compared with; and let later ones find it."""
    hits = portion.hits.setdefault(case.case_id, {})
    full = False
    for goods in case.goods:
        for key in probes(case, goods):
            for other, _, micro in portion.held.get(key, ()):
                if other != case.case_id and amounts_near(goods.micro, micro):
                    hits[other] = None
        full = not _store(tx, portion, block_key(case, goods), (case.case_id, goods.number, goods.micro)) or full
    if not is_made(case.reference):
        key = reference_key(case)
        hits |= dict.fromkeys(other for other, _, _ in portion.held.get(key, ()) if other != case.case_id)
        _store(tx, portion, key, (case.case_id, 0, 0))
    if full:
        portion.full.append(case)


def _store(tx: UnitOfWork, portion: _Portion, key: int, row: _Held) -> bool:
    """Keep a row under a key; False when the key is full."""
    held = portion.held.setdefault(key, [])
    if any(one[:2] == row[:2] for one in held):
        return True
    if len(held) >= MOST_IN_BLOCK:
        _beyond(tx, key, row[0])
        return False
    held.append(row)
    tx.keep(tx.of(DuplicateTables).keys, {"key": key, "case_id": row[0], "number": row[1], "micro": row[2]})
    return True


def _beyond(tx: UnitOfWork, key: int, case_id: int) -> None:
    """Count a line that its full key does not hold."""
    counted: dict[int, int] = tx.memo.setdefault("duplicates beyond", {})
    if key not in counted:
        capped = tx.of(DuplicateTables).capped
        row = tx.one(select(capped.c.beyond).where(capped.c.key == key))
        counted[key] = int(row["beyond"]) if row is not None else 0
    counted[key] += 1
    tx.put(tx.of(DuplicateTables).capped, {"key": key, "case_id": case_id, "beyond": counted[key]})


def _look_for_repeats(tx: UnitOfWork, portion: _Portion) -> None:
    """Cases that a full key does not hold are found by exact repeats all the same: the first of each content stands for them."""
    keys = {case.case_id: int.from_bytes(case.digest[:8], "big", signed=True) for case in portion.full}
    held = _held(tx, set(keys.values()))
    for case in portion.full:
        key = keys[case.case_id]
        first = held.setdefault(key, [])
        portion.hits[case.case_id] |= dict.fromkeys(other for other, _, _ in first if other != case.case_id)
        if not first:
            first.append((case.case_id, 0, 0))
            tx.keep(tx.of(DuplicateTables).keys, {"key": key, "case_id": case.case_id, "number": 0, "micro": 0})


def _scored(tx: UnitOfWork, portion: _Portion, known: Mapping[int, Compared], account: Account) -> list[tuple[Compared, Compared, Any]]:
    """The pairs worth keeping."""
    chosen = {number: _worth(hits, known) for number, hits in portion.hits.items() if hits}
    counted = counts_of(tx, (one for number, others in chosen.items() for one in (known[number], *others)))
    pairs = []
    for number, others in chosen.items():
        case = known[number]
        kept, more = best(((other, score(case, other, counted)) for other in others[:MOST_COMPARED]), MOST_KEPT)
        account.cut += more > 0 or len(others) > MOST_COMPARED
        pairs += [(case, other, scored) for other, scored in kept]
    return pairs


def _worth(hits: Iterable[int], known: Mapping[int, Compared]) -> list[Compared]:
    """Whom to score it against: of cases that repeat each other exactly only the first, so that many make a star and not a web."""
    firsts: dict[bytes, Compared] = {}
    for number in sorted(hits):
        other = known.get(number)
        if other is not None:
            firsts.setdefault(other.digest, other)
    return list(firsts.values())


def counts_of(tx: UnitOfWork, cases: Iterable[Compared]) -> Callable[[int], int]:
    """How often the tally keys of these cases were counted."""
    pairs: Iterable[tuple[Compared, Goods]] = ((case, goods) for case in cases for goods in case.goods)
    wanted = {key for case, goods in pairs for keys in rarity_keys(case, goods).values() for key in keys} | {ALL_LINES}
    found = dict(tx.lookup(tx.of(DuplicateTables).tallies, ("key", "counted"), {}, ("key", sorted(wanted))))
    return lambda key: found.get(key, 0)
