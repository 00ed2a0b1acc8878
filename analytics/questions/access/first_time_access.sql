-- question: first_time_access
-- asks:     Who used which information asset for the first time ever in this period?
-- sv:       Vem har under perioden använt en informationstillgång för första gången?
-- params:   start TIMESTAMPTZ (from when a first time is asked for); stop TIMESTAMPTZ (before when, without: until now) = NULL;
--           level INTEGER (lowest K level, 0 = also what isn't classified) = 0
-- returns:  actor_person TEXT, actor_account TEXT, system TEXT, asset TEXT, k INTEGER, first_utc TIMESTAMPTZ, events BIGINT,
--           content BIGINT, lake_from_utc TIMESTAMPTZ
-- counts:   events before stop by person (by account where the person isn't known) and asset in a system; the row is there if
--           none of them is before start. content = those that prove content. k = the highest level that was in force
-- order:    by first time, then the columns from the left
-- limits:   'first' reaches back to lake_from_utc, when the lake's first event took place: with little history all is new. A person whose
--           account became known later counts as somebody else before.
-- sv_counts: händelser per person (per konto där personen inte är känd) och tillgång i ett system, där ingen är äldre än periodens
--           början. Innehåll är de som visar att innehållet sågs; konfidentialitet är den högsta nivå som gällde
-- sv_limits: första gången räknas från den första händelse som finns: med kort historik är allt nytt. En person vars konto blev
--           känt senare räknas som någon annan dessförinnan
WITH by_account AS (
  SELECT actor_person, actor_account, system, asset, max(k) AS k, min(time) AS first_utc, count(*) AS events,
         CAST(sum(CASE WHEN proves = 'content' THEN 1 ELSE 0 END) AS BIGINT) AS content
  FROM events
  WHERE ($stop IS NULL OR time < $stop)
    AND (actor_person IS NOT NULL OR actor_account IS NOT NULL)
    AND ($level = 0 OR k >= $level)
  GROUP BY actor_person, actor_account, system, asset
),
used AS (
  SELECT actor_person, CASE WHEN actor_person IS NULL THEN actor_account END AS actor_account, system, asset, max(k) AS k,
         min(first_utc) AS first_utc, CAST(sum(events) AS BIGINT) AS events, CAST(sum(content) AS BIGINT) AS content
  FROM by_account
  GROUP BY actor_person, CASE WHEN actor_person IS NULL THEN actor_account END, system, asset
),
reach AS (SELECT min(time) AS lake_from_utc FROM events)
SELECT u.actor_person, u.actor_account, u.system, u.asset, u.k, u.first_utc, u.events, u.content, r.lake_from_utc
FROM used AS u CROSS JOIN reach AS r
WHERE u.first_utc >= $start
ORDER BY u.first_utc, u.actor_person, u.actor_account, u.system, u.asset
