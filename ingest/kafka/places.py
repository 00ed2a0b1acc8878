"""In which partition of our own topics a stream lies: chosen once, since a stream's records must keep their order."""

import json
import os
import zlib
from pathlib import Path

from ingest.kafka.brokers import Brokers
from ingest.kafka.client import Place
from schemas.kafka import KafkaSettings


class Places:
    """The partition of each source's streams; what was chosen is remembered in files."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self._found: dict[str, Place] = {}

    def forget(self) -> None:
        """Ask the brokers again: topics may have been deleted and made anew."""
        self._found.clear()

    def of(self, source: str, stream: str, path: Path) -> Place:
        """That of SOURCE's records, which PATH remembers; chosen by the name STREAM. Errors: BrokerError."""
        if source not in self._found:
            topic = self.settings.topic(source)
            with Brokers(self.settings) as brokers:
                found = brokers.topic(topic)
            chosen = json.loads(path.read_text(encoding="ascii")) if path.exists() else {}
            if chosen.get("topic") != found.id:
                chosen = {"topic": found.id, "partition": zlib.crc32(stream.encode()) % found.partitions}
                _keep(path, chosen)
            self._found[source] = Place(topic, chosen["partition"])
        return self._found[source]


def _keep(path: Path, chosen: dict[str, object]) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="ascii") as file:
        json.dump(chosen, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
