"""Down and back up: a product leaves its office, contact points read and answer it, the issuer sees what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intelligence import actions
from enforcement.intelligence.document import document_of, effect_lines
from enforcement.intelligence.errors import (
    FeedbackRefusedError,
    NotAnOfficeError,
    ProductIncompleteError,
    ProductStateError,
    ProductUnknownError,
)
from enforcement.intelligence.feedback import feedback_on
from enforcement.intelligence.model import Citation, Product
from enforcement.intelligence.store import ProductFilter, content_of, find_product, list_products
from enforcement.seizures.store import DRAFT as CASE_DRAFT
from enforcement.seizures.store import SeizureTables
from liaison.access.permissions import NotPermitted, Role, SamePerson

AUTHOR, RELEASER, READER = "u-0000000a", "u-0000000b", "u-0000000c"

if TYPE_CHECKING:
    from tests.unit.enforcement.intelligence.conftest import Offices


def effect(offices: Offices, node: str, number: str) -> dict[str, Any]:
    with offices.desk(node).looking("alerts.list") as tx:
        return effect_lines(tx, [find_product(tx, number)])[0]


def read(offices: Offices, node: str, number: str, user: str = READER) -> bool:
    with offices.desk(node, user).acting("alerts.read") as tx:
        return actions.mark_read(tx, find_product(tx, number)["product_id"])


def answer(offices: Offices, node: str, number: str, kind: str, **more: Any) -> bool:
    with offices.desk(node, READER).acting("alerts.feedback") as tx:
        return actions.give_feedback(tx, find_product(tx, number)["product_id"], kind, **more)


def quarantined(offices: Offices, node: str) -> list[str]:
    with offices.desk(node).looking("quarantine.list") as tx:
        return [row["detail"] for row in tx.rows(tx.around.tables.quarantine.select())]


# --- the main job -------------------------------------------------------------------------------------------------------


def test_a_regional_alert_goes_down_and_its_feedback_comes_back(world: Offices, product: Product) -> None:
    number = world.release("rilo.sa", product)
    assert number == "A/rilo.sa/2026/0001"
    world.settle()
    row = world.find("ncp.br", number)
    assert (row["state"], row["author"], row["releaser"]) == ("released", AUTHOR, RELEASER)
    got = content_of(row)
    assert got.title == product.title
    assert got.cited_records == (Citation("BR", "2026-0815", "verified", "", "ncp.br", b"\x07" * 16),)
    for node in ("rilo.car", "wco.hub", "ncp.us"):
        with pytest.raises(ProductUnknownError):
            world.find(node, number)

    world.federation.clock.advance(timedelta(hours=2, minutes=5))
    assert read(world, "ncp.br", number)
    assert answer(world, "ncp.br", number, "hit", case=("BR", "2026-0815"))
    assert answer(world, "ncp.cl", number, "not-useful", note="We have no such terminals.")
    world.settle()
    line = effect(world, "rilo.sa", number)
    assert (line["audience"], line["received"], line["read"], line["hits"], line["not_useful"]) == (2, 2, 1, 1, 1)
    assert line["first_read_after"] == "2 h 5 min"
    with world.desk("rilo.sa").looking("alerts.list") as tx:
        answers = {(row["giver"], row["kind"]): row for row in feedback_on(tx, "rilo.sa", number, 1)}
    assert (answers["ncp.br", "hit"]["case_administration"], answers["ncp.br", "hit"]["case_reference"]) == ("BR", "2026-0815")
    assert answers["ncp.cl", "not-useful"]["note"] == "We have no such terminals."
    assert not any(quarantined(world, node) for node in world.federation.nodes)


def test_a_global_alert_reaches_all_and_feedback_is_relayed_with_the_givers_evidence(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    world.settle()
    for node in ("ncp.br", "ncp.cl", "ncp.us", "rilo.sa", "rilo.car"):
        assert world.find(node, number)["state"] == "released"
    assert read(world, "ncp.br", number)
    assert answer(world, "ncp.br", number, "hit", case=("BR", "2026-0815"))
    assert read(world, "ncp.us", number)
    world.settle(minutes=1)
    line = effect(world, "wco.hub", number)
    assert (line["audience"], line["received"], line["read"], line["hits"]) == (3, 3, 2, 1)
    with world.desk("wco.hub").looking("alerts.list") as tx:
        answers = {(row["giver"], row["kind"]): row["relayed_by"] for row in feedback_on(tx, "wco.hub", number, 1)}
    assert answers["ncp.br", "hit"] == "rilo.sa"
    assert answers["ncp.us", "read"] == ""  # its own office is the issuer
    assert not any(quarantined(world, node) for node in world.federation.nodes)


def test_a_regional_product_is_relayed_to_everyone_with_its_issuers_signature(world: Offices, product: Product) -> None:
    number = world.release("rilo.sa", product)
    product_id = world.find("rilo.sa", number)["product_id"]
    with world.desk("rilo.sa", RELEASER).acting("alerts.release") as tx, pytest.raises(ProductStateError, match="has not left"):
        actions.relay(tx, product_id)
    world.settle()
    for first in (True, False):
        with world.desk("rilo.sa", RELEASER).acting("alerts.release") as tx:
            assert actions.relay(tx, product_id) is first
    world.settle()
    row = world.find("ncp.us", number)
    assert (row["issuer"], row["releaser"], row["audience"]) == ("rilo.sa", RELEASER, "region")
    assert read(world, "ncp.us", number)
    world.settle()
    line = effect(world, "rilo.sa", number)
    assert (line["audience"], line["received"], line["read"]) == (3, 3, 1)


def test_what_its_originator_controls_is_not_relayed_by_others(world: Offices, product: Product) -> None:
    number = world.release("rilo.sa", replace(product, audience="everyone", originator_control=True))
    world.settle()
    with world.desk("rilo.car", RELEASER).acting("alerts.release") as tx, pytest.raises(ProductStateError):
        actions.relay(tx, find_product(tx, number)["product_id"])


# --- four eyes and states -----------------------------------------------------------------------------------------------


def test_nobody_releases_what_they_wrote_in(office: Offices, product: Product) -> None:
    product_id = office.propose("rilo.sa", product)
    with office.desk("rilo.sa", AUTHOR).acting("alerts.release") as tx, pytest.raises(SamePerson):
        actions.release(tx, product_id)
    with office.desk("rilo.sa", RELEASER).acting("alerts.draft") as tx:  # a colleague mends a word and proposes it again
        actions.edit(tx, product_id, product)
        actions.propose(tx, product_id)
    for user in (AUTHOR, RELEASER):
        with office.desk("rilo.sa", user).acting("alerts.release") as tx, pytest.raises(SamePerson):
            actions.release(tx, product_id)
        with office.desk("rilo.sa", user).acting("alerts.release") as tx, pytest.raises(SamePerson):
            actions.review(tx, product_id)
    with office.desk("rilo.sa", READER).acting("alerts.release") as tx:
        actions.review(tx, product_id)
        assert actions.release(tx, product_id) == "A/rilo.sa/2026/0001"


def test_an_analyst_alone_cannot_release(office: Offices, product: Product) -> None:
    product_id = office.propose("rilo.sa", product)
    with pytest.raises(NotPermitted), office.desk("rilo.sa", RELEASER, Role.ANALYST).acting("alerts.release") as tx:
        actions.release(tx, product_id)


def test_a_draft_is_not_released_without_being_proposed(office: Offices, product: Product) -> None:
    with office.desk("rilo.sa").acting("alerts.draft") as tx:
        product_id = actions.draft_product(tx, product)
    with (
        pytest.raises(ProductStateError, match="draft cannot become released"),
        office.desk("rilo.sa", RELEASER).acting("alerts.release") as tx,
    ):
        actions.release(tx, product_id)


def test_declined_with_a_reason_then_mended(office: Offices, product: Product) -> None:
    product_id = office.propose("rilo.sa", product)
    with office.desk("rilo.sa", RELEASER).acting("alerts.release") as tx:
        with pytest.raises(ProductStateError, match="Say why"):
            actions.decline(tx, product_id, "  ")
        actions.decline(tx, product_id, "The facts do not carry the assessment.")
    assert office.find("rilo.sa", str(product_id))["reason"] == "The facts do not carry the assessment."
    with office.desk("rilo.sa").acting("alerts.draft") as tx:
        actions.edit(tx, product_id, replace(product, likelihood="roughly-even-chance"))
        actions.propose(tx, product_id)
    row = office.find("rilo.sa", str(product_id))
    assert (row["state"], row["reason"]) == ("proposed", "")


def test_what_is_released_is_not_edited(office: Offices, product: Product) -> None:
    number = office.release("rilo.sa", product)
    with office.desk("rilo.sa").acting("alerts.draft") as tx, pytest.raises(ProductStateError, match="released cannot become draft"):
        actions.edit(tx, find_product(tx, number)["product_id"], product)


def test_only_the_issuer_changes_a_product(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    world.settle()
    with pytest.raises(ProductStateError, match="only its issuer"), world.desk("rilo.sa").acting("alerts.draft") as tx:
        actions.new_edition(tx, find_product(tx, number)["product_id"])


def test_contact_points_do_not_issue(offices: Offices, product: Product) -> None:
    with pytest.raises(NotAnOfficeError), offices.desk("ncp.br").acting("alerts.draft") as tx:
        actions.draft_product(tx, product)


# --- what keeps a product in ---------------------------------------------------------------------------------------------


def test_an_incomplete_draft_is_kept_and_says_what_is_missing(office: Offices) -> None:
    with office.desk("rilo.sa").acting("alerts.draft") as tx:
        product_id = actions.draft_product(tx, Product(title="First thoughts"))
        document = document_of(tx, find_product(tx, str(product_id)))
    assert "product.summary-missing" in [problem["code"] for problem in document["problems"]]
    with pytest.raises(ProductIncompleteError, match="summary: Sum it up") as refused, office.desk("rilo.sa").acting("alerts.draft") as tx:
        actions.propose(tx, product_id)
    assert {problem["code"] for problem in refused.value.facts["problems"]} >= {"product.summary-missing", "product.citation-missing"}  # type: ignore[attr-defined]
    assert office.find("rilo.sa", str(product_id))["state"] == "draft"


def test_only_verified_seizures_are_cited_as_verified(office: Offices, product: Product) -> None:
    with office.desk("rilo.sa").acting("alerts.draft") as tx:
        found = actions.problems(tx, replace(product, cited_records=(Citation("BR", "unknown"),)))
        assert [problem.code for problem in found] == ["product.citation-not-verified"]
        assert actions.problems(tx, replace(product, cited_records=(Citation("BR", "unknown", "unverified", "B3"),))) == []


def test_a_seizure_withdrawn_before_release_holds_the_product_back(office: Offices, product: Product) -> None:
    product_id = office.propose("rilo.sa", product)
    with office.desk("rilo.sa").acting("seizures.withdraw") as tx:
        tx.execute(tx.of(SeizureTables).versions.update().values(state="withdrawn"))
    with (
        pytest.raises(ProductIncompleteError, match="no verified seizure here"),
        office.desk("rilo.sa", RELEASER).acting("alerts.release") as tx,
    ):
        actions.release(tx, product_id)


def test_a_product_that_replaces_nothing_known_is_held_back(office: Offices, product: Product) -> None:
    with pytest.raises(ProductIncompleteError, match=r"There is no A/rilo\.sa/2025/0009"):
        office.propose("rilo.sa", replace(product, supersedes="A/rilo.sa/2025/0009"))


# --- editions -----------------------------------------------------------------------------------------------------------


def test_a_new_edition_supersedes_the_old_one_everywhere(offices: Offices, product: Product) -> None:
    number = offices.release("rilo.sa", product)
    assert offices.follow("rilo.sa", number, title="Now also in dry containers") == number
    offices.settle()
    for node in ("rilo.sa", "ncp.br"):
        assert offices.find(node, number, 1)["state"] == "superseded"
        assert (offices.find(node, number)["edition"], offices.find(node, number)["state"]) == (2, "released")


def test_one_edition_is_in_the_making_at_a_time(office: Offices, product: Product) -> None:
    number = office.release("rilo.sa", product)
    with office.desk("rilo.sa").acting("alerts.draft") as tx:
        product_id = find_product(tx, number)["product_id"]
        draft = actions.new_edition(tx, product_id)
        with pytest.raises(ProductStateError, match=f"draft {draft}"):
            actions.new_edition(tx, product_id)
    assert office.find("rilo.sa", number)["edition"] == 1  # the draft does not count before it is released


def test_one_product_replaces_another(offices: Offices, product: Product) -> None:
    old = offices.release("rilo.sa", product)
    new = offices.release("rilo.sa", replace(product, supersedes=old))
    assert new == "A/rilo.sa/2026/0002"
    offices.settle()
    for node in ("rilo.sa", "ncp.cl"):
        assert offices.find(node, old)["state"] == "superseded"
        assert offices.find(node, new)["state"] == "released"


def test_numbers_begin_again_each_year(office: Offices, product: Product) -> None:
    assert office.release("rilo.sa", product) == "A/rilo.sa/2026/0001"
    office.federation.clock.advance(timedelta(days=310))
    later = office.federation.clock.now().date() + timedelta(days=30)
    assert office.release("rilo.sa", replace(product, valid_until=later)) == "A/rilo.sa/2027/0001"


# --- reading and answering ----------------------------------------------------------------------------------------------


def test_reading_is_told_once_for_the_contact_point_and_noted_for_each_person(offices: Offices, product: Product) -> None:
    number = offices.release("rilo.sa", product)
    offices.settle()
    assert read(offices, "ncp.br", number)
    assert not read(offices, "ncp.br", number)
    assert not read(offices, "ncp.br", number, AUTHOR)
    with offices.desk("ncp.br").looking("alerts.list") as tx:
        assert list_products(tx, ProductFilter(reader=AUTHOR, unread=True), 10) == []
        assert len(list_products(tx, ProductFilter(reader=RELEASER, unread=True), 10)) == 1
    offices.settle()
    assert effect(offices, "rilo.sa", number)["read"] == 1


def test_reading_at_an_office_stays_there(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    world.settle()
    assert not read(world, "rilo.car", number)
    world.settle()
    assert effect(world, "wco.hub", number)["read"] == 0


TOO_LITTLE_OR_TOO_MUCH: list[tuple[str, dict[str, Any], str]] = [
    ("read", {}, "choose among used, hit"),
    ("great", {}, "choose among used, hit"),
    ("hit", {}, "names the case"),
    ("used", {"case": ("BR", "2026-0815")}, "other feedback names none"),
    ("hit", {"case": ("JM", "2026-0815")}, "a case of BR"),
    ("hit", {"case": ("BR", "nowhere")}, "has not been submitted"),
    ("hit", {"case": ("BR", "2026-0900")}, "has not been submitted"),
    ("not-useful", {"note": " "}, "Say why"),
    ("used", {"note": "Ask someone@example.org."}, "an e-mail address"),
    ("used", {"note": "x" * 1001}, "at most 1000"),
]


def test_feedback_that_says_too_little_or_too_much_is_refused(
    offices: Offices, product: Product, reported: dict[str, Any], subtests: pytest.Subtests
) -> None:
    offices.seize("ncp.br", reported | {"reference": "2026-0900"}, CASE_DRAFT)
    number = offices.release("rilo.sa", product)
    offices.settle()
    for kind, more, said in TOO_LITTLE_OR_TOO_MUCH:
        with subtests.test(said), pytest.raises(FeedbackRefusedError, match=said):
            answer(offices, "ncp.br", number, kind, **more)


def test_offices_do_not_give_feedback(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    world.settle()
    with pytest.raises(FeedbackRefusedError, match="contact points"):
        answer(world, "rilo.sa", number, "used")


def test_the_same_feedback_twice_is_sent_once(offices: Offices, product: Product) -> None:
    number = offices.release("rilo.sa", product)
    offices.settle()
    assert answer(offices, "ncp.br", number, "hit", case=("BR", "2026-0815"))
    assert not answer(offices, "ncp.br", number, "hit", case=("BR", "2026-0815"))


def test_a_case_prompted_by_a_product_is_a_hit_by_itself(world: Offices, product: Product, reported: dict[str, Any]) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    world.follow("wco.hub", number, audience="everyone")
    world.settle()
    with world.desk("ncp.br").acting("seizures.submit") as tx:
        assert actions.feedback_from_case(tx, reported | {"prompted_by": f"product:{number}"})
        assert not actions.feedback_from_case(tx, reported | {"prompted_by": f"product:{number}"})
        assert not actions.feedback_from_case(tx, reported | {"prompted_by": "operation:X"})
        assert not actions.feedback_from_case(tx, reported)
    world.settle()
    assert effect(world, "wco.hub", number)["hits"] == 1


def test_who_has_not_acknowledged_an_urgent_alert_in_time_is_named(offices: Offices, product: Product) -> None:
    deadline = offices.federation.clock.now() + timedelta(hours=6)
    number = offices.release("rilo.sa", replace(product, urgent=True, acknowledge_by=deadline))
    offices.settle()
    read(offices, "ncp.br", number)
    offices.settle()
    assert effect(offices, "rilo.sa", number)["overdue"] == []
    offices.settle(hours=7)
    assert effect(offices, "rilo.sa", number)["overdue"] == ["ncp.cl"]


def test_lists_show_urgent_ones_first_and_keep_to_their_filter(offices: Offices, product: Product) -> None:
    deadline = offices.federation.clock.now() + timedelta(hours=6)
    urgent = offices.release("rilo.sa", replace(product, urgent=True, acknowledge_by=deadline, title="Urgent"))
    offices.settle(hours=1)
    offices.release("rilo.sa", replace(product, sections=("drugs", "revenue"), title="Later", valid_until=product.valid_from))
    offices.settle(hours=1)

    def titles(**wanted: Any) -> list[str]:
        with offices.desk("ncp.br").looking("alerts.list") as tx:
            return [row["title"] for row in list_products(tx, ProductFilter(**wanted), 10)]

    assert titles() == ["Urgent", "Later"]
    assert titles(section="revenue") == ["Later"]
    assert titles(section="rev") == []
    assert titles(issuer="wco.hub") == []
    assert titles(kind="alert") == ["Urgent", "Later"]
    offices.settle(days=1)
    assert titles(state="released") == ["Urgent"]
    assert titles(state="expired") == ["Later"]
    assert offices.find("ncp.br", urgent)["urgent"]
