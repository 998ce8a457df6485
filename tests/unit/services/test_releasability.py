"""Who a case is for: what is not for all is sealed, counted once by everybody else, and refused on any open way out."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from enforcement.codelists.store import load_shipped
from enforcement.seizures.counts import count_only
from enforcement.seizures.facts import up_to_date
from enforcement.seizures.filters import Filter
from enforcement.seizures.history import history
from enforcement.seizures.model import Case, Line, Place, Quantity
from enforcement.seizures.notices.answering import list_notices
from enforcement.seizures.releases import NAMED, Release, checked, kept_release, set_preset, strictest
from enforcement.seizures.store import VALIDATED, known_versions
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.model import CASES
from liaison.assembly import kind_of, node_spec
from liaison.node.originals import stored_event
from liaison.node.sealed import NoSealingKey
from liaison.protocol.errors import EgressRefused
from liaison.protocol.events import EVERYONE, Draft, Handling
from liaison.protocol.sealing import OpeningKey, SealingKeyMissing
from liaison.testing import MemoryFederation
from services.ncp_gateway.releasing import release_case
from services.ncp_gateway.reporting import draft_of, keep_draft, report, submit, withdraw_case

if TYPE_CHECKING:
    from collections.abc import Iterator

BR, JM, SA, CAR, HUB = "ncp.br", "ncp.jm", "rilo.sa", "rilo.car", "wco.hub"
EDITION = load_shipped().edition
NAMES = (BR, JM, SA, CAR, HUB)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryFederation]:
    folder = tmp_path_factory.mktemp("federation")
    with MemoryFederation(folder, lambda name: node_spec(kind_of(name))).start(*NAMES) as made:
        yield made


def a_case(reference: str, commodity: str = "cocaine", section: str = "drugs") -> dict[str, Any]:
    line = Line(
        section,
        commodity,
        commodity,
        quantities=(Quantity(Decimal(2), "KGM", weight_basis="unknown", converted_amount=Decimal(2), converted_unit="KGM"),),
    )
    return Case("BR", reference, date(2025, 3, 5), Place("BR", "airport"), EDITION, lines=(line,)).to_payload()


def act(world: MemoryFederation, name: str, what: Any) -> Any:
    with world[name].desk().acting("seizures.submit", "test") as tx:
        return what(tx)


def look(world: MemoryFederation, name: str, what: Any) -> Any:
    with world[name].desk().looking("seizures.list") as tx:
        return what(tx)


def sent(world: MemoryFederation, reference: str, choice: str, *named: str) -> None:
    act(world, BR, lambda tx: keep_draft(tx, a_case(reference)))
    release_case(world[BR].desk(), ("BR", reference), choice, named)
    act(world, BR, lambda tx: submit(tx, draft_of(tx, ("BR", reference))))
    world.settle()


def states(world: MemoryFederation, name: str, reference: str) -> Any:
    return look(world, name, lambda tx: {row["version"]: row["state"] for row in known_versions(tx, ("BR", reference))})


def everything(world: MemoryFederation) -> bytes:
    """Every byte that any node has sent or was given."""
    found: list[bytes] = []
    for name in NAMES:
        node = world[name].node
        with node.parts.database.reading() as connection:
            found += connection.execute(select(node.parts.tables.batches.c.raw)).scalars().all()
    return b"".join(found)


def stubs(world: MemoryFederation, name: str) -> int:
    return sum(row["cases"] for row in look(world, name, lambda tx: count_only(tx, "all")))


def test_a_named_case_reaches_who_is_named_and_is_counted_by_the_others(world: MemoryFederation) -> None:
    before = stubs(world, HUB)
    sent(world, "SECRET-NAMED-1", "named", JM)
    assert states(world, BR, "SECRET-NAMED-1") == {1: "validated"}
    assert states(world, SA, "SECRET-NAMED-1") == states(world, JM, "SECRET-NAMED-1") == {1: "validated"}
    assert states(world, HUB, "SECRET-NAMED-1") == states(world, CAR, "SECRET-NAMED-1") == {}
    assert stubs(world, HUB) == before + 1
    assert b"SECRET-NAMED-1" not in everything(world)


def test_a_region_case_is_held_by_its_members_and_not_by_the_hub(world: MemoryFederation) -> None:
    before = stubs(world, HUB), stubs(world, CAR)
    sent(world, "SECRET-REGION-1", "region")
    assert states(world, CAR, "SECRET-REGION-1") == states(world, JM, "SECRET-REGION-1") == {1: "validated"}
    assert states(world, HUB, "SECRET-REGION-1") == {}
    assert (stubs(world, HUB), stubs(world, CAR)) == (before[0] + 1, before[1])


def test_count_only_leaves_the_office_as_a_number_that_stops_when_it_is_withdrawn(world: MemoryFederation) -> None:
    before = stubs(world, HUB)
    sent(world, "SECRET-COUNT-1", "count-only")
    assert (states(world, JM, "SECRET-COUNT-1"), stubs(world, HUB)) == ({}, before + 1)
    act(world, BR, lambda tx: withdraw_case(tx, ("BR", "SECRET-COUNT-1"), "other", "Not ours."))
    world.settle()
    assert states(world, SA, "SECRET-COUNT-1") == {1: "withdrawn"}
    assert stubs(world, HUB) == before
    assert b"SECRET-COUNT-1" not in everything(world)


def test_a_case_that_narrows_is_taken_back_and_one_that_widens_is_counted_once(world: MemoryFederation) -> None:
    before = stubs(world, HUB)
    act(world, BR, lambda tx: report(tx, a_case("OPEN-1")))
    world.settle()
    assert states(world, HUB, "OPEN-1") == {1: "validated"}
    release_case(world[BR].desk(), ("BR", "OPEN-1"), "named", [JM])
    world.settle()
    assert (states(world, HUB, "OPEN-1"), stubs(world, HUB)) == ({1: "withdrawn"}, before + 1)
    assert states(world, JM, "OPEN-1") == {2: "validated"}
    release_case(world[BR].desk(), ("BR", "OPEN-1"), "all")
    world.settle()
    assert (states(world, HUB, "OPEN-1"), stubs(world, HUB)) == ({1: "withdrawn", 3: "validated"}, before)
    assert states(world, JM, "OPEN-1") == {2: "superseded"}


def test_a_member_left_out_receives_nothing_new_and_one_added_receives_the_case(world: MemoryFederation) -> None:
    sent(world, "SECRET-MOVE-1", "named", JM)
    release_case(world[BR].desk(), ("BR", "SECRET-MOVE-1"), "named", [CAR])
    world.settle()
    assert states(world, JM, "SECRET-MOVE-1") == {1: "superseded"}
    assert states(world, CAR, "SECRET-MOVE-1") == {2: "validated"}


def test_attack_the_caller_sends_a_restricted_case_open(world: MemoryFederation) -> None:
    sent(world, "SECRET-EGRESS-1", "named", JM)
    now, everyone = world.clock.now(), Handling(releasable_to=(EVERYONE,))

    def at_contact_point(tx: Any) -> None:
        tx.emit(Draft("SeizureReported", {"case": a_case("SECRET-EGRESS-1")}, now, everyone), "submissions", region="AMS")

    def at_office(tx: Any) -> None:
        event = stored_event(tx, BR, known_versions(tx, ("BR", "SECRET-EGRESS-1"))[0]["event_id"])
        told = {"administration": "BR", "reference": "SECRET-EGRESS-1", "version": 1, "method": "rule", "evidence": event.evidence()}
        tx.emit(Draft("SeizureVerified", told, now, everyone), "seizures.verified", region="AMS")

    def carried(tx: Any) -> None:
        event = stored_event(tx, BR, known_versions(tx, ("BR", "SECRET-EGRESS-1"))[0]["event_id"])
        told = {"administration": "BR", "reference": "another", "version": 1, "method": "rule", "evidence": event.evidence()}
        tx.emit(Draft("SeizureVerified", told, now, everyone, carries=event), "seizures.verified", region="AMS")

    for name, attempt in ((BR, at_contact_point), (SA, at_office), (SA, carried)):
        with pytest.raises(EgressRefused):
            act(world, name, attempt)
    assert b"SECRET-EGRESS-1" not in everything(world)


def test_attack_a_case_not_for_all_that_comes_unsealed_is_refused(world: MemoryFederation) -> None:
    narrow = Handling(releasable_to=(SA,))
    draft = Draft("SeizureReported", {"case": a_case("PLAIN-1")}, world.clock.now(), narrow)
    act(world, BR, lambda tx: tx.emit(draft, "submissions", region="AMS"))
    world.settle()
    assert states(world, SA, "PLAIN-1") == {}


def test_a_lost_key_is_said_and_sealing_again_for_the_new_one_helps(world: MemoryFederation) -> None:
    kept, fresh = world.sealing_keys[JM], OpeningKey.of_seed(b"n" * 32)
    world.sealing_keys[JM] = []
    sent(world, "SECRET-LOST-1", "named", JM)
    assert states(world, JM, "SECRET-LOST-1") == {}
    with world[JM].node.parts.database.reading() as connection:
        table = world[JM].node.parts.tables.quarantine
        details = [row.detail for row in connection.execute(select(table.c.detail))]
    assert any("keys.sealing-missing" in one for one in details)
    assert "seal again" in SealingKeyMissing.next_step
    from liaison.protocol.members import with_sealing_key  # noqa: PLC0415

    members = dict(world.members.members)
    members[JM] = with_sealing_key(members[JM], fresh.public, world.clock.now())
    world.publish(members.values())
    for name in NAMES:
        world.update_trust(world[name].node)
        world[name].steps.tick()
    world.sealing_keys[JM] = [fresh]
    release_case(world[BR].desk(), ("BR", "SECRET-LOST-1"), "named", [JM])
    world.settle()
    assert states(world, JM, "SECRET-LOST-1") == {2: "validated"}
    world.sealing_keys[JM] = [*kept, fresh]


def test_a_named_member_without_a_key_is_an_error_that_says_so(world: MemoryFederation) -> None:
    world.change("ncp.us", sealing=())
    world.update_trust(world[BR].node)
    act(world, BR, lambda tx: keep_draft(tx, a_case("SECRET-KEYLESS-1")))
    release_case(world[BR].desk(), ("BR", "SECRET-KEYLESS-1"), "named", ["ncp.us"])
    with pytest.raises(NoSealingKey, match=r"ncp\.us"):
        act(world, BR, lambda tx: submit(tx, draft_of(tx, ("BR", "SECRET-KEYLESS-1"))))


def test_presets_decide_where_nobody_chose_and_nothing_widens_by_itself(world: MemoryFederation) -> None:
    act(world, BR, lambda tx: set_preset(tx, "drugs", checked(tx, "count-only")))
    act(world, BR, lambda tx: report(tx, a_case("SECRET-PRESET-1")))
    act(world, BR, lambda tx: set_preset(tx, "drugs", checked(tx, "all")))
    world.settle()
    assert look(world, SA, lambda tx: kept_release(tx, ("BR", "SECRET-PRESET-1"), 1)) == Release("count-only")
    act(world, BR, lambda tx: keep_draft(tx, a_case("SECRET-PRESET-1", "heroin")))
    act(world, BR, lambda tx: submit(tx, draft_of(tx, ("BR", "SECRET-PRESET-1"))))
    world.settle()
    assert look(world, SA, lambda tx: kept_release(tx, ("BR", "SECRET-PRESET-1"), 2)) == Release("count-only")


def test_the_narrower_of_two_lists_is_what_both_have() -> None:
    one, other = Release(NAMED, ("ncp.jm", "rilo.car")), Release(NAMED, ("ncp.jm",))
    assert strictest(one, other) == other
    assert strictest(other, Release(NAMED, ("wco.hub",))) == Release("count-only")
    assert strictest(one, Release("region")) == one


def said_of(world: MemoryFederation, name: str, reference: str) -> list[tuple[str, str, bool]]:
    entries = look(world, name, lambda tx: history(tx, ("BR", reference)))
    return [(one.what, one.issuer, one.verified) for one in entries]


def test_the_history_of_a_sealed_case_shows_what_everyone_who_holds_it_can_prove(world: MemoryFederation) -> None:
    sent(world, "SECRET-PAST-1", "named", JM)
    assert said_of(world, BR, "SECRET-PAST-1") == [("reported", BR, True), ("accepted", SA, True)]
    assert said_of(world, SA, "SECRET-PAST-1") == [("reported", BR, True), ("accepted", SA, True), ("shared", SA, True)]
    assert said_of(world, JM, "SECRET-PAST-1") == [("reported", BR, True), ("shared", SA, True)]


def test_what_passes_by_rule_is_told_together_and_what_is_sealed_by_itself(world: MemoryFederation) -> None:
    act(world, BR, lambda tx: keep_draft(tx, a_case("SECRET-MIXED-1")))
    release_case(world[BR].desk(), ("BR", "SECRET-MIXED-1"), "named", [JM])
    for what in (lambda tx: report(tx, a_case("OPEN-MIXED-1")), lambda tx: submit(tx, draft_of(tx, ("BR", "SECRET-MIXED-1")))):
        act(world, BR, what)
    world.settle()
    for name in (BR, SA):
        assert states(world, name, "OPEN-MIXED-1") == states(world, name, "SECRET-MIXED-1") == {1: "validated"}
    assert b"OPEN-MIXED-1" in everything(world)
    assert b"SECRET-MIXED-1" not in everything(world)


def test_attack_a_restricted_case_named_in_any_common_message_is_refused(world: MemoryFederation) -> None:
    sent(world, "SECRET-NAMES-1", "named", JM)
    key = {"administration": "BR", "reference": "SECRET-NAMES-1", "version": 1}
    alike = {"cases": [{**key, "reference": "A-1"}, key]}
    now, mine = world.clock.now(), Handling(releasable_to=(JM, SA))

    def joint(tx: Any) -> dict[str, Any]:
        event = stored_event(tx, BR, known_versions(tx, ("BR", "SECRET-NAMES-1"))[0]["event_id"])
        inner = tx.around.reader.schemas.writer("SeizureReported").encode(event.payload)
        envelope = tx.around.reader.schemas.writer("Event")
        plain = envelope.encode({**envelope.decode(event.raw), "type": "SeizureReported", "payload": inner})
        return {"administration": "BR", "evidence": {**event.evidence(), "events": [{"event": plain, "index": 0}], "path": []}}

    def attempts(tx: Any) -> Iterator[tuple[Draft, str, str]]:
        passed = {"administration": "BR", "cases": [{**key, "reported_event": b"x" * 16}]}
        yield Draft("CasesPassed", passed, now, mine), "receipts", BR
        yield Draft("CasesVerified", joint(tx), now, Handling(releasable_to=(EVERYONE,))), "seizures.verified", ""
        yield Draft("RouteCountryNotified", {"notices": [{**key, "state": "validated"}]}, now, mine), "mail", JM
        asked = {**alike, "lead": 1, "score": 90, "compared": [], "reason": ""}
        yield Draft("DuplicateProposed", asked, now, mine), "mail", JM

    def tried(tx: Any) -> None:
        for draft, family, owner in attempts(tx):
            with pytest.raises(EgressRefused, match="not for all"):
                tx.emit(draft, family, owner=owner, region="AMS")

    def tried_at_home(tx: Any) -> None:
        answer = {"product_issuer": SA, "product_number": "A/rilo.sa/2026/0001", "product_edition": 1, "kind": "hit", "note": ""}
        answer |= {"case_administration": "BR", "case_reference": "SECRET-NAMES-1"}
        lead = {**key, "administration": "CO", "reference": "C-1", "own_reference": "SECRET-NAMES-1", "note": ""}
        for kind, payload in (("DuplicateAgreed", {**alike, "lead": 1}), ("FeedbackGiven", answer), ("RouteLeadGiven", lead)):
            with pytest.raises(EgressRefused, match="not for all"):
                tx.emit(Draft(kind, payload, now, Handling(releasable_to=(SA,))), "submissions")

    act(world, SA, tried)
    act(world, BR, tried_at_home)


def test_a_contact_point_on_the_route_is_told_nothing_of_a_case_that_is_not_for_it(world: MemoryFederation) -> None:
    stop = {"role": "destination", "country": "JM", "name": "", "locode": ""}
    act(world, BR, lambda tx: keep_draft(tx, {**a_case("SECRET-ROUTE-1"), "route": [stop]}))
    release_case(world[BR].desk(), ("BR", "SECRET-ROUTE-1"), "named", [CAR])
    act(world, BR, lambda tx: submit(tx, draft_of(tx, ("BR", "SECRET-ROUTE-1"))))
    for _ in range(2):
        world.settle()
        world.work()
    world.settle()
    assert states(world, CAR, "SECRET-ROUTE-1") == {1: "validated"}
    assert states(world, JM, "SECRET-ROUTE-1") == {}
    assert look(world, JM, list_notices) == []
    assert b"SECRET-ROUTE-1" not in everything(world)


CHOICES = st.sampled_from([("all",), ("region",), ("named", JM), ("named", HUB), ("count-only",), ("withdraw",)])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 2), CHOICES, st.booleans()), min_size=2, max_size=9))
def test_whatever_becomes_of_cases_each_is_counted_once(world: MemoryFederation, steps: list[Any]) -> None:
    """At every office that takes in the world: cases held and stubs together are the cases that stand."""
    numbers.update(["run"])
    names = [f"RUN-{numbers['run']}-{at}" for at in range(3)]
    gone: set[str] = set()
    base = {name: counted(world, name) for name in (CAR, HUB)}
    for at, choice, settle in steps:
        key = ("BR", names[at])
        if key[1] in gone:
            continue
        if not states(world, BR, key[1]):
            act(world, BR, lambda tx, key=key: keep_draft(tx, a_case(key[1])))
            act(world, BR, lambda tx, key=key: submit(tx, draft_of(tx, key)))
        if choice[0] == "withdraw":
            act(world, BR, lambda tx, key=key: withdraw_case(tx, key, "other", "Not ours."))
            gone.add(key[1])
        else:
            release_case(world[BR].desk(), key, choice[0], choice[1:])
        if settle:
            world.settle()
    world.settle()
    stand = sum(1 for name in names if VALIDATED in states(world, SA, name).values())
    assert stand == len({names[at] for at, _, _ in steps} - gone)
    assert {name: counted(world, name) - base[name] for name in base} == dict.fromkeys(base, stand)


numbers: Counter[str] = Counter()


def counted(world: MemoryFederation, name: str, rows: str = "direction", columns: str = "section", measure: str = CASES) -> int:
    """The total of a table of statistics."""
    for _ in up_to_date(world[name].node.parts):
        pass
    return int(look(world, name, lambda tx: tabulate(tx, Question(rows, columns, Filter(), measure)).table.total))


def test_every_kind_of_node_counts_the_world_it_knows_the_same_by_all_dimensions(world: MemoryFederation) -> None:
    base = {name: counted(world, name) for name in NAMES}
    for reference, choice in (("WORLD-1", ("all",)), ("WORLD-2", ("region",)), ("WORLD-3", ("named", JM)), ("WORLD-4", ("count-only",))):
        sent(world, reference, *choice)
    more = {HUB: 4, CAR: 4, SA: 4, BR: 4, JM: 2}  # a contact point holds its own and what it was given, and takes in no count
    tables = (("section", "month"), ("direction", "conveyance"), ("commodity", "region"), ("administration", "office"), ("year", "all"))
    for name in NAMES:
        assert {counted(world, name, *two) - base[name] for two in tables} == {more[name]}, name
    act(world, BR, lambda tx: withdraw_case(tx, ("BR", "WORLD-4"), "other", "Not ours."))
    world.settle()
    assert {name: counted(world, name, "direction", "kind") - base[name] for name in (HUB, CAR, SA)} == {HUB: 3, CAR: 3, SA: 3}


WRONG: tuple[dict[str, Any], ...] = (
    {"month": "2025-13"},
    {"month": "all day"},
    {"region": "MARS"},
    {"sections": []},
    {"sections": [{"section": "drugs", "seizures": 1}, {"section": "drugs", "seizures": 1}]},
    {"sections": [{"section": "drugs", "seizures": 1_000_000}]},
    {"sections": [{"section": "\x00total", "seizures": 1}]},
    {"counted": False},
)


def test_attack_a_stub_that_no_table_could_hold_is_refused(world: MemoryFederation) -> None:
    right: dict[str, Any] = {"stub": b"s" * 16, "number": 1, "counted": True, "region": "AMS", "month": "2025-03"}
    right["sections"] = [{"section": "drugs", "seizures": 1}]

    def say(told: dict[str, Any]) -> None:
        draft = Draft("SeizureCounted", told, world.clock.now(), Handling(tlp="GREEN"))
        act(world, SA, lambda tx: tx.emit(draft, "seizures.verified", region="AMS"))
        world.settle()

    before = counted(world, HUB)
    for at, wrong in enumerate(WRONG):
        say(right | {"stub": bytes([at]) * 16} | wrong)
        assert counted(world, HUB) == before, wrong
    say(right)
    assert counted(world, HUB) == before + 1
