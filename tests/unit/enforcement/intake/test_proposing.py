"""A proposed profile says how certain each line is, is sure of nothing that likeness alone tells, and can be completed and used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from enforcement.intake.errors import AggregateError, ProfileError, UnstatedError
from enforcement.intake.looking import look
from enforcement.intake.model import Accepted
from enforcement.intake.profile import parse_profile
from enforcement.intake.profile_schema import profile_schema
from enforcement.intake.proposing import Proposal, propose
from enforcement.intake.reading import read_cases
from enforcement.intake.shipped import profile_text, shipped_profiles
from enforcement.intake.targets import TARGETS
from enforcement.intake.traits import Stated
from enforcement.intake.writing import profile_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from enforcement.codelists.model import CodeLists

ROWS = (
    "N;13/03/2025;GRU;Cocaína;1,5;kg;entrada",
    "O;14/03/2025;GIG;haxixe;2;kg;salida",
    "P;15/03/2025;BRSSZ;heroin;3,25;kg;entrada",
    "Q;16/03/2025;REC;psilocina;4;kg;entrada",
)
HEADER = "expediente;fecha;código do aeroporto;mercancía;cantidad;unidad;flujo"


def proposed(tmp_path: Path, lists: CodeLists, *rows: str, header: str = HEADER, stated: Stated | None = None) -> Proposal:
    path = tmp_path / "theirs.csv"
    path.write_text("\n".join([header, *(rows or ROWS), ""]), "utf-8")
    return propose(look(path, stated), lists)


def fields(made: Proposal) -> dict[str, Any]:
    return {one.target: one for one in made.fields if one.sure}


def test_headings_and_values_in_other_languages_are_known(tmp_path: Path, lists: CodeLists) -> None:
    sure = fields(proposed(tmp_path, lists))
    columns = {target: one.column for target, one in sure.items()}
    assert columns == {
        "reference": "expediente",
        "date": "fecha",
        "place.locode": "código do aeroporto",
        "line.commodity": "mercancía",
        "line.attribute.reported-as": "mercancía",
        "line.quantity.amount": "cantidad",
        "line.quantity.unit": "unidad",
        "direction": "flujo",
    }
    assert sure["place.locode"].lookup == "places"
    meant = {value: one.meant for value, one in sure["line.commodity"].values.items() if one.sure}
    assert meant == {"Cocaína": "cocaine", "haxixe": "cannabis-resin", "heroin": "heroin"}


def test_likeness_alone_is_never_certain_and_what_is_near_is_named(tmp_path: Path, lists: CodeLists) -> None:
    """Psilocin is not psilocybin, however alike the words are."""
    made = proposed(tmp_path, lists)
    found = fields(made)["line.commodity"].values["psilocina"]
    assert not found.sure
    assert "psilocybin" in found.near
    text = profile_yaml(made, "BR")
    assert re.search(r'# "psilocina":   # perhaps psilocybin(, [a-z-]+){0,3}\n', text)


def test_a_column_that_is_only_called_one_of_places_is_left_to_a_person(tmp_path: Path, lists: CodeLists) -> None:
    made = proposed(
        tmp_path,
        lists,
        *(row.replace("GRU", "Pier").replace("GIG", "Gate").replace("REC", "Shed").replace("BRSSZ", "Ship") for row in ROWS),
    )
    (place,) = [one for one in made.fields if one.target == "place.locode"]
    assert not place.sure
    assert "none of its values is one of the codes known here (57 airports and ports of BR)" in place.reason


def test_few_codes_with_a_wrong_one_among_them_are_codes_and_no_names(tmp_path: Path, lists: CodeLists) -> None:
    """Read as names, BRQQQ would come in without a word and lie nowhere."""
    header, rows = HEADER.replace("código do aeroporto", "place"), [ROWS[0].replace("GRU", "BRSSZ"), ROWS[1].replace("GIG", "BRQQQ")]
    place = fields(proposed(tmp_path, lists, *rows, header=header))["place.locode"]
    assert (place.column, place.lookup) == ("place", "places")
    assert "all of its 2 values are formed as UN/LOCODEs, 1 are known here" in place.reason
    names = [rows[0].replace("BRSSZ", "PARIS"), rows[1].replace("BRQQQ", "LAGOS")]
    assert "place.locode" not in fields(proposed(tmp_path, lists, *names, header=header))


def test_two_columns_of_dates_are_asked_about(tmp_path: Path, lists: CodeLists) -> None:
    rows = [f"{row};{17 + number}/03/2025" for number, row in enumerate(ROWS)]
    made = proposed(tmp_path, lists, *rows, header=HEADER.replace("fecha", "F2") + ";F8")
    (day,) = [one for one in made.fields if one.target == "date"]
    assert not day.sure
    assert "'F8'" in day.reason


def test_a_reference_over_several_rows_makes_its_rows_lines_of_one_case(tmp_path: Path, lists: CodeLists, today: date) -> None:
    made = proposed(tmp_path, lists, *ROWS, ROWS[0].replace("Cocaína", "heroin"))
    text = profile_yaml(made, "BR").replace('# "psilocina":', '"psilocina": psilocybin')
    assert "\ncases: by-reference\n" in text
    outcomes = list(read_cases(tmp_path / "theirs.csv", parse_profile(text.encode(), lists), lists, today))
    assert sum(len(one.source) for one in outcomes) == 5
    assert sorted(len(one.payload["lines"]) for one in outcomes if isinstance(one, Accepted)) == [1, 1, 1, 2]


def test_totals_and_open_questions_end_in_no_proposal(tmp_path: Path, lists: CodeLists) -> None:
    totals = [f"{state};01/{month:02}/2025;{month * 7}" for state in ("AC", "AM") for month in range(1, 13)]
    with pytest.raises(AggregateError):
        proposed(tmp_path, lists, *totals, header="uf;referencia;total")
    with pytest.raises(UnstatedError, match="--delimiter"):
        proposed(tmp_path, lists, "1,2;3,4;5,6", "7,8;9,1;2,3", header="a,b;c,d;e,f")


def test_an_open_order_of_dates_is_a_comment_and_the_profile_is_refused_until_it_is_stated(tmp_path: Path, lists: CodeLists) -> None:
    rows = [row.replace("13/", "03/").replace("14/", "04/").replace("15/", "05/").replace("16/", "06/") for row in ROWS]
    text = profile_yaml(proposed(tmp_path, lists, *rows), "BR")
    assert "# dates:   # to be stated" in text
    with pytest.raises(ProfileError, match="dates"):
        parse_profile(text.encode(), lists)
    stated = profile_yaml(proposed(tmp_path, lists, *rows, stated=Stated(dates="DD/MM/YYYY")), "BR")
    assert parse_profile(stated.encode(), lists).date_format == "%d/%m/%Y"


def fits(value: object, schema: dict[str, Any], root: dict[str, Any] | None = None) -> bool:
    """Whether a value fits a schema: the few words of JSON Schema that ours uses."""
    root = root or schema
    kinds: dict[str, Any] = {"object": dict, "string": str, "integer": int}
    checks: dict[str, Callable[[Any], bool]] = {
        "type": lambda want: isinstance(value, kinds[want]),
        "enum": lambda want: value in want,
        "const": lambda want: value == want,
        "pattern": lambda want: isinstance(value, str) and re.search(want, value) is not None,
        "minimum": lambda want: isinstance(value, int) and value >= want,
        "maximum": lambda want: isinstance(value, int) and value <= want,
        "minLength": lambda want: isinstance(value, str) and len(value) >= want,
        "maxLength": lambda want: isinstance(value, str) and len(value) <= want,
        "minProperties": lambda want: isinstance(value, dict) and len(value) >= want,
        "required": lambda want: isinstance(value, dict) and set(want) <= set(value),
        "$ref": lambda want: fits(value, root["$defs"][want.removeprefix("#/$defs/")], root),
        "oneOf": lambda want: sum(fits(value, one, root) for one in want) == 1,
        "properties": lambda want: isinstance(value, dict) and all(fits(one, want[key], root) for key, one in value.items() if key in want),
        "additionalProperties": lambda want: (
            isinstance(value, dict)
            and all(want is not False and fits(one, want, root) for key, one in value.items() if key not in schema.get("properties", {}))
        ),
    }
    known = {"$schema", "$defs", "title", "description", "default"}
    return all(checks[word](want) for word, want in schema.items() if word not in known)


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_fit_the_schema_and_broken_ones_do_not(name: str, lists: CodeLists) -> None:
    schema = profile_schema(lists)
    profile = yaml.safe_load(profile_text(name))
    assert fits(profile, schema)
    for change in ({"dates": "DMY"}, {"strange": 1}, {"version": 0}, {"administration": "XX"}, {"decimal_mark": ";"}):
        assert not fits({**profile, **change}, schema), change
    for broken in ({"column": "a", "constant": "b"}, {"column": "a", "lookup": "people"}, {"column": "a", "values": {"x": "no-such-code"}}):
        assert not fits({**profile, "fields": {**profile["fields"], "direction": broken}}, schema), broken


def test_the_schema_knows_every_field_and_the_codes_of_coded_ones(lists: CodeLists) -> None:
    schema = profile_schema(lists)
    known, codes = schema["properties"]["fields"]["properties"], schema["$defs"]
    assert set(TARGETS) <= set(known)
    assert known["line.attribute.cites-appendix"]["properties"]["constant"] == {"$ref": "#/$defs/cites"}
    assert known["direction"]["properties"]["values"]["additionalProperties"] == {"$ref": "#/$defs/directions"}
    assert codes["cites"]["enum"] == list(lists.codes("cites"))
    assert codes["directions"]["enum"] == list(lists.codes("directions"))


def test_a_proposal_fits_the_schema(tmp_path: Path, lists: CodeLists) -> None:
    assert fits(yaml.safe_load(profile_yaml(proposed(tmp_path, lists), "BR")), profile_schema(lists))
