-- mapping:  cef
-- reads:    ArcSight Common Event Format, version 0 and 1: `CEF:0|vendor|product|version|class|name|severity|key=value …`, behind any syslog
--           header or none, or as text inside JSON; LEEF 1.0 and 2.0 (`LEEF:2.0|vendor|product|version|id|^|key=value^key=value`)
-- source:   OpenText (ArcSight) "Implementing ArcSight Common Event Format" 0.1 (version 26) and 1.0; IBM "Log Event Extended Format (LEEF)
--           version 2"; Fortinet "FortiOS Log Message Reference, CEF support"; Palo Alto Networks "CEF Configuration Guide"; Check Point
--           "Log Exporter"; Cisco "Secure Firewall/ESA CEF"; Microsoft "Defender for Identity SIEM log reference"
-- decoders: lines
-- proved:   from documentation: rt, start, end, src, spt, shost, suser, sntdom, duser, dntdom, act, outcome, request, requestMethod,
--           requestClientApplication, fname, filePath, externalId, msg, reason, cs1Label … and their full names → "Implementing ArcSight
--           Common Event Format"; devTime, usrName, src, identSrc → LEEF version 2; FTNTFGT…, duser, sproc → FortiOS reference;
--           PanOS… → Palo Alto Networks; auth_status → Check Point
-- traps:    an equals sign in a value is \=, but many products leave it bare: a key begins only after a blank. A pipe in the header is
--           \|. A backslash should be \\ but paths and accounts often carry single ones, so \n is a line break in no path or account.
--           rt before start before end before the header's time; FortiGate's FTNTFGTeventtime before all (its start is the session's).
--           suser is who did it. Log-ons often name the account in duser alone: then that is the actor, else duser is the target.
--           FortiGate and SecureSphere write the account that acts as duser, whatever it does.
--           A field that its label calls Personnummer is the subject.
--           A verdict of a firewall (act=deny) is the outcome; a sensor's 'detected' says nothing of success.
WITH unwrapped AS (
  SELECT position, reference, CASE WHEN record[1] = '{'
           THEN coalesce(list_filter(TRY(json_extract_string(record, ['$.message', '$.event.original', '$._raw', '$.log', '$.msg', '$.result._raw', '$._source.message', '$.body'])),
                                     lambda x: regexp_matches(x, '(CEF|LEEF):'))[1], record)
           ELSE record END AS line
  FROM raw),
found AS (
  SELECT position, reference, CASE WHEN right(line, 1) <= ' ' THEN rtrim(line, E' \t\r\n') ELSE line END AS line,
         instr(line, 'CEF:') AS cef_at, instr(line, 'LEEF:') AS leef_at FROM unwrapped),
cut AS (
  SELECT position, reference, leef_at > 0 AND cef_at = 0 AS leef, cef_at > 0 OR leef_at > 0 AS any_form,
         left(line, CASE WHEN cef_at = 0 THEN greatest(leef_at, 1) ELSE cef_at END - 1) AS envelope,
         CASE WHEN leef_at > 0 AND cef_at = 0 THEN substr(line, leef_at + 5) ELSE substr(line, cef_at + 4) END AS body
  FROM found),
headed AS (
  -- U+E000 stands for \\, U+E001 for \=, U+E002 for \|: what is left of those characters is what they are to the format.
  SELECT * EXCLUDE (body), contains(body, '\') AS escaped, string_split(CASE WHEN contains(body, '\') THEN replace(replace(replace(body, '\\', chr(57344)), '\=', chr(57345)), '\|', chr(57346)) ELSE body END, '|') AS h
  FROM cut),
bodied AS (
  SELECT *,
         CASE WHEN NOT leef THEN array_to_string(h[8:], '|')
              -- LEEF 1.0 parts with tabs; 2.0 names its delimiter, as itself or in hexadecimal (ASCII), or leaves it out.
              WHEN h[1] LIKE '2%' AND regexp_full_match(h[6], '\S|\t|0?x(?:00)?[0-7][0-9A-Fa-f]|\\t|') THEN array_to_string(h[7:], '|')
              ELSE array_to_string(h[6:], '|') END AS extension,
         CASE WHEN NOT leef THEN ''
              WHEN h[1] LIKE '2%' AND regexp_full_match(h[6], '0?x(?:00)?[0-7][0-9A-Fa-f]') THEN chr(TRY(CAST('0x' || regexp_extract(h[6], 'x(.*)', 1) AS INTEGER)))
              WHEN h[1] LIKE '2%' AND length(h[6]) = 1 THEN h[6] ELSE chr(9) END AS delimiter
  FROM headed),
paired AS (
  -- The extension as text of JSON, in which each key then ends the value before it: …","key":"… What precedes the first key is dropped.
  SELECT position, reference, leef, envelope, any_form, escaped, h,
         CASE WHEN leef THEN regexp_replace(CAST(to_json(replace(extension, delimiter, chr(57360))) AS VARCHAR), '(?:^"|' || chr(57360) || ')\s*([^=' || chr(57360) || ']+?)\s*=', '","\1":"', 'g')
              ELSE regexp_replace(CAST(to_json(' ' || CASE WHEN contains(extension, '  ') OR contains(extension, chr(9)) OR contains(extension, chr(10)) THEN regexp_replace(extension, '\s+([A-Za-z_][\w.\[\]-]*)=', ' \1=', 'g') ELSE extension END) AS VARCHAR),
                                  ' ([A-Za-z_][\w.\[\]-]*)=', '","\1":"', 'g') END AS pairs
  FROM bodied),
spelt AS (
  SELECT position, reference, leef, envelope, escaped, h,
         CASE WHEN any_form THEN concat('{"version":', coalesce(to_json(h[1]), 'null'), ',"deviceVendor":', coalesce(to_json(h[2]), 'null'), ',"deviceProduct":', coalesce(to_json(h[3]), 'null'),
                ',"deviceVersion":', coalesce(to_json(h[4]), 'null'), ',"deviceEventClassId":', coalesce(to_json(h[5]), 'null'),
                CASE WHEN NOT leef THEN concat(',"name":', coalesce(to_json(h[6]), 'null'), ',"agentSeverity":', coalesce(to_json(h[7]), 'null')) END,
                CASE WHEN contains(pairs, '":"') THEN substr(pairs, instr(pairs, '","') + 1) END, '}') ELSE '{}' END AS text
  FROM paired),
restored AS (
  SELECT position, reference, leef, envelope, h,
         CASE WHEN escaped
              THEN replace(replace(replace(replace(replace(text, '\\n', '\n'), '\\r', '\r'), chr(57344), '\\'), chr(57345), '='), chr(57346), '|') ELSE text END AS details
  FROM spelt),
read AS (
  -- What the signs of an empty value stand for is NULL: "", "-", "(null)", "null", "N/A".
  SELECT position, reference, leef, envelope, h, details, TRY(from_json(regexp_replace(details, '":"(?:-|N/A|\(null\)|null|)"', '":null', 'g'),
    '{"deviceVendor": "VARCHAR", "deviceProduct": "VARCHAR", "deviceEventClassId": "VARCHAR", "name": "VARCHAR", "rt": "VARCHAR", "start": "VARCHAR", "end": "VARCHAR", "devTime": "VARCHAR", "deviceReceiptTime": "VARCHAR",
      "startTime": "VARCHAR", "endTime": "VARCHAR", "timeStamp": "VARCHAR",
      "FTNTFGTeventtime": "VARCHAR", "FTNTFGTtz": "VARCHAR", "FTNTFGTremip": "VARCHAR", "FTNTFGTcfgpath": "VARCHAR", "FTNTFGTcfgobj": "VARCHAR",
      "src": "VARCHAR", "sourceAddress": "VARCHAR", "sourceIp": "VARCHAR", "spt": "VARCHAR", "srcPort": "VARCHAR", "sourcePort": "VARCHAR", "shost": "VARCHAR", "sourceHostName": "VARCHAR", "sourceHost": "VARCHAR",
      "suser": "VARCHAR", "sourceUserName": "VARCHAR", "sntdom": "VARCHAR", "sourceNtDomain": "VARCHAR", "duser": "VARCHAR", "destinationUserName": "VARCHAR",
      "dntdom": "VARCHAR", "destinationNtDomain": "VARCHAR", "usrName": "VARCHAR", "act": "VARCHAR", "action": "VARCHAR", "deviceAction": "VARCHAR", "outcome": "VARCHAR", "eventOutcome": "VARCHAR", "categoryOutcome": "VARCHAR",
      "PanOSStage": "VARCHAR", "PanOSEventStatus": "VARCHAR", "auth_status": "VARCHAR", "categoryBehavior": "VARCHAR", "cat": "VARCHAR", "request": "VARCHAR", "requestUrl": "VARCHAR", "requestMethod": "VARCHAR",
      "requestClientApplication": "VARCHAR", "fname": "VARCHAR", "filePath": "VARCHAR", "fileId": "VARCHAR", "externalId": "VARCHAR", "msg": "VARCHAR", "reason": "VARCHAR",
      "c6a1": "VARCHAR", "c6a1Label": "VARCHAR", "c6a2": "VARCHAR", "c6a2Label": "VARCHAR", "dst": "VARCHAR",
      "sproc": "VARCHAR", "url": "VARCHAR", "domain": "VARCHAR", "identHostName": "VARCHAR"}')) AS v
  FROM restored),
told AS (
  SELECT position, reference, leef, h, details, v IS NULL AS unread,
         trim(coalesce(CASE WHEN v.deviceVendor = 'Fortinet' THEN coalesce(v.FTNTFGTeventtime, v.start || ' ' || v.FTNTFGTtz) END, v.rt, v.deviceReceiptTime, v.devTime, v.start, v.startTime, v."end", v.endTime, v.timeStamp,
                  nullif(regexp_extract(envelope, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*|[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?'), '')), '"') AS clock,
         -- These write the account that acts as duser: FortiOS its `user`, SecureSphere the database's account.
         v.deviceVendor IN ('Fortinet', 'Imperva Inc.') AS acts_as_duser,
         -- ArcSight's connector gives the account that logs on as duser, and the service that asked as suser.
         v.deviceVendor = 'Microsoft' AND regexp_matches(v.deviceEventClassId, '(^|:)(4624|4625|4634|4647|4768|4769|4770|4771|4772|4776)$') AS asked_by_suser,
         replace(trim(coalesce(v.suser, v.sourceUserName, v.usrName), '"'), chr(10), '\n') AS suser, coalesce(v.sntdom, v.sourceNtDomain, CASE WHEN leef THEN v.domain END) AS source_domain,
         replace(trim(coalesce(v.duser, v.destinationUserName), '"'), chr(10), '\n') AS duser, coalesce(v.dntdom, v.destinationNtDomain) AS target_domain,
         lower(trim(coalesce(v.act, v.action, v.deviceAction, ''), '"')) AS act, replace(lower(concat_ws(' ', v.name, v.act, v.deviceEventClassId, v.PanOSStage)), '_', ' ') AS words,
         lower(coalesce(v.outcome, v.eventOutcome, v.categoryOutcome, v.PanOSEventStatus, v.auth_status, '')) AS said, lower(concat_ws(' ', v.msg, v.reason)) AS message,
         lower(coalesce(v.cat, '')) AS cat, v.categoryBehavior LIKE '/Authentication/Verify%' AS verifies, upper(v.requestMethod) AS method, v.dst IS NOT NULL AS to_somewhere,
         v.FTNTFGTcfgpath AS setting, v.FTNTFGTcfgobj AS set_object, CASE WHEN right(v.filePath, 1) IN ('\', '/') THEN v.filePath || coalesce(v.fname, '') ELSE coalesce(v.filePath, v.fname) END AS file, coalesce(v.request, v.requestUrl, v.url) AS url, v.fileId AS file_id,
         coalesce(v.src, v.sourceAddress, v.sourceIp, CASE WHEN NOT coalesce(v.c6a2Label ILIKE '%dest%', false) THEN v.c6a2 END, CASE WHEN v.c6a1Label ILIKE '%source%' THEN v.c6a1 END,
                  v.FTNTFGTremip, CASE WHEN v.deviceVendor = 'Fortinet' THEN nullif(regexp_extract(v.sproc, '\((.*)\)', 1), '') END) AS from_address,
         coalesce(v.shost, v.sourceHostName, v.sourceHost, CASE WHEN leef THEN v.identHostName END) AS host, coalesce(v.spt, v.srcPort, v.sourcePort) AS from_port,
         v.requestClientApplication AS user_agent,
         -- The Windows connector gives the event's number there.
         CASE WHEN v.deviceVendor = 'Microsoft' AND ends_with(v.deviceEventClassId, ':' || v.externalId) THEN NULL ELSE v.externalId END AS source_event_id,
         CASE WHEN contains(details, 'ersonn') THEN regexp_extract(details, '"(cs\d|flexString\d)Label":"(?i:personnummer|personnr)\.?"', 1) END AS numbered
  FROM read),
worded AS (
  SELECT *, account(CASE WHEN NOT regexp_full_match(suser, '(?i)n/a|unknown|none|undefined') THEN suser END) AS source_user,
         account(CASE WHEN NOT regexp_full_match(duser, '(?i)n/a|unknown|none|undefined') THEN duser END) AS target_user
  FROM told),
judged AS (
  SELECT *,
         CASE WHEN setting IS NOT NULL
              THEN CASE WHEN lower(setting) IN ('user.local', 'system.admin', 'system.api-user')
                        THEN CASE left(act, 3) WHEN 'add' THEN 'account_create' WHEN 'del' THEN 'account_delete' ELSE 'account_change' END ELSE 'config_change' END
              WHEN act IN ('read', 'open', 'opened', 'view', 'viewed', 'preview', 'get', 'access', 'accessed') THEN 'read'
              WHEN act IN ('print', 'printed') THEN 'print'
              WHEN act IN ('copy', 'copied') THEN 'copy'
              WHEN act IN ('export', 'exported', 'download', 'downloaded') THEN 'export'
              WHEN act IN ('create', 'created', 'upload', 'uploaded', 'add', 'added', 'new') THEN 'create'
              WHEN act IN ('update', 'updated', 'modify', 'modified', 'write', 'written', 'change', 'changed', 'rename', 'renamed', 'edit', 'edited', 'move', 'moved') THEN 'update'
              WHEN act IN ('delete', 'deleted', 'remove', 'removed') THEN 'delete'
              WHEN act IN ('search', 'searched', 'query', 'list') THEN 'search'
              WHEN act IN ('share', 'shared') THEN 'share'
              WHEN act IN ('execute', 'executed', 'run', 'exec') THEN 'execute'
              WHEN regexp_matches(words, '\b(log(ged)?|sign(ed)?)[ _-]?(off|out)\b|\btunnel-down\b|\bauth-logoff\b|\bsession (ended|closed|terminated)\b|\bvpn (session )?disconnect') THEN 'logout'
              WHEN regexp_matches(words, '\b(added|add)\b.{0,40}\bto\b.{0,40}\b(group|role)\b|\b(role|permission|privilege|right)s?\b.{0,24}\b(granted|assigned|added)') THEN 'grant'
              WHEN regexp_matches(words, '\bremoved?\b.{0,40}\bfrom\b.{0,40}\b(group|role)\b|\b(role|permission|privilege|right)s?\b.{0,24}\b(revoked|removed)') THEN 'revoke'
              WHEN regexp_matches(words, '\b(account|user|admin\w*)\b.{0,24}\b(was )?(created|added)\b|\b(create|add|new)[ _-]?(local |domain )?(user|account)\b') THEN 'account_create'
              WHEN regexp_matches(words, '\b(account|user)\b.{0,24}\b(was )?(deleted|removed)\b|\b(delete|remove)[ _-]?(user|account)\b') THEN 'account_delete'
              WHEN regexp_matches(words, '\bpassword\b.{0,24}\b(change|reset|set)|\b(change|reset)[a-z]*\b.{0,16}\bpassword\b|\b(account|user)\b.{0,24}\b(was )?(locked|unlocked|enabled|disabled|changed|modified)') THEN 'account_change'
              WHEN regexp_matches(words, '\b(log(ged)?|sign(ed)?)[ _-]?(on|in)\b|authenticat(ions?|ed|e)\b|\bauth[ -](success|fail)|\btunnel-up\b|\bssl-login|\bglobalprotect.*connect|\blogon') OR verifies THEN 'login'
              WHEN regexp_matches(words, '\b(audit |event |system )?logs?\b.{0,16}\b(was |were )?(cleared|deleted|purged)\b') THEN 'log_clear'
              WHEN regexp_matches(words, '\b(config(uration)?|policy|rule|setting)s?\b.{0,32}\b(change|changed|modif|modified|updated|commit|installed|set|edited|added|deleted)|^config\b|\bcommit\b|\binstall policy\b') OR cat LIKE '%config%' THEN 'config_change'
              WHEN regexp_matches(words, '\bprint(ed)?\b') THEN 'print'
              WHEN regexp_matches(words, '\b(file|document|record|journal)\b.{0,24}\b(download|export)') THEN 'export'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(read|opened|viewed|accessed)') THEN 'read'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(created|uploaded)') THEN 'create'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(modified|changed|updated|renamed|written|moved)') THEN 'update'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(deleted|removed)') THEN 'delete'
              WHEN method IN ('GET', 'HEAD') AND NOT regexp_matches(act, 'block|deny|denied|drop|detect|alert') THEN 'read'
              WHEN to_somewhere AND (act <> '' OR regexp_matches(words || cat, 'traffic|connection|flow|firewall|session')) THEN 'connect'
              ELSE 'other' END AS action,
         CASE WHEN regexp_matches(said, 'succe|^ok$|^true$|allow|permit|accept|^pass|grant') THEN 'success'
              WHEN regexp_matches(said, 'fail|den(y|ied)|error|block|reject|drop|unauthori|^false$|invalid') THEN 'failure'
              WHEN regexp_full_match(said, '[1-5]\d\d') THEN CASE WHEN said < '400' THEN 'success' ELSE 'failure' END
              WHEN regexp_full_match(act, '(allow|allowed|permit|permitted|accept|accepted|pass|passed|passthrough|forward|forwarded|close|closed|client-rst|server-rst|timeout|start|success|succeeded|tunnel-up|tunnel-down|delivered|login successful|req_passed)') THEN 'success'
              WHEN regexp_matches(act, '^(den|block|drop|reject|reset|fail|prevent|quarantin|terminat|discard|refus|ip-conn|ssl-login-fail|intercept)|[ _-](fail|failed|denied|blocked|dropped)') THEN 'failure'
              WHEN regexp_matches(words, '(fail(ed|ure|s)?|denied|\binvalid|unsuccessful|\brejected|\bincorrect|\brefused|\bunauthorized|blocked)\b') THEN 'failure'
              WHEN regexp_matches(words, '(succe(ss|eded|ssful|ssfully)|\baccepted|\bgranted|\ballowed|\bpermitted)\b') THEN 'success'
              -- Of a log-on, the message's words tell too, and so does the past tense of its name.
              WHEN action IN ('login', 'logout') AND regexp_matches(message, '(fail(ed|ure)?|denied|invalid|incorrect|rejected|refused|unsuccessful)\b') THEN 'failure'
              WHEN action IN ('login', 'logout') AND (regexp_matches(words, '\b(logged|signed)[ -]?(on|in|off|out)\b|\bauthenticated\b') OR regexp_matches(message, '\bsuccess(ful|fully)?\b')) THEN 'success'
              WHEN setting IS NOT NULL THEN 'success'
              ELSE 'unknown' END AS outcome
  FROM worded),
acted AS (
  SELECT *, CASE WHEN asked_by_suser AND target_user.name IS NOT NULL THEN target_user.name WHEN source_user.name IS NOT NULL THEN source_user.name WHEN acts_as_duser OR action IN ('login', 'logout') THEN target_user.name END AS who,
         CASE WHEN asked_by_suser AND target_user.name IS NOT NULL THEN coalesce(target_user.domain, target_domain)
              WHEN source_user.name IS NOT NULL THEN coalesce(source_user.domain, source_domain)
              WHEN target_user.name IS NOT NULL AND (acts_as_duser OR action IN ('login', 'logout')) THEN coalesce(target_user.domain, target_domain) END AS domain,
         -- Times in words: the zone apart, a fraction in any length.
         CASE WHEN clock[1] > '9' THEN regexp_extract(clock, '^(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:[.:]\d{1,6})?)(?: ?(?:GMT|UTC)?([+-]\d\d:?\d\d)| (?:Etc/)?([A-Z]{1,5})| ([A-Z]\w+/\w+))?(?: (\d{4}))?$', ['local', 'offset', 'zone', 'region', 'year']) END AS c
  FROM judged),
timed AS (
  SELECT *, CASE WHEN c.local <> '' THEN regexp_replace(regexp_replace(c.local, ' +', ' ', 'g'), ':(\d{3,6})$', '.\1') || CASE WHEN c.year <> '' THEN ' ' || c.year ELSE '' END END AS wall,
         coalesce(nullif(replace(c.offset, ':', ''), ''), MAP {'UTC': '+0000', 'GMT': '+0000', 'Z': '+0000', 'CET': '+0100', 'CEST': '+0200', 'BST': '+0100', 'WET': '+0000', 'WEST': '+0100', 'EET': '+0200', 'EEST': '+0300',
                                  'MSK': '+0300', 'EST': '-0500', 'EDT': '-0400', 'CST': '-0600', 'CDT': '-0500', 'MST': '-0700', 'MDT': '-0600', 'PST': '-0800', 'PDT': '-0700'}[c.zone]) AS shift,
         CASE WHEN c IS NULL AND NOT regexp_full_match(clock, '[\d.]+') THEN clock END AS iso
  FROM acted),
walled AS (
  SELECT *, NOT regexp_matches(wall, '\d{4} \d\d:|\d{4}$') AS no_year,
         CASE WHEN regexp_matches(wall, ' \d{4}$') THEN try_strptime(wall, ['%b %d %H:%M:%S %Y', '%b %d %H:%M:%S.%f %Y'])
              WHEN regexp_matches(wall, '\d{4} \d\d:') THEN try_strptime(wall, ['%b %d %Y %H:%M:%S', '%b %d %Y %H:%M:%S.%f'])
              WHEN wall IS NOT NULL THEN yearless(wall, reference) END AS moment,
         iso_zoned(iso) AS zoned
  FROM timed),
placed AS (
  SELECT *, address(coalesce(from_address, host)) AS src_ip, CASE WHEN address(host) IS NULL THEN host END AS src_host,
         CASE WHEN regexp_full_match(clock, '\d{10}(\.\d+)?') THEN make_timestamptz(CAST(try_cast(clock AS DECIMAL(28, 6)) * 1000000 AS BIGINT))
              WHEN regexp_full_match(clock, '\d{12,13}(\.\d+)?') THEN make_timestamptz(try_cast(split_part(clock, '.', 1) AS BIGINT) * 1000)
              WHEN regexp_full_match(clock, '\d{16,19}') THEN make_timestamptz(try_cast(clock[1:16] AS BIGINT))
              WHEN moment IS NOT NULL AND shift IS NOT NULL
              THEN timezone('UTC', moment) - (CASE WHEN shift[1] = '-' THEN -1 ELSE 1 END) * (CAST(shift[2:3] AS INTEGER) * 60 + CAST(right(shift, 2) AS INTEGER)) * INTERVAL 1 MINUTE
              WHEN moment IS NOT NULL AND c.region <> '' THEN try_cast(strftime(moment, '%Y-%m-%d %H:%M:%S.%f ') || c.region AS TIMESTAMPTZ)
              ELSE zoned END AS time,
         CASE WHEN moment IS NOT NULL AND shift IS NULL AND c.region = '' THEN moment WHEN iso IS NOT NULL AND zoned IS NULL THEN iso_local(iso) END AS local_time
  FROM walled)
SELECT position, time, local_time, clock                                    AS time_original,
       CASE WHEN moment IS NOT NULL AND no_year THEN ['year_assumed'] ELSE [] END AS time_quality,
       source_event_id,
       domain AS actor_domain, who                                           AS actor_account,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt' WHEN action IN ('login', 'logout', 'connect', 'execute', 'search', 'other') THEN 'possible' ELSE 'content' END AS proves,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN action = 'connect' THEN 4001 WHEN action LIKE 'account%' THEN 3007 WHEN action IN ('grant', 'revoke') THEN 3006
            WHEN action IN ('config_change', 'log_clear') THEN 1008 WHEN action = 'execute' THEN 1007 WHEN action = 'other' THEN NULL
            WHEN file IS NOT NULL THEN 1001 ELSE 6001 END AS class_uid,
       coalesce(CASE WHEN action LIKE 'account%' THEN set_object END, CASE WHEN target_user.name IS DISTINCT FROM who THEN target_user.name END) AS target_account,
       CASE WHEN setting IS NOT NULL THEN 'setting' WHEN file IS NOT NULL THEN 'file' WHEN url IS NOT NULL THEN 'url' END AS object_type,
       coalesce(set_object, file_id)                                         AS object_id,
       replace(coalesce(setting, file, url), chr(10), '\n')                  AS object_path,
       CASE WHEN numbered <> '' THEN json_extract_string(details, '$.' || numbered) END AS subject,
       src_ip, port(from_port) AS src_port, src_host, user_agent,
       CASE WHEN h IS NULL OR len(h) < (CASE WHEN leef THEN 5 ELSE 7 END) OR NOT regexp_full_match(trim(h[1]), '\d(\.\d)?') THEN 'line: no CEF or LEEF header'
            WHEN unread THEN 'line: not CEF' END AS reject,
       details
FROM placed
