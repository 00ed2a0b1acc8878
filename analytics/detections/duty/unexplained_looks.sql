-- detection: unexplained_looks
-- severity:  low
-- finds:     what an employee took part of in a month, or tried to, without any explanation, together: about a person, or at the level. One
--            finding however many, since a single look says little; searches that merely list persons don't count. telling = how many
--            persons the employee came back to on another day
-- sv:        Medarbetaren har öppnat uppgifter utan att något uppdrag förklarar det.
-- key:       actor
-- window:    31
-- benign:    fel person öppnad av misstag och genast stängd; uppdraget, passet eller besöket är inte registrerat eller registrerades i efterhand; avstämning som en kollega bett om
-- triage:    1 följ upp hela enheten: gäller det många saknas oftast en registrering  2 stickprov: fråga medarbetaren vad behovet i arbetet var  3 rätta registret, så förklaras nästa åtkomst
-- params:    level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH looks AS (
  SELECT a.event_id, a.time, a.about, a.proves, a.local_day, coalesce(a.actor_person, lower(a.actor_account)) AS actor,
         date_trunc('month', a.time) AS month_utc
  FROM accesses AS a
  WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND (a.action <> 'search' OR a.proves = 'content')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
),
again AS (
  SELECT l.actor, l.month_utc, count(DISTINCT l.about) AS returned
  FROM looks AS l
  JOIN (SELECT actor, about FROM looks GROUP BY actor, about HAVING count(DISTINCT local_day) > 1) AS r
    ON r.actor = l.actor AND r.about = l.about
  GROUP BY l.actor, l.month_utc
)
SELECT l.actor, count(DISTINCT l.local_day) AS days, count(DISTINCT l.about) AS subjects, coalesce(max(g.returned), 0) AS telling,
       count(DISTINCT l.event_id) AS events,
       count(DISTINCT CASE WHEN l.proves = 'content' THEN l.event_id END) AS content,
       list_sort(list(DISTINCT l.event_id) FILTER (WHERE l.event_id IS NOT NULL)) AS evidence
FROM looks AS l
LEFT JOIN again AS g ON g.actor = l.actor AND g.month_utc = l.month_utc
GROUP BY l.actor, l.month_utc
ORDER BY l.actor, min(l.time)
