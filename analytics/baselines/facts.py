"""The aggregates of baselines, computed once for each data file and kept beside the lake.

A data file never changes, so what was computed of it holds for as long as it is live: late, rederived and compacted
rows come in other files, and the files that they replace are dropped. It is no evidence, and may be deleted at any
time.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from analytics import views
from analytics.caller import Caller
from schemas.event import NORMALISED
from schemas.sqltext import literal

if TYPE_CHECKING:
    from ingest.lake import Table

KINDS = ("facts", "accounts", "acts")
PARTS = 12  # more small parts than that are merged into one
SMALL_BYTES = 8 << 20
CHUNK_ROWS = 1_500_000
_HERE = Path(__file__).parent
SQL = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("*.sql"))}
# Kept aggregates are of use only to the same SQL and the same engine, whose hash function may change.
FORMAT = hashlib.sha256("\n".join([duckdb.__version__, *(SQL[kind] for kind in KINDS)]).encode()).hexdigest()[:16]
_EVERYONE = Caller("baselines")


class Facts:
    """The aggregates of a table's live files, in folders (parts) of facts, accounts and acts of some files each."""

    def __init__(self, table: "Table", folder: Path, scratch: Path) -> None:
        self._table, self._folder, self._scratch = table, folder, scratch

    def relations(self, memory_bytes: int, threads: int | None = None) -> dict[str, str]:
        """An SQL relation for each of KINDS, up to date. What can't be kept is computed below the scratch folder.

        Memory:  as given; what needs more spills below the scratch folder.
        """
        live = {Path(path).name: file for path, file in self._table.files.items()}
        held = self._held(live.keys())
        new = sorted((file for name, file in live.items() if name not in set().union(*held.values())), key=_order)
        if new:
            connection = views.connect(memory_bytes, threads, self._scratch)
            for some in _chunks(new):
                views.scoped(connection, _EVERYONE, self._table.scan(files=some, filename=True), {}, ("calendar",))
                connection.execute("CREATE OR REPLACE TEMP VIEW given AS SELECT * FROM events")
                names = {Path(file.path).name for file in some}
                held[self._write(connection, {kind: SQL[kind] for kind in KINDS}, names)] = names
            connection.close()
        self._merge(held, live.keys(), memory_bytes, threads)
        return {kind: _relation(held, kind, _dead(held, live.keys())) for kind in KINDS}

    def _held(self, live: AbstractSet[str]) -> dict[Path, set[str]]:
        """The parts that were kept and hold something live, and of which files each is; others go."""
        held: dict[Path, set[str]] = {}
        for path in sorted(self._folder.glob("*/part.json")):
            said = {}
            with suppress(OSError, ValueError):
                said = json.loads(path.read_text(encoding="utf-8"))
            whole = said.get("format") == FORMAT and all((path.parent / f"{kind}.parquet").is_file() for kind in KINDS)
            files = set(said["files"]) if whole else set()
            # Two processes may have kept the same files; they count once.
            if files & live and not files & set().union(*held.values()):
                held[path.parent] = files
            else:
                shutil.rmtree(path.parent, ignore_errors=True)
        return held

    def _write(self, connection: duckdb.DuckDBPyConnection, selects: Mapping[str, str], files: set[str]) -> Path:
        """A part with the rows of SELECTS, of FILES; it counts once its `part.json` is there."""
        part = self._folder / uuid.uuid4().hex
        try:
            part.mkdir(parents=True)
        except OSError:  # who may only read the cache computes it each time
            part = self._scratch / uuid.uuid4().hex
            part.mkdir(parents=True)
        for kind, select in selects.items():
            target = literal(str(part / f"{kind}.parquet"))
            order = "ORDER BY hour" if kind == "facts" else ""  # so that a period is found without reading the rest
            connection.execute(
                f"COPY (SELECT * FROM ({select}) {order}) TO {target} (FORMAT parquet, COMPRESSION zstd)"
            )
        temporary = part / f"part.{uuid.uuid4().hex}"
        temporary.write_text(json.dumps({"format": FORMAT, "files": sorted(files)}), encoding="utf-8")
        temporary.replace(part / "part.json")
        return part

    def _merge(
        self, held: dict[Path, set[str]], live: AbstractSet[str], memory_bytes: int, threads: int | None
    ) -> None:
        """Make one part of many small ones and of those that hold more dead files than live."""
        small = [part for part in held if (part / "facts.parquet").stat().st_size < SMALL_BYTES]
        chosen = small if len(small) > PARTS else []
        chosen += [part for part, files in held.items() if part not in chosen and len(files - live) > len(files & live)]
        if not chosen:
            return
        old = {part: held.pop(part) for part in chosen}
        connection = views.connect(memory_bytes, threads, self._scratch)
        dead = _dead(old, live)
        selects = {kind: f"SELECT * FROM {_relation(old, kind, dead)}" for kind in KINDS}
        files = set().union(*old.values()) & live
        held[self._write(connection, selects, files)] = files
        connection.close()
        for part in old:
            shutil.rmtree(part, ignore_errors=True)


def _order(file: Any) -> tuple[str, str]:
    return str(file.day), file.path


def _chunks(files: Sequence[Any]) -> Iterator[list[Any]]:
    """FILES of the table some at a time, about CHUNK_ROWS together: so that grouping them stays in memory."""
    some: list[Any] = []
    rows = 0
    for file in files:
        if some and rows + file.rows > CHUNK_ROWS:
            yield some
            some, rows = [], 0
        some.append(file)
        rows += file.rows
    if some:
        yield some


def _dead(held: Mapping[Path, set[str]], live: AbstractSet[str]) -> set[str]:
    return set().union(*held.values()) - live


def _relation(held: Mapping[Path, set[str]], kind: str, dead: set[str]) -> str:
    paths = ", ".join(literal(str(part / f"{kind}.parquet")) for part in held)
    if not paths:
        return f"({_nothing(kind)})"
    if kind != "facts":
        return f"(SELECT DISTINCT * FROM read_parquet([{paths}]))"
    gone = ", ".join(literal(name) for name in sorted(dead))
    return f"(SELECT * FROM read_parquet([{paths}]){f' WHERE file NOT IN ({gone})' if dead else ''})"


def _nothing(kind: str) -> str:
    """KIND without a row."""
    connection = views.connect(threads=1)
    views.scoped(connection, _EVERYONE, NORMALISED.empty_table(), {}, ("calendar",))
    connection.execute("CREATE TEMP VIEW given AS SELECT *, '' AS filename FROM events")
    described = connection.sql(SQL[kind])
    columns = ", ".join(
        f"NULL::{type_} AS {name}" for name, type_ in zip(described.columns, described.types, strict=True)
    )
    return f"SELECT {columns} WHERE false"
