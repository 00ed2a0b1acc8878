"""Files as a source: which file is which, how far each was read, and its records on their way to the writer."""

import hashlib
import json
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.decoders.compression import members
from ingest.lake import FILES, FencedError, Lake
from ingest.mapping import mapping
from ingest.streams import Batch, batches
from ingest.writer import Writer
from schemas.errors import DecodeError, LakeError, MappingError
from schemas.source import Source

PREFIX_BYTES = 4096
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one path: its records (0 = nothing new), and why reading stopped early, if it did."""

    path: Path
    records: int
    again: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """What a file holds, decompressed: enough to know it again under another name."""

    prefix: bytes
    bytes: int
    chain: str


def expand(paths: tuple[str, ...] | list[str], base: Path | None = None) -> list[Path]:
    """The files that PATHS name: files, folders and patterns. Errors: LakeError for one that names nothing."""
    found: dict[Path, None] = {}
    for text in paths:
        path = (base or Path()) / text
        if path.is_dir():
            matched = sorted(each for each in path.rglob("*") if each.is_file())
        elif path.is_file():
            matched = [path]
        else:
            root = Path(path.anchor or ".")
            matched = sorted(
                each
                for each in root.glob(str(path.relative_to(path.anchor) if path.anchor else path))
                if each.is_file()
            )
        if not matched:
            raise LakeError(f"{text}: there is no such file")
        found.update(dict.fromkeys(matched))
    return list(found)


def ingest(writer: Writer, source: Source, paths: list[Path], *, batch_records: int = 120_000) -> Iterator[Read]:
    """Read PATHS once, from where each was left. A file that can't be read is named, and the others go on."""
    known = _Known(writer.lake, source)
    for path in paths:
        try:
            yield _ingest(writer, source, path, known, batch_records)
        except (DecodeError, MappingError) as error:
            yield Read(path, 0, problem=str(error))
        except OSError as error:
            yield Read(path, 0, problem=error.strerror or type(error).__name__)


def _ingest(writer: Writer, source: Source, path: Path, known: "_Known", batch_records: int) -> Read:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        content = _content(file)
        row = known.find(status, content, file)
        if (
            row is not None
            and row["bytes"] >= content.bytes
            and row["records"] <= writer.next_position(source, row["id"])
        ):
            return Read(path, 0, again=True)
        shard = row["id"] if row is not None else uuid.uuid4().hex
        if row is None:
            # The name goes in before the first record: a crash in between must not make two shards of one file.
            known.keep(shard, status, path, content, records=0, read=0)
        file.seek(0)
        start = writer.next_position(source, shard)
        read, waiting, held, problem = 0, 0, [], None
        try:
            for batch in batches(
                file,
                mapping(source.mapping),
                source,
                shard=shard,
                received=datetime.now(UTC),
                path=str(path),
                mtime=datetime.fromtimestamp(status.st_mtime, UTC),
            ):
                read += len(batch.records)
                if read <= start:
                    continue
                held.append(batch)
                waiting += len(batch.records)
                if waiting >= batch_records:
                    writer.write(held, source)
                    held, waiting = [], 0
        except DecodeError as error:
            problem = str(error)
        _flush(writer, held, source)
        known.keep(shard, status, path, content, records=read, read=content.bytes)
        return Read(path, max(0, read - start), problem=problem)


def _flush(writer: Writer, held: list[Batch], source: Source) -> None:
    if held:
        writer.write(held, source)


def _content(file: Any) -> _Content:
    """The decompressed content's first bytes, length and chained hash."""
    prefix, total, chain, block = b"", 0, b"", b""
    for member in members(file):
        while piece := member.stream.read(BLOCK_BYTES):
            prefix = prefix if len(prefix) >= PREFIX_BYTES else (prefix + piece)[:PREFIX_BYTES]
            total += len(piece)
            block += piece
            while len(block) >= BLOCK_BYTES:
                chain, block = hashlib.sha256(chain + block[:BLOCK_BYTES]).digest(), block[BLOCK_BYTES:]
    return _Content(prefix, total, hashlib.sha256(chain + block).hexdigest())


def _chain_to(file: Any, length: int) -> str:
    """The chained hash of the first LENGTH decompressed bytes."""
    chain, block, left = b"", b"", length
    file.seek(0)
    for member in members(file):
        while left and (piece := member.stream.read(min(BLOCK_BYTES, left))):
            left -= len(piece)
            block += piece
            while len(block) >= BLOCK_BYTES:
                chain, block = hashlib.sha256(chain + block[:BLOCK_BYTES]).digest(), block[BLOCK_BYTES:]
    return hashlib.sha256(chain + block).hexdigest() if not left else ""


class _Known:
    """The files of a source that the lake has met, newest row of each."""

    def __init__(self, lake: Lake, source: Source) -> None:
        self.lake = lake
        self.source = source
        self.rows: dict[str, dict[str, Any]] = {}
        table = lake.table("files")
        table.refresh()
        import duckdb  # noqa: PLC0415 - only to read the table

        connection = duckdb.connect()
        rows = connection.execute(
            f"SELECT * EXCLUDE (updated, state) FROM {table.scan()} WHERE source = $1 AND host = $2 ORDER BY records",
            [source.name, socket.gethostname()],
        )
        names = [column[0] for column in rows.description or ()]
        for values in rows.fetchall():
            row = dict(zip(names, values, strict=True))
            self.rows[row["id"]] = row
        connection.close()

    def find(self, status: os.stat_result, content: _Content, file: Any) -> dict[str, Any] | None:
        """The row of this very file, under whatever name: same inode and beginning, or same bytes as far as read."""
        for row in self.rows.values():
            same_inode = (row["device"], row["inode"]) == (status.st_dev, status.st_ino)
            if content.bytes < row["bytes"] or not _begins(content, row):
                continue
            if same_inode:
                return row
            if row["bytes"] >= 64 and _chain_to(file, row["bytes"]) == row["chain"]:  # noqa: PLR2004 - design §4
                return row
        return None

    def keep(
        self, shard: str, status: os.stat_result, path: Path, content: _Content, *, records: int, read: int
    ) -> None:
        """Remember how far a file was read."""
        row = {
            "id": shard,
            "source": self.source.name,
            "host": socket.gethostname(),
            "device": status.st_dev,
            "inode": status.st_ino,
            "path": str(path),
            "prefix_bytes": len(content.prefix),
            "prefix_sha256": hashlib.sha256(content.prefix).hexdigest(),
            "records": records,
            "bytes": read,
            "chain": content.chain if read else "",
            "state": json.dumps({}),
            "updated": datetime.now(UTC),
        }
        self.rows[shard] = row
        table = self.lake.table("files")
        file = table.write(pa.Table.from_pylist([row], schema=FILES))
        for _ in range(20):
            try:
                table.commit([file], expect={}, positions={})
            except FencedError:
                continue
            return
        raise LakeError("files: others came first too many times")


def _begins(content: _Content, row: dict[str, Any]) -> bool:
    prefix = content.prefix[: row["prefix_bytes"]]
    return bool(len(prefix) == row["prefix_bytes"] and hashlib.sha256(prefix).hexdigest() == row["prefix_sha256"])
