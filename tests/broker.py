"""A real Kafka broker of one node, for tests: `deploy/kafka/start`."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from ingest.kafka.kafka_python import made
from ingest.torture.ports import two_ports
from schemas.kafka import KafkaSettings

START = Path(__file__).parents[1] / "deploy" / "kafka" / "start"
PATIENCE_S = 240  # the first start fetches jars


class Broker:
    """A broker's process, data and address."""

    def __init__(self, folder: Path, *properties: str, door: int | None = None, seen: int | None = None) -> None:
        """DOOR: the port of one more listener of this name, which PROPERTIES describe; clients are told SEEN for it."""
        self.folder = folder
        self.port = two_ports()
        self.properties = list(properties)
        if door:
            inner = f"PLAINTEXT://127.0.0.1:{self.port}"
            control = f"CONTROLLER://127.0.0.1:{self.port + 1}"
            self.properties += [
                f"listeners={inner},{control},DOOR://127.0.0.1:{door}",
                f"advertised.listeners={inner},DOOR://localhost:{seen or door}",
            ]
        self.address = f"127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [START, self.folder / "data", str(self.port), *self.properties],
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.admin().close()
            except Exception:  # noqa: BLE001 - whatever it is, it does not answer yet
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "said").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.2)
            else:
                return

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait(60)
        self.process = None

    def settings(self, **keys: Any) -> KafkaSettings:
        return KafkaSettings(brokers=(self.address,), **keys)

    def admin(self) -> KafkaAdminClient:
        return made(KafkaAdminClient, bootstrap_servers=[self.address], bootstrap_timeout_ms=2000)

    def topic(self, name: str, partitions: int = 1, **configs: str) -> None:
        admin = self.admin()
        configs = {key.replace("_", "."): value for key, value in configs.items()}
        admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
        admin.close()

    def delete(self, name: str) -> None:
        admin = self.admin()
        admin.delete_topics([name])
        admin.close()

    def produce(self, topic: str, *messages: dict[str, Any]) -> None:
        """MESSAGES: what `KafkaProducer.send` takes."""
        producer = KafkaProducer(bootstrap_servers=[self.address])
        for each in messages:
            producer.send(topic, **each)
        producer.flush()
        producer.close()


@contextmanager
def running(folder: Path, *properties: str, door: int | None = None, seen: int | None = None) -> Iterator[Broker]:
    broker = Broker(folder, *properties, door=door, seen=seen)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop(signal.SIGKILL)
