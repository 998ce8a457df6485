"""Making topics and seeing which are there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiokafka.admin import AIOKafkaAdminClient

    from liaison.node.ports import TopicSpec

MAX_COPIES = 3  # of each partition, or as many as there are brokers (the library cannot ask for the cluster's own default)
READY_SECONDS = 15.0
POLL_SECONDS = 0.05


async def create_missing(admin: AIOKafkaAdminClient, topics: Sequence[TopicSpec]) -> list[str]:
    """Create those that are missing and wait until each partition has a leader; the names created. Raises KafkaError."""
    there = set(await admin.list_topics())
    missing = [topic for topic in topics if topic.name not in there]
    if not missing:
        return []
    brokers = (await admin.describe_cluster())["brokers"]
    copies = min(MAX_COPIES, len(brokers))
    answer = await admin.create_topics([_new(topic, copies) for topic in missing])
    created = [name for name, code, *rest in answer.topic_errors if _was_created(name, code, rest)]
    async with asyncio.timeout(READY_SECONDS):
        while not await _led(admin, created):  # noqa: ASYNC110 - the cluster has no event to wait for
            await asyncio.sleep(POLL_SECONDS)
    return created


def _new(topic: TopicSpec, copies: int) -> NewTopic:
    return NewTopic(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=copies,
        topic_configs={"retention.ms": str(topic.retention_ms)},
    )


def _was_created(name: str, code: int, rest: Sequence[object]) -> bool:
    error = for_code(code)
    if error is NoError:
        return True
    if error is TopicAlreadyExistsError:  # another node was faster
        return False
    message = f"topic {name} was not created: {rest[0] if rest and rest[0] else error.__name__}"
    raise KafkaError(message)


async def _led(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    if not names:
        return True
    found = await admin.describe_topics(names)
    partitions = [partition for topic in found for partition in topic["partitions"]]
    return all(topic["error_code"] == 0 and topic["partitions"] for topic in found) and all(
        partition["error_code"] == 0 and partition["leader"] >= 0 for partition in partitions
    )
