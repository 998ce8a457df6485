"""What rules found before is told again only of a case of which they would find it anew."""

from __future__ import annotations

import copy
import itertools
import random
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures.nominal.lettered import LONG_WORD, harmless_word
from enforcement.seizures.nominal.numbers import KINDS
from enforcement.seizures.nominal.screening import _key_reasons, screen_key
from enforcement.seizures.rules import RULES, check, check_all, remembering
from enforcement.seizures.rules.presence import reference_malformed, reference_placeholder
from enforcement.seizures.rules.remembering import MOST_TOLD, READ
from enforcement.simulation.world import simulate

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules.findings import Rule

TODAY = date(2026, 1, 15)
CASES = list(simulate(("BR", "KE"), 3, 7, 2025))
# Few values of each field, so that the same combinations come with everything else different.
FEW: dict[str, tuple[Any, ...]] = {
    "administration": ("BR", "KE", "no country"),
    "kind": ("seizure", "offence-origin", "none such"),
    "level": ("SIMPLIFIED", "FULL", ""),
    "direction": ("import", "export", "transit", "internal", "unknown", "sideways"),
    "concealment": ("not-concealed", "unknown", "in-baggage", "on-market-places", "recovered-from-sea-beach"),
    "conveyance": ("vessel", "air", "pedestrian", "unknown"),
    "ecommerce": ("yes", "no"),
    "agency": ("customs", "joint"),
    "customs_role": ("none", "support", "lead"),
    "operation": ("", "", "SEA"),
    "prompted_by": ("", "", "operation:AIR"),
    "date": (date(2025, 5, 5), date(2026, 5, 5), date(1980, 1, 1), date(2010, 1, 1)),
    "reference": ("BR-2025-1", "", "0000", " x", "BE71096123456769"),
    "version": (1, 0),
    "code_list_edition": ("2025.1", ""),
    "picture_hashes": ([], ["ab" * 32], ["no hash"]),
    "detection_means": ([], ["x-ray", "x-ray"], ["dog"]),
    "texts": (
        [],
        [{"kind": "concealment", "text": "in the lining"}],
        [{"kind": "concealment", "text": ""}],
        [{"kind": "modus-operandi", "text": "unknown"}],
        [{"kind": "modus-operandi", "text": "a"}, {"kind": "modus-operandi", "text": "b"}],
        [{"kind": "rule-overrides", "text": "no reason"}],
        [{"kind": "concealment", "text": "x" * 5_000}],
        [{"kind": "no kind", "text": "passenger John Smith"}],
    ),
    "route": (
        [],
        [("departure", "KE", ""), ("destination", "BR", "")],
        [("departure", "BR", ""), ("destination", "BR", "")],
        [("destination", "CO", ""), ("origin", "ZZ", "")],
        [("transit", "CO", "COBOG"), ("transit", "CO", "COBOG")],
        [("departure", "BR", "KENBO"), ("departure", "??", "")],
        [("departure", "CO", "x" * 900)],
    ),
}
COUNTRIES = ("BR", "KE", "FR", "US", "XZ")
LOCODES = ("", "BRSSZ", "nowhere")
SPOTS: tuple[list[float], ...] = ([], [0.0, 0.0], [91.0, 1.0])
KINDS_OF_PLACE = ("airport", "high-seas", "mail-centre")
STOP = ("role", "country", "locode")


def drawing(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same cases each time


def changed(drawn: random.Random) -> dict[str, Any]:
    """A simulated case of which some fields are drawn from the few."""
    case: dict[str, Any] = copy.deepcopy(drawn.choice(CASES))
    for name in drawn.sample(sorted(FEW), drawn.randint(0, 9)):
        case[name] = drawn.choice(FEW[name])
    stops = [stop if isinstance(stop, dict) else {**dict(zip(STOP, stop, strict=True)), "name": ""} for stop in case["route"]]
    case["route"] = stops
    if drawn.random() < 0.5:
        case["place"] |= {"country": drawn.choice(COUNTRIES), "locode": drawn.choice(LOCODES)}
        case["place"] |= {"coordinates": drawn.choice(SPOTS), "location_type": drawn.choice(KINDS_OF_PLACE)}
    if drawn.random() < 0.3:
        case["lines"] = drawn.choice(CASES)["lines"] + case["lines"] * drawn.randint(0, 2)
    for line in case["lines"] if drawn.random() < 0.3 else ():
        name = drawn.choice(("commodity", "stream", "section", "hs_code"))
        line |= {name: drawn.choice(("cocaine", "drugs", "no code", ""))}
        for quantity in line["quantities"]:
            quantity["unit"] = drawn.choice(("KGM", "NAR", "LTR", "no unit"))
    return case


def test_a_case_is_told_the_same_whatever_came_before() -> None:
    drawn, lists, found = drawing(41), load_shipped(), 0
    for _ in range(2_000):
        case = changed(drawn)
        told = check(case, lists, TODAY)
        assert told == check_all(case, lists, TODAY)
        found += len(told)
    assert found > 2_000
    assert 0 < len(lists.told) <= MOST_TOLD


def forgetful() -> CodeLists:
    """The shipped lists, of which nothing is known yet."""
    return replace(load_shipped(), right=set(), told={}, telling=[0, 0, 0])


def kept_whole(lists: CodeLists) -> dict[str, Any]:
    """A case of which all that is asked again is kept."""
    for one in CASES:
        case = one | {"place": one["place"] | {"coordinates": []}}
        check(case, lists, TODAY)  # what is right opens fewer gates from now on
        check(case, lists, TODAY)
        before = list(lists.telling)
        check(case, lists, TODAY)
        looked, there, _ = (now - then for now, then in zip(lists.telling, before, strict=True))
        if looked == there > 0:
            lists.telling[:] = 0, 0, 0
            return case
    raise AssertionError


def test_where_little_comes_twice_rules_are_asked_anew_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "TRIED", 60)
    monkeypatch.setattr(remembering, "PAYING", 1)  # every answer must have been there: texts that differ are too much
    monkeypatch.setattr(remembering, "RESTING", 25)
    lists, sizes = forgetful(), []
    known = kept_whole(lists)
    for number in range(200):
        case = copy.deepcopy(known) | {"texts": [{"kind": "concealment", "text": f"in the {number}th lining"}]}
        assert check(case, lists, TODAY) == check_all(case, lists, TODAY)
        sizes.append(len(lists.told))
    grown = [after > before for before, after in itertools.pairwise(sizes)]
    spans = [(grows, len(list(span))) for grows, span in itertools.groupby(grown)]
    assert [length for grows, length in spans if not grows][:2] == [25, 25]  # and between them it was tried again
    assert spans[0][0]


def test_where_all_comes_again_it_is_kept() -> None:
    lists = forgetful()
    known = kept_whole(lists)
    for _ in range(3 * remembering.TRIED):
        check(known, lists, TODAY)
        assert lists.telling[2] == 0


def test_what_a_member_writes_fills_no_memory() -> None:
    lists = load_shipped()
    case: dict[str, Any] = copy.deepcopy(CASES[0])
    check(case, lists, TODAY)
    before = len(lists.told)
    for length in range(1_000, 1_050):
        case["route"] = [{"role": "departure", "country": "x" * length, "name": "", "locode": ""}]
        check(case | {"conveyance": "x" * length, "concealment": "y" * length}, lists, TODAY)
    assert len(lists.told) == before


class Watched(dict[str, Any]):
    """A case that writes down which of its fields are read."""

    def __init__(self, case: dict[str, Any]) -> None:
        super().__init__(case)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("rule", [rule for rule in RULES if set(rule.when) <= READ.keys()], ids=lambda rule: rule.code)
def test_a_rule_reads_no_more_than_its_gates_are_about(rule: Rule) -> None:
    drawn, lists = drawing(3), load_shipped()
    allowed = set().union(*(READ[gate] for gate in rule.when))
    for _ in range(150):
        case = Watched(changed(drawn))
        rule.find(case, lists, TODAY)
        assert case.read <= allowed


def test_a_reference_of_one_word_is_screened_like_any_other() -> None:
    drawn = drawing(5)
    signs = "ABCDEFGHJKLMNPRSTVWXYZabcdef0123456789"
    starts = ["B", "BE71", "FI", "I", "A", "C", "XA", "NL", "GB", "DE20", "PAN", ""]
    found = 0
    for _ in range(2_000):
        word = drawn.choice(starts) + "".join(drawn.choices(signs, k=drawn.randint(4, 30)))
        for text in (word, f"{word}-1", f"{word}-123456", f"{word}-1234567"):
            assert screen_key(text) == _key_reasons(text), text
    for text in ("BE71096123456769", "NO9386011117947", "ABCPA1234Z", "ABCPA1234Z-1", "RR123456785GB"):
        assert screen_key(text) == _key_reasons(text), text
        found += bool(screen_key(text))
    assert found >= 4
    lengths = [sum(map(int, re.findall(r"\d+", shape))) for kind in KINDS for shape in kind.shapes]
    assert min(lengths) > 6, "digits after the last dash are no number by themselves"


def test_what_is_made_of_a_harmless_word_is_harmless_with_any_number() -> None:
    drawn, lists, found = drawing(54), load_shipped(), 0
    starts = [
        "B",
        "BE71",
        "FI",
        "I",
        "A",
        "C",
        "XA",
        "NL",
        "GB",
        "DE20",
        "PAN",
        "ABCDEF",
        "X000000000",
        "GOMA800101HDFXXX",
        "RR123456785GB",
    ]
    signs = "ABCDEFGHJKLMNPRSTVWXYZabcdef0123456789"
    for _ in range(4_000):
        start = drawn.choice(starts)
        word = start + "".join(
            drawn.choices(drawn.choice((signs, "0123456789abcdef", "0")), k=LONG_WORD + drawn.choice((0, 4)) - len(start))
        )
        for reference in (f"{word}-1", f"{word}-{drawn.randrange(1, 1_000_000)}") if harmless_word(word) else ():
            found += 1
            assert _key_reasons(reference) == (), reference
            case = {**CASES[0], "reference": reference}
            assert not reference_malformed(case, lists, TODAY)
            assert not reference_placeholder(case, lists, TODAY)
    assert found > 2_000
