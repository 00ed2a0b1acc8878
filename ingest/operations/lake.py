"""The lake, as its logs of commits and its files tell it: whoever wrote, and whatever was restarted.

Counts are of the rows of each file that a commit adds, from when we began; what waited then to be normalised counts as
evidence that came. So they and the tables' own positions, which say what waits, hold each other, whatever restarted.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import eq
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from prometheus_client import Histogram, Metric

from ingest.lake import Lake, engine
from ingest.operations.part import Part, Row, counter, gauge
from ingest.operations.spooled import Disk
from ingest.table import Table
from schemas.errors import LakeError
from schemas.source import Source

BACK_DAYS = 32  # so far back the last record of a source is looked for at start
STALLED_S = 120.0  # records wait, and none was committed for so long
_COMMIT_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_FRESH_BUCKETS = (0.5, 1, 2, 3, 4, 5, 7.5, 10, 20, 30, 60, 300, 900, 3600, 21600, 86400)
_COUNTED = ("source", "kind", "part", "received", "length")
# An event's record is counted by its first part; a gap's records never came.
_COUNT = """
SELECT source, count(*) FILTER (WHERE kind = 'event') AS events,
       count(*) FILTER (WHERE kind = 'event' AND part = 0) AS with_events,
       count(*) FILTER (WHERE kind = 'reject') AS rejects, count(*) FILTER (WHERE kind = 'repeat') AS repeats,
       count(*) FILTER (WHERE kind = 'gap') AS gaps,
       CAST(coalesce(sum(length) FILTER (WHERE kind = 'gap'), 0) AS BIGINT) AS missing_records,
       epoch(max(received) FILTER (WHERE kind <> 'gap')) AS received
FROM added GROUP BY source
"""
_KINDS = {
    "events": "Event rows that were committed.",
    "rejects": "Records that could not be read, kept as rejects.",
    "repeats": "Records that stand in the lake already by their source's own id.",
    "gaps": "Gaps that were recorded: addresses whose records never came, or exports that were cut.",
    "missing_records": "Records in those gaps whose length is known.",
}


class LakeWatch(Part):
    """The lake in the folder ROOT, with SOURCES. PROGRESS is called when somebody's records were committed."""

    def __init__(self, root: Path, sources: Iterable[Source], progress: Callable[[], object] = lambda: None) -> None:
        self._root = root
        self._sources = {source.name: source for source in sources}
        self._progress = progress
        self._disk = Disk("lake", root)
        self._readable = True
        lake = Lake.open(root)  # handles of its own
        self._tables = {name: lake.table(name) for name in ("normalised", "evidence")}
        self._seen = {name: table.version for name, table in self._tables.items()}
        self._begin()
        self._totals: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
        self._received: dict[str, float] = {}
        self._back = self._look_back()
        self._families: list[Metric] = []
        self._connection = engine(threads=1, memory_limit="128MB")
        self._evidence_bytes = 0
        self._commits: Counter[str] = Counter()
        name, text = "sparhund_lake_commit_seconds", "From a commit's beginning to its entry in the table's log."
        self._commit_s = Histogram(name, text, ["table"], registry=None, buckets=_COMMIT_BUCKETS)
        name = "sparhund_lake_freshness_seconds"
        text = "From the receipt of a commit's oldest record to the commit; of `normalised`: until it can be asked for."
        self._fresh_s = Histogram(name, text, ["table"], registry=None, buckets=_FRESH_BUCKETS)
        for table in self._tables:
            self._commit_s.labels(table)
            self._fresh_s.labels(table)

    def _begin(self) -> None:
        """Count from here."""
        self._positions = {name: table.positions.copy() for name, table in self._tables.items()}
        self._ends = {name: _by_source(positions) for name, positions in self._positions.items()}
        self._rows: dict[str, Counter[str]] = {"evidence": self._waiting(), "normalised": Counter()}

    def _waiting(self) -> Counter[str]:
        """Records whose evidence is committed and whose events, by position, are not."""
        ends = self._ends["evidence"].copy()
        ends.subtract(self._ends["normalised"])
        return ends

    @property
    def positions(self) -> dict[str, int]:
        """Those of all shards, and of the brokers' partitions, that evidence had at the last look."""
        return self._tables["evidence"].positions

    def position(self, source: str, shard: str) -> int:
        """The position before which the lake holds the shard's records durably."""
        return self._tables["evidence"].positions.get(f"{source}/{shard}", 0)

    def sample(self) -> None:
        """As Part has it."""
        self._disk.sample()
        try:
            # Evidence comes first in the lake, so it is looked at last: what has rows then has evidence too.
            for name, table in self._tables.items():
                (table.root / "_delta_log").stat()  # the library takes a log that has gone for one without news
                table.refresh()
                self._follow(name, table)
            next(self._back, None)
        except (LakeError, OSError):
            self._readable = False
            return
        self._readable = True
        self._families = list(self._told())

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        yield from self._families
        text = "Whether the lake can be read."
        yield gauge("sparhund_lake_readable", text, (), [((), self._readable)])
        yield from self._commit_s.collect()
        yield from self._fresh_s.collect()
        yield from self._disk.collect()

    def _told(self) -> Iterator[Metric]:
        """The numbers of one look, which belong together."""
        by = ("source",)
        sources = sorted({*self._sources, *self._ends["evidence"]})
        for name, rows in self._rows.items():
            text = f"Records that came to {name}, by the rows of its files. Since we began."
            yield counter(f"sparhund_lake_{name}_records", text, by, _rows(rows, sources))
        text = "Records whose evidence is committed and whose events, by position, are not."
        yield gauge("sparhund_lake_unnormalised_records", text, by, _rows(self._waiting(), sources))
        for kind, text in _KINDS.items():
            yield counter(f"sparhund_lake_{kind}", f"{text} Since we began.", by, _rows(self._totals[kind], sources))
        text = "Bytes of the files of evidence that were committed since we began."
        yield counter("sparhund_lake_evidence_bytes", text, (), [((), self._evidence_bytes)])
        text = "Commits with new records since we began."
        yield counter(
            "sparhund_lake_commits", text, ("table",), (((name,), self._commits[name]) for name in self._tables)
        )
        text = "When the source's last record was received, whoever received it."
        heard = (((name,), at) for name, at in self._received.items())
        yield gauge("sparhund_source_last_received_timestamp_seconds", text, by, heard)
        text = "After how long without a record the source is silent, as its settings say."
        limits = (
            ((each.name,), each.silent_after_s) for each in self._sources.values() if each.silent_after_s is not None
        )
        yield gauge("sparhund_source_silent_after_seconds", text, by, limits)

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        if not self._readable:
            yield "the lake can't be read"
        yield from self._disk.problems()

    def _follow(self, name: str, table: Table) -> None:
        """Count the commits since the last look."""
        for version in range(self._seen[name] + 1, table.version + 1):
            try:
                self._commit(name, table, version)
            except FileNotFoundError:  # we were held up until the log was cleaned
                for each in self._tables.values():
                    each.refresh()
                self._seen = {each: self._tables[each].version for each in self._tables}
                self._begin()
                return
        self._seen[name] = table.version

    def _commit(self, name: str, table: Table, version: int) -> None:
        """Count what the commit of that VERSION added. What only moved rows, such as merging, adds nothing."""
        path = table.root / "_delta_log" / f"{version:020d}.json"
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self._move(name, [entry["txn"] for entry in entries if "txn" in entry])
        added = [entry["add"] for entry in entries if entry.get("add", {}).get("dataChange")]
        if not added:
            return
        least = [json.loads(each["stats"])["minValues"] for each in added]
        logged = path.stat().st_mtime
        # The file's clock is as coarse as the kernel's, so a quick commit may seem to end before it began.
        self._commit_s.labels(name).observe(max(0.0, logged - added[0]["modificationTime"] / 1000))
        if received := [each["received"] for each in least if "received" in each]:
            oldest = min(datetime.fromisoformat(text) for text in received)
            self._fresh_s.labels(name).observe(max(0.0, logged - oldest.timestamp()))
        self._commits[name] += 1
        if name == "evidence":
            self._evidence_bytes += sum(each["size"] for each in added)
        self._count(name, [table.root / each["path"] for each in added])
        self._progress()

    def _move(self, name: str, moved: Sequence[dict[str, Any]]) -> None:
        """Shards have come on: a lake has many, a commit moves few."""
        for each in moved:
            if source := _source(each["appId"]):
                self._ends[name][source] += each["version"] - self._positions[name].get(each["appId"], 0)
                self._positions[name][each["appId"]] = each["version"]

    def _count(self, name: str, paths: Sequence[Path]) -> None:
        columns = ["source"] if name == "evidence" else list(_COUNTED)
        added = pa.concat_tables([pq.read_table(path, columns=columns, partitioning=None) for path in paths])
        if name == "evidence":
            for each in added["source"].value_counts().to_pylist():
                self._rows[name][each["values"]] += each["counts"]
            return
        self._connection.register("added", added)
        for row in self._connection.sql(_COUNT).to_arrow_table().to_pylist():
            source = row["source"]
            self._rows[name][source] += row["with_events"] + row["rejects"] + row["repeats"]
            for kind in _KINDS:
                self._totals[kind][source] += row[kind]
            if row["received"] is not None:
                self._received[source] = max(row["received"], self._received.get(source, 0.0))
        self._connection.unregister("added")

    def _look_back(self) -> Iterator[None]:
        """When each source was last heard of before we began: a day each time, until all are found."""
        table = self._tables["normalised"]
        least = datetime.now(UTC).date() - timedelta(days=BACK_DAYS)
        for day in sorted({file.day for file in table.files.values() if file.day and file.day >= least}, reverse=True):
            wanted = sorted({*self._sources} - {*self._received})
            if not wanted:
                return
            # Days are those of receipt, so the newest that has a source has its last record.
            found = self._connection.execute(
                f"SELECT source, epoch(max(received)) FROM {table.scan(partial(eq, day))} "
                "WHERE kind <> 'gap' AND list_contains($1, source) GROUP BY source",
                [wanted],
            ).fetchall()
            self._received |= dict(found)
            yield


class Stalled(Part):
    """Streams that wait while none of their records comes through: WAITING by source and shard, and their POSITION."""

    def __init__(self, streams: Callable[[], dict[str, Any]]) -> None:
        self._streams = streams
        self._moved: dict[str, tuple[int, float]] = {}

    def sample(self) -> None:
        """As Part has it."""
        now = time.monotonic()
        moved = {}
        for source, each in self._streams().items():
            at, since = self._moved.get(source, (-1, now))
            moved[source] = (each.taken, now if each.taken != at or not each.waiting else since)
        self._moved = moved

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        now = time.monotonic()
        for source, (_, since) in self._moved.items():
            if now - since > STALLED_S:
                yield f"stalled: {source}"


def _by_source(positions: dict[str, int]) -> Counter[str]:
    """How far the shards of each source have come together."""
    totals: Counter[str] = Counter()
    for name, position in positions.items():
        if source := _source(name):
            totals[source] += position
    return totals


def _source(name: str) -> str | None:
    """Whose shard NAME's position is of; None if it is of no source: a broker's offset, the number of commits."""
    source, _, shard = name.partition("/")
    return source if shard and not source.startswith("@") else None


def _rows(numbers: dict[str, int], sources: Sequence[str]) -> Iterator[Row]:
    for source in sources:
        yield (source,), numbers.get(source, 0)
