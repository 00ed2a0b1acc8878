-- What an answer rests on, by source. DuckDB's own SQL; `summary` and `spans` are of analytics/summary.py, the latter of the
-- period alone. A time that can't be tells not how far a source has come. A reject and a gap have no time of their own, so each that was received from $start on may hide an act.
-- A log that was cleared from $start on, also after $stop: what is gone happened before it was cleared.
WITH seen AS (
  SELECT source, max(received) AS received_utc,
         max(heard) FILTER (WHERE event AND $stop IS NOT NULL AND heard >= $stop) AS after_utc,
         max(heard) FILTER (WHERE event AND $start IS NOT NULL AND heard < $start) AS before_utc,
         CAST(sum(ahead) + sum(ancient) AS BIGINT) AS wrong_clock
  FROM summary
  GROUP BY source
),
held AS (
  SELECT source, CAST(sum(events) AS BIGINT) AS events, min(first) FILTER (WHERE event) AS first_utc,
         max(heard) FILTER (WHERE event) AS last_utc, CAST(sum(rejects) AS BIGINT) AS rejects, CAST(sum(gaps) AS BIGINT) AS gaps,
         CAST(sum(missing) AS BIGINT) AS missing, bool_or(unknown_length) AS unknown_length
  FROM spans
  GROUP BY source
),
emptied AS (
  SELECT source, count(*) AS clears, max(cleared_utc) AS cleared_utc
  FROM (SELECT source, unnest(cleared) AS cleared_utc FROM summary WHERE cleared IS NOT NULL)
  WHERE $start IS NULL OR cleared_utc >= $start
  GROUP BY source
)
SELECT coalesce(d.source, s.source) AS source, d.source IS NOT NULL AS declared, d.system, d.logs,
       coalesce(h.events, 0) AS events, h.first_utc, h.last_utc, coalesce(s.after_utc, h.last_utc, s.before_utc, CASE WHEN s.wrong_clock > 0 THEN s.received_utc END) AS reach_utc,
       s.received_utc, coalesce(h.rejects, 0) AS rejects, coalesce(h.gaps, 0) AS gaps, coalesce(h.missing, 0) AS missing,
       coalesce(h.unknown_length, false) AS unknown_length, coalesce(s.wrong_clock, 0) AS wrong_clock,
       coalesce(c.clears, 0) AS clears, c.cleared_utc
FROM sources AS d
FULL JOIN seen AS s ON s.source = d.source
LEFT JOIN held AS h ON h.source = coalesce(d.source, s.source)
LEFT JOIN emptied AS c ON c.source = coalesce(d.source, s.source)
WHERE coalesce(d.source, s.source) <> 'sparhund'
ORDER BY 1
