-- detection: volume
-- severity:  medium
-- finds:     an employee who takes part of the records of more than $hourly different persons in a local hour, or of more than $daily in a
--            day, at least $share per cent of them without any explanation. Attempts count, searches don't; who is far above her or his
--            own habit is the baselines' matter
-- sv:        Medarbetaren har öppnat uppgifter om ovanligt många personer på kort tid, till stor del utan att något uppdrag förklarar det.
-- key:       actor
-- window:    1
-- benign:    uppföljning, kvalitetsgranskning eller flytt av akter efter beslut; nytt uppdrag som inte registrerats; masshantering inför terminsstart
-- triage:    1 vilket uppdrag hade medarbetaren den dagen?  2 öppnades akterna i en följd, och i en människas takt?  3 exporterades eller skrevs något ut?  4 vid minst 500 personer: bedöm rapportering enligt cybersäkerhetslagen
-- params:    hourly INTEGER (persons in a local hour) = 60; daily INTEGER (persons in a local day) = 200;
--            share INTEGER (per cent of them without explanation) = 50; level INTEGER (lowest K level, and what isn't classified) = 2
-- attack:    T1213
WITH looks AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.local_hour, a.about, a.event_id,
         CASE WHEN NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id) THEN a.about END AS unexplained
  FROM accesses AS a
  WHERE a.about IS NOT NULL AND a.action <> 'search'
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
),
hours AS (
  SELECT actor, local_day, local_hour, count(DISTINCT about) AS subjects
  FROM looks
  GROUP BY actor, local_day, local_hour
  HAVING count(DISTINCT about) > $hourly AND count(DISTINCT unexplained) * 100 >= $share * count(DISTINCT about)
),
days AS (
  SELECT actor, local_day
  FROM looks
  GROUP BY actor, local_day
  HAVING count(DISTINCT about) > $daily AND count(DISTINCT unexplained) * 100 >= $share * count(DISTINCT about)
),
busiest AS (
  SELECT actor, local_day, max(subjects) AS in_an_hour FROM hours GROUP BY actor, local_day
),
found AS (
  SELECT actor, local_day FROM days UNION SELECT actor, local_day FROM hours
)
SELECT l.actor, l.local_day AS day, count(DISTINCT l.about) AS subjects, max(b.in_an_hour) AS in_an_hour,
       count(DISTINCT l.unexplained) AS unexplained,
       list_sort(list(DISTINCT l.event_id) FILTER (WHERE l.unexplained IS NOT NULL AND l.event_id IS NOT NULL)) AS evidence
FROM looks AS l
JOIN found AS f ON f.actor = l.actor AND f.local_day = l.local_day
LEFT JOIN busiest AS b ON b.actor = l.actor AND b.local_day = l.local_day
GROUP BY l.actor, l.local_day
ORDER BY l.actor, l.local_day
