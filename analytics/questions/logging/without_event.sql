-- question: without_event
-- asks:     Which records have become no event: those that could not be read, those that came before, and those that never came?
-- sv:       Vilka poster har inte blivit någon händelse: de som inte kunde tolkas, de som redan fanns och de som saknas?
-- params:   source TEXT (only from this source) = NULL; kind TEXT (reject, repeat or gap) = NULL; reason TEXT (only for this reason) = NULL;
--           start, stop TIMESTAMPTZ (received from start until before stop, without: all there is) = NULL
-- returns:  kind TEXT, source TEXT, received_utc TIMESTAMPTZ, reason TEXT, records BIGINT, after_utc TIMESTAMPTZ, until_utc TIMESTAMPTZ,
--           first_event TEXT, event_id TEXT
-- counts:   a record that could not be read (reject) or came before (repeat, of first_event) is a row. A gap is a row, with how many records it
--           lacks, empty if that isn't known: after_utc is the latest time of an event before it in the same file or stream, until_utc the
--           earliest of one behind it
-- order:    the latest received first, then by kind, source and record
-- limits:   what took place in a gap lies most likely between its times, but a log's records need not stand in order of time. A source
--           that never sent what it lacks has no gap: see silent_sources
-- sv_counts: en post som inte kunde tolkas eller som redan fanns är en rad. En lucka är en rad, med antalet saknade poster, tomt om det
--           inte är känt, och med den senaste händelsen före luckan och den tidigaste efter den i samma fil eller ström
-- sv_limits: det som hände i en lucka ligger troligen mellan dess tider, men posterna i en logg står inte alltid i tidsordning. En källa
--           som aldrig har skickat det som saknas har ingen lucka
WITH around AS (
  SELECT g.source, g.shard, g.position, max(CASE WHEN e.position < g.position THEN e.time END) AS after_utc,
         min(CASE WHEN e.position >= g.position THEN e.time END) AS until_utc
  FROM gaps AS g JOIN events AS e ON e.source = g.source AND e.shard = g.shard
  GROUP BY g.source, g.shard, g.position
),
found AS (
  SELECT 'reject' AS kind, event_id, source, shard, position, received, reason, CAST(1 AS BIGINT) AS records, CAST(NULL AS TEXT) AS first_event
  FROM rejects
  UNION ALL
  SELECT 'repeat' AS kind, event_id, source, shard, position, received, CAST(NULL AS TEXT) AS reason, CAST(1 AS BIGINT) AS records, first_event
  FROM repeats
  UNION ALL
  SELECT 'gap' AS kind, event_id, source, shard, position, received, reason, length AS records, CAST(NULL AS TEXT) AS first_event
  FROM gaps
)
SELECT f.kind, f.source, f.received AS received_utc, f.reason, f.records, a.after_utc, a.until_utc, f.first_event, f.event_id
FROM found AS f
LEFT JOIN around AS a ON f.kind = 'gap' AND a.source = f.source AND a.shard = f.shard AND a.position = f.position
WHERE ($source IS NULL OR f.source = $source) AND ($kind IS NULL OR f.kind = $kind) AND ($reason IS NULL OR f.reason = $reason)
  AND ($start IS NULL OR f.received >= $start) AND ($stop IS NULL OR f.received < $stop)
ORDER BY received_utc DESC, f.kind, f.source, f.shard, f.position
