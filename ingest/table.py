"""One Delta table: Parquet files written by us, and the commit protocol that makes each row stand once.

A commit is a compare-and-swap: the table's state is read at version v, what the commit rests on is compared with it,
and the log entry is v + 1 or nothing. So no two writers can both move a shard's position or remove one file, whatever
they hold in memory.
"""

import json
import os
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from schemas.errors import LakeError
from schemas.event import sql_type
from schemas.sqltext import literal

PARTITIONS = [pa.field("keep", pa.string()), pa.field("day", pa.date32())]
REWRITE = "rewrite"  # the application id that each commit which removes files moves
SORTED = "sorted-"  # how the names of files of closed days begin
CHECKPOINT_COMMITS = 25  # each entry behind a checkpoint is read again at each commit: 32 ms of a core at 100, 15 at 25
APPEND_TRIES = 100  # each lost race means that another writer got on
LOG_COMMITS = 1000  # so many commits stay in the log, and all of the last hour
LOG_KEPT = timedelta(hours=1)
ROW_GROUP_ROWS = 122_880
ROW_GROUP_BYTES = 64 << 20  # of rows before they are packed
# What is looked for by its value gets Bloom filters: a row group is skipped without being read.
NEEDLES = (
    *("object_id", "object_path", "subject", "actor_account", "actor_person", "target_account", "src_ip"),
    "source_event_id",
)
_UNLIKE = frozenset({"details", "record", "time_original", "source_event_id", "position"})  # a dictionary only costs
# A dictionary is read whole for the first row that is wanted: what grows beyond it stands in pages of its own. Where
# little repeats (objects, paths) a person's month is read in three quarters of the time. Files: -8 to +4 %.
_DICTIONARY_BYTES = 64 << 10
# So much of a column tells whether it has a dictionary at all: one that overflows is of no use.
_TRIED_BYTES = 4 * _DICTIONARY_BYTES
# Values of so few kinds that a page of numbers into the dictionary is as short as it gets. To pack each page of these
# and of empty columns by itself took 0.4 µs of the 1.1 that a lean event takes to write, for files as long (measured).
_FEW = frozenset(
    {"kind", "part", "batch", "action", "outcome", "proves", "class_uid", "activity_id", "k", "r", "t", "s"}
    | {"source", "system", "rules_version", "actor_kind", "controller", "broken", "seal", "length"}
)
_PAGE_ROWS = 2048  # what is read of a column where few rows of a group are wanted
_READ_ROWS = 2048  # what DuckDB hands over lies outside its memory limit, up to four times over (measured)
_COUNTED = frozenset({"time", "received", "position", "batch"})  # statistics never hold a name or a path


class FencedError(LakeError):
    """Another process moved what this commit rests on; nothing was committed. Read the state again and decide anew."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file in a table's folder: `path` relative to it, and its partition.

    `first` and `last` bound the times of its rows; None = some row has no time, so they bound nothing. `positions` are
    the least and the greatest of its records, of whichever shard; None = not known.
    """

    path: str
    rows: int
    keep: str | None = None
    day: date | None = None
    stats: str = "{}"
    first: datetime | None = None
    last: datetime | None = None
    positions: tuple[int, int] | None = None

    @property
    def partition(self) -> dict[str, str | None]:
        """As Delta writes it."""
        return {"keep": self.keep, "day": self.day.isoformat()} if self.day is not None else {}


class Table:
    """One Delta table. `positions` are its txn versions by application id, `files` its live files at `version`.

    Both are replaced and never changed, so that threads may read what one at a time refreshes.
    """

    def __init__(self, root: Path, schema: pa.Schema, partitioned: bool) -> None:
        self.root = root
        self.schema = schema
        self.partitioned = partitioned
        self.positions: dict[str, int] = {}
        self._files: tuple[int, dict[str, DataFile]] = (-1, {})
        self._open()

    @property
    def version(self) -> int:
        """The Delta version that this handle has read."""
        return int(self._delta.version())

    @property
    def files(self) -> dict[str, DataFile]:
        """The live files by path."""
        version, files = self._files
        if version != self.version:
            version = self.version  # before it is read: what another thread reads meanwhile is read once more
            actions = pa.table(self._delta.get_add_actions(flatten=True))
            paths = actions["path"].to_pylist()
            # A path is written once: after a commit of one file the other thousands are as they were.
            new = actions.take(pa.array([at for at, path in enumerate(paths) if path not in files], pa.int64()))
            known = files | {file.path: file for file in _data_files(new)}
            files = {path: known[path] for path in paths}
            self._files = version, files
        return files

    def refresh(self) -> None:
        """Read what others have committed."""
        before = self.version
        # Behind the last checkpoint the log may be cleaned already, so such a handle begins anew.
        if self._checkpoint() > before:
            self._open()
            return
        # The library reads the whole folder to find that there is nothing new: 8 ms of a core.
        if not (self._log / f"{before + 1:020d}.json").exists():
            return
        try:
            self._delta.update_incremental()
        except (DeltaError, OSError):
            self._open()
            return
        if self.version != before:
            self._read_positions()

    def scan(
        self,
        days: Callable[[date], bool] | None = None,
        *,
        start: datetime | None = None,
        stop: datetime | None = None,
        files: Sequence[DataFile] | None = None,
        filename: bool = False,
    ) -> str:
        """The live rows as an SQL relation, with keep and day where the table is partitioned; no file is no row.

        Only the files of chosen DAYS, and those that may hold rows with START <= time < STOP or without a time; or just
        those of FILES. With FILENAME, there is a column of that name.
        """
        chosen = [
            file.path
            for file in (self.files.values() if files is None else files)
            if (days is None or file.day is None or days(file.day))
            and (start is None or file.last is None or file.last >= start)
            and (stop is None or file.first is None or file.first < stop)
        ]
        columns = [*self.schema, *(PARTITIONS if self.partitioned else [])]
        typed = ", ".join(f'NULL::{sql_type(column.type)} AS "{column.name}"' for column in columns)
        nothing = f"SELECT {typed}{', NULL::VARCHAR AS filename' if filename else ''} WHERE false"
        if not chosen:
            return f"({nothing})"
        hive = ", hive_partitioning = true, hive_types = {'keep': VARCHAR, 'day': DATE}" if self.partitioned else ""
        if filename:
            hive += ", filename = true"
        older = {path for path in chosen if not path.endswith(self._ending)}
        parts = [
            f"read_parquet([{', '.join(literal(str(self.root / path)) for path in sorted(paths))}]{hive}{union})"
            # By name it reads each file's footer for each mention of the relation, so only where files may differ.
            for paths, union in ((set(chosen) - older, ""), (older, ", union_by_name = true"))
            if paths
        ]
        if not older:
            return parts[0]
        # `nothing` has all columns, where no file that was chosen has a new one.
        return f"({' UNION ALL BY NAME '.join([*(f'SELECT * FROM {part}' for part in parts), nothing])})"

    def write(self, rows: pa.Table, keep: str | None = None, day: date | None = None) -> DataFile:
        """Write ROWS to a new file, durably; no reader sees it before a commit names it."""
        return self._write(iter([rows]), keep, day, empty=[name for name in rows.column_names if _empty(rows[name])])

    def copy(
        self,
        connection: duckdb.DuckDBPyConnection,
        select: str,
        keep: str | None = None,
        day: date | None = None,
        *,
        ordered: bool = False,
    ) -> DataFile:
        """Write the rows of SELECT, which has the table's columns, to a new file, durably.

        Memory: a row group (ROW_GROUP_BYTES), and what CONNECTION may use.
        """
        reader = connection.sql(select).to_arrow_reader(_READ_ROWS)
        return self._write(_row_groups(reader, self.schema), keep, day, SORTED if ordered else "")

    def commit(
        self,
        files: Sequence[DataFile],
        *,
        expect: Mapping[str, int | None],
        positions: Mapping[str, int],
        remove: Sequence[DataFile] = (),
    ) -> int:
        """Add FILES, REMOVE others and move POSITIONS in one commit, if the table still says what is EXPECTed of ids.

        Errors:  FencedError if it doesn't, if a file to remove is gone, or if another commit came first: nothing was
                 committed, and this handle has read what came first. LakeError if the log can't be written.
        """
        self._add_columns()
        if any(self.positions.get(name) != value for name, value in expect.items()):
            raise FencedError(f"{self.root.name}: another writer moved a position that this commit rests on")
        if any(file.path not in self.files for file in remove):
            raise FencedError(f"{self.root.name}: another writer replaced a file that this commit rests on")
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        moved = {**positions, **({REWRITE: self.positions.get(REWRITE, 0) + 1} if remove else {})}
        actions: list[AddAction | RemoveAction] = [
            AddAction(file.path, (self.root / file.path).stat().st_size, file.partition, now_ms, not remove, file.stats)
            for file in files
        ]
        actions += [RemoveAction(file.path, False, now_ms, None, file.partition) for file in remove]
        properties = CommitProperties(
            max_commit_retries=0, app_transactions=[Transaction(name, value) for name, value in moved.items()]
        )
        try:
            self._delta.create_write_transaction(
                actions,
                "append",
                self._delta.schema(),
                partition_by=[field.name for field in PARTITIONS] if self.partitioned else None,
                commit_properties=properties,
                post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
            )
        except CommitFailedError as error:
            before = self.version
            self.refresh()
            if self.version > before:
                raise FencedError(f"{self.root.name}: another commit came first") from error
            raise LakeError(f"{self.root.name}: the commit failed") from error
        except (DeltaError, OSError) as error:
            raise LakeError(f"{self.root.name}: the commit failed: {cause(error)}") from error
        self.refresh()
        sync(self._log / f"{self.version:020d}.json")
        return self.version

    def append(self, files: Sequence[DataFile]) -> int:
        """Add FILES, whatever others commit. Shape: the version. Errors: LakeError."""
        for _ in range(APPEND_TRIES):
            with suppress(FencedError):
                return self.commit(files, expect={}, positions={})
        raise LakeError(f"{self.root.name}: others came first too many times")

    def clean_log(self, now: datetime) -> int:
        """Forget log entries behind a checkpoint, but the last LOG_COMMITS and those of the last hour before NOW.

        Shape:   how many files went. Readers that hold an older version than the log's begin read the checkpoint.
        """
        entries = sorted((int(path.name[:20]), path) for path in self._log.iterdir() if path.name[:20].isdecimal())
        checkpoints = [version for version, path in entries if path.name.endswith(".checkpoint.parquet")]
        horizon = max((version for version in checkpoints if version <= self.version - LOG_COMMITS), default=-1)
        gone = 0
        for version, path in entries:
            if version >= horizon or path.stat().st_mtime > (now - LOG_KEPT).timestamp():
                break
            path.unlink(missing_ok=True)
            gone += 1
        return gone

    def vacuum(self, hours: int) -> int:
        """Delete files that no live version names and that are older than HOURS. Shape: how many went."""
        gone = self._delta.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
        self.refresh()
        return len(gone)

    @property
    def _log(self) -> Path:
        return self.root / "_delta_log"

    @contextmanager
    def _new_file(self, keep: str | None, day: date | None, beginning: str = "") -> Iterator[Path]:
        """Where a new file of a partition is to be written: a random name, since only the commit makes it real."""
        partition = DataFile("", 0, keep, day).partition
        folder = self.root.joinpath(*(f"{name}={value}" for name, value in partition.items()))
        path = folder / f"{beginning}{uuid.uuid4().hex}{self._ending}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield path
        except (OSError, duckdb.IOException) as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise LakeError(f"{self.root.name}: a file can't be written: {cause(error)}") from error

    def _write(
        self,
        parts: Iterator[pa.Table],
        keep: str | None,
        day: date | None,
        beginning: str = "",
        empty: Collection[str] = (),
    ) -> DataFile:
        """A new file of PARTS, made durable, with its statistics (time, position and numbers only)."""
        with self._new_file(keep, day, beginning) as path:
            write_parquet(path, self.schema, parts, empty)
            sync(path)
            metadata = pq.read_metadata(path)
        return DataFile(str(path.relative_to(self.root)), metadata.num_rows, keep, day, _stats(metadata))

    def _open(self) -> None:
        try:
            self._delta = DeltaTable(self.root)
        except (DeltaError, OSError) as error:
            raise LakeError(f"{self.root.name}: the table can't be read: {cause(error)}") from error
        self._files = (-1, {})
        self._seen = -1
        self._read_positions()

    @property
    def _ending(self) -> str:
        """How the name of a file ends that has all columns. They are only ever added, so their number tells."""
        return f"-{len(self.schema)}.parquet"

    def _add_columns(self) -> None:
        """Tell the table of the columns that it was made without."""
        said = {column.name for column in self._delta.schema().fields}
        if said.issuperset(self.schema.names):
            return
        new = [column for column in Schema.from_arrow(self.schema).fields if column.name not in said]
        with suppress(DeltaError):  # another writer did it
            self._delta.alter.add_columns(new)
        self.refresh()

    def _checkpoint(self) -> int:
        """The version of the last checkpoint, or -1."""
        try:
            return int(json.loads((self._log / "_last_checkpoint").read_text())["version"])
        except FileNotFoundError:
            return -1

    def _read_positions(self) -> None:
        """The txn versions up to this handle's version. The library takes 3 ms for one id."""
        start, positions = self._seen + 1, dict(self.positions)
        try:
            if self._seen < 0 and (checkpoint := self._checkpoint()) >= 0:
                rows = pq.read_table(self._log / f"{checkpoint:020d}.checkpoint.parquet", columns=["txn"])["txn"]
                positions = {row["appId"]: row["version"] for row in rows.drop_null().to_pylist() if row["appId"]}
                start = checkpoint + 1
            for version in range(start, self.version + 1):
                for line in (self._log / f"{version:020d}.json").read_text().splitlines():
                    if line.startswith('{"txn"'):
                        txn = json.loads(line)["txn"]
                        positions[txn["appId"]] = txn["version"]
        except OSError as error:
            raise LakeError(f"{self.root.name}: the log can't be read: {cause(error)}") from error
        self.positions, self._seen = positions, self.version


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """BATCHES by so many as a row group takes, as SCHEMA has them. What was taken is held no longer."""
    held: list[pa.RecordBatch] = []
    rows = size = 0

    def group() -> pa.Table:
        made = pa.Table.from_batches(held).cast(schema)
        held.clear()
        return made

    for batch in batches:
        if held and (rows + len(batch) > ROW_GROUP_ROWS or size + batch.nbytes > ROW_GROUP_BYTES):
            yield group()
            rows = size = 0
        held.append(batch)
        rows += len(batch)
        size += batch.nbytes
    if held:
        yield group()


def write_parquet(path: Path, schema: pa.Schema, parts: Iterator[pa.Table], empty: Collection[str] = ()) -> None:
    """Write PARTS, of SCHEMA, to a file at PATH. Columns that are EMPTY in all of them need no packing.

    DuckDB's writer costs 3.7 µs of a core for an event, this one 1.1 (of 120,000 web events of 34 columns in use).
    """
    first = next(parts, schema.empty_table())
    distinct = max(1, min(len(first), ROW_GROUP_ROWS))
    packed = [leaf for field in schema if field.name not in _FEW.union(empty) for leaf in _leaves(field)]
    blooms = {name: {"ndv": distinct, "fpp": 0.01} for name in NEEDLES if name in schema.names}
    with pq.ParquetWriter(
        path,
        schema,
        compression=dict.fromkeys(packed, "zstd") or "none",
        compression_level=dict.fromkeys(packed, 1) or None,
        use_dictionary=[name for name in schema.names if name not in _UNLIKE and not _varied(first[name])],
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        max_rows_per_page=_PAGE_ROWS,
        bloom_filter_options=blooms or None,
    ) as writer:
        writer.write_table(first, row_group_size=ROW_GROUP_ROWS)
        del first  # each is let go of before the next is made
        for part in parts:
            writer.write_table(part, row_group_size=ROW_GROUP_ROWS)
            del part


def _leaves(field: pa.Field) -> list[str]:
    """The columns of a file that a column of a table is kept in, by their paths."""
    if pa.types.is_list(field.type):
        return [f"{field.name}.list.{leaf}" for leaf in _leaves(field.type.value_field.with_name("element"))]
    if pa.types.is_struct(field.type):
        return [f"{field.name}.{leaf}" for inner in field.type for leaf in _leaves(inner)]
    return [field.name]


def _varied(column: pa.ChunkedArray) -> bool:
    """Whether a dictionary of COLUMN's texts would outgrow what it may be."""
    if not pa.types.is_string(column.type) or column.nbytes <= _DICTIONARY_BYTES:
        return False
    tried = column.slice(0, max(1, len(column) * _TRIED_BYTES // column.nbytes))
    return bool(tried.unique().drop_null().nbytes > _DICTIONARY_BYTES)


def _empty(column: pa.ChunkedArray) -> bool:
    return bool(column.null_count == len(column))


def cause(error: Exception) -> str:
    """What the system said against it, such as that the disk is full; else the kind of ERROR.

    The library wraps it in words of its own, with colours, and a full disk is another kind of error at a checkpoint.
    """
    number = getattr(error, "errno", None) or next(iter(_OS_ERROR.findall(str(error))), None)
    return os.strerror(int(number)) if number else type(error).__name__


_OS_ERROR = re.compile(r"\(os error (\d+)\)")


def sync(path: Path) -> None:
    """Make a file and its name durable: a record that we say we have must survive the power."""
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _stats(metadata: Any) -> str:
    """Delta's statistics of a file: rows, and least and greatest time, received, position and batch."""
    least: dict[str, Any] = {}
    greatest: dict[str, Any] = {}
    empty: dict[str, int] = {}
    for column in range(metadata.num_columns):
        name = metadata.schema.column(column).path
        if name not in _COUNTED:
            continue
        found = [metadata.row_group(group).column(column).statistics for group in range(metadata.num_row_groups)]
        if found and all(each is not None and each.has_null_count for each in found):
            empty[name] = sum(each.null_count for each in found)
        told = [each for each in found if each is not None and each.has_min_max]
        if told and len(told) == len(found):
            least[name] = _stat(min(each.min for each in told), timedelta())
            greatest[name] = _stat(max(each.max for each in told), timedelta(milliseconds=1))
    return json.dumps({"numRecords": metadata.num_rows, "minValues": least, "maxValues": greatest, "nullCount": empty})


def _stat(value: Any, up: timedelta) -> Any:
    """Delta's times have milliseconds, so a greatest one is rounded up."""
    if not isinstance(value, datetime):
        return value
    with suppress(OverflowError):
        value += up
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _data_files(actions: pa.Table) -> Iterator[DataFile]:
    """The files of Delta's add ACTIONS, flattened."""
    named = {name: actions[name].to_pylist() for name in actions.column_names}
    missing: list[Any] = [None] * len(actions)
    columns = (
        named.get(name, missing)
        for name in (
            *("path", "num_records", "partition.keep", "partition.day"),
            *("min.time", "max.time", "null_count.time", "min.position", "max.position"),
        )
    )
    for path, rows, keep, day, first, last, nulls, least, most in zip(*columns, strict=True):
        bounded = nulls == 0 and first is not None and last is not None
        times = (_utc(first), _utc(last)) if bounded else (None, None)
        places = None if least is None or most is None else (int(least), int(most))
        yield DataFile(path, rows, keep, day, first=times[0], last=times[1], positions=places)


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
