"""What the rules found in a combination of codes and texts, kept for the next one with it: a file says a few things thousands of times.

Rules that stand behind the same gates are asked together. What they find depends on what these gates are about (`READ` names the fields)
and on nothing else, so it is kept under that. Property tests compare with all rules asked anew, and write down what each rule reads.

Where cases say something new each time, as those of many reporters do, looking it up and keeping it costs more than asking: after some
cases of which too little was known, the next thousands are asked anew, then it is tried again.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.seizures.rules.findings import CODES, DATES, LINES, MAX_FOUND, PLACE, ROUTE, TEXTS, Find, Finding, Rule
from enforcement.seizures.rules.gates import BIT, case_shape, line_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules.findings import Payload

MOST_TOLD: Final = 8_192  # combinations whose findings are kept
MOST_CHARACTERS: Final = 600  # of such a combination: what a member sends may be as long as an event
TRIED: Final = 1_024  # answers looked up before it is seen whether that pays
PAYING: Final = 3  # one in so many must have been there
RESTING: Final = 8_192  # cases asked anew before it is tried again
_LOOKED, _THERE, _REST = 0, 1, 2  # places in `CodeLists.telling`

Key = tuple[Any, ...]
Told = tuple[tuple[int, Finding], ...]  # (place of the rule in the registry, what it found)

# Gate -> what of a case the rules behind it read. Behind CODES and LINES: codes, and what is filled.
READ: Final[Mapping[str, frozenset[str]]] = {
    DATES: frozenset({"date"}),
    PLACE: frozenset({"administration", "place"}),
    ROUTE: frozenset({"administration", "direction", "route"}),
    TEXTS: frozenset({"concealment", "level", "texts"}),
}


def _dates(case: Payload, _lists: CodeLists, today: date) -> Key:
    return case["date"], today


def _codes(case: Payload, lists: CodeLists, _today: date) -> Key:
    shape = case_shape(case, lists)
    return (*shape, case["administration"], case["place"]["country"]) if shape else ()


def _lines(case: Payload, _lists: CodeLists, _today: date) -> Key:
    shapes = [line_shape(line, case["level"], case["kind"]) for line in case["lines"]]
    return tuple(shapes) if all(shapes) else ()


def _place(case: Payload, _lists: CodeLists, _today: date) -> Key:
    place = case["place"]
    return () if place["coordinates"] else (case["administration"], place["country"], place["locode"])


def _route(case: Payload, _lists: CodeLists, _today: date) -> Key:
    stops = [(stop["role"], stop["country"], stop["name"], stop["locode"]) for stop in case["route"]]
    return case["administration"], case["direction"], *stops


def _texts(case: Payload, _lists: CodeLists, _today: date) -> Key:
    return case["concealment"], case["level"], *[(text["kind"], text["text"]) for text in case["texts"]]


# What the findings behind a gate are kept under.
KEY_OF: Final[Mapping[int, Callable[[Payload, CodeLists, date], Key]]] = {
    BIT[gate]: key for gate, key in ((DATES, _dates), (CODES, _codes), (LINES, _lines), (PLACE, _place), (ROUTE, _route), (TEXTS, _texts))
}


class _Group(NamedTuple):
    """Rules that stand behind the same gates. `keys`: the open ones, where what the rules read there can be kept; or none."""

    number: int
    rules: tuple[tuple[int, Rule, Find], ...]
    behind: int
    keys: tuple[int, ...]


class Plan(NamedTuple):
    """What is asked where a set of gates is open: always anew, and under the keys of the gates what can be kept."""

    gates: int
    anew: tuple[_Group, ...]
    kept: tuple[_Group, ...]
    keys: tuple[Callable[[Payload, CodeLists, date], Key], ...]
    bits: tuple[int, ...]
    all: tuple[_Group, ...]  # both


class Registry:
    """The rules by the gates that they stand behind."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple((place, rule, rule.find) for place, rule in enumerate(rules))
        self._by_gates: dict[int, list[tuple[int, Rule, Find]]] = {}
        for one in self.rules:
            self._by_gates.setdefault(sum(BIT[gate] for gate in one[1].when), []).append(one)
        self._plans: dict[int, Plan] = {}
        self._numbers: dict[tuple[int, int], int] = {}

    def plan(self, gates: int) -> Plan:
        """The groups that an open gate leads to."""
        found = self._plans.get(gates)
        if found is None:
            groups = [self._group(behind, behind & gates) for behind in self._by_gates if behind & gates]
            bits = sorted({bit for group in groups for bit in group.keys})
            anew = [group for group in groups if not group.keys]
            kept = [group for group in groups if group.keys]
            found = self._plans[gates] = Plan(
                gates, tuple(anew), tuple(kept), tuple([KEY_OF[bit] for bit in bits]), tuple(bits), tuple(groups)
            )
        return found

    def _group(self, behind: int, opened: int) -> _Group:
        bits = [bit for bit in BIT.values() if bit & opened]
        number = self._numbers.setdefault((behind, opened), len(self._numbers))
        keys = tuple(bits) if all(bit in KEY_OF for bit in bits) else ()
        return _Group(number, tuple(self._by_gates[behind]), behind, keys)


def ask(rules: Iterable[tuple[int, Rule, Find]], case: Payload, lists: CodeLists, today: date) -> Told:
    """What each of the rules finds, asked anew."""
    told: list[tuple[int, Finding]] = []
    for place, rule, find in rules:
        found = find(case, lists, today)
        if found:
            told.extend([(place, Finding(rule, field, facts)) for field, facts in found[:MAX_FOUND]])
    return tuple(told)


def ask_planned(plan: Plan, case: Payload, lists: CodeLists, today: date) -> tuple[list[Finding], int]:
    """What the rules of the plan find, in the order of the registry, and the gates behind which something was found."""
    told: Told = ()
    soiled = 0
    anew = plan.anew
    if lists.telling[_REST]:
        lists.telling[_REST] -= 1
        anew = plan.all
    elif plan.kept:
        kept = lists.told
        key = (plan.gates, *[of(case, lists, today) for of in plan.keys])
        found = kept.get(key)
        _count(lists.telling, len(plan.kept), len(plan.kept) if found else 0)
        if found is None:
            found = _asked(plan, key[1:], case, lists, today)
            _keep(kept, key, found)
        told, soiled = found
    for _, rules, behind, _ in anew:
        for place, rule, find in rules:
            more = find(case, lists, today)
            if more:
                soiled |= behind
                told = (*told, *[(place, Finding(rule, field, facts)) for field, facts in more[:MAX_FOUND]])
    if len(told) > 1:
        told = tuple(sorted(told, key=_place_of))
    return [finding for _, finding in told], soiled


def _asked(plan: Plan, keys: Key, case: Payload, lists: CodeLists, today: date) -> tuple[Told, int]:
    """The same of the groups that can be kept, each under the keys of its own gates."""
    by_bit = dict(zip(plan.bits, keys, strict=True))
    told: list[tuple[int, Finding]] = []
    soiled = 0
    for number, rules, behind, bits in plan.kept:
        parts = [by_bit[bit] for bit in bits]
        key = (-number, *parts)
        found = lists.told.get(key)
        if found is None:
            found = ask(rules, case, lists, today), 0
            _keep(lists.told, key, found)
        else:
            _count(lists.telling, 0, 1)
        if found[0]:
            soiled |= behind
            told.extend(found[0])
    return tuple(told), soiled


def _count(telling: list[int], looked: int, there: int) -> None:
    """Whether it pays, and a rest when it does not."""
    telling[_THERE] += there
    telling[_LOOKED] += looked
    if telling[_LOOKED] >= TRIED:
        telling[:] = 0, 0, (0 if telling[_THERE] * PAYING >= telling[_LOOKED] else RESTING)


_place_of: Final = itemgetter(0)


def _keep(kept: dict[Key, tuple[Told, int]], key: Key, found: tuple[Told, int]) -> None:
    """For the next case; not where a gate gave no key (`()`), or a long one."""
    if () not in key and characters(key) <= MOST_CHARACTERS:
        if len(kept) >= MOST_TOLD:
            kept.clear()
        kept[key] = found


def characters(key: object) -> int:
    """How long a key is, in what it says."""
    return len(key) if isinstance(key, str) else sum(map(characters, key)) if isinstance(key, tuple) else 1
