"""The broker is down at the start, dies in the middle, comes back empty, or gives records in another order: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.chains import broken_links
from demo.intruder import Intruder
from demo.offices import ADMINISTRATOR
from demo.story import position_of
from demo.waiting import wait_until

if TYPE_CHECKING:
    from tests.system.conftest import Three

SECONDS = 120.0


def everything_arrived(three: Three) -> None:
    """Wait until it has, and look for damage."""
    wait_until(three.same_everywhere, "every node has the same cases", SECONDS)
    for one in three.books.values():
        assert broken_links(one) == []
        assert not any(one.put_aside().values()), one.node


def test_a_broker_that_is_down_at_the_start_is_waited_for_visibly(three: Three) -> None:
    federation = three.federation
    federation.broker.stop()
    for node in federation.nodes:
        federation.launch(node)
    three.report(50)
    wait_until(
        lambda: all("broker.unavailable" in federation.log(node).read_text() for node in federation.nodes), "all nodes say so", SECONDS
    )
    assert not any(federation.is_ready(node) for node in federation.nodes)
    federation.start_broker()
    wait_until(lambda: all(federation.is_ready(node) for node in federation.nodes), "all nodes work", SECONDS)
    everything_arrived(three)


def test_a_broker_that_dies_in_the_middle_costs_nothing(three: Three) -> None:
    before = three.books["wco.hub"].states()["validated"]
    three.report(400)
    wait_until(lambda: three.books["rilo.sa"].states()["validated"] > before, "the office has some", SECONDS)
    three.federation.broker.kill()
    three.report(50)
    three.federation.start_broker()
    everything_arrived(three)


def test_a_broker_rebuilt_empty_gets_everything_again(three: Three) -> None:
    federation = three.federation
    federation.broker.wipe()
    three.report(50)
    federation.start_broker()
    federation.cli("wco.hub", ADMINISTRATOR, "topics", "create")
    everything_arrived(three)
    for node in ("ncp.br", "rilo.sa"):
        assert "broker.rebuilt" in federation.log(node).read_text()
    position = position_of("submissions.rilo.sa", next(office for office in federation.offices if office.node == "ncp.br"))
    wait_until(lambda: len(Intruder(federation.bootstrap).read(position)) > 1, "the rebuilt broker holds the old batches", SECONDS)


def test_records_in_another_order_are_parked_and_then_taken(three: Three) -> None:
    federation = three.federation
    position = position_of("submissions.rilo.sa", next(office for office in federation.offices if office.node == "ncp.br"))
    federation.stop("rilo.sa")
    for _ in range(3):
        three.report(10)
        wait_until(lambda: not three.books["ncp.br"].outbox(), "ncp.br has sent them", SECONDS)
    federation.stop("ncp.br", "wco.hub")
    records = [record.value for record in Intruder(federation.bootstrap).read(position)]
    federation.broker.wipe()
    federation.start_broker()
    federation.cli("wco.hub", ADMINISTRATOR, "topics", "create")
    Intruder(federation.bootstrap).write([(position, raw) for raw in reversed(records)])
    federation.start()
    everything_arrived(three)
