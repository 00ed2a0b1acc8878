-- mapping:  fortigate
-- reads:    FortiOS log lines: `date=2026-03-01 time=08:14:07 devname="FW" … type="event" subtype="vpn" user="anna" remip=192.0.2.15 …`,
--           bare, behind any syslog header, comma-separated (`set format csv`), or as text inside JSON
-- source:   Fortinet, "FortiOS Log Message Reference" 5.6 to 7.6 (log field formats, event/traffic/utm logs); "config log syslogd setting"
-- decoders: lines
-- proved:   from documentation: date, time, tz, eventtime, type, subtype, action, status, user, ui, srcip, remip, msg, logdesc,
--           cfgpath, cfgobj, cfgattr, xauthuser, sessionid, tunnelid → "FortiOS Log Message Reference"
-- traps:    eventtime is in seconds (6.0), and ns (6.2 on), told by its digits; without it date and time are the firewall's local
--           time, with tz its offset. Values with blanks are quoted, others may be or not. A tunnel that comes up is a log-on only
--           if somebody's account is in it: between two firewalls it is a connection. unauthuser was not authenticated, so it
--           stays in details. A download in a web-filter line leaves no municipal system: all utm lines are 'connect'.
WITH unwrapped AS (
  SELECT position, reference, CASE WHEN record[1] = '{'
           THEN coalesce(TRY(json_extract_string(record, '$.message')), TRY(json_extract_string(record, '$.event.original')),
                         TRY(json_extract_string(record, '$._raw')), TRY(json_extract_string(record, '$.log')), TRY(json_extract_string(record, '$.msg')), record)
           ELSE record END AS line
  FROM raw),
marked AS (
  -- U+E010 before a key and U+E011 behind it, so that what stands between is the value; a quotation mark within is \".
  SELECT position, reference, regexp_matches(line, '\b(date|time|devid|devname)="?[^ ,]*"?,[a-z]+=') AS commas, line FROM unwrapped),
paired AS (
  SELECT position, reference,
         CASE WHEN commas THEN regexp_replace(line, '[\s,]*\b([A-Za-z][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^",]*))', chr(57360) || '\1' || chr(57361) || '\2\3', 'g')
              ELSE regexp_replace(line, '\s*\b([A-Za-z][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))', chr(57360) || '\1' || chr(57361) || '\2\3', 'g') END AS pairs
  FROM marked),
begun AS (
  SELECT position, reference, rtrim(substr(pairs, instr(pairs, chr(57360)) + 1)) AS pairs, instr(pairs, chr(57360)) > 0 AS any_pair FROM paired),
shaped AS (
  SELECT position, reference, CASE WHEN any_pair THEN
         '{' || replace(replace(CAST(to_json(replace(replace(pairs, '\"', '"'), '\\', '\')) AS VARCHAR), chr(57360), '","'), chr(57361), '":"') || '}' END AS details
  FROM begun),
read AS (
  SELECT position, reference, details, TRY(from_json(details,
    '{"date": "VARCHAR", "time": "VARCHAR", "tz": "VARCHAR", "eventtime": "VARCHAR", "type": "VARCHAR", "subtype": "VARCHAR", "action": "VARCHAR", "status": "VARCHAR",
      "result": "VARCHAR", "user": "VARCHAR", "xauthuser": "VARCHAR", "admin": "VARCHAR", "ui": "VARCHAR", "srcip": "VARCHAR", "remip": "VARCHAR", "rem_ip": "VARCHAR", "src": "VARCHAR",
      "srcport": "VARCHAR", "src_port": "VARCHAR", "srcname": "VARCHAR", "msg": "VARCHAR", "logdesc": "VARCHAR", "cfgpath": "VARCHAR", "cfgobj": "VARCHAR", "cfgattr": "VARCHAR",
      "sessionid": "VARCHAR", "tunnelid": "VARCHAR", "tunneltype": "VARCHAR", "hostname": "VARCHAR", "url": "VARCHAR", "filename": "VARCHAR", "agent": "VARCHAR", "fctuid": "VARCHAR",
      "dstip": "VARCHAR", "group": "VARCHAR", "utmaction": "VARCHAR", "logid": "VARCHAR", "log_id": "VARCHAR", "name": "VARCHAR"}')) AS v
  FROM shaped),
worded AS (
  SELECT *, lower(coalesce(v.action, '')) AS act, lower(coalesce(v.type, '')) AS kind, lower(coalesce(v.subtype, '')) AS sub,
         lower(coalesce(filled(v.status), filled(v.result), '')) AS status, lower(coalesce(v.logdesc, '') || ' ' || coalesce(v.msg, '')) AS words,
         account(coalesce(filled(v.user), filled(v.xauthuser), filled(v.admin))) AS who, lower(coalesce(v.cfgpath, '')) AS path
  FROM read),
judged AS (
  SELECT *,
         CASE WHEN v IS NULL THEN NULL
              WHEN kind IN ('traffic', 'utm', 'app-ctrl', 'webfilter', 'virus', 'ips', 'dlp', 'emailfilter', 'anomaly', 'dns', 'waf', 'voip', 'ssl', 'ssh', 'file-filter', 'gtp', 'casb') THEN 'connect'
              WHEN act IN ('login', 'auth-logon', 'authentication', 'authenticate', 'fsso-logon', 'ssl-login-fail', 'ssl-login', 'admin-login', 'logon') THEN 'login'
              WHEN act IN ('logout', 'auth-logoff', 'auth-logout', 'auth-timeout', 'fsso-logoff', 'ssl-logout', 'logoff', 'timeout') AND sub <> 'ha' THEN 'logout'
              WHEN act IN ('tunnel-up', 'phase2-up') THEN CASE WHEN who.name IS NOT NULL THEN 'login' ELSE 'connect' END
              WHEN act IN ('tunnel-down', 'phase2-down') THEN CASE WHEN who.name IS NOT NULL THEN 'logout' ELSE 'connect' END
              WHEN act IN ('ssl-new-con', 'ssl-alert', 'ssl-exit-error', 'ssl-exit-fail', 'negotiate', 'install_sa', 'delete_phase1_sa', 'delete_ipsec_sa', 'connect', 'connection') OR act LIKE 'dhcp%' THEN 'connect'
              WHEN path IN ('user.local', 'system.admin', 'system.api-user', 'user.adgrp') AND act LIKE 'add%' THEN 'account_create'
              WHEN path IN ('user.local', 'system.admin', 'system.api-user', 'user.adgrp') AND act LIKE 'del%' THEN 'account_delete'
              WHEN path IN ('user.local', 'system.admin', 'system.api-user', 'user.adgrp') AND act LIKE 'edit%' THEN 'account_change'
              WHEN path <> '' OR act IN ('add', 'edit', 'delete', 'move', 'set', 'restore', 'upload', 'update') THEN 'config_change'
              WHEN regexp_matches(words, '\b(clear(ed)?|delete[ds]?)\b.*\blogs?\b|\blogs?\b.*\b(clear|delet)ed\b') THEN 'log_clear'
              WHEN act IN ('download', 'backup', 'export') THEN 'export'
              WHEN regexp_matches(words, '\b(log(ged)? ?in|logon|authentication)\b.*\b(success|succe|fail|denied|timed)|\blogin (successful|failed|disabled)') AND who.name IS NOT NULL THEN 'login'
              WHEN regexp_matches(words, '\b(logged out|logout|log ?off)\b') AND who.name IS NOT NULL THEN 'logout'
              WHEN act IN ('exec', 'execute') THEN 'execute'
              ELSE 'other' END AS action
  FROM worded),
resulted AS (
  SELECT *,
         CASE WHEN kind <> 'event'
              THEN CASE WHEN act IN ('deny', 'denied', 'block', 'blocked', 'drop', 'dropped', 'reset', 'reset_client', 'reset_server', 'clear_session', 'drop_session', 'ip-conn', 'quarantine', 'violation', 'reject', 'redirected')
                          OR lower(coalesce(v.utmaction, '')) IN ('block', 'blocked', 'deny', 'reset', 'dropped') THEN 'failure'
                        WHEN act <> '' OR status IN ('accept', 'success', 'pass', 'passthrough', 'detected') THEN 'success'
                        WHEN status <> '' THEN 'failure' ELSE 'unknown' END
              WHEN regexp_matches(status, 'fail|error|den(y|ied)|invalid|reject|timeout|timed|block|negotiate_error|aborted') THEN 'failure'
              WHEN regexp_matches(status, 'succe|^ok$|^pass|accept|^up$|^down$|^logon$|^logoff$|^start') THEN 'success'
              WHEN act LIKE '%fail%' OR act LIKE '%deny%' OR act LIKE '%error%' THEN 'failure'
              WHEN act IN ('tunnel-up', 'tunnel-down', 'phase2-up', 'phase2-down', 'auth-logon', 'auth-logoff', 'fsso-logon', 'fsso-logoff') THEN 'success'
              WHEN regexp_matches(words, '\bfail(ed|ure|s)?\b|\bdenied\b|\binvalid\b|\brejected\b') THEN 'failure'
              WHEN regexp_matches(words, '\bsuccess(ful|fully)?\b') THEN 'success'
              WHEN path <> '' AND act <> '' THEN 'success'
              ELSE 'unknown' END AS outcome,
         coalesce(filled(v.srcip), filled(v.remip), filled(v.rem_ip), filled(v.src), nullif(regexp_extract(v.ui, '\(([^)]*)\)', 1), '')) AS client
  FROM judged)
SELECT position,
       CASE WHEN regexp_full_match(v.eventtime, '\d{10}') THEN make_timestamptz(try_cast(v.eventtime AS BIGINT) * 1000000)
            WHEN regexp_full_match(v.eventtime, '\d{13}') THEN make_timestamptz(try_cast(v.eventtime AS BIGINT) * 1000)
            WHEN regexp_full_match(v.eventtime, '\d{16,19}') THEN make_timestamptz(try_cast(v.eventtime[1:16] AS BIGINT))
            WHEN regexp_full_match(v.tz, '[+-]\d\d:?\d\d') THEN try_cast(v.date || 'T' || v.time || v.tz[1:3] || ':' || right(v.tz, 2) AS TIMESTAMPTZ) END AS time,
       CASE WHEN NOT coalesce(regexp_full_match(v.eventtime, '\d{10}|\d{13}|\d{16,19}'), false) AND NOT coalesce(regexp_full_match(v.tz, '[+-]\d\d:?\d\d'), false)
            THEN try_cast(v.date || ' ' || v.time AS TIMESTAMP) END            AS local_time,
       CASE WHEN v.eventtime IS NOT NULL THEN v.eventtime
            WHEN v.date IS NOT NULL OR v.time IS NOT NULL THEN concat_ws(' ', v.date, v.time, v.tz) END AS time_original,
       who.domain AS actor_domain, who.name AS actor_account,
       coalesce(action, 'other') AS action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN action IN ('login', 'logout', 'connect', 'execute', 'other') THEN 'possible' ELSE 'content' END AS proves,
       MAP {'login': 3002, 'logout': 3002, 'connect': 4001, 'account_create': 3007, 'account_delete': 3007, 'account_change': 3007, 'config_change': 1008,
            'log_clear': 1008, 'export': 1008, 'execute': 1007}[action] AS class_uid,
       CASE WHEN action LIKE 'account%' THEN filled(v.cfgobj) END AS target_account,
       CASE WHEN path <> '' THEN 'setting' WHEN filled(v.url) IS NOT NULL OR filled(v.hostname) IS NOT NULL THEN 'url' WHEN filled(v.filename) IS NOT NULL THEN 'file' END AS object_type,
       CASE WHEN path <> '' THEN filled(v.cfgobj) END AS object_id,
       CASE WHEN path <> '' THEN v.cfgpath
            WHEN filled(v.url) IS NOT NULL OR filled(v.hostname) IS NOT NULL
            THEN CASE WHEN v.url LIKE '%://%' THEN v.url ELSE coalesce(filled(v.hostname), '') || coalesce(filled(v.url), '') END
            ELSE filled(v.filename) END AS object_path,
       CASE WHEN v.cfgattr <> '' THEN list_transform(regexp_extract_all(v.cfgattr, '[\w.-]+\[[^\]]*\]'),
              lambda c: {'field': split_part(c, '[', 1),
                         'before': CASE WHEN contains(c, '->') THEN nullif(regexp_extract(c, '\[(.*?)->', 1), '') END,
                         'after': nullif(CASE WHEN contains(c, '->') THEN regexp_extract(c, '->(.*)\]$', 1) ELSE regexp_extract(c, '\[(.*)\]$', 1) END, '')}) END AS changes,
       address(client) AS src_ip,
       port(coalesce(v.srcport, v.src_port)) AS src_port,
       filled(v.srcname) AS src_host,
       filled(v.agent) AS user_agent,
       filled(v.fctuid) AS device,
       nullif(coalesce(filled(v.sessionid), filled(v.tunnelid)), '0') AS session,
       CASE WHEN v IS NULL OR (v.date IS NULL AND v.eventtime IS NULL AND v.type IS NULL AND v.logid IS NULL AND v.log_id IS NULL) THEN 'line: not a FortiOS log line' END AS reject,
       details
FROM resulted
