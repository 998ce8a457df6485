"""Rows that are put together from parts of earlier ones become what they become cell by cell."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.intake import parts
from enforcement.intake.mapping import Mapper
from enforcement.intake.meanings import word_records
from enforcement.intake.model import Accepted, Row
from enforcement.intake.parts import Parts
from enforcement.intake.profile import parse_profile
from enforcement.intake.shipped import load_profile
from enforcement.intake.surveying import Survey
from enforcement.seizures.rules.switches import NONE, Switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile
    from enforcement.seizures.rules.switches import Switches

# Target -> few cells: of codes, of what is rejected, of what rules object to, of what is judged anew in every row.
FEW: dict[str, tuple[str, ...]] = {
    "date": ("2025-05-05", "2025-05-06", " 2025-05-06", "2010-01-01", "2030-01-01", "5/5/2025", ""),
    "time": ("", "", "10:30", "25:00"),
    "kind": ("seizure", "seizure", "offence-origin"),
    "level": ("SIMPLIFIED", "FULL", ""),
    "agency": ("customs", "joint", ""),
    "customs_role": ("lead", "none", ""),
    "operation": ("", "", "", "SEA", "x" * 210, "passenger John Smith"),
    "place.country": ("BR", "KE", "FR", "ZZ", "", "none such"),
    "place.location_type": ("airport", "seaport", "mail-centre", "high-seas", ""),
    "place.name": ("", "Santos", "tel 876 555 0100", "x" * 300, "x" * 700),
    "place.locode": ("", "BRSSZ", "KENBO", "nowhere"),
    "direction": ("import", "export", "transit", "internal", "", "sideways"),
    "detection_channel": ("", "routine-control", "Random selection"),
    "concealment": ("", "not-concealed", "in-baggage", "on-market-places"),
    "conveyance": ("", "vessel", "air", "pedestrian"),
    "ecommerce": ("", "yes", "no"),
    "line.commodity": ("cocaine", "Cocaína", "heroin", "cigarettes", "firearm-pistol", "no such"),
    "line.hs_code": ("", "", "240220", "abc"),
    "line.quantity.amount": ("1", "1.5", "1.50", "0", "0.5", "-4", "999999999", "1,5", "", "007", "1234567890123456", "3.0000001"),
    "line.quantity.unit": ("kg", "GRM", "LTR", "H87", ""),
    "line.quantity.weight_basis": ("", "gross", "net"),
    "line.attribute.brand": ("", "", "Marlboro", "x" * 300),
    "line.attribute.calibre": ("", "", "9 mm"),
    "route.departure": ("", "CO", "BR", "KE"),
    "route.destination": ("", "BR", "NL"),
    "text.concealment": ("", "in the lining", "unknown", "passenger John Smith", "x" * 5_000),
    "text.modus-operandi": ("", "hidden in the lining of a suitcase", "n/a", "ask x@example.org"),
    "releasability": ("", "rilo.sa"),
}
NEEDED = ("date", "line.commodity", "line.quantity.amount", "line.quantity.unit")
OFTEN = 0.8  # the first cell, the usual one


def profile_of(targets: Sequence[str], drawn: random.Random, lists: CodeLists) -> Profile:
    """A profile of these fields, with a reference of its own or made from the content."""
    own = drawn.random() < 0.3
    fields = [f"  {target}: {{column: {target}}}" for target in targets]
    fields += ["  reference: {column: number}"] if own else []
    if "direction" in targets:
        fields[targets.index("direction")] = "  direction: {column: direction, empty: unknown}"
    head = 'profile: few\nversion: 1\ntitle: "Few"\nsource: "Tests"\nadministration: BR\n'
    made = "" if own else "reference: {made_from: content, prefix: P}\n"
    dates = drawn.choice(("YYYY-MM-DD", "YYYY-MM-DD", "YYYY-MM-DD HH:MM"))
    text = f'{head}{made}dates: {dates}\ndecimal_mark: "."\nfields:\n' + "\n".join(fields)
    return parse_profile(f"{text}\n{'' if own else 'ignored: {number: Internal.}'}\n".encode(), lists)


def rows_of(targets: Sequence[str], drawn: random.Random, count: int, *, timed: bool) -> list[Row]:
    """Rows of few values, most of them usual ones, some with the wrong number of cells."""
    made = []
    for number in range(2, count + 2):
        cells = [FEW[target][0] if drawn.random() < OFTEN else drawn.choice(FEW[target]) for target in targets]
        if timed and cells[targets.index("date")][:2] == "20":
            cells[targets.index("date")] += drawn.choice((" 10:30", " 00:00", ""))
        cells.append(drawn.choice((f"N{number}", "N1", f"0{number}", "")))
        made.append(Row(number, tuple(cells[:-1] if drawn.random() < 0.01 else cells), cut=number == count + 1))
    return made


def outcomes(mapper: Mapper, rows: Sequence[Row]) -> tuple[list[Outcome], object]:
    return list(mapper.outcomes(rows)), word_records(mapper.meanings)


def compare(profile: Profile, header: Sequence[str], rows: Sequence[Row], today: date, switches: Switches = NONE) -> int:
    """How many rows were put together from parts; both ways make the same of each, and read the same words as often."""
    quick = Mapper(profile, header, load_shipped(), today, switches=switches)
    together, assemble = 0, Parts.cases
    with pytest.MonkeyPatch.context() as patch:

        def cases(self: Parts, columns: Sequence[Sequence[str]]) -> Iterator[object]:
            nonlocal together
            for made in assemble(self, columns):
                together += made is not None
                yield made

        patch.setattr(Parts, "cases", cases)
        found = outcomes(quick, rows)
        patch.setattr(Parts, "cases", lambda _, columns: [None] * len(columns[0]))
        patch.setattr(Parts, "learn", lambda *_: None)
        assert found == outcomes(Mapper(profile, header, load_shipped(), today, switches=switches), rows)
    return together


@pytest.mark.parametrize("seed", range(16))
def test_rows_of_few_values(seed: int, lists: CodeLists, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = random.Random(seed)  # noqa: S311 - the same rows each time
    others = sorted(FEW.keys() - set(NEEDED))
    targets = [*NEEDED, *drawn.sample(others, drawn.choice((2, 5, 9)))]
    profile = profile_of(targets, drawn, lists)
    monkeypatch.setattr(parts, "MOST_PARTS", drawn.choice((3, 8_192)))
    switches = replace(NONE, history=seed % 2 == 0, by_code={"date.too-old": Switch("date.too-old", drawn.choice(("off", "error")))})
    rows = rows_of(targets, drawn, 400, timed="%H" in profile.date_format)
    assert compare(profile, [*targets, "number"], rows, today, switches) > 5


def test_a_file_that_says_something_else_in_each_row_goes_the_plain_way(
    lists: CodeLists, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "NEVER_AGAIN", 20)
    targets = [*NEEDED, "text.modus-operandi"]
    profile = profile_of(targets, random.Random(1), lists)  # noqa: S311 - the same rows each time
    rows = [Row(number, ("2025-05-05", "cocaine", "1", "kg", f"hidden in piece {number}", f"N{number}")) for number in range(2, 60)]
    rows += [Row(row.number + 100, row.cells) for row in rows]
    assert compare(profile, [*targets, "number"], rows, today) == 0


def test_a_case_is_nobody_elses(lists: CodeLists, today: date) -> None:
    targets = [*NEEDED, "place.name", "route.departure", "text.concealment", "line.attribute.brand"]
    profile = profile_of(targets, random.Random(1), lists)  # noqa: S311 - the same rows each time
    mapper = Mapper(profile, [*targets, "number"], lists, today)
    cells = ("2025-05-05", "cigarettes", "1", "XPK", "Santos", "CO", "in the lining", "Marlboro")
    for number in range(2, 5):
        (made,) = mapper.outcomes([Row(number, (*cells, f"N{number}"))])
        assert isinstance(made, Accepted), made
        case = made.payload
        assert (case["place"]["name"], case["route"][0]["country"], case["texts"][0]["text"]) == ("Santos", "CO", "in the lining")
        (line,) = case["lines"]
        assert line["attributes"] == [{"name": "brand", "value": "Marlboro"}]
        assert (line["quantities"][0]["unit"], line["values"], case["transport"]) == ("XPK", [], [])
        case["place"]["name"] = case["route"][0]["country"] = case["texts"][0]["text"] = line["attributes"][0]["value"] = "changed"
        line["quantities"][0]["unit"] = "changed"
        for some in (case["transport"], line["values"], line["attributes"], case["place"]["coordinates"], case["texts"], case["route"]):
            some.append("changed")


def test_the_real_file(brazilian_file: Path, lists: CodeLists, today: date) -> None:
    profile = load_profile("br-pf-ports-airports", lists)
    survey = Survey(brazilian_file, profile)
    rows = list(survey.again())[:2_500]
    assert compare(profile, survey.header, rows, today) > 2_000
