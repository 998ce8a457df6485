"""National values stay in their node: encrypted, audited without the values, and nothing that holds them leaves."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from enforcement.seizures.national import NATIONAL_GUARDS, NationalTables, NationalValue, add_national, national_values, spelt_out
from liaison.access.permissions import NotPermitted, Role
from liaison.adapters.keys import SealBroken
from liaison.protocol.errors import EgressRefused, LiaisonError
from services.ncp_gateway.reporting import draft_case, draft_of, keep_draft, withdraw_case

if TYPE_CHECKING:
    from collections.abc import Callable

NCP = "ncp.br"
KEY = ("BR", "A-1")
ROW = "A-1;2025-03-05;airport;cocaine;1,5;In a suitcase"
OTHER = "A-2;2025-03-05;airport;cocaine;2;In a bag"
NAME = "João da Silva"
SECRETS = ("silva", "joão", "joao", "AB123456".lower())


def keep(offices: Any, kind: str = "name", value: str = NAME, reference: str = "A-1") -> Any:
    told = offices.run(NCP, "seizures", "national", "set", reference, "--kind", kind, as_json=True, answer=f"{value}\n")
    assert told.code == 0, (told.out, told.error)
    return told


def stored(offices: Any) -> list[dict[str, Any]]:
    node = offices.federation[NCP].node
    with node.parts.database.reading() as connection:
        return [dict(row) for row in connection.execute(select(node.parts.field[NationalTables].values)).mappings()]


def test_values_are_kept_shown_and_forgotten(offices: Any) -> None:
    offices.bring(ROW, submit=False)
    assert keep(offices).json == {"reference": "A-1", "given": 1, "kept": 1, "held_already": []}
    keep(offices, "document", "AB 123456")
    shown = offices.ok(NCP, "seizures", "national", "show", "A-1")
    assert [(row["kind"], row["value"]) for row in shown] == [("name", NAME), ("document", "AB 123456")]
    offices.ok(NCP, "seizures", "national", "remove", "A-1", "--number", "1")
    assert [row["kind"] for row in offices.ok(NCP, "seizures", "national", "show", "A-1")] == ["document"]
    assert offices.run(NCP, "seizures", "national", "remove", "A-1", "--number", "7").error.code == "national.none"
    offices.ok(NCP, "seizures", "national", "remove", "A-1", "--all")
    assert stored(offices) == []
    assert offices.run(NCP, "seizures", "national", "remove", "A-1", "--all").error.code == "national.none"


def test_a_file_of_values_is_kept_and_a_bad_one_is_not_repeated(offices: Any) -> None:
    offices.bring(ROW, submit=False)
    path = offices.folder / "values.csv"
    path.write_text(f"kind,value\nname,{NAME}\nbirth-date,1980-05-12\n", "utf-8")
    assert offices.ok(NCP, "seizures", "national", "set", "A-1", "--from", str(path))["kept"] == 2
    path.write_text(f"kind,value\nperson,{NAME}\n", "utf-8")
    error = offices.run(NCP, "seizures", "national", "set", "A-1", "--from", str(path)).error
    assert error.code == "national.values-file"
    assert NAME not in str(error)


def test_nothing_is_kept_for_a_case_that_is_not_there_or_in_no_kind(offices: Any) -> None:
    assert offices.run(NCP, "seizures", "national", "set", "A-9", "--kind", "name", answer="x y\n").error.code == "seizures.unknown"
    assert offices.run(NCP, "seizures", "national", "set", "A-9", "--kind", "nickname", answer="x\n").code == 2
    assert offices.run(NCP, "seizures", "national", "set", "A-9").code == 2


def test_it_is_encrypted_at_rest_and_in_no_other_output(offices: Any) -> None:
    offices.bring(ROW)
    keep(offices)
    database = offices.federation[NCP].node.parts.database
    raw = b"".join(path.read_bytes() for path in offices.federation.home(NCP).rglob("*") if path.is_file()).lower()
    assert b"suitcase" in raw
    assert b"a-1" in raw
    for secret in SECRETS[:3]:
        assert secret.encode() not in raw
    for words in (("seizures", "show", "A-1"), ("seizures", "list"), ("seizures", "imports")):
        told = offices.run(NCP, *words, as_json=True)
        assert not any(secret in (told.out + told.err).lower() for secret in SECRETS)
    at = offices.federation[NCP].node
    with database.reading() as connection:
        entries = [str(dict(row)).lower() for row in connection.execute(select(at.audit)).mappings()]
    assert not any(secret in entry for secret in SECRETS for entry in entries)
    assert offices.audited(NCP, "seizures.national") == ["A-1"]


def test_only_officers_may(offices: Any) -> None:
    offices.bring(ROW, submit=False)
    keep(offices)
    for roles in ((Role.ANALYST,), (Role.ADMINISTRATOR, Role.AUDITOR), (Role.VERIFIER, Role.RELEASER)):
        offices.roles = roles
        for words in (("show", "A-1"), ("remove", "A-1", "--all"), ("set", "A-1", "--kind", "name")):
            assert isinstance(offices.run(NCP, "seizures", "national", *words, answer="x y\n").error, NotPermitted)


def test_a_case_that_holds_a_value_stays_and_the_others_go(offices: Any) -> None:
    offices.bring(ROW, OTHER, submit=False)
    keep(offices)
    set_text(offices, "A-1", lambda case: case["texts"][0].update(text="Opened before SILVA (joao)"))
    told = offices.ok(NCP, "seizures", "submit", "--all")
    [kept] = told["refused"]
    assert (told["submitted"], kept["code"]) == (1, "egress.refused")
    assert kept["reason"] == "texts[0].text: the name of a person of this case"
    set_text(offices, "A-1", lambda case: case["texts"][0].update(text="Opened before two officers"))
    assert offices.ok(NCP, "seizures", "submit", "--all")["submitted"] == 1


def set_text(offices: Any, reference: str, change: Callable[[dict[str, Any]], object]) -> None:
    with offices.federation[NCP].desk().acting("seizures.import") as tx:
        case = draft_case(tx, draft_of(tx, ("BR", reference)))
        change(case)
        keep_draft(tx, case)


def test_what_is_there_already_is_told_when_a_value_is_kept(offices: Any) -> None:
    offices.bring("A-1;2025-03-05;airport;cocaine;1,5;Opened by joao silva again", submit=False)
    held = keep(offices).json["held_already"]
    assert held == [{"version": 1, "sent": False, "field": "texts[0].text", "holds": "the name of a person of this case"}]


def paths(payload: Any) -> list[str]:
    """Every place in a payload where a text can stand, empty ones too."""
    full = copy.deepcopy(payload)

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(one) for name, one in value.items()}
        if isinstance(value, list):
            return [fill(one) for one in value]
        return value if not isinstance(value, str) else "x"

    return [path for path, _ in spelt_out(fill(full))]


def put(payload: Any, path: str, value: str) -> None:
    steps = path.replace("]", "").replace("[", ".").split(".")
    for step in steps[:-1]:
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    if isinstance(payload, list):
        payload[int(steps[-1])] = value
    else:
        payload[steps[-1]] = value


def test_no_text_of_a_case_carries_a_value_out(offices: Any) -> None:
    offices.bring(ROW, submit=False)
    keep(offices)
    with offices.federation[NCP].desk().acting("seizures.submit") as tx:
        case = draft_case(tx, draft_of(tx, KEY))
        case["transport"] = [{"carrier": "", "identifier_kind": "", "identifier": ""}]
        case["route"] = [{"role": "transit", "country": "CO", "name": "", "locode": ""}]
        case["picture_hashes"], case["detection_means"] = [""], [""]
        case["lines"][0]["attributes"] = [{"name": "logo", "value": ""}]
        case["lines"][0]["values"] = [{"amount": 1, "currency": "", "basis": ""}]
        places = [path for path in paths(case) if path not in {"administration", "reference"}]
        assert len(places) > 35
        for path in places:
            changed = copy.deepcopy(case)
            put(changed, path, "Silva, João")
            reason = NATIONAL_GUARDS["SeizureReported"](tx, {"case": changed})
            assert reason == f"{path}: the name of a person of this case"
        assert NATIONAL_GUARDS["SeizureReported"](tx, {"case": case}) == ""


def test_no_withdrawal_feedback_or_product_carries_a_value_out(offices: Any) -> None:
    offices.bring(ROW)
    keep(offices)
    with pytest.raises(EgressRefused) as refused, offices.federation[NCP].desk().acting("seizures.withdraw") as tx:
        withdraw_case(tx, KEY, "other", "Was the wrong joao silva")
    assert str(refused.value) == "reason: the name of a person of this case"
    named = {"case_administration": "BR", "case_reference": "A-1"}
    with offices.federation[NCP].desk().looking("seizures.list") as tx:
        assert NATIONAL_GUARDS["FeedbackGiven"](tx, {**named, "note": "Led us to J. Silva"}) == "note: the name of a person of this case"
        assert NATIONAL_GUARDS["FeedbackGiven"](tx, {**named, "note": "Led us to it"}) == ""
        product = {
            "cited_records": [{"administration": "BR", "reference": "A-1"}],
            "title": "",
            "contact": "silva joao",
            "risk_indicators": [],
        }
        assert NATIONAL_GUARDS["ProductReleased"](tx, product) == "contact: the name of a person of this case"


def test_a_case_whose_values_cannot_be_read_stays_and_no_new_key_is_made(offices: Any) -> None:
    offices.bring(ROW, OTHER, submit=False)
    keep(offices)
    key_file = offices.federation.home(NCP) / "keys" / "vault.pem"
    saved = key_file.read_bytes()
    key_file.unlink()
    offices.federation.restart(NCP)
    told = offices.ok(NCP, "seizures", "submit", "--all")
    assert told["submitted"] == 1
    assert "keys.missing" in told["refused"][0]["reason"]
    assert offices.run(NCP, "seizures", "national", "set", "A-2", "--kind", "name", answer=f"{NAME}\n").error.code == "keys.missing"
    assert not key_file.exists()
    key_file.write_bytes(saved)
    key_file.chmod(0o600)
    offices.federation.restart(NCP)
    assert offices.ok(NCP, "seizures", "submit", "--all")["submitted"] == 1


def test_a_row_moved_to_another_case_does_not_open(offices: Any) -> None:
    offices.bring(ROW, OTHER, submit=False)
    keep(offices)
    with offices.federation[NCP].desk().acting("seizures.national") as tx:
        table = tx.of(NationalTables).values
        tx.execute(table.update().values(reference="A-2"))
        with pytest.raises(SealBroken):
            national_values(tx, ("BR", "A-2"))


def test_a_value_shows_itself_in_no_traceback(offices: Any) -> None:
    assert NAME not in repr(NationalValue("name", NAME))
    offices.bring(ROW, submit=False)
    with offices.federation[NCP].desk().acting("seizures.national") as tx:
        with pytest.raises(LiaisonError) as refused:
            add_national(tx, KEY, [NationalValue("name", NAME * 100)])
        assert "Silva" not in str(refused.value)
