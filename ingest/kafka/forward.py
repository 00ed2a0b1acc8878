"""What waits in the spool, on its way to our own topics.

In order, each stream in one partition, trimmed when all replicas in sync have it. After a crash some of it is sent
again, and left out by whoever reads it.
"""

import json
import logging
import os
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ingest.kafka.brokers import Brokers
from ingest.kafka.client import BrokerError, Place, Producer, client
from ingest.kafka.records import sent
from ingest.sources.spooled import OWN
from ingest.spool import Block, Spool
from schemas.kafka import KafkaSettings

GROUP_BYTES = 8 << 20  # sent before it is waited for
GROUP_RECORDS = 50_000
BIG_BYTES = 512 << 10  # a record that travels alone: if the broker refuses it, none has gone ahead of it
POLL_S = 0.2
AGAIN_S = 1.0  # after the broker could not be reached
FLUSH_S = 30.0

log = logging.getLogger("sparhund.forward")


class Forwarder:
    """Sends what the SPOOL holds of each source until it is told to stop; our own acts stay, they are read here.

    Memory: GROUP_BYTES of records, three times: read, waiting in the client, on the wire.
    """

    def __init__(self, settings: KafkaSettings, spool: Spool, beat: Callable[[], object] = lambda: None) -> None:
        self.settings = settings
        self.spool = spool
        self.beat = beat  # called at each turn
        self.records, self.bytes = Counter[str](), Counter[str]()  # acknowledged, by source
        self.reachable = False
        self.places: dict[str, Place] = {}  # of each source's stream

    def run(self, stopped: threading.Event) -> None:
        """Until STOPPED; what was sent by then is waited for.

        Errors:  LakeError if the spool is damaged.
        """
        while not stopped.is_set():
            self.beat()
            try:
                self._run(stopped)
            except BrokerError as error:
                if self.reachable:
                    log.warning("kafka: %s; records wait in the spool", error)
                self.reachable = False
                stopped.wait(AGAIN_S)

    def _run(self, stopped: threading.Event) -> None:
        self.places.clear()
        producer = client(self.settings).producer(self.settings)
        try:
            if not self.reachable:
                log.info("kafka: brokers answer")
            self.reachable = True
            while not stopped.is_set():
                self.beat()
                if not sum(self._forward(producer, source) for source in self.spool.sources() if source != OWN.name):
                    stopped.wait(POLL_S)
        finally:
            producer.close()

    def _forward(self, producer: Producer, source: str) -> int:
        """Send one group of SOURCE's records. Shape: how many."""
        group = _group(self.spool.read(source, self.spool.kept(source)))
        if not group:
            return 0
        place, key = self._place(source), self.spool.shard(source).encode()
        for block in group:
            producer.send(place, key, *sent(block))
        producer.flush(FLUSH_S)
        self.spool.trim(source, group[-1].position + len(group[-1].records))
        count = sum(len(block.records) for block in group)
        self.records[source] += count
        self.bytes[source] += sum(len(record) for block in group for record in block.records)
        return count

    def _place(self, source: str) -> Place:
        """The partition of SOURCE's stream: chosen once, since records of one stream must keep their order."""
        if source not in self.places:
            topic = self.settings.topic(source)
            with Brokers(self.settings) as brokers:
                found = brokers.topic(topic)
            path = self.spool.root / source / "partition.json"
            chosen = json.loads(path.read_text(encoding="ascii")) if path.exists() else {}
            if chosen.get("topic") != found.id:
                chosen = {
                    "topic": found.id,
                    "partition": zlib.crc32(self.spool.shard(source).encode()) % found.partitions,
                }
                _keep(path, chosen)
            self.places[source] = Place(topic, chosen["partition"])
        return self.places[source]


def _group(blocks: Iterable[Block]) -> list[Block]:
    """What of BLOCKS is sent before it is waited for."""
    group: list[Block] = []
    size = count = 0
    for block in chain.from_iterable(map(_pieces, blocks)):
        big = _is_big(block)
        if group and (big or size >= GROUP_BYTES or count >= GROUP_RECORDS):
            break
        group.append(block)
        size += sum(map(len, block.records))
        count += len(block.records)
        if big:
            break
    return group


def _pieces(block: Block) -> list[Block]:
    """BLOCK; record by record if some are big."""
    if not _is_big(block):
        return [block]
    return [
        replace(block, position=block.position + number, records=[record])
        for number, record in enumerate(block.records)
    ]


def _is_big(block: Block) -> bool:
    return any(len(record) > BIG_BYTES for record in block.records)


def _keep(path: Path, chosen: dict[str, object]) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="ascii") as file:
        json.dump(chosen, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
