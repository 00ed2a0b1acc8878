-- format:   the Security log of the domain controllers DC01 and DC02, EVTX: each record is an event id and its values
-- verbs:    logon, logoff, shared_logon, shared_logoff (with the unit's account), machine, privileges, password_reset, group_add, group_remove, account_create, account_lock, audit_policy (4719), log_clear
WITH typed AS (
  SELECT *, CASE verb WHEN 'logon' THEN CASE WHEN ok THEN 4624 ELSE 4625 END
                      ELSE MAP {'logoff': 4634, 'shared_logon': 4624, 'shared_logoff': 4634, 'machine': 4624, 'privileges': 4672, 'password_reset': 4724, 'group_add': 4728, 'group_remove': 4729,
                                'account_create': 4720, 'account_lock': 4740, 'audit_policy': 4719, 'log_clear': 1102}[verb] END AS event,
         'DC0' || (who % 2 + 1) AS host,
         CASE WHEN verb = 'machine' THEN computer || '$' WHEN verb LIKE 'shared%' THEN other_sam ELSE sam END AS account,
         CASE WHEN verb = 'machine' THEN regexp_replace(sid, '\d+$', '') || (500000 + who) WHEN verb LIKE 'shared%' THEN other_sid ELSE sid END AS account_sid,
         (1000000 + n % 4000000000)::VARCHAR AS logon_id, (49152 + r % 16000)::VARCHAR AS port
  FROM acts),
named AS (
  SELECT *, [sid, sam, 'AVIKEN', logon_id] AS subject_fields,
         ['S-1-0-0', '-', '-', '0'] AS nobody,
         coalesce(other_sam, sam) AS target, coalesce(other_sid, sid) AS target_sid
  FROM typed)
SELECT n, host, event,
       CASE event
         WHEN 4624 THEN list_concat(nobody, [account_sid, account, 'AVIKEN', logon_id, '3', 'Kerberos', 'Kerberos', '-', md5('logon' || n)::UUID::VARCHAR, '-', '-', '0', '0', '-',
                                             ip, port, '%%1833', '-', '-', '-', '%%1843', '0', '%%1842'])
         WHEN 4625 THEN list_concat(nobody, ['S-1-0-0', account, 'AVIKEN', '3221225581', '%%2313', '3221225578', '3', 'NtLmSsp ', 'NTLM', computer, '-', '-', '0', '0', '-', ip, port])
         WHEN 4634 THEN [account_sid, account, 'AVIKEN', logon_id, '3']
         WHEN 4672 THEN list_concat(subject_fields, [E'SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeDebugPrivilege'])
         WHEN 4724 THEN list_concat([target, 'AVIKEN', target_sid], subject_fields)
         WHEN 4740 THEN list_concat([target, computer, target_sid], ['S-1-5-18', host || '$', 'AVIKEN', '999'])
         WHEN 4720 THEN list_concat([target, 'AVIKEN', target_sid], subject_fields, ['-', target])
         WHEN 4719 THEN list_concat(subject_fields, ['%%8279', '%%13824', '0CCE9235-69AE-11D9-BED3-505054503030', '%%8448'])
         WHEN 1102 THEN subject_fields
         ELSE list_concat(['CN=' || coalesce(other_name, name) || ',OU=Personal,DC=aviken,DC=example', target_sid, extra, 'AVIKEN', regexp_replace(sid, '\d+$', '') || '5120'], subject_fields, ['-']) END AS data,
       CASE event WHEN 4740 THEN host || '$' ELSE account END AS actor_account,
       'AVIKEN' AS actor_domain,
       MAP {4624: 'login', 4625: 'login', 4634: 'logout', 4672: 'other', 4724: 'account_change', 4728: 'grant', 4729: 'revoke', 4720: 'account_create', 4740: 'account_change',
            4719: 'config_change', 1102: 'log_clear'}[event] AS action,
       CASE event WHEN 4625 THEN 'failure' ELSE 'success' END AS outcome,
       CASE WHEN event IN (4724, 4720, 4740) THEN target WHEN event IN (4728, 4729) THEN 'CN=' || coalesce(other_name, name) || ',OU=Personal,DC=aviken,DC=example' END AS target_account,
       CASE WHEN event IN (4728, 4729) THEN extra END AS target_group,
       CASE WHEN event IN (4624, 4625) THEN ip END AS src_ip,
       CASE event WHEN 4625 THEN computer END AS src_host,
       CASE WHEN event = 4625 THEN 'attempt' WHEN event IN (4624, 4634, 4672) THEN 'possible' ELSE 'content' END AS proves
FROM named
