"""What the brokers say of themselves and of topics, and the making of our own. Always asked through kafka-python."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

from ingest.kafka.client import BrokerError
from ingest.kafka.kafka_python import broker_errors, made, reach
from schemas.kafka import KafkaSettings

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is now: a topic that was deleted and made again has another id."""

    id: str
    partitions: int


class Brokers:
    """A connection to the brokers of SETTINGS. `with` it. Errors: BrokerError, everywhere."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        with broker_errors():
            self._admin = made(KafkaAdminClient, **reach(settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._admin.close()

    def cluster(self) -> str:
        """The cluster's id."""
        with broker_errors():
            return str(self._admin.describe_cluster()["cluster_id"])

    def topics(self, names: Iterable[str]) -> dict[str, Topic]:
        """Those of NAMES that there are."""
        with broker_errors():
            found = self._admin.describe_topics(list(names))
        return {
            str(each["name"]): Topic(str(each["topic_id"]), len(each["partitions"]))
            for each in found
            if not each["error_code"]
        }

    def topic(self, name: str) -> Topic:
        """One of our own topics, made if it isn't there."""
        found = self.topics([name]).get(name)
        if found is None:
            self._make(name)
            found = self.topics([name]).get(name)
        if found is None:
            raise BrokerError("kafka: the topic is not there yet")
        return found

    def _make(self, name: str) -> None:
        settings = self.settings
        kept = {
            "retention.ms": str(settings.keep_days * _DAY_MS),
            "max.message.bytes": str(settings.max_record_bytes),
            "min.insync.replicas": str(max(1, settings.replicas - 1)),
        }
        topic = NewTopic(name, settings.partitions, settings.replicas, topic_configs=kept)
        with broker_errors(), suppress(TopicAlreadyExistsError):  # another forwarder was faster
            self._admin.create_topics([topic])
