-- question: what_changed
-- asks:     What was changed in this period, by whom, with the values before and after where the source tells?
-- sv:       Vad har ändrats under perioden, av vem, och vad stod det före och efter där källan berättar det?
-- params:   start, stop TIMESTAMPTZ (start <= time < stop); system TEXT (only in this system) = NULL;
--           asset TEXT (only of this information asset) = NULL; controller TEXT (only of this nämnd or company) = NULL
-- returns:  time_utc TIMESTAMPTZ, controller TEXT, system TEXT, asset TEXT, r INTEGER, actor_account TEXT, actor_domain TEXT,
--           actor_person TEXT, actor_unit TEXT, action TEXT, outcome TEXT, proves TEXT, object_type TEXT, object_id TEXT,
--           object_path TEXT, target_account TEXT, target_group TEXT, field TEXT, before TEXT, after TEXT, event_id TEXT
-- actions:  create, update, delete, sign, share, grant, revoke, account_create, account_change, account_delete, config_change, log_clear
-- counts:   a row for each field that an event changed, and one row without field for an event whose source doesn't say which;
--           failed attempts are shown with their outcome
-- order:    by time, event, field and values
-- narrow:   time
-- limits:   before and after are what the source wrote; most sources write neither. `asset` and `controller` find only what the
--           asset register could place.
-- sv_counts: en rad för varje fält som en händelse ändrade, och en rad utan fält där källan inte säger vilket; försök som
--           misslyckades visas med sitt utfall
-- sv_limits: före och efter är vad källan skrev; de flesta källor skriver ingetdera. Tillgång och personuppgiftsansvarig hittar
--           bara det som klassningen kunde placera
WITH changing AS (
  SELECT time, controller, system, asset, r, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves,
         object_type, object_id, object_path, target_account, target_group, changes, event_id
  FROM events
  WHERE time >= $start AND time < $stop
    AND action IN ('create', 'update', 'delete', 'sign', 'share', 'grant', 'revoke', 'account_create', 'account_change',
                   'account_delete', 'config_change', 'log_clear')
    AND ($system IS NULL OR system = $system) AND ($asset IS NULL OR asset = $asset)
    AND ($controller IS NULL OR controller = $controller)
),
fields AS (
  SELECT event_id, unnest(changes) AS change
  FROM changing
)
SELECT c.time AS time_utc, c.controller, c.system, c.asset, c.r, c.actor_account, c.actor_domain, c.actor_person, c.actor_unit,
       c.action, c.outcome, c.proves, c.object_type, c.object_id, c.object_path, c.target_account, c.target_group,
       f.change.field AS field, f.change.before AS before, f.change.after AS after, c.event_id
FROM changing AS c LEFT JOIN fields AS f ON f.event_id = c.event_id
ORDER BY time_utc, c.event_id, field, before, after
