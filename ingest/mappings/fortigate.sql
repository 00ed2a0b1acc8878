-- mapping:  fortigate
-- reads:    FortiOS log lines: `date=2026-03-01 time=08:14:07 devname="FW" … type="event" subtype="vpn" user="anna" remip=192.0.2.15 …`,
--           bare, behind any syslog header, comma-separated (`set format csv`), as text inside JSON, or as JSON with FortiOS's own names;
--           and its CEF lines (`set format cef`), whose keys are CEF's or begin with FTNTFGT
-- source:   Fortinet, "FortiOS Log Message Reference" 5.6 to 7.6 (log field formats, event/traffic/utm logs); "config log syslogd setting"
-- decoders: lines
-- proved:   from documentation: date, time, tz, eventtime, type, subtype, action, status, user, ui, srcip, remip, msg, logdesc,
--           cfgpath, cfgobj, cfgattr, xauthuser, sessionid, tunnelid, dhcp_msg, mac, ip, fctuid → "FortiOS Log Message Reference";
--           FTNTFGT…, cat, act, outcome, start, src, spt, suser, duser, sproc → the same, "CEF support"
-- traps:    eventtime is in seconds (6.0), and ns (6.2 on), told by its digits; without it date and time are the firewall's local
--           time, with tz its offset. Values with blanks are quoted, others may be or not. A tunnel that comes up is a log-on only
--           if somebody's account is in it: between two firewalls it is a connection. unauthuser was not authenticated, so it
--           stays in details. A download in a web-filter line leaves no municipal system: all utm lines are 'connect'.
WITH unwrapped AS (
  SELECT position, reference, record[1] = '{' AS braced, CASE WHEN record[1] = '{'
           THEN list_filter(TRY(json_extract_string(record, ['$.message', '$.event.original', '$._raw', '$.log', '$.msg', '$.result._raw', '$._source.message', '$.body'])),
                            lambda x: regexp_matches(x, '\b(date|time|logid|eventtime)='))[1]
           ELSE record END AS line, record
  FROM raw),
spread AS (
  -- CEF drops the quotation marks and writes = as \=; its header gets the names of the dictionary.
  SELECT position, reference, braced, record, CASE WHEN h IS NULL THEN line
           ELSE replace(concat('deviceVendor=', h[2], ' deviceProduct=', h[3], ' deviceVersion=', h[4], ' deviceEventClassId=', h[5], ' name=', h[6], ' agentSeverity=', h[7], ' ', array_to_string(h[8:], '|')), '\=', chr(57345)) END AS line
  FROM (SELECT *, CASE WHEN line LIKE '%CEF:%|Fortinet|%|%|%|%|%|%' THEN string_split(substr(line, instr(line, 'CEF:')), '|') END AS h FROM unwrapped)),
marked AS (
  -- U+E010 before a key and U+E011 behind it, so that what stands between is the value; a quotation mark within is \".
  SELECT position, reference, CASE WHEN braced AND line IS NULL AND json_valid(record) THEN record END AS json, regexp_matches(line, '\b(date|time|devid|devname)="?[^ ,]*"?,[a-z]+=') AS commas, line FROM spread),
paired AS (
  SELECT position, reference, json,
         CASE WHEN commas THEN regexp_replace(line, '(?:^(?:<\d+>)?|[\s,]+)([A-Za-z][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^",]*))', chr(57360) || '\1' || chr(57361) || '\2\3', 'g')
              ELSE regexp_replace(line, '(?:^(?:<\d+>)?|\s+)([A-Za-z][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))', chr(57360) || '\1' || chr(57361) || '\2\3', 'g') END AS pairs
  FROM marked),
begun AS (
  SELECT position, reference, json, rtrim(substr(pairs, instr(pairs, chr(57360)) + 1)) AS pairs, instr(pairs, chr(57360)) > 0 AS any_pair FROM paired),
shaped AS (
  SELECT position, reference, CASE WHEN json IS NOT NULL THEN json WHEN any_pair THEN
         '{' || replace(replace(CAST(to_json(replace(replace(replace(pairs, '\"', '"'), '\\', '\'), chr(57345), '=')) AS VARCHAR), chr(57360), '","'), chr(57361), '":"') || '}' END AS details
  FROM begun),
read AS (
  -- What the signs of an empty value stand for is NULL: "", "-", "(null)", "null", "N/A".
  SELECT position, reference, details, TRY(from_json(replace(replace(replace(replace(replace(details, '":""', '":null'), '":"-"', '":null'), '":"N/A"', '":null'), '":"(null)"', '":null'), '":"null"', '":null'),
    '{"date": "VARCHAR", "time": "VARCHAR", "tz": "VARCHAR", "eventtime": "VARCHAR", "type": "VARCHAR", "subtype": "VARCHAR", "action": "VARCHAR", "status": "VARCHAR",
      "result": "VARCHAR", "user": "VARCHAR", "xauthuser": "VARCHAR", "admin": "VARCHAR", "ui": "VARCHAR", "srcip": "VARCHAR", "remip": "VARCHAR", "rem_ip": "VARCHAR", "src": "VARCHAR", "ip": "VARCHAR",
      "srcport": "VARCHAR", "src_port": "VARCHAR", "srcname": "VARCHAR", "msg": "VARCHAR", "logdesc": "VARCHAR", "cfgpath": "VARCHAR", "cfgobj": "VARCHAR", "cfgattr": "VARCHAR",
      "sessionid": "VARCHAR", "tunnelid": "VARCHAR", "hostname": "VARCHAR", "url": "VARCHAR", "filename": "VARCHAR", "agent": "VARCHAR", "fctuid": "VARCHAR", "mac": "VARCHAR", "dhcp_msg": "VARCHAR",
      "utmaction": "VARCHAR", "logid": "VARCHAR", "log_id": "VARCHAR",
      "FTNTFGTeventtime": "VARCHAR", "FTNTFGTtz": "VARCHAR", "FTNTFGTlogid": "VARCHAR", "FTNTFGTsubtype": "VARCHAR", "FTNTFGTlogdesc": "VARCHAR", "FTNTFGTcfgpath": "VARCHAR", "FTNTFGTcfgobj": "VARCHAR",
      "FTNTFGTcfgattr": "VARCHAR", "FTNTFGTremip": "VARCHAR", "FTNTFGTxauthuser": "VARCHAR", "FTNTFGTutmaction": "VARCHAR", "FTNTFGTtunnelid": "VARCHAR", "cat": "VARCHAR", "act": "VARCHAR", "outcome": "VARCHAR", "start": "VARCHAR",
      "suser": "VARCHAR", "duser": "VARCHAR", "sproc": "VARCHAR", "spt": "VARCHAR", "shost": "VARCHAR", "request": "VARCHAR", "fname": "VARCHAR", "requestClientApplication": "VARCHAR", "externalId": "VARCHAR"}')) AS v
  FROM shaped),
worded AS (
  SELECT position, reference, details, v IS NULL OR (v.date IS NULL AND v.eventtime IS NULL AND v.type IS NULL AND v.logid IS NULL AND v.log_id IS NULL AND v.FTNTFGTlogid IS NULL AND v.FTNTFGTeventtime IS NULL) AS unread,
         v.date AS day, v.time AS clock, coalesce(v.tz, v.FTNTFGTtz) AS tz, coalesce(v.eventtime, v.FTNTFGTeventtime) AS eventtime, v.start AS start,
         lower(coalesce(v.action, v.act, '')) AS act, lower(coalesce(v.type, split_part(v.cat, ':', 1), '')) AS kind, lower(coalesce(v.subtype, v.FTNTFGTsubtype, '')) AS sub, lower(coalesce(v.utmaction, v.FTNTFGTutmaction, '')) AS utm,
         lower(coalesce(v.status, v.outcome, v.result, '')) AS status, lower(coalesce(v.logdesc, v.FTNTFGTlogdesc, '') || ' ' || coalesce(v.msg, '')) AS words,
         coalesce(v.xauthuser, v.FTNTFGTxauthuser, v.user, v.admin, v.suser, v.duser) AS who_said, lower(coalesce(v.cfgpath, v.FTNTFGTcfgpath, '')) AS path, coalesce(v.cfgpath, v.FTNTFGTcfgpath) AS setting,
         coalesce(v.cfgobj, v.FTNTFGTcfgobj) AS set_object, coalesce(v.cfgattr, v.FTNTFGTcfgattr) AS set_values,
         v.dhcp_msg IS NOT NULL AS lease, CASE WHEN v.dhcp_msg IS NULL THEN v.hostname END AS site, coalesce(v.url, v.request) AS url, coalesce(v.filename, v.fname) AS file,
         -- An address lease and an endpoint's registration have the client's address as ip.
         coalesce(v.srcip, v.remip, v.rem_ip, v.src, v.FTNTFGTremip, nullif(regexp_extract(coalesce(v.ui, v.sproc), '\(([^)]*)\)', 1), ''), CASE WHEN v.dhcp_msg IS NOT NULL OR v.fctuid IS NOT NULL THEN v.ip END) AS client,
         coalesce(v.srcport, v.src_port, v.spt) AS client_port, coalesce(v.srcname, v.shost, CASE WHEN v.dhcp_msg IS NOT NULL THEN v.hostname END) AS src_host,
         coalesce(v.agent, v.requestClientApplication) AS user_agent, coalesce(v.fctuid, CASE WHEN v.dhcp_msg IS NOT NULL THEN v.mac END) AS device, nullif(coalesce(v.sessionid, v.tunnelid, v.externalId, v.FTNTFGTtunnelid), '0') AS session
  FROM read),
known AS (
  SELECT * REPLACE (coalesce(day, strftime(began, '%Y-%m-%d')) AS day, coalesce(clock, strftime(began, '%H:%M:%S')) AS clock), account(who_said) AS who
  FROM (SELECT *, try_strptime(start, '%b %d %Y %H:%M:%S') AS began FROM worded)),
judged AS (
  SELECT *,
         CASE WHEN unread THEN NULL
              WHEN kind IN ('traffic', 'utm', 'app-ctrl', 'webfilter', 'virus', 'ips', 'dlp', 'emailfilter', 'anomaly', 'dns', 'waf', 'voip', 'ssl', 'ssh', 'file-filter', 'gtp', 'casb') THEN 'connect'
              WHEN act IN ('login', 'auth-logon', 'authentication', 'authenticate', 'fsso-logon', 'ssl-login-fail', 'ssl-login', 'admin-login', 'logon', 'client-authentication') THEN 'login'
              WHEN act IN ('logout', 'auth-logoff', 'auth-logout', 'auth-timeout', 'fsso-logoff', 'ssl-logout', 'logoff', 'timeout') AND sub <> 'ha' THEN 'logout'
              WHEN act IN ('tunnel-up', 'phase2-up') THEN CASE WHEN who.name IS NOT NULL THEN 'login' ELSE 'connect' END
              WHEN act IN ('tunnel-down', 'phase2-down') THEN CASE WHEN who.name IS NOT NULL THEN 'logout' ELSE 'connect' END
              WHEN act IN ('ssl-new-con', 'ssl-alert', 'ssl-exit-error', 'ssl-exit-fail', 'negotiate', 'install_sa', 'delete_phase1_sa', 'delete_ipsec_sa', 'connect', 'connection') OR act LIKE 'dhcp%' OR lease
                   OR (sub = 'endpoint' AND path = '') THEN 'connect'
              WHEN path = '' AND regexp_matches(words, '\b(clear(ed)?|delete[ds]?)\b.*\blogs?\b|\blogs?\b.*\b(clear|delet)ed\b') THEN 'log_clear'
              WHEN path IN ('user.local', 'system.admin', 'system.api-user', 'user.adgrp') AND act LIKE 'add%' THEN 'account_create'
              WHEN path IN ('user.local', 'system.admin', 'system.api-user', 'user.adgrp') AND act LIKE 'del%' THEN 'account_delete'
              WHEN path IN ('user.local', 'system.admin', 'system.api-user', 'user.adgrp') AND act LIKE 'edit%' THEN 'account_change'
              WHEN path <> '' OR act IN ('add', 'edit', 'delete', 'move', 'set', 'restore', 'upload', 'update', 'config-change') THEN 'config_change'
              WHEN regexp_matches(words, '\bconfiguration (is |was )?changed\b') THEN 'config_change'
              WHEN act IN ('download', 'backup', 'export') THEN 'export'
              WHEN regexp_matches(words, '\b(log(ged)? ?in|logon|authentication)\b.*\b(success|succe|fail|denied|timed)|\blogin (successful|failed|disabled)') AND who.name IS NOT NULL THEN 'login'
              WHEN regexp_matches(words, '\b(logged out|logout|log ?off)\b') AND who.name IS NOT NULL THEN 'logout'
              WHEN act IN ('exec', 'execute') THEN 'execute'
              ELSE 'other' END AS action
  FROM known),
resulted AS (
  SELECT *,
         CASE WHEN kind <> 'event'
              THEN CASE WHEN act IN ('deny', 'denied', 'block', 'blocked', 'drop', 'dropped', 'reset', 'reset_client', 'reset_server', 'clear_session', 'drop_session', 'ip-conn', 'quarantine', 'violation', 'reject', 'redirect', 'redirected')
                          OR utm IN ('block', 'blocked', 'deny', 'reset', 'dropped') THEN 'failure'
                        WHEN act <> '' OR status IN ('accept', 'success', 'pass', 'passthrough', 'detected') THEN 'success'
                        WHEN status <> '' THEN 'failure' ELSE 'unknown' END
              WHEN action = 'logout' AND regexp_matches(status || act, 'time') THEN 'success'
              WHEN regexp_matches(status, 'fail|error|den(y|ied)|invalid|reject|timeout|timed|block|negotiate_error|aborted') THEN 'failure'
              WHEN regexp_matches(status, 'succe|^ok$|^pass|accept|^up$|^down$|^log(on|in|off|out)$|^start') THEN 'success'
              WHEN act LIKE '%fail%' OR act LIKE '%deny%' OR act LIKE '%error%' THEN 'failure'
              WHEN act IN ('tunnel-up', 'tunnel-down', 'phase2-up', 'phase2-down', 'auth-logon', 'auth-logoff', 'auth-logout', 'fsso-logon', 'fsso-logoff') THEN 'success'
              WHEN regexp_matches(words, '\bfail(ed|ure|s)?\b|\bdenied\b|\binvalid\b|\brejected\b') THEN 'failure'
              WHEN regexp_matches(words, '\bsuccess(ful|fully)?\b') THEN 'success'
              WHEN path <> '' AND act <> '' OR regexp_matches(words, '\bconfiguration (is |was )?changed\b|\blogs?\b.*\b(cleared|deleted)\b|\bdeleted\b.*\blogs?\b') THEN 'success'
              ELSE 'unknown' END AS outcome
  FROM judged)
SELECT position,
       CASE WHEN regexp_full_match(eventtime, '\d{10}') THEN make_timestamptz(try_cast(eventtime AS BIGINT) * 1000000)
            WHEN regexp_full_match(eventtime, '\d{13}') THEN make_timestamptz(try_cast(eventtime AS BIGINT) * 1000)
            WHEN regexp_full_match(eventtime, '\d{16,19}') THEN make_timestamptz(try_cast(eventtime[1:16] AS BIGINT))
            WHEN regexp_full_match(tz, '[+-]\d\d:?\d\d') THEN try_cast(day || 'T' || clock || tz[1:3] || ':' || right(tz, 2) AS TIMESTAMPTZ) END AS time,
       CASE WHEN NOT coalesce(regexp_full_match(eventtime, '\d{10}|\d{13}|\d{16,19}'), false) AND NOT coalesce(regexp_full_match(tz, '[+-]\d\d:?\d\d'), false)
            THEN try_cast(day || ' ' || clock AS TIMESTAMP) END            AS local_time,
       CASE WHEN eventtime IS NOT NULL THEN eventtime
            WHEN began IS NOT NULL THEN concat_ws(' ', start, tz) WHEN day IS NOT NULL OR clock IS NOT NULL THEN concat_ws(' ', day, clock, tz) END AS time_original,
       who.domain AS actor_domain, who.name AS actor_account,
       coalesce(action, 'other') AS action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN action IN ('login', 'logout', 'connect', 'execute', 'other') THEN 'possible' ELSE 'content' END AS proves,
       MAP {'login': 3002, 'logout': 3002, 'connect': 4001, 'account_create': 3007, 'account_delete': 3007, 'account_change': 3007, 'config_change': 1008,
            'log_clear': 1008, 'export': 1008, 'execute': 1007}[action] AS class_uid,
       CASE WHEN action LIKE 'account%' THEN set_object END AS target_account,
       CASE WHEN path <> '' THEN 'setting' WHEN url IS NOT NULL OR site IS NOT NULL THEN 'url' WHEN file IS NOT NULL THEN 'file' END AS object_type,
       set_object AS object_id,
       CASE WHEN path <> '' THEN setting WHEN url LIKE '%://%' THEN url WHEN url IS NOT NULL OR site IS NOT NULL THEN concat(site, url) ELSE file END AS object_path,
       CASE WHEN set_values IS NOT NULL THEN list_transform(regexp_extract_all(set_values, '[\w.-]+\[[^\]]*\]'),
              lambda c: {'field': split_part(c, '[', 1),
                         'before': CASE WHEN contains(c, '->') THEN nullif(regexp_extract(c, '\[(.*?)->', 1), '') END,
                         'after': nullif(CASE WHEN contains(c, '->') THEN regexp_extract(c, '->(.*)\]$', 1) ELSE regexp_extract(c, '\[(.*)\]$', 1) END, '')}) END AS changes,
       address(client) AS src_ip, port(client_port) AS src_port, src_host, user_agent, device, session,
       CASE WHEN unread THEN 'line: not a FortiOS log line' END AS reject,
       details
FROM resulted
