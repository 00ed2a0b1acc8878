"""The spool: append-only streams on disk, one for each source, durable before an append returns.

A stream is a folder of segments; a segment is named by its first position and holds blocks: a header, then for each
record its length, then the bytes, then their context (who sent them), then a note. Many processes append under one
lock; a half-written block is cut off by the next. A note says what must be remembered exactly if the records are; it
outlives them by NOTES_KEPT_S.
"""

import errno
import fcntl
import json
import os
import struct
import time
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from schemas.errors import LakeError

SEGMENT_BYTES = 16 << 20
RESERVE_BYTES = 1 << 20  # what it takes to trim when the disk is full
NOTES_KEPT_S = 2 * 86400  # from when their records were trimmed
# Magic, CRC-32 of the rest, records, payload bytes, first position, received (µs), context bytes.
_HEADER = struct.Struct("<4sIIQqqI")
_MAGIC = b"SPB2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Records that came together: when, and in what context (JSON of `ingest.normalise.Context`; empty = none)."""

    records: Sequence[bytes]
    received: datetime = field(default_factory=lambda: datetime.now(UTC))
    context: bytes = b""
    note: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Delivery):
    """A delivery where it stands in its stream: POSITION is its first record's.

    `broken` says why its records can't be read; a spool holds none such.
    """

    position: int
    broken: str = ""


class Spool:
    """The streams below one folder, by source."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Where a stream was last seen to end, and where it was last read to: only what is beyond is looked at again.
        self._ends: dict[str, _Mark] = {}
        self._reached: dict[str, _Mark] = {}

    def sources(self) -> list[str]:
        """The sources that have a stream. A folder without an id is none yet: somebody makes it, or died of it."""
        return sorted(path.parent.name for path in self.root.glob("*/stream.json"))

    def shard(self, source: str) -> str:
        """The stream's id: what its records' addresses say."""
        return str(json.loads((self._folder(source) / "stream.json").read_text(encoding="utf-8"))["id"])

    def append(self, source: str, *deliveries: Delivery) -> range:
        """Keep DELIVERIES, durably, and give their records' positions. Errors: OSError if none could be written."""
        with self._locked(source) as folder:
            segment, end, position = self._end(source)
            if end >= SEGMENT_BYTES:
                segment, end = folder / _segment(position), 0
            first, blocks = position, []
            for each in deliveries:
                blocks.append(_pack(each, position))
                position += len(each.records)
            written = b"".join(blocks)
            # Unbuffered: nothing of what failed may be written later, by closing.
            with segment.open("r+b" if segment.exists() else "xb", buffering=0) as file:
                file.truncate(end)  # what a crash left behind the last whole block
                try:
                    # The room first: of blocks whose last finds none, nobody may read the first meanwhile.
                    os.posix_fallocate(file.fileno(), end, len(written))
                    file.seek(end)
                    rest = memoryview(written)
                    while rest:
                        rest = rest[file.write(rest) :]
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(end)
                    raise
            if end == 0:
                _sync_folder(folder)
                self._keep_reserve()
            self._ends[source] = _Mark(segment, end + len(written), position)
            return range(first, position)

    def read(self, source: str, position: int = 0) -> Iterator[Block]:
        """The blocks from POSITION on; the first begins with it, or later if what came before was trimmed."""
        segments = _segments(self._folder(source))
        reached = self._reached.get(source)
        for number, segment in enumerate(segments):
            if number + 1 < len(segments) and _first(segments[number + 1]) <= position:
                continue
            known = reached is not None and reached.segment == segment and reached.position <= position
            for block, end in _blocks(segment, reached.end if reached and known else 0):
                skipped = max(0, position - block.position)
                if skipped < len(block.records):
                    self._reached[source] = _Mark(segment, end, block.position + len(block.records))
                    yield replace(block, position=block.position + skipped, records=block.records[skipped:])

    def next_position(self, source: str) -> int:
        """The position that the next record will get."""
        return self._end(source).position

    def waiting(self, source: str) -> int:
        """How many records the stream holds that were not trimmed, which is to say are not in the lake yet."""
        if not (self._folder(source) / "stream.json").exists():
            return 0
        return max(0, self.next_position(source) - self.kept(source))

    def kept(self, source: str) -> int:
        """Below this position the stream was trimmed."""
        path = self._folder(source) / "trimmed"
        # Empty after a power cut: what was taken already is offered again, and known by its address.
        return int(path.read_text(encoding="ascii") or 0) if path.exists() else 0

    def trim(self, source: str, position: int) -> None:
        """Forget what lies below POSITION: it is in the lake. Whole segments go; the rest is marked.

        On a full disk the reserve makes the room that it takes to forget.
        """
        with self._locked(source) as folder:
            try:
                self._trim(source, folder, position)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                self._reserve.unlink(missing_ok=True)
                self._trim(source, folder, position)
        self._keep_reserve()

    def _trim(self, source: str, folder: Path, position: int) -> None:
        _, end, last = self._end(source)
        if position >= last and end > 0:
            (folder / _segment(last)).touch()  # the number must go on from here
            _sync_folder(folder)
        segments = _segments(folder)
        for number, segment in enumerate(segments[:-1]):
            if _first(segments[number + 1]) <= position:
                _keep_notes(segment)
                segment.unlink()
        for notes in folder.glob("*.notes"):
            if notes.stat().st_mtime < time.time() - NOTES_KEPT_S:
                notes.unlink()
        temporary = folder / "trimmed.new"
        temporary.write_text(str(position), encoding="ascii")
        temporary.replace(folder / "trimmed")

    def notes(self, source: str, since: datetime) -> list[Block]:
        """The blocks with a note that were received SINCE, oldest first, without their records."""
        with self._locked(source) as folder:
            files = [*sorted(folder.glob("*.notes")), *_segments(folder)]
            recent = [file for file in files if file.stat().st_mtime >= since.timestamp()]
            noted = (block for file in recent for block, _ in _blocks(file) if block.note)
            return [replace(block, records=()) for block in noted if block.received >= since]

    @property
    def _reserve(self) -> Path:
        return self.root / "reserve"

    def _keep_reserve(self) -> None:
        """Room that no record takes. Where there is none for it, the next to trim tries again."""
        if not self._reserve.exists():
            try:
                with self._reserve.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
            except OSError:
                self._reserve.unlink(missing_ok=True)

    def _folder(self, source: str) -> Path:
        return self.root / source

    @contextmanager
    def _locked(self, source: str) -> Iterator[Path]:
        folder = self._folder(source)
        try:
            folder.mkdir(exist_ok=True)
        except FileNotFoundError:
            self.root.mkdir(mode=0o750, parents=True, exist_ok=True)  # as a lake's: records lie here too
            folder.mkdir(exist_ok=True)
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "stream.json").exists():
                temporary = folder / "stream.new"
                with temporary.open("w", encoding="utf-8") as file:
                    file.write(json.dumps({"id": uuid.uuid4().hex}))
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(folder / "stream.json")
                _sync_folder(folder)
            yield folder

    def _end(self, source: str) -> "_Mark":
        """The last segment, where its last whole block ends, and the next position."""
        folder = self._folder(source)
        segments = _segments(folder)
        if not segments:
            return _Mark(folder / _segment(0), 0, 0)
        mark = self._ends.get(source)
        if mark is None or mark.segment != segments[-1]:
            mark = _Mark(segments[-1], 0, _first(segments[-1]))
        for block, end in _blocks(mark.segment, mark.end):
            mark = _Mark(mark.segment, end, block.position + len(block.records))
        self._ends[source] = mark
        return mark


class _Mark(NamedTuple):
    """A place in a stream: byte `end` of a segment, before the record of a position."""

    segment: Path
    end: int
    position: int


def _pack(delivery: Delivery, position: int) -> bytes:
    records, context = delivery.records, delivery.context
    payload = b"".join([struct.pack(f"<{len(records)}I", *map(len, records)), *records, context, delivery.note])
    moment = round(delivery.received.timestamp() * 1_000_000)
    rest = _HEADER.pack(_MAGIC, 0, len(records), len(payload), position, moment, len(context))[8:]
    return _MAGIC + struct.pack("<I", zlib.crc32(payload, zlib.crc32(rest))) + rest + payload


def _keep_notes(segment: Path) -> None:
    """Write the SEGMENT's notes beside it, as blocks without records."""
    noted = [block for block, _ in _blocks(segment) if block.note]
    if not noted:
        return
    temporary = segment.with_suffix(".notes.new")
    with temporary.open("wb") as file:
        for block in noted:
            file.write(_pack(replace(block, records=[], context=b""), block.position))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(segment.with_suffix(".notes"))
    _sync_folder(segment.parent)


def _segment(position: int) -> str:
    return f"{position:020d}.seg"


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def _first(segment: Path) -> int:
    return int(segment.stem)


def _blocks(segment: Path, begin: int = 0) -> Iterator[tuple[Block, int]]:
    """The whole blocks of a segment from byte BEGIN on, each with where it ends.

    Errors:  LakeError for a damaged block that whole ones follow; a torn tail is none, and ends it.
    """
    with segment.open("rb") as file:
        file.seek(begin)
        data = file.read()
    at = 0
    while at < len(data):
        size = _size(data, at)
        if size is None:
            after = data.find(_MAGIC, at + 1)
            while after >= 0 and _size(data, after) is None:
                after = data.find(_MAGIC, after + 1)
            if after >= 0:
                raise LakeError(f"spool {segment.parent.name}: {segment.name} is damaged at byte {begin + at}")
            return
        _, _, count, _, position, moment, context = _HEADER.unpack_from(data, at)
        first = at + _HEADER.size
        lengths = struct.unpack_from(f"<{count}I", data, first)
        records, offset = [], first + 4 * count
        for length in lengths:
            records.append(data[offset : offset + length])
            offset += length
        at += size
        yield (
            Block(
                records=records,
                received=datetime.fromtimestamp(moment / 1_000_000, UTC),
                context=data[offset : offset + context],
                note=data[offset + context : at],
                position=position,
            ),
            begin + at,
        )


def _size(data: bytes, at: int) -> int | None:
    """How long the whole, sound block at AT is; None if none stands there."""
    if at + _HEADER.size > len(data):
        return None
    magic, crc, _, payload, *_ = _HEADER.unpack_from(data, at)
    end = at + _HEADER.size + payload
    sound = magic == _MAGIC and end <= len(data) and zlib.crc32(memoryview(data)[at + 8 : end]) == crc
    return int(end - at) if sound else None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
