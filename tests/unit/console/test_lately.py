"""What a page may show again, looks that are written down when they are over, and texts that are translated once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from liaison.access.permissions import NotPermitted, Role
from liaison.assembly import kind_of, node_spec
from liaison.console.faces import TALLIES_KEPT_SECONDS, Numbers
from liaison.console.lately import MOST_KEPT, forget, kept, lately
from liaison.console.rendering import Renderer
from liaison.console.words import catalogues
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.node.parts import Parts

HUB = "wco.hub"


class Ticking:
    """A clock that is put by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryFederation]:
    folder: Path = tmp_path_factory.mktemp("lately")
    with MemoryFederation(folder, lambda name: node_spec(kind_of(name)), places=(Place(HUB, "AMS", HUB),)) as made:
        yield made.start()


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def parts(federation: MemoryFederation, clock: Ticking) -> Parts:
    """Of the hub, with this clock."""
    return replace(federation[HUB].node.parts, clock=clock)  # type: ignore[arg-type]  # only its seconds are asked for


def made_in(seconds: float, clock: Ticking, made: list[int]) -> Any:
    """Work that takes so long and says how often it was done."""

    def work() -> int:
        clock.at += seconds
        made.append(len(made))
        return made[-1]

    return work


def test_what_took_long_is_shown_again_for_twenty_times_as_long(parts: Parts, clock: Ticking) -> None:
    made: list[int] = []
    work = made_in(2.0, clock, made)
    assert [lately(parts, "long", work), lately(parts, "long", work)] == [0, 0]
    clock.at += 39.0
    assert lately(parts, "long", work) == 0
    clock.at += 1.0
    assert lately(parts, "long", work) == 1
    assert lately(parts, "another", work) == 2  # of another question nothing is known


def test_what_takes_little_is_always_of_now(parts: Parts, clock: Ticking) -> None:
    made: list[int] = []
    work = made_in(0.09, clock, made)
    assert [lately(parts, "short", work), lately(parts, "short", work)] == [0, 1]


def test_what_was_changed_on_purpose_is_not_shown_again(parts: Parts, clock: Ticking) -> None:
    made: list[int] = []
    work = made_in(1.0, clock, made)
    for key in (("region", "2025", "drugs"), ("region", "2024", "drugs"), "plain"):
        lately(parts, key, work)
    assert [kept(parts, ("region", "2025", "drugs")), kept(parts, ("region", "2025", ""))] == [0, None]
    forget(parts, ("region", "2025"))
    assert [kept(parts, ("region", "2025", "drugs")), kept(parts, ("region", "2024", "drugs")), kept(parts, "plain")] == [None, 1, 2]
    clock.at += 21.0
    assert kept(parts, "plain") is None


def test_what_was_not_asked_for_longest_is_forgotten(parts: Parts, clock: Ticking) -> None:
    made: list[int] = []
    work = made_in(1.0, clock, made)
    for number in range(MOST_KEPT + 1):
        lately(parts, ("many", number), work)
    assert lately(parts, ("many", 1), work) == 1
    assert lately(parts, ("many", 0), work) == MOST_KEPT + 1


@pytest.mark.parametrize(
    ("took", "age", "written", "holds"),
    [
        (0.0, 4.9, False, True),
        (0.0, TALLIES_KEPT_SECONDS, False, False),
        (0.0, 0.0, True, False),  # quickly counted: at once after whatever was written
        (0.05, 0.9, True, True),
        (0.05, 1.1, True, False),
        (2.0, TALLIES_KEPT_SECONDS, True, False),
    ],
)
def test_tallies_that_take_time_are_not_counted_after_every_write(took: float, age: float, *, written: bool, holds: bool) -> None:
    counted = Numbers({}, 10.0, took, "then")
    assert counted.holds(10.0 + age, "since" if written else "then") is holds


def audited(federation: MemoryFederation) -> list[tuple[str, str]]:
    desk = federation[HUB].desk()
    with desk.inspecting("audit.read") as connection:
        return [tuple(row) for row in connection.execute(select(desk.audit.c.action, desk.audit.c.subject))]


def test_a_look_lets_others_write_and_is_written_down_when_it_is_over(federation: MemoryFederation) -> None:
    desk = federation[HUB].desk(Role.VERIFIER)
    with desk.viewing("seizures.list", "BR-1", version=1) as tx:
        assert tx.author == desk.person.user_id
        with desk.changing("seizures.list", "meanwhile"):
            pass
        assert ("seizures.list", "BR-1") not in audited(federation)
    assert audited(federation)[-1] == ("seizures.list", "BR-1")


def test_a_look_that_found_nothing_or_is_not_permitted_leaves_nothing(federation: MemoryFederation) -> None:
    before = audited(federation)
    with pytest.raises(LookupError), federation[HUB].desk(Role.VERIFIER).viewing("seizures.list", "BR-2"):
        raise LookupError
    with pytest.raises(NotPermitted), federation[HUB].desk(Role.AUDITOR).viewing("verification.decide", "BR-2"):
        pytest.fail("it was shown")
    assert audited(federation) == before


def test_texts_of_a_template_are_translated_filled_in_and_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    template = (
        '{{ _("Today") }}|{{ _("%(name)s", name=given) }}|{{ _("100 %%") }}|{{ ngettext("%(num)s page", "%(num)s pages", 2) }}'
        '|{% trans who=given %}Hello {{ who }}{% endtrans %}|{% for one in "ab" %}{{ _("Today") }}{{ one }}{% endfor %}'
    )
    monkeypatch.setattr("liaison.console.rendering._source", lambda *_: template)
    words = catalogues(("liaison.console",))
    said = {language: Renderer(words, {}).html("a/b.html", language, {"given": "<b>"}).decode().split("|") for language in ("en", "fr")}
    assert said["en"] == ["Today", "&lt;b&gt;", "100 %", "2 pages", "Hello &lt;b&gt;", "TodayaTodayb"]
    assert said["fr"][0] == words["fr"]("Today") != "Today"
    assert said["fr"][1] == "&lt;b&gt;"
