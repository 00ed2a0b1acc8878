-- detection: temporary_account
-- severity:  high
-- finds:     an account that is made, logs in or acts, and is deleted within $hours hours. Machines' accounts and
--            failed tries don't count
-- sv_finds:  Ett konto som skapas, loggar in eller används på annat sätt, och tas bort, allt inom $hours timmar.
--            Datorkonton och misslyckade försök räknas inte.
-- sv:        Ett konto har skapats, använts och tagits bort inom kort tid.
-- en:        An account was made, used and deleted within a short time.
-- key:       target_account
-- window:    1
-- benign:    a test account; an account made by mistake
-- sv_benign: ett testkonto; en felaktig uppläggning
-- triage:    1 who made the account, and is there a ticket?  2 what did the account do?  3 ask whoever made it
-- sv_triage: 1 vem skapade kontot, och finns ett ärende?  2 vad gjorde kontot?  3 fråga den som skapade det
-- params:    hours INTEGER (an account's whole life) = 24
-- attack:    T1136, T1070
WITH lives AS (
  SELECT c.event_id AS made_id, c.time AS made_utc, lower(c.target_account) AS target_account, lower(min(c.actor_account)) AS by_account,
         min(d.time) AS deleted_utc
  FROM events AS c
  JOIN events AS d ON lower(d.target_account) = lower(c.target_account) AND d.source = c.source AND d.action = 'account_delete' AND d.outcome <> 'failure'
   AND d.time > c.time AND d.time <= c.time + $hours * INTERVAL 1 HOUR
  WHERE c.action = 'account_create' AND c.outcome <> 'failure' AND c.target_account NOT LIKE '%$'
  GROUP BY c.event_id, c.time, lower(c.target_account)
),
rested AS (
  SELECT l.made_id, e.event_id, 1 AS used
  FROM lives AS l JOIN events AS e ON lower(e.actor_account) = l.target_account AND e.time >= l.made_utc AND e.time <= l.deleted_utc
  WHERE e.outcome <> 'failure'
  UNION ALL
  SELECT made_id, made_id, 0 FROM lives
  UNION ALL
  SELECT l.made_id, d.event_id, 0
  FROM lives AS l JOIN events AS d ON d.action = 'account_delete' AND lower(d.target_account) = l.target_account AND d.time = l.deleted_utc
)
SELECT l.target_account, l.made_utc, l.deleted_utc, l.by_account, CAST(sum(x.used) AS BIGINT) AS acts,
       list_sort(list(DISTINCT x.event_id) FILTER (WHERE x.event_id IS NOT NULL)) AS evidence
FROM lives AS l JOIN rested AS x ON x.made_id = l.made_id
GROUP BY l.made_id, l.target_account, l.made_utc, l.deleted_utc, l.by_account
HAVING CAST(sum(x.used) AS BIGINT) > 0
ORDER BY l.target_account, l.made_utc, l.deleted_utc
