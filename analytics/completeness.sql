-- What an answer rests on, by source. DuckDB's own SQL; `spans` is the temporary table of _SPANS (analytics/completeness.py).
-- A reject and a gap have no time of their own, so each that was received from $start on may hide an act.
WITH acts AS (
  SELECT source, CAST(sum(events) AS BIGINT) AS events, min(first) AS first_utc, max(last) AS last_utc
  FROM spans
  GROUP BY source
),
after AS (
  SELECT source, max(time) AS last_utc
  FROM normalised
  WHERE $stop IS NOT NULL AND kind = 'event' AND time >= $stop
  GROUP BY source
),
batches AS (SELECT source, max(batch) AS batch FROM normalised GROUP BY source),
receipts AS (
  -- A later batch was received later, so only the rows of a source's last one are read.
  SELECT n.source, max(n.received) AS received_utc
  FROM normalised AS n JOIN batches AS b ON b.batch = n.batch AND b.source = n.source
  GROUP BY n.source
),
faults AS (
  SELECT source, count(*) FILTER (WHERE kind = 'reject') AS rejects, count(*) FILTER (WHERE kind = 'gap') AS gaps,
         CAST(sum(length) FILTER (WHERE kind = 'gap') AS BIGINT) AS missing,
         coalesce(bool_or(length IS NULL) FILTER (WHERE kind = 'gap'), false) AS unknown_length
  FROM normalised
  WHERE kind IN ('reject', 'gap') AND ($start IS NULL OR received >= $start)
  GROUP BY source
)
SELECT coalesce(d.source, b.source) AS source, d.source IS NOT NULL AS declared, d.system, d.logs, d.silent_after_s,
       coalesce(a.events, 0) AS events, a.first_utc, a.last_utc, coalesce(x.last_utc, a.last_utc) AS reach_utc, t.received_utc,
       coalesce(f.rejects, 0) AS rejects, coalesce(f.gaps, 0) AS gaps, f.missing, coalesce(f.unknown_length, false) AS unknown_length
FROM sources AS d
FULL JOIN batches AS b ON b.source = d.source
LEFT JOIN acts AS a ON a.source = coalesce(d.source, b.source)
LEFT JOIN after AS x ON x.source = coalesce(d.source, b.source)
LEFT JOIN receipts AS t ON t.source = coalesce(d.source, b.source)
LEFT JOIN faults AS f ON f.source = coalesce(d.source, b.source)
WHERE coalesce(d.source, b.source) <> 'sparhund'
ORDER BY 1
