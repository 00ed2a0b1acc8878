-- detection: other_unit
-- severity:  medium
-- finds:     an employee who goes through sensitive information that only other units are assigned to, or tries to,
--            without any explanation: who in a month comes back to at least $returned objects or persons on another
--            day, or in one day has at least $many, or at least $things beyond those of the one other unit that has
--            most of them. Not whom at least $colleagues of the employee's own unit have a reason for or have
--            documented about: there a row is likely missing; and on days that look like a shift which nobody
--            registered, what is of one other unit doesn't count. Units that the employee has worked in are the matter
--            of the rule on rights from an earlier unit, and fewer looks that of the rule on unexplained looks.
--            Sensitive is what has confidentiality $level or higher, or isn't classified and is about a person;
--            searches that merely list don't count. The finding also shows how many events are of a unit that serves
--            another geographical area. It is ranked by how many objects or persons the employee came back to, and the
--            most in a day beyond the unit that has most of them (a shift that isn't registered leaves none)
-- sv_finds:  En medarbetare som går igenom känsliga uppgifter som bara andra enheter har uppdraget för, eller försöker,
--            utan någon förklaring: som under en månad återkommer en annan dag till minst $returned objekt eller
--            personer, eller som på en dag tar del av minst $many, eller av minst $things utöver dem som hör till den
--            andra enhet som har flest av dem. En person som minst $colleagues på medarbetarens egen enhet har ett skäl
--            att arbeta med, eller har dokumenterat om, räknas inte: där saknas troligen en registrering. Under dagar
--            som liknar ett arbetspass som ingen har registrerat räknas bara det som går utöver en enda annan enhet.
--            Enheter där medarbetaren själv har arbetat prövas av regeln om behörighet från en tidigare enhet, och
--            färre åtkomster av regeln om oförklarade åtkomster. Känsliga är uppgifter med konfidentialitet $level
--            eller högre, och oklassade uppgifter om en person. Sökningar som bara visar en träfflista räknas inte.
--            Fyndet visar också hur många händelser som gäller en enhet i ett annat geografiskt område. Det rangordnas
--            efter hur många objekt eller personer medarbetaren återkom till, och hur många det som mest var på en dag
--            utöver den enhet som har flest (efter ett arbetspass som inte är registrerat återstår inga).
-- sv:        Medarbetaren har gått igenom uppgifter som hör till andra enheter, utan att något uppdrag förklarar det.
-- en:        The employee went through information that belongs to other units, and no assignment explains it.
-- attack:    T1213
-- key:       actor_person
-- window:    31
-- benign:    lent to the other unit or a substitute there, without a row in the rota; collaboration without a registered referral; the case changed unit and the register lags
-- sv_benign: utlånad till eller vikarie på den andra enheten utan inlagd schemarad; samverkan som saknar registrerad remiss; ärendet bytte enhet och registret släpar
-- triage:    1 was the employee lent, or asked by the other unit?  2 how many persons does it concern?  3 should the permission to the other unit remain?
-- sv_triage: 1 var medarbetaren utlånad, eller ombedd av den andra enheten?  2 hur många personer gäller det?  3 ska behörigheten till den andra enheten finnas kvar?
-- params:    returned INTEGER (objects or persons on at least two days) = 2; things INTEGER (objects or persons in a day, beyond one unit's) = 3;
--            many INTEGER (objects or persons in a day) = 10;
--            colleagues INTEGER (of the employee's unit with a reason, or who documented) = 3;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH looks AS (
  SELECT a.event_id, a.time, a.local_day, CASE WHEN a.local_hour < 7 THEN a.local_day - INTERVAL 1 DAY ELSE a.local_day END AS day, a.about, a.actor_person, a.actor_unit, a.proves, a.system, a.object_type, a.object_id, own.unit AS own_unit
  FROM accesses AS a
  LEFT JOIN people AS own
    ON own.person = a.actor_person
   AND a.time >= own.valid_from AND (own.valid_to IS NULL OR a.time < own.valid_to)
  WHERE a.actor_person IS NOT NULL
    AND (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND (a.action <> 'search' OR a.proves = 'content')
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
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
foreign_to AS (
  SELECT l.event_id, min(h.unit) AS other_unit
  FROM looks AS l JOIN held AS h ON h.event_id = l.event_id
  GROUP BY l.event_id
  HAVING count(CASE WHEN h.person = l.actor_person OR h.unit = l.actor_unit OR h.unit = l.own_unit THEN 1 END) = 0
     AND count(h.unit) > 0
),
foreign_looks AS (
  SELECT l.event_id, l.time, l.local_day, l.day, l.about, l.actor_person, l.actor_unit, l.proves, f.other_unit, coalesce(l.about, l.object_id) AS thing,
         date_trunc('month', l.time) AS month_utc, theirs.area <> ours.area AS far
  FROM foreign_to AS f
  JOIN looks AS l ON l.event_id = f.event_id
  LEFT JOIN units AS theirs
    ON theirs.unit = f.other_unit AND l.time >= theirs.valid_from AND (theirs.valid_to IS NULL OR l.time < theirs.valid_to)
  LEFT JOIN units AS ours
    ON ours.unit = coalesce(l.actor_unit, l.own_unit) AND l.time >= ours.valid_from AND (ours.valid_to IS NULL OR l.time < ours.valid_to)
  WHERE coalesce(l.actor_unit, l.own_unit) IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM people AS p WHERE p.person = l.actor_person AND p.unit = f.other_unit AND p.valid_from <= l.time)
),
-- Whom the employee's own unit works with, by what its others have a reason for or have written.
own_work AS (
  SELECT about, actor_unit FROM dealings
  WHERE about IN (SELECT about FROM foreign_looks)
  GROUP BY about, actor_unit HAVING count(DISTINCT actor_person) >= $colleagues
),
strayed AS (
  SELECT l.*
  FROM foreign_looks AS l
  WHERE NOT EXISTS (SELECT 1 FROM own_work AS o WHERE o.about = l.about AND o.actor_unit = l.actor_unit)
),
-- Of each day what the one other unit that has most of it hasn't: a shift that isn't registered leaves nothing.
daily AS (
  SELECT s.actor_person, s.month_utc, s.local_day, count(DISTINCT s.thing) AS things, count(DISTINCT CASE WHEN b.actor IS NULL THEN s.thing END) AS most
  FROM strayed AS s LEFT JOIN blank_days AS b ON b.actor = s.actor_person AND b.day = s.day
  GROUP BY s.actor_person, s.month_utc, s.local_day
),
shared AS (
  SELECT actor_person, month_utc, local_day, max(things) AS things
  FROM (
    SELECT l.actor_person, l.month_utc, l.local_day, h.unit, count(DISTINCT l.thing) AS things
    FROM strayed AS l JOIN held AS h ON h.event_id = l.event_id
    GROUP BY l.actor_person, l.month_utc, l.local_day, h.unit) AS u
  GROUP BY actor_person, month_utc, local_day
),
spread AS (
  SELECT d.actor_person, d.month_utc, max(d.things - s.things) AS things, max(d.most) AS most
  FROM daily AS d
  JOIN shared AS s ON s.actor_person = d.actor_person AND s.month_utc = d.month_utc AND s.local_day = d.local_day
  GROUP BY d.actor_person, d.month_utc
),
again AS (
  SELECT l.actor_person, l.month_utc, count(DISTINCT l.thing) AS returned
  FROM strayed AS l
  JOIN (SELECT s.actor_person, s.thing
        FROM strayed AS s
        WHERE NOT EXISTS (SELECT 1 FROM blank_days AS b WHERE b.actor = s.actor_person AND b.day = s.day)
        GROUP BY s.actor_person, s.thing HAVING count(DISTINCT s.day) > 1) AS r
    ON r.actor_person = l.actor_person AND r.thing = l.thing
  GROUP BY l.actor_person, l.month_utc
)
SELECT l.actor_person, min(l.other_unit) AS other_unit, count(DISTINCT l.other_unit) AS units, count(DISTINCT l.about) AS subjects,
       coalesce(max(g.returned), 0) AS returned, coalesce(max(d.things), 0) AS beyond,
       coalesce(max(g.returned), 0) + coalesce(max(d.things), 0) AS telling, count(DISTINCT l.local_day) AS days, count(DISTINCT CASE WHEN l.far THEN l.event_id END) AS far,
       count(DISTINCT l.event_id) AS events,
       count(DISTINCT CASE WHEN l.proves = 'content' THEN l.event_id END) AS content,
       list_sort(list(DISTINCT l.event_id) FILTER (WHERE l.event_id IS NOT NULL)) AS evidence
FROM strayed AS l
LEFT JOIN again AS g ON g.actor_person = l.actor_person AND g.month_utc = l.month_utc
LEFT JOIN spread AS d ON d.actor_person = l.actor_person AND d.month_utc = l.month_utc
GROUP BY l.actor_person, l.month_utc
HAVING max(g.returned) >= $returned OR max(d.things) >= $things OR max(d.most) >= $many
ORDER BY l.actor_person, min(l.time)
