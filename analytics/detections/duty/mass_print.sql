-- detection: mass_print
-- severity:  medium
-- finds:     an employee who in one day prints more than $things different things at the level, whatever explains them, or more than $unexplained
--            without any explanation. Jobs, duties of systems management and open investigations are left out; refused ones don't count
-- sv:        Medarbetaren har skrivit ut ovanligt mycket känslig information under en dag.
-- key:       actor
-- window:    1
-- benign:    utskick av beslut eller kallelser; pärm inför driftstopp eller reservrutin; utlämnande av allmän handling
-- triage:    1 vilket utskick eller vilken begäran gällde det?  2 vilken skrivare, och hämtades utskrifterna?  3 var finns papperen nu?
-- params:    things INTEGER (different things in a local day, whatever explains them) = 100;
--            unexplained INTEGER (different things in a local day without any explanation) = 20;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1052
WITH taken AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.about, a.event_id,
         coalesce(a.object_id, a.object_path, a.about, a.event_id) AS thing,
         CASE WHEN NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
              THEN coalesce(a.object_id, a.object_path, a.about, a.event_id) END AS unexplained
  FROM accesses AS a
  WHERE a.action = 'print'
    AND a.outcome IS DISTINCT FROM 'failure' AND a.proves IS DISTINCT FROM 'possible'
    AND (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id AND x.relation IN ('jobs', 'duties', 'investigations'))
)
SELECT actor, local_day AS day, count(DISTINCT thing) AS things, count(DISTINCT unexplained) AS unexplained,
       count(DISTINCT about) AS subjects, count(DISTINCT event_id) AS events,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM taken
GROUP BY actor, local_day
HAVING count(DISTINCT thing) > $things OR count(DISTINCT unexplained) > $unexplained
ORDER BY actor, local_day
