"""How the lake's sources stand (balance of records, positions, gaps, silences), and the rejects with their shapes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller, caller
from analytics.installation import Installation
from schemas.errors import SettingsError

# From what is kept of each file: to count ten million rows anew took 0.9 s of processor.
_STATUS = """
WITH held AS (
  SELECT source, CAST(sum(records) AS BIGINT) AS records, CAST(sum(events) AS BIGINT) AS events,
         CAST(sum(rejects) AS BIGINT) AS rejects, CAST(sum(repeats) AS BIGINT) AS repeats,
         CAST(sum(gaps) AS BIGINT) AS gaps,
         CASE WHEN sum(gaps) > 0 AND NOT (sum(missing) = 0 AND bool_or(unknown_length))
              THEN CAST(sum(missing) AS BIGINT) END AS missing,
         CAST(sum(len(cleared)) AS BIGINT) AS clears, max(list_max(cleared)) AS cleared_utc,
         CAST(sum(ahead) AS BIGINT) AS ahead, CAST(sum(ancient) AS BIGINT) AS ancient,
         max(last_position) AS last_position, max(heard) FILTER (WHERE event) AS last_utc,
         max(received) AS last_received_utc
  FROM summary
  GROUP BY source
),
got AS (SELECT source, CAST(sum(records) AS BIGINT) AS records FROM received GROUP BY source),
named AS (SELECT source FROM sources UNION SELECT source FROM held UNION SELECT source FROM got)
SELECT n.source, coalesce(g.records, 0) AS records, coalesce(h.events, 0) AS events, coalesce(h.rejects, 0) AS rejects,
       coalesce(h.repeats, 0) AS repeats,
       coalesce(g.records, 0) - coalesce(h.records, 0) AS balance,
       coalesce(h.gaps, 0) AS gaps, h.missing, h.clears, h.cleared_utc, nullif(h.ahead, 0) AS ahead,
       nullif(h.ancient, 0) AS ancient,
       h.last_position, h.last_utc, h.last_received_utc,
       CASE WHEN coalesce(h.heard_utc + d.silent_after_s * INTERVAL 1 SECOND < $now, false)
            THEN CAST(epoch($now) - epoch(h.heard_utc) AS BIGINT) END AS silent_s
FROM named AS n
LEFT JOIN (SELECT *, coalesce(last_utc, last_received_utc) AS heard_utc FROM held) AS h USING (source)
LEFT JOIN got AS g USING (source)
LEFT JOIN sources AS d USING (source)
ORDER BY n.source
"""
_SOURCES = """
WITH held AS (
  SELECT source, max(system) AS system, count(*) FILTER (WHERE kind = 'event') AS events, max(time) AS last_utc
  FROM normalised
  GROUP BY source
)
SELECT coalesce(d.source, h.source) AS source, d.source IS NOT NULL AS declared, d.mapping,
       coalesce(d.system, h.system) AS system, d.zone, d.keep, d.logs, d.silent_after_s,
       coalesce(h.events, 0) AS events, h.last_utc
FROM sources AS d FULL JOIN held AS h USING (source)
ORDER BY 1
"""
_REJECTS = """
SELECT source, reason, count(*) AS records, min(received) AS first_utc, max(received) AS last_utc
FROM rejects WHERE ($source IS NULL OR source = $source)
GROUP BY source, reason ORDER BY records DESC, source, reason
"""
# Letters of any script are x and digits 9; what isn't text is shown as its escapes, which are letters and digits as
# well.
_SHAPES = """
WITH texts AS (
  SELECT r.source, r.reason, r.received, coalesce(TRY(decode(e.record)), e.record::VARCHAR) AS text
  FROM rejects AS r JOIN evidence AS e USING (source, shard, position)
  WHERE ($source IS NULL OR r.source = $source)
)
SELECT source, reason,
       left(regexp_replace(regexp_replace(text, '\\pL', 'x', 'g'), '\\pN', '9', 'g'), $letters) AS shape,
       count(*) AS records, min(received) AS first_utc, max(received) AS last_utc
FROM texts
GROUP BY ALL
ORDER BY records DESC, source, reason, shape
"""
# An event whose time is later than its receipt has not been waited for.
_LAG = """
SELECT source, CAST(approx_quantile(greatest(epoch(received) - epoch(time), 0), 0.5) AS BIGINT) AS lag_s,
       CAST(max(greatest(epoch(received) - epoch(time), 0)) AS BIGINT) AS most_lag_s
FROM normalised
WHERE kind = 'event' AND received >= $since
GROUP BY source
ORDER BY source
"""
SHAPE_LETTERS = 200


def status(home: Installation, now: datetime, who: Caller | None = None) -> pa.Table:
    """A row for each source: records in the evidence, what became of them, and where it stands at NOW.

    WHO asks, by default `caller()`, as of all here. `balance` is records minus those with events, rejects and repeats:
    0, or something was lost or made up. `ahead` and `ancient` are events with a time that can't be: more than an hour
    after they were received, and before 2000; NULL = none. They tell not how far the source has come. `clears` is how
    often a log of the source was emptied, the last time at `cleared_utc`; NULL = never, as far as is known.
    `silent_s` is filled when nothing was received for longer than the source declares.
    """
    with _opened(home, who) as connection:
        connection.register("summary", home.summary.rows(connection))
        connection.register("received", home.received.rows(connection))
        return connection.sql(_STATUS, params={"now": now}).to_arrow_table()


def lag(home: Installation, since: datetime, who: Caller | None = None) -> pa.Table:
    """How long it took from an event to its receipt, of each source from which any was received from SINCE on.

    `lag_s` is the median (as near as a digest of it tells), `most_lag_s` the longest.
    """
    with _opened(home, who) as connection:
        return connection.sql(_LAG, params={"since": since}).to_arrow_table()


def sources(home: Installation, who: Caller | None = None) -> pa.Table:
    """A row for each source, as declared, and what has come from it."""
    with _opened(home, who) as connection:
        return connection.sql(_SOURCES).to_arrow_table()


def rejects(
    home: Installation, source: str | None = None, *, shapes: bool = False, who: Caller | None = None
) -> pa.Table:
    """Rejects by source and reason, the most frequent first; with SHAPES also by what the record looks like.

    A shape has x for a letter and 9 for a digit, so that a person who may not see records can mend a mapping.
    """
    with _opened(home, who, evidence=shapes) as connection:
        if source is not None:
            sql = "SELECT source FROM sources UNION SELECT source FROM normalised"
            names = sorted(name for (name,) in connection.sql(sql).fetchall())
            if source not in names:
                raise SettingsError("rejects", "--source", f"there is none of that name; there are {', '.join(names)}")
        if shapes:
            return connection.sql(_SHAPES, params={"source": source, "letters": SHAPE_LETTERS}).to_arrow_table()
        return connection.sql(_REJECTS, params={"source": source}).to_arrow_table()


def faults(rows: pa.Table) -> Iterator[str]:
    """The sources of `status` whose balance doesn't hold."""
    for row in rows.to_pylist():
        if row["balance"]:
            yield row["source"]


@contextmanager
def _opened(home: Installation, who: Caller | None, *, evidence: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    with home.connect() as connection:
        views.scoped(connection, who or caller(), home.relation("normalised"), home.tables(), {"sources", "rejects"})
        if evidence:
            connection.execute(f"CREATE OR REPLACE TEMP VIEW evidence AS SELECT * FROM {home.relation('evidence')}")
        yield connection
