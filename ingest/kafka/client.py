"""What we ask of a Kafka client, whichever it is. Two are behind it, by the word after `client =` in [kafka]."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from ingest import tls
from schemas.errors import SettingsError, SparhundError
from schemas.kafka import KafkaSettings

Headers = Sequence[tuple[str, bytes]]

# Of a producer, one request at a time: a broker that has just made a partition may refuse the first, take the second,
# and never take the first, nor tell of it (KAFKA-15591; one record of 68 was lost so).
IN_FLIGHT = 1


class BrokerError(SparhundError):
    """The broker can't be reached, or doesn't do what it was asked. It may later: whoever gets this tries again."""


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class DamagedError(BrokerError):
    """The batch of PLACE that begins at OFFSET fails its checksum: asking again won't help."""

    def __init__(self, place: Place, offset: int) -> None:
        super().__init__(f"kafka: {place.topic}/{place.partition}: the batch at offset {offset} is damaged")
        self.place = place
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records of one partition in order of offset; the lists are of one length.

    A value is None for a tombstone, a key for a record without.
    """

    place: Place
    offsets: list[int]
    values: list[bytes | None]
    keys: list[bytes | None]
    headers: list[Headers]


class Producer(Protocol):
    """Idempotent, acknowledged by all replicas in sync, compressed (lz4), batched."""

    def send(self, place: Place, key: bytes, values: Sequence[bytes], headers: Sequence[Headers]) -> None:
        """Begin to send VALUES, in this order, each with its HEADERS. Errors: BrokerError."""

    def flush(self, timeout_s: float) -> None:
        """Wait until all that was sent is acknowledged. Errors: BrokerError: then some of it may not be there."""

    def close(self) -> None:
        """Give up what isn't acknowledged."""


class Consumer(Protocol):
    """A member of a group whose partitions move cooperatively. It begins where the `start` that it was made with says.

    Errors:  BrokerError, everywhere.
    """

    def poll(self, timeout_s: float, most: int) -> list[Fetched]:
        """At most MOST records of the partitions that are ours and not paused.

        Errors:  DamagedError; until there is a seek beyond it, nothing more comes of that partition.
        """

    def assigned(self) -> set[Place]:
        """The partitions that are ours."""

    def seek(self, place: Place, offset: int) -> None:
        """Go on at OFFSET."""

    def pause(self, places: Iterable[Place]) -> None:
        """Fetch nothing of PLACES. We stay in the group as long as we poll."""

    def resume(self, places: Iterable[Place]) -> None:
        """Fetch of PLACES again."""

    def bounds(self, places: Iterable[Place]) -> dict[Place, tuple[int, int]]:
        """The first offset that the broker keeps, and the one that the next record will get."""

    def close(self) -> None:
        """Leave the group."""


class Client(Protocol):
    """A module that has both."""

    def producer(self, settings: KafkaSettings) -> Producer:
        """Errors: BrokerError if no broker answers."""

    def consumer(
        self,
        settings: KafkaSettings,
        topics: Sequence[str],
        start: Callable[[set[Place]], dict[Place, int]],
        lost: Callable[[set[Place]], None],
    ) -> Consumer:
        """START gives the offsets where partitions that become ours begin, paused; LOST is told those that we lose.

        Errors:  BrokerError if no broker answers.
        """


_MODULES = {"kafka-python": "kafka_python", "confluent": "confluent"}


def client(settings: KafkaSettings) -> Client:
    """The client that SETTINGS name. Errors: SettingsError if it isn't installed."""
    try:
        return cast("Client", import_module(f"ingest.kafka.{_MODULES[settings.client]}"))
    except ModuleNotFoundError:
        raise SettingsError("kafka", "client", "is not installed; install sparhund[fast]") from None


def check(settings: KafkaSettings) -> None:
    """What can be known before a broker is asked.

    Errors:  SettingsError if the client isn't installed, or a certificate or key can't be used.
    """
    client(settings)
    if settings.ca:
        tls.client("kafka", settings.ca, settings.certificate, settings.key)
