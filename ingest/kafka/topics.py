"""Topics on their way to the writer: our own, which forwarders fill, and those that others fill.

Where reading goes on is what the lake says, in the same commit as the records, and never what the group says. So two
writers that both believe a partition theirs, for a moment, store each record once all the same.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingest.kafka import records
from ingest.kafka.brokers import Brokers, Topic
from ingest.kafka.client import BrokerError, Consumer, DamagedError, Fetched, Place, client
from ingest.kafka.contact import Contact
from ingest.kafka.damaged import beyond
from ingest.lake import Lake
from ingest.streams import Batch
from ingest.writer import Writer
from schemas.kafka import KafkaSettings
from schemas.source import Source

BATCH_BYTES = 24 << 20  # begun at once; twice as much may wait for a writer that is at work
POLL_S = 0.2
LOOK_S = 5.0  # how often topics are looked for that are new, or made again
STREAM_S = 3600.0  # a stream that is quiet for so long is no longer told of; each shipped file is one
AGAIN_S = 1.0  # after the brokers could not be reached
_RESUME = "@kafka"  # no source's name: its positions are a broker's offsets, not a shard's

log = logging.getLogger("sparhund.topics")


@dataclass(slots=True)
class Partition:
    """What is known of a partition that is ours."""

    next: int = 0  # offset of the next record
    end: int = 0  # offset that the next record will get there, when it was last looked
    looked: int = 0  # `next` when it was last asked whether the partition stands still
    stands: bool = False  # the broker has lost records that we have read: somebody must look


class Topics:
    """Feeds WRITER from the topics of SETTINGS, until it is stopped.

    Memory: twice BATCH_BYTES, and what the client has fetched ahead.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        writer: Writer,
        sources: Mapping[str, Source],
        *,
        batch_records: int = 100_000,
        flush_after_s: float = 2.0,
    ) -> None:
        self.settings = settings
        self.writer = writer
        self.batch_records = batch_records
        self.flush_after_s = flush_after_s
        self.names = {settings.topic(name): source for name, source in sources.items()}
        self.names |= {topic: sources[name] for topic, name in settings.topics.items()}
        self.partitions: dict[Place, Partition] = {}
        # Source and shard of what came through our own topics, and when it last did.
        self.streams: dict[tuple[str, str], float] = {}
        # By topic: what was given to the writer, was no record, wasn't kept any more, was damaged, and stood still.
        self.records, self.bytes, self.poisoned, self.gone, self.damaged, self.stalled = (
            Counter[str]() for _ in range(6)
        )
        self.rebalances = 0
        self.paused = False  # held off, since the writer can't take more
        self.contact = Contact(settings, log, "what lies there waits")
        self._missing: set[str] = set()  # topics that others should fill, and nobody has made
        self._cluster = ""
        self._topics: dict[str, Topic] = {}
        self._passed: dict[str, int] = {}  # by application id: the offset behind a batch that can't be read
        self._unsettled: set[Place] = set()  # became ours, and what the broker keeps of them is not looked at yet
        # The end before which a partition has stood still: what lies there may be a transaction's end, and no record.
        self._stood: dict[Place, int] = {}
        self._waiting: list[Fetched] = []
        self._waiting_since = 0.0
        self._size = self._count = 0

    def run(self, stopped: threading.Event) -> None:
        """Until STOPPED; what was fetched by then is begun. Errors: as `Writer.begin`."""
        while not stopped.is_set():
            try:
                self._consume(stopped)
            except BrokerError as error:
                self.contact.lost(error)
                stopped.wait(AGAIN_S)

    def _consume(self, stopped: threading.Event) -> None:
        """With one consumer, until STOPPED or the topics are others."""
        with Brokers(self.settings) as brokers:
            self._cluster = brokers.cluster()
            self._topics = brokers.topics(self.names)
            self._tell_missing()
            self.contact.made(f"{len(self._topics)} of our topics are there")
            if not self._topics:
                stopped.wait(LOOK_S)
                return
            consumer = client(self.settings).consumer(self.settings, list(self._topics), self._start, self._lost)
            try:
                self.paused = False
                looked = stood = time.monotonic()
                while not stopped.is_set():
                    try:
                        self._poll(consumer)
                    except DamagedError as damaged:
                        self._pass_by(consumer, damaged)
                    now = time.monotonic()
                    if now - looked > LOOK_S:
                        looked = now
                        if brokers.topics(self.names) != self._topics:
                            return
                        self._look(consumer)
                    if now - stood > self.settings.stall_s:
                        stood = now
                        if self._stalled():
                            return
                self._begin()
            except BrokerError:
                self._begin()  # what one partition fails with must not hold up the others for ever
                raise
            finally:
                consumer.close()
                self._lost(set(self.partitions))  # what was not begun is read again

    def _tell_missing(self) -> None:
        missing = self.settings.topics.keys() - self._topics
        for topic in sorted(missing - self._missing):
            log.warning("kafka.topics: %s: brokers show us no such topic; it is read as soon as they do", topic)
        self._missing = missing

    def _poll(self, consumer: Consumer) -> None:
        timeout_s = POLL_S
        if self._waiting:
            timeout_s = max(0.0, min(timeout_s, self._waiting_since + self.flush_after_s - time.monotonic()))
        found = consumer.poll(timeout_s, self.batch_records)
        if self._unsettled:
            self._settle(consumer)
        for fetched in found:
            if fetched.place not in self.partitions:
                continue
            self.partitions[fetched.place].next = fetched.offsets[-1] + 1
            self._waiting_since = self._waiting_since if self._waiting else time.monotonic()
            self._waiting.append(fetched)
            self._count += len(fetched.offsets)
            self._size += _size(fetched)
        self._hand_over(consumer)

    def _pass_by(self, consumer: Consumer, damaged: DamagedError) -> None:
        """Go on behind a batch that can't be read any more, when all that was fetched before it is begun."""
        place = damaged.place
        if place not in self.partitions:
            return
        found = beyond(self.settings, place, damaged.offset)
        log.error("%s; what is read next is %d", damaged, found)
        self.damaged[place.topic] += found - damaged.offset
        self._begin()
        if place.topic in self.settings.topics:  # else the records' own addresses tell what is missing
            self.writer.skip(self.names[place.topic], self._shard(place), found)
        self._passed[self.resume(place)] = found
        self.partitions[place].next = found
        consumer.seek(place, found)

    def _hand_over(self, consumer: Consumer) -> None:
        """Begin what waits if it is due; hold the broker off while the writer can't take more."""
        full = self._size >= BATCH_BYTES or self._count >= self.batch_records
        due = full or (self._waiting and time.monotonic() - self._waiting_since >= self.flush_after_s)
        if due and self.writer.ready:
            self._begin()
            full = False
        if full != self.paused:
            (consumer.pause if full else consumer.resume)(self._ours())
            self.paused = full

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._size = self._count = 0
        batches = [batch for fetched in waiting for batch in self._batches(fetched)]
        if batches:
            self.writer.begin(batches)
        for fetched in waiting:
            self.records[fetched.place.topic] += len(fetched.offsets)
            self.bytes[fetched.place.topic] += _size(fetched)

    def _batches(self, fetched: Fetched) -> list[Batch]:
        place = fetched.place
        source, shard = self.names[place.topic], self._shard(place)
        if place.topic in self.settings.topics:
            batches = records.foreign(fetched, source, shard)
        else:
            resumes = {self.resume(place): fetched.offsets[-1] + 1}
            found = records.own(fetched, source, shard)
            now = time.monotonic()
            self.streams |= {(source.name, stream): now for stream in found if stream != shard}
            batches = [replace(batch, resumes=resumes) for batch in found.values()]
        self.poisoned[place.topic] += sum(len(batch.records) - batch.records["broken"].null_count for batch in batches)
        return batches

    def _shard(self, place: Place) -> str:
        return f"{self._cluster}/{self._topics[place.topic].id}/{place.partition}"

    def resume(self, place: Place) -> str:
        """The application id whose version is PLACE's next offset."""
        shard = self._shard(place)
        return (
            f"{self.names[place.topic].name}/{shard}" if place.topic in self.settings.topics else f"{_RESUME}/{shard}"
        )

    def _ours(self) -> list[Place]:
        return [place for place, partition in self.partitions.items() if not partition.stands]

    def _start(self, places: set[Place]) -> dict[Place, int]:
        """Where PLACES, which became ours, go on."""
        self.rebalances += 1
        # A handle of its own: the writer's threads are at work with theirs.
        positions = Lake.open(self.writer.lake.root).table("evidence").positions
        names = {place: self.resume(place) for place in places}
        found = {place: max(positions.get(name, 0), self._passed.get(name, 0)) for place, name in names.items()}
        self.partitions |= {place: Partition(next=offset, looked=offset) for place, offset in found.items()}
        self._unsettled |= places
        return found

    def _lost(self, places: set[Place]) -> None:
        """PLACES are another's: it reads what we have not committed."""
        for place in places:
            self.partitions.pop(place, None)
        self._unsettled -= places
        self._waiting = [fetched for fetched in self._waiting if fetched.place not in places]
        self._count = sum(len(fetched.offsets) for fetched in self._waiting)
        self._size = sum(map(_size, self._waiting))

    def _settle(self, consumer: Consumer) -> None:
        """Compare where we go on with what the broker keeps, and begin to read."""
        bounds = consumer.bounds(self._unsettled)
        for place, (first, end) in bounds.items():
            partition = self.partitions[place]
            partition.end = end
            foreign = place.topic in self.settings.topics
            if partition.next < first:
                log.error("kafka: %s/%d: %d offsets are no longer kept", *place, first - partition.next)
                self.gone[place.topic] += first - partition.next
                if foreign:  # else the records' own addresses tell what is missing
                    self.writer.skip(self.names[place.topic], self._shard(place), first)
                partition.next = first
                consumer.seek(place, first)
            elif partition.next > end:
                log.error("kafka: %s/%d: ends %d offsets before what was read of it", *place, partition.next - end)
                if foreign:  # new records would pass for those that were read
                    partition.stands = True
                else:
                    partition.next = end
                    consumer.seek(place, end)
        self._unsettled -= set(bounds)
        if not self.paused:
            consumer.resume(place for place in bounds if not self.partitions[place].stands)

    def _look(self, consumer: Consumer) -> None:
        old = time.monotonic() - STREAM_S
        self.streams = {stream: seen for stream, seen in self.streams.items() if seen > old}
        for place, (_, end) in consumer.bounds(self.partitions).items():
            self.partitions[place].end = end

    def _stalled(self) -> bool:
        """Whether a partition stands still while its end grows. Counted; the consumer is made anew."""
        still = [
            place
            for place, partition in self.partitions.items()
            if not (self.paused or partition.stands)
            and partition.next == partition.looked
            and max(partition.next, self._stood.get(place, 0)) < partition.end
        ]
        for partition in self.partitions.values():
            partition.looked = partition.next
        for place in still:
            log.warning("kafka: %s/%d: stands still; it is taken up anew", *place)
            self.stalled[place.topic] += 1
            self._stood[place] = self.partitions[place].end
        return bool(still)


def _size(fetched: Fetched) -> int:
    """What FETCHED holds: values, keys and headers."""
    size = sum(len(part) for parts in (fetched.values, fetched.keys) for part in parts if part)
    return size + sum(len(value or b"") for headers in fetched.headers for _, value in headers)
