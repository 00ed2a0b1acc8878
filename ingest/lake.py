"""The lake: which tables there are below one folder, and the turn that writers of one machine take."""

import fcntl
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from ingest.table import CHECKPOINT_COMMITS, PARTITIONS, DataFile, FencedError, Table, cause, sync
from schemas.errors import LakeError
from schemas.event import NORMALISED, TIMESTAMP
from schemas.finding import DECISION, FINDING, RUN, SHARE
from schemas.workbench import WORKBENCH

__all__ = ["CONTEXTS", "EVIDENCE", "FILES", "FORMAT", "TABLES", "DataFile", "FencedError", "Lake", "Table"]

FORMAT = 1  # of the whole lake, with one more table it grows; a lake with a higher number is refused

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
TABLES: dict[str, tuple[pa.Schema, bool]] = {
    "evidence": (EVIDENCE, True),
    "contexts": (CONTEXTS, False),
    "normalised": (NORMALISED, True),
    "files": (FILES, False),
    "findings": (FINDING, False),
    "runs": (RUN, False),
    "decisions": (DECISION, False),
    "shares": (SHARE, False),
    "workbench": (WORKBENCH, False),
}


def _make(root: Path, name: str) -> None:
    schema, partitioned = TABLES[name]
    DeltaTable.create(
        root / name,
        pa.schema([*schema, *(PARTITIONS if partitioned else [])]),
        mode="ignore",
        partition_by=["keep", "day"] if partitioned else None,
        configuration={
            "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
            "delta.logRetentionDuration": "interval 1 hours",
            # Of their names in the log only; the files themselves stay a day (ingest.compaction).
            "delta.deletedFileRetentionDuration": "interval 1 hours",
            "delta.enableExpiredLogCleanup": "false",
        },
    )


def engine(spill: Path | None = None, **config: Any) -> duckdb.DuckDBPyConnection:
    """DuckDB as all of us use it: UTC, nothing fetched from elsewhere, no bar on anybody's terminal.

    What memory can't hold goes to the folder SPILL, or is an error: DuckDB's own choice would be the caller's folder,
    where nothing protects it.
    """
    connection = duckdb.connect(config={"temp_directory": str(spill or ""), **config})
    connection.execute(
        "SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
    )
    with suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets: no bar can be set there, nor shown
        connection.execute("SET enable_progress_bar = false")
    return connection


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
        """The lake in the folder ROOT, made for its owner and group if it isn't there.

        Errors:  LakeError if the folder can't be written.
        """
        root = Path(root)
        if (root / "lake.json").exists():
            return cls.open(root)
        try:
            # Files within may be readable by all: no other account of the host comes as far as to them.
            root.mkdir(mode=0o750, parents=True, exist_ok=True)
            for name in TABLES:
                _make(root, name)
            # Last, so that a lake half made is made again and not opened.
            temporary = root / f"lake.json.{uuid.uuid4().hex}"
            temporary.write_text(json.dumps({"format": FORMAT, "host": socket.gethostname()}), encoding="utf-8")
            sync(temporary)
            temporary.replace(root / "lake.json")
        except (OSError, DeltaError) as error:
            raise LakeError(f"{root}: the lake can't be made: {cause(error)}") from error
        return cls(root)

    def table(self, name: str) -> Table:
        """The table NAME of TABLES.

        Errors: LakeError if its folder is gone; an empty one in its place would answer that nobody took part of
        anything.
        """
        if name not in self._tables:
            if not (self.root / name / "_delta_log").exists():
                raise LakeError(f"{self.root}: the table {name} is gone; take the lake's folder back from a backup")
            self._tables[name] = Table(self.root / name, *TABLES[name])
        return self._tables[name]

    @property
    def scratch(self) -> Path:
        """Where sorting and joining may spill: in the lake's folder, so under the same protection."""
        return self.root / "scratch"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other process of this machine commits, and hold the others off.

        It only saves work: what makes a commit right is that it is a compare-and-swap. Without turns, one that must
        write a large file again for each lost race could lose for ever against one that commits every other second.
        """
        with self._lock("turn.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def announced(self) -> Iterator[str | None]:
        """Tell other processes that this one writes here. Gives who does so already, or None."""
        with self._lock("writer.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield file.read().strip() or "another process"
                return
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            yield None

    @contextmanager
    def _lock(self, name: str) -> Iterator[IO[str]]:
        try:
            file = (self.root / name).open("a+", encoding="utf-8")
        except OSError as error:
            raise LakeError(f"{self.root}: the lake can't be written: {error.strerror}") from error
        with file:
            file.seek(0)
            yield file
