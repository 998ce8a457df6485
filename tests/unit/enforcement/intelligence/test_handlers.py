"""Handlers against disorder, repetition, liars, and a restored backup."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intelligence import actions, handlers
from enforcement.intelligence.errors import NumberTakenError, ProductRefusedError
from enforcement.intelligence.model import payload_of
from enforcement.intelligence.store import IntelligenceTables, add_product, find_product
from liaison.node.bulk import TextUnfit
from liaison.node.originals import stored_event
from liaison.protocol.errors import EgressRefused, UnknownNode
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.intelligence.model import Product
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from tests.unit.enforcement.intelligence.conftest import Offices

AUTHOR, RELEASER = "u-0000000a", "u-0000000b"
NUMBER = "A/rilo.sa/2026/0001"


def event(offices: Offices, node: str, event_type: str, place: int = 0) -> VerifiedEvent:
    """An event of this node out of its own store, in the order it was made."""
    with offices.desk(node).looking("alerts.list") as tx:
        tables = tx.around.tables
        rows = tx.rows(tables.events.select().where(tables.events.c.issuer == node).order_by(tables.events.c.event_id))
        found = [stored_event(tx, node, row["event_id"]) for row in rows]
    return [one for one in found if one.type == event_type][place]


def stored(tx: UnitOfWork) -> list[tuple[Any, ...]]:
    products = tx.of(IntelligenceTables).products
    shown = (products.c.number, products.c.edition, products.c.state, products.c.title, products.c.event_id)
    return sorted(tuple(row.values()) for row in tx.rows(products.select().with_only_columns(*shown)))


def forget_everything(tx: UnitOfWork) -> None:
    tables = tx.of(IntelligenceTables)
    for table in (tables.products, tables.citations, tables.feedback, tables.reads, tables.passed_on):
        tx.execute(table.delete())


def emit(offices: Offices, node: str, draft: Draft, family: str, owner: str = "") -> None:
    """Send something that the actions would not."""
    with offices.desk(node, AUTHOR).acting("alerts.release") as tx:
        tx.emit(draft, family, owner=owner)


def refused_at(offices: Offices, node: str) -> list[str]:
    with offices.desk(node).looking("quarantine.list") as tx:
        return [row["detail"] for row in tx.rows(tx.around.tables.quarantine.select())]


# --- order and repetition -----------------------------------------------------------------------------------------------


def test_products_may_arrive_in_any_order_and_twice(offices: Offices, product: Product) -> None:
    """Two editions, a product that replaces another, and the replaced one: every order ends the same."""
    offices.release("rilo.sa", product)
    offices.follow("rilo.sa", NUMBER, title="Second edition")
    old = offices.release("rilo.sa", replace(product, title="Old"))
    offices.release("rilo.sa", replace(product, title="New", supersedes=old))
    offices.federation.send("rilo.sa")
    events = [event(offices, "rilo.sa", "ProductReleased", place) for place in range(4)]
    ends = set()
    for order in itertools.permutations(events):
        with offices.desk("ncp.br").acting("alerts.read") as tx:
            forget_everything(tx)
            for one in (*order, order[0]):
                handlers.on_product_released(tx, one)
            ends.add(tuple(stored(tx)))
    (end,) = ends
    assert [(number[-4:], edition, state) for number, edition, state, _, _ in end] == [
        ("0001", 1, "superseded"),
        ("0001", 2, "released"),
        ("0002", 1, "superseded"),
        ("0003", 1, "released"),
    ]


def test_two_products_under_one_number_end_as_the_earlier_in_any_order(offices: Offices, product: Product) -> None:
    for title in ("Earlier", "Later"):
        payload = payload_of(replace(product, title=title), NUMBER, "rilo.sa", 1)
        draft = Draft("ProductReleased", payload, offices.federation.clock.now(), Handling(), author=AUTHOR, releaser=RELEASER)
        emit(offices, "rilo.sa", draft, "intelligence", "rilo.sa")
        offices.settle(seconds=1)
    assert refused_at(offices, "ncp.br") == [f"products.number-taken: {NUMBER}, edition 1, is another product of rilo.sa."]
    earlier, later = (event(offices, "rilo.sa", "ProductReleased", place) for place in (0, 1))
    with offices.desk("ncp.br").acting("alerts.read") as tx:
        forget_everything(tx)
        handlers.on_product_released(tx, later)
        handlers.on_product_released(tx, earlier)
        assert [row[3] for row in stored(tx)] == ["Earlier"]
        with pytest.raises(NumberTakenError):
            handlers.on_product_released(tx, later)


def test_feedback_counts_once_however_often_and_by_whatever_way_it_comes(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    world.settle()
    given, relayed = event(world, "ncp.br", "FeedbackGiven"), event(world, "rilo.sa", "FeedbackRelayed")
    with world.desk("rilo.sa").acting("alerts.release") as tx:
        handlers.on_feedback_given(tx, given)
        tx.flush()
        assert tx.rows(tx.around.tables.outbox.select()) == []  # passed on before
    with world.desk("wco.hub").acting("alerts.release") as tx:
        handlers.on_feedback_relayed(tx, relayed)
        handlers.on_feedback_given(tx, given)
        feedback = tx.of(IntelligenceTables).feedback
        assert len(tx.rows(feedback.select().where(feedback.c.giver == "ncp.br", feedback.c.product_number == number))) == 1


def test_feedback_may_come_before_its_product(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    for node in ("wco.hub", "ncp.br"):
        world.federation.send(node)
        world.federation.receive("ncp.br")
    world.federation.send("ncp.br")
    given = event(world, "ncp.br", "FeedbackGiven")
    with world.desk("rilo.sa").acting("alerts.release") as tx:
        handlers.on_feedback_given(tx, given)  # this office has not yet read the product itself
    world.settle()
    assert world.find("rilo.sa", number)["state"] == "released"
    assert refused_at(world, "rilo.sa") == []


# --- liars --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "releaser", "said"),
    [
        ({"issuer": "rilo.car"}, RELEASER, "is not one of rilo.sa"),
        ({"number": "A/rilo.car/2026/0001"}, RELEASER, "is not one of rilo.sa"),
        ({"number": "17"}, RELEASER, "is not one of rilo.sa"),
        ({"edition": 0}, RELEASER, "count from 1"),
        ({}, "", "not released by a second person"),
        ({}, AUTHOR, "not released by a second person"),
    ],
)
def test_a_product_against_the_rules_is_refused_and_its_issuer_told(
    offices: Offices, product: Product, changes: dict[str, Any], releaser: str, said: str
) -> None:
    payload = payload_of(product, NUMBER, "rilo.sa", 1) | changes
    draft = Draft("ProductReleased", payload, offices.federation.clock.now(), Handling(), author=AUTHOR, releaser=releaser)
    emit(offices, "rilo.sa", draft, "intelligence", "rilo.sa")
    offices.settle()
    assert [detail for detail in refused_at(offices, "ncp.br") if said in detail]
    with offices.desk("ncp.br").looking("alerts.list") as tx:
        assert stored(tx) == []
    with offices.desk("rilo.sa").looking("alerts.list") as tx:
        assert {row["refused_by"] for row in tx.rows(tx.around.tables.refusals.select())} == {"ncp.br", "ncp.cl"}


def test_a_product_that_ends_before_it_begins_is_refused(office: Offices, product: Product) -> None:
    office.release("rilo.sa", product)
    office.federation.send("rilo.sa")
    released = event(office, "rilo.sa", "ProductReleased")
    released.payload["valid_until"] = released.payload["valid_from"].replace(year=2020)
    with office.desk("rilo.sa").acting("alerts.release") as tx, pytest.raises(ProductRefusedError, match="ends before it begins"):
        handlers.on_product_released(tx, released)


def test_a_relayer_cannot_change_what_the_issuer_said(world: Offices, product: Product) -> None:
    world.release("rilo.sa", product)
    world.settle()
    released = event(world, "rilo.sa", "ProductReleased")
    body = {"product_issuer": "rilo.sa", "product_number": NUMBER, "product_edition": 1, "evidence": released.evidence()}
    forged = bytearray(released.raw)
    forged[-1] ^= 1
    lies = [
        (body | {"evidence": released.evidence() | {"event": bytes(forged)}}, "batch.wrong-root"),
        (body | {"product_edition": 2}, "products.evidence-mismatch"),
        (body | {"product_issuer": "wco.hub"}, "products.evidence-mismatch"),
    ]
    for payload, _ in lies:
        emit(world, "rilo.car", Draft("ProductRelayed", payload, world.federation.clock.now(), Handling()), "intelligence.global")
    world.settle()
    assert [detail.partition(":")[0] for detail in refused_at(world, "ncp.us")] == [code for _, code in lies]
    with world.desk("ncp.us").looking("alerts.list") as tx:
        assert stored(tx) == []


def test_what_the_originator_controls_is_neither_relayed_nor_taken_from_a_relayer(world: Offices, product: Product) -> None:
    world.release("rilo.sa", replace(product, originator_control=True))
    world.settle()
    released = event(world, "rilo.sa", "ProductReleased")
    body = {"product_issuer": "rilo.sa", "product_number": NUMBER, "product_edition": 1, "evidence": released.evidence()}
    draft = Draft("ProductRelayed", body, world.federation.clock.now(), Handling())
    with pytest.raises(EgressRefused, match="has not permitted"):
        emit(world, "rilo.car", draft._replace(carries=released), "intelligence.global")
    emit(world, "rilo.car", draft, "intelligence.global")  # an office whose software does not ask
    world.settle()
    assert "has not permitted rilo.car" in refused_at(world, "ncp.us")[0]


def test_an_office_cannot_put_words_into_a_contact_points_mouth(world: Offices, product: Product) -> None:
    number = world.release("wco.hub", replace(product, audience="everyone"))
    other = world.release("rilo.sa", product)
    world.settle()
    said = {one.payload["product_number"]: one for one in (event(world, "ncp.br", "FeedbackGiven", place) for place in (0, 1))}
    about_hub, about_region = said[number], said[other]
    names = {"product_issuer": "wco.hub", "product_number": number, "product_edition": 1}
    region = {"product_issuer": "rilo.sa", "product_number": other, "product_edition": 1}
    handling = Handling(releasable_to=("wco.hub",))
    lies = [
        names | {"product_edition": 2, "evidence": about_hub.evidence()},
        names | {"evidence": about_region.evidence()},
        region | {"evidence": about_region.evidence()},
        names | {"evidence": event(world, "rilo.sa", "ProductReleased").evidence()},
    ]
    for payload in lies:
        emit(world, "rilo.sa", Draft("FeedbackRelayed", payload, world.federation.clock.now(), handling), "mail", "wco.hub")
    world.settle()
    assert [detail.partition(":")[0] for detail in refused_at(world, "wco.hub")] == ["products.evidence-mismatch"] * 4


def test_feedback_on_a_product_of_nobody_is_refused(offices: Offices) -> None:
    body = {
        "product_issuer": "rilo.zz",
        "product_number": "A/rilo.zz/2026/0001",
        "product_edition": 1,
        "kind": "used",
        "case_administration": "",
        "case_reference": "",
        "note": "",
    }
    draft = Draft("FeedbackGiven", body, offices.federation.clock.now(), Handling(releasable_to=("rilo.sa", "rilo.zz")))
    emit(offices, "ncp.br", draft, "submissions")
    offices.settle()
    assert [detail.partition(":")[0] for detail in refused_at(offices, "rilo.sa")] == [UnknownNode.code]
    with offices.desk("rilo.sa").looking("alerts.list") as tx:
        assert tx.rows(tx.of(IntelligenceTables).feedback.select()) == []


def test_nominal_content_does_not_leave_even_past_the_rules(office: Offices, product: Product) -> None:
    payload = payload_of(replace(product, summary="Write to someone@example.org."), NUMBER, "rilo.sa", 1)
    draft = Draft("ProductReleased", payload, office.federation.clock.now(), Handling(), author=AUTHOR, releaser=RELEASER)
    with pytest.raises(EgressRefused, match="summary: an e-mail address"):
        emit(office, "rilo.sa", draft, "intelligence", "rilo.sa")


# --- a restored backup --------------------------------------------------------------------------------------------------


def copy(offices: Offices, node: str, to: Path) -> Path:
    """A backup of the node's database, as it is now."""
    with closing(sqlite3.connect(offices.federation.home(node) / "liaison.db")) as database, closing(sqlite3.connect(to)) as backup:
        database.backup(backup)
    return to


def restore(offices: Offices, node: str, backup: Path) -> None:
    """Put the copy in place of the node's database, start, and let everything arrive."""
    offices.federation[node].node.close()
    database = offices.federation.home(node) / "liaison.db"
    for path in database.parent.glob("liaison.db*"):
        path.unlink()
    shutil.copy(backup, database)
    offices.federation.restart(node)
    offices.settle()


def test_a_restored_office_knows_its_releases_and_gives_no_number_twice(offices: Offices, product: Product, tmp_path: Path) -> None:
    offices.settle()
    backup = copy(offices, "rilo.sa", tmp_path / "backup.db")
    offices.release("rilo.sa", replace(product, title="Since the backup"))
    offices.settle()
    restore(offices, "rilo.sa", backup)
    row = offices.find("rilo.sa", NUMBER)
    assert (row["title"], row["state"], row["author"], row["releaser"]) == ("Since the backup", "released", AUTHOR, RELEASER)
    assert offices.release("rilo.sa", product) == "A/rilo.sa/2026/0002"
    offices.settle()
    assert refused_at(offices, "ncp.br") == []


def test_a_restored_contact_point_does_not_say_again_what_it_said(offices: Offices, product: Product, tmp_path: Path) -> None:
    offices.release("rilo.sa", product)
    offices.settle()
    backup = copy(offices, "ncp.br", tmp_path / "backup.db")
    for expected in (True, False):
        with offices.desk("ncp.br").acting("alerts.read") as tx:
            assert actions.mark_read(tx, find_product(tx, NUMBER)["product_id"]) is expected
        offices.settle()
        if expected:
            restore(offices, "ncp.br", backup)


def test_a_restored_office_relays_nothing_twice(world: Offices, product: Product, tmp_path: Path) -> None:
    world.settle()
    backup = copy(world, "rilo.sa", tmp_path / "backup.db")
    world.release("wco.hub", replace(product, audience="everyone"))
    world.settle()
    before = arrived(world, "wco.hub", "rilo.sa")
    assert before > 0
    restore(world, "rilo.sa", backup)
    assert arrived(world, "wco.hub", "rilo.sa") == before


def arrived(offices: Offices, node: str, issuer: str) -> int:
    """How many events of this issuer a node holds."""
    with offices.desk(node).looking("alerts.list") as tx:
        events = tx.around.tables.events
        return len(tx.rows(events.select().where(events.c.issuer == issuer)))


def test_a_product_that_not_every_database_could_keep_is_refused_by_all(offices: Offices, product: Product) -> None:
    with pytest.raises(TextUnfit), offices.desk("rilo.sa", AUTHOR).acting("alerts.draft") as tx:
        add_product(tx, replace(product, title="a\x00b"), issuer="rilo.sa", state="draft")
