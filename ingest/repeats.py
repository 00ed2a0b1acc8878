"""Repeats: records of pulls that overlap, found by the source's own id (design §4)."""

from datetime import timedelta

import duckdb
import pyarrow as pa

from ingest.table import DataFile, Table
from schemas.event import NORMALISED
from schemas.source import Source

# A record repeats the earliest other of the same id within the span of event time: in the lake, else before it among
# themselves. One that has no id, or was rejected, repeats nothing.
_REPEATS = """
WITH mine AS (
  SELECT source_event_id AS id, epoch_us(time) AS at, shard, position, received,
         row_number() OVER (ORDER BY received, shard, position) AS n
  FROM {rows}
  WHERE source = $source AND kind = 'event' AND part = 0 AND source_event_id IS NOT NULL
),
standing AS (
  SELECT m.shard, m.position,
         min_by(l.shard || '-' || l.position || '-0', (l.received, l.shard, l.position)) AS event
  FROM {lake} AS l JOIN mine AS m ON m.id = l.source_event_id AND abs(epoch_us(l.time) - m.at) <= $span_us
  WHERE l.source = $source AND l.kind = 'event' AND l.part = 0 AND l.time >= $start AND l.time <= $stop AND {before}
  GROUP BY m.shard, m.position
),
among AS (
  SELECT m.shard, m.position, min_by(o.shard || '-' || o.position || '-0', o.n) AS event
  FROM mine AS m JOIN mine AS o ON o.id = m.id AND o.n < m.n AND abs(o.at - m.at) <= $span_us
  GROUP BY m.shard, m.position
)
SELECT $source AS source, m.shard, m.position, coalesce(s.event, a.event) AS event
FROM mine AS m LEFT JOIN standing AS s USING (shard, position) LEFT JOIN among AS a USING (shard, position)
WHERE s.event IS NOT NULL OR a.event IS NOT NULL
"""
_KEPT = ("source", "shard", "position", "source_event_id", "received", "batch", "system", "rules_version")
FOUND = pa.schema(
    [("source", pa.string()), ("shard", pa.string()), ("position", pa.int64()), ("event", pa.string())]
)  # records that repeat, and the event_id of the first


def find(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    source: Source,
    normalised: Table,
    *,
    files: list[DataFile] | None = None,
    besides: str | None = None,
    before: str = "true",
) -> pa.Table:
    """The records of SOURCE among ROWS (a relation of NORMALISED) that came before (schema FOUND).

    Compared with NORMALISED's live rows (of FILES only, where given), and those of the relation BESIDES, for which
    BEFORE holds: an SQL condition over `l` and `m`, the row in the lake and our own.
    """
    if not source.overlap_s:
        return FOUND.empty_table()
    span = timedelta(seconds=source.overlap_s)
    sql = f"SELECT min(time) - $1::INTERVAL, max(time) + $1::INTERVAL FROM {rows} WHERE source = $2 AND kind = 'event'"
    ends = connection.sql(sql, params=[span, source.name]).to_arrow_table()
    start, stop = (column[0].as_py() for column in ends.columns)
    if start is None:
        return FOUND.empty_table()
    lake = normalised.scan(start=start, stop=stop + timedelta(milliseconds=1), files=files)
    names = "source, kind, part, source_event_id, time, received, shard, position"
    if besides:
        lake = f"(SELECT {names} FROM {lake} UNION ALL SELECT {names} FROM {besides})"
    given = {"source": source.name, "start": start, "stop": stop, "span_us": source.overlap_s * 1_000_000}
    statement = _REPEATS.format(rows=rows, lake=lake, before=before)
    return connection.sql(statement, params=given).to_arrow_table().cast(FOUND)


def marked(rows: str, found: str) -> str:
    """SQL of ROWS with one row `repeat` in place of the events of each record that FOUND names; both are relations."""
    columns = ", ".join(_column(name) for name in NORMALISED.names)
    return f"""SELECT {columns} FROM {rows} AS r LEFT JOIN {found} AS f USING (source, shard, position)
               WHERE f.event IS NULL OR r.part = 0"""


def mark(connection: duckdb.DuckDBPyConnection, rows: pa.Table, source: Source, normalised: Table) -> pa.Table:
    """ROWS of SOURCE with repeats of what NORMALISED holds, or they hold themselves, marked."""
    if not source.overlap_s:
        return rows
    connection.register("computed", rows)
    try:
        found = find(connection, "computed", source, normalised)
        if not len(found):
            return rows
        connection.register("found", found)
        select = f"{marked('computed', 'found')} ORDER BY r.shard, r.position, r.part"
        return connection.sql(select).to_arrow_table().cast(NORMALISED)
    finally:
        connection.unregister("computed")
        connection.unregister("found")


def _column(name: str) -> str:
    if name in _KEPT:
        return f"r.{name}"
    changed = {"kind": "'repeat'", "reason": "f.event", "part": "0"}.get(name, "NULL")
    return f"CASE WHEN f.event IS NULL THEN r.{name} ELSE {changed} END AS {name}"
