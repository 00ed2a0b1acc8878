-- question: evidence
-- asks:     On which events does this finding rest?
-- sv:       Vilka händelser vilar det här fyndet på?
-- params:   finding TEXT (the finding's id); actor_account TEXT = NULL; system TEXT = NULL; asset TEXT = NULL; object_type TEXT = NULL;
--           object_id TEXT = NULL; object_path TEXT = NULL; src_ip TEXT = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, subject TEXT, target_account TEXT, target_group TEXT, src_ip TEXT, src_host TEXT, device TEXT, source TEXT, event_id TEXT
-- counts:   each event once that the finding names as evidence, as the lake has it now; of them those that have every value that is given
-- narrow:   time
-- order:    by time, then event
-- limits:   an event that is no longer in the lake has no row; the finding's own count says how many there were
-- sv_counts: varje händelse en gång som fyndet vilar på, så som den finns nu; av dem de som har alla
--           angivna värden, stavade precis så
-- sv_limits: en händelse som inte längre finns har ingen rad; fyndets eget antal säger hur många de var
WITH named AS (SELECT unnest(evidence) AS event_id FROM findings WHERE finding = $finding)
SELECT time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system, asset, k,
       object_type, object_id, object_path, subject, target_account, target_group, src_ip, src_host, device, source, event_id
FROM events
WHERE event_id IN (SELECT event_id FROM named)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($system IS NULL OR system = $system)
  AND ($asset IS NULL OR asset = $asset)
  AND ($object_type IS NULL OR object_type = $object_type)
  AND ($object_id IS NULL OR object_id = $object_id)
  AND ($object_path IS NULL OR object_path = $object_path)
  AND ($src_ip IS NULL OR src_ip = $src_ip)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY time_utc, event_id
