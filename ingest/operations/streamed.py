"""Kafka's two hops, as the forwarder and the consumer tell of themselves.

Whoever runs them gives a function that says how they stand now; it is called in the operations' thread. The spool's own
numbers, with how far the broker has acknowledged it, come from `Spooled(spool, taken)`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import Metric

from ingest.operations.part import Part, counter, gauge


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """How the forwarder stands. Counts are since it was started."""

    records: dict[tuple[str, str], int] = field(default_factory=dict)  # acknowledged, by source and topic
    bytes: dict[tuple[str, str], int] = field(default_factory=dict)  # of those
    errors: dict[str, int] = field(default_factory=dict)  # attempts that failed, by reason
    connected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One assigned partition."""

    source: str
    topic: str
    partition: int
    position: int  # the offset before which the lake has all, durably
    end: int  # the offset of the next record
    oldest: datetime | None = None  # when the record at `position` was written, if there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Consuming:
    """How the consumer stands. Counts are since it was started."""

    partitions: tuple[Partition, ...] = ()
    rebalances: int = 0
    restarted: dict[str, int] = field(default_factory=dict)  # partitions that stood still, by topic
    poisoned: dict[str, int] = field(default_factory=dict)  # messages that became rejects unseen, by topic
    connected: bool = True


class Forwarded(Part):
    """The hop from spool to broker, as STANDING tells."""

    def __init__(self, standing: Callable[[], Forwarding]) -> None:
        self._standing = standing
        self._seen = Forwarding()

    def sample(self) -> None:
        """As Part has it."""
        self._seen = self._standing()

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        seen, by = self._seen, ("source", "topic")
        yield counter("sparhund_forward_records", "Records that the broker acknowledged.", by, seen.records.items())
        yield counter("sparhund_forward_bytes", "Bytes of those records.", by, seen.bytes.items())
        errors = (((reason,), count) for reason, count in seen.errors.items())
        yield counter("sparhund_forward_errors", "Attempts to deliver that failed.", ("reason",), errors)
        yield gauge("sparhund_forward_connected", "Whether the broker answers.", (), [((), seen.connected)])

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        if not self._seen.connected:
            yield "the broker does not answer"


class Consumed(Part):
    """The hop from broker to lake, as STANDING tells."""

    def __init__(self, standing: Callable[[], Consuming]) -> None:
        self._standing = standing
        self._seen = Consuming()

    def sample(self) -> None:
        """As Part has it."""
        self._seen = self._standing()

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        seen, by = self._seen, ("source", "topic", "partition")
        now = datetime.now(UTC)
        rows = {(each.source, each.topic, str(each.partition)): each for each in seen.partitions}
        text = "The offset of the partition's next record."
        yield gauge("sparhund_kafka_end_offset", text, by, ((key, each.end) for key, each in rows.items()))
        text = "The offset before which the lake has all of the partition's records durably."
        yield gauge("sparhund_kafka_position", text, by, ((key, each.position) for key, each in rows.items()))
        text = "Offsets between the two."
        lags = ((key, max(0, each.end - each.position)) for key, each in rows.items())
        yield gauge("sparhund_kafka_lag_records", text, by, lags)
        text = "How long ago the first of the waiting records was written."
        ages = ((key, (now - each.oldest).total_seconds() if each.oldest else 0) for key, each in rows.items())
        yield gauge("sparhund_kafka_lag_seconds", text, by, ((key, max(0.0, age)) for key, age in ages))
        text = "How often partitions were assigned anew."
        yield counter("sparhund_kafka_rebalances", text, (), [((), seen.rebalances)])
        text = "Partitions that stood still while their end grew, and were begun again."
        rows_of = (((topic,), count) for topic, count in seen.restarted.items())
        yield counter("sparhund_kafka_partitions_restarted", text, ("topic",), rows_of)
        text = "Messages that could not be taken as records, and are rejects."
        rows_of = (((topic,), count) for topic, count in seen.poisoned.items())
        yield counter("sparhund_kafka_poisoned_records", text, ("topic",), rows_of)
        yield gauge("sparhund_kafka_connected", "Whether the broker answers.", (), [((), seen.connected)])

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        if not self._seen.connected:
            yield "the broker does not answer"
