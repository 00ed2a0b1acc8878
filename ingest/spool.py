"""The spool: append-only streams on disk, one for each source, durable before an append returns.

A stream is a folder of segments; a segment is named by its first position and holds blocks: a header, then for each
record its length, then the bytes. Many processes append under one lock; a half-written block is cut off by the next.
"""

import fcntl
import json
import os
import struct
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import LakeError

SEGMENT_BYTES = 16 << 20
_HEADER = struct.Struct("<4sIIQqq")  # magic, CRC-32 of the rest, records, payload bytes, first position, received (µs)
_MAGIC = b"SPB1"


@dataclass(frozen=True, slots=True)
class Block:
    """Records that were appended together: the first one's position, when they were received, and their bytes."""

    position: int
    received: datetime
    records: list[bytes]


class Spool:
    """The streams below one folder, by source."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def sources(self) -> list[str]:
        """The sources that have a stream."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.is_dir() else []

    def shard(self, source: str) -> str:
        """The stream's id: what its records' addresses say."""
        return str(json.loads((self._folder(source) / "stream.json").read_text(encoding="utf-8"))["id"])

    def append(self, source: str, records: Sequence[bytes], received: datetime | None = None) -> range:
        """Keep RECORDS, durably, and give their positions. Errors: OSError if none of them could be written."""
        with self._locked(source) as folder:
            segment, end, position = self._end(folder)
            if end >= SEGMENT_BYTES:
                segment, end = folder / _segment(position), 0
            moment = int((received or datetime.now(UTC)).timestamp() * 1_000_000)
            payload = struct.pack(f"<{len(records)}I", *map(len, records)) + b"".join(records)
            rest = _HEADER.pack(_MAGIC, 0, len(records), len(payload), position, moment)[8:]
            block = _MAGIC + struct.pack("<I", zlib.crc32(payload, zlib.crc32(rest))) + rest + payload
            with segment.open("r+b" if segment.exists() else "xb") as file:
                file.truncate(end)  # what a crash left behind the last whole block
                file.seek(end)
                try:
                    file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(end)
                    raise
            if end == 0:
                _sync_folder(folder)
            return range(position, position + len(records))

    def read(self, source: str, position: int = 0) -> Iterator[Block]:
        """The blocks from POSITION on; the first begins with it, or later if what came before was trimmed."""
        folder = self._folder(source)
        segments = _segments(folder)
        for number, segment in enumerate(segments):
            if number + 1 < len(segments) and _first(segments[number + 1]) <= position:
                continue
            for block, _ in _blocks(segment):
                skipped = max(0, position - block.position)
                if skipped < len(block.records):
                    yield Block(block.position + skipped, block.received, block.records[skipped:])

    def next_position(self, source: str) -> int:
        """The position that the next record will get."""
        return self._end(self._folder(source))[2]

    def waiting(self, source: str) -> int:
        """How many records the stream holds that were not trimmed, which is to say are not in the lake yet."""
        if not (self._folder(source) / "stream.json").exists():
            return 0
        return sum(len(block.records) for block in self.read(source, self._kept(source)))

    def trim(self, source: str, position: int) -> None:
        """Forget what lies below POSITION: it is in the lake. Whole segments go; the rest is marked."""
        with self._locked(source) as folder:
            segment, end, last = self._end(folder)
            if position >= last and end > 0:
                (folder / _segment(last)).touch()  # the number must go on from here
                _sync_folder(folder)
            segments = _segments(folder)
            for number, segment in enumerate(segments[:-1]):
                if _first(segments[number + 1]) <= position:
                    segment.unlink()
            temporary = folder / "trimmed.new"
            temporary.write_text(str(position), encoding="ascii")
            temporary.replace(folder / "trimmed")

    def _kept(self, source: str) -> int:
        path = self._folder(source) / "trimmed"
        return int(path.read_text(encoding="ascii")) if path.exists() else 0

    def _folder(self, source: str) -> Path:
        return self.root / source

    @contextmanager
    def _locked(self, source: str) -> Iterator[Path]:
        folder = self._folder(source)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "stream.json").exists():
                temporary = folder / "stream.new"
                temporary.write_text(json.dumps({"id": uuid.uuid4().hex}), encoding="utf-8")
                temporary.replace(folder / "stream.json")
                _sync_folder(folder)
            yield folder

    def _end(self, folder: Path) -> tuple[Path, int, int]:
        """The last segment, where its last whole block ends, and the next position."""
        segments = _segments(folder)
        if not segments:
            return folder / _segment(0), 0, 0
        end, position = 0, _first(segments[-1])
        for block, end in _blocks(segments[-1]):  # noqa: B007 - the last one's end is what we want
            position = block.position + len(block.records)
        return segments[-1], end, position


def _segment(position: int) -> str:
    return f"{position:020d}.seg"


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def _first(segment: Path) -> int:
    return int(segment.stem)


def _blocks(segment: Path) -> Iterator[tuple[Block, int]]:
    """The whole blocks of a segment, each with where it ends. A torn tail ends it; other damage is an error."""
    data = segment.read_bytes()
    at = 0
    while at + _HEADER.size <= len(data):
        magic, crc, count, size, position, moment = _HEADER.unpack_from(data, at)
        start, end = at + _HEADER.size, at + _HEADER.size + size
        if magic != _MAGIC or end > len(data) or zlib.crc32(data[at + 8 : end]) != crc:
            if data.find(_MAGIC, at + 4) >= 0 and magic == _MAGIC and end < len(data):
                raise LakeError(f"spool {segment.parent.name}: a block at position {position} is damaged")
            return
        lengths = struct.unpack_from(f"<{count}I", data, start)
        records, offset = [], start + 4 * count
        for length in lengths:
            records.append(data[offset : offset + length])
            offset += length
        yield Block(position, datetime.fromtimestamp(moment / 1_000_000, UTC), records), end
        at = end


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
