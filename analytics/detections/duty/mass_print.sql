-- detection: mass_print
-- severity:  medium
-- finds:     an employee who in one day prints more than $things different things at the level, whatever explains them; more than $unexplained
--            without any explanation; or more than $impersonal that at most the unit's work explains (its assignment, shift, responsibility, contact or
--            documents), and more than $times times what the employee and the unit's others printed so on any of the $days days before. Jobs,
--            duties of systems management and open investigations are left out; refused ones don't count
-- sv:        Medarbetaren har skrivit ut ovanligt mycket känslig information under en dag.
-- key:       actor
-- window:    31
-- benign:    utskick av beslut eller kallelser; pärm inför driftstopp eller reservrutin; utlämnande av allmän handling
-- triage:    1 vilket utskick eller vilken begäran gällde det?  2 vilken skrivare, och hämtades utskrifterna?  3 var finns papperen nu?
-- params:    things INTEGER (different things in a local day, whatever explains them) = 100;
--            unexplained INTEGER (different things in a local day without any explanation) = 20;
--            impersonal INTEGER (different things in a local day without a reason of the employee's own) = 15;
--            times INTEGER (times the usual) = 3; days INTEGER (days before) = 30;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1052

-- What explains one look, that the unit works with the person or met her, explains no pile of paper: so it is held against what is usual.
WITH taken AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.actor_unit, a.about, a.event_id,
         coalesce(a.object_id, a.object_path, a.about, a.event_id) AS thing,
         CASE WHEN NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
              THEN coalesce(a.object_id, a.object_path, a.about, a.event_id) END AS unexplained,
         CASE WHEN NOT EXISTS (
                SELECT 1 FROM explained AS x
                WHERE x.event_id = a.event_id AND x.explanation NOT IN ('contact', 'follow_up', 'rota', 'unit_assignment', 'unit_responsibility'))
              THEN coalesce(a.object_id, a.object_path, a.about, a.event_id) END AS impersonal
  FROM accesses AS a
  WHERE a.action = 'print'
    AND a.outcome IS DISTINCT FROM 'failure' AND a.proves IS DISTINCT FROM 'possible'
    AND (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id AND x.relation IN ('jobs', 'duties', 'investigations'))
),
daily AS (
  SELECT actor, local_day, max(actor_unit) AS unit, count(DISTINCT thing) AS things, count(DISTINCT unexplained) AS unexplained,
         count(DISTINCT impersonal) AS impersonal, count(DISTINCT about) AS subjects, count(DISTINCT event_id) AS events,
         list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
  FROM taken
  GROUP BY actor, local_day
),
usual AS (
  SELECT d.actor, d.local_day, max(o.impersonal) AS most
  FROM daily AS d
  JOIN daily AS o
    ON (o.actor = d.actor OR o.unit = d.unit) AND o.local_day < d.local_day AND o.local_day >= d.local_day - $days * INTERVAL 1 DAY
  WHERE d.impersonal > $impersonal
  GROUP BY d.actor, d.local_day
)
SELECT d.actor, d.local_day AS day, d.things, d.unexplained, d.impersonal, coalesce(u.most, 0) AS usual, d.subjects, d.events, d.evidence
FROM daily AS d LEFT JOIN usual AS u ON u.actor = d.actor AND u.local_day = d.local_day
WHERE d.things > $things OR d.unexplained > $unexplained OR (d.impersonal > $impersonal AND d.impersonal > $times * coalesce(u.most, 0))
ORDER BY d.actor, d.local_day
