-- detection: mass_export
-- severity:  high
-- finds:     an employee who in one day exports, copies or shares more than $things different things at the level, whatever explains them, or more
--            than $unexplained without any explanation. Jobs, duties of systems management and open investigations are left out; refused
--            ones and what a synchronisation merely may have taken don't count
-- sv:        Medarbetaren har exporterat, kopierat eller delat ovanligt mycket känslig information under en dag.
-- key:       actor
-- window:    1
-- benign:    beslutad flytt, gallring eller leverans till arkiv; utlämnande av allmän handling eller av journal till den enskilde; rapport som en chef beställt
-- triage:    1 finns ett beslut eller en begäran om utlämnande?  2 vart gick uppgifterna: egen dator, molnlagring, utanför kommunen?  3 är medarbetaren på väg att sluta?  4 vid minst 500 personer: bedöm rapportering enligt cybersäkerhetslagen och GDPR art. 33
-- params:    things INTEGER (different things in a local day, whatever explains them) = 200;
--            unexplained INTEGER (different things in a local day without any explanation) = 50;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1213
WITH taken AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.about, a.event_id,
         coalesce(a.object_id, a.object_path, a.about, a.event_id) AS thing,
         CASE WHEN NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
              THEN coalesce(a.object_id, a.object_path, a.about, a.event_id) END AS unexplained
  FROM accesses AS a
  WHERE a.action IN ('export', 'copy', 'share')
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
