"""Repeats: records of pulls that overlap, found by the source's own id (design §4)."""

from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingest.table import DataFile, Table
from schemas.event import NORMALISED
from schemas.source import Source

# A record repeats the earliest other of the same id within the span, in the lake or before it in the batch itself.
# One that has no id, or was rejected, repeats nothing.
_REPEATS = """
WITH mine AS (
  SELECT source_event_id AS id, epoch_us(time) AS at, shard, position, received,
         row_number() OVER (ORDER BY received, shard, position) AS n
  FROM rows WHERE kind = 'event' AND part = 0 AND source_event_id IS NOT NULL
),
standing AS (
  SELECT l.source_event_id AS id, epoch_us(l.time) AS at, l.shard || '-' || l.position || '-0' AS event,
         l.received, l.shard, l.position
  FROM {lake} AS l
  WHERE l.kind = 'event' AND l.part = 0 AND l.source = $source AND l.source_event_id IN (SELECT id FROM mine)
    AND l.time >= $start AND l.time <= $stop AND ({others})
),
first AS (
  SELECT m.shard, m.position, min_by(s.event, (s.received, s.shard, s.position)) AS event
  FROM mine AS m JOIN standing AS s ON s.id = m.id AND abs(s.at - m.at) <= $span_us
  WHERE s.received <= m.received AND (s.shard, s.position) <> (m.shard, m.position)
  GROUP BY m.shard, m.position
),
among AS (
  SELECT m.shard, m.position, min_by(o.shard || '-' || o.position || '-0', o.n) AS event
  FROM mine AS m JOIN mine AS o ON o.id = m.id AND o.n < m.n AND abs(o.at - m.at) <= $span_us
  GROUP BY m.shard, m.position
)
SELECT m.shard, m.position, coalesce(f.event, a.event) AS event
FROM mine AS m LEFT JOIN first AS f USING (shard, position) LEFT JOIN among AS a USING (shard, position)
WHERE coalesce(f.event, a.event) IS NOT NULL
"""
_KEPT = ("source", "shard", "position", "source_event_id", "received", "system", "rules_version")


def mark(
    connection: duckdb.DuckDBPyConnection,
    rows: pa.Table,
    source: Source,
    normalised: Table,
    files: list[DataFile] | None = None,
    others: str = "true",
) -> pa.Table:
    """ROWS (NORMALISED, of one SOURCE) with one row `repeat` in place of the events of a record that came before.

    Compared with NORMALISED's live rows (of FILES only, where given) for which OTHERS holds, an SQL condition over `l`.
    """
    events = rows.filter(pc.equal(rows["kind"], "event"))
    if not source.overlap_s or not len(events):
        return rows
    span = timedelta(seconds=source.overlap_s)
    ends = pc.min_max(events["time"]).as_py()
    start, stop = ends["min"] - span, ends["max"] + span
    lake = normalised.scan(start=start, stop=stop + timedelta(milliseconds=1), files=files)
    connection.register("rows", rows)
    try:
        found = connection.sql(
            _REPEATS.format(lake=lake, others=others),
            params={
                "source": source.name,
                "start": start,
                "stop": stop,
                "span_us": source.overlap_s * 1_000_000,
            },
        ).to_arrow_table()
        if not len(found):
            return rows
        connection.register("found", found)
        columns = ", ".join(_column(name) for name in NORMALISED.names)
        return (
            connection.sql(
                f"""SELECT {columns} FROM rows AS r LEFT JOIN found AS f USING (shard, position)
                    WHERE f.event IS NULL OR r.part = 0 ORDER BY r.shard, r.position, r.part"""
            )
            .to_arrow_table()
            .cast(NORMALISED)
        )
    finally:
        connection.unregister("rows")
        connection.unregister("found")


def _column(name: str) -> str:
    if name in _KEPT:
        return f"r.{name}"
    changed = {"kind": "'repeat'", "reason": "f.event", "part": "0"}.get(name, "NULL")
    return f"CASE WHEN f.event IS NULL THEN r.{name} ELSE {changed} END AS {name}"
