-- detection: strong_privilege
-- severity:  medium
-- finds:     a person's program turns on or uses a privilege that passes by all rights (debug, act as the system, make
--            tokens, load drivers). Task Manager, Windows' host of services (svchost), LSASS, Visual Studio, what is
--            installed under Program Files, and failed tries don't count
-- sv_finds:  En persons program slår på eller använder en rättighet som går förbi alla andra (felsöka systemprocesser,
--            agera som operativsystemet, skapa åtkomsttoken, ladda drivrutiner). Aktivitetshanteraren, Windows
--            tjänstevärd (svchost), LSASS, Visual Studio, det som är installerat i mappen Program och misslyckade
--            försök räknas inte.
-- sv:        En persons program har använt en rättighet som går förbi alla andra (till exempel felsökning av systemprocesser).
-- en:        A person's program used a privilege that passes by all others (such as debugging system processes).
-- key:       actor_account, computer
-- window:    1
-- benign:    developers' tools, Task Manager and troubleshooting
-- sv_benign: utvecklingsverktyg, Aktivitetshanteraren och felsökning
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which program was it, and where does it come from?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilket program var det, och var kommer det ifrån?
-- attack:    T1134
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.process) AS program, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4673, 4703) AND w.actor_account NOT LIKE '%$' AND w.outcome <> 'failure' AND w.actor_account NOT IN ('LOCAL SERVICE', 'NETWORK SERVICE')
  AND (contains(w.privileges, 'SeDebugPrivilege') OR contains(w.privileges, 'SeTcbPrivilege') OR contains(w.privileges, 'SeCreateTokenPrivilege')
       OR contains(w.privileges, 'SeAssignPrimaryTokenPrivilege') OR contains(w.privileges, 'SeLoadDriverPrivilege'))
  AND (w.process IS NULL OR (w.process NOT LIKE 'c:_windows_system32_taskmgr.exe' AND w.process NOT LIKE '%devenv.exe' AND w.process NOT LIKE 'c:_windows_system32_svchost.exe'
       AND w.process NOT LIKE 'c:_windows_system32_lsass.exe' AND w.process NOT LIKE 'c:_program files%'))
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
