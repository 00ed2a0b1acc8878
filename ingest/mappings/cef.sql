-- mapping:  cef
-- reads:    ArcSight Common Event Format, version 0 and 1: `CEF:0|vendor|product|version|class|name|severity|key=value …`, behind any syslog
--           header or none, or as text inside JSON; LEEF 1.0 and 2.0 (`LEEF:2.0|vendor|product|version|id|^|key=value^key=value`)
-- source:   OpenText (ArcSight) "Implementing ArcSight Common Event Format" 0.1 (version 26) and 1.0; IBM "Log Event Extended Format (LEEF)
--           version 2"; Fortinet "FortiOS Log Message Reference, CEF support"; Palo Alto Networks "CEF Configuration Guide"; Check Point
--           "Log Exporter"; Cisco "Secure Firewall/ESA CEF"; Microsoft "Defender for Identity SIEM log reference"
-- decoders: lines
-- proved:   from documentation: rt, start, end, src, spt, shost, suser, sntdom, duser, dntdom, act, outcome, request, requestMethod,
--           requestClientApplication, fname, filePath, externalId, msg, reason, cs1Label … → "Implementing ArcSight Common Event Format";
--           devTime, usrName, src, identSrc → LEEF version 2; FTNTFGT… → FortiOS reference
-- traps:    an equals sign in a value is \=, but many products leave it bare: a key begins only after a blank. A pipe in the header is
--           \|. A backslash should be \\ but paths and accounts often carry single ones, so \n is a line break in no path or account.
--           rt before start before end before the header's time; FortiGate's FTNTFGTeventtime before all (its start is the session's).
--           suser is who did it. Log-ons often name the account in duser alone: then that is the actor, else duser is the target.
--           A verdict of a firewall (act=deny) is the outcome; a sensor's 'detected' says nothing of success.
WITH unwrapped AS (
  SELECT position, reference, record, CASE WHEN record[1] = '{'
           THEN coalesce(TRY(json_extract_string(record, '$.message')), TRY(json_extract_string(record, '$.event.original')),
                         TRY(json_extract_string(record, '$._raw')), TRY(json_extract_string(record, '$.log')), TRY(json_extract_string(record, '$.msg')), record)
           ELSE record END AS line
  FROM raw),
found AS (
  SELECT position, reference, line, instr(line, 'CEF:') AS cef_at, instr(line, 'LEEF:') AS leef_at FROM unwrapped),
cut AS (
  SELECT position, reference, leef_at > 0 AND cef_at = 0 AS leef,
         left(line, CASE WHEN leef_at > 0 AND cef_at = 0 THEN leef_at ELSE greatest(cef_at, 1) END - 1) AS envelope, cef_at > 0 OR leef_at > 0 AS any_form,
         -- U+E000 stands for \\, U+E001 for \=, U+E002 for \|: what is left of those characters is what they are to the format.
         rtrim(replace(replace(replace(CASE WHEN leef_at > 0 AND cef_at = 0 THEN line[leef_at + 5:] ELSE line[cef_at + 4:] END,
               '\\', chr(57344)), '\=', chr(57345)), '\|', chr(57346)), E' \r\n') AS body
  FROM found),
headed AS (
  SELECT *, string_split(body, '|') AS h FROM cut),
bodied AS (
  SELECT *,
         CASE WHEN NOT leef THEN array_to_string(h[8:], '|')
              -- LEEF 1.0 parts with tabs; 2.0 names its delimiter, as itself or in hexadecimal, or leaves it out.
              WHEN h[1] LIKE '2%' AND regexp_full_match(h[6], '\S|\t|0?x[0-9A-Fa-f]{2,4}|\\t|') THEN array_to_string(h[7:], '|')
              ELSE array_to_string(h[6:], '|') END AS extension,
         CASE WHEN NOT leef THEN ''
              WHEN h[1] LIKE '2%' AND regexp_full_match(h[6], '0?x[0-9A-Fa-f]{2,4}') THEN chr(TRY(CAST('0x' || regexp_extract(h[6], 'x(.*)', 1) AS INTEGER)))
              WHEN h[1] LIKE '2%' AND length(h[6]) = 1 THEN h[6] ELSE chr(9) END AS delimiter
  FROM headed),
paired AS (
  -- U+E010 before a key and U+E011 behind it.
  SELECT position, reference, leef, envelope, any_form, h,
         CASE WHEN leef THEN regexp_replace(chr(57360) || replace(extension, delimiter, chr(57360)), chr(57360) || '\s*([^=' || chr(57360) || ']+?)\s*=', chr(57360) || '\1' || chr(57361), 'g')
              ELSE regexp_replace(extension, '(?:^|\s+)([A-Za-z_][\w.\[\]-]*)=', chr(57360) || '\1' || chr(57361), 'g') END AS pairs
  FROM bodied),
spelt AS (
  SELECT *, '{' || CASE WHEN any_form THEN
           ltrim(to_json({'version': h[1], 'deviceVendor': h[2], 'deviceProduct': h[3], 'deviceVersion': h[4], 'deviceEventClassId': h[5]}), '{')[:-2]
           || CASE WHEN leef THEN '' ELSE ',"name":' || coalesce(to_json(h[6]), 'null') || ',"agentSeverity":' || coalesce(to_json(h[7]), 'null') END
           || CASE WHEN contains(pairs, chr(57361))
                   THEN ',' || replace(replace(CAST(to_json(substr(pairs, instr(pairs, chr(57360)) + 1)) AS VARCHAR), chr(57360), '","'), chr(57361), '":"') ELSE '' END END || '}' AS text
  FROM paired),
restored AS (
  SELECT position, reference, leef, envelope, h,
         CASE WHEN contains(text, chr(57344)) OR contains(text, chr(57345)) OR contains(text, chr(57346)) OR contains(text, '\\')
              THEN replace(replace(replace(replace(replace(text, '\\n', '\n'), '\\r', '\r'), chr(57344), '\\'), chr(57345), '='), chr(57346), '|') ELSE text END AS details
  FROM spelt),
read AS (
  SELECT *, TRY(from_json(details,
    '{"deviceVendor": "VARCHAR", "deviceProduct": "VARCHAR", "deviceEventClassId": "VARCHAR", "name": "VARCHAR", "rt": "VARCHAR", "start": "VARCHAR", "end": "VARCHAR", "devTime": "VARCHAR", "deviceReceiptTime": "VARCHAR",
      "FTNTFGTeventtime": "VARCHAR", "src": "VARCHAR", "sourceAddress": "VARCHAR", "spt": "VARCHAR", "srcPort": "VARCHAR", "shost": "VARCHAR", "suser": "VARCHAR", "suid": "VARCHAR", "sntdom": "VARCHAR", "duser": "VARCHAR",
      "dntdom": "VARCHAR", "usrName": "VARCHAR", "act": "VARCHAR", "action": "VARCHAR", "outcome": "VARCHAR", "categoryOutcome": "VARCHAR", "categoryBehavior": "VARCHAR", "cat": "VARCHAR", "request": "VARCHAR", "requestMethod": "VARCHAR",
      "requestClientApplication": "VARCHAR", "fname": "VARCHAR", "filePath": "VARCHAR", "fileId": "VARCHAR", "externalId": "VARCHAR", "msg": "VARCHAR", "reason": "VARCHAR", "c6a2": "VARCHAR", "c6a2Label": "VARCHAR", "c6a3": "VARCHAR", "dst": "VARCHAR",
      "app": "VARCHAR", "proto": "VARCHAR", "sproc": "VARCHAR", "url": "VARCHAR", "domain": "VARCHAR", "identHostName": "VARCHAR"}')) AS v
  FROM restored),
clocked AS (
  SELECT *, coalesce(filled(v.FTNTFGTeventtime), filled(v.rt), filled(v.deviceReceiptTime), filled(v.devTime), filled(v.start), filled(v."end")) AS clock,
         replace(coalesce(filled(v.suser), filled(v.usrName)), chr(10), '\n') AS suser, replace(v.duser, chr(10), '\n') AS duser
  FROM read),
worded AS (
  SELECT *, replace(spoken, '_', ' ') AS words FROM (SELECT *, lower(coalesce(filled(v.act), filled(v.action), '')) AS act, lower(coalesce(v.name, '') || ' ' || coalesce(v.act, '') || ' ' || coalesce(CASE WHEN leef THEN v.deviceEventClassId END, '')) AS spoken,
         lower(coalesce(v.cat, '')) AS cat, lower(coalesce(filled(v.outcome), filled(v.categoryOutcome), '')) AS said,
         account(suser) AS source_user, account(duser) AS target_user,
         CASE WHEN clock IS NULL THEN syslog_envelope(envelope) END AS e
  FROM clocked)),
judged AS (
  SELECT *,
         CASE WHEN act IN ('read', 'open', 'opened', 'view', 'viewed', 'preview', 'get', 'access', 'accessed') THEN 'read'
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
              WHEN regexp_matches(words, '\b(account|user|admin\w*)\b.{0,24}\b(was )?(created|added)\b|\b(create|add|new)[ _-]?(local |domain )?(user|account)\b') THEN 'account_create'
              WHEN regexp_matches(words, '\b(account|user)\b.{0,24}\b(was )?(deleted|removed)\b|\b(delete|remove)[ _-]?(user|account)\b') THEN 'account_delete'
              WHEN regexp_matches(words, '\bpassword\b.{0,24}\b(change|reset|set)|\b(change|reset)[a-z]*\b.{0,16}\bpassword\b|\b(account|user)\b.{0,24}\b(was )?(locked|unlocked|enabled|disabled|changed|modified)') THEN 'account_change'
              WHEN regexp_matches(words, '\b(added|add)\b.{0,40}\bto\b.{0,24}\b(group|role)\b|\b(role|permission|privilege|right)s?\b.{0,24}\b(granted|assigned|added)') THEN 'grant'
              WHEN regexp_matches(words, '\bremoved?\b.{0,40}\bfrom\b.{0,24}\b(group|role)\b|\b(role|permission|privilege|right)s?\b.{0,24}\b(revoked|removed)') THEN 'revoke'
              WHEN regexp_matches(words, '\b(log(ged)?|sign(ed)?)[ _-]?(on|in)\b|\bauthenticat(ion|ed|e)\b|\bauth (success|fail)|\btunnel-up\b|\bssl-login|\bglobalprotect.*connect|\blogon') OR v.categoryBehavior LIKE '/Authentication/Verify%' THEN 'login'
              WHEN regexp_matches(words, '\b(audit |event |system )?logs?\b.{0,16}\b(was |were )?(cleared|deleted|purged)\b') THEN 'log_clear'
              WHEN regexp_matches(words, '\b(config(uration)?|policy|rule|setting)s?\b.{0,32}\b(change|changed|modif|modified|updated|commit|installed|set|edited|added|deleted)|^config\b|\bcommit\b|\binstall policy\b') OR cat LIKE '%config%' THEN 'config_change'
              WHEN regexp_matches(words, '\bprint(ed)?\b') THEN 'print'
              WHEN regexp_matches(words, '\b(file|document|record|journal)\b.{0,24}\b(download|export)') THEN 'export'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(read|opened|viewed|accessed)') THEN 'read'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(created|uploaded)') THEN 'create'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(modified|changed|updated|renamed|written|moved)') THEN 'update'
              WHEN regexp_matches(words, '\b(file|document|record|journal|object)\b.{0,24}\b(deleted|removed)') THEN 'delete'
              WHEN upper(v.requestMethod) IN ('GET', 'HEAD') AND NOT regexp_matches(act, 'block|deny|denied|drop|detect|alert') THEN 'read'
              WHEN v.dst IS NOT NULL AND (act <> '' OR regexp_matches(words || cat, 'traffic|connection|flow|firewall|session')) THEN 'connect'
              ELSE 'other' END AS action,
         CASE WHEN regexp_matches(said, 'succe|^ok$|^true$|allow|permit|accept|^pass|grant') THEN 'success'
              WHEN regexp_matches(said, 'fail|den(y|ied)|error|block|reject|drop|unauthori|^false$|invalid') THEN 'failure'
              WHEN regexp_full_match(said, '[1-5]\d\d') THEN CASE WHEN said < '400' THEN 'success' ELSE 'failure' END
              WHEN regexp_full_match(act, '(allow|allowed|permit|permitted|accept|accepted|pass|passed|passthrough|forward|forwarded|close|closed|client-rst|server-rst|timeout|start|success|succeeded|tunnel-up|tunnel-down|delivered|login successful)') THEN 'success'
              WHEN regexp_matches(act, '^(den|block|drop|reject|reset|fail|prevent|quarantin|terminat|discard|refus|ip-conn|ssl-login-fail|intercept)|[ -_](fail|failed|denied|blocked|dropped)') THEN 'failure'
              WHEN regexp_matches(words, '\b(fail(ed|ure|s)?|denied|invalid|unsuccessful|rejected|incorrect|refused|unauthorized|blocked)\b') THEN 'failure'
              WHEN regexp_matches(words, '\b(succe(ss|eded|ssful|ssfully)|accepted|granted|allowed|permitted)\b') THEN 'success'
              ELSE 'unknown' END AS outcome
  FROM worded),
acted AS (
  SELECT *, CASE WHEN source_user.name IS NOT NULL THEN source_user WHEN action IN ('login', 'logout') THEN target_user END AS who,
         CASE WHEN source_user.name IS NOT NULL THEN coalesce(source_user.domain, filled(v.sntdom), CASE WHEN leef THEN filled(v.domain) END)
              WHEN action IN ('login', 'logout') THEN coalesce(target_user.domain, filled(v.dntdom)) END AS domain,
         -- Times in words: the zone apart, a fraction in any length.
         CASE WHEN clock[1] > '9' THEN regexp_extract(clock, '^(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:[.:]\d{1,6})?)(?: ?(?:GMT|UTC)?([+-]\d\d:?\d\d)| (?:\w+/)?([A-Z]{1,5}))?(?: (\d{4}))?$', ['local', 'offset', 'zone', 'year']) END AS c
  FROM judged),
timed AS (
  SELECT *, CASE WHEN c.local <> '' THEN regexp_replace(regexp_replace(c.local, ' +', ' ', 'g'), ':(\d{3,6})$', '.\1') || CASE WHEN c.year <> '' THEN ' ' || c.year ELSE '' END END AS wall,
         coalesce(nullif(replace(c.offset, ':', ''), ''), MAP {'UTC': '+0000', 'GMT': '+0000', 'Z': '+0000', 'CET': '+0100', 'CEST': '+0200', 'BST': '+0100', 'WET': '+0000', 'WEST': '+0100', 'EET': '+0200', 'EEST': '+0300',
                                  'MSK': '+0300', 'EST': '-0500', 'EDT': '-0400', 'CST': '-0600', 'CDT': '-0500', 'MST': '-0700', 'MDT': '-0600', 'PST': '-0800', 'PDT': '-0700'}[c.zone]) AS shift
  FROM acted),
walled AS (
  SELECT *, regexp_matches(wall, '\d{4} \d\d:|\d{4}$') AS dated,
         CASE WHEN regexp_matches(wall, ' \d{4}$') THEN try_strptime(wall, ['%b %d %H:%M:%S %Y', '%b %d %H:%M:%S.%f %Y'])
              WHEN regexp_matches(wall, '\d{4} \d\d:') THEN try_strptime(wall, ['%b %d %Y %H:%M:%S', '%b %d %Y %H:%M:%S.%f'])
              WHEN wall IS NOT NULL THEN yearless(wall, reference) END AS moment
  FROM timed),
placed AS (
  SELECT *,
         CASE WHEN regexp_full_match(clock, '\d{10}(\.\d+)?') THEN make_timestamptz(CAST(try_cast(clock AS DECIMAL(28, 6)) * 1000000 AS BIGINT))
              WHEN regexp_full_match(clock, '\d{12,13}(\.\d+)?') THEN make_timestamptz(try_cast(split_part(clock, '.', 1) AS BIGINT) * 1000)
              WHEN regexp_full_match(clock, '\d{16,19}') THEN make_timestamptz(try_cast(clock[1:16] AS BIGINT))
              WHEN moment IS NOT NULL AND shift IS NOT NULL
              THEN timezone('UTC', moment) - (CASE WHEN shift[1] = '-' THEN -1 ELSE 1 END) * (CAST(shift[2:3] AS INTEGER) * 60 + CAST(right(shift, 2) AS INTEGER)) * INTERVAL 1 MINUTE
              WHEN moment IS NULL AND clock IS NOT NULL THEN iso_zoned(clock)
              WHEN clock IS NULL AND e.clock <> '' THEN iso_zoned(e.clock) END AS time,
         CASE WHEN moment IS NOT NULL AND shift IS NULL THEN moment
              WHEN clock IS NOT NULL AND moment IS NULL AND NOT regexp_full_match(clock, '[\d.]+') AND iso_zoned(clock) IS NULL THEN iso_local(clock)
              WHEN clock IS NULL AND e.clock NOT IN ('', '-') AND iso_zoned(e.clock) IS NULL THEN syslog_local(e.clock, reference) END AS local_time
  FROM walled)
SELECT position, time, local_time,
       coalesce(clock, nullif(nullif(e.clock, ''), '-'))                     AS time_original,
       CASE WHEN (moment IS NOT NULL AND NOT dated) OR (clock IS NULL AND local_time IS NOT NULL AND NOT regexp_matches(e.clock, '\d{4}')) THEN ['year_assumed'] ELSE [] END AS time_quality,
       filled(v.externalId)                                                  AS source_event_id,
       domain AS actor_domain, who.name                                      AS actor_account,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt' WHEN action IN ('login', 'logout', 'connect', 'execute', 'search', 'other') THEN 'possible' ELSE 'content' END AS proves,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN action = 'connect' THEN 4001 WHEN action LIKE 'account%' THEN 3007 WHEN action IN ('grant', 'revoke') THEN 3006
            WHEN action IN ('config_change', 'log_clear') THEN 1008 WHEN action = 'execute' THEN 1007 WHEN action = 'other' THEN NULL
            WHEN v.filePath IS NOT NULL OR v.fname IS NOT NULL THEN 1001 ELSE 6001 END AS class_uid,
       CASE WHEN source_user.name IS NOT NULL OR action NOT IN ('login', 'logout') THEN CASE WHEN target_user.name IS DISTINCT FROM who.name THEN target_user.name END END AS target_account,
       CASE WHEN filled(v.filePath) IS NOT NULL OR filled(v.fname) IS NOT NULL THEN 'file' WHEN filled(v.request) IS NOT NULL OR filled(v.url) IS NOT NULL THEN 'url' END AS object_type,
       filled(v.fileId)                                                      AS object_id,
       replace(coalesce(filled(v.filePath), filled(v.fname), filled(v.request), filled(v.url)), chr(10), '\n') AS object_path,
       coalesce(address(filled(v.src)), address(filled(v.sourceAddress)), address(filled(v.c6a2))) AS src_ip,
       port(coalesce(v.spt, v.srcPort))                                      AS src_port,
       coalesce(filled(v.shost), CASE WHEN leef THEN filled(v.identHostName) END) AS src_host,
       filled(v.requestClientApplication)                                    AS user_agent,
       CASE WHEN h IS NULL OR len(h) < (CASE WHEN leef THEN 5 ELSE 7 END) OR NOT regexp_full_match(trim(h[1]), '\d(\.\d)?') THEN 'line: no CEF or LEEF header'
            WHEN v IS NULL THEN 'line: not CEF' END AS reject,
       details
FROM placed
