"""Events computed again from evidence: a mended mapping, a corrected register, a staff file that came late (design §4).

Same ids, new `batch`. What a day holds and would hold is compared first, so that it can be shown and not done.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import rmtree
from zoneinfo import ZoneInfo

import duckdb

from ingest import compaction, evidence, repeats
from ingest.evidence import WANTED
from ingest.lake import FencedError
from ingest.table import DataFile, Table, write_parquet
from ingest.writer import BATCH, Writer, normalise_batches
from schemas.errors import LakeError
from schemas.event import NORMALISED
from schemas.source import Source
from schemas.sqltext import literal

_TRIES = 5
_SWEDEN = ZoneInfo("Europe/Stockholm")
_KEY = "source, shard, position, part"
# What may differ though nothing has changed.
_COMPARED = [name for name in NORMALISED.names if name not in {"batch", "rules_version", *_KEY.split(", ")}]

# Rows that are computed again (`mine`), and those of the same files that stay (`rest`).
_VIEWS = """
CREATE OR REPLACE TEMP VIEW old AS SELECT {columns} FROM {scan};
CREATE OR REPLACE TEMP VIEW chosen AS
  SELECT DISTINCT source, shard, position FROM old
  WHERE source IN ({sources}) AND kind IN ('event', 'reject', 'repeat') {condition};
CREATE OR REPLACE TEMP VIEW mine AS
  SELECT o.* FROM old AS o SEMI JOIN chosen AS c USING (source, shard, position) WHERE o.kind <> 'gap';
CREATE OR REPLACE TEMP VIEW rest AS
  SELECT o.* FROM old AS o ANTI JOIN chosen AS c USING (source, shard, position) WHERE o.kind <> 'gap'
  UNION ALL SELECT * FROM old WHERE kind = 'gap';
"""
_COMPARISON = f"""
WITH before AS (SELECT {_KEY}, kind, hash({", ".join(_COMPARED)}) AS row_hash FROM mine),
after AS (SELECT {_KEY}, kind, hash({", ".join(_COMPARED)}) AS row_hash FROM fresh)
SELECT coalesce(b.source, a.source) AS source, count(b.kind) AS rows_before, count(a.kind) AS rows_after,
       count(*) FILTER (WHERE b.row_hash <> a.row_hash) AS changed,
       count(*) FILTER (WHERE a.kind IS NULL) AS gone, count(*) FILTER (WHERE b.kind IS NULL) AS new,
       count(*) FILTER (WHERE b.kind = 'reject') AS rejects_before,
       count(*) FILTER (WHERE a.kind = 'reject') AS rejects_after
FROM before AS b FULL JOIN after AS a USING ({_KEY})
GROUP BY 1 ORDER BY 1
"""
_COLUMNS = f"""
SELECT b.source, {", ".join(f"count(*) FILTER (WHERE b.{name} IS DISTINCT FROM a.{name})" for name in _COMPARED)}
FROM mine AS b JOIN fresh AS a USING ({_KEY})
GROUP BY b.source
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What computing one day of one source again changes. `columns`: how many rows differ in each that does."""

    source: str
    keep: str
    day: date
    rows_before: int
    rows_after: int
    changed: int  # rows that were there and differ
    gone: int
    new: int
    rejects_before: int
    rejects_after: int
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        return bool(self.changed or self.gone or self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which records: of SOURCES, received on the days (UTC) from `first` to `last`; None = no bound.

    With `event_time`, those of which an event took place on the days (Swedish) from `first` to `last`.
    """

    sources: Sequence[Source]
    first: date | None = None
    last: date | None = None
    event_time: bool = False

    def received(self, day: date) -> bool:
        """Whether records that were received on DAY may be among them."""
        return self.event_time or (
            (self.first is None or day >= self.first) and (self.last is None or day <= self.last)
        )

    def condition(self) -> str:
        """More of it, as SQL over an event's row."""
        if not self.event_time:
            return ""
        bounds = [
            f"AND time {sign} TIMESTAMPTZ '{_midnight(day).isoformat()}'"
            for sign, day in ((">=", self.first), ("<", self.last and self.last + timedelta(days=1)))
            if day
        ]
        return " ".join(["AND kind = 'event'", *bounds])


def rederive(writer: Writer, chosen: Chosen, *, apply: bool) -> Iterator[Change]:
    """Compute CHOSEN's rows again, day by day; put them in the place of the old ones if APPLY and anything differs.

    Memory: the writer's, and `compaction.MEMORY_BYTES` for comparing, whatever a day holds.
    Errors:  LakeError if others rewrite the same day again and again; MappingError as `Writer.write`.
    """
    table = writer.lake.table("normalised")
    table.refresh()
    places = {(file.keep, file.day) for file in table.files.values() if file.keep and file.day}
    for keep, day in sorted(places, key=str):
        if keep and day and chosen.received(day):
            yield from _again(writer, chosen, keep, day, apply=apply)


def _again(writer: Writer, chosen: Chosen, keep: str, day: date, *, apply: bool) -> Iterator[Change]:
    for _ in range(_TRIES):
        with _computed(writer, chosen, keep, day) as fresh:
            changes = list(fresh.changes())
            if not apply or not any(change.differs for change in changes) or fresh.replace():
                yield from changes
                return
    raise LakeError(f"normalised: others rewrote {day} again and again")


@contextmanager
def _computed(writer: Writer, chosen: Chosen, keep: str, day: date) -> Iterator["_Fresh"]:
    """One day of one keep class, computed again into files that no table knows."""
    folder = writer.lake.scratch / uuid.uuid4().hex
    folder.mkdir(parents=True)
    connection, reading = compaction.connection(writer.lake), compaction.connection(writer.lake)
    try:
        yield _Fresh(writer, chosen, keep, day, folder, connection, reading)
    finally:
        connection.close()
        reading.close()
        rmtree(folder, ignore_errors=True)


class _Fresh:
    def __init__(
        self,
        writer: Writer,
        chosen: Chosen,
        keep: str,
        day: date,
        folder: Path,
        connection: duckdb.DuckDBPyConnection,
        reading: duckdb.DuckDBPyConnection,
    ) -> None:
        self.writer, self.keep, self.day, self.folder, self.connection = writer, keep, day, folder, connection
        self.table: Table = writer.lake.table("normalised")
        self.table.refresh()
        self.old: list[DataFile] = []
        self.others: list[DataFile] = []
        for file in self.table.files.values():
            (self.old if (file.keep, file.day) == (keep, day) else self.others).append(file)
        self.columns = compaction.columns(self.table)
        sources = {source.name: source for source in chosen.sources}
        connection.execute(
            _VIEWS.format(
                columns=self.columns,
                scan=self.table.scan(files=self.old),
                sources=", ".join(literal(name) for name in sources),
                condition=chosen.condition(),
            )
        )
        self._compute(reading, sources)
        self._mark(list(sources.values()))

    def changes(self) -> Iterator[Change]:
        """What differs, by source; nothing for a day that has none of the chosen records."""
        counts = self.connection.sql(_COMPARISON).to_arrow_table().to_pylist()
        names: dict[str, dict[str, int]] = {}
        if any(row["changed"] for row in counts):
            names = {
                source: {name: found for name, found in zip(_COMPARED, differing, strict=True) if found}
                for source, *differing in self.connection.sql(_COLUMNS).fetchall()
            }
        for row in counts:
            yield Change(**row, keep=self.keep, day=self.day, columns=names.get(row["source"], {}))

    def replace(self) -> bool:
        """Put the new rows in the place of the old. False if others have removed a file of these meanwhile."""
        for _ in range(_TRIES):
            with self.writer.lake.turn():
                self.table.refresh()
                if any(file.path not in self.table.files for file in self.old):
                    return False
                before = self.table.positions.get(BATCH)
                batch = (before or 0) + 1
                select = f"""SELECT {self.columns} FROM rest UNION ALL
                             SELECT {self.columns} FROM (SELECT * REPLACE ({batch}::BIGINT AS batch) FROM fresh)"""
                made = self.table.copy(self.connection, select, self.keep, self.day)
                with suppress(FencedError):
                    self.table.commit([made], expect={BATCH: before}, positions={BATCH: batch}, remove=self.old)
                    return True
        return False

    def _compute(self, reading: duckdb.DuckDBPyConnection, sources: dict[str, Source]) -> None:
        """Normalise the evidence of the chosen records, a batch a file."""
        wanted = self.connection.sql(
            "SELECT source, shard, min(position) AS first, max(position) + 1 AS stop FROM chosen GROUP BY source, shard"
        ).to_arrow_table()
        number = count()
        for batch in evidence.read(
            self.writer.lake, reading, wanted.cast(WANTED), sources, lambda day: day == self.day
        ):
            rows = normalise_batches(self.writer.lanes, [batch], self.writer.knowledge)
            write_parquet(self.folder / f"{next(number)}.parquet", NORMALISED, iter([rows]))
        found = sorted(self.folder.glob("*.parquet"))
        listed = ", ".join(literal(str(path)) for path in found)
        relation = f"read_parquet([{listed}])" if found else "(SELECT * FROM old WHERE false)"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW computed AS "
            f"SELECT c.* FROM {relation} AS c SEMI JOIN chosen AS h USING (source, shard, position)"
        )

    def _mark(self, sources: Sequence[Source]) -> None:
        """Repeats stay repeats: a record of this day repeats what was received before it, on any day."""
        self.connection.register("found", repeats.FOUND.empty_table())
        self.connection.execute("CREATE OR REPLACE TEMP TABLE repeated AS SELECT * FROM found")
        for source in sources:
            found = repeats.find(
                self.connection,
                "computed",
                source,
                self.table,
                files=self.others,
                besides="rest",
                before="(l.received, l.shard, l.position) < (m.received, m.shard, m.position)",
            )
            self.connection.register("found", found)
            self.connection.execute("INSERT INTO repeated SELECT * FROM found")
        self.connection.unregister("found")
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW fresh AS {repeats.marked('computed', 'repeated')}")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=_SWEDEN)
