-- question: account_changes
-- asks:     Which accounts were made, changed or removed, by whom?
-- sv:       Vilka konton har skapats, ändrats eller tagits bort, och av vem?
-- params:   person TEXT (only what this person did, or what was done to this person's accounts, by id or account) = NULL;
--           system TEXT (only in this system) = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, system TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, target_account TEXT, target_group TEXT, object_type TEXT, object_id TEXT, object_path TEXT, src_ip TEXT,
--           source TEXT, event_id TEXT
-- actions:  account_create, account_change, account_delete
-- counts:   each change once, also attempts that failed; password, lock and second factor are changes
-- order:    by time, then event
-- narrow:   time
-- limits:   who did it is empty where the program that made the account doesn't write it (useradd and the like).
-- sv_counts: varje ändring en gång, även försök som misslyckades; lösenord, låsning och flerfaktorsinloggning är ändringar
-- sv_limits: vem som gjorde det är tomt där programmet som skapade kontot inte skriver det
SELECT e.time AS time_utc, e.system, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome,
       e.target_account, e.target_group, e.object_type, e.object_id, e.object_path, e.src_ip, e.source, e.event_id
FROM events AS e
WHERE coalesce(e.action, '') IN ('account_create', 'account_change', 'account_delete')
  AND ($system IS NULL OR e.system = $system)
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
  AND ($person IS NULL OR e.actor_account = $person OR e.actor_person = $person OR e.target_account = $person OR EXISTS (
    SELECT 1
    FROM aliases AS a
    WHERE a.key = lower($person)
      AND (a.person = e.actor_person OR (e.actor_person IS NULL AND a.account = e.actor_account) OR a.account = e.target_account)
      AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)))
ORDER BY time_utc, e.event_id
