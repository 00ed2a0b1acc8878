"""The broker: how it is reached, what our own topics are like, and which topics others fill. Section [kafka]."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import SettingsError
from schemas.secret import Secret
from schemas.source import plain_name

CLIENTS = ("kafka-python", "confluent")
MIN_RECORD_BYTES, MAX_RECORD_BYTES = 64 << 10, 500_000_000  # what both clients take
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Section [kafka]. Without `brokers` there is no Kafka: the writer reads the spool itself."""

    brokers: tuple[str, ...] = ()  # "host:port" of some of them
    client: str = CLIENTS[0]  # "confluent" wants the extra: sparhund[fast]
    topics: dict[str, Any] = field(default_factory=dict)  # topic that others fill = source
    prefix: str = "sparhund."  # our own topic of a source is this and the source's name
    partitions: int = 4  # of a topic that we make
    replicas: int = 1  # of a topic that we make; as many as there are brokers, up to three
    keep_days: int = 7  # how long a topic that we make keeps records; numbers of persons lie open there
    max_record_bytes: int = 66 << 20  # of a topic that we make, with address and context; a longer record is cut
    group: str = "sparhund"  # writers of this group share the partitions
    stall_s: float = 60.0  # a partition that stands still for so long while its end grows is taken up anew
    ca: Path | None = None  # PEM; of who signed the brokers' certificates. With it there is TLS
    certificate: Path | None = None  # PEM; ours, if brokers want one
    key: Path | None = None  # PEM
    username: str | None = None  # for SASL
    password: Secret | None = None
    mechanism: str = "SCRAM-SHA-512"

    def __post_init__(self) -> None:
        if self.client not in CLIENTS:
            raise SettingsError("kafka", "client", f"want one of {', '.join(CLIENTS)}")
        if self.mechanism not in MECHANISMS:
            raise SettingsError("kafka", "mechanism", f"want one of {', '.join(MECHANISMS)}")
        for broker in self.brokers:
            host, _, port = broker.rpartition(":")
            if not host or not port.isdecimal():
                raise SettingsError(
                    "kafka", "brokers", "want host and port of each, such as kafka1.kommun.example:9093"
                )
        for key in ("partitions", "replicas", "keep_days", "max_record_bytes", "stall_s"):
            if getattr(self, key) <= 0:
                raise SettingsError("kafka", key, "must be more than 0")
        if not MIN_RECORD_BYTES <= self.max_record_bytes <= MAX_RECORD_BYTES:
            raise SettingsError("kafka", "max_record_bytes", f"want {MIN_RECORD_BYTES} to {MAX_RECORD_BYTES}")
        self._hold_secrets()
        plain_name("kafka", f"{self.prefix}x")
        self._hold_topics()

    def _hold_secrets(self) -> None:
        if (self.username is None) != (self.password is None):
            raise SettingsError("kafka", "password" if self.username else "username", "missing")
        if (self.certificate or self.key) and not self.ca:
            raise SettingsError("kafka", "ca", "missing; without it there is no TLS")

    def _hold_topics(self) -> None:
        for topic, source in self.topics.items():
            if type(source) is not str:
                raise SettingsError("kafka.topics", topic, "want a source's name")
            if topic.startswith(self.prefix):
                raise SettingsError("kafka.topics", topic, f"is one of ours: it begins with {self.prefix}")

    @property
    def security(self) -> str:
        """As Kafka names it."""
        return ("SASL_" if self.username else "") + ("SSL" if self.ca else "PLAINTEXT")

    def topic(self, source: str) -> str:
        """Our own topic of SOURCE."""
        return f"{self.prefix}{source}"
