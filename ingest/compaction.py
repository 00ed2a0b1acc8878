"""Fewer and better files: small ones of the open day merged, closed days sorted, the log and the orphans cleared away.

What is removed is added again in the same commit, so a reader sees each row once at any moment. A removed file stays on
disk for ORPHAN_HOURS, for those who still read it.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.lake import FencedError, Lake, engine
from ingest.table import SORTED, DataFile, Table
from schemas.errors import LakeError

ORPHAN_HOURS = 24
MEMORY_BYTES = 512 << 20
# About so many are sorted at a time beside what comes in: 42,000 events of M365 take 150 MiB, 126,000 take 430
# (measured).
SORTED_ROWS = 32_768
_EVERY_S = 5.0
_TRIES = 100

# How the rows of a table stand in a merged file. Most questions are about somebody: by account first, what one person
# did in a month, or what came from one address, is read in half of the time that it takes by action first; a year's
# grants or exports in twice (0.7 and 0.9 s of ten million events). Objects and those concerned are found by Bloom
# filters in any order.
_ORDER = {
    "evidence": "source, shard, position",
    "normalised": "actor_account, action, time, shard, position, part",
}
# Of tables without days: what of their rows is worth keeping.
_REDUCED = {
    "contexts": "SELECT DISTINCT {columns} FROM {rows}",
    # The newest that counts, and those after it, whose records may be on their way (ingest.sources.files).
    "files": """SELECT {columns} FROM {rows} AS f LEFT JOIN reached AS e ON e.name = f.source || '/' || f.id
                QUALIFY updated >= max(updated) FILTER (WHERE records <= coalesce(e.position, 0))
                                     OVER (PARTITION BY id)""",
}


@dataclass(frozen=True, slots=True)
class Compacted:
    """One closed day of a table: so many files became one."""

    table: str
    keep: str
    day: date
    files: int
    rows: int
    bytes_before: int
    bytes_after: int


def tend(lake: Lake, max_files: int, now: datetime, stopped: threading.Event | None = None) -> int:
    """Hold each table's open day below MAX_FILES files, and its log short. Shape: how many files were merged.

    Once STOPPED, no other merge is begun.

    Memory: that of sorting about SORTED_ROWS and one commit's, or of joining files: 320 MiB, however many rows they
    hold (measured).
    """
    merged = 0
    for name in (*_ORDER, *_REDUCED):
        table = lake.table(name)
        table.refresh()
        for members in _partitions(table).values():
            # At half of the bound, so that it holds while a merge goes on.
            if len(members) > max(1, max_files // 2):
                for order, chosen in _steps(name, _tier(members)):
                    if stopped is not None and stopped.is_set():
                        return merged
                    merged += len(chosen) if _rewrite(lake, name, chosen, order) else 0
        table.clean_log(now)
    return merged


def compact(lake: Lake, now: datetime) -> Iterator[Compacted]:
    """Sort the rows of each day before NOW's into one file, if they aren't; then delete what no version names.

    Memory: MEMORY_BYTES, whatever a day holds; sorting spills into the lake's folder.
    """
    for name, order in _ORDER.items():
        table = lake.table(name)
        table.refresh()
        for (keep, day), members in sorted(_partitions(table).items(), key=str):
            if day is None or keep is None or day >= now.astimezone(UTC).date():
                continue
            if len(members) == 1 and Path(members[0].path).name.startswith(SORTED):
                continue
            before = sum((table.root / file.path).stat().st_size for file in members)
            if made := _rewrite(lake, name, members, order, ordered=True):
                after = (table.root / made.path).stat().st_size
                yield Compacted(name, keep, day, len(members), made.rows, before, after)
    for name in _REDUCED:
        table = lake.table(name)
        table.refresh()
        if len(table.files) > 1:
            _rewrite(lake, name, list(table.files.values()))
    for name in (*_ORDER, *_REDUCED):
        table = lake.table(name)
        with lake.turn():
            table.vacuum(ORPHAN_HOURS)
        table.clean_log(now)


@contextmanager
def tending(root: Path, max_files: int) -> Iterator[None]:
    """`tend` the lake in the folder ROOT from a thread of its own, every few seconds."""
    stopped = threading.Event()

    def work() -> None:
        lake = Lake.open(root)  # handles of its own
        while not stopped.wait(_EVERY_S):
            try:
                tend(lake, max_files, datetime.now(UTC), stopped)
            except LakeError as error:
                # What comes in goes on coming in: more files make questions slower, nothing worse.
                logging.getLogger("sparhund").error("merging: %s", error)  # noqa: TRY400 - the message says it

    thread = threading.Thread(target=work, name="tending")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def rewrite(lake: Lake, table: Table, remove: Sequence[DataFile], add: Sequence[DataFile]) -> bool:
    """Put ADD in the place of REMOVE. False if another process has removed one of those: then nothing was done.

    Rows that others add meanwhile stand in other files, so they neither hinder nor are touched.
    """
    for _ in range(_TRIES):
        with lake.turn():
            table.refresh()
            if any(file.path not in table.files for file in remove):
                return False
            with suppress(FencedError):
                table.commit(add, expect={}, positions={}, remove=remove)
                return True
    raise LakeError(f"{table.root.name}: others came first too many times")


def connection(lake: Lake) -> duckdb.DuckDBPyConnection:
    """For work over many rows: bounded, and spilling into the lake's folder."""
    return engine(lake.scratch, memory_limit=f"{MEMORY_BYTES}B")


def columns(table: Table) -> str:
    """The table's own columns, without those of its partitions."""
    return ", ".join(f'"{name}"' for name in table.schema.names)


def _rewrite(
    lake: Lake, name: str, members: Sequence[DataFile], order: str = "", *, ordered: bool = False
) -> DataFile | None:
    """MEMBERS, which are of one partition, as one file, in ORDER if it is given. None if another process was before us.

    ORDERED: of a day that is closed.
    """
    table = lake.table(name)
    given = {"columns": columns(table), "rows": table.scan(files=members)}
    by = f" ORDER BY {order}" if order else ""
    select = _REDUCED.get(name, f"SELECT {{columns}} FROM {{rows}}{by}").format(**given)
    working = connection(lake)
    lake.table("evidence").refresh()
    reached = lake.table("evidence").positions
    working.register("reached", pa.table({"name": list(reached), "position": pa.array(reached.values(), pa.int64())}))
    try:
        made = table.copy(working, select, members[0].keep, members[0].day, ordered=ordered)
    finally:
        working.close()
    if rewrite(lake, table, members, [made]):
        return made
    (table.root / made.path).unlink(missing_ok=True)
    return None


def _partitions(table: Table) -> dict[tuple[str | None, date | None], list[DataFile]]:
    found: dict[tuple[str | None, date | None], list[DataFile]] = defaultdict(list)
    for file in table.files.values():
        found[file.keep, file.day].append(file)
    return found


def _tier(members: Sequence[DataFile]) -> list[DataFile]:
    """The files that are best merged: the most of about one size, so that no row is written often."""
    tiers: dict[int, list[DataFile]] = defaultdict(list)
    for file in members:
        tiers[len(str(file.rows))].append(file)
    return max(tiers.values(), key=len, default=[])


def _steps(name: str, members: Sequence[DataFile]) -> Iterator[tuple[str, list[DataFile]]]:
    """Which of MEMBERS become one file, and the order of its rows; empty = as they stand."""
    if name in _REDUCED:
        yield "", list(members)
        return
    if sum(file.rows for file in members) >= len(members) * SORTED_ROWS // 2:
        yield "", list(members)  # each is sorted: they are joined, and `compact` sorts the day when it is over
        return
    chosen: list[DataFile] = []
    for file in members:
        chosen.append(file)
        if len(chosen) > 1 and sum(each.rows for each in chosen) >= SORTED_ROWS:
            yield _ORDER[name], chosen
            chosen = []
    if len(chosen) > 1:
        yield _ORDER[name], chosen
