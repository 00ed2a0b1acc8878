"""The client kafka-python."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import CorruptRecordError, KafkaError
from kafka.net.compat import KafkaNetClient

from ingest.kafka.client import IN_FLIGHT, BrokerError, DamagedError, Fetched, Headers, Place
from schemas.kafka import KafkaSettings

_BATCH_BYTES = 256 << 10
_LINGER_MS = 5
_FETCH_BYTES = 8 << 20  # of one partition
REQUEST_MS = 30_000
_METADATA_MS = 10_000  # how soon a new topic or a moved partition is noticed
_BOOTSTRAP_MS = 5_000
_BLOCK_MS = 10_000  # for a topic's partitions, and for room in the client's memory
_CLOSE_S = 5.0
_DAMAGED = re.compile(r"topic='(.+)', partition=(\d+)\) at offset (\d+) failed crc check")  # nothing else tells where

# It tells of every broken connection as an error; what matters of that we tell ourselves.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


def reach(settings: KafkaSettings) -> dict[str, Any]:
    """How the brokers are reached, in this client's words."""
    words: dict[str, Any] = {
        "bootstrap_servers": list(settings.brokers),
        "security_protocol": settings.security,
        "bootstrap_timeout_ms": _BOOTSTRAP_MS,
        "request_timeout_ms": REQUEST_MS,
        "metadata_max_age_ms": _METADATA_MS,
        "reconnect_backoff_max_ms": 2_000,
    }
    if settings.ca:
        words |= {"ssl_cafile": str(settings.ca)}
        words |= {"ssl_certfile": str(settings.certificate)} if settings.certificate else {}
        words |= {"ssl_keyfile": str(settings.key)} if settings.key else {}
    if settings.username and settings.password:
        words |= {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password.reveal(),
        }
    return words


def made(kind: Callable[..., Any], **words: Any) -> Any:
    """A KIND of client. Errors: its own; then nothing of it is left, which it doesn't see to itself (3.0.12)."""
    begun: list[Any] = []

    def remembered(**given: Any) -> Any:
        begun.append(KafkaNetClient(**given))
        return begun[-1]

    try:
        return kind(**words, kafka_client=remembered)
    except BaseException:
        for each in begun:
            each.close()
        raise


@contextmanager
def broker_errors() -> Iterator[None]:
    """The client's errors as ours: their kind only, since their texts may quote records."""
    try:
        yield
    except KafkaError as error:
        told = _DAMAGED.search(str(error)) if isinstance(error, CorruptRecordError) else None
        if told:
            raise DamagedError(Place(told[1], int(told[2])), int(told[3])) from error
        raise BrokerError(f"kafka: {type(error).__name__}") from error
    except (OSError, ValueError) as error:  # such as a certificate that can't be read
        raise BrokerError(f"kafka: {getattr(error, 'strerror', None) or type(error).__name__}") from error


class _Producer:
    def __init__(self, settings: KafkaSettings) -> None:
        with broker_errors():
            self._producer = made(
                KafkaProducer,
                **reach(settings),
                max_in_flight_requests_per_connection=IN_FLIGHT,
                compression_type="lz4",
                batch_size=_BATCH_BYTES,
                linger_ms=_LINGER_MS,
                max_block_ms=_BLOCK_MS,
                max_request_size=settings.max_record_bytes,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        self._begun: list[Any] = []

    def send(self, place: Place, key: bytes, values: Sequence[bytes], headers: Sequence[Headers]) -> None:
        send = self._producer.send
        with broker_errors():
            for value, each in zip(values, headers, strict=True):
                begun = send(place.topic, value=value, key=key, headers=list(each), partition=place.partition)
                begun.add_errback(self._refused)
                self._begun.append(begun)

    def _refused(self, _: Any) -> None:
        # Nothing is sent after what failed: it would be taken for old when it is sent again.
        self._producer._sender.force_close()  # noqa: SLF001

    def flush(self, timeout_s: float) -> None:
        begun, self._begun = self._begun, []
        with broker_errors():
            self._producer.flush(timeout=timeout_s)
            for each in begun:
                each.get(timeout=0)

    def close(self) -> None:
        # Its own close waits for what can't be sent, fails, and leaves a thread that goes on sending (3.0.12).
        sender = self._producer._sender  # noqa: SLF001
        sender.force_close()
        sender.join(_CLOSE_S)
        with broker_errors():
            self._producer.close(timeout=0)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: "_Consumer") -> None:
        self._consumer = consumer

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._consumer.lost({Place(*each) for each in revoked})

    def on_partitions_lost(self, lost: Iterable[Any]) -> None:
        self._consumer.lost({Place(*each) for each in lost})

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        for place, offset in self._consumer.start({Place(*each) for each in assigned}).items():
            self._consumer.seek(place, offset)
            self._consumer.pause([place])


class _Consumer:
    def __init__(
        self,
        settings: KafkaSettings,
        topics: Sequence[str],
        start: Callable[[set[Place]], dict[Place, int]],
        lost: Callable[[set[Place]], None],
    ) -> None:
        self.start, self.lost = start, lost
        with broker_errors():
            self._consumer = made(
                KafkaConsumer,
                **reach(settings),
                group_id=settings.group,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_committed",
                partition_assignment_strategy=[CooperativeStickyAssignor],
                max_partition_fetch_bytes=_FETCH_BYTES,
                fetch_max_bytes=2 * _FETCH_BYTES,
                receive_message_max_bytes=2 * settings.max_record_bytes,
                session_timeout_ms=10_000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            self._consumer.subscribe(list(topics), listener=_Listener(self))

    def poll(self, timeout_s: float, most: int) -> list[Fetched]:
        began = time.monotonic()
        with broker_errors():
            found = self._consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=most)
        self._go_on_joining()
        if not found and time.monotonic() - began < timeout_s / 2:
            time.sleep(0.01)  # it returned at once without anything: a rebalance is under way
        return [
            Fetched(
                Place(*place),
                [each.offset for each in records],
                [each.value for each in records],
                [each.key for each in records],
                [each.headers for each in records],
            )
            for place, records in found.items()
        ]

    def _go_on_joining(self) -> None:
        """Let the next poll wait for a join that is under way.

        One that the client begins by itself, as leader of a group whose topics got partitions, it forgets when its poll
        ends before (3.0.12): from then on it would be no member, and never notice.
        """
        coordinator = self._consumer._coordinator  # noqa: SLF001 - nothing public tells
        if coordinator._join_task is not None:  # noqa: SLF001
            coordinator.request_rejoin()

    def assigned(self) -> set[Place]:
        return {Place(*each) for each in self._consumer.assignment()}

    def seek(self, place: Place, offset: int) -> None:
        with broker_errors():
            self._consumer.seek(TopicPartition(*place), offset)

    def pause(self, places: Iterable[Place]) -> None:
        self._consumer.pause(*(TopicPartition(*place) for place in places))

    def resume(self, places: Iterable[Place]) -> None:
        self._consumer.resume(*(TopicPartition(*place) for place in places))

    def bounds(self, places: Iterable[Place]) -> dict[Place, tuple[int, int]]:
        wanted = [TopicPartition(*place) for place in places]
        if not wanted:
            return {}
        with broker_errors():
            first = self._consumer.beginning_offsets(wanted, timeout_ms=REQUEST_MS)
            last = self._consumer.end_offsets(wanted, timeout_ms=REQUEST_MS)
        return {Place(*each): (first[each], last[each]) for each in wanted}

    def close(self) -> None:
        with broker_errors():
            self._consumer.close(autocommit=False, timeout_ms=2_000)


# As `client.Client` says.
producer = _Producer
consumer = _Consumer
