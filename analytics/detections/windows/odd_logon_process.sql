-- detection: odd_logon_process
-- severity:  low
-- finds:     a log-in, or a try, by a program that isn't one of Windows' own ways in
-- sv_finds:  En inloggning, eller ett försök, genom ett program som inte är något av Windows egna sätt att logga in.
-- sv:        En inloggning, eller ett försök, har gjorts genom ett program som inte är något av Windows egna sätt.
-- en:        A log-in, or a try, was made by a program that is none of Windows' own ways in.
-- key:       computer, logon_process
-- window:    1
-- benign:    a program that asks for the password itself (Chrome, some VPN clients)
-- sv_benign: ett program som själv frågar efter lösenordet (Chrome, vissa VPN-klienter)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which program is it, and who installed it?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilket program är det, och vem installerade det?
-- attack:    T1556
SELECT lower(w.computer) AS computer, w.logon_process, count(*) AS events, count(DISTINCT w.actor_account) AS accounts, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4624, 4625) AND w.logon_process IS NOT NULL
  AND w.logon_process NOT IN ('user32', 'advapi', 'ntlmssp', 'kerberos', 'negotiat', 'negotiate', 'negoexts', 'seclogo', 'seclogon', 'schannel', 'ias', 'hostagent',
                              'w3svc', 'iis', 'iisadmin', 'was', 'ftpsvc', 'authz', 'chap', 'winlogon', 'winlogo', 'dcomscm', 'consentui', 'consent', 'ike', 'lsa', 'ms.radiu', 'ms.radius',
                              'credpro', 'pku2u', 'cloudap', 'wdigest', 'digest', 'certmap', 'rasman', 'scmgr', 'svcmgr', 'service', 'schedule', 'secondary', 's4u', 'sspi',
                              'mssql', 'ssh', 'sshd', 'setup', 'tssspi', 'userinit', 'vaultcli', 'xactsrv', 'h.323', 'workstat', 'winrm', 'logonui', 'nlasvc')
GROUP BY lower(w.computer), w.logon_process
ORDER BY computer, w.logon_process
