"""Topics: who writes and reads them, and that a stream has one place for ever."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.protocol.members import REGIONS
from liaison.protocol.topics import Topic, TopicTable, UnknownTopic, Writers
from tests.unit.protocol.conftest import members

TABLE = TopicTable(CUSTOMS_TOPICS, CUSTOMS_EVENTS)
EVERY = TABLE.all_topics(members())
issuers = st.from_regex(r"(ncp|rilo)\.[a-z]{2,4}", fullmatch=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 64), st.sampled_from(EVERY), st.sampled_from(REGIONS), issuers)
def test_a_stream_lies_on_one_partition_within_the_block_of_its_region(width: int, topic: Topic, region: str, issuer: str) -> None:
    table = TopicTable(CUSTOMS_TOPICS, CUSTOMS_EVENTS, width=width)
    partition = table.partition(topic, region, issuer)
    assert partition == table.partition(topic, region, issuer)
    assert 0 <= partition < table.partitions(topic)
    if topic.row.blocks:
        assert partition // width == REGIONS.index(region)
    else:
        assert table.partitions(topic) == 1


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([topic for topic in EVERY if topic.row.blocks]), issuers, issuers)
def test_two_regions_never_share_a_partition(topic: Topic, one: str, other: str) -> None:
    partitions = [{TABLE.partition(topic, region, issuer) for issuer in (one, other)} for region in REGIONS]
    assert len(set.union(*partitions)) == sum(len(found) for found in partitions)


@pytest.mark.parametrize(("issuer", "slot"), [("ncp.jm", 1), ("ncp.br", 2), ("rilo.car", 0), ("wco.hub", 4)])
def test_the_slot_of_an_issuer_is_fixed_by_its_hash(issuer: str, slot: int) -> None:
    """First 8 bytes of SHA-256 of the issuer, big-endian, mod width: a change would tear every stream apart."""
    table = TopicTable(CUSTOMS_TOPICS, CUSTOMS_EVENTS, width=7)
    assert table.partition(table.topic("heads"), "AMS", issuer) == slot


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_there_is_no_partition_for_a_region_that_does_not_exist(topic: Topic) -> None:
    for region in ("", "ams", "XX", "AMS\x00"):
        with pytest.raises(ValueError, match="not in tuple"):
            TABLE.partition(topic, region, "ncp.jm")


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_topic_is_found_by_its_name(topic: Topic) -> None:
    assert TABLE.resolve(topic.name) == topic
    assert len(topic.name) <= 80


@pytest.mark.parametrize("name", ["", "mail", "mail.", "post.ncp.jm", "heads.ncp.jm", "seizures", "seizures.verified.x", ".ncp.jm"])
def test_a_name_that_is_no_topic_is_refused(name: str) -> None:
    with pytest.raises(UnknownTopic):
        TABLE.resolve(name)


def writers(name: str) -> set[str]:
    known = members()
    return {member.node for member in known.members.values() if TABLE.may_write(member, TABLE.resolve(name), known)}


def readers(name: str) -> set[str]:
    return {member.node for member in TABLE.readers(TABLE.resolve(name), members())}


@pytest.mark.parametrize(
    ("name", "written_by", "read_by"),
    [
        ("submissions.rilo.car", {"ncp.jm"}, {"rilo.car"}),
        ("submissions.wco.hub", set(), {"wco.hub"}),
        ("receipts.ncp.jm", {"rilo.car"}, {"ncp.jm"}),
        ("mail.ncp.jm", set(members().members), {"ncp.jm"}),
        ("mail.ncp.zz", set(members().members), set()),
        ("backfill.rilo.sa", set(members().members), {"rilo.sa"}),
        ("seizures.verified", {"rilo.car", "rilo.sa", "wco.hub"}, {"rilo.car", "rilo.sa", "wco.hub"}),
        ("heads", set(members().members), set(members().members)),
        ("intelligence.rilo.car", {"rilo.car"}, {"ncp.jm"}),
    ],
)
def test_who_writes_and_who_reads(name: str, written_by: set[str], read_by: set[str]) -> None:
    assert writers(name) == written_by
    assert readers(name) == read_by


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_what_a_member_may_not_read_is_not_among_its_topics(topic: Topic) -> None:
    known = members()
    for member in known.members.values():
        assert (topic in TABLE.read_by(member, known)) == TABLE.may_read(member, topic)


def test_the_reporting_national_contact_point_alone_reports() -> None:
    assert TABLE.allowed("SeizureReported", "submissions", "ncp")
    assert not TABLE.allowed("SeizureReported", "submissions", "rilo")
    assert not TABLE.allowed("SeizureReported", "seizures.verified", "ncp")
    assert not TABLE.allowed("SomethingElse", "submissions", "ncp")


def test_nothing_is_issued_on_a_topic_without_chains() -> None:
    """Backfill carries other topics' batches; a batch of its own would be a stream that nobody can have in full."""
    assert not any(TABLE.allowed(name, "backfill", kind) for name in TABLE.events for kind in ("ncp", "rilo", "hub"))


def test_the_widest_rights_are_few_and_known() -> None:
    assert {row.family for row in TABLE.rows.values() if row.writers == "members"} == {"mail", "backfill", "heads"}
    assert {row.writers for row in TABLE.rows.values()} <= set(get_args(Writers))
