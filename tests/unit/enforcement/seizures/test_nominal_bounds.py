"""No text a member may send makes the screen work long: every repetition is bounded, and work grows with length, not with its powers."""

from __future__ import annotations

import re
import time
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from enforcement.seizures.nominal import addresses, folding, labelled, lettered, names, numbers, screen_text, screening

MODULES = (addresses, folding, labelled, lettered, names, numbers, screening)
KEY = r"[A-Za-z0-9_./:\\#()-]*"
MOST = 4_096  # repetitions: a text of a case has 4,000 characters
BITES = (
    "a",
    "1",
    "1 ",
    "a ",
    "A ",
    "a.",
    "A.b ",
    "1.",
    "1-",
    "12 ",
    "123 ",
    "123.",
    "<",
    "P<",
    "@",
    "a@",
    "a@b.",
    "+1",
    "(",
    "((",
    "( at ",
    " at ",
    " dot ",
    "Mr ",
    "name: ",
    "nom ",
    "passenger ",
    "passenger: A ",
    "driver is ",
    "rua A ",
    "12 rue ",
    "Av. ",
    "lives at ",
    "a b ",
    "tel ",
    "passport ",
    "plate A ",
    "born ",
    "one ",
    "deux-",
    "GB82 ",
    "GB82WEST",
    "AB12",
    "R",
    "l",
    "O0",
    "00",
    "0 0 ",
    "- ",
    " - ",
    "\u0301",
    "\u200b",
    "\uff11",
    "\u0430",
    "da ",
    "Aa da ",
)


def patterns() -> list[re.Pattern[str]]:
    """Every compiled pattern of the screen, also those inside tuples."""
    found: list[re.Pattern[str]] = []

    def collect(thing: Any) -> None:
        if isinstance(thing, re.Pattern):
            found.append(thing)
        elif isinstance(thing, tuple | list):
            for one in thing:
                collect(one)

    for module in MODULES:
        for value in vars(module).values():
            collect(value)
    return found


def repetitions(node: Any) -> list[int]:
    """The upper limits of every repetition of more than one character class in a parsed pattern."""
    found: list[int] = []
    for operation, argument in node:
        if operation in {_constants.MAX_REPEAT, _constants.MIN_REPEAT}:
            found += [argument[1], *repetitions(argument[2])]
        elif operation is _constants.SUBPATTERN:
            found += repetitions(argument[3])
        elif operation is _constants.BRANCH:
            found += [limit for branch in argument[1] for limit in repetitions(branch)]
        elif operation in {_constants.ASSERT, _constants.ASSERT_NOT}:
            found += repetitions(argument[1])
    return found


def test_every_repetition_is_bounded() -> None:
    every = patterns()
    assert len(every) > 60
    unbounded = [one.pattern[:60] for one in every if max(repetitions(_parser.parse(one.pattern, one.flags)), default=0) > MOST]
    assert unbounded == [KEY]  # a full match of one class, which cannot go back


def work(text: str) -> float:
    """The least processor time of three looks, plus what a look costs anyway."""
    times = []
    for _ in range(3):
        began = time.process_time()
        screen_text(text)
        times.append(time.process_time() - began)
    return min(times) + 0.001


@pytest.mark.parametrize("bite", BITES)
def test_four_times_the_text_is_not_much_more_than_four_times_the_work(bite: str) -> None:
    short, long = (bite * (size // len(bite)) + "!" for size in (500, 2_000))
    assert work(long) < 12 * work(short)  # work that grows with the square would take 16 times, worse growth never end
