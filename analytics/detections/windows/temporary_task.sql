-- detection: temporary_task
-- severity:  high
-- finds:     a person makes a scheduled task that is removed within five minutes
-- sv_finds:  En person skapar en schemalagd aktivitet som tas bort inom fem minuter.
-- sv:        En schemalagd aktivitet har skapats och tagits bort inom några minuter.
-- en:        A scheduled task was made and removed within a few minutes.
-- key:       actor_account, computer
-- window:    1
-- benign:    an installer
-- sv_benign: ett installationsprogram
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 what did the task run?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vad körde aktiviteten?
-- attack:    T1053.005
WITH pairs AS (
  SELECT lower(m.actor_account) AS actor_account, lower(m.computer) AS computer, m.object_path, m.event_id AS made_id, r.event_id AS removed_id
  FROM windows_fields AS m
  JOIN windows_fields AS r ON r.code = 4699 AND lower(r.computer) = lower(m.computer) AND r.object_path = m.object_path
   AND r.time >= m.time AND r.time <= m.time + INTERVAL 5 MINUTE
  WHERE m.code = 4698 AND m.actor_account NOT LIKE '%$'
),
rested AS (
  SELECT actor_account, computer, object_path, made_id AS event_id FROM pairs
  UNION ALL
  SELECT actor_account, computer, object_path, removed_id FROM pairs
)
SELECT actor_account, computer, min(object_path) AS task, list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM rested
GROUP BY actor_account, computer
ORDER BY actor_account, computer
