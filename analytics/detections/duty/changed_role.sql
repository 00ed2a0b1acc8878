-- detection: changed_role
-- severity:  medium
-- finds:     an employee who, more than $days days after leaving a unit, takes part of sensitive information that this
--            unit is assigned to, and neither the employee nor the present unit is, or tries to, without any
--            explanation but that of having documented there or been assigned before. Sensitive is what has
--            confidentiality $level or higher, or isn't classified and is about a person. Searches that merely list
--            don't count
-- sv_finds:  En medarbetare som mer än $days dagar efter att ha lämnat en enhet tar del av, eller försöker ta del av,
--            känsliga uppgifter som den enheten har uppdraget för men varken medarbetaren själv eller den nuvarande
--            enheten, utan annan förklaring än att medarbetaren tidigare har dokumenterat där eller haft uppdraget.
--            Känsliga är uppgifter med konfidentialitet $level eller högre, och oklassade uppgifter om en person.
--            Sökningar som bara visar en träfflista räknas inte.
-- sv:        Medarbetaren har använt behörighet från sin tidigare enhet, en tid efter bytet och utan uppdrag där.
-- en:        The employee used rights from an earlier unit, some time after leaving it and with no assignment there.
-- attack:    T1078
-- key:       actor_person, former_unit
-- window:    31
-- benign:    a handover that has taken long; the employee steps in at the former unit without a row in the rota; the change is wrongly registered
-- sv_benign: överlämning som dragit ut på tiden; medarbetaren hoppar in på sin gamla enhet utan inlagd schemarad; bytet är felaktigt registrerat
-- triage:    1 when was the change, and why is the permission still there? have it taken away  2 did the former unit ask for help?  3 which persons does it concern, and does the employee know any of them?
-- sv_triage: 1 när skedde bytet, och varför finns behörigheten kvar? beställ bort den  2 bad den tidigare enheten om hjälp?  3 vilka personer gäller det, och är någon bekant till medarbetaren?
-- params:    days INTEGER (days after the change) = 14; level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH looks AS (
  SELECT a.event_id, a.time, a.about, a.actor_person, a.actor_unit, a.proves, a.system, a.object_type, a.object_id, own.unit AS own_unit
  FROM accesses AS a
  LEFT JOIN people AS own
    ON own.person = a.actor_person
   AND a.time >= own.valid_from AND (own.valid_to IS NULL OR a.time < own.valid_to)
  WHERE a.actor_person IS NOT NULL
    AND (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND (a.action <> 'search' OR a.proves = 'content')
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id AND x.explanation <> 'follow_up')
),
held AS (
  SELECT c.event_id, s.person, coalesce(s.unit, p.unit) AS unit
  FROM looks AS c
  JOIN assignments AS s
    ON s.object_id = c.object_id AND s.system = c.system
   AND (s.object_type IS NULL OR s.object_type = c.object_type)
   AND c.time >= s.valid_from AND (s.valid_to IS NULL OR c.time < s.valid_to)
  LEFT JOIN people AS p
    ON p.person = s.person AND c.time >= p.valid_from AND (p.valid_to IS NULL OR c.time < p.valid_to)
  UNION ALL
  SELECT c.event_id, s.person, coalesce(s.unit, p.unit) AS unit
  FROM looks AS c
  JOIN assignments AS s
    ON s.subject = c.about AND s.object_id IS NULL
   AND (s.system IS NULL OR s.system = c.system)
   AND (s.object_type IS NULL OR s.object_type = c.object_type)
   AND c.time >= s.valid_from AND (s.valid_to IS NULL OR c.time < s.valid_to)
  LEFT JOIN people AS p
    ON p.person = s.person AND c.time >= p.valid_from AND (p.valid_to IS NULL OR c.time < p.valid_to)
),
moved AS (
  SELECT l.event_id, f.unit AS former_unit, max(f.valid_to) AS left_utc
  FROM looks AS l
  JOIN people AS f ON f.person = l.actor_person AND f.valid_to + $days * INTERVAL 1 DAY <= l.time
  WHERE f.unit IS NOT NULL AND f.unit <> l.own_unit
    AND NOT EXISTS (
      SELECT 1 FROM people AS p
      WHERE p.person = l.actor_person AND p.unit = f.unit AND p.valid_from <= l.time
        AND (p.valid_to IS NULL OR p.valid_to + $days * INTERVAL 1 DAY > l.time))
  GROUP BY l.event_id, f.unit
),
theirs AS (
  SELECT l.event_id, m.former_unit, max(m.left_utc) AS left_utc
  FROM looks AS l
  JOIN moved AS m ON m.event_id = l.event_id
  JOIN held AS h ON h.event_id = l.event_id
  GROUP BY l.event_id, m.former_unit
  HAVING count(CASE WHEN h.unit = m.former_unit THEN 1 END) > 0
     AND count(CASE WHEN h.person = l.actor_person OR h.unit = l.actor_unit OR h.unit = l.own_unit THEN 1 END) = 0
)
SELECT l.actor_person, t.former_unit, max(t.left_utc) AS left_utc, count(DISTINCT l.about) AS subjects,
       count(DISTINCT l.event_id) AS events,
       count(DISTINCT CASE WHEN l.proves = 'content' THEN l.event_id END) AS content,
       list_sort(list(DISTINCT l.event_id) FILTER (WHERE l.event_id IS NOT NULL)) AS evidence
FROM theirs AS t JOIN looks AS l ON l.event_id = t.event_id
GROUP BY l.actor_person, t.former_unit, date_trunc('month', l.time)
ORDER BY l.actor_person, t.former_unit, min(l.time)
