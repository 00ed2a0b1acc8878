-- question: events_about
-- asks:     Which events are about this person: by whom, on what, where, when and with which outcome?
-- sv:       Vilka händelser gäller den här personen: av vem, på vad, var, när och med vilket utfall?
-- params:   subject TEXT (the person's token, or `-` to read the personal number from standard input);
--           found_by TEXT (subject or object) = NULL; actor_person TEXT = NULL; actor_account TEXT = NULL; actor_domain TEXT = NULL;
--           actor_unit TEXT = NULL; action TEXT = NULL; outcome TEXT = NULL; proves TEXT = NULL; controller TEXT = NULL;
--           system TEXT = NULL; asset TEXT = NULL; k INTEGER = NULL; object_type TEXT = NULL; object_id TEXT = NULL; object_path TEXT = NULL;
--           stated_purpose TEXT (as the record spells it) = NULL; src_ip TEXT = NULL;
--           lacks TEXT (names of these that the record doesn't tell, with commas between) = NULL;
--           local_weekday INTEGER (1 = Monday) = NULL; local_hour INTEGER (of Sweden's clock) = NULL;
--           outside_hours BOOLEAN (only what isn't Monday to Friday from 06 until 18 by Sweden's clock) = false;
--           own BOOLEAN (also those who asked sparhund about the person) = false;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  found_by TEXT, time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, target_account TEXT, src_ip TEXT, src_host TEXT, device TEXT, source TEXT, purpose TEXT, event_id TEXT
-- counts:   each event once: those that name the person (found_by 'subject'), and those without a named person on an object that is
--           known to be about the person then (found_by 'object'); of them those that have every value that is given, spelt exactly so.
--           What was asked of sparhund itself about the person is listed only with `own`
-- narrow:   time; any subject via object_subject
-- order:    the latest first, then by event
-- limits:   a log that names only a case is found through the table object_subject alone. No row means "no event in the lake",
--           not "no access": the completeness statement says what was logged
-- sv_counts: varje händelse en gång: de som anger personen, och de som inte anger någon person men gäller ett objekt som då är känt
--           för att handla om personen; av dem de som har alla angivna värden, stavade precis så. Det som sparhund
--           självt har tillfrågats om personen listas bara när det väljs
-- sv_limits: en logg som bara anger ett ärende hittas bara om det är känt vem ärendet handlar om. Ingen rad betyder att ingen
--           händelse finns i sparhund, inte att ingen åtkomst har skett
WITH on_things AS (
  SELECT DISTINCT e.time, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves,
         e.controller, e.system, e.asset, e.k, e.object_type, e.object_id, e.object_path, e.target_account, e.src_ip,
         e.src_host, e.device, e.source, e.purpose, e.local_day, e.local_weekday, e.local_hour, e.event_id
  FROM events AS e
  JOIN object_subject AS t
    ON t.object_id = e.object_id AND t.system = e.system AND (t.object_type IS NULL OR t.object_type = e.object_type)
    AND e.time >= t.valid_from AND (t.valid_to IS NULL OR e.time < t.valid_to)
  WHERE t.subject = $subject AND e.subject IS NULL
),
hits AS (
  SELECT 'subject' AS found_by, time, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system,
         asset, k, object_type, object_id, object_path, target_account, src_ip, src_host, device, source, purpose, local_day,
         local_weekday, local_hour, event_id
  FROM events
  WHERE subject = $subject
  UNION ALL
  SELECT 'object' AS found_by, time, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system,
         asset, k, object_type, object_id, object_path, target_account, src_ip, src_host, device, source, purpose, local_day,
         local_weekday, local_hour, event_id
  FROM on_things
)
SELECT found_by, time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves,
       controller, system, asset, k, object_type, object_id, object_path, target_account, src_ip, src_host, device, source,
       purpose, event_id
FROM hits
WHERE ($found_by IS NULL OR found_by = $found_by)
  AND ($controller IS NULL OR controller = $controller)
  AND ($system IS NULL OR system = $system)
  AND ($asset IS NULL OR asset = $asset)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($actor_domain IS NULL OR actor_domain = $actor_domain)
  AND ($actor_person IS NULL OR actor_person = $actor_person)
  AND ($actor_unit IS NULL OR actor_unit = $actor_unit)
  AND ($action IS NULL OR action = $action)
  AND ($proves IS NULL OR proves = $proves)
  AND ($outcome IS NULL OR outcome = $outcome)
  AND ($k IS NULL OR k = $k)
  AND ($object_type IS NULL OR object_type = $object_type)
  AND ($object_id IS NULL OR object_id = $object_id)
  AND ($object_path IS NULL OR object_path = $object_path)
  AND ($stated_purpose IS NULL OR purpose = $stated_purpose)
  AND ($src_ip IS NULL OR src_ip = $src_ip)
  AND ($lacks IS NULL OR (
        (NOT contains(',' || $lacks || ',', ',actor_person,') OR actor_person IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_account,') OR actor_account IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_domain,') OR actor_domain IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_unit,') OR actor_unit IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',action,') OR action IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',outcome,') OR outcome IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',proves,') OR proves IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',controller,') OR controller IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',system,') OR system IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',asset,') OR asset IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',k,') OR k IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',object_type,') OR object_type IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',object_id,') OR object_id IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',object_path,') OR object_path IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',stated_purpose,') OR purpose IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',src_ip,') OR src_ip IS NULL)))
  AND ($local_weekday IS NULL OR local_weekday = $local_weekday)
  AND ($local_hour IS NULL OR local_hour = $local_hour)
  AND (NOT $outside_hours OR local_weekday >= 6 OR local_hour < 6 OR local_hour >= 18)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  AND ($own OR source IS DISTINCT FROM 'sparhund')
ORDER BY time_utc DESC, event_id
