"""One process that writes the lake of a soak until it is killed, or has come to its day.

python -m tests.soak.life FOLDER UNTIL_DAY [JOB]
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingest import compaction, lake
from ingest.normalise import ADDRESSED, Context
from ingest.opening import open_writer
from ingest.rederive import Chosen, rederive
from ingest.streams import Batch
from ingest.table import Table
from ingest.writer import Writer
from schemas import settings
from schemas.event import NORMALISED
from tests.soak.facts import FIRST, Fact, Plan, facts, place

NEW_COLUMN = "device"
TEND_WRITES = 40
MAX_FILES = 200


def older() -> None:
    """Be a version of sparhund that doesn't know NEW_COLUMN."""
    schema = pa.schema([column for column in NORMALISED if column.name != NEW_COLUMN])
    lake.TABLES["normalised"] = (schema, True)
    write = Table.write
    Table.write = lambda table, rows, *place: write(table, rows.select(table.schema.names), *place)  # type: ignore[method-assign]


def batch(writer: Writer, these: Sequence[Fact]) -> Batch:
    """Facts of one source as the writer takes them."""
    source = writer.sources[these[0].source]
    columns = {
        "shard": [fact.shard for fact in these],
        "position": [fact.position for fact in these],
        "received": [fact.received for fact in these],
        "record": [fact.raw for fact in these],
        "broken": pa.nulls(len(these), pa.string()),
        "context": pa.array(np.zeros(len(these)), pa.int32()),
    }
    context = Context(decoder="lines" if source.name == "auth" else "ndjson")
    return Batch(source, pa.table(columns, schema=ADDRESSED), (context,))


def known(writer: Writer, plan: Plan) -> int:
    """The first write that the lake doesn't hold."""
    low, high = 0, plan.writes
    while low < high:
        middle = (low + high) // 2
        source, shard, position = place(plan, middle)
        if writer.next_position(writer.sources[source], shard) > position:
            low = middle + 1
        else:
            high = middle
    return low


def main(folder: Path, until: int, job: str) -> None:
    """Go on where the lake stands."""
    plan = Plan(**json.loads((folder / "plan.json").read_text()))
    crashes = set(json.loads((folder / "crashes.json").read_text()))
    compaction.ORPHAN_HOURS = 0  # nobody reads meanwhile, and a year's files would be a hundred thousand
    if until <= plan.grown:
        older()
    writer = open_writer(settings.load(folder / "town" / "settings.toml"), folder / "lake", [])
    writer.catch_up()
    done = folder / f"done-{until}"
    if job and not done.exists():
        _arm(folder, crashes, -until)
        for _ in rederive(writer, _chosen(writer, plan, job), apply=True):
            pass
        done.touch()
    for write in range(known(writer, plan), plan.first(until)):
        day = plan.day(write)
        now = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=day, hours=1)
        _arm(folder, crashes, write)
        if write == plan.first(day):
            for _ in compaction.compact(writer.lake, now):
                pass
        elif write % TEND_WRITES == 0:
            compaction.tend(writer.lake, MAX_FILES, now)
        these = batch(writer, facts(plan, write))
        began, busy = time.perf_counter(), time.process_time()
        writer.write([these])
        with (folder / "times.csv").open("a") as file:
            file.write(f"{write},{time.perf_counter() - began:.6f},{time.process_time() - busy:.6f}\n")


def _chosen(writer: Writer, plan: Plan, job: str) -> Chosen:
    if job == "mend":
        first, stop = plan.wrong
        sources, last = [writer.sources["journal"]], stop - 1
    else:
        first, last = plan.again
        sources = [writer.sources[name] for name in ("journal", "pull")]
    ends = (FIRST + timedelta(days=day) for day in (first, last))
    return Chosen(sources=sources, first=next(ends), last=next(ends), event_time=job == "correct")


def _arm(folder: Path, crashes: set[int], point: int) -> None:
    """Kill this process soon, once for each point of CRASHES: amid whatever it does then."""
    mark = folder / f"crash{point}"
    if point in crashes and not mark.exists():
        mark.touch()
        delay = random.Random(point).uniform(0, 0.3 if point >= 0 else 3)
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
