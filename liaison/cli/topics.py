"""`liaison topics`: the topics that the member list and the topic rows ask for, and making those that are missing."""

import asyncio
from typing import TYPE_CHECKING, Any

import typer

from liaison.cli.brokers import brokers
from liaison.cli.counter import HomeCounter, home_counter
from liaison.cli.listing import group
from liaison.node.ports import TopicSpec
from liaison.protocol.topics import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.ports import Broker
    from liaison.node.work import UnitOfWork

Wanted = dict[str, Any]


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("create")(_create)
    made.command("list")(_list)
    return made


_GROUP = """The topics on the Kafka cluster, as the member list and the software ask for them.

An office makes the topics of its own connections: its cluster's, or all when there is one for everybody. A contact point makes only
those it uses, where the cluster lets it. Run it again when a member joins.
"""


def _create(ctx: typer.Context) -> None:
    """Make the topics that are missing, with the right partitions and retention. What is there stays as it is.

    Example: liaison topics create

    Next: `liaison run`; a running node finds new topics within seconds.
    """
    counter = home_counter(ctx)
    with counter.desk().looking("topics.create") as tx:
        wanted = wanted_topics(tx, used_only=tx.me.kind == "ncp")
    made = asyncio.run(_made(counter, wanted))
    with counter.desk().acting("topics.create", counter.settings.node, created=len(made)):
        """Only the audit: the topics are on the broker."""
    if counter.terminal.as_json:
        counter.terminal.record({"created": made, "there_before": len(wanted) - len(made)})
    counter.terminal.say(f"{len(made)} topics were made, {len(wanted) - len(made)} were there." if wanted else "No topic is needed yet.")


def _list(ctx: typer.Context) -> None:
    """Every topic this node's clusters should have: connection, partitions, retention, use, and whether it is there.

    Example: liaison topics list

    Next: `liaison topics create` makes those that are not there.
    """
    counter = home_counter(ctx)
    with counter.desk().looking("node.status") as tx:
        wanted = wanted_topics(tx, used_only=False)
    missing = asyncio.run(_missing(counter, wanted))
    rows = [{**one, "there": one["topic"] not in missing} for one in wanted]
    columns = ["topic", "connection", "partitions", "retention_days", "reads", "writes", "there"]
    counter.terminal.table("Topics", rows, columns, empty="No topic is needed yet.")


def wanted_topics(tx: "UnitOfWork", *, used_only: bool) -> list[Wanted]:
    """The topics of this node's connections, by name; `used_only`: those it reads or writes."""
    topics, members, me = tx.around.reader.topics, tx.members, tx.me
    found = [
        {
            "topic": topic.name,
            "connection": topics.connection(me, topic, members),
            "partitions": topics.partitions(topic),
            "retention_days": topic.row.retention_days,
            "reads": topics.may_read(me, topic),
            "writes": topics.may_write(me, topic, members),
        }
        for topic in topics.all_topics(members)
    ]
    return [one for one in found if one["reads"] or one["writes"]] if used_only else found


async def _made(counter: HomeCounter, wanted: "Sequence[Wanted]") -> list[str]:
    made: list[str] = []
    for broker, specs in _by_broker(counter, wanted):
        try:
            await broker.start()
            made += await broker.create_topics(specs)
        finally:
            await broker.stop()
    return made


async def _missing(counter: HomeCounter, wanted: "Sequence[Wanted]") -> set[str]:
    missing: set[str] = set()
    for broker, specs in _by_broker(counter, wanted):
        try:
            await broker.start()
            missing |= set(await broker.missing_topics([spec.name for spec in specs]))
        finally:
            await broker.stop()
    return missing


def _by_broker(counter: HomeCounter, wanted: "Sequence[Wanted]") -> "list[tuple[Broker, list[TopicSpec]]]":
    """Each cluster once, with its topics; a cluster without any is left alone."""
    connections: Mapping[str, Broker] = brokers(counter.settings)
    found: dict[int, tuple[Broker, list[TopicSpec]]] = {}
    for one in wanted:
        broker = connections[one["connection"]]
        specs = found.setdefault(id(broker), (broker, []))[1]
        specs.append(TopicSpec(one["topic"], one["partitions"], one["retention_days"] * DAY_MS))
    return list(found.values())
