-- detection: remote_execution
-- severity:  high
-- finds:     a service that is reached from outside (WMI, remote PowerShell, web server, database, tools for remote
--            control, Windows' manager of services) starts a command interpreter or a tool that attackers use
-- sv_finds:  En tjänst som nås utifrån (WMI, fjärr-PowerShell, webbserver, databas, verktyg för fjärrstyrning, Windows
--            tjänstehanterare) startar en kommandotolk eller ett verktyg som angripare brukar använda.
-- sv:        En tjänst som nås utifrån (WMI, fjärr-PowerShell, webbserver eller databas) har startat ett kommando.
-- en:        A service that is reached from outside (WMI, remote PowerShell, web server or database) started a command.
-- key:       computer, parent
-- window:    1
-- benign:    a monitoring or inventory system (an exception with a decision)
-- sv_benign: ett övervaknings- eller inventeringssystem (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 what was run, and where did the call come from?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vad kördes, och varifrån kom anropet?
-- attack:    T1047, T1021.006, T1505.003
SELECT lower(w.computer) AS computer, w.parent_process AS parent, count(*) AS events, min(w.new_process) AS first_process, min(lower(w.actor_account)) AS by_account,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4688
  AND ((w.parent_process LIKE '%wmiprvse.exe' OR w.parent_process LIKE '%wsmprovhost.exe' OR w.parent_process LIKE '%winrshost.exe' OR w.parent_process LIKE '%w3wp.exe'
        OR w.parent_process LIKE '%sqlservr.exe' OR w.parent_process LIKE '%httpd.exe' OR w.parent_process LIKE '%nginx.exe' OR w.parent_process LIKE '%tomcat%'
        OR w.parent_process LIKE '%psexesvc.exe' OR w.parent_process LIKE '%paexec%' OR w.parent_process LIKE '%mmc.exe' OR w.parent_process LIKE '%services.exe'))
  AND (w.new_process LIKE '%_cmd.exe' OR w.new_process LIKE '%_powershell.exe' OR w.new_process LIKE '%_pwsh.exe' OR w.new_process LIKE '%_net.exe' OR w.new_process LIKE '%_net1.exe'
       OR w.new_process LIKE '%_whoami.exe' OR w.new_process LIKE '%_wscript.exe' OR w.new_process LIKE '%_cscript.exe' OR w.new_process LIKE '%_mshta.exe'
       OR w.new_process LIKE '%_rundll32.exe' OR w.new_process LIKE '%_regsvr32.exe' OR w.new_process LIKE '%_certutil.exe' OR w.new_process LIKE '%_bitsadmin.exe'
       OR w.new_process LIKE '%_systeminfo.exe' OR w.new_process LIKE '%_nltest.exe' OR w.new_process LIKE '%_quser.exe' OR w.new_process LIKE '%_tasklist.exe')
GROUP BY lower(w.computer), w.parent_process
ORDER BY computer, parent
