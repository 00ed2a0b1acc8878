"""The spool: how far each stream goes, how far the next hop has taken it, and what its files hold in between."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import Metric

from ingest.operations.part import Part, gauge
from ingest.spool import Spool
from schemas.errors import LakeError

FULL_BYTES = 64 << 20  # a disk with less room is full

Taken = Callable[[str, str], int]  # of a source and shard: the position before which the next hop has all, durably


@dataclass(frozen=True, slots=True)
class Stream:
    """One look at a stream. Positions are absolute: they outlive every process."""

    shard: str
    end: int  # of the next record
    taken: int  # what lies before is durable in the next hop
    waiting: int  # records that the files hold and the next hop hasn't
    oldest: datetime | None  # when the first of those was received
    bytes: int  # on disk


class Spooled(Part):
    """The streams of SPOOL, or just those of SOURCES, as TAKEN by the next hop; without it, by what was trimmed."""

    def __init__(self, spool: Spool, taken: Taken | None = None, sources: Collection[str] | None = None) -> None:
        self._spool = Spool(spool.root)  # its marks are its own
        self._sources = sources
        self._taken = taken or (lambda source, _shard: self._spool.kept(source))
        self._heads: dict[str, int] = {}
        self._oldest: dict[str, tuple[int, datetime]] = {}
        self._streams: dict[str, Stream] = {}
        self._unreadable: set[str] = set()
        self._disk = Disk("spool", spool.root)

    @property
    def streams(self) -> dict[str, Stream]:
        """What was seen, by source."""
        return self._streams

    def sample(self) -> None:
        """As Part has it."""
        streams, heads, unreadable = {}, {}, set()
        for source in self._spool.sources():
            if self._sources is not None and source not in self._sources:
                continue
            try:
                heads[source] = self._head(source)
                streams[source] = self._look(source)
            except FileNotFoundError:
                continue  # it is being made, or a segment went while we looked
            except (LakeError, OSError, ValueError):
                unreadable.add(source)
        self._streams, self._heads, self._unreadable = streams, heads, unreadable
        self._disk.sample()

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        streams = {(source, each.shard): each for source, each in self._streams.items()}
        by = ("source", "shard")
        now = datetime.now(UTC)
        text = "The position after the last record that is durable in the spool."
        yield gauge("sparhund_spool_end_position", text, by, ((key, each.end) for key, each in streams.items()))
        text = "The position before which the next hop (lake or broker) has all records durably."
        yield gauge("sparhund_spool_taken_position", text, by, ((key, each.taken) for key, each in streams.items()))
        text = "Records that the spool's files hold and the next hop hasn't."
        yield gauge("sparhund_spool_waiting_records", text, by, ((key, each.waiting) for key, each in streams.items()))
        text = "How long ago the first of the waiting records was received."
        ages = ((key, (now - each.oldest).total_seconds() if each.oldest else 0) for key, each in streams.items())
        yield gauge("sparhund_spool_lag_seconds", text, by, ((key, max(0.0, age)) for key, age in ages))
        text = "What the stream's files take on disk."
        yield gauge("sparhund_spool_bytes", text, by, ((key, each.bytes) for key, each in streams.items()))
        text = "Whether the stream can be read: 0 says that it is damaged or not ours to read."
        names = sorted({*self._streams, *self._unreadable})
        readable = (((name,), name not in self._unreadable) for name in names)
        yield gauge("sparhund_spool_readable", text, ("source",), readable)
        yield from self._disk.collect()

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        for source in sorted(self._unreadable):
            yield f"the spool can't be read: {source}"
        yield from self._disk.problems()

    def _look(self, source: str) -> Stream:
        shard = self._spool.shard(source)
        taken, end = self._taken(source, shard), self._spool.next_position(source)
        # The head of the look before: what was trimmed since need not be in TAKEN yet, and would seem to be lost.
        waiting = max(0, end - max(self._heads.get(source, 0), taken))
        size = sum(path.stat().st_size for path in self._folder(source).glob("*.seg"))
        return Stream(shard, end, taken, waiting, self._received(source, taken) if waiting else None, size)

    def _received(self, source: str, position: int) -> datetime | None:
        """When the first record from POSITION on was received; looked up once for each position."""
        known = self._oldest.get(source)
        if known and known[0] == position:
            return known[1]
        block = next(self._spool.read(source, position), None)
        if block is None:
            return None
        self._oldest[source] = position, block.received
        return block.received

    def _head(self, source: str) -> int:
        """The first position that the files hold."""
        return min((int(path.stem) for path in self._folder(source).glob("*.seg")), default=0)

    def _folder(self, source: str) -> Path:
        return self._spool.root / source


class Disk(Part):
    """The filesystem that WHAT (the spool or the lake) lies on."""

    def __init__(self, what: str, root: Path) -> None:
        self.what = what
        self._root = root
        self._free = self._size = 0

    def sample(self) -> None:
        """As Part has it."""
        # Until it is made, it will lie where the nearest folder above does.
        found = os.statvfs(next(path for path in (self._root, *self._root.parents) if path.exists()))
        self._free, self._size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        if self._size:
            text = f"Room on the disk of the {self.what} for us."
            yield gauge(f"sparhund_{self.what}_disk_free_bytes", text, (), [((), self._free)])
            text = f"The disk of the {self.what}."
            yield gauge(f"sparhund_{self.what}_disk_size_bytes", text, (), [((), self._size)])

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        if self._size and self._free < FULL_BYTES:
            yield f"the disk of the {self.what} is full"
