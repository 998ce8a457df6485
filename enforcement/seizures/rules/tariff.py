"""Rules about tariff codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.findings import ERROR, TARIFF, WARNING, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from datetime import date

    from enforcement.codelists.model import CodeLists

_HS_CODE: Final = re.compile(r"(?:0[1-9]|[1-9]\d)\d{2}(?:\d{2}){0,3}", re.ASCII)
_NO_CHAPTER: Final = frozenset({"77", "98", "99"})


def hs_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A tariff code that is not 4, 6, 8 or 10 digits."""
    return [
        (f"lines[{number}].hs_code", {"value": line["hs_code"]})
        for number, line in enumerate(case["lines"])
        if line["hs_code"] and _HS_CODE.fullmatch(line["hs_code"]) is None
    ]


def no_chapter(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A chapter that the Harmonized System does not have: 77 is reserved, 98 and 99 are for national use."""
    return [
        (f"lines[{number}].hs_code", {"value": line["hs_code"][:2]})
        for number, line in enumerate(case["lines"])
        if line["hs_code"][:2] in _NO_CHAPTER and _HS_CODE.fullmatch(line["hs_code"])
    ]


def of_other_goods(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A chapter in which goods of this stream are not classified: tobacco in chapter 22, or the code of the disguise."""
    found = []
    for number, line in enumerate(case["lines"]):
        code, chapters = line["hs_code"], lists.chapters.get(line["stream"])
        if chapters and code[:2] not in chapters and code[:2] not in _NO_CHAPTER and _HS_CODE.fullmatch(code):
            facts = {"value": code[:2], "other": line["stream"], "right": ", ".join(sorted(chapters))}
            found.append((f"lines[{number}].hs_code", facts))
    return found


RULES: Final = (
    Rule(
        "hs.malformed",
        ERROR,
        ("lines.hs_code",),
        spoken(
            "'{value}' is not a tariff code of 4, 6, 8 or 10 digits.",
            "«{value}» n'est pas un code tarifaire de 4, 6, 8 ou 10 chiffres.",
            "«{value}» no es un código arancelario de 4, 6, 8 o 10 cifras.",
        ),
        hs_malformed,
        (TARIFF,),
        "Harmonized System: four digits of the heading, six of the subheading, national digits after",
    ),
    Rule(
        "hs.no-chapter",
        WARNING,
        ("lines.hs_code",),
        spoken(
            "The Harmonized System has no chapter {value}: 77 is reserved, 98 and 99 are national.",
            "Le Système harmonisé n'a pas de chapitre {value} : 77 est réservé, 98 et 99 sont nationaux.",
            "El Sistema Armonizado no tiene capítulo {value}: 77 está reservado, 98 y 99 son nacionales.",
        ),
        no_chapter,
        (TARIFF,),
        "Harmonized System 2022",
        overridable=True,
    ),
    Rule(
        "hs.other-goods",
        WARNING,
        ("lines.hs_code",),
        spoken(
            "Chapter {value} does not hold {other}; its chapters are {right}. State the goods found, not their disguise.",
            "Le chapitre {value} ne contient pas {other} ; ses chapitres : {right}. Indiquez ce qui a été trouvé, pas sa couverture.",
            "El capítulo {value} no contiene {other}; sus capítulos: {right}. Indique las mercancías halladas, no su disfraz.",
        ),
        of_other_goods,
        (TARIFF,),
        "enforcement/reference/chapters.csv: Harmonized System 2022, by stream (ours)",
        overridable=True,
    ),
)
