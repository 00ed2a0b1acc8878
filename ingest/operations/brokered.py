"""Kafka: what a forwarder has sent, and how far the lake is behind the topics that are read into it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import Metric

from ingest.kafka.contact import Contact
from ingest.kafka.forward import Forwarder
from ingest.kafka.ship import Shipper
from ingest.kafka.topics import Topics
from ingest.operations.part import Part, counter, gauge

if TYPE_CHECKING:
    from ingest.kafka.client import Place

_REACHABLE = "Whether a broker answers."


class Forwarded(Part):
    """What SENDERS have sent, of the spool and of files, and all replicas in sync have."""

    def __init__(self, *senders: Forwarder | Shipper) -> None:
        self._senders = senders

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        records, sizes = Counter[str](), Counter[str]()
        for each in self._senders:
            records.update(dict(each.records))
            sizes.update(dict(each.bytes))
        text = "Records that brokers have acknowledged."
        yield counter("sparhund_forward_records", text, ("source",), _by(records))
        yield counter("sparhund_forward_bytes", "Bytes of those records.", ("source",), _by(sizes))
        yield gauge("sparhund_kafka_reachable", _REACHABLE, (), [((), self._reachable)])

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        yield from sorted({_unreachable(each.contact) for each in self._senders if not each.contact.reachable})

    @property
    def _reachable(self) -> bool:
        return all(each.contact.reachable for each in self._senders)


@dataclass(frozen=True, slots=True)
class _Partition:
    """One look at a partition: what is committed to the lake, and where it ends.

    Until `mark` is committed, the lake is behind by at least the time since it was the end.
    """

    committed: int
    end: int
    mark: int
    since_s: float

    @property
    def lag(self) -> int:
        return max(0, self.end - self.committed)


class Consumed(Part):
    """The partitions that TOPICS reads; POSITIONS gives those of the lake's shards and resume offsets."""

    def __init__(self, topics: Topics, positions: Callable[[], Mapping[str, int]]) -> None:
        self._topics = topics
        self._positions = positions
        self._partitions: dict[Place, _Partition] = {}
        self._streams: dict[tuple[str, str], int] = {}

    def sample(self) -> None:
        """As Part has it."""
        positions, now = self._positions(), time.monotonic()
        found = {}
        for place, partition in dict(self._topics.partitions).items():
            committed, end = positions.get(self._topics.resume(place), 0), max(partition.end, partition.next)
            before = self._partitions.get(place)
            if before is None or committed >= before.mark:
                found[place] = _Partition(committed, end, end, now)
            else:
                found[place] = _Partition(committed, end, before.mark, before.since_s)
        self._partitions = found
        self._streams = {
            (source, shard): positions.get(f"{source}/{shard}", 0) for source, shard in list(self._topics.streams)
        }

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        topics, by = self._topics, ("source", "topic", "partition")
        places = {
            (topics.names[place.topic].name, place.topic, str(place.partition)): each
            for place, each in self._partitions.items()
        }
        text = "The offset before which the lake has all records of the partition."
        yield gauge(
            "sparhund_kafka_committed_offset", text, by, ((key, each.committed) for key, each in places.items())
        )
        text = "The offset that the partition's next record will get, when it was last looked."
        yield gauge("sparhund_kafka_end_offset", text, by, ((key, each.end) for key, each in places.items()))
        text = "Offsets between the two."
        yield gauge("sparhund_kafka_lag_records", text, by, ((key, each.lag) for key, each in places.items()))
        now = time.monotonic()
        text = "For how long at least the first record that the lake hasn't has lain in the partition."
        lag = ((key, now - each.since_s if each.lag else 0.0) for key, each in places.items())
        yield gauge("sparhund_kafka_lag_seconds", text, by, lag)
        text = "The position before which the lake has all records of a stream that came through our own topics."
        yield gauge("sparhund_kafka_stream_position", text, ("source", "shard"), self._streams.items())
        text = "Records that were fetched and given to the writer."
        yield counter("sparhund_kafka_records", text, ("topic",), _by(topics.records))
        yield counter("sparhund_kafka_bytes", "Bytes of those records.", ("topic",), _by(topics.bytes))
        text = "Messages without a value or an address of ours: kept as rejects."
        yield counter("sparhund_kafka_poisoned_records", text, ("topic",), _by(topics.poisoned))
        text = "Offsets that the broker no longer kept when we came to read them."
        yield counter("sparhund_kafka_gone_records", text, ("topic",), _by(topics.gone))
        text = "Offsets whose batch was damaged at the broker: passed by."
        yield counter("sparhund_kafka_damaged_records", text, ("topic",), _by(topics.damaged))
        text = "Times that a partition stood still while its end grew, and was taken up anew."
        yield counter("sparhund_kafka_partitions_restarted", text, ("topic",), _by(topics.stalled))
        yield counter("sparhund_kafka_rebalances", "Times that partitions became ours.", (), [((), topics.rebalances)])
        text = "Whether reading is held off because the writer can't take more."
        yield gauge("sparhund_kafka_paused", text, (), [((), topics.paused)])
        yield gauge("sparhund_kafka_reachable", _REACHABLE, (), [((), topics.contact.reachable)])

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        if not self._topics.contact.reachable:
            yield _unreachable(self._topics.contact)
        for place, partition in dict(self._topics.partitions).items():
            if partition.stands:
                yield f"{place.topic}/{place.partition}: the broker has lost records that were read; it stands"


def _unreachable(contact: Contact) -> str:
    return f"no broker answers: {contact.reason}" if contact.reason else "no broker answers yet"


def _by(counts: Mapping[str, int]) -> Iterator[tuple[tuple[str, ...], float]]:
    yield from (((name,), count) for name, count in dict(counts).items())
