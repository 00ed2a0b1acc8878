-- detection: boot_configuration
-- severity:  medium
-- finds:     a machine starts with kernel debugging or test-signed drivers allowed
-- sv_finds:  En dator startar med kärnfelsökning eller testsignerade drivrutiner tillåtna.
-- sv:        En dator har startat med inställningar som släpper in osignerade drivrutiner.
-- en:        A machine started with settings that let unsigned drivers in.
-- key:       computer
-- window:    1
-- benign:    a developer's computer
-- sv_benign: en utvecklingsdator
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 put the setting back and review the computer's drivers
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 återställ inställningen och granska datorns drivrutiner
-- attack:    T1553.006
SELECT lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4826 AND (w.kernel_debug = '%%1842' OR w.test_signing = '%%1842')
GROUP BY lower(w.computer)
ORDER BY computer
