"""Files of this host on their way to our own topics: read as `ingest` reads them, sent by their own addresses.

A folder of its own, shaped as a lake, holds no record, but which files there are and how far each was sent. So reading
is resumed by the very rules that a lake's files are read by; what is sent again after a crash has the same addresses,
and whoever reads it leaves it out.
"""

import logging
import socket
import threading
from collections import Counter
from collections.abc import Sequence

from ingest import compaction
from ingest.kafka.client import BrokerError, Producer, client
from ingest.kafka.contact import Contact
from ingest.kafka.groups import groups
from ingest.kafka.places import Places
from ingest.kafka.records import blocks, sent
from ingest.lake import FencedError, Lake
from ingest.sources.files import Files
from ingest.spool import Block
from ingest.streams import Batch
from schemas.errors import LakeError, SparhundError
from schemas.settings import Settings
from schemas.source import Source

POLL_S = 0.5
FLUSH_AFTER_S = 1.0
AGAIN_S = 1.0  # after the broker could not be reached
FLUSH_S = 30.0
_TRIES = 100

log = logging.getLogger("sparhund.forward")


class _EndedError(SparhundError):
    """We were asked to end, and what was read of files is read again next time."""


class Shipper:
    """Takes the place of a lake's writer for Files: what is begun is acknowledged when `begin` returns.

    While no broker answers it waits, and so does reading. Memory: what Files holds, and a group of it in the client.
    """

    def __init__(self, settings: Settings, stopped: threading.Event) -> None:
        self.settings = settings.kafka
        self.lake = Lake.create(settings.lake.root / "shipped")
        self.work = [(source, source.shipped) for source in settings.sources.values() if source.shipped]
        self.records, self.bytes = Counter[str](), Counter[str]()  # acknowledged, by source
        self.contact = Contact(settings.kafka, log, "files wait", reachable=True)  # until it turns out otherwise
        self.files = Files(self, flush_after_s=FLUSH_AFTER_S, stopped=stopped.is_set)
        self._max_files = settings.lake.max_live_files
        self._stopped = stopped
        self._ending = False
        self._places = Places(settings.kafka)
        self._producer: Producer | None = None

    def run(self) -> None:
        """Follow the files until stopped; what was read by then is sent if a broker answers.

        Errors:  LakeError if the folder can't be written.
        """
        with self.files, compaction.tending(self.lake.root, self._max_files):
            try:
                while not self._stopped.is_set():
                    for read in self.files.follow(self.work):
                        if read.problem:
                            log.warning("%s: %s", read.path, read.problem)
                    self._stopped.wait(POLL_S)
                self.files.flush()
            except _EndedError:
                pass
            finally:
                self._close()

    def begin(self, batches: Sequence[Batch]) -> None:
        """Send BATCHES and note how far that is, when all replicas in sync have them."""
        if self._ending:
            raise _EndedError
        self._ending = self._stopped.is_set()  # then these are the last
        moved: dict[str, int] = {}
        for batch in batches:
            shard = batch.records["shard"][0].as_py()
            for group in groups(blocks(batch), self.settings.max_record_bytes):
                self._send(batch.source, shard, group)
            moved[f"{batch.source.name}/{shard}"] = batch.records["position"][-1].as_py() + 1
        table = self.lake.table("evidence")
        for _ in range(_TRIES):
            table.refresh()
            # Another process may ship the same files, and be further.
            further = {name: max(end, table.positions.get(name, 0)) for name, end in moved.items()}
            try:
                table.commit([], expect={}, positions=further)
            except FencedError:
                continue
            return
        raise LakeError("shipped: others came first too many times")

    def finish(self) -> None:
        """All that was begun is done."""

    def _send(self, source: Source, shard: str, group: Sequence[Block]) -> None:
        while True:
            try:
                if self._producer is None:
                    self._places.forget()
                    self._producer = client(self.settings).producer(self.settings)
                # One partition for all of this host's files of a source.
                path = self.lake.root / f"{source.name}.partition.json"
                place = self._places.of(source.name, f"{socket.gethostname()}/{source.name}", path)
                for block in group:
                    self._producer.send(place, shard.encode(), *sent(block))
                self._producer.flush(FLUSH_S)
            except BrokerError as error:
                self._close()
                self.contact.lost(error)
                if self._stopped.wait(AGAIN_S):
                    raise _EndedError from error
            else:
                break
        self.contact.made()
        self.records[source.name] += sum(len(block.records) for block in group)
        self.bytes[source.name] += sum(len(record) for block in group for record in block.records)

    def _close(self) -> None:
        if self._producer is not None:
            self._producer.close()
            self._producer = None
