"""Two editions side by side: what differs, how a code of one reads in the other, what is wrong with a proposed one."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.checking import errors, notice, problems
from enforcement.codelists.comparing import changes, translate
from enforcement.codelists.document import canonical, digest, normal, read_canonical, read_edition
from enforcement.codelists.errors import ReferenceDataError
from enforcement.codelists.parsing import build
from enforcement.codelists.store import shipped_fixed
from tests.unit.enforcement.codelists.conftest import entry, following

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.codelists.document import Document
    from enforcement.codelists.model import CodeLists

Spoil = "Callable[[Document], Any]"


def test_a_sound_edition_has_no_problems(base: Document, proposed: Document) -> None:
    assert problems(proposed, base) == []


def test_the_canonical_text_is_the_same_however_people_wrote_it(base: Document, proposed: Document) -> None:
    by_code = copy.deepcopy(proposed)
    for body in by_code["lists"].values():
        body["codes"] = {one["code"]: one for one in body["codes"]}
    read, twice = read_edition(json.dumps(by_code, indent=3).encode())
    assert (canonical(read), twice) == (canonical(proposed), [])
    assert digest(read) == digest(proposed) != digest(base)
    assert read_canonical(canonical(read)) == proposed


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "not UTF-8"),
        (b'{"lists":', "line 1, column 10"),
        (b"[]", "JSON object"),
        (b'{"edition": "next"}', "a year, a point and a number"),
        (b'{"edition": "2026.1", "valid_from": "1 April"}', "written 2026-01-31"),
        (b'{"edition": "2026.1", "valid_from": "2026-04-01"}', "`lists` and `requirements`"),
        (b'{"edition": "2026.1", "colour": 1}', "no 'colour'"),
        (b'{"edition": NaN}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_what_is_no_edition_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(ReferenceDataError, match=said):
        read_edition(data)


def test_what_is_not_written_canonically_is_refused(proposed: Document) -> None:
    with pytest.raises(ReferenceDataError, match="canonical"):
        read_canonical(json.dumps(proposed).encode())


def test_a_misspelt_key_of_a_code_is_refused(proposed: Document) -> None:
    entry(proposed, "directions", "import")["labelfr"] = "x"
    with pytest.raises(ReferenceDataError, match="directions import has no 'labelfr'"):
        normal(proposed)


def _closed(code: str, *heirs: str, until: str = "2026-03-31") -> Callable[[Document], Any]:
    return lambda document: entry(document, "commodities", code).update(valid_to=until, replaced_by=list(heirs))


def _without(code: str) -> Callable[[Document], Any]:
    def spoil(document: Document) -> None:
        codes = document["lists"]["commodities"]["codes"]
        codes.remove(entry(document, "commodities", code))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda document: document.update(edition="2025.1"), "edition.name"),
        (lambda document: document.update(valid_from="2025-01-01"), "edition.dates"),
        (lambda document: document["lists"].pop("cites"), "edition.list-gone"),
        (lambda document: entry(document, "directions", "import").pop("es"), "edition.label-missing"),
        (_without("beer"), "edition.code-gone"),
        (_closed("beer"), "edition.not-mapped"),
        (_closed("beer", "ale"), "edition.mapped-nowhere"),
        (_closed("beer", "beer"), "edition.mapped-nowhere"),
        (_closed("beer", "wine", until="2026-06-30"), "edition.code-dates"),
        (_closed("unknown", "other"), "edition.unknown-closed"),
        (lambda document: entry(document, "commodities", "beer").update(replaced_by=["wine"]), "edition.mapped-open"),
        (lambda document: entry(document, "commodities", "beer").update(valid_from="2026-05-01"), "edition.code-dates"),
        (lambda document: entry(document, "commodities", "beer").update(parent="drinks"), "edition.parent"),
        (lambda document: entry(document, "commodities", "beer").pop("parent"), "edition.parent"),
        (lambda document: entry(document, "streams", "khat").update(valid_to="2026-03-31", replaced_by=["nps"]), "edition.parent"),
        (lambda document: entry(document, "streams", "khat").update(measures=["taste"]), "edition.measure"),
        (lambda document: entry(document, "units", "GRM").update(factor="some"), "edition.factor"),
        (lambda document: entry(document, "attributes", "cites-appendix").update(type="list:sites"), "edition.type"),
        (lambda document: entry(document, "commodities", "beer").update(aliases=["brandy"]), "edition.ambiguous"),
    ],
)
def test_what_must_not_be_released(base: Document, spoil: Callable[[Document], Any], rule: str) -> None:
    document = following(base)
    spoil(document)
    assert rule in {one.rule for one in errors(problems(normal(document), base))}


def test_a_code_that_stands_twice_is_told(base: Document, proposed: Document) -> None:
    proposed["lists"]["commodities"]["codes"].append(dict(entry(proposed, "commodities", "beer")))
    document, twice = read_edition(json.dumps(proposed).encode())
    assert [one.text for one in errors(problems(document, base, twice))] == ["beer stands in the file twice."]


def test_a_code_with_another_name_is_asked_about_but_may_go_out(base: Document, proposed: Document) -> None:
    entry(proposed, "commodities", "beer")["en"] = "Cider"
    found = problems(proposed, base)
    assert [one.rule for one in found] == ["edition.renamed"]
    assert not errors(found)


@pytest.mark.parametrize(
    ("today", "severity"),
    [(date(2026, 4, 1), "error"), (date(2026, 5, 1), "error"), (date(2026, 3, 20), "warning"), (date(2026, 2, 1), "")],
)
def test_an_edition_is_given_notice(proposed: Document, today: date, severity: str) -> None:
    assert [one.severity for one in notice(proposed, today)] == [severity] * bool(severity)


def test_every_difference_is_told_by_its_kind(base: Document, proposed: Document) -> None:
    told = {(one.code, one.kind): one.text for one in changes(base, proposed)}
    assert told == {
        ("kratom", "closed"): "use plant-based-substances",
        ("gas", "closed"): "split into natural-gas, liquefied-gas",
        ("glass", "closed"): "use glass-waste",
        ("rubber", "renamed"): "fr: Caoutchouc (déchets) -> Pneus et caoutchouc (déchets)",
        ("opium", "remapped"): "aliases: raw opium -> chandu",
        ("natural-gas", "added"): "natural-gas",
        ("liquefied-gas", "added"): "liquefied-gas",
        ("glass-waste", "added"): "glass-waste",
        ("nitazenes", "added"): "nitazenes",
    }


@pytest.mark.parametrize(
    ("code", "forward", "how"),
    [
        ("cocaine", "cocaine", "same"),
        ("glass", "glass-waste", "replaced"),
        ("kratom", "plant-based-substances", "merged"),
        ("gas", "gas", "split"),
        ("no-such", "no-such", "unmapped"),
    ],
)
def test_an_old_code_reads_in_the_new_edition(lists: CodeLists, later: CodeLists, code: str, forward: str, how: str) -> None:
    mapped = translate("commodities", code, lists, later)
    assert (mapped.code, mapped.how) == (forward, how)
    assert bool(mapped.note) is (how in ("split", "unmapped"))


@pytest.mark.parametrize(
    ("code", "backward", "how"),
    [
        ("cocaine", "cocaine", "same"),
        ("glass-waste", "glass", "replaced"),
        ("natural-gas", "gas", "merged"),
        ("plant-based-substances", "plant-based-substances", "merged"),
        ("nitazenes", "nitazenes", "unmapped"),
    ],
)
def test_a_new_code_reads_in_the_old_edition(lists: CodeLists, later: CodeLists, code: str, backward: str, how: str) -> None:
    mapped = translate("commodities", code, later, lists)
    assert (mapped.code, mapped.how) == (backward, how)


def test_a_code_is_followed_through_several_editions(lists: CodeLists, proposed: Document) -> None:
    third = following(proposed, "2027.1", "2027-04-01")
    entry(third, "commodities", "glass-waste").update(valid_to="2027-03-31", replaced_by=["mixed-waste"])
    assert problems(third, proposed) == []
    newest = build(third, shipped_fixed())
    assert translate("commodities", "glass", lists, newest)[:2] == ("mixed-waste", "merged")
    assert newest.find("commodities", "Vidrio (residuos)") == ("mixed-waste", "closed")


def test_a_closed_code_is_no_code_but_keeps_its_label_and_leads_on(later: CodeLists) -> None:
    assert not later.has("commodities", "kratom")
    assert "kratom" not in later.valid["commodities"]
    assert later.label("commodities", "kratom", "es") == "Kratom"
    assert later.find("commodities", "Mitragyna Speciosa") == ("plant-based-substances", "closed")
    assert later.find("commodities", "gas") is None
    assert later.hint("commodities", "kratom") == " It was closed after 2026-03-31: use plant-based-substances."
    assert later.hint("commodities", "gas") == " It was closed after 2026-03-31: use natural-gas or liquefied-gas."
