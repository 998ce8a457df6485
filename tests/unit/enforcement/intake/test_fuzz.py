"""Files never seen before: no traceback, every row accounted for, and no value read otherwise than it is meant without a word."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from enforcement.intake.errors import IntakeError, ProfileError
from enforcement.intake.looking import look
from enforcement.intake.model import Accepted, Rejected
from enforcement.intake.profile import parse_profile
from enforcement.intake.proposing import propose
from enforcement.intake.reading import read_cases
from enforcement.intake.shipped import profile_text, shipped_profiles
from enforcement.intake.traits import Stated
from enforcement.intake.writing import profile_yaml
from tests.unit.enforcement.intake.strange_files import Damage, Meant, Style, Written, damaged, damages, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile
    from enforcement.intake.traits import Look

REAL: Final = Path(__file__).resolve().parents[5] / "shared" / "data" / "brazil_pf_seizures"
MEANT_CODES: Final = {
    "cocaine": "cocaine",
    "Cocaína": "cocaine",
    "COCAÏNE": "cocaine",
    "heroin": "heroin",
    "cannabis-herbal": "cannabis-herbal",
    "haxixe": "cannabis-resin",
}
FIELDS: Final = ("reference", "date", "place.name", "line.commodity", "line.quantity.amount", "line.quantity.unit")
ROUNDS: Final = [pytest.param(60, id="quick"), pytest.param(3_000, id="deep", marks=pytest.mark.faults)]
TODAY: Final = date(2026, 1, 15)
LINES: Final = 25  # of a real file: its dirt begins early, and the damage is what counts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strange")


def rounds(count: int) -> settings:
    """The same examples at every quick run; new ones in a deep one."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    phases = (Phase.explicit, Phase.generate)  # shrinking takes minutes; the note shows the file as it is
    return settings(max_examples=count, deadline=None, derandomize=count < 1000, database=None, suppress_health_check=checks, phases=phases)


def stated_for(told: Look, style: Style) -> Stated:
    """What an officer who knows the source answers to what is open, and to nothing else."""
    names = {one.name for one in told.open}
    return Stated(
        encoding=style.encoding if "encoding" in names and style.encoding in ("iso-8859-1", "windows-1252") else "",
        delimiter=style.delimiter if "delimiter" in names else "",
        header_row=style.title_rows + 1 if "header row" in names else 0,
        header_rows=style.header_rows if "header row" in names else 0,
        decimal_mark=style.decimal if "decimal mark" in names else "",
        thousands_mark={"\u00a0": " "}.get(style.thousands, style.thousands) if "decimal mark" in names else "",
        dates=style.dates if "dates" in names else "",
    )


def looked_at(path: Path, style: Style) -> tuple[Look, Stated]:
    """What is found out when everything that is open is answered."""
    stated = Stated()
    told = look(path, stated)
    for _ in range(4):
        answers = stated_for(told, style)
        if not told.open or answers == Stated():
            break
        merged = {name: getattr(answers, name) or getattr(stated, name) for name in Stated.__slots__}
        stated = Stated(**merged)
        told = look(path, stated)
    return told, stated


def profile_for(told: Look, file: Written, lists: CodeLists) -> Profile:
    """The profile an officer would write by what `look` found, knowing what the columns are."""
    columns = list(told.header)
    by_place = file.style.kind in ("csv", "xlsx")
    named = columns if by_place else list(file.header)
    fields: dict[str, Any] = {target: {"column": column} for target, column in zip(FIELDS, named, strict=False) if column in columns}
    if file.style.unit_in_heading:
        fields["line.quantity.unit"] = {"constant": file.units}
    elif "line.quantity.unit" in fields:
        fields["line.quantity.unit"]["values"] = {"kg": "KGM", "g": "GRM", "l": "LTR"}
    sizes = {"header_row": int(told.value("header row") or 1), "header_rows": int(told.value("header rows") or 1)}
    text = {"encoding": told.value("encoding") or "utf-8", "delimiter": told.value("delimiter")}
    said = {
        "profile": "strange",
        "version": 1,
        "title": "Strange",
        "source": "Tests",
        "administration": "JM",
        "file": {**({} if told.kind == "xlsx" else text), **(sizes if told.kind in ("csv", "xlsx") else {})},
        "dates": told.value("dates"),
        "decimal_mark": told.value("decimal mark") or file.style.decimal,
        "fields": fields,
        "ignored": {name: "none of ours" for name in columns if name not in named[: len(FIELDS)]},
    }
    if told.value("thousands mark"):
        said["thousands_mark"] = told.value("thousands mark")
    return parse_profile(yaml.safe_dump(said, allow_unicode=True).encode(), lists)


def judge(file: Written, told: Look, outcomes: list[Outcome]) -> None:
    """Every row is there once, and what was accepted is what was meant."""
    numbers = [row.number for one in outcomes for row in one.source]
    assert len(numbers) == len(set(numbers)) == len(file.rows) + len(file.totals)
    changed = {"formula_total"} if file.style.formula_total else set()
    for one, meant in zip(outcomes, file.rows, strict=False):
        assert isinstance(one, (Accepted, Rejected))
        if isinstance(one, Rejected):
            assert all(problem.rule and problem.text for problem in one.problems)
            continue
        assert one.payload["reference"] == meant.number
        assert one.payload["date"] == meant.day
        line = one.payload["lines"][0]
        assert line["commodity"] == MEANT_CODES[meant.goods]
        assert line["quantities"][0]["unit"] == meant.unit
        assert line["quantities"][0]["amount"] == meant.amount or changed
    assert all(isinstance(one, Rejected) for one in outcomes[len(file.rows) :]), "a total became a case"
    if file.style.kind == "xlsx" and file.style.merged and len(file.rows) > 1 and not file.style.blank_between:
        assert any("Merged" in sentence for sentence in told.notes)


@pytest.mark.parametrize("count", ROUNDS)
def test_what_is_accepted_is_what_was_meant(count: int, folder: Path, lists: CodeLists) -> None:
    @rounds(count)
    @given(written())
    def run(file: Written) -> None:
        path = file.write(folder)
        try:
            told, _ = looked_at(path, file.style)
            note("\n".join(f"{one.name}: {one.value!r} {one.evidence}" for one in told.traits))
            if told.no_cases or told.open:
                return
            proposal(told, file, lists)
            profile = profile_for(told, file, lists)
            outcomes = list(read_cases(path, profile, lists, TODAY))
        except IntakeError as refused:
            tells_what_to_do(refused)
            return
        judge(file, told, outcomes)

    run()


def proposal(told: Look, file: Written, lists: CodeLists) -> None:
    """A proposal is YAML that can be completed, and sure of nothing that is wrong."""
    made = propose(told, lists)
    yaml.safe_load(profile_yaml(made, "JM"))
    columns = list(told.header) if file.style.kind in ("csv", "xlsx") else list(file.header)
    truth = dict(zip(FIELDS, columns, strict=False))
    for one in made.fields:
        if one.sure and one.column and one.target in ("date", "line.commodity", "line.quantity.amount", "line.quantity.unit"):
            assert one.column == truth.get(one.target), one


def survives(path: Path, profiles: Sequence[Profile], lists: CodeLists) -> None:
    """Everything that an officer may do with a file, in turn; each step works or refuses with a code and the next step."""
    with refused_well():
        told = look(path)
        json.dumps(told.record())
        text = profile_yaml(propose(told, lists), "BR")
        assert yaml.safe_load(text)
    for profile in profiles:
        with refused_well():
            judged = list(read_cases(path, profile, lists, TODAY))
            numbers = [row.number for one in judged for row in one.source]
            assert len(numbers) == len(set(numbers)), "a row was counted twice"


def tells_what_to_do(refused: IntakeError) -> None:
    assert refused.code.startswith("intake.")
    assert refused.next_step
    assert str(refused)


@contextmanager
def refused_well() -> Iterator[None]:
    try:
        yield
    except IntakeError as refused:
        tells_what_to_do(refused)


def samples() -> Iterator[bytes]:
    """The beginnings of real files where they are, and one file of each kind."""
    for path in sorted(REAL.glob("*.csv")):
        yield b"".join(path.read_bytes().splitlines(keepends=True)[:LINES])
    for kind in ("csv", "xlsx", "json objects", "json lists", "json strings", "ndjson"):
        yield sample(kind).content()


def sample(kind: str) -> Written:
    """A small clean file."""
    rows = [Meant(f"JM-{number}", date(2024, 3, 11 + number), "Kingston", "cocaine", Decimal(number) / 4, "KGM") for number in range(1, 9)]
    return Written(Style(kind=kind, typed=True), tuple(rows), ("Total",))


@pytest.fixture(scope="module")
def profiles(lists: CodeLists, tmp_path_factory: pytest.TempPathFactory) -> tuple[Profile, ...]:
    """The shipped profiles, and one for the small clean file of each kind."""
    made = [parse_profile(profile_text(name).encode(), lists) for name in shipped_profiles()]
    for kind in ("csv", "xlsx", "json objects"):
        file = sample(kind)
        told, _ = looked_at(file.write(tmp_path_factory.mktemp("sample")), file.style)
        made.append(profile_for(told, file, lists))
    return tuple(made)


@pytest.mark.parametrize("count", [pytest.param(120, id="quick"), pytest.param(8_000, id="deep", marks=pytest.mark.faults)])
def test_a_damaged_file_is_read_or_refused(count: int, folder: Path, lists: CodeLists, profiles: tuple[Profile, ...]) -> None:
    path, known = folder / "damaged", list(samples())

    @rounds(count)
    @given(st.sampled_from(known), damages, st.booleans())
    def run(data: bytes, done: list[Damage], inside: bool) -> None:  # noqa: FBT001
        path.write_bytes(damaged_inside(data, done) if inside and data.startswith(b"PK") else damaged(data, done))
        survives(path, profiles, lists)

    run()


def damaged_inside(data: bytes, done: list[Damage]) -> bytes:
    """A workbook whose parts are damaged, in an archive that is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as made:
        for number, name in enumerate(sorted(source.namelist())):
            content = source.read(name)
            hit = [one for place, one in enumerate(done) if name.endswith(("sheet1.xml", "Strings.xml")) or place == number]
            made.writestr(name, damaged(content, hit))
    return out.getvalue()


@pytest.mark.parametrize("count", ROUNDS)
def test_a_damaged_profile_is_used_or_refused(count: int, lists: CodeLists) -> None:
    known = [profile_text(name).encode() for name in shipped_profiles()]

    @rounds(count)
    @given(st.sampled_from(known), damages)
    def run(data: bytes, done: list[Damage]) -> None:
        try:
            parse_profile(damaged(data, done), lists)
        except ProfileError as refused:
            tells_what_to_do(refused)

    run()
