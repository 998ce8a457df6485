"""Each rule refuses what it is for, and a sound product passes them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intelligence.model import Citation, LanguageEdition
from enforcement.intelligence.rules import Issuing, problems_of

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists
    from enforcement.intelligence.model import Problem, Product

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def found(product: Product, lists: CodeLists, **changes: Any) -> list[Problem]:
    return problems_of(replace(product, **changes), Issuing(lists, "rilo.sa", NOW))


def test_a_sound_alert_may_go_out(product: Product, lists: CodeLists) -> None:
    assert found(product, lists) == []


@pytest.mark.parametrize(
    "changes",
    [
        {
            "kind": "notice",
            "sections": (),
            "areas": (),
            "facts": "",
            "cited_records": (),
            "recommended_action": "",
            "assessment": "",
            "likelihood": "",
            "confidence": "",
        },
        {"urgent": True, "acknowledge_by": NOW + timedelta(hours=12)},
        {"cited_records": (Citation("BR", "R-1", "unverified", "C3"), Citation("", "I-7", "information", "A1"))},
        {"areas": ("AMS", "wco.hub", "XK"), "supersedes": "A/rilo.sa/2025/0003", "tlp": "AMBER+STRICT"},
        {"language_editions": (LanguageEdition("es", "A/rilo.sa/2026/0002", "Translation service"),), "picture_hashes": ("ab" * 32,)},
        {"valid_until": NOW.date()},
    ],
)
def test_so_may_these(product: Product, lists: CodeLists, changes: dict[str, Any]) -> None:
    assert found(product, lists, **changes) == []


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "warning"}, "product.product-kinds-unknown", "kind"),
        ({"title": " "}, "product.title-missing", "title"),
        ({"title": "x" * 201}, "product.title-long", "title"),
        ({"title": "two\nlines"}, "product.title-long", "title"),
        ({"language": "english"}, "product.language", "language"),
        ({"language_editions": (LanguageEdition("es", "A/rilo.sa/2026/0002", ""),)}, "product.language-edition", "language_editions[0]"),
        ({"supersedes": "A/rilo.car/2026/0001"}, "product.supersedes", "supersedes"),
        ({"supersedes": "7"}, "product.supersedes", "supersedes"),
        ({"valid_from": None}, "product.valid-from-missing", "valid_from"),
        ({"valid_until": None}, "product.valid-until-missing", "valid_until"),
        ({"valid_from": date(2026, 1, 1), "valid_until": date(2026, 3, 1)}, "product.validity-over", "valid_until"),
        ({"valid_from": date(2026, 7, 1)}, "product.validity-order", "valid_until"),
        ({"urgent": True}, "product.deadline-missing", "acknowledge_by"),
        ({"urgent": True, "acknowledge_by": NOW}, "product.deadline-past", "acknowledge_by"),
        ({"urgent": True, "acknowledge_by": datetime(2026, 7, 1, tzinfo=UTC)}, "product.deadline-late", "acknowledge_by"),
        ({"sections": ()}, "product.sections-missing", "sections"),
        ({"sections": ("drug",)}, "product.sections-unknown", "sections"),
        ({"commodities": ("cocain",)}, "product.commodities-unknown", "commodities"),
        ({"areas": ()}, "product.areas-missing", "areas"),
        ({"areas": ("rilo.xx",)}, "product.area-unknown", "areas"),
        ({"summary": ""}, "product.summary-missing", "summary"),
        ({"facts": "\n"}, "product.facts-missing", "facts"),
        ({"recommended_action": ""}, "product.action-missing", "recommended_action"),
        ({"contact": ""}, "product.contact-missing", "contact"),
        ({"facts": "x" * 20_001}, "product.text-long", "facts"),
        ({"risk_indicators": ("x",) * 501}, "product.list-long", "risk_indicators"),
        ({"cited_records": ()}, "product.citation-missing", "cited_records"),
        ({"cited_records": (Citation("BR", ""),)}, "product.citation-reference", "cited_records[0]"),
        ({"cited_records": (Citation("", "R-1"),)}, "product.citation-administration", "cited_records[0]"),
        ({"cited_records": (Citation("QQ", "R-1"),)}, "product.citation-administration", "cited_records[0]"),
        ({"cited_records": (Citation("BR", "R-1", "sure", "A1"),)}, "product.citation-status-unknown", "cited_records[0]"),
        ({"cited_records": (Citation("BR", "R-1", "verified", "A1"),)}, "product.grade-superfluous", "cited_records[0]"),
        ({"cited_records": (Citation("BR", "R-1", "unverified"),)}, "product.grade-missing", "cited_records[0]"),
        ({"cited_records": (Citation("", "I-1", "information", "D5"),)}, "product.grade-missing", "cited_records[0]"),
        ({"cited_records": (Citation("BR", "R-1"), Citation("BR", "R-1"))}, "product.citation-twice", "cited_records[1]"),
        ({"assessment": ""}, "product.assessment-missing", "likelihood"),
        ({"likelihood": ""}, "product.likelihood-missing", "likelihood"),
        ({"likelihood": "possible"}, "product.likelihood-unknown", "likelihood"),
        ({"confidence": ""}, "product.confidence-missing", "confidence"),
        ({"confidence": "medium"}, "product.confidence-unknown", "confidence"),
        ({"picture_hashes": ("AB" * 32,)}, "product.picture-hash", "picture_hashes[0]"),
        ({"tlp": "RED"}, "product.tlp-red", "tlp"),
        ({"tlp": "WHITE"}, "product.tlp-unknown", "tlp"),
        ({"handling_code": "H4"}, "product.handling-unknown", "handling_code"),
        ({"audience": "ncp.br"}, "product.audience-unknown", "audience"),
        ({"facts": "Write to someone@example.org."}, "product.nominal", "facts"),
        ({"risk_indicators": ("Passport no. AB1234567",)}, "product.nominal", "risk_indicators[0]"),
    ],
)
def test_refused(product: Product, lists: CodeLists, changes: dict[str, Any], code: str, field: str) -> None:
    problems = found(product, lists, **changes)
    assert (code, field) in [(problem.code, problem.field) for problem in problems]
    assert all(problem.text.endswith((".", "?", ")")) or ": " in problem.text for problem in problems)


def test_a_wrong_code_comes_with_near_ones(product: Product, lists: CodeLists) -> None:
    (problem,) = found(product, lists, sections=("drug",))
    assert "Did you mean drugs" in problem.text


def test_the_sentence_about_likelihood_teaches_the_words(product: Product, lists: CodeLists) -> None:
    (problem,) = found(product, lists, likelihood="")
    assert "almost no chance" in problem.text
    assert "very likely" in problem.text


def test_a_hit_of_the_screen_does_not_repeat_what_it_found(product: Product, lists: CodeLists) -> None:
    (problem,) = found(product, lists, facts="Write to someone@example.org.")
    assert "example" not in problem.text


def test_the_duty_posts_telephone_is_not_nominal(product: Product, lists: CodeLists) -> None:
    assert found(product, lists, contact="Duty desk, +55 21 2222 3333, duty@office.example") == []
