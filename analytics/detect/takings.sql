-- How much sensitive information each employee takes out in a local day, by `way`: print (on paper), or export (also copied or shared).
-- Sensitive: of K level 2 and up, or about a person where nothing is classified. Refused ones and what a synchronisation merely may have taken
-- don't count; nor do jobs, duties of systems management and open investigations.
--
-- things: different ones; unexplained: those that nothing explains; impersonal: those that at most the unit's work explains (its assignment,
-- shift, responsibility, contact or documents). What explains one look, that the unit works with the person or met her, explains no pile
-- of paper: so it is held against what is usual: the most that the employee, or anybody of the unit, took so on a day of the thirty before.
-- Portable, since detections rest on it.
CREATE OR REPLACE TEMP VIEW takings AS
WITH taken AS (
  SELECT CASE WHEN a.action = 'print' THEN 'print' ELSE 'export' END AS way, coalesce(a.actor_person, lower(a.actor_account)) AS actor,
         a.local_day, a.actor_unit, a.about, a.event_id, coalesce(a.object_id, a.object_path, a.about, a.event_id) AS thing,
         NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id) AS unexplained,
         NOT EXISTS (SELECT 1 FROM pile_reasons AS p WHERE p.event_id = a.event_id) AS impersonal
  FROM accesses AS a
  WHERE a.action IN ('export', 'copy', 'share', 'print')
    AND a.outcome IS DISTINCT FROM 'failure' AND a.proves IS DISTINCT FROM 'possible'
    AND (a.k >= 2 OR (a.k IS NULL AND a.about IS NOT NULL))
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id AND x.relation IN ('jobs', 'duties', 'investigations'))
),
daily AS (
  SELECT way, actor, local_day, max(actor_unit) AS unit, count(DISTINCT thing) AS things,
         count(DISTINCT CASE WHEN unexplained THEN thing END) AS unexplained,
         count(DISTINCT CASE WHEN impersonal THEN thing END) AS impersonal,
         count(DISTINCT about) AS subjects, count(DISTINCT event_id) AS events,
         list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
  FROM taken
  GROUP BY way, actor, local_day
)
SELECT d.*, coalesce((
         SELECT max(o.impersonal) FROM daily AS o
         WHERE o.way = d.way AND (o.actor = d.actor OR o.unit = d.unit)
           AND o.local_day < d.local_day AND o.local_day >= d.local_day - INTERVAL 30 DAY), 0) AS usual
FROM daily AS d;
