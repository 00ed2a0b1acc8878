"""Records through a real broker: into the lake once, whoever reads them and whatever else lies there."""

import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count, islice

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from ingest.kafka.client import client as client_of
from ingest.kafka.forward import Forwarder
from ingest.kafka.topics import Topics
from ingest.lake import Lake
from ingest.spool import Delivery, Spool
from schemas.source import Source
from tests.ingest.conftest import WEB, lines

pytestmark = pytest.mark.program("mvn")
DEEP, LONE = b"[" * 100_000, b'{"sender": "\\ud800"}'
PATIENCE_S = 60.0
OTHER = Source(name="other", mapping="web_access")


def until(what, patience_s=PATIENCE_S):
    deadline = time.monotonic() + patience_s
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)
    return found


@contextmanager
def thread(run):
    """RUN(stopped) beside the test; an error of it is the test's."""
    stopped, faults = threading.Event(), []

    def work():
        try:
            run(stopped)
        except BaseException as fault:  # noqa: BLE001 - the test gets it
            faults.append(fault)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stopped.set()
        worker.join(PATIENCE_S)
        assert not worker.is_alive()
        assert not faults, faults


@contextmanager
def reading(town, settings, *sources, **keys):
    """A writer's process, as it were: it reads the topics of SETTINGS. Gives its Topics."""
    writer = town.writer(*sources)
    topics = Topics(settings, writer, {source.name: source for source in sources}, flush_after_s=0.1, **keys)
    with thread(topics.run):
        yield topics
    writer.finish()


def stored(town, rows):
    """Waits until the lake has so many ROWS."""
    until(lambda: sum(file.rows for file in Lake.open(town.root).table("normalised").files.values()) >= rows)


def records(*numbers):
    return [line.encode() for line in lines(*numbers).splitlines()]


def test_what_the_spool_holds_comes_into_the_lake_by_its_own_addresses(town, settings, tmp_path):
    spool = Spool(tmp_path / "far" / "spool")
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    spool.append("web", Delivery(records=records(0, 1), received=moment, context=b'{"sender": "192.0.2.9"}'))
    spool.append("web", Delivery(records=records(2), received=moment))
    forwarder = Forwarder(settings(), spool)
    with thread(forwarder.run), reading(town, settings(), WEB) as topics:
        until(lambda: town.paths() == [0, 1, 2])
        spool.append("web", Delivery(records=records(3, 4, 5), received=moment))
        until(lambda: town.paths() == [0, 1, 2, 3, 4, 5])
        until(lambda: forwarder.records["web"] == 6)
    assert spool.waiting("web") == 0
    found = town.rows("shard, position, received", "evidence", "true")
    assert [(row["shard"], row["position"]) for row in found] == [(spool.shard("web"), number) for number in range(6)]
    assert {row["received"] for row in found} == {moment}
    assert town.rows("kind", where="kind <> 'event'") == []
    assert town.rows("context", "contexts", where="context LIKE '%192.0.2.9%'") != []
    assert sum(topics.records.values()) == 6


def test_what_is_sent_again_after_a_crash_stands_once(town, settings, tmp_path, monkeypatch):
    spool = Spool(tmp_path / "far" / "spool")
    spool.append("web", Delivery(records=records(*range(100))))
    for _ in range(2):
        # Killed between the broker's acknowledgement and the trim.
        monkeypatch.setattr(spool, "trim", lambda *_: None)
        producer = client_of(settings()).producer(settings())
        forwarder = Forwarder(settings(), spool)
        assert forwarder._forward(producer, "web") == 100
        producer.close()
    monkeypatch.undo()
    spool.append("web", Delivery(records=records(100)))
    forwarder = Forwarder(settings(), spool)
    with thread(forwarder.run), reading(town, settings(), WEB):
        until(lambda: town.paths() == list(range(101)))
    assert town.rows("count(*)", "evidence", "true") == [101]
    assert town.rows("count(*)", where="kind <> 'event'") == [0]


def test_a_topic_of_others_is_read_by_offset_with_key_and_headers(town, settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    one, two, three = records(1, 2, 3)
    broker.produce(topic, {"value": one, "key": b"k\xff", "headers": [("h", b"x")]}, {"value": two}, {"value": three})
    chosen = settings(topics={topic: "web"})
    with reading(town, chosen, WEB):
        until(lambda: town.paths() == [1, 2, 3])
    with reading(town, chosen, WEB):
        broker.produce(topic, {"value": records(4)[0]})
        until(lambda: town.paths() == [1, 2, 3, 4])
    assert town.rows("position", "evidence", "true") == [0, 1, 2, 3]
    (shard,) = town.rows("DISTINCT shard", "evidence", "true")
    assert shard.count("/") == 2
    (told,) = town.rows("context", "contexts", where="context LIKE '%headers%'")
    assert '"key": "k\\\\xff"' in told
    assert '[[\\"h\\", \\"x\\"]]' in told


def test_poison_is_a_reject_and_what_follows_it_is_read(town, settings, broker, tmp_path):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    good = records(1, 2)
    broker.produce(topic, {"value": good[0]}, {"value": None, "key": b"k"}, {"value": b"\xff\x00"}, {"value": good[1]})
    chosen = settings(topics={topic: "other"})
    spool = Spool(tmp_path / "far" / "spool")
    spool.append("web", Delivery(records=records(3)))
    forwarder = Forwarder(chosen, spool)
    with thread(forwarder.run):
        until(lambda: forwarder.records["web"] == 1)
        for poison in (
            {"value": b"stray"},
            {"value": b"x", "key": b"s", "headers": [("position", b"-1"), ("received", b"1")]},
            {"value": b"x", "key": b"s", "headers": [("position", b"1"), ("received", b"1" * 40)]},
            {"value": b"x", "key": b"s", "headers": [("position", b"1"), ("received", b"1"), ("context", b"[]")]},
            {"value": None, "key": b"s", "headers": [("position", b"0"), ("received", b"1")]},
            {"value": b"x", "key": b"s", "headers": [("position", b"%d" % (1 << 63)), ("received", b"1")]},
            {"value": b"x", "key": b"s", "headers": [("position", b"1"), ("received", b"1"), ("context", DEEP)]},
            {"value": b"x", "key": b"s", "headers": [("position", b"1"), ("received", b"1"), ("context", LONE)]},
        ):
            broker.produce(chosen.topic("web"), {"partition": 0, **poison})
        spool.append("web", Delivery(records=records(4)))
        with reading(town, chosen, WEB, OTHER):
            until(lambda: town.paths() == [1, 2, 3, 4])
            until(lambda: town.rows("count(*)", where="kind = 'reject'") == [10])
    assert town.rows("DISTINCT reason", where="kind = 'reject' AND source = 'web'") == [
        "headers: no address of ours",
        "value: missing",
    ]
    assert town.rows("count(*)", "evidence", "true") == [14]


def test_two_writers_share_partitions_and_each_record_stands_once(town, settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic, 4)
    chosen = settings(topics={topic: "web"})
    numbers = count()

    def produce(some):
        broker.produce(
            topic, *({"value": records(number)[0], "partition": number % 4} for number in islice(numbers, some))
        )

    with reading(town, chosen, WEB) as first:
        produce(400)
        until(lambda: len(first.partitions) == 4)
        with reading(town, chosen, WEB) as second:
            until(lambda: len(first.partitions) == len(second.partitions) == 2)
            produce(400)
            until(lambda: second.records[topic] and first.records[topic])
            kept = set(first.partitions)
        produce(400)
        until(lambda: len(first.partitions) == 4)
        assert kept < set(first.partitions)
        until(lambda: len(town.paths()) >= 1200)
    assert town.paths() == list(range(1200))


def test_a_start_of_the_log_beyond_what_was_read_is_a_gap_and_holes_are_none(town, settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    chosen = settings(topics={topic: "web"})
    broker.produce(topic, *({"value": each} for each in records(*range(10))))
    admin = broker.admin()
    admin.delete_records({TopicPartition(topic, 0): 4})
    admin.close()
    with reading(town, chosen, WEB):
        until(lambda: town.paths() == list(range(4, 10)))
    gaps = town.rows("position, length, reason", where="kind = 'gap'")
    assert [(row["position"], row["length"]) for row in gaps] == [(0, 4)]


def test_a_topic_that_is_made_again_is_another(town, settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    chosen = settings(topics={topic: "web"})
    with reading(town, chosen, WEB):
        broker.produce(topic, *({"value": each} for each in records(1, 2)))
        until(lambda: town.paths() == [1, 2])
        broker.delete(topic)
        until(lambda: _made(broker, topic))
        broker.produce(topic, {"value": records(3)[0]})
        until(lambda: town.paths() == [1, 2, 3])
    assert len(town.rows("DISTINCT shard", "evidence", "true")) == 2
    assert town.rows("count(*)", where="kind = 'gap'") == [0]


def _made(broker, topic):
    try:
        broker.topic(topic)
    except KafkaError:
        return False
    return True


def test_a_writer_that_cannot_take_more_is_waited_for(town, settings, broker, monkeypatch):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    monkeypatch.setattr("ingest.kafka.topics.BATCH_BYTES", 10_000)
    chosen = settings(topics={topic: "web"})
    with reading(town, chosen, WEB, batch_records=100) as topics:
        busy = threading.Event()
        ready = type(topics.writer).ready
        monkeypatch.setattr(type(topics.writer), "ready", property(lambda self: not busy.is_set() and ready.fget(self)))
        busy.set()
        broker.produce(topic, *({"value": each} for each in records(*range(1000))))
        until(lambda: topics.paused)
        held = topics._count
        time.sleep(1)
        assert topics._count == held <= 200
        busy.clear()
        until(lambda: town.paths() == list(range(1000)))
    assert Lake.open(town.root).table("evidence").positions
