-- question: what_did_person_do
-- asks:     What did this person do in the period, event by event, under any of the accounts that the person held?
-- sv:       Vad har den här medarbetaren gjort under perioden, händelse för händelse, med alla konton som medarbetaren hade?
-- params:   person TEXT (the person's id in the staff directory, or one of the accounts);
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, subject TEXT, target_account TEXT, target_group TEXT, src_ip TEXT, src_host TEXT, source TEXT, event_id TEXT
-- counts:   each event once: of the account that was asked about, of the person by id, of whoever held the account then, and
--           of that holder's other accounts where the event names no person
-- order:    by time, then event
-- limits:   an account that changed hands answers for each holder in the holder's own time. What others did in the person's
--           name (on_behalf_of) isn't here. An account spelt in another way than the log and the directory do isn't found.
WITH held AS (
  SELECT person, account, valid_from, valid_to
  FROM aliases
  WHERE key = lower($person)
)
SELECT time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system, asset, k,
       object_type, object_id, object_path, subject, target_account, target_group, src_ip, src_host, source, event_id
FROM events
WHERE actor_account = $person
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
UNION
SELECT e.time AS time_utc, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves, e.controller,
       e.system, e.asset, e.k, e.object_type, e.object_id, e.object_path, e.subject, e.target_account, e.target_group, e.src_ip,
       e.src_host, e.source, e.event_id
FROM events AS e
WHERE e.actor_person IN (SELECT person FROM held UNION SELECT $person)
  AND (e.actor_person = $person OR EXISTS (
    SELECT 1
    FROM held AS h
    WHERE h.person = e.actor_person AND e.time >= h.valid_from AND (h.valid_to IS NULL OR e.time < h.valid_to)))
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
UNION
SELECT e.time AS time_utc, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves, e.controller,
       e.system, e.asset, e.k, e.object_type, e.object_id, e.object_path, e.subject, e.target_account, e.target_group, e.src_ip,
       e.src_host, e.source, e.event_id
FROM events AS e
JOIN held AS h ON h.account = e.actor_account AND e.time >= h.valid_from AND (h.valid_to IS NULL OR e.time < h.valid_to)
WHERE e.actor_person IS NULL
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
ORDER BY time_utc, event_id
