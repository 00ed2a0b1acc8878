-- Days of an employee that look like a shift which nobody registered, or which stands under another unit: at least five different persons,
-- nothing explains an access to more than half of them, and about one of the others the employee documents (who snoops does so beside what
-- she works with, and leaves nothing written). A night belongs to the day on which it began: what takes place before seven in the morning counts
-- for the day before. Portable, since detections rest on it.
CREATE OR REPLACE TEMP VIEW blank_days AS
SELECT actor, day
FROM (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor,
         CASE WHEN a.local_hour < 7 THEN a.local_day - INTERVAL 1 DAY ELSE a.local_day END AS day, a.about,
         max(CASE WHEN EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id) THEN 1 ELSE 0 END) AS known,
         max(CASE WHEN a.action IN ('create', 'update', 'sign') AND a.outcome IS DISTINCT FROM 'failure' THEN 1 ELSE 0 END) AS documented
  FROM accesses AS a
  WHERE a.about IS NOT NULL AND a.action <> 'search'
  GROUP BY 1, 2, 3) AS seen
GROUP BY actor, day
HAVING count(*) >= 5 AND count(CASE WHEN known = 1 THEN 1 END) * 2 <= count(*) AND count(CASE WHEN known = 0 AND documented = 1 THEN 1 END) > 0;
