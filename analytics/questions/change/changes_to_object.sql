-- question: changes_to_object
-- asks:     Which changes were made to this object, when and by whom, with the values before and after where the source tells?
-- sv:       Vilka ändringar har gjorts av det här objektet, när och av vem, med värdena före och efter där källan berättar det?
-- params:   object_id TEXT (the thing's id in its system, or its whole path); system TEXT (only in this system) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, controller TEXT, system TEXT, object_type TEXT, object_id TEXT, object_path TEXT,
--           actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT, outcome TEXT, proves TEXT,
--           field TEXT, before TEXT, after TEXT, event_id TEXT
-- actions:  create, update, delete, sign, share, grant, revoke
-- counts:   a row for each field that an event changed, and one row without field for an event whose source doesn't say which;
--           failed attempts are shown with their outcome
-- order:    by time, event, field and values
-- narrow:   time; any object_id
-- limits:   before and after are what the source wrote, not what the object holds; most sources write neither. A change made
--           beneath the system (in its database or on its file share) has another id there and isn't found by this one.
-- sv_counts: en rad för varje fält som en händelse ändrade, och en rad utan fält där källan inte säger vilket; försök som
--           misslyckades visas med sitt utfall
-- sv_limits: före och efter är vad källan skrev, inte vad objektet innehåller; de flesta källor skriver ingetdera. En ändring
--           direkt i databasen eller på filservern har ett annat id där och finns inte här
WITH hits AS (
  SELECT time, controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, outcome, proves, changes, event_id
  FROM events
  WHERE object_id = $object_id
  UNION ALL
  SELECT time, controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, outcome, proves, changes, event_id
  FROM events
  WHERE object_path = $object_id AND object_id IS DISTINCT FROM $object_id
),
changing AS (
  SELECT time, controller, system, object_type, object_id, object_path, actor_account, actor_domain, actor_person, actor_unit,
         action, outcome, proves, changes, event_id
  FROM hits
  WHERE action IN ('create', 'update', 'delete', 'sign', 'share', 'grant', 'revoke')
    AND ($system IS NULL OR system = $system)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
),
fields AS (
  SELECT event_id, unnest(changes) AS change
  FROM changing
)
SELECT c.time AS time_utc, c.controller, c.system, c.object_type, c.object_id, c.object_path, c.actor_account, c.actor_domain,
       c.actor_person, c.actor_unit, c.action, c.outcome, c.proves, f.change.field AS field, f.change.before AS before,
       f.change.after AS after, c.event_id
FROM changing AS c LEFT JOIN fields AS f ON f.event_id = c.event_id
ORDER BY time_utc, c.event_id, field, before, after
