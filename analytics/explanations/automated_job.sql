-- explanation: automated_job
-- explains:   An automated job runs under the account in this system at that hour.
-- sv:         Ett automatiskt jobb körs med kontot i systemet vid den tiden.
-- rests_on:   jobs

-- Weekdays and hours are Sweden's. A job over midnight belongs to the weekday on which it began. Accounts are compared as in
-- systems_management, but never by who holds them: another account of the same person runs no job.
WITH given AS (
  SELECT system, row_id, valid_from, valid_to, first_weekday, last_weekday, start_minute, stop_minute,
         split_part(split_part(lower(account), chr(92), -1), '@', 1) AS name,
         split_part(CASE WHEN contains(account, chr(92)) THEN split_part(lower(account), chr(92), 1)
                         ELSE split_part(lower(account), '@', 2) END, '.', 1) AS domain
  FROM jobs
),
spelt AS (
  SELECT DISTINCT actor_account FROM accesses WHERE actor_account IS NOT NULL
),
logged AS (
  SELECT actor_account, split_part(lower(actor_account), '@', 1) AS name,
         split_part(split_part(lower(actor_account), '@', 2), '.', 1) AS domain
  FROM spelt
),
same AS (
  SELECT l.actor_account, g.system, g.row_id, g.valid_from, g.valid_to, g.first_weekday, g.last_weekday, g.start_minute, g.stop_minute
  FROM logged AS l
  JOIN given AS g ON g.name = l.name AND (g.domain = l.domain OR g.domain = '' OR l.domain = '')
  WHERE l.name <> ''
),
-- Sweden's offset is whole hours, so the minute of the hour is UTC's, and the hour's own beginning stands for the local one.
clocked AS (
  SELECT a.event_id, j.row_id, j.first_weekday, j.last_weekday, j.stop_minute < j.start_minute AS over_midnight,
         a.local_weekday AS today, CASE WHEN a.local_weekday = 1 THEN 7 ELSE a.local_weekday - 1 END AS yesterday,
         a.time >= date_trunc('hour', a.time) + (j.start_minute - 60 * a.local_hour) * INTERVAL 1 MINUTE AS begun,
         a.time < date_trunc('hour', a.time) + (j.stop_minute - 60 * a.local_hour) * INTERVAL 1 MINUTE AS going
  FROM accesses AS a
  JOIN same AS j
    ON j.actor_account = a.actor_account AND j.system = a.system
   AND a.time >= j.valid_from AND (j.valid_to IS NULL OR a.time < j.valid_to)
),
began AS (
  SELECT event_id, row_id, first_weekday, last_weekday, today AS weekday
  FROM clocked
  WHERE begun AND (going OR over_midnight)
  UNION ALL
  SELECT event_id, row_id, first_weekday, last_weekday, yesterday AS weekday
  FROM clocked
  WHERE going AND over_midnight
)
SELECT DISTINCT event_id, 'jobs' AS relation, row_id
FROM began
WHERE (first_weekday <= last_weekday AND weekday >= first_weekday AND weekday <= last_weekday)
   OR (first_weekday > last_weekday AND (weekday >= first_weekday OR weekday <= last_weekday))
ORDER BY event_id, relation, row_id
