-- detection: colleague_access
-- severity:  medium
-- finds:     an employee who takes part of the record of a colleague in the same unit, of the nearest manager or of somebody whom she or
--            he manages, or tries to, without being the one assigned, met, deputising or investigating. A search that merely lists the
--            person doesn't count
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om en kollega, sin chef eller en underställd utan eget uppdrag.
-- key:       actor_person, about
-- window:    31
-- benign:    chefens egen handläggning av rehabilitering eller löneärende; kollega som också är förälder eller anhörig till en brukare på enheten; HR- och lönehandläggning
-- triage:    1 vilket system, och är det avsett för chef eller HR?  2 fanns ett ärende om kollegan?  3 pågår en konflikt i arbetsgruppen? ta det med HR  4 kollegan har rätt till samma skydd som andra: menprövning, eventuell polisanmälan för dataintrång
-- params:    level INTEGER (lowest K level, and what isn't classified) = 2
WITH staff AS (
  SELECT a.event_id, a.time, a.actor_person, a.about, a.proves,
         CASE WHEN other.person IN (own.manager, ours.manager) THEN 'manager'
              WHEN own.person IN (other.manager, theirs.manager) THEN 'managed'
              WHEN other.unit = own.unit THEN 'unit'
              WHEN other.unit = a.actor_unit THEN 'unit' END AS tie
  FROM accesses AS a
  JOIN subjects AS s
    ON s.subject = a.about AND s.person IS NOT NULL
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  JOIN people AS other
    ON other.person = s.person AND other.person <> a.actor_person
   AND a.time >= other.valid_from AND (other.valid_to IS NULL OR a.time < other.valid_to)
  JOIN people AS own
    ON own.person = a.actor_person
   AND a.time >= own.valid_from AND (own.valid_to IS NULL OR a.time < own.valid_to)
  LEFT JOIN units AS ours
    ON ours.unit = own.unit AND a.time >= ours.valid_from AND (ours.valid_to IS NULL OR a.time < ours.valid_to)
  LEFT JOIN units AS theirs
    ON theirs.unit = other.unit AND a.time >= theirs.valid_from AND (theirs.valid_to IS NULL OR a.time < theirs.valid_to)
  WHERE coalesce(a.k, $level) >= $level
    AND (a.action <> 'search' OR a.proves = 'content')
),
found AS (
  SELECT event_id, time, actor_person, about, proves, tie FROM staff WHERE tie IS NOT NULL
),
reasons AS (
  SELECT x.event_id, x.row_id FROM explained AS x WHERE x.event_id IN (SELECT event_id FROM found)
),
personally AS (
  SELECT x.event_id, s.person FROM reasons AS x JOIN assignments AS s ON s.row_id = x.row_id
  UNION ALL
  SELECT x.event_id, c.person FROM reasons AS x JOIN contacts AS c ON c.row_id = x.row_id
  UNION ALL
  SELECT x.event_id, d.person FROM reasons AS x JOIN delegations AS d ON d.row_id = x.row_id
  UNION ALL
  SELECT x.event_id, i.person FROM reasons AS x JOIN investigations AS i ON i.row_id = x.row_id
)
SELECT a.actor_person, a.about, list_sort(list(DISTINCT a.tie) FILTER (WHERE a.tie IS NOT NULL)) AS ties,
       count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM found AS a
WHERE NOT EXISTS (SELECT 1 FROM personally AS p WHERE p.event_id = a.event_id AND p.person = a.actor_person)
GROUP BY a.actor_person, a.about, date_trunc('month', a.time)
ORDER BY a.actor_person, a.about, min(a.time)
