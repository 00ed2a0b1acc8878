"""Followed files: how much of them waits to be read, together for each source however many files it has."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Metric

from ingest.operations.part import Part, gauge
from ingest.sources.files import Files, expand
from ingest.sources.filetable import state_of
from schemas.source import Source

EVERY_S = 10.0  # patterns may name thousands of files


@dataclass(frozen=True, slots=True)
class _Mark:
    """A file's size when we looked: until so much is read, reading is behind by at least our distance from then."""

    size: int
    since_s: float


class Followed(Part):
    """The files of WORK (sources and their paths), as FILES read them."""

    def __init__(self, files: Files, work: Sequence[tuple[Source, Sequence[str]]]) -> None:
        self._files = files
        self._work = work
        self._marks: dict[tuple[str, Path], _Mark] = {}
        self._looked_s = -EVERY_S
        self._count: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._lag_s: dict[str, float] = {}

    def sample(self) -> None:
        """As Part has it."""
        now = time.monotonic()
        if now - self._looked_s < EVERY_S:
            return
        self._looked_s = now
        count, waiting, marks, lag_s = Counter[str](), Counter[str](), {}, {}
        for source, paths in self._work:
            lag_s[source.name] = 0.0
            for path in expand(paths, missing=True):
                try:
                    size, read = self._look(source, path)
                except FileNotFoundError:
                    continue
                count[source.name] += 1
                waiting[source.name] += size - read
                mark = self._marks.get((source.name, path))
                if mark is None or read >= mark.size or size < mark.size:
                    mark = _Mark(size, now)
                marks[source.name, path] = mark
                if read < mark.size:
                    lag_s[source.name] = max(lag_s[source.name], now - mark.since_s)
        self._count, self._bytes, self._marks, self._lag_s = count, waiting, marks, lag_s

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        names, by = list(self._lag_s), ("source",)
        text = "Files that the source's paths name."
        yield gauge("sparhund_files", text, by, (((name,), self._count[name]) for name in names))
        text = "Bytes of those files that were not read yet."
        yield gauge("sparhund_files_waiting_bytes", text, by, (((name,), self._bytes[name]) for name in names))
        text = "For how long at least something that was seen has waited to be read."
        yield gauge("sparhund_files_lag_seconds", text, by, (((name,), each) for name, each in self._lag_s.items()))

    def _look(self, source: Source, path: Path) -> tuple[int, int]:
        """How long the file is, and how much of it was read. What is compressed is read whole or not at all."""
        status = path.stat()
        row = self._files.known.at(source.name, str(path))
        if row is None or (row.device, row.inode) != (status.st_dev, status.st_ino):
            return status.st_size, 0
        packed = state_of(row).get("packed")
        read = row.bytes if packed is None else packed
        return status.st_size, min(status.st_size, read)
