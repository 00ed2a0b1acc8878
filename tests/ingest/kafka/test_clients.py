"""What both clients must do alike, against a real broker: transactions, small limits, what fails in mid-group."""

import random
import uuid

import pytest
from kafka import KafkaProducer

from ingest.kafka import topics
from ingest.kafka.client import BrokerError, Place
from ingest.kafka.client import client as client_of
from tests.ingest.conftest import WEB
from tests.ingest.kafka.test_topics import OTHER, reading, records, stored, until

pytestmark = pytest.mark.program("mvn")


def test_what_a_transaction_gave_up_is_no_record(town, settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    producer = KafkaProducer(bootstrap_servers=[broker.address], transactional_id=topic)
    producer.init_transactions()
    with reading(town, settings(topics={topic: "web"}), WEB):
        for number, kept in ((1, True), (2, False), (3, True), (4, False)):
            producer.begin_transaction()
            producer.send(topic, records(number)[0])
            producer.flush()
            (producer.commit_transaction if kept else producer.abort_transaction)()
        producer.close()
        stored(town, 2)
    assert town.paths() == [1, 3]


def test_a_broker_that_takes_small_records_only_is_read(town, settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic)
    broker.produce(topic, *({"value": each} for each in records(*range(100))))
    with reading(town, settings(topics={topic: "web"}, max_record_bytes=1_000_000), WEB):
        stored(town, 100)
    assert town.paths() == list(range(100))


def test_nothing_is_sent_after_what_the_broker_refused(settings, broker):
    topic = uuid.uuid4().hex
    broker.topic(topic, max_message_bytes="100000")
    place, size = Place(topic, 0), 250_000  # each fills a batch of its own
    sound = [b"%d" % number + b" " * size for number in range(20)]
    noise = random.Random(4).randbytes(size)  # which doesn't get smaller
    chosen = settings()
    producer = client_of(chosen).producer(chosen)

    def send():
        producer.send(place, b"s", [sound[0], noise, *sound[1:]], [[]] * 21)
        producer.flush(20)

    with pytest.raises(BrokerError):
        send()
    producer.close()
    consumer = client_of(chosen).consumer(chosen, [topic], lambda places: dict.fromkeys(places, 0), lambda _: None)
    until(lambda: consumer.poll(0.2, 10) or consumer.assigned())
    consumer.resume([place])
    _, end = consumer.bounds([place])[place]
    found = []
    until(lambda: found.extend(consumer.poll(0.2, 100)) or sum(len(each.offsets) for each in found) >= end)
    consumer.close()
    assert [value for each in found for value in each.values] in ([], sound[:1])


def test_a_partition_that_fails_does_not_hold_up_the_others(town, settings, broker, monkeypatch):
    topic, bad = uuid.uuid4().hex, uuid.uuid4().hex
    for each in (topic, bad):
        broker.topic(each)
    chosen = settings(topics={topic: "web", bad: "other"})

    class Client:
        @staticmethod
        def consumer(*words):
            return Failing(client_of(chosen).consumer(*words), bad)

    monkeypatch.setattr(topics, "client", lambda _: Client)
    monkeypatch.setattr(topics, "AGAIN_S", 0.1)
    broker.produce(bad, {"value": records(0)[0]})
    broker.produce(topic, *({"value": each} for each in records(*range(1, 50))))
    with reading(town, chosen, WEB, OTHER, batch_records=100_000):
        stored(town, 49)
    assert town.paths() == list(range(1, 50))


class Failing:
    """A consumer that fails at the records of a topic, as for a batch whose checksum is wrong."""

    def __init__(self, consumer, topic):
        self.consumer = consumer
        self.topic = topic
        self.failed = False

    def __getattr__(self, name):
        return getattr(self.consumer, name)

    def poll(self, timeout_s, most):
        if self.failed:
            raise BrokerError("kafka: CorruptRecordError")
        found = self.consumer.poll(timeout_s, most)
        self.failed = any(each.place.topic == self.topic for each in found)
        return [each for each in found if each.place.topic != self.topic]
