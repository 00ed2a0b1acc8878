"""The aggregates of baselines, computed once for each data file and kept beside the lake.

A data file never changes, so what was computed of it holds for as long as it is live: late, rederived and compacted
rows come in other files, and the files that they replace are dropped. It is no evidence, and may be deleted at any time.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analytics import views
from analytics.caller import Caller
from schemas.sqltext import literal

if TYPE_CHECKING:
    from ingest.table import Table

KINDS = ("facts", "accounts", "acts")
PARTS = 12  # so many are merged into one
_HERE = Path(__file__).parent
SQL = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("*.sql"))}
# Kept aggregates are of use only to the same SQL and the same engine, whose hash function may change.
FORMAT = hashlib.sha256("\n".join([duckdb.__version__, *(SQL[kind] for kind in KINDS)]).encode()).hexdigest()[:16]
_EVERYONE = Caller("baselines")


class Facts:
    """The aggregates of the live files of a table, in folders of parts: facts, accounts and acts of some files each."""

    def __init__(self, table: "Table", folder: Path, scratch: Path) -> None:
        self._table, self._folder, self._scratch = table, folder, scratch

    def relations(self, memory_bytes: int, threads: int | None = None) -> dict[str, str]:
        """An SQL relation for each of KINDS, up to date. What can't be kept is computed below the scratch folder.

        Memory:  as given; sorting and grouping spill below the scratch folder.
        """
        live = {Path(path).name: file for path, file in self._table.files.items()}
        held = self._held()
        known: set[str] = set()
        for part, files in list(held.items()):
            if not live.keys() & files or known & files:
                shutil.rmtree(part, ignore_errors=True)
                del held[part]
                continue
            known |= files
        new = [file for name, file in live.items() if name not in known]
        if new:
            rows = self._table.scan(files=new, filename=True)
            connection = self._connection(memory_bytes, threads)
            views.scoped(connection, _EVERYONE, rows, {}, ("calendar",))
            connection.execute("CREATE TEMP VIEW given AS SELECT * FROM events")
            part = self._write(connection, {kind: SQL[kind] for kind in KINDS}, {Path(file.path).name for file in new})
            connection.close()
            held[part] = {Path(file.path).name for file in new}
        dead = set().union(*held.values()) - live.keys() if held else set()
        if len(held) > PARTS or len(dead) > len(live):
            held = self._merged(held, live.keys(), memory_bytes, threads)
            dead = set()
        return {kind: _relation(held, kind, dead) for kind in KINDS}

    def _connection(self, memory_bytes: int, threads: int | None) -> duckdb.DuckDBPyConnection:
        connection = views.connect(memory_bytes, threads)
        connection.execute(f"SET temp_directory = {literal(str(self._scratch))}")
        connection.execute("SET preserve_insertion_order = false")
        return connection

    def _held(self) -> dict[Path, set[str]]:
        """The parts that were kept, and of which files each is."""
        held = {}
        for path in sorted(self._folder.glob("*/part.json")):
            try:
                said = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                said = {}
            whole = all((path.parent / f"{kind}.parquet").is_file() for kind in KINDS)
            if said.get("format") == FORMAT and whole:
                held[path.parent] = set(said["files"])
            else:
                shutil.rmtree(path.parent, ignore_errors=True)
        return held

    def _write(self, connection: duckdb.DuckDBPyConnection, selects: Mapping[str, str], files: set[str]) -> Path:
        """A part with the rows of SELECTS, of FILES; it counts once its `part.json` is there."""
        part = self._folder / uuid.uuid4().hex
        try:
            part.mkdir(parents=True)
        except OSError:  # who may only read the lake computes it each time
            part = self._scratch / uuid.uuid4().hex
            part.mkdir(parents=True)
        for kind, select in selects.items():
            target = literal(str(part / f"{kind}.parquet"))
            order = "ORDER BY hour" if kind == "facts" else ""  # so that a period is found without reading the rest
            connection.execute(
                f"COPY (SELECT * FROM ({select}) {order}) TO {target} (FORMAT parquet, COMPRESSION zstd)"
            )
        with suppress(OSError):
            temporary = part / f"part.{uuid.uuid4().hex}"
            temporary.write_text(json.dumps({"format": FORMAT, "files": sorted(files)}), encoding="utf-8")
            temporary.replace(part / "part.json")
        return part

    def _merged(
        self,
        held: dict[Path, set[str]],
        live: "set[str] | Mapping[str, object].keys",
        memory_bytes: int,
        threads: int | None,
    ) -> dict[Path, set[str]]:
        """One part for all."""
        connection = self._connection(memory_bytes, threads)
        dead = set().union(*held.values()) - set(live)
        selects = {kind: f"SELECT * FROM {_relation(held, kind, dead)}" for kind in KINDS}
        part = self._write(connection, selects, set(live))
        connection.close()
        for old in held:
            shutil.rmtree(old, ignore_errors=True)
        return {part: set(live)}


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
    from schemas.event import NORMALISED  # noqa: PLC0415 - only for a lake without events

    views.scoped(connection, _EVERYONE, NORMALISED.empty_table(), {}, ("calendar",))
    connection.execute("CREATE TEMP VIEW given AS SELECT *, '' AS filename FROM events")
    described = connection.sql(SQL[kind])
    columns = ", ".join(
        f"NULL::{type_} AS {name}" for name, type_ in zip(described.columns, described.types, strict=True)
    )
    return f"SELECT {columns} WHERE false"
