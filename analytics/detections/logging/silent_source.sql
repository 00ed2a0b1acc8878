-- detection: silent_source
-- severity:  high
-- finds:     a source that was silent for longer than its settings allow: a gap between two of its events, or nothing
--            more by the time of the newest record that we have of any source
-- sv_finds:  En loggkälla som har varit tyst längre än den får vara enligt källans inställning: en lucka mellan två av
--            dess händelser, eller inget mer mottaget fram till den senaste post som vi har från någon källa.
-- sv:        En loggkälla har varit tyst längre än den får vara.
-- en:        A log source was silent for longer than it may be.
-- key:       source
-- window:    1
-- benign:    the source is down; a weekend or holiday where silence is expected (let the source be silent for longer, in its settings)
-- sv_benign: driftstopp i källan; helg eller lov i en verksamhet där tystnad är väntad (låt källan vara tyst längre, i dess inställning)
-- triage:    1 is the source up, and does it reach us?  2 have the records come since (the completeness statement)?  3 who could have turned it off?
-- sv_triage: 1 är källan igång och når den oss?  2 har posterna kommit efteråt (se vad svaret bygger på)?  3 vem hade kunnat stänga av den?
-- attack:    T1562.006
WITH watched AS (
  SELECT e.source, e.event_id, e.time, e.received, s.silent_after_s
  FROM events AS e JOIN sources AS s ON s.source = e.source
  WHERE s.silent_after_s IS NOT NULL AND e.source <> 'sparhund'
),
-- Two successive events that lie more than an hour apart are the last of one clock hour and the first of another: so only those
-- are put in order. Sources that may be silent less than an hour are put in order whole.
edges AS (
  SELECT source, silent_after_s, min(time) AS first_utc, max(time) AS last_utc
  FROM watched
  WHERE silent_after_s >= 3600
  GROUP BY source, silent_after_s, date_trunc('hour', time)
  UNION ALL
  SELECT source, silent_after_s, time, time
  FROM watched
  WHERE silent_after_s < 3600
),
steps AS (
  SELECT source, silent_after_s, first_utc AS until_utc, lag(last_utc) OVER (PARTITION BY source ORDER BY first_utc, last_utc) AS since_utc
  FROM edges
),
gaps_found AS (
  SELECT source, since_utc, until_utc FROM steps WHERE until_utc > since_utc + silent_after_s * INTERVAL 1 SECOND
),
-- By our own clock, since a source's may be wrong. The event that shows what time it is: the first received in the newest hour.
heard AS (
  SELECT source, silent_after_s, max(received) AS last_received, max(time) AS since_utc FROM watched GROUP BY source, silent_after_s
),
newest AS (
  SELECT min(event_id) AS event_id
  FROM events
  WHERE received = (SELECT min(received) FROM events WHERE received >= (SELECT date_trunc('hour', max(received)) FROM events))
),
silent_now AS (
  SELECT source, since_utc FROM heard
  WHERE last_received + silent_after_s * INTERVAL 1 SECOND < (SELECT max(received) FROM events)
),
rested AS (
  SELECT g.source, g.since_utc, g.until_utc, w.event_id
  FROM gaps_found AS g JOIN watched AS w ON w.source = g.source AND w.time = g.since_utc
  UNION ALL
  SELECT g.source, g.since_utc, g.until_utc, w.event_id
  FROM gaps_found AS g JOIN watched AS w ON w.source = g.source AND w.time = g.until_utc
  UNION ALL
  SELECT n.source, n.since_utc, CAST(NULL AS TIMESTAMPTZ), w.event_id
  FROM silent_now AS n JOIN watched AS w ON w.source = n.source AND w.time = n.since_utc
  UNION ALL
  SELECT n.source, n.since_utc, CAST(NULL AS TIMESTAMPTZ), x.event_id
  FROM silent_now AS n JOIN newest AS x ON x.event_id IS NOT NULL
)
SELECT source, since_utc, until_utc, list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM rested
GROUP BY source, since_utc, until_utc
ORDER BY source, since_utc, until_utc
