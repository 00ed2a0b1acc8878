-- detection: account_enumeration
-- severity:  medium
-- finds:     a person lists members of groups, or accounts' memberships, from the network, with a command (net,
--            PowerShell, cmd, WMIC) or with a program in a temporary or a user's folder; or opens the domain's
--            administrators, their groups or krbtgt in the account database
-- sv_finds:  En person listar en grupps medlemmar, eller ett kontos grupper, över nätet, med ett kommando (net,
--            PowerShell, cmd, WMIC) eller med ett program i en tillfällig mapp eller en användares mapp; eller öppnar
--            domänens administratörer, administratörsgrupper eller krbtgt i kontodatabasen.
-- sv:        En person har listat grupper och konton på det sätt som en angripare kartlägger behörigheter.
-- en:        A person listed groups and accounts in the way an attacker maps out rights.
-- key:       actor_account, computer
-- window:    1
-- benign:    IT staff who look for what is wrong with permissions
-- sv_benign: IT-personal som felsöker behörigheter
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 did the account map more things that day?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 gjorde kontot fler kartläggande saker samma dag?
-- attack:    T1069.001, T1087.001
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.actor_account NOT LIKE '%$' AND ((w.code IN (4798, 4799) AND (w.process IS NULL OR w.process LIKE '%_net.exe' OR w.process LIKE '%_net1.exe' OR w.process LIKE '%powershell%'
         OR w.process LIKE '%_pwsh.exe' OR w.process LIKE '%_cmd.exe' OR w.process LIKE '%wmic.exe' OR w.process LIKE '%_temp_%' OR w.process LIKE '%_users_%'))
       OR (w.code = 4661 AND (w.object_name LIKE 'S-1-5-21-%-512' OR w.object_name LIKE 'S-1-5-21-%-519' OR w.object_name LIKE 'S-1-5-21-%-518'
         OR w.object_name LIKE 'S-1-5-21-%-500' OR w.object_name LIKE 'S-1-5-21-%-502' OR w.object_name = 'S-1-5-32-544')))
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
