-- question: events
-- asks:     Which events are there of this kind: by whom, on what, where, when and with which outcome?
-- sv:       Vilka händelser finns av det här slaget: av vem, på vad, var, när och med vilket utfall?
-- params:   actor_person TEXT = NULL; actor_account TEXT = NULL; actor_domain TEXT = NULL; actor_unit TEXT = NULL; actor_kind TEXT = NULL;
--           action TEXT = NULL; outcome TEXT = NULL; proves TEXT = NULL; controller TEXT = NULL; system TEXT = NULL; asset TEXT = NULL;
--           k INTEGER = NULL; r INTEGER = NULL; t INTEGER = NULL; object_type TEXT = NULL; object_id TEXT = NULL; object_path TEXT = NULL; subject TEXT (token) = NULL;
--           target_account TEXT = NULL; src_ip TEXT = NULL; src_host TEXT = NULL; device TEXT = NULL; source TEXT = NULL;
--           local_weekday INTEGER (1 = Monday) = NULL; local_hour INTEGER (of Sweden's clock) = NULL;
--           outside_hours BOOLEAN (only what isn't Monday to Friday from 06 until 18 by Sweden's clock) = false;
--           reads BOOLEAN (only what reads, searches, exports or prints) = false; undenied BOOLEAN (not what failed) = false;
--           level INTEGER (lowest K level, 0 = also what isn't classified) = 0;
--           lacks TEXT (names of these that the record doesn't tell, with commas between) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, subject TEXT, target_account TEXT, target_group TEXT, src_ip TEXT, src_host TEXT, device TEXT, source TEXT, event_id TEXT
-- counts:   each event once that has every value that is given, spelt exactly so
-- order:    the latest first, then by event
-- narrow:   time; all actor_person, actor_account, actor_domain, actor_unit, actor_kind, action, outcome, proves, controller, system,
--           asset, k, object_type, object_id, object_path, subject, target_account, src_ip, src_host, device, source
-- limits:   a value that the record didn't tell matches nothing: `lacks` asks for those. An event that names only an object isn't found by its person:
--           who_accessed_subject finds those too
-- sv_counts: varje händelse en gång som har alla angivna värden, stavade precis så
-- sv_limits: det som posten inte anger motsvarar inget värde. En händelse som bara anger ett objekt hittas inte på den enskilde:
--           det gör frågan om vem som har tagit del av en persons uppgifter
SELECT time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system, asset, k,
       object_type, object_id, object_path, subject, target_account, target_group, src_ip, src_host, device, source, event_id
FROM events
WHERE ($actor_person IS NULL OR actor_person = $actor_person)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($actor_domain IS NULL OR actor_domain = $actor_domain)
  AND ($actor_unit IS NULL OR actor_unit = $actor_unit)
  AND ($actor_kind IS NULL OR actor_kind = $actor_kind)
  AND ($action IS NULL OR action = $action)
  AND ($outcome IS NULL OR outcome = $outcome)
  AND ($proves IS NULL OR proves = $proves)
  AND ($controller IS NULL OR controller = $controller)
  AND ($system IS NULL OR system = $system)
  AND ($asset IS NULL OR asset = $asset)
  AND ($k IS NULL OR k = $k)
  AND ($r IS NULL OR r = $r)
  AND ($t IS NULL OR t = $t)
  AND ($object_type IS NULL OR object_type = $object_type)
  AND ($object_id IS NULL OR object_id = $object_id)
  AND ($object_path IS NULL OR object_path = $object_path)
  AND ($subject IS NULL OR subject = $subject)
  AND ($target_account IS NULL OR target_account = $target_account)
  AND ($src_ip IS NULL OR src_ip = $src_ip)
  AND ($src_host IS NULL OR src_host = $src_host)
  AND ($device IS NULL OR device = $device)
  AND ($source IS NULL OR source = $source)
  AND ($local_weekday IS NULL OR local_weekday = $local_weekday)
  AND ($local_hour IS NULL OR local_hour = $local_hour)
  AND (NOT $outside_hours OR local_weekday >= 6 OR local_hour < 6 OR local_hour >= 18)
  AND (NOT $reads OR coalesce(action, '') IN ('read', 'search', 'export', 'print'))
  AND (NOT $undenied OR outcome IS DISTINCT FROM 'failure')
  AND ($level = 0 OR k >= $level)
  AND ($lacks IS NULL OR (
        (NOT contains(',' || $lacks || ',', ',actor_person,') OR actor_person IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_account,') OR actor_account IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_domain,') OR actor_domain IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_unit,') OR actor_unit IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_kind,') OR actor_kind IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',action,') OR action IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',outcome,') OR outcome IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',proves,') OR proves IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',controller,') OR controller IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',system,') OR system IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',asset,') OR asset IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',k,') OR k IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',r,') OR r IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',t,') OR t IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',object_type,') OR object_type IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',object_id,') OR object_id IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',object_path,') OR object_path IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',subject,') OR subject IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',target_account,') OR target_account IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',src_ip,') OR src_ip IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',src_host,') OR src_host IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',device,') OR device IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',source,') OR source IS NULL)))
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY time_utc DESC, event_id
