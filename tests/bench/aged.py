"""A lake aged to 100,000 commits: it must commit and answer as a young one does.

python -m tests.bench.aged [COMMITS [FOLDER]]
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.compaction import compact, tend
from ingest.lake import Lake
from ingest.table import Table
from schemas.event import NORMALISED

COMMITS = 100_000
ROWS = 20  # of each commit
A_DAY = 250  # commits a day: 400 days
MAX_FILES = 200
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def run(folder: Path, commits: int = COMMITS) -> Iterator[str]:
    """Age a lake by the writer's own commits, merging, compaction and log cleaning; `now` is a year that passes."""
    shutil.rmtree(folder, ignore_errors=True)
    lake = Lake.create(folder)
    table = lake.table("normalised")
    young = [_commit(table, number) for number in range(200)]
    asked = _ask(folder)
    yield f"young lake of {len(young)} commits: commit {_median(young) * 1000:.1f} ms, question {asked * 1000:.0f} ms"
    began = time.perf_counter()
    last: list[float] = []
    for number in range(len(young), commits):
        last = [*last[-199:], _commit(table, number)]
        now = _at(number)
        if number % 100 == 0:
            # Later than any clock: what the log's files say of their own age is the time of this bench.
            tend(lake, MAX_FILES, now + timedelta(days=3650))
        if number % A_DAY == 0:
            for _ in compact(lake, now):
                pass
    opened = time.perf_counter()
    Lake.open(folder).table("normalised")
    opened = time.perf_counter() - opened
    yield (
        f"aged lake of {commits} commits, {commits * ROWS} rows, {len(table.files)} files, made in"
        f" {time.perf_counter() - began:.0f} s: commit {_median(last) * 1000:.1f} ms, open {opened * 1000:.0f} ms"
    )
    yield f"question {_ask(folder) * 1000:.0f} ms; commits aged/young = {_median(last) / _median(young):.2f}"


def _at(number: int) -> datetime:
    return FIRST + timedelta(days=number // A_DAY, seconds=number % A_DAY * 300)


def _commit(table: Table, number: int) -> float:
    """One commit as the writer makes it. Seconds."""
    at = _at(number)
    rows = pa.Table.from_pylist(
        [
            {
                "kind": "event",
                "source": "web",
                "shard": "s",
                "position": number * ROWS + row,
                "part": 0,
                "received": at,
                "time": at,
                "batch": number + 1,
                "actor_account": f"a{(number * ROWS + row) % 500}",
                "action": "read",
                "object_id": f"o{(number * ROWS + row) % 100_000}",
            }
            for row in range(ROWS)
        ],
        schema=NORMALISED,
    )
    began = time.perf_counter()
    table.refresh()
    file = table.write(rows, "standard", at.date())
    table.commit([file], expect={"web/s": number * ROWS or None}, positions={"web/s": (number + 1) * ROWS})
    return time.perf_counter() - began


def _ask(folder: Path) -> float:
    """Who accessed one object: open the lake and read. Seconds, the best of three."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        scan = Lake.open(folder).table("normalised").scan()
        sql = f"SELECT count(*) FROM {scan} WHERE object_id = 'o77' AND kind = 'event'"
        duckdb.connect().execute(sql).fetchall()
        times.append(time.perf_counter() - began)
    return min(times)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def main(folder: Path, commits: int = COMMITS) -> None:
    """Print what comes of it."""
    for line in run(folder, commits):
        print(f"aged: {line}", flush=True)  # noqa: T201 - a bench prints


if __name__ == "__main__":
    main(
        Path(sys.argv[2] if len(sys.argv) > 2 else f"{tempfile.gettempdir()}/sparhund-aged"),
        int(sys.argv[1]) if len(sys.argv) > 1 else COMMITS,
    )
