"""What holds of the rules whatever a case says."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcement.codelists.store import load_shipped
from enforcement.seizures.fields import RECORDS
from enforcement.seizures.model import Case as Whole
from enforcement.seizures.model import blank
from enforcement.seizures.rules import RULES, check, check_all
from enforcement.seizures.rules.findings import MAX_FOUND, MAX_SHOWN_CHARACTERS
from enforcement.seizures.rules.phrases import LANGUAGES
from enforcement.simulation.world import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

LISTS = load_shipped()
TODAY = date(2026, 1, 15)
FOREIGN = "\N{GREEK CAPITAL LETTER OMEGA}"  # in no code list, label or sentence: what of a sentence came from the payload
CODES = sorted({code for codes in LISTS.valid.values() for code in codes})
calm = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.one_of(
    st.sampled_from(
        ["", "", "unknown", "FULL", "seizure", "BR", "CO", "import", "transit", "operation:X", "9 mm", "Manis javanica", "0", "240220"]
    ),
    st.sampled_from(CODES),
    st.text(max_size=30),
    st.integers(1, 4_100).map(lambda length: FOREIGN * length),
)
amounts = st.one_of(
    st.sampled_from([Decimal(0), Decimal(1), Decimal("2.5"), Decimal(10) ** 17]),
    st.decimals(min_value=Decimal(-(10**17)), max_value=Decimal(10**17), places=6, allow_nan=False, allow_infinity=False),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "int": st.one_of(st.integers(-3, 3), st.integers(-(2**31), 2**31 - 1)),
    "date": st.dates(),
    "Decimal": amounts,
}


def record(kind: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Whatever the schema admits in a record."""
    return st.fixed_dictionaries({name: value(name, str(field.type)) for name, field in kind.__dataclass_fields__.items()})


def value(name: str, kind: str) -> st.SearchStrategy[Any]:
    if name in RECORDS:
        return st.lists(record(RECORDS[name]), max_size=3)
    if name == "coordinates":
        return st.lists(st.floats(), max_size=3)
    if name == "place":
        return record(type(Whole.from_payload({**blank("BR", "1"), "date": TODAY}).place))
    return st.lists(texts, max_size=4) if kind.startswith("tuple") else VALUES[kind]


cases = record(Whole)
clean = st.sampled_from(list(simulate(("BR", "KE", "US", "FR"), 300, 11, 2025)))


@st.composite
def nearly_clean(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Any]:
    """A clean case in which a few fields were changed: what officers send."""
    case: dict[str, Any] = copy.deepcopy(draw(clean))
    for name in draw(st.lists(st.sampled_from(sorted(case)), max_size=3, unique=True)):
        case[name] = draw(value(name, str(Whole.__dataclass_fields__[name].type)))
    return case


anything = st.one_of(cases, nearly_clean())


@calm
@given(anything)
def test_no_case_that_the_schema_admits_stops_the_rules(case: dict[str, Any]) -> None:
    found = check(case, LISTS, TODAY)
    told: dict[str, int] = {}
    for one in found:
        told[one.code] = told.get(one.code, 0) + 1
        for language in LANGUAGES:
            assert one.text(language).count(FOREIGN) <= MAX_SHOWN_CHARACTERS
            assert one.text(language).isprintable()
    assert all(count <= MAX_FOUND for count in told.values())


@calm
@given(anything)
def test_gates_hide_nothing_and_the_same_case_is_told_the_same(case: dict[str, Any]) -> None:
    before = copy.deepcopy(case)
    wanted = [(one.code, one.field, one.text()) for one in check_all(case, LISTS, TODAY)]
    for _ in range(3):
        assert [(one.code, one.field, one.text()) for one in check(case, LISTS, TODAY)] == wanted
    assert case == before


@calm
@given(st.lists(nearly_clean(), min_size=2, max_size=12))
def test_what_was_right_in_one_case_does_not_excuse_another(many: list[dict[str, Any]]) -> None:
    for case in many:
        assert [one.reason() for one in check(case, LISTS, TODAY)] == [one.reason() for one in check_all(case, LISTS, TODAY)]


@calm
@given(nearly_clean(), st.sampled_from(["picture", "time", "carrier"]))
def test_an_unrelated_field_changes_no_other_finding(case: dict[str, Any], added: str) -> None:
    case |= {"time": "", "transport": [], "picture_hashes": []}
    before = [one.reason() for one in check(case, LISTS, TODAY)]
    if added == "picture":
        case["picture_hashes"] = ["ab" * 32]
    elif added == "time":
        case["time"] = "12:30"
    else:
        case["transport"] = [{"carrier": "A carrier", "identifier_kind": "", "identifier": ""}]
    assert [one.reason() for one in check(case, LISTS, TODAY)] == before


@calm
@given(anything)
def test_findings_name_the_fields_that_the_registry_says(case: dict[str, Any]) -> None:
    for one in check_all(case, LISTS, TODAY):
        plain = "".join(part for part in one.field.replace("]", "[").split("[")[::2])
        assert one.rule.fields == ("*",) or plain in one.rule.fields, (one.code, one.field)


def test_simulated_cases_are_clean_for_every_rule() -> None:
    for case in simulate(tuple(LISTS.members), 5_000, 23, 2025):
        assert [one.reason() for one in check_all(case, LISTS, TODAY)] == []
    assert len(RULES) > 60


def _holds(record: dict[str, Any], first: str, second: str) -> bool:
    """Whether a record is filled where a requirement points, read as plainly as it is written."""
    named = {"texts": ("kind", "text"), "attributes": ("name", "value")}.get(first)
    if not second or named is None:
        return bool(record[first][second] if second else record[first])
    return any(one[named[0]] == second and one[named[1]] for one in record[first])


@calm
@given(anything)
def test_the_table_of_requirements_is_read_as_it_is_written(case: dict[str, Any]) -> None:
    wanted = []
    records = [("", case, "all")]
    for number, line in enumerate(case["lines"]):
        known = line["stream"] in LISTS.valid["streams"] and line["stream"] != "unknown"
        records.append((f"lines[{number}].", line, line["stream"] if known else line["section"]))
    for start, part, under in records:
        never = LISTS.requirements.get((case["level"], under, "never"), ())
        wanted += [start + asked.path.removeprefix("lines.") for asked in never if _holds(part, asked.first, asked.second)]
    assert [one.field for one in check_all(case, LISTS, TODAY) if one.code == "field.not-applicable"] == wanted[:MAX_FOUND]
