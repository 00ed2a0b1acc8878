-- detection: suspicious_task
-- severity:  medium
-- finds:     a person makes or changes a scheduled task that runs a command, a script engine or a file from where
--            everybody may write
-- sv_finds:  En person skapar eller ändrar en schemalagd aktivitet som kör ett kommando, en skriptmotor eller en fil
--            från en plats där alla kan skriva.
-- sv:        En person har lagt upp en schemalagd aktivitet som kör ett skript eller en fil från en plats där alla kan skriva.
-- en:        A person set up a scheduled task that runs a script or a file from a place where everybody can write.
-- key:       actor_account, computer
-- window:    1
-- benign:    a maintenance script of the IT staff's
-- sv_benign: ett underhållsskript av IT
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 read the script
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 läs skriptet
-- attack:    T1053.005
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.object_path) AS task, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4698, 4702) AND w.actor_account NOT LIKE '%$' AND (contains(w.task_content, 'powershell') OR contains(w.task_content, 'cmd.exe') OR contains(w.task_content, 'cmd /c')
       OR contains(w.task_content, 'mshta') OR contains(w.task_content, 'rundll32') OR contains(w.task_content, 'regsvr32') OR contains(w.task_content, 'wscript')
       OR contains(w.task_content, 'cscript') OR contains(w.task_content, 'certutil') OR contains(w.task_content, 'bitsadmin')
       OR w.task_content LIKE '%_temp_%' OR w.task_content LIKE '%_users_public_%' OR w.task_content LIKE '%_perflogs_%')
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
