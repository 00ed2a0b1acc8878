-- detection: protection_task_removed
-- severity:  high
-- finds:     a person removes, disables or rewrites a scheduled task that protects the machine (virus scanner, updates,
--            restore points, backup, disk encryption)
-- sv_finds:  En person tar bort, stänger av eller skriver om en schemalagd aktivitet som skyddar datorn (virusskydd,
--            uppdateringar, återställningspunkter, säkerhetskopiering, diskkryptering).
-- sv:        En person har tagit bort eller stängt av en schemalagd aktivitet som skyddar datorn.
-- en:        A person removed or switched off a scheduled task that protects the machine.
-- key:       actor_account, computer
-- window:    1
-- benign:    a change of antivirus
-- sv_benign: byte av virusskydd
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 is the protection on now?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 är skyddet igång nu?
-- attack:    T1562.001, T1490
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.object_path) AS task, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4699, 4701, 4702) AND w.actor_account NOT LIKE '%$'
  AND (w.object_path LIKE '%_Windows Defender_%' OR w.object_path LIKE '%_SystemRestore_%' OR w.object_path LIKE '%_WindowsUpdate_%' OR w.object_path LIKE '%_UpdateOrchestrator_%'
       OR w.object_path LIKE '%_BitLocker%' OR w.object_path LIKE '%_ExploitGuard%' OR w.object_path LIKE '%_WindowsBackup_%')
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
