-- detection: outside_hours
-- severity:  low
-- finds:     access, or an attempt, without any explanation to sensitive information outside office hours, at a weekend or on a holiday, by
--            somebody who has no shift then or within $margin minutes of it
-- sv:        Medarbetaren har öppnat känsliga uppgifter utanför kontorstid och utanför sitt schema, utan att något uppdrag förklarar det.
-- key:       actor
-- window:    31
-- benign:    övertid, beredskap eller bytt pass som inte lagts in; flextid; dokumentation efter arbetsdagens slut
-- triage:    1 var medarbetaren i tjänst, inringd eller hade bytt pass?  2 varifrån skedde åtkomsten?  3 vilka personer öppnades, och är någon bekant?
-- params:    from_hour INTEGER (local hour at which office hours begin) = 6; to_hour INTEGER (local hour at which they end) = 19;
--            margin INTEGER (minutes before and after a shift) = 60; level INTEGER (lowest K level, and what isn't classified but about a person) = 2
SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, count(DISTINCT a.local_day) AS days,
       count(DISTINCT a.about) AS subjects, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
LEFT JOIN calendar AS c ON c.day = a.local_day
WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
  AND (c.holiday IS NOT NULL OR a.local_weekday >= 6 OR a.local_hour < $from_hour OR a.local_hour >= $to_hour)
  AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
  AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
  AND NOT EXISTS (
    SELECT 1 FROM rota AS r
    WHERE r.person = a.actor_person
      AND a.time >= r.valid_from - $margin * INTERVAL 1 MINUTE
      AND (r.valid_to IS NULL OR a.time < r.valid_to + $margin * INTERVAL 1 MINUTE))
GROUP BY coalesce(a.actor_person, lower(a.actor_account)), date_trunc('month', a.time)
ORDER BY actor, min(a.time)
