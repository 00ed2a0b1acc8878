-- question: who_accessed_object
-- asks:     Who did anything with this object in the period, from which unit, and what does each row prove?
-- sv:       Vem har tagit del av eller gjort något med det här objektet under perioden, från vilken enhet, och vad bevisar varje rad?
-- params:   object_id TEXT (the thing's id in its system, or its whole path); system TEXT (only in this system) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  controller TEXT, system TEXT, object_type TEXT, object_id TEXT, object_path TEXT, actor_account TEXT,
--           actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT, proves TEXT, outcome TEXT, events BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   every event on the object, also sign-ins and listings that name it; 'possible' and 'attempt' are shown, never merged with 'content'
-- order:    by all columns but the last two
-- narrow:   time; any object_id
-- limits:   an id is unique within its system only: two systems that use the same id both answer unless `system` is given.
--           A folder or list that shows the object may not name it. No row means "no event in the lake", not "no access".
-- sv_counts: varje händelse på objektet, även inloggningar och listor som anger det; möjlig åtkomst och försök visas för sig
-- sv_limits: ett id är unikt bara i sitt system: två system med samma id svarar båda om inget system anges. En mapp eller lista som
--           visar objektet anger det kanske inte. Ingen rad betyder att ingen händelse finns i sparhund, inte att ingen åtkomst
--           har skett
WITH hits AS (
  SELECT controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, proves, outcome, time
  FROM events
  WHERE object_id = $object_id
  UNION ALL
  SELECT controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, proves, outcome, time
  FROM events
  WHERE object_path = $object_id AND object_id IS DISTINCT FROM $object_id
)
SELECT controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
       action, proves, outcome, count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM hits
WHERE ($system IS NULL OR system = $system)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
GROUP BY controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, proves, outcome
ORDER BY controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, proves, outcome
