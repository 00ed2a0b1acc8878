-- detection: flood_after_silence
-- severity:  low
-- finds:     a source that, after a silence of more than $hours hours, sends in one UTC clock hour at least $events
--            events, and at least $times times what it had sent till then in an hour with any, on average. The time is
--            that of our receipt
-- sv_finds:  En loggkälla som, efter mer än $hours timmars tystnad, under en klocktimme skickar minst $events händelser
--            och minst $times gånger så många som den dittills i genomsnitt har skickat under de timmar då den skickat
--            något. Tiden räknas efter när händelserna togs emot.
-- sv:        En loggkälla har skickat ovanligt mycket efter en tids tystnad.
-- en:        A log source sent unusually much after a time of silence.
-- key:       source
-- window:    1
-- benign:    a queue that emptied after a stop of operations; a delivery afterwards
-- sv_benign: en kö som tömdes efter ett driftstopp; en leverans i efterhand
-- triage:    1 are they old records that came late (the completeness statement)?  2 is the content plausible, or are the same records repeated?  3 does the number agree with the source's own?
-- sv_triage: 1 är det gamla poster som kom sent (se vad svaret bygger på)?  2 är innehållet rimligt, eller upprepas samma poster?  3 stämmer antalet med källans eget?
-- params:    hours INTEGER (of silence) = 3; times INTEGER (the usual number) = 10; events INTEGER (at least) = 1000
WITH hours AS (
  SELECT source, date_trunc('hour', received) AS hour_utc, count(*) AS events, min(received) AS first_utc, max(received) AS last_utc
  FROM events
  WHERE source <> 'sparhund'
  GROUP BY source, date_trunc('hour', received)
),
steps AS (
  SELECT source, hour_utc, events, first_utc, last_utc, lag(last_utc) OVER (PARTITION BY source ORDER BY hour_utc) AS before_utc
  FROM hours
),
usual AS (
  SELECT s.source, s.hour_utc, avg(o.events) AS usual
  FROM steps AS s JOIN hours AS o ON o.source = s.source AND o.hour_utc < s.hour_utc
  WHERE s.first_utc > s.before_utc + $hours * INTERVAL 1 HOUR AND s.events >= $events
  GROUP BY s.source, s.hour_utc
)
SELECT s.source, s.hour_utc, s.events, s.before_utc AS silent_since_utc, list_sort(list(e.event_id)) AS evidence
FROM steps AS s
JOIN usual AS u ON u.source = s.source AND u.hour_utc = s.hour_utc AND s.events >= $times * u.usual
-- the first and the last are enough: all of them would be the flood again
JOIN events AS e ON e.source = s.source AND (e.received = s.first_utc OR e.received = s.last_utc)
GROUP BY s.source, s.hour_utc, s.events, s.before_utc
ORDER BY s.source, s.hour_utc
