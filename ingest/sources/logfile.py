"""One log file as it is being read: its bytes, plain or decompressed, and how far it has come."""

import json
import os
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from ingest.decoders.compression import ZIP, compressed, members
from ingest.mapping import mapping
from ingest.sources.filetable import BLOCK_BYTES, PREFIX_BYTES, Chain, Look, Row, begins, sha256, state_of
from ingest.streams import HEAD_BYTES, Batch, Origin, batches, resumed
from schemas.source import Source


class LogFile:
    """One file, open on HANDLE. `row` says how far it was read, with the hashes of just what was read.

    They are taken of the bytes on their way to the decoder, not of the file: that may have been truncated since.
    """

    def __init__(self, source: Source, path: Path, handle: BinaryIO) -> None:
        self.source = source
        self.path = path
        self.handle = handle
        self.head = handle.read(HEAD_BYTES)
        self.zipped = self.head.startswith(ZIP)
        self.packed = not self.zipped and compressed(self.head)
        if self.packed:
            stream = self.content()
            # What is damaged from its first byte on shows itself as it is, so that it is read, and the damage told.
            self.head = stream.read(HEAD_BYTES) or self.head
        self.row: Row = cast("Row", None)
        self.size = self.status().st_size  # when it was last read
        self.grown_s = time.monotonic()
        self._prefix = self.head[:PREFIX_BYTES]
        self._chain: Chain | None = None
        self._tap = _Tap(handle)

    @property
    def whole(self) -> bool:
        """Whether it is read in one go: what is compressed doesn't grow, and can't be sought in."""
        return self.zipped or self.packed

    def status(self) -> os.stat_result:
        """Of what the handle is open on, whatever its name is by now."""
        return os.fstat(self.handle.fileno())

    @property
    def mtime(self) -> datetime:
        """When it was last changed."""
        return datetime.fromtimestamp(self.status().st_mtime, UTC)

    def look(self) -> Look:
        """What it shows of itself before its row is known."""
        status = self.status()
        size = None if self.packed else status.st_size
        return Look(str(self.path), status.st_dev, status.st_ino, size, self.head[:PREFIX_BYTES], self.content)

    def content(self, offset: int = 0) -> BinaryIO:
        """What the file holds from byte OFFSET on: decompressed, but of a zip the archive itself."""
        self.handle.seek(0 if self.packed else offset)
        if not self.packed:
            return self.handle
        stream = next(members(self.handle)).stream
        stream.skip(offset)
        return cast("BinaryIO", stream)

    def read_before(self) -> bool:
        """Whether all that is there has been read."""
        return (state_of(self.row).get("packed") if self.packed else self.row.bytes) == self.status().st_size

    def another(self) -> bool:
        """Whether the handle shows another file than was met: truncated, and perhaps written anew."""
        prefix = os.pread(self.handle.fileno(), PREFIX_BYTES, 0)
        return self.status().st_size < self.row.bytes or not begins(self.row, prefix)

    def idle(self, seconds: float) -> bool:
        """Whether it hasn't grown for so long."""
        return time.monotonic() - self.grown_s >= seconds and self.status().st_size == self.size

    def looked_at(self) -> None:
        """Note its size now."""
        size = self.status().st_size
        if size != self.size:
            self.size, self.grown_s = size, time.monotonic()

    def batches(self, *, final: bool, mtime: datetime | None) -> Iterator[Batch]:
        """From the row on. Errors: DecodeError for damage, after all before it; MappingError if no decoder fits."""
        row, known, received = self.row, mapping(self.source.mapping), datetime.now(UTC)
        path = str(self.path)
        if self.zipped:
            self.handle.seek(0)
            yield from batches(self.handle, known, self.source, shard=row.id, received=received, path=path, mtime=mtime)
            return
        stream = self._from_row()
        self._tap = _Tap(stream)
        yield from resumed(
            cast("BinaryIO", self._tap),
            self.head,
            known,
            Origin(source=self.source, shard=row.id, received=received, path=path, mtime=mtime),
            position=row.records,
            offset=row.bytes,
            state=state_of(row).get("decoder"),
            final=final,
        )
        if damage := getattr(stream, "damage", None):
            raise damage

    def advance(self, batch: Batch) -> None:
        """BATCH has been read, and counts."""
        records = max(self.row.records, batch.records["position"][-1].as_py() + 1)
        if self.zipped:
            self.row = replace(self.row, records=records)
            return
        assert self._chain is not None
        for data in self._tap.take(batch.resume - self.row.bytes):
            at = self._chain.bytes
            if at <= len(self._prefix) < min(PREFIX_BYTES, at + len(data)):
                self._prefix = (self._prefix[:at] + bytes(data[:PREFIX_BYTES]))[:PREFIX_BYTES]
            self._chain.update(data)
        self.row = replace(
            self.row,
            records=records,
            bytes=batch.resume,
            chain=self._chain.text,
            prefix_bytes=len(self._prefix),
            prefix_sha256=sha256(self._prefix),
            state=json.dumps({"decoder": batch.state}),
        )

    def ended(self) -> None:
        """All of a compressed file has been read: it is known again by its size, an archive by its own bytes."""
        size = self.status().st_size
        if self.zipped:
            chain = Chain()
            self.handle.seek(0)
            while piece := self.handle.read(BLOCK_BYTES):
                chain.update(piece)
            self.row = replace(self.row, bytes=size, chain=chain.text)
        elif self.packed:
            self.row = replace(self.row, state=json.dumps({**state_of(self.row), "packed": size}))

    def _from_row(self) -> BinaryIO:
        """The content from the row on, with the hash of what lies before it begun."""
        row = self.row
        if self._chain is not None and self._chain.bytes == row.bytes:
            return self.content(row.bytes)
        begun = row.bytes // BLOCK_BYTES * BLOCK_BYTES
        stream = self.content(begun)
        self._chain = Chain(row.chain, begun)
        self._chain.update(stream.read(row.bytes - begun))
        return stream


class _Tap:
    """A stream that keeps what was read of it until it is taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held: deque[memoryview] = deque()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._held.append(memoryview(data))
        return data

    def take(self, size: int) -> Iterator[memoryview]:
        """The next SIZE bytes of what was read, in pieces."""
        while size > 0 and self._held:
            piece, rest = self._held[0][:size], self._held.popleft()[size:]
            if rest:
                self._held.appendleft(rest)
            size -= len(piece)
            yield piece
