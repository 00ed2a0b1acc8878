"""What waits in the spool, on its way to our own topics.

In order, each stream in one partition, trimmed when all replicas in sync have it. After a crash some of it is sent
again, and left out by whoever reads it.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from ingest.kafka.client import BrokerError, Producer, client
from ingest.kafka.contact import Contact
from ingest.kafka.groups import groups
from ingest.kafka.places import Places
from ingest.kafka.records import sent
from ingest.sources.spooled import OWN
from ingest.spool import Spool
from schemas.kafka import KafkaSettings

POLL_S = 0.2
AGAIN_S = 1.0  # after the broker could not be reached
FLUSH_S = 30.0

log = logging.getLogger("sparhund.forward")


class Forwarder:
    """Sends what the SPOOL holds of each source until it is told to stop; our own acts stay, they are read here.

    Memory: a group of records, three times: read, waiting in the client, on the wire.
    """

    def __init__(self, settings: KafkaSettings, spool: Spool, beat: Callable[[], object] = lambda: None) -> None:
        self.settings = settings
        self.spool = spool
        self.beat = beat  # called at each turn
        self.records, self.bytes = Counter[str](), Counter[str]()  # acknowledged, by source
        self.contact = Contact(settings, log, "records wait in the spool")
        self._places = Places(settings)

    def run(self, stopped: threading.Event) -> None:
        """Until STOPPED; what was sent by then is waited for.

        Errors:  LakeError if the spool is damaged.
        """
        while not stopped.is_set():
            self.beat()
            try:
                self._run(stopped)
            except BrokerError as error:
                self.contact.lost(error)
                stopped.wait(AGAIN_S)

    def _run(self, stopped: threading.Event) -> None:
        self._places.forget()
        producer = client(self.settings).producer(self.settings)
        try:
            self.contact.made()
            while not stopped.is_set():
                self.beat()
                if not sum(self._forward(producer, source) for source in self.spool.sources() if source != OWN.name):
                    stopped.wait(POLL_S)
        finally:
            producer.close()

    def _forward(self, producer: Producer, source: str) -> int:
        """Send one group of SOURCE's records. Shape: how many."""
        waiting = self.spool.read(source, self.spool.kept(source))
        group = next(groups(waiting, self.settings.max_record_bytes), None)
        if group is None:
            return 0
        shard = self.spool.shard(source)
        place = self._places.of(source, shard, self.spool.root / source / "partition.json")
        for block in group:
            producer.send(place, shard.encode(), *sent(block))
        producer.flush(FLUSH_S)
        self.spool.trim(source, group[-1].position + len(group[-1].records))
        count = sum(len(block.records) for block in group)
        self.records[source] += count
        self.bytes[source] += sum(len(record) for block in group for record in block.records)
        return count
