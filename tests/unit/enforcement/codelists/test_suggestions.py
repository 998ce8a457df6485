"""What is offered where a word means no code: the right code, or nothing; never something that has nothing to do with it.

`python -m tests.unit.enforcement.codelists.test_suggestions` prints the figures of docs/codelists.md.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from enforcement.codelists.store import load_shipped

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

DATA: Final = Path(__file__).resolve().parents[5] / "shared" / "data" / "brazil_pf_seizures"
SUBSTANCES: Final = "PF_NovasSubstanciasPsicoativas.csv"
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
LISTS: Final = (
    *("commodities", "concealments", "location-types", "conveyances", "detection-means", "agencies"),
    *("countries", "units", "directions"),
)
# Words as sources write them (groups of the forensic findings, headings of SINESP, mixtures), and the code they mean.
MEANT: Final = {
    "feniletilaminas": "phenethylamines",
    "canabinoides sintéticos": "synthetic-cannabinoids",
    "mistura: feniletilaminas": "phenethylamines",
    "Triptamina": "tryptamines",
    "mistura: triptaminas": "tryptamines",
    "Aril-ciclo-alquilaminas": "ketamine-and-related-substances",
    "Substância de origem vegetal": "plant-based-substances",
    "mistura: opióides": "opioids-other",
    "mistura: canabinoide sintético + fármaco": "synthetic-cannabinoids",
    "mistura: feniletilamina + fármaco": "phenethylamines",
    "Apreensão de Cocaína": "cocaine",
    "Apreensão de Maconha": "cannabis-herbal",
    "Cetamina": "ketamine-and-related-substances",
    "Kraton": "kratom",
    "Mistura: Metanfetamina + THC": "methamphetamine",
    "2C-E + MDMA": "mdma",
    "outras substâncias sintéticas": "nps-other",
    "morfina + codeína (ópio)": "codeine",
    "cocayne": "cocaine",
    "cigarrettes": "cigarettes",
    "heroin powder": "heroin",
}
# Parts of names that the lists know, so that something near may rightly be offered.
KNOWN_PARTS: Final = ("mda", "mdma", "thc", *("anfet", "cocain", "codein", "morfin", "psiloc", "kraton", "cetamin", "metilfeniletilamina"))
NOTHING_NEAR: Final = (
    *("drogas clássicas", "benzodiazepinas", "piperazinas", "lisergamidas", "Nitazenos", "Tráfico de drogas"),
    *("DEF", "Diversos", "qqqq", "xxxx", "see annex", "n/a", "various", "12345", "GHB", "DMT", "tBuONE", "Etilona"),
)


def slip(word: str, chance: random.Random) -> str:
    """One letter missing, swapped with the next, wrong, or too many."""
    at, letter = chance.randrange(len(word) - 1), chance.choice(LETTERS)
    kinds = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
    )
    return chance.choice(kinds)


def slips(lists: CodeLists, letters: int, share: float) -> list[tuple[str, str, str]]:
    """(list, word, code): a share of all spellings of four letters or more, with so many slips, that mean nothing any more."""
    chance = random.Random(letters)  # noqa: S311 - the same words each time
    made = []
    for name in LISTS:
        for code, entry in lists.lists[name].items():
            for word in sorted({code, *entry.labels.values(), *entry.aliases}):
                if len(word) >= 4 and chance.random() < share:
                    wrong = word
                    for _ in range(letters):
                        wrong = slip(wrong, chance)
                    if lists.find(name, wrong) is None:
                        made.append((name, wrong, code))
    return made


def substances(lists: CodeLists) -> list[str]:
    """Names of substances of the real file that have no code, nor a part that has one."""
    with (DATA / SUBSTANCES).open(encoding="utf-8-sig") as file:
        names = sorted({row["substancia"] for row in csv.DictReader(file, delimiter=";")})
    return [
        name for name in names if name and lists.find("commodities", name) is None and not any(part in name.lower() for part in KNOWN_PARTS)
    ]


def right(lists: CodeLists, words: list[tuple[str, str, str]]) -> float:
    """For how many of these words the code is among those offered."""
    return sum(code in lists.suggest(name, word) for name, word, code in words) / len(words)


def offered(lists: CodeLists, words: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Those of the words for which anything is offered, with what."""
    return [(word, near) for word in words if (near := lists.suggest("commodities", word))]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("e-waste items", "e-waste"),
        ("ewaste items", "e-waste"),
        ("E-Waste (items)", "e-waste"),
        ("e waste equipment", "e-waste"),
        ("waste items", "waste"),
        ("waste tires", "rubber"),
        ("used tyre items", "rubber"),
    ],
)
def test_whole_words_go_before_letters_that_are_alike_by_chance(lists: CodeLists, written: str, code: str) -> None:
    near = lists.suggest("commodities", written)
    assert code in near
    assert ("rubber" in near) == (code == "rubber")


@pytest.mark.parametrize("written", ["LSD", "lsd", "Lysergide", "dietilamida del acido lisergico"])
def test_lysergide_is_a_psychotropic_substance_without_a_code_of_its_own(lists: CodeLists, written: str) -> None:
    assert lists.find("commodities", written) == ("psychotropic-other", "alias")


@pytest.mark.parametrize("word", NOTHING_NEAR)
def test_where_nothing_is_near_nothing_is_offered(lists: CodeLists, word: str) -> None:
    assert lists.suggest("commodities", word) == ()


def test_a_source_s_own_word_is_offered_the_code_it_means(lists: CodeLists) -> None:
    missed = [word for word, code in MEANT.items() if code not in lists.suggest("commodities", word)]
    assert missed == ["Aril-ciclo-alquilaminas"]


def test_beside_what_was_meant_nothing_far_off_is_offered(lists: CodeLists) -> None:
    assert lists.suggest("commodities", "cocain") == ("cocaine",)
    assert set(lists.suggest("commodities", "cannabis")) >= {"cannabis-herbal", "cannabis-oil"}  # of a word of many, three


def test_a_slip_of_the_pen_is_offered_what_was_meant(lists: CodeLists) -> None:
    assert right(lists, slips(lists, 1, 0.15)) >= 0.995
    assert right(lists, slips(lists, 2, 0.15)) >= 0.93


def test_substances_without_a_code_are_offered_little(lists: CodeLists) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data/brazil_pf_seizures is not on this machine")
    names = substances(lists)
    told = offered(lists, names)
    assert len(names) > 100
    assert len(told) <= 0.05 * len(names), told


def main() -> None:
    """Print the figures."""
    lists = load_shipped()
    words = [*substances(lists), *NOTHING_NEAR]
    told = []
    for letters in (1, 2):
        made = slips(lists, letters, 1.0)
        first = sum(lists.suggest(name, word)[:1] == (code,) for name, word, code in made) / len(made)
        told.append(f"{letters} wrong: {right(lists, made):.3f} of {len(made)}, first {first:.3f}")
    meant = [("commodities", word, code) for word, code in MEANT.items()]
    told.append(f"words of files: {right(lists, meant):.3f} of {len(meant)}")
    told.append(f"offered without a code: {len(offered(lists, words))} of {len(words)}")
    sys.stdout.write("\n".join([*told, ""]))


if __name__ == "__main__":
    main()
