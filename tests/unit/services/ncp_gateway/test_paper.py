"""Forms to fill in by hand and receipts to show: every word in three languages, what is printed is what was signed, and can be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.intake.forms import LISTED, SHORT, form_data
from enforcement.intake.receipts import NOT_TOLD, NotSigned, ReceiptUnknown, label_of, receipt_data, receipt_of, where_told
from enforcement.intake.record import leaves, schema
from enforcement.intake.template_words import LANGUAGES
from enforcement.intake.templates import Wanted, columns_of
from enforcement.seizures.queries import UnknownCase
from liaison.access.permissions import NotPermitted, Role
from liaison.console.printing import FileThere, FileUnwritable

if TYPE_CHECKING:
    from pathlib import Path

NCP = "ncp.br"
ROW = 'A-1;2025-03-05;airport;cocaine;12,5;"in a box of #[tea] *and* $x$"'
LISTS = load_shipped()


def words_of(data: Any) -> list[str]:
    """Every text in it."""
    if isinstance(data, str):
        return [data]
    return [text for one in (data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()) for text in words_of(one)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", ["all", *sorted(LISTS.valid["sections"])])
def test_a_form_asks_what_its_template_asks(section: str, language: str) -> None:
    wanted = Wanted("BR", section, "FULL", language)
    data, columns = form_data(wanted, LISTS), columns_of(wanted, LISTS)
    asked = [one for part in ("case", "goods", "texts") for one in data[part]["fields"]]
    assert {one["label"] for one in asked} == {one.label for one in columns}
    by_label = {one["label"]: one for one in asked}
    listed = {item for one in data["lists"] for group in one["groups"] for item in group["items"]}
    for column in columns:
        shown = by_label[column.label]
        assert shown["mark"].strip() == column.heading.removeprefix(column.label).strip()
        if column.target == "line.commodity" or (column.target == "line.quantity.unit" and len(column.values) <= LISTED):
            assert set(column.values) <= listed
        elif 0 < len(column.values) <= SHORT:
            assert shown["options"] == list(column.values)
        else:
            assert shown["options"] == []
    assert all(words_of(data["notes"]))


def test_forms_in_three_languages_differ_in_every_heading() -> None:
    made = [form_data(Wanted("BR", "drugs", "FULL", language), LISTS) for language in LANGUAGES]
    for name in ("title", "section", "footer"):
        assert len({one[name] for one in made}) == 3, name
    for part in ("paper", "case", "goods", "texts"):
        assert len({one[part]["title"] for one in made}) == 3, part


@pytest.fixture
def receipt(offices: Any) -> Any:
    offices.bring(ROW)
    return offices.ok(NCP, "seizures", "receipt", "A-1")


def test_a_receipt_names_what_was_signed_and_is_known_again(offices: Any, receipt: Any) -> None:
    event = offices.ok(NCP, "seizures", "list")[0]["event_id"]
    assert (receipt["event_id"], receipt["state"], receipt["version"]) == (event, "validated", 1)
    again = offices.ok(NCP, "seizures", "receipt", "A-1", "--check", receipt["fingerprint"].upper().replace(" ", ""))
    assert (again["genuine"], again["fingerprint"]) == (True, receipt["fingerprint"])
    offices.bring(ROW.replace("12,5", "13"))
    old = offices.run(NCP, "seizures", "receipt", "A-1", "--check", receipt["fingerprint"])
    assert "Genuine: A-1 version 1" in old.out
    assert "stands as superseded now" in " ".join(old.out.split())
    new = offices.ok(NCP, "seizures", "receipt", "A-1")
    assert new["version"] == 2
    assert new["fingerprint"] != receipt["fingerprint"]
    assert offices.audited(NCP, "seizures.list")


def test_a_changed_digit_or_another_case_is_no_receipt(offices: Any, receipt: Any) -> None:
    offices.bring("A-2;2025-03-06;port;heroin;0,25;")
    wrong = receipt["fingerprint"][:-1] + ("0" if receipt["fingerprint"][-1] != "0" else "1")
    for words in (("A-1", "--check", wrong), ("A-2", "--check", receipt["fingerprint"]), ("A-1", "--check", "x" * 9_000)):
        assert isinstance(offices.run(NCP, "seizures", "receipt", *words).error, ReceiptUnknown)
    assert isinstance(offices.run(NCP, "seizures", "receipt", "A-9").error, UnknownCase)
    assert isinstance(offices.run(NCP, "seizures", "receipt", "A-1", "--version", "7").error, UnknownCase)


def test_what_is_not_signed_has_no_receipt(offices: Any) -> None:
    offices.bring(ROW, submit=False)
    assert isinstance(offices.run(NCP, "seizures", "receipt", "A-1").error, NotSigned)
    offices.ok(NCP, "seizures", "import", str(offices.file("H-1;2012-03-05;port;heroin;1;")), "--profile", offices.profile, "--historical")
    assert isinstance(offices.run(NCP, "seizures", "receipt", "H-1").error, NotSigned)


def test_a_receipt_says_every_field_in_words_and_the_way_to_check_it(offices: Any, receipt: Any) -> None:
    for language in LANGUAGES:
        with offices.federation[NCP].desk().looking("seizures.list") as tx:
            data = receipt_data(receipt_of(tx, ("BR", "A-1")), LISTS, language, ("ncp.br", offices.federation.clock.now()))
        told = words_of(data)
        assert receipt["fingerprint"] in told
        assert f"liaison verify {receipt['event_id']}" in told
        assert {"in a box of #[tea] *and* $x$", LISTS.label("commodities", "cocaine", language) + " (cocaine)"} <= set(told)
        assert receipt["header"] in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_the_record_has_a_name_on_a_receipt(language: str) -> None:
    case = {
        "texts": [{"kind": "modus-operandi", "text": ""}],
        "route": [{"role": "departure"}],
        "lines": [{"attributes": [{"name": "brand"}]}],
    }
    for path, _ in leaves(schema()):
        numbered = path.replace("texts", "texts[0]").replace("route", "route[0]").replace("lines", "lines[0]")
        _, target = where_told(numbered.replace("attributes", "attributes[0]"), case)
        if target and path not in NOT_TOLD:
            assert label_of(target, LISTS, language) != target, path


@pytest.mark.parametrize("words", [("form", "--section", "drugs", "--language", "fr"), ("receipt", "A-1", "--language", "es")])
def test_what_is_printed_is_a_pdf_and_no_file_is_written_over(offices: Any, words: tuple[str, ...]) -> None:
    pytest.importorskip("typst", reason="the locked packages are not all installed here: `make setup`")
    offices.bring(ROW)
    out: Path = offices.folder / "out.pdf"
    offices.ok(NCP, "seizures", *words, "--out", str(out))
    made = out.read_bytes()
    assert made.startswith(b"%PDF-")
    assert isinstance(offices.run(NCP, "seizures", *words, "--out", str(out)).error, FileThere)
    assert isinstance(offices.run(NCP, "seizures", *words, "--out", str(out.with_suffix(".txt"))).error, FileUnwritable)
    assert isinstance(offices.run(NCP, "seizures", *words, "--out", str(offices.folder / "none" / "a.pdf")).error, FileUnwritable)
    second = out.with_name("again.pdf")
    offices.ok(NCP, "seizures", *words, "--out", str(second))
    assert second.read_bytes() == made


def test_who_may_print(offices: Any) -> None:
    offices.roles = (Role.ADMINISTRATOR,)
    for words in (("form", "--out", str(offices.folder / "a.pdf")), ("receipt", "A-1")):
        assert isinstance(offices.run(NCP, "seizures", *words).error, NotPermitted)
