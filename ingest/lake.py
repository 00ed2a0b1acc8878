"""The lake: Delta tables of Parquet files written by us, and the one commit protocol that makes each record stand once.

A commit is a compare-and-swap: a table's state is read at version v, what the commit rests on is compared with it, and
the log entry is v + 1 or nothing. So two writers can't both move a shard's position, whatever they hold in memory.
"""

import json
import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction

from schemas.errors import LakeError
from schemas.event import NORMALISED, TIMESTAMP, sql_type

FORMAT = 1  # of the whole lake; a lake with a higher number is refused
CHECKPOINT_COMMITS = 100

EVIDENCE = pa.schema(
    [
        pa.field("source", pa.string()),
        pa.field("shard", pa.string()),
        pa.field("position", pa.int64()),
        pa.field("received", TIMESTAMP),
        pa.field("context", pa.string()),  # id in `contexts`
        pa.field("broken", pa.string()),  # why the decoder could not frame it, or NULL
        pa.field("record", pa.binary()),
        pa.field("seal", pa.string()),  # key id; empty = plain
    ]
)
CONTEXTS = pa.schema([("id", pa.string()), ("context", pa.string())])
FILES = pa.schema(
    [
        pa.field("id", pa.string()),  # the shard
        pa.field("source", pa.string()),
        pa.field("host", pa.string()),
        pa.field("device", pa.int64()),
        pa.field("inode", pa.int64()),
        pa.field("path", pa.string()),
        pa.field("prefix_bytes", pa.int64()),  # of the decompressed stream
        pa.field("prefix_sha256", pa.string()),
        pa.field("records", pa.int64()),  # read so far: the next position
        pa.field("bytes", pa.int64()),  # read so far, decompressed
        pa.field("chain", pa.string()),  # h(n) = SHA-256(h(n-1) || block) over 1 MiB blocks up to `bytes`
        pa.field("state", pa.string()),  # the decoder's, JSON
        pa.field("updated", TIMESTAMP),
    ]
)
PARTITIONS = [pa.field("keep", pa.string()), pa.field("day", pa.date32())]
TABLES: dict[str, tuple[pa.Schema, bool]] = {
    "evidence": (EVIDENCE, True),
    "contexts": (CONTEXTS, False),
    "normalised": (NORMALISED, True),
    "files": (FILES, False),
}


class FencedError(LakeError):
    """Another process moved what this commit rests on; nothing was committed. Read the state again and decide anew."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file that lies in a table's folder: `path` relative to it, `rows`, and its partition."""

    path: str
    rows: int
    partition: dict[str, str | None] = field(default_factory=dict)
    stats: str = "{}"


class Table:
    """One Delta table. `positions` are its txn versions by application id; both hold for `version`."""

    def __init__(self, root: Path, schema: pa.Schema, partitioned: bool) -> None:
        self.root = root
        self.schema = schema
        self.partitioned = partitioned
        self.positions: dict[str, int] = {}
        self._seen = -1
        self._delta = DeltaTable(root)
        self._read_positions()

    @property
    def version(self) -> int:
        """The Delta version that this handle has read."""
        return int(self._delta.version())

    def refresh(self) -> None:
        """Read what others have committed."""
        self._delta.update_incremental()
        self._read_positions()

    def files(self) -> list[tuple[str, str | None, date | None]]:
        """The live files: path relative to the table, keep class and day received."""
        actions = pa.table(self._delta.get_add_actions(flatten=True))
        names = set(actions.column_names)
        paths = actions["path"].to_pylist()
        keeps = actions["partition.keep"].to_pylist() if "partition.keep" in names else [None] * len(paths)
        days = actions["partition.day"].to_pylist() if "partition.day" in names else [None] * len(paths)
        return sorted(zip(paths, keeps, days, strict=True), key=lambda row: row[0])

    def scan(self, days: Callable[[date], bool] | None = None) -> str:
        """The live rows as an SQL relation, with keep and day where the table is partitioned; no file is no row."""
        chosen = [path for path, _, day in self.files() if days is None or day is None or days(day)]
        if not chosen:
            columns = [*self.schema, *(PARTITIONS if self.partitioned else [])]
            listed = ", ".join(f'NULL::{sql_type(column.type)} AS "{column.name}"' for column in columns)
            return f"(SELECT {listed} WHERE false)"
        listed = ", ".join("'" + str(self.root / path).replace("'", "''") + "'" for path in chosen)
        hive = ", hive_partitioning = true, hive_types = {'keep': VARCHAR, 'day': DATE}" if self.partitioned else ""
        return f"read_parquet([{listed}], union_by_name = true{hive})"

    def new_file(self, keep: str | None = None, day: date | None = None) -> tuple[Path, dict[str, str | None]]:
        """Where a new file of a partition is to be written: a random name, since only the commit makes it real."""
        partition = {"keep": keep, "day": day.isoformat()} if self.partitioned and day is not None else {}
        folder = self.root.joinpath(*(f"{name}={value}" for name, value in partition.items()))
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{uuid.uuid4().hex}.parquet", partition

    def write(self, rows: pa.Table, keep: str | None = None, day: date | None = None) -> DataFile:
        """Write ROWS to a new file, durably; no reader sees it before a commit names it."""
        path, partition = self.new_file(keep, day)
        pq.write_table(rows, path, compression="zstd", compression_level=1, row_group_size=122_880)
        return self.written(path, partition)

    def written(self, path: Path, partition: dict[str, str | None]) -> DataFile:
        """A file that was written at PATH, made durable, with its statistics (time, position and numbers only)."""
        _sync(path)
        metadata = pq.read_metadata(path)
        return DataFile(str(path.relative_to(self.root)), metadata.num_rows, partition, _stats(metadata))

    def commit(
        self,
        files: Sequence[DataFile],
        *,
        expect: Mapping[str, int | None],
        positions: Mapping[str, int],
    ) -> int:
        """Add FILES and move POSITIONS in one commit, if the table still says what is EXPECTed of each application id.

        Errors:  FencedError if it doesn't, or if another commit came first: nothing was committed.
        """
        for name, value in expect.items():
            if self.positions.get(name) != value:
                raise FencedError(f"{self.root.name}: another writer moved a position that this commit rests on")
        adds = [
            AddAction(
                file.path,
                (self.root / file.path).stat().st_size,
                file.partition,
                int(datetime.now(UTC).timestamp() * 1000),
                True,
                file.stats,
            )
            for file in files
        ]
        properties = CommitProperties(
            max_commit_retries=0, app_transactions=[Transaction(name, value) for name, value in positions.items()]
        )
        try:
            self._delta.create_write_transaction(
                adds,
                "append",
                self._delta.schema(),
                partition_by=["keep", "day"] if self.partitioned else None,
                commit_properties=properties,
                post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
            )
        except CommitFailedError as error:
            self.refresh()
            raise FencedError(f"{self.root.name}: another commit came first") from error
        except (DeltaError, OSError) as error:
            raise LakeError(f"{self.root.name}: the commit failed: {type(error).__name__}") from error
        self.refresh()
        _sync(self.root / "_delta_log" / f"{self.version:020d}.json")
        return self.version

    def _read_positions(self) -> None:
        """The txn versions up to this handle's version. The library takes 3 ms for one id."""
        log = self.root / "_delta_log"
        start = self._seen + 1
        if self._seen < 0:
            with suppress(FileNotFoundError):
                checkpoint = int(json.loads((log / "_last_checkpoint").read_text())["version"])
                rows = pq.read_table(log / f"{checkpoint:020d}.checkpoint.parquet", columns=["txn"])["txn"].to_pylist()
                self.positions = {row["appId"]: row["version"] for row in rows if row}
                start = checkpoint + 1
        for version in range(start, self.version + 1):
            for line in (log / f"{version:020d}.json").read_text().splitlines():
                if line.startswith('{"txn"'):
                    txn = json.loads(line)["txn"]
                    self.positions[txn["appId"]] = txn["version"]
        self._seen = self.version


class Lake:
    """The tables below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tables: dict[str, Table] = {}

    @classmethod
    def open(cls, root: Path | str) -> "Lake":
        """The lake in the folder ROOT. Errors: LakeError if there is none, or a newer version wrote it."""
        root = Path(root)
        try:
            said = json.loads((root / "lake.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise LakeError(f"{root}: there is no lake here") from None
        except (OSError, ValueError) as error:
            raise LakeError(f"{root}: lake.json can't be read: {type(error).__name__}") from error
        if not isinstance(said.get("format"), int) or said["format"] > FORMAT:
            raise LakeError(
                f"{root}: the lake was written by a newer version of sparhund (format {said.get('format')})"
            )
        return cls(root)

    @classmethod
    def create(cls, root: Path | str) -> "Lake":
        """The lake in the folder ROOT, made if it isn't there. Errors: LakeError if the folder can't be written."""
        root = Path(root)
        if (root / "lake.json").exists():
            return cls.open(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
            for name, (schema, partitioned) in TABLES.items():
                DeltaTable.create(
                    root / name,
                    pa.schema([*schema, *(PARTITIONS if partitioned else [])]),
                    mode="ignore",
                    partition_by=["keep", "day"] if partitioned else None,
                    configuration={
                        "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
                        "delta.logRetentionDuration": "interval 1 hours",
                        "delta.enableExpiredLogCleanup": "false",
                    },
                )
            # Last, so that a lake half made is made again and not opened.
            temporary = root / f"lake.json.{uuid.uuid4().hex}"
            temporary.write_text(json.dumps({"format": FORMAT, "host": socket.gethostname()}), encoding="utf-8")
            _sync(temporary)
            temporary.replace(root / "lake.json")
        except OSError as error:
            raise LakeError(f"{root}: the lake can't be made: {error.strerror}") from error
        return cls(root)

    def table(self, name: str) -> Table:
        """The table NAME of TABLES."""
        if name not in self._tables:
            self._tables[name] = Table(self.root / name, *TABLES[name])
        return self._tables[name]


def _stats(metadata: Any) -> str:
    """Delta's statistics of a file: rows, and least and greatest time, received and position."""
    least: dict[str, Any] = {}
    greatest: dict[str, Any] = {}
    for column in range(metadata.num_columns):
        name = metadata.schema.column(column).path
        if name not in {"time", "received", "position", "batch"}:
            continue
        found = [metadata.row_group(group).column(column).statistics for group in range(metadata.num_row_groups)]
        if found and all(each is not None and each.has_min_max for each in found):
            least[name] = _stat(min(each.min for each in found), timedelta())
            greatest[name] = _stat(max(each.max for each in found), timedelta(milliseconds=1))
    return json.dumps({"numRecords": metadata.num_rows, "minValues": least, "maxValues": greatest, "nullCount": {}})


def _stat(value: Any, up: timedelta) -> Any:
    """Delta's times have milliseconds, so a greatest one is rounded up."""
    if not isinstance(value, datetime):
        return value
    with suppress(OverflowError):
        value += up
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _sync(path: Path) -> None:
    """Make a file and its name durable: a record that we say we have must survive the power."""
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
