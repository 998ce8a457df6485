"""`liaison rules` at every kind of office."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from enforcement.seizures.asking import ask_store
from enforcement.seizures.errors import UnknownRule
from enforcement.seizures.rules import RULES

NODES = ("ncp.br", "rilo.sa", "wco.hub")


@pytest.mark.parametrize("node", NODES)
def test_every_office_lists_every_rule(offices: Any, node: str) -> None:
    told = offices.ok(node, "rules", "list")
    assert [row["code"] for row in told] == [rule.code for rule in RULES]
    assert {row["language"] for row in told} == {"en"}


def test_the_list_is_narrowed_and_spoken_in_another_language(offices: Any) -> None:
    told = offices.ok("ncp.br", "rules", "list", "--subject", "quantity", "--severity", "error", "--language", "fr")
    assert {row["code"].partition(".")[0] for row in told} == {"quantity"}
    assert {row["severity"] for row in told} == {"error"}
    assert any("supérieure à zéro" in row["sentence"] for row in told)
    assert "quantity.beyond" in offices.run("ncp.br", "rules", "list").out


def test_one_rule_is_shown_whole(offices: Any) -> None:
    told = offices.ok("rilo.sa", "rules", "show", "transport.identifier-unfit", "--language", "es")
    assert "ISO 6346" in told["reference"]
    assert told["fields"] == ["transport.identifier"]
    assert "contenedor" in told["sentence"]
    assert not told["overridable"]


def test_an_unknown_code_comes_with_near_ones(offices: Any) -> None:
    told = offices.run("ncp.br", "rules", "show", "quantity.beyondd")
    assert isinstance(told.error, UnknownRule)
    assert "quantity.beyond" in str(told.error)


@pytest.mark.parametrize("words", [("--language", "pt"), ("--subject", "nothing"), ("--severity", "grave")])
def test_a_wrong_option_names_the_choices(offices: Any, words: tuple[str, ...]) -> None:
    told = offices.run("ncp.br", "rules", "list", *words)
    assert told.code == 2
    assert words[1] in told.err


def test_a_reference_used_for_another_case_is_told_and_a_correction_is_not(offices: Any) -> None:
    offices.bring("A-1;2025-03-05;airport;cocaine;1;")
    with offices.federation["ncp.br"].desk().looking("seizures.list") as tx:
        same = offices.vessel_at_airport("A-1")
        assert ask_store(tx, same) == []
        later = same | {"date": date(2025, 7, 1)}
        assert ask_store(tx, later) == []
        other = later | {"lines": [{**same["lines"][0], "section": "revenue", "stream": "tobacco", "commodity": "cigarettes"}]}
        (told,) = ask_store(tx, other)
        assert (told.code, told.field) == ("reference.taken", "reference")
        assert "2025-03-05" in told.text("es")
        assert ask_store(tx, other | {"reference": "A-2"}) == []
