"""Files as a source: read once or followed, through rotation, each record on its way to the writer once."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from glob import escape, has_magic
from pathlib import Path
from typing import Protocol, Self

from ingest.lake import Lake
from ingest.mapping import decoder_for, mapping
from ingest.sources.filetable import FileTable, Row
from ingest.sources.logfile import LogFile
from ingest.streams import Batch
from ingest.writer import Writer
from schemas.errors import DecodeError, LakeError, MappingError
from schemas.source import Source

BATCH_RECORDS = 100_000
BATCH_BYTES = 24 << 20
OPEN_FILES = 500  # so many are held open, so that what a rotation takes away can be read to its end
SETTLED_S = 2.0  # a last line without an end that is younger may be half written
ROTATED_S = 5.0  # a file that lost its name and hasn't grown for so long has ended
IDLE_S = 60.0  # as has, until it grows, one that keeps its name
OLD_S = 3600.0  # a file that was changed longer ago was not written now: its own time is its records' reference
_IN_LINES = frozenset({"lines", "ndjson", "csv", "w3c", "auditd"})


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one path: its new records, whether all of it was read before, and why reading stopped early."""

    path: Path
    records: int
    again: bool = False
    problem: str | None = None


def expand(paths: Sequence[str], *, missing: bool = False) -> list[Path]:
    """The files that PATHS name: files, folders and patterns. Errors: LakeError for one that names nothing.

    MISSING: what isn't there yet may come later, and is no error.
    """
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if path.is_dir():
            matched = sorted(each for each in path.rglob("*") if each.is_file())
        elif path.is_file() or not has_magic(text):
            matched = [path] if path.is_file() else []
        else:
            root = Path(path.anchor or ".")
            pattern = str(path.relative_to(path.anchor) if path.anchor else path)
            matched = sorted(each for each in root.glob(pattern) if each.is_file())
        if not matched and not missing:
            raise LakeError(f"{text}: there is no such file")
        found.update(dict.fromkeys(matched))
    return list(found)


def ingest(
    writer: Writer, source: Source, paths: Sequence[Path], *, batch_records: int = BATCH_RECORDS
) -> Iterator[Read]:
    """Read PATHS once, from where each was left. A file that can't be read is named, and the others go on.

    What was read is in the lake when the iterator has ended.
    """
    with Files(writer, batch_records=batch_records) as files:
        for path in paths:
            yield files.once(source, path)
        files.flush()


class Taker(Protocol):
    """What files are read into: a lake's writer, or who sends them to one. LAKE says which there are, and how far."""

    lake: Lake

    def begin(self, batches: Sequence[Batch]) -> None:
        """As `Writer.begin`."""

    def finish(self) -> None:
        """As `Writer.finish`."""


class Files:
    """Reads files of any sources into WRITER, many to a commit.

    Memory: BATCH_BYTES of records (or one record that is larger) until they are committed.
    """

    def __init__(
        self,
        writer: Taker,
        *,
        batch_records: int = BATCH_RECORDS,
        batch_bytes: int = BATCH_BYTES,
        flush_after_s: float = 2.0,
        progress: Callable[[int], object] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """PROGRESS is told of each so many bytes of a file on disk, when they have been read.

        Once STOPPED, no other file or batch is read.
        """
        self.writer = writer
        self.progress = progress
        self.stopped = stopped
        self.known = FileTable(writer.lake)
        self._batch_records, self._batch_bytes, self._flush_after_s = batch_records, batch_bytes, flush_after_s
        self.records = 0  # read so far
        self._waiting: list[Batch] = []
        self._since_s = 0.0  # when the first of those that wait was read
        self._moved: dict[str, Row] = {}  # the rows of files that were read on since the last flush
        self._open: dict[_Key, LogFile] = {}
        self._seen: dict[tuple[str, Path], tuple[int, ...]] = {}

    def once(self, source: Source, path: Path) -> Read:
        """Read what is new in PATH, which is taken to have ended."""
        try:
            with path.open("rb") as handle:
                file, rest = self._met(LogFile(source, path, handle))
                if rest is not None:
                    with rest.handle:
                        _settle(rest)
                        self._read(rest, final=True, mtime=rest.mtime)
                if file is None:
                    return Read(path, 0)
                if file.read_before():
                    return Read(path, 0, again=True)
                _settle(file)
                return self._read(file, final=True, mtime=file.mtime)
        except OSError as error:
            return Read(path, 0, problem=error.strerror or type(error).__name__)

    def follow(self, work: Sequence[tuple[Source, Sequence[str]]]) -> list[Read]:
        """Read what has come to the files of WORK (sources and their paths) since the last call; gives what is new.

        Files may come late, grow, be renamed, copied and truncated, compressed, or go.
        """
        visited: set[_Key] = set()
        news: list[Read] = []
        for source, paths in work:
            for path in expand(paths, missing=True):
                if self.stopped():
                    return _told(news)
                try:
                    status = path.stat()
                except OSError:
                    continue
                key = (source.name, status.st_dev, status.st_ino)
                visited.add(key)
                look = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
                if self._seen.get((source.name, path)) != look:
                    self._seen[source.name, path] = look
                    news.append(self._visit(source, path, key))
                elif (file := self._open.get(key)) and file.idle(IDLE_S):
                    news.append(self._read(file, final=True))
        for key in [key for key in self._open if key not in visited]:
            file = self._open[key]
            ended = file.idle(ROTATED_S)
            news.append(self._read(file, final=ended))
            if ended:
                self._close(key)
        if self._waiting and time.monotonic() - self._since_s >= self._flush_after_s:
            self.flush()
        return _told(news)

    def flush(self) -> None:
        """Make all that was read durable, with how far that is."""
        self._begin()
        self.writer.finish()

    def _begin(self) -> None:
        """Begin to make it so.

        The file table comes first: a row that says more than the evidence has tells which file it is and is read again,
        while records without their row could not be told from those of another file, had theirs been renamed and
        compressed meanwhile.
        """
        self.known.keep(self._moved.values())
        self._moved = {}
        if self._waiting:
            self.writer.begin(self._waiting)
            self._waiting = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of all files; what wasn't flushed is read again next time."""
        while self._open:
            self._open.popitem()[1].handle.close()

    def _visit(self, source: Source, path: Path, key: "_Key") -> Read:
        """One file that has changed since it was last looked at."""
        try:
            if (file := self._open.get(key)) and file.another():
                self._close(key)
                file = None
            if file is None:
                opened = LogFile(source, path, path.open("rb"))
                if self._copying(opened):
                    opened.handle.close()
                    del self._seen[source.name, path]  # it is looked at again
                    return Read(path, 0)
                file, rest = self._met(opened)
                if rest is not None:
                    self._take(rest)
                if file is None:
                    return Read(path, 0)
                if file.whole:
                    return self._take(file)
                self._hold(key, file)
            file.path = path
            return self._read(file, final=False, mtime=file.mtime if _old(file) else None)
        except OSError as error:
            return Read(path, 0, problem=error.strerror or type(error).__name__)

    def _take(self, file: LogFile) -> Read:
        """A file that goes on under another name: read if it is compressed, else held open until it has ended.

        A compressed one may still be written: its last record is taken only when its end is sound.
        """
        if not file.whole:
            status = file.status()
            self._hold((file.source.name, status.st_dev, status.st_ino), file)
            return self._read(file, final=False, mtime=file.mtime if _old(file) else None)
        with file.handle:
            if file.read_before():
                return Read(file.path, 0, again=True)
            read = self._read(file, final=False, mtime=file.mtime)
            if read.problem or file.zipped:
                return read
            rest = self._read(file, final=True, mtime=file.mtime)
            return replace(rest, records=read.records + rest.records, again=rest.again and not read.records)

    def _met(self, file: LogFile) -> tuple[LogFile | None, LogFile | None]:
        """FILE under its identity; None if it is empty, so has none yet (it is closed).

        And the one that stood there before, if there is more of it.
        """
        if not file.head:
            file.handle.close()
            return None, None
        source, path = file.source, file.path
        before = self.known.at(source.name, str(path))
        row, new = self.known.meet(source.name, file.look())
        file.row = row
        if new and before is not None and (source.name, before.device, before.inode) not in self._open:
            return file, self._rest(source, path, before)
        return file, None

    def _copying(self, file: LogFile) -> bool:
        """Whether FILE, just opened, is only the beginning of a copy, be it compressed, which no hash can tell yet."""
        young = time.time() - file.status().st_mtime < SETTLED_S
        return young and self.known.unfinished_copy(file.source.name, file.look())

    def _rest(self, source: Source, path: Path, before: Row) -> LogFile | None:
        """Another file stands at PATH, where BEFORE stood: that one, if it lies beside it and has got more since."""
        for beside in sorted(path.parent.glob(f"{escape(path.stem)}*")):
            if beside == path or not beside.is_file():
                continue
            file = LogFile(source, beside, beside.open("rb"))
            if file.head and self.known.same(before, file.look()):
                status = file.status()
                file.row = replace(before, device=status.st_dev, inode=status.st_ino, path=str(beside))
                if not file.read_before():
                    return file
            file.handle.close()
        return None

    def _read(self, file: LogFile, *, final: bool, mtime: datetime | None = None) -> Read:
        """What FILE has beyond its row. FINAL: its last record is taken even if it isn't ended."""
        file.looked_at()
        before, problem, at = file.row, None, 0 if file.whole else file.row.bytes
        reading = file.batches(final=final, mtime=mtime)
        while not self.stopped():
            try:
                batch = next(reading)
            except StopIteration:
                if final or file.zipped:
                    file.ended()
                break
            except (DecodeError, MappingError) as error:
                problem = str(error)
                break
            if not file.whole and file.another():
                # Truncated while it was read: what was read now may be of both, and is read again from the copy.
                problem = "the file was truncated while it was read"
                break
            file.advance(batch)
            self._note(file.row)
            self._add(batch)
            self.progress(file.handle.tell() - at)
            at = file.handle.tell()
        if file.row != before:
            self._note(file.row)
        new = file.row.records - before.records
        self.records += new
        return Read(file.path, new, again=not new and before.records > 0 and not problem, problem=problem)

    def _add(self, batch: Batch) -> None:
        if not self._waiting:
            self._since_s = time.monotonic()
        self._waiting.append(batch)
        if (
            sum(len(each.records) for each in self._waiting) >= self._batch_records
            or sum(each.records.nbytes for each in self._waiting) >= self._batch_bytes
        ):
            self._begin()

    def _hold(self, key: "_Key", file: LogFile) -> None:
        while len(self._open) >= OPEN_FILES:
            self._close(min(self._open, key=lambda name: self._open[name].grown_s))
        self._open[key] = file

    def _close(self, key: "_Key") -> None:
        self._open.pop(key).handle.close()

    def _note(self, row: Row) -> None:
        self.known.note(row)
        self._moved[row.id] = row


_Key = tuple[str, int, int]  # source, device and inode


def _settle(file: LogFile) -> None:
    """Wait until a last line without an end is old enough to be a whole record."""
    with suppress(MappingError):
        if file.whole or decoder_for(mapping(file.source.mapping), file.head, file.source.decoder) not in _IN_LINES:
            return
    while (status := file.status()).st_size and time.time() - status.st_mtime < SETTLED_S:
        if os.pread(file.handle.fileno(), 1, status.st_size - 1) in (b"\n", b"\0"):
            return
        time.sleep(0.1)


def _old(file: LogFile) -> bool:
    return time.time() - file.status().st_mtime > OLD_S


def _told(reads: Sequence[Read]) -> list[Read]:
    return [read for read in reads if read.records or read.problem]
