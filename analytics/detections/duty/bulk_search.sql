-- detection: bulk_search
-- severity:  medium
-- finds:     an employee who in one day makes more than $searches searches in sensitive information without any explanation, or has more
--            than $persons different persons listed by them; refused ones count
-- sv:        Medarbetaren har gjort ovanligt många sökningar bland känsliga uppgifter under en dag utan att något uppdrag förklarar det.
-- key:       actor
-- window:    1
-- benign:    registervård, statistik eller migrering efter beslut; kontaktcenter utan registrerat uppdrag
-- triage:    1 vilket uppdrag hade medarbetaren den dagen?  2 söktes i en följd (personnummer, adresser, klasser)?  3 exporterades eller skrevs något ut efteråt?  4 är det en människa? kontrollera takt och klient
-- params:    searches INTEGER (searches in a local day) = 150; persons INTEGER (different persons listed) = 300;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1213
SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day AS day, count(DISTINCT a.time) AS searches,
       count(DISTINCT a.about) AS subjects, count(DISTINCT a.event_id) AS events,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
WHERE a.action = 'search'
  AND (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
  AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
  AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
GROUP BY coalesce(a.actor_person, lower(a.actor_account)), a.local_day
HAVING count(DISTINCT a.time) > $searches OR count(DISTINCT a.about) > $persons
ORDER BY actor, a.local_day
