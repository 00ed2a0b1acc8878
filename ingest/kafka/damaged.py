"""Where a batch ends that fails its checksum: what its own header says can't be trusted, and what follows is sound."""

import time

from kafka import KafkaConsumer, TopicPartition

from ingest.kafka.client import BrokerError, DamagedError, Place
from ingest.kafka.kafka_python import REQUEST_MS, broker_errors, made, reach
from schemas.kafka import KafkaSettings

_POLL_MS = 200
_PATIENCE_S = 30.0  # for one answer
_CLOSE_MS = 2_000


def beyond(settings: KafkaSettings, place: Place, offset: int) -> int:
    """The first offset of PLACE behind the damaged batch that begins at OFFSET: that of the next batch, or the end.

    Asked for any offset, a broker gives the batch that holds it: so it is found by some fetches of one batch each.
    Errors:  BrokerError.
    """
    with broker_errors():
        consumer = made(
            KafkaConsumer,
            **reach(settings),
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=1,  # so much of one batch is always given as makes it whole
            receive_message_max_bytes=2 * settings.max_record_bytes,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        try:
            partition = TopicPartition(*place)
            consumer.assign([partition])
            end = consumer.end_offsets([partition], timeout_ms=REQUEST_MS)[partition]
            inside, step = offset, 1
            while (found := min(inside + step, end)) < end and _within(consumer, partition, found, offset):
                inside, step = found, 2 * step
            while found - inside > 1:
                middle = (inside + found) // 2
                if _within(consumer, partition, middle, offset):
                    inside = middle
                else:
                    found = middle
        finally:
            consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)
    return int(found)


def _within(consumer: KafkaConsumer, partition: TopicPartition, offset: int, first: int) -> bool:
    """Whether the batch that holds OFFSET is the damaged one that begins at FIRST."""
    consumer.seek(partition, offset)
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            with broker_errors():
                if consumer.poll(timeout_ms=_POLL_MS, max_records=1) or consumer.position(partition) > offset:
                    return False
        except DamagedError as damaged:
            return damaged.offset == first
    raise BrokerError("kafka: where a damaged batch ends was not told")
