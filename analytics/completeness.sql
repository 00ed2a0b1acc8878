-- What an answer rests on, by source: DuckDB's own SQL over the table `normalised`, one pass over few columns.
-- $start and $stop bound the acts; a reject and a gap have no time of their own, so each that was received from $start on may hide an act.
WITH acts AS (
  SELECT source, count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
  FROM normalised
  WHERE kind = 'event' AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY source
),
reach AS (
  SELECT source, max(time) AS reach_utc, max(received) AS received_utc
  FROM normalised
  WHERE kind IN ('event', 'reject', 'repeat')
  GROUP BY source
),
faults AS (
  SELECT source, count(*) FILTER (WHERE kind = 'reject') AS rejects, count(*) FILTER (WHERE kind = 'gap') AS gaps,
         CAST(sum(length) FILTER (WHERE kind = 'gap') AS BIGINT) AS missing,
         coalesce(bool_or(length IS NULL) FILTER (WHERE kind = 'gap'), false) AS unknown_length
  FROM normalised
  WHERE kind IN ('reject', 'gap') AND ($start IS NULL OR received >= $start)
  GROUP BY source
)
SELECT coalesce(d.source, r.source) AS source, d.source IS NOT NULL AS declared, d.system, d.logs, d.silent_after_s,
       coalesce(a.events, 0) AS events, a.first_utc, a.last_utc, r.reach_utc, r.received_utc,
       coalesce(f.rejects, 0) AS rejects, coalesce(f.gaps, 0) AS gaps, f.missing, coalesce(f.unknown_length, false) AS unknown_length
FROM sources AS d
FULL JOIN reach AS r ON r.source = d.source
LEFT JOIN acts AS a ON a.source = coalesce(d.source, r.source)
LEFT JOIN faults AS f ON f.source = coalesce(d.source, r.source)
WHERE coalesce(d.source, r.source) <> 'sparhund'
ORDER BY 1
