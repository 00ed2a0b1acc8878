-- question: permission_changes
-- asks:     Which rights, roles and memberships were given or taken away, by whom and to whom?
-- sv:       Vilka behörigheter, roller och medlemskap har delats ut eller tagits bort, av vem och till vem?
-- params:   person TEXT (only what this person did, or what was done to this person's accounts, by id or account) = NULL;
--           system TEXT (only in this system) = NULL;
--           target_group TEXT (only of this group or role) = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, system TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, target_account TEXT, target_group TEXT, object_type TEXT, object_id TEXT, object_path TEXT, src_ip TEXT,
--           source TEXT, event_id TEXT
-- actions:  grant, revoke, share
-- counts:   each change once, also attempts that failed; a thing shared with somebody is a right given
-- order:    by time, then event
-- narrow:   time
-- limits:   what a right lets its holder do stands in the system, not here. A right that comes from a group in a group shows only
--           as the membership that gave it.
-- sv_counts: varje ändring en gång, även försök som misslyckades; att något delas med någon är att en behörighet ges
-- sv_limits: vad en behörighet ger rätt till står i systemet, inte här. En behörighet genom en grupp i en grupp syns bara som det
--           medlemskap som gav den
SELECT e.time AS time_utc, e.system, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome,
       e.target_account, e.target_group, e.object_type, e.object_id, e.object_path, e.src_ip, e.source, e.event_id
FROM events AS e
WHERE coalesce(e.action, '') IN ('grant', 'revoke', 'share')
  AND ($system IS NULL OR e.system = $system) AND ($target_group IS NULL OR e.target_group = $target_group)
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
  AND ($person IS NULL OR e.actor_account = $person OR e.actor_person = $person OR e.target_account = $person OR EXISTS (
    SELECT 1
    FROM aliases AS a
    WHERE a.key = lower($person)
      AND (a.person = e.actor_person OR (e.actor_person IS NULL AND a.account = e.actor_account) OR a.account = e.target_account)
      AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)))
ORDER BY time_utc, e.event_id
