"""The client confluent-kafka (librdkafka): the extra sparhund[fast]."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import confluent_kafka as rd

from ingest.kafka.client import IN_FLIGHT, BrokerError, DamagedError, Fetched, Headers, Place
from schemas.kafka import KafkaSettings

_DAMAGED = frozenset({rd.KafkaError._BAD_MSG, rd.KafkaError._BAD_COMPRESSION})  # noqa: SLF001 - they are public in C
_REQUEST_S = 30.0
_BOOTSTRAP_S = 5.0
_FETCH_BYTES = 8 << 20  # of one partition
_QUEUED_KIB = 32 << 10  # what is fetched ahead of us
_NO_TEXT = (("headers", b"a name is no text"),)  # in the place of those that the client can't give
_QUIET = logging.getLogger("sparhund.kafka.librdkafka")  # what matters of what it tells we tell ourselves
_QUIET.setLevel(logging.CRITICAL)


def _reach(settings: KafkaSettings) -> dict[str, Any]:
    words: dict[str, Any] = {
        "bootstrap.servers": ",".join(settings.brokers),
        "security.protocol": settings.security,
        "topic.metadata.refresh.interval.ms": 10_000,
        "reconnect.backoff.max.ms": 2_000,
        "allow.auto.create.topics": False,
        "receive.message.max.bytes": 2 * _FETCH_BYTES + 2 * settings.max_record_bytes,
    }
    if settings.ca:
        words |= {"ssl.ca.location": str(settings.ca)}
        words |= {"ssl.certificate.location": str(settings.certificate)} if settings.certificate else {}
        words |= {"ssl.key.location": str(settings.key)} if settings.key else {}
    if settings.username and settings.password:
        words |= {
            "sasl.mechanisms": settings.mechanism,
            "sasl.username": settings.username,
            "sasl.password": settings.password.reveal(),
        }
    return words


@contextmanager
def _broker_errors() -> Iterator[None]:
    try:
        yield
    except rd.KafkaException as error:
        fault = error.args[0]
        raise BrokerError(
            f"kafka: {fault.name() if isinstance(fault, rd.KafkaError) else type(error).__name__}"
        ) from error
    except (OSError, ValueError, BufferError, SystemError) as error:  # SystemError: a fatal fault, amid deliveries
        raise BrokerError(f"kafka: {type(error.__cause__ or error).__name__}") from error


class _Producer:
    def __init__(self, settings: KafkaSettings) -> None:
        with _broker_errors():
            self._producer = rd.Producer(
                {
                    **_reach(settings),
                    "enable.idempotence": True,
                    "enable.gapless.guarantee": True,  # nothing is sent after what failed: it would be taken for old
                    "max.in.flight": IN_FLIGHT,
                    "compression.type": "lz4",
                    "linger.ms": 5,
                    "batch.size": 256 << 10,
                    "message.max.bytes": settings.max_record_bytes,
                    "queue.buffering.max.messages": 0,  # bounded by bytes, and by who flushes
                    "queue.buffering.max.kbytes": 2 * (settings.max_record_bytes >> 10),
                },
                logger=_QUIET,
            )
            self._producer.list_topics(timeout=_BOOTSTRAP_S)  # it begins without a broker as well
        self._fault: Any = None

    def _delivered(self, fault: Any, _: Any) -> None:
        if fault is not None:
            self._fault = fault

    def send(self, place: Place, key: bytes, values: Sequence[bytes], headers: Sequence[Headers]) -> None:
        produce = self._producer.produce
        with _broker_errors():
            for value, each in zip(values, headers, strict=True):
                produce(place.topic, value, key, place.partition, headers=list(each), on_delivery=self._delivered)

    def flush(self, timeout_s: float) -> None:
        with _broker_errors():
            left = self._producer.flush(timeout_s)
        fault, self._fault = self._fault, None
        if left or fault:
            raise BrokerError(f"kafka: {fault.name() if fault else 'not acknowledged in time'}")

    def close(self) -> None:
        self._producer.purge()
        with suppress(BrokerError), _broker_errors():
            self._producer.flush(1.0)


class _Consumer:
    def __init__(
        self,
        settings: KafkaSettings,
        topics: Sequence[str],
        start: Callable[[set[Place]], dict[Place, int]],
        lost: Callable[[set[Place]], None],
    ) -> None:
        self._start, self._lost = start, lost
        self._fault: str | None = None
        self._damaged: dict[Place, int] = {}
        with _broker_errors():
            self._consumer = rd.Consumer(
                {
                    **_reach(settings),
                    "group.id": settings.group,
                    "enable.auto.commit": False,
                    "auto.offset.reset": "error",
                    "partition.assignment.strategy": "cooperative-sticky",
                    "session.timeout.ms": 10_000,
                    "isolation.level": "read_committed",
                    "check.crcs": True,
                    "fetch.message.max.bytes": _FETCH_BYTES,
                    "fetch.max.bytes": 2 * _FETCH_BYTES,
                    "queued.max.messages.kbytes": _QUEUED_KIB,
                },
                logger=_QUIET,
            )
            self._consumer.list_topics(timeout=_BOOTSTRAP_S)  # it begins without a broker as well
            self._consumer.subscribe(
                list(topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
            )

    def _assigned(self, consumer: Any, partitions: list[Any]) -> None:
        offsets = self._start({Place(each.topic, each.partition) for each in partitions})
        begun = [rd.TopicPartition(*place, offset) for place, offset in offsets.items()]
        consumer.incremental_assign(begun)
        consumer.pause(begun)

    def _revoked(self, consumer: Any, partitions: list[Any]) -> None:
        lost = {Place(each.topic, each.partition) for each in partitions}
        self._damaged = {place: offset for place, offset in self._damaged.items() if place not in lost}
        self._lost(lost)
        consumer.incremental_unassign(partitions)

    def poll(self, timeout_s: float, most: int) -> list[Fetched]:
        fault, self._fault = self._fault, None
        if fault:
            raise BrokerError(f"kafka: {fault}")
        if self._damaged:
            raise DamagedError(*next(iter(self._damaged.items())))
        with _broker_errors():
            found = self._consumer.consume(most, timeout_s)
        places: dict[Place, list[Any]] = {}
        each: Any
        for each in found:
            fault, place = each.error(), Place(each.topic(), each.partition())
            if place in self._damaged:
                continue  # it goes on behind what can't be read; where that ends, nobody has looked yet
            if fault is None:
                places.setdefault(place, []).append(each)
            elif fault.code() in _DAMAGED and each.offset() is not None:
                self._damaged[place] = each.offset()
            elif not fault.retriable():
                self._fault = fault.name()  # told after what came before it
        return [
            Fetched(
                place,
                [each.offset() for each in records],
                [each.value() for each in records],
                [each.key() for each in records],
                [_headers(each) for each in records],
            )
            for place, records in places.items()
        ]

    def assigned(self) -> set[Place]:
        with _broker_errors():
            return {Place(each.topic, each.partition) for each in self._consumer.assignment()}

    def seek(self, place: Place, offset: int) -> None:
        self._damaged.pop(place, None)
        with _broker_errors():
            self._consumer.seek(rd.TopicPartition(*place, offset))

    def pause(self, places: Iterable[Place]) -> None:
        with _broker_errors():
            self._consumer.pause([rd.TopicPartition(*place) for place in places])

    def resume(self, places: Iterable[Place]) -> None:
        with _broker_errors():
            self._consumer.resume([rd.TopicPartition(*place) for place in places])

    def bounds(self, places: Iterable[Place]) -> dict[Place, tuple[int, int]]:
        with _broker_errors():
            return {
                place: self._consumer.get_watermark_offsets(rd.TopicPartition(*place), timeout=_REQUEST_S)
                for place in places
            }

    def close(self) -> None:
        with _broker_errors():
            self._consumer.close()


def _headers(message: Any) -> Headers:
    try:
        return message.headers() or ()
    except (SystemError, UnicodeError):
        return _NO_TEXT


# As `client.Client` says.
producer = _Producer
consumer = _Consumer
