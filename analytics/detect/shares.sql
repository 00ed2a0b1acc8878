-- How much of what needs an explanation has one, by unit, system and level, and how much each explanation covers.
--
-- reads:   accesses (an event once for each person that it is about), explained (an event once for each row it rests on)
-- counts:  each event once: of a known person or account, that is about a person or whose asset has konfidentialitet 2 or more
-- returns: analytics.detect.shares.SHARES. The row without an explanation has all accesses of its group and those that any
--          explanation covers; a row with one has those that it covers. An event may have several, so they don't add up.
-- order:   by all columns but the numbers, NULL first
WITH wanting AS (
  SELECT DISTINCT event_id, actor_unit AS unit, system, k
  FROM accesses
  WHERE (about IS NOT NULL OR k >= 2) AND (actor_person IS NOT NULL OR actor_account IS NOT NULL)
),
covered AS (
  SELECT DISTINCT event_id, explanation FROM explained
)
SELECT w.unit, w.system, w.k, CAST(NULL AS VARCHAR) AS explanation, count(*) AS accesses, count(c.event_id) AS explained
FROM wanting AS w
LEFT JOIN (SELECT DISTINCT event_id FROM covered) AS c ON c.event_id = w.event_id
GROUP BY w.unit, w.system, w.k
UNION ALL
SELECT w.unit, w.system, w.k, c.explanation, CAST(NULL AS BIGINT) AS accesses, count(*) AS explained
FROM wanting AS w
JOIN covered AS c ON c.event_id = w.event_id
GROUP BY w.unit, w.system, w.k, c.explanation
ORDER BY unit NULLS FIRST, system NULLS FIRST, k NULLS FIRST, explanation NULLS FIRST
