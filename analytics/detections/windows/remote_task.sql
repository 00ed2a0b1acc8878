-- detection: remote_task
-- severity:  high
-- finds:     a scheduled task is made, enabled, changed or removed in a session that came over the network at most a
--            day before. Machines' accounts don't count
-- sv_finds:  En schemalagd aktivitet skapas, aktiveras, ändras eller tas bort i en session som kom in över nätet högst
--            ett dygn tidigare. Datorkonton räknas inte.
-- sv:        En schemalagd aktivitet har skapats eller ändrats av någon som kom in över nätet.
-- en:        A scheduled task was made or changed by somebody who came in over the network.
-- key:       actor_account, computer
-- window:    1
-- benign:    an administrator who looks after the computer from afar
-- sv_benign: en administratör som sköter datorn på distans
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 what does the task run, and has it been run?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vad kör aktiviteten, och har den körts?
-- attack:    T1053.005
WITH over_network AS (
  SELECT DISTINCT lower(computer) AS computer, lower(target_logon) AS logon, event_id, time
  FROM windows_fields
  WHERE code = 4624 AND logon_type = 3 AND target_logon IS NOT NULL
),
tasks AS (
  SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, w.event_id, w.object_path, w.time, n.event_id AS login_id
  FROM windows_fields AS w
  JOIN over_network AS n ON n.computer = lower(w.computer) AND n.logon = lower(w.subject_logon) AND n.time <= w.time AND n.time >= w.time - INTERVAL 1 DAY
  WHERE w.code IN (4698, 4699, 4700, 4702) AND w.actor_account NOT LIKE '%$'
),
rested AS (
  SELECT actor_account, computer, object_path, event_id FROM tasks
  UNION ALL
  SELECT actor_account, computer, object_path, login_id FROM tasks
)
SELECT actor_account, computer, min(object_path) AS task, list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM rested
GROUP BY actor_account, computer
ORDER BY actor_account, computer
