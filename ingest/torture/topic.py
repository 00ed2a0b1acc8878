"""A program that fills a topic of its own, which the writer reads."""

import contextlib

from kafka.admin import KafkaAdminClient, NewTopic

from ingest.kafka.client import BrokerError, Place, Producer, client
from ingest.kafka.kafka_python import broker_errors, made, reach
from ingest.torture.sender import Sender, Task, now_sent
from ingest.torture.truth import ACCEPTED, UNANSWERED
from schemas.kafka import KafkaSettings

NAME = "torture"
_PARTITIONS = 2
_FLUSH_S = 30.0
_MOST = 60


class Topic(Sender):
    """Sends with acknowledgement by the broker. What it could not learn the fate of is not sent again."""

    def __init__(self, task: Task, name: str) -> None:
        super().__init__(task)
        self._settings = KafkaSettings(brokers=(f"127.0.0.1:{task.port}",), client=name)

    def work(self) -> None:
        """Send, until told to stop."""
        while not self.stopped.is_set():
            with contextlib.suppress(BrokerError):
                self._session()
            self.again()

    def _session(self) -> None:
        with broker_errors():
            admin = made(KafkaAdminClient, **reach(self._settings))
            try:
                if NAME not in admin.list_topics():
                    admin.create_topics([NewTopic(NAME, _PARTITIONS, 1)])
            finally:
                admin.close()
        producer = client(self._settings).producer(self._settings)
        try:
            while not self.stopped.is_set():
                self._deliver(producer)
        finally:
            producer.close()

    def _deliver(self, producer: Producer) -> None:
        """Errors: BrokerError; what became of the records is not known then."""
        records, state = now_sent(self.make(_MOST)), UNANSWERED
        place = Place(NAME, self.dice.randrange(_PARTITIONS))
        try:
            producer.send(place, b"", [each.record for each in records], [[]] * len(records))
            producer.flush(_FLUSH_S)
            state = ACCEPTED
        finally:
            self.task.truth.add(state, records)
        self.pace(len(records))
