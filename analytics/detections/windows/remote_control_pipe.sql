-- detection: remote_control_pipe
-- severity:  high
-- finds:     a person reaches another machine's services, tasks, registry, event log, encryption keys or shadow copies
--            through its pipes (IPC$), or tries to; leaves the pipe of a tool for remote commands there (such as
--            PsExec); or reaches any pipe over the network from the machine itself, as through a tunnel
-- sv_finds:  En person når en annan dators tjänster, schemalagda aktiviteter, register, händelselogg,
--            krypteringsnycklar eller skuggkopior genom dess fjärrtjänster (IPC$), eller försöker; lämnar där en
--            fjärrtjänst som hör till ett verktyg för fjärrkommandon (till exempel PsExec); eller når någon fjärrtjänst
--            över nätet från datorn själv, så som genom en tunnel.
-- sv:        En person har styrt en annan dators tjänster, schemalagda aktiviteter eller register över nätet.
-- en:        A person controlled another machine's services, scheduled tasks or registry over the network.
-- key:       actor_account, computer
-- window:    1
-- benign:    an administrator or a monitoring system that looks after the server (an exception with a decision)
-- sv_benign: en administratör eller ett övervakningssystem som sköter servern (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 what was done on the computer then: a new service, a new task, a new account?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vad gjordes på datorn sedan: ny tjänst, ny aktivitet, nytt konto?
-- attack:    T1021.002, T1569.002, T1053.005, T1112
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.relative_target) AS pipe, min(w.src_ip) AS from_ip,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 5145 AND w.share LIKE '%ipc$' AND w.actor_account NOT LIKE '%$'
  AND (w.relative_target IN ('svcctl', 'atsvc', 'winreg', 'eventlog', 'protected_storage', 'efsrpc', 'fssagentrpc', 'itaskschedulerservice', 'ntsvcs', 'winexesvc')
       OR w.relative_target LIKE 'psexe%' OR w.relative_target LIKE 'remcom%' OR w.relative_target LIKE 'paexec%' OR w.relative_target LIKE 'csexec%'
       OR w.relative_target LIKE '%-stdin' OR w.relative_target LIKE '%-stdout' OR w.relative_target LIKE '%-stderr'
       OR (w.src_ip IN ('127.0.0.1', '::1') AND w.relative_target IS NOT NULL))
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
