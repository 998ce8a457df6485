"""The labelled texts: enough of them, in four languages; the screen is not worse on them than docs/nominal.md says."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from enforcement.seizures.nominal.__main__ import main
from enforcement.seizures.nominal.measuring import ALL, figures, labelled_texts

if TYPE_CHECKING:
    import pytest

RECALL = {"main": 0.99, "second": 0.97, "held": 0.88}
FALSE_ALARMS = {"main": 0.01, "second": 0.015, "held": 0.02}


def test_there_are_enough_texts_of_each_sort() -> None:
    texts = labelled_texts()
    assert len({one.text for one in texts}) == len(texts) > 800
    for nominal in (True, False):
        counts = Counter(one.language for one in texts if one.nominal is nominal)
        assert min(counts[language] for language in ("en", "fr", "es", "pt")) > 60


def test_the_screen_is_as_good_as_written_down() -> None:
    for figure in figures(labelled_texts()):
        if (figure.language, figure.kind) == (ALL, ALL):
            wrong = figure.wrong / figure.texts
            assert wrong <= (1 - RECALL[figure.part] if figure.nominal else FALSE_ALARMS[figure.part]), figure


def test_the_figures_are_printed_by_kind_and_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--wrong"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["language"] for row in told["figures"]} >= {"all", "en", "fr", "es", "pt"}
    assert any(row.get("recall") == 1 for row in told["figures"])
    assert sum(row["wrong"] for row in told["figures"] if row["language"] == row["kind"] == ALL) == len(told["wrong"])
    assert main([]) == 0
    assert "recall" in capsys.readouterr().out
    assert main(["--what"]) == 2
