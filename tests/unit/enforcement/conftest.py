"""What tests of the customs field share: the shipped code lists, a clean case, the folder of test data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures.model import blank
from tests.unit.enforcement.store_of_cases import store_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from enforcement.codelists.model import CodeLists
    from tests.unit.enforcement.store_of_cases import Store

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def lists() -> CodeLists:
    return load_shipped()


@pytest.fixture
def today() -> date:
    return date(2026, 1, 15)


@pytest.fixture
def case(lists: CodeLists) -> dict[str, Any]:
    """A clean case of one line; tests change one thing in it."""
    payload = blank("BR", lists.edition)
    quantity = {
        "amount": Decimal(1027),
        "unit": "GRM",
        "accuracy": "measured",
        "weight_basis": "net",
        "converted_amount": Decimal("1.027"),
        "converted_unit": "KGM",
    }
    line = {
        "section": "drugs",
        "stream": "cocaine",
        "commodity": "cocaine",
        "hs_code": "",
        "quantities": [quantity],
        "values": [],
        "attributes": [],
    }
    payload |= {"reference": "2025/0001", "date": date(2025, 3, 4), "direction": "import", "lines": [line]}
    payload["place"] |= {"location_type": "airport", "name": "Guarulhos", "locode": "BRGRU"}
    payload["route"] = [
        {"role": "departure", "country": "CO", "name": "", "locode": "COBOG"},
        {"role": "destination", "country": "BR", "name": "", "locode": ""},
    ]
    return payload


@pytest.fixture(scope="session")
def brazilian_file() -> Path:
    """The real file; never copied into the project."""
    path = DATA / "brazil_pf_seizures" / "PF_Apreensoes_Portos_Aeroportos.csv"
    if not path.exists():
        pytest.skip("../shared/data/brazil_pf_seizures is not on this machine: the real file cannot be imported")
    return path


@pytest.fixture
def store(tmp_path: Path, new_database: Callable[[str], str], case: dict[str, Any]) -> Iterator[Store]:
    """An empty store of the hub, on both databases."""
    with store_of(tmp_path / "federation", new_database, case) as made:
        yield made
