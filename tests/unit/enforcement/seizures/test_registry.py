"""The registry of rules is complete: every sentence in every language, with the same facts, its page in step."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from enforcement.seizures.nominal import screen_text
from enforcement.seizures.rules import RULES
from enforcement.seizures.rules.__main__ import main
from enforcement.seizures.rules.findings import ERROR, GATES, WARNING, Rule
from enforcement.seizures.rules.page import SUBJECTS, page
from enforcement.seizures.rules.phrases import HINTS, LANGUAGES, PHRASES
from enforcement.seizures.rules.retelling import retold

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs" / "rules.md"
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@each_rule
def test_every_rule_speaks_every_language_with_the_same_facts(rule: Rule) -> None:
    assert tuple(rule.messages) == LANGUAGES
    assert len(set(rule.messages.values())) == len(LANGUAGES)
    for sentence in rule.messages.values():
        assert placeholders(sentence) == placeholders(rule.messages["en"])
        assert sentence.rstrip().endswith((".", "{hint}"))


@each_rule
def test_every_rule_says_what_it_finds_where_and_by_what_source(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z0-9-]+", rule.code)
    assert rule.subject in SUBJECTS
    assert rule.severity in (ERROR, WARNING)
    assert rule.severity == ERROR or rule.overridable
    assert rule.about.endswith(".")
    assert rule.source
    assert rule.fields
    assert rule.when
    assert set(rule.when) <= set(GATES)


def test_phrases_and_hints_are_in_every_language() -> None:
    assert set(HINTS) == set(LANGUAGES)
    assert all(set(words) == set(LANGUAGES) for words in PHRASES.values())


@pytest.mark.parametrize(
    "text",
    [
        "ask a@example.org",
        "call +55 11 98765-4321",
        "IBAN GB82 WEST 1234 5698 7654 32",
        "passport no. AB1234567",
        "plate ABC1D23",
        "born 12.03.1980",
    ],
)
def test_what_the_screen_of_nominal_data_names_is_translated(text: str) -> None:
    reasons = screen_text(text)
    assert reasons
    assert set(reasons) <= PHRASES.keys()


def test_the_page_is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RULES), "docs/rules.md is behind: python -m enforcement.seizures.rules"
    assert all(f"`{rule.code}`" in page(RULES) for rule in RULES)


def test_a_page_that_is_behind_is_told_and_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "rules.md"
    assert main(["--check", str(target)]) == 1
    assert "python -m enforcement.seizures.rules" in capsys.readouterr().err
    assert main([str(target)]) == 0
    assert main(["--check", str(target)]) == 0
    target.write_text("old", encoding="utf-8")
    assert main(["--check", str(target)]) == 1


@each_rule
def test_what_a_rule_found_is_said_again_from_the_english_sentence_that_is_kept(rule: Rule) -> None:
    facts = {name: f"<{name}>" for name in placeholders(rule.messages["en"]) - {"hint"}}
    for language in LANGUAGES:
        kept, said = ({**facts, "hint": HINTS[one].format("A, B")} for one in ("en", language))
        assert retold(rule.code, rule.messages["en"].format(**kept), language).text == rule.messages[language].format(**said)
        assert retold(rule.code, "What an officer wrote.", language).text == "What an officer wrote."
