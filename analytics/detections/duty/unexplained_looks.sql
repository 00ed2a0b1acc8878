-- detection: unexplained_looks
-- severity:  low
-- finds:     an employee who takes part of much, or tries to, without any explanation, in a month: who comes back to at
--            least $returned persons on another day, or has at least $many looks, and more than $times times as many as
--            the unit's others on average. A single look says little (a slip, or a row that is missing), and is counted
--            in the share that is explained. Information of confidentiality $level or higher counts, and what isn't
--            classified but about a person; searches that merely list persons, and what robots and integrations do,
--            don't. It is ranked by how many persons the employee came back to
-- sv_finds:  En medarbetare som under en månad tar del av mycket, eller försöker, utan någon förklaring: som återkommer
--            till minst $returned personer en annan dag, eller har minst $many oförklarade åtkomster och mer än $times
--            gånger så många som de andra på enheten har i genomsnitt. En enstaka åtkomst säger lite (ett misstag,
--            eller en registrering som saknas) och räknas i stället i andelen förklarade åtkomster. Uppgifter med
--            konfidentialitet $level eller högre räknas, och oklassade uppgifter om en person. Sökningar som bara visar
--            personer i en träfflista, och vad programrobotar och integrationer gör, räknas inte. Fyndet rangordnas
--            efter hur många personer medarbetaren återkom till.
-- sv:        Medarbetaren har öppnat uppgifter utan att något uppdrag förklarar det.
-- en:        The employee opened information, and no assignment explains it.
-- key:       actor
-- window:    31
-- benign:    the wrong person opened by mistake and closed at once; the assignment, shift or visit isn't registered, or was registered afterwards; a check that a colleague asked for
-- sv_benign: fel person öppnad av misstag och genast stängd; uppdraget, passet eller besöket är inte registrerat eller registrerades i efterhand; avstämning som en kollega bett om
-- triage:    1 follow up the whole unit: where it concerns many, a registration is most often missing  2 a sample: ask the employee what the work needed it for  3 mend the register, and the next access is explained
-- sv_triage: 1 följ upp hela enheten: gäller det många saknas oftast en registrering  2 stickprov: fråga medarbetaren vad behovet i arbetet var  3 rätta registret, så förklaras nästa åtkomst
-- params:    returned INTEGER (persons on at least two days) = 2; many INTEGER (looks in a month) = 10; times INTEGER (times the unit's average) = 3;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH looks AS (
  SELECT a.event_id, a.time, a.about, a.actor_unit, a.proves, a.local_day, coalesce(a.actor_person, lower(a.actor_account)) AS actor,
         date_trunc('month', a.time) AS month_utc
  FROM accesses AS a
  WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND (a.action <> 'search' OR a.proves = 'content')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
),
monthly AS (
  SELECT actor, month_utc, max(actor_unit) AS unit, count(DISTINCT event_id) AS looks FROM looks GROUP BY actor, month_utc
),
-- Whoever works in the unit counts, also with nothing unexplained.
members AS (
  SELECT actor_unit AS unit, date_trunc('month', time) AS month_utc, count(DISTINCT coalesce(actor_person, lower(actor_account))) AS members
  FROM accesses
  WHERE actor_unit IN (SELECT unit FROM monthly WHERE looks >= $many)
  GROUP BY actor_unit, date_trunc('month', time)
),
usual AS (
  SELECT m.actor, m.month_utc, t.looks - m.looks AS looks, greatest(1, n.members - 1) AS others
  FROM monthly AS m
  JOIN (SELECT unit, month_utc, CAST(sum(looks) AS BIGINT) AS looks FROM monthly GROUP BY unit, month_utc) AS t
    ON t.unit = m.unit AND t.month_utc = m.month_utc
  JOIN members AS n ON n.unit = m.unit AND n.month_utc = m.month_utc
  WHERE m.looks >= $many
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
LEFT JOIN usual AS u ON u.actor = l.actor AND u.month_utc = l.month_utc
GROUP BY l.actor, l.month_utc
HAVING coalesce(max(g.returned), 0) >= $returned
    OR (count(DISTINCT l.event_id) >= $many AND count(DISTINCT l.event_id) * coalesce(max(u.others), 1) > $times * coalesce(max(u.looks), 0))
ORDER BY l.actor, min(l.time)
