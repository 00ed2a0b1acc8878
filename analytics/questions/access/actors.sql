-- question: actors
-- asks:     Who did anything of this kind: from which unit, what, how often, and when first and last?
-- sv:       Vilka har gjort något av det här slaget: från vilken enhet, vad, hur ofta, och när först och senast?
-- params:   actor_person TEXT = NULL; actor_account TEXT = NULL; action TEXT = NULL; system TEXT = NULL; asset TEXT = NULL;
--           object_type TEXT = NULL; object_id TEXT = NULL; object_path TEXT = NULL; src_ip TEXT = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  actor_person TEXT, actor_account TEXT, actor_unit TEXT, actions TEXT[], events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   each event once that has every value that is given, spelt exactly so; a row for each account and unit that somebody used
-- narrow:   time; all actor_person, actor_account, action, system, asset, object_type, object_id, object_path, src_ip
-- order:    the most events first, then the columns from the left
-- limits:   the row without account is events whose record names no actor. An event is no record seen: one listing may show a hundred
-- sv_counts: varje händelse en gång som har alla angivna värden, stavade precis så; en rad för varje konto och enhet som någon
--           använde
-- sv_limits: raden utan konto är händelser vars post inte anger någon. En händelse är inte en läst uppgift: en lista kan visa
--           hundra
SELECT actor_person, actor_account, actor_unit, list_sort(list(DISTINCT action) FILTER (WHERE action IS NOT NULL)) AS actions,
       count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE ($actor_person IS NULL OR actor_person = $actor_person)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($action IS NULL OR action = $action)
  AND ($system IS NULL OR system = $system)
  AND ($asset IS NULL OR asset = $asset)
  AND ($object_type IS NULL OR object_type = $object_type)
  AND ($object_id IS NULL OR object_id = $object_id)
  AND ($object_path IS NULL OR object_path = $object_path)
  AND ($src_ip IS NULL OR src_ip = $src_ip)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
GROUP BY actor_person, actor_account, actor_unit
ORDER BY events DESC, actor_person, actor_account, actor_unit
