"""Clients that stand still, topics that change and networks that break, while records flow: each stands once."""

import random
import struct
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from kafka.admin import NewPartitions

from ingest.kafka import forward, kafka_python, topics
from ingest.kafka.client import Place
from ingest.kafka.client import client as client_of
from ingest.kafka.forward import Forwarder
from ingest.spool import Delivery, Spool
from tests.ingest.conftest import WEB
from tests.ingest.kafka.test_topics import OTHER, reading, records, stored, thread, until

pytestmark = pytest.mark.program("mvn")


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "far" / "spool")


@dataclass
class Still:
    """A consumer that gives nothing of one partition, though it fetches."""

    consumer: Any
    still: set[int] = field(default_factory=lambda: {1})

    def __getattr__(self, name):
        return getattr(self.consumer, name)

    def poll(self, timeout_s, most):
        return [each for each in self.consumer.poll(timeout_s, most) if each.place.partition not in self.still]


def test_a_partition_that_stands_still_is_noticed_counted_and_begun_again(town, settings, broker, monkeypatch):
    topic = uuid.uuid4().hex
    broker.topic(topic, 2)
    chosen = settings(topics={topic: "web"}, stall_s=1.0)
    made = []

    class Client:
        @staticmethod
        def consumer(*words):
            made.append(client_of(chosen).consumer(*words))
            return Still(made[-1]) if len(made) == 1 else made[-1]

    monkeypatch.setattr(topics, "client", lambda _: Client)
    monkeypatch.setattr(topics, "LOOK_S", 0.3)
    with reading(town, chosen, WEB) as reader:
        until(lambda: len(reader.partitions) == 2)
        broker.produce(topic, *({"value": records(number)[0], "partition": number % 2} for number in range(100)))
        stored(town, 100)
        assert reader.stalled[topic] >= 1
    assert town.paths() == list(range(100))
    assert len(made) == 2


def test_topics_that_get_more_partitions_lose_no_order(town, settings, broker, spool, monkeypatch):
    monkeypatch.setattr(topics, "LOOK_S", 0.3)
    topic = uuid.uuid4().hex
    broker.topic(topic)
    chosen = settings(topics={topic: "other"}, partitions=1)
    spool.append("web", Delivery(records=records(*range(100))))
    with thread(Forwarder(chosen, spool).run), reading(town, chosen, WEB, OTHER) as reader:
        broker.produce(topic, *({"value": each} for each in records(*range(1000, 1100))))
        stored(town, 200)
        admin = broker.admin()
        admin.create_partitions({topic: NewPartitions(3), chosen.topic("web"): NewPartitions(3)})
        admin.close()
        spool.append("web", Delivery(records=records(*range(100, 200))))
        until(lambda: len(reader.partitions) == 6)
        broker.produce(topic, *({"value": records(number)[0], "partition": number % 3} for number in range(1100, 1200)))
        spool.append("web", Delivery(records=records(*range(200, 300))))
        stored(town, 500)
    assert town.paths() == [*range(300), *range(1000, 1200)]
    assert town.rows("kind", where="kind <> 'event'") == []
    assert town.rows("position", where=f"shard = '{spool.shard('web')}'") == list(range(300))
    assert [each.rpartition("/")[2] for each in town.rows("DISTINCT shard", where="source = 'other'")] == [
        "0",
        "1",
        "2",
    ]


def test_a_member_that_polls_often_is_given_partitions_that_are_added(settings, broker, monkeypatch):
    monkeypatch.setattr(kafka_python, "_METADATA_MS", 300)
    topic = uuid.uuid4().hex
    broker.topic(topic)
    reader = client_of(settings()).consumer(
        settings(), [topic], lambda places: dict.fromkeys(places, 0), lambda _: None
    )

    def has(partitions):
        for _ in range(20):
            reader.poll(0.001, 10)
        return reader.assigned() == {Place(topic, number) for number in range(partitions)}

    until(lambda: has(1))
    admin = broker.admin()
    admin.create_partitions({topic: NewPartitions(3)})
    admin.close()
    until(lambda: has(3), 20)
    reader.close()


def test_a_topic_that_is_deleted_is_made_again_by_who_forwards(town, settings, broker, spool, monkeypatch):
    monkeypatch.setattr(topics, "LOOK_S", 0.3)
    monkeypatch.setattr(forward, "FLUSH_S", 2.0)
    chosen = settings()
    with thread(Forwarder(chosen, spool).run), reading(town, chosen, WEB):
        spool.append("web", Delivery(records=records(*range(100))))
        stored(town, 100)
        broker.delete(chosen.topic("web"))
        spool.append("web", Delivery(records=records(*range(100, 200))))
        stored(town, 200)
    assert town.paths() == list(range(200))
    assert town.rows("kind", where="kind <> 'event'") == []


def test_a_network_that_is_cut_in_mid_batch_loses_and_doubles_nothing(town, settings, broker, spool, monkeypatch):
    monkeypatch.setattr(forward, "FLUSH_S", 5.0)
    dice = random.Random(4)
    door = replace(settings(), brokers=(f"localhost:{broker.network.proxies['broker'].port}",))
    many = [each + b" " * 300 for each in records(*range(20_000))]
    for first in range(0, len(many), 1000):
        spool.append("web", Delivery(records=many[first : first + 1000]))
    forwarder = Forwarder(door, spool)
    with thread(forwarder.run), reading(town, door, WEB):
        for cut in range(12):
            wanted = forwarder.records["web"]
            broker.network.cut(
                "broker", cut % 2, dice.randrange(1, 300_000 if cut % 2 == 0 else 300), reset=cut % 3 == 0
            )
            until(lambda wanted=wanted: forwarder.records["web"] > wanted or spool.waiting("web") == 0)
        stored(town, len(many))
    assert town.paths() == list(range(len(many)))
    assert town.rows("kind", where="kind <> 'event'") == []


@pytest.mark.parametrize("own", [False, True])
def test_a_damaged_batch_is_a_gap_and_costs_nothing_else(town, settings, broker, spool, monkeypatch, own):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    chosen = settings(partitions=1) if own else settings(topics={topic: "web"})
    topic = chosen.topic("web") if own else topic

    def send(*numbers):
        if not own:
            broker.produce(topic, *({"value": each} for each in records(*numbers)))
            return
        spool.append("web", Delivery(records=records(*numbers)))
        with thread(Forwarder(chosen, spool).run):
            until(lambda: not spool.waiting("web"))

    for first in range(0, 500, 100):
        send(*range(first, first + 100))
    damaged = _damage(broker, topic)
    monkeypatch.setattr(topics, "LOOK_S", 0.3)
    with reading(town, chosen, WEB) as reader:
        until(lambda: reader.damaged[topic] == len(damaged))
        send(500)
        until(lambda: 500 in town.paths())
    assert town.paths() == sorted({*range(501)} - damaged)
    gaps = town.rows("position, length", where="kind = 'gap'")
    assert {gap["position"] + n for gap in gaps for n in range(gap["length"])} == damaged
    with reading(town, chosen, WEB) as again:
        until(lambda: again.partitions and again.partitions[Place(topic, 0)].next == 501)
    assert not again.damaged


def _damage(broker, topic):
    """Turn a bit in the second, two neighbouring and the last batch of TOPIC. Shape: the offsets in them."""
    (path,) = (broker.folder / "data" / "logs" / f"{topic}-0").glob("*.log")
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        first, length = struct.unpack_from(">qi", data, at)
        at += 12 + length
        found.append((first, struct.unpack_from(">i", data, at - length + 11)[0], at - 1))
    chosen = [found[number] for number in {1, 3, 4, len(found) - 1}]
    with path.open("r+b") as file:
        for _, _, end in chosen:
            file.seek(end)
            file.write(bytes([data[end] ^ 1]))
    return {first + number for first, more, _ in chosen for number in range(more + 1)}


def test_a_record_of_five_megabytes_comes_whole(town, settings, spool):
    (small,) = records(0)
    big = small.replace(b"curl", b"c" * (5 << 20))
    spool.append("web", Delivery(records=[small, big, small]))
    with thread(Forwarder(settings(), spool).run), reading(town, settings(), WEB):
        stored(town, 3)
    found = town.rows("position, octet_length(record) AS bytes", "evidence", "true")
    assert [(row["position"], row["bytes"]) for row in found] == [(0, len(small)), (1, len(big)), (2, len(small))]
