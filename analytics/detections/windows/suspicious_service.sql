-- detection: suspicious_service
-- severity:  high
-- finds:     a service is installed that runs a command, or a file from an administrative share, a temporary folder or
--            one where everybody may write, or under a name as remote tools make them
-- sv_finds:  En tjänst installeras som kör ett kommando, eller en fil från en administrativ delning, en tillfällig mapp
--            eller en mapp där alla kan skriva, eller under ett namn som verktyg för fjärrstyrning skapar.
-- sv:        En tjänst har installerats på det sätt som verktyg för fjärrstyrning gör.
-- en:        A service was installed in the way that tools for remote control do.
-- key:       computer, service
-- window:    1
-- benign:    troubleshooting by PsExec; an installer that unpacks in a temporary folder
-- sv_benign: felsökning med PsExec; ett installationsprogram som packar upp i en tillfällig mapp
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 who started the installation, and from where?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vem startade installationen, och varifrån?
-- attack:    T1543.003, T1569.002
SELECT lower(w.computer) AS computer, lower(coalesce(w.service, w.object_id)) AS service, count(*) AS events, min(w.service_file) AS file,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4697, 7045)
  AND (contains(w.service_file, 'cmd.exe') OR contains(w.service_file, 'cmd /c') OR contains(w.service_file, 'comspec') OR contains(w.service_file, 'powershell')
       OR contains(w.service_file, 'pwsh') OR contains(w.service_file, '127.0.0.1') OR contains(w.service_file, 'admin$') OR contains(w.service_file, 'mshta')
       OR contains(w.service_file, 'rundll32') OR contains(w.service_file, 'regsvr32') OR contains(w.service_file, 'psexe') OR contains(w.service_file, 'paexec')
       OR contains(w.service_file, 'remcom') OR contains(w.service_file, 'csexec') OR contains(w.service_file, 'winexesvc') OR contains(w.service_file, 'mimidrv')
       OR w.service_file LIKE '%_pipe_%' OR w.service_file LIKE '%_temp_%' OR w.service_file LIKE '%_users_public_%' OR w.service_file LIKE '%_perflogs_%'
       -- eight random letters straight in the Windows folder
       OR w.service_file LIKE 'c:_windows_________.exe' OR w.service_file LIKE '_systemroot__________.exe')
GROUP BY lower(w.computer), lower(coalesce(w.service, w.object_id))
ORDER BY computer, service
