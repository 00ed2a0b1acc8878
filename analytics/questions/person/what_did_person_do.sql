-- question: what_did_person_do
-- asks:     What did this person do in the period, event by event, under any of the accounts that the person held?
-- sv:       Vad har den här medarbetaren gjort under perioden, händelse för händelse, med alla konton som medarbetaren hade?
-- params:   person TEXT (the person's id in the staff directory, or one of the accounts);
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, subject TEXT, target_account TEXT, target_group TEXT, src_ip TEXT, src_host TEXT, device TEXT, source TEXT, event_id TEXT
-- counts:   each event once: of the account that was asked about, of the person by id, of whoever held the account then, and
--           of that holder's other accounts where the event names no person
-- order:    by time, then event
-- narrow:   time; any person via aliases
-- limits:   an account that changed hands answers for each holder in the holder's own time. What others did in the person's
--           name (on_behalf_of) isn't here. An account spelt in another way than the log and the directory do isn't found.
-- sv_counts: varje händelse en gång: kontots, personens enligt id, den dåvarande innehavarens, och innehavarens andra kontons där
--           händelsen inte anger någon person
-- sv_limits: ett konto som har bytt innehavare ger svar för var och en i dennes egen tid. Det som andra har gjort i personens
--           ställe är inte här. Ett konto som stavas på annat sätt än i logg och katalog hittas inte
WITH held AS (
  SELECT person, account, valid_from, valid_to FROM aliases WHERE key = lower($person)
),
persons AS (
  SELECT person, valid_from, valid_to FROM held
  UNION
  SELECT $person, TIMESTAMPTZ '1601-01-01 00:00:00+00', NULL
)
SELECT e.time AS time_utc, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves, e.controller,
       e.system, e.asset, e.k, e.object_type, e.object_id, e.object_path, e.subject, e.target_account, e.target_group, e.src_ip,
       e.src_host, e.device, e.source, e.event_id
FROM events AS e
JOIN persons AS p ON p.person = e.actor_person AND e.time >= p.valid_from AND (p.valid_to IS NULL OR e.time < p.valid_to)
WHERE ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
UNION
SELECT e.time AS time_utc, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves, e.controller,
       e.system, e.asset, e.k, e.object_type, e.object_id, e.object_path, e.subject, e.target_account, e.target_group, e.src_ip,
       e.src_host, e.device, e.source, e.event_id
FROM events AS e
WHERE e.actor_account = $person
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
UNION
SELECT e.time AS time_utc, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves, e.controller,
       e.system, e.asset, e.k, e.object_type, e.object_id, e.object_path, e.subject, e.target_account, e.target_group, e.src_ip,
       e.src_host, e.device, e.source, e.event_id
FROM events AS e
JOIN held AS a ON a.account = e.actor_account AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)
WHERE e.actor_person IS NULL AND e.actor_account IN (SELECT account FROM held)
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
ORDER BY time_utc, event_id
