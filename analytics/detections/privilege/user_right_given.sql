-- detection: user_right_given
-- severity:  high
-- finds:     a user right of Windows that passes by other rights (such as to debug the system's processes, act as the
--            system, back up, or take ownership), or to log in by remote desktop, is given to an account by a person.
--            Failed tries don't count
-- sv_finds:  En person ger ett konto en Windowsrättighet som går förbi andra behörigheter (till exempel att felsöka
--            systemprocesser, agera som operativsystemet, säkerhetskopiera eller ta över ägarskap) eller rätten att
--            logga in med fjärrskrivbord. Misslyckade försök räknas inte.
-- sv:        En Windowsrättighet som går förbi andra behörigheter har getts till ett konto.
-- en:        A Windows right that passes by other rights was given to an account.
-- key:       target_account, actor_account
-- window:    1
-- benign:    the installation of a system that needs the right
-- sv_benign: installation av ett system som kräver rättigheten
-- triage:    1 is there a decision?  2 which account is it, and who uses it?  3 take the right away if it isn't needed
-- sv_triage: 1 finns ett beslut?  2 vilket konto är det, och vem använder det?  3 ta bort rättigheten om den inte behövs
-- attack:    T1098, T1134
SELECT lower(e.target_account) AS target_account, lower(e.actor_account) AS actor_account, count(*) AS events, min(e.object_id) AS first_right,
       list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action = 'grant' AND e.object_type = 'user right' AND e.outcome <> 'failure' AND e.actor_account NOT LIKE '%$'
  AND (contains(e.object_id, 'SeDebugPrivilege') OR contains(e.object_id, 'SeTcbPrivilege') OR contains(e.object_id, 'SeBackupPrivilege') OR contains(e.object_id, 'SeRestorePrivilege')
       OR contains(e.object_id, 'SeTakeOwnershipPrivilege') OR contains(e.object_id, 'SeEnableDelegationPrivilege') OR contains(e.object_id, 'SeLoadDriverPrivilege')
       OR contains(e.object_id, 'SeImpersonatePrivilege') OR contains(e.object_id, 'SeCreateTokenPrivilege') OR contains(e.object_id, 'SeAssignPrimaryTokenPrivilege')
       OR contains(e.object_id, 'SeSyncAgentPrivilege') OR contains(e.object_id, 'SeRemoteInteractiveLogonRight') OR contains(e.object_id, 'SeSecurityPrivilege'))
GROUP BY lower(e.target_account), lower(e.actor_account)
ORDER BY target_account, actor_account
