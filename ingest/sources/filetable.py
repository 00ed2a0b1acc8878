"""Which file is which: the lake's table `files`, and how a file is known again under another name (design §4)."""

import hashlib
import json
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from ingest.lake import FILES, FencedError, Lake, engine
from ingest.table import Table
from schemas.errors import LakeError

PREFIX_BYTES = 4096
BLOCK_BYTES = 1 << 20
LEAST_BYTES = 64  # with fewer bytes read nothing is known by its hash
_MET = "met"  # the application id that each commit of a new file moves, so that no two processes name one file
_TRIES = 100
WAIT_S = 5.0  # for what another process has read of a file that it has just met; it says so after flush_after_s
_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `files`: how far a file was read when it was written."""

    id: str
    source: str
    host: str
    device: int
    inode: int
    path: str
    prefix_bytes: int
    prefix_sha256: str
    records: int
    bytes: int
    chain: str
    state: str


def begins(row: Row, prefix: bytes) -> bool:
    """Whether a file that begins with PREFIX (of PREFIX_BYTES, if it has so many) may be ROW's."""
    mine = prefix[: row.prefix_bytes]
    return len(mine) == row.prefix_bytes and sha256(mine) == row.prefix_sha256


@dataclass(frozen=True, slots=True)
class Look:
    """What a file on disk shows of itself: `size` of its content (None = it must be read to know) and its beginning."""

    path: str
    device: int
    inode: int
    size: int | None
    prefix: bytes
    content: Callable[[], BinaryIO]  # from its first byte


class Chain:
    """The chained hash of a content's first bytes, however they come.

    `text` is `h.t`: h is h(n) = SHA-256(h(n-1) || block) over the whole 1 MiB blocks, t the same once more over what is
    left. It goes on from the TEXT of content whose whole blocks are the first BEGUN bytes.
    """

    def __init__(self, text: str = "", begun: int = 0) -> None:
        self._value = bytes.fromhex(text.partition(".")[0])
        self._rest = hashlib.sha256(self._value)
        self.bytes = begun

    def update(self, data: bytes | memoryview) -> None:
        """DATA comes next."""
        view = memoryview(data)
        while view:
            part = view[: BLOCK_BYTES - self.bytes % BLOCK_BYTES]
            self._rest.update(part)
            self.bytes += len(part)
            view = view[len(part) :]
            if self.bytes % BLOCK_BYTES == 0:
                self._value = self._rest.digest()
                self._rest = hashlib.sha256(self._value)

    @property
    def text(self) -> str:
        """Of all that came."""
        return f"{self._value.hex()}.{self._rest.hexdigest()}"


def _holds(row: Row, look: Look) -> bool:
    if (look.size is not None and look.size < row.bytes) or not begins(row, look.prefix):
        return False
    if (row.device, row.inode) == (look.device, look.inode):
        return True
    if row.bytes < LEAST_BYTES or not row.records:
        return False
    return chained(look.content(), row.bytes) == row.chain


def chained(stream: BinaryIO, length: int) -> str | None:
    """The chained hash of the first LENGTH bytes of STREAM; None if it is shorter."""
    chain = Chain()
    while chain.bytes < length and (piece := stream.read(min(BLOCK_BYTES, length - chain.bytes))):
        chain.update(piece)
    return chain.text if chain.bytes == length else None


class FileTable:
    """The files that this host has met, the newest row of each."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.host = socket.gethostname()
        self._rows: dict[str, Row] = {}
        self._ahead: dict[str, Row] = {}  # rows whose records the evidence lacks: they tell which file, not how far
        self._unread: dict[str, float] = {}  # rows that others made and tell no record of yet, and when they were seen
        self._by_inode: dict[tuple[str, int, int], list[str]] = {}
        self._by_path: dict[tuple[str, str], str] = {}
        self._met: int | None = None  # the table's when its rows were read: keeping rows reads on what others moved
        self._version = -1  # the table's whose rows are all known
        self._updated = datetime.min.replace(tzinfo=UTC)  # of the newest row: a clock that is set back makes none older
        self._read()

    def meet(self, source: str, look: Look) -> tuple[Row, bool]:
        """The row of the file that LOOKs so, made if it is new; and whether it is new.

        It stands in the lake before the file's first record: a crash in between must not make two shards of one file.
        """
        table = self.lake.table("files")
        for _ in range(_TRIES):
            if found := self._find(source, look):
                return replace(found, device=look.device, inode=look.inode, path=look.path), False
            table.refresh()
            if table.version != self._version:
                self._read()  # another follower may have read further in what this one is a copy of
                continue
            if self._awaited(source, look):
                time.sleep(_AGAIN_S)
                continue
            row = Row(
                id=uuid.uuid4().hex,
                source=source,
                host=self.host,
                device=look.device,
                inode=look.inode,
                path=look.path,
                prefix_bytes=len(look.prefix),
                prefix_sha256=sha256(look.prefix),
                records=0,
                bytes=0,
                chain="",
                state="{}",
            )
            files, met = [table.write(self._table([row]))], (self._met or 0) + 1
            try:
                table.commit(files, expect={_MET: self._met}, positions={_MET: met})
            except FencedError:
                self._read()
                continue
            self._met = met
            self._wrote(table)
            self.note(row)
            return row, True
        raise LakeError("files: others came first too many times")

    def _awaited(self, source: str, look: Look) -> bool:
        """Whether another process has just met a file that begins so: it has yet to say what this may be a copy of."""
        old = time.monotonic() - WAIT_S
        self._unread = {name: seen for name, seen in self._unread.items() if seen > old}
        rows = (self._rows[name] for name in self._unread)
        return any(row.source == source and begins(row, look.prefix) for row in rows)

    def keep(self, rows: Iterable[Row]) -> None:
        """Write down how far files were read; it counts when their records are committed."""
        kept = list(rows)
        if kept:
            table = self.lake.table("files")
            table.append([table.write(self._table(kept))])
            self._wrote(table)

    def _wrote(self, table: Table) -> None:
        """TABLE has just taken a commit of ours: if it took no other's, all its rows are known still."""
        if table.version == self._version + 1:
            self._version = table.version

    def at(self, source: str, path: str) -> Row | None:
        """The row of the file that was last read under PATH."""
        name = self._by_path.get((source, path))
        return self._rows[name] if name else None

    def same(self, row: Row, look: Look) -> bool:
        """Whether the file that LOOKs so holds what ROW's did, as far as that was read, be it in vain."""
        return any(_holds(each, look) for each in (row, self._ahead.get(row.id)) if each)

    def unfinished_copy(self, source: str, look: Look) -> bool:
        """Whether the file that LOOKs so begins as one that was read further than this one goes: a copy on its way."""
        read_bytes = max(
            (
                row.bytes
                for row in (*self._rows.values(), *self._ahead.values())
                if row.source == source and begins(row, look.prefix)
            ),
            default=0,
        )
        if look.size is None:
            return read_bytes > 0 and chained(look.content(), read_bytes) is None
        return read_bytes > look.size

    def _find(self, source: str, look: Look) -> Row | None:
        """By inode first, then by what the file holds."""
        inode = (source, look.device, look.inode)
        for name in reversed(self._by_inode.get(inode, [])):
            row = self._rows[name]
            if (row.device, row.inode) == inode[1:] and self.same(row, look):
                return row
        hashes: dict[int, str] = {}
        for row in self._rows.values():
            if row.source != source or len(look.prefix) < row.prefix_bytes:
                continue
            if row.prefix_bytes not in hashes:
                hashes[row.prefix_bytes] = sha256(look.prefix[: row.prefix_bytes])
            if hashes[row.prefix_bytes] == row.prefix_sha256 and self.same(row, look):
                return row
        return None

    def note(self, row: Row) -> None:
        """Know ROW from now on, also before it is kept."""
        self._rows[row.id] = row
        names = self._by_inode.setdefault((row.source, row.device, row.inode), [])
        if row.id not in names:
            names.append(row.id)
        self._by_path[row.source, row.path] = row.id

    def _table(self, rows: list[Row]) -> pa.Table:
        self._updated = max(datetime.now(UTC), self._updated + timedelta(microseconds=1))
        return pa.Table.from_pylist([{**asdict(row), "updated": self._updated} for row in rows], schema=FILES)

    def _read(self) -> None:
        table = self.lake.table("files")
        table.refresh()
        self._version = table.version
        self._met = table.positions.get(_MET)
        # A handle of its own: the writer's threads are at work with theirs, and what it has read may be old.
        positions = Lake.open(self.lake.root).table("evidence").positions
        columns = ", ".join(field.name for field in fields(Row))
        connection = engine()
        newest = (
            connection.sql(f"SELECT max(updated) AS newest FROM {table.scan()}").to_arrow_table()["newest"][0].as_py()
        )
        self._updated = max(self._updated, newest or self._updated)
        now = time.monotonic()
        for row in _rows(
            connection, f"SELECT {columns} FROM {table.scan()} WHERE host = $1 ORDER BY updated", self.host
        ):
            if row.records:
                self._unread.pop(row.id, None)
            elif row.id not in self._rows:
                self._unread[row.id] = now
            if row.records <= positions.get(f"{row.source}/{row.id}", 0):
                # What we have read further and not kept yet stands: it would else be met anew under its next name.
                if row.id not in self._rows or row.records >= self._rows[row.id].records:
                    self.note(row)
                self._ahead.pop(row.id, None)
                continue
            # The records that it speaks of are on their way, or a crash came before them: they are read again, under
            # the same addresses, wherever the file lies by then.
            if row.id not in self._rows:
                self.note(replace(row, records=0, bytes=0, chain="", state="{}"))
            self._ahead[row.id] = row
        connection.close()


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, host: str) -> Iterator[Row]:
    cursor = connection.execute(sql, [host])
    while found := cursor.fetchmany(10_000):
        yield from (Row(*values) for values in found)


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def state_of(row: Row) -> dict[str, Any]:
    """What a row's `state` holds: the decoder's under `decoder`; `packed`, the size of a compressed file read whole."""
    found: dict[str, Any] = json.loads(row.state)
    return found
