-- detection: shared_account_person
-- severity:  medium
-- finds:     a shared account, a robot's or an integration's that somebody uses as a person: it logs on, not refused, from a machine or
--            device from which one single person has logged on the same day (why = personal_device), or an account with a schedule of jobs
--            reaches sensitive information outside it by more than $margin minutes, refused or not (why = outside_schedule).
--            What a job or a duty explains is left out
-- sv:        Ett gemensamt konto eller ett tjänstekonto har använts som om det vore en persons.
-- key:       actor_account, why
-- window:    1
-- benign:    gemensam arbetsplats där bara en hann logga in den dagen; administratör som felsöker integrationen; jobb som startades om efter driftstopp
-- triage:    1 vem satt vid datorn, och varför användes inte det egna kontot?  2 finns en ändring eller omstart i driftloggen?  3 vem känner till lösenordet? byt det  4 åtkomsten kan inte knytas till en person: åtgärda spårbarheten
-- params:    margin INTEGER (minutes after the schedule, for late starts) = 60;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1078
WITH logins AS (
  SELECT event_id, time, local_day, local_hour, local_weekday, lower(actor_account) AS account, actor_person, actor_kind,
         coalesce(device, lower(src_host)) AS place
  FROM events
  WHERE action = 'login' AND outcome IS DISTINCT FROM 'failure' AND coalesce(device, src_host) IS NOT NULL
),
personal AS (
  SELECT place, local_day, max(actor_person) AS person
  FROM logins
  WHERE actor_person IS NOT NULL AND coalesce(actor_kind, 'staff') NOT IN ('robot', 'integration', 'shared account')
  GROUP BY place, local_day HAVING count(DISTINCT actor_person) = 1
),
acts AS (
  SELECT l.account, 'personal_device' AS why, CAST(NULL AS TEXT) AS system, l.place, p.person, l.event_id, l.time, l.local_day, l.local_hour,
         l.local_weekday
  FROM logins AS l JOIN personal AS p ON p.place = l.place AND p.local_day = l.local_day
  WHERE l.actor_kind IN ('robot', 'integration', 'shared account') AND l.account IS NOT NULL
  UNION ALL
  SELECT lower(a.actor_account) AS account, 'outside_schedule' AS why, a.system, coalesce(a.device, lower(a.src_host)) AS place,
         CAST(NULL AS TEXT) AS person, a.event_id, a.time, a.local_day, a.local_hour, a.local_weekday
  FROM accesses AS a
  JOIN (SELECT DISTINCT lower(account) AS account FROM jobs) AS j ON j.account = lower(a.actor_account)
  WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
),
-- A schedule over midnight belongs to the weekday on which it starts.
scheduled AS (
  SELECT c.event_id
  FROM acts AS c
  JOIN jobs AS j
    ON lower(j.account) = c.account AND (c.system IS NULL OR j.system = c.system)
   AND c.time >= j.valid_from AND (j.valid_to IS NULL OR c.time < j.valid_to)
  WHERE (c.local_weekday >= j.first_weekday AND c.local_weekday <= j.last_weekday
         AND date_trunc('hour', c.time) + (j.start_minute - c.local_hour * 60) * INTERVAL 1 MINUTE <= c.time
         AND (j.stop_minute < j.start_minute
              OR date_trunc('hour', c.time) + (j.stop_minute + $margin - c.local_hour * 60) * INTERVAL 1 MINUTE > c.time))
     OR (j.stop_minute < j.start_minute
         AND CASE WHEN c.local_weekday = 1 THEN 7 ELSE c.local_weekday - 1 END >= j.first_weekday
         AND CASE WHEN c.local_weekday = 1 THEN 7 ELSE c.local_weekday - 1 END <= j.last_weekday
         AND date_trunc('hour', c.time) + (j.stop_minute + $margin - c.local_hour * 60) * INTERVAL 1 MINUTE > c.time)
)
SELECT c.account AS actor_account, c.why, c.local_day AS day, min(c.place) AS place, min(c.person) AS person,
       count(DISTINCT c.event_id) AS events,
       list_sort(list(DISTINCT c.event_id) FILTER (WHERE c.event_id IS NOT NULL)) AS evidence
FROM acts AS c
WHERE NOT EXISTS (SELECT 1 FROM scheduled AS s WHERE s.event_id = c.event_id)
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = c.event_id)
GROUP BY c.account, c.why, c.local_day
ORDER BY c.account, c.why, c.local_day
