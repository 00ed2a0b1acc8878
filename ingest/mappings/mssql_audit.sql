-- mapping:  mssql_audit
-- reads:    one row of sys.fn_get_audit_file a record (CSV, JSON, or XML of FOR XML: elements or attributes); Azure SQL's auditing (category
--           SQLSecurityAuditEvents, AzureDiagnostics columns such as statement_s, or the rows alone); Windows event 33205 as EVTX, Event XML or a
--           forwarder's JSON; events 18453, 18454, 18456, 15457 and lines of ERRORLOG (log-ons)
-- source:   Microsoft Learn: "sys.fn_get_audit_file (Transact-SQL)", "sys.dm_audit_actions", "SQL Server Audit records", "SQL Server Audit action groups
--           and actions", "Audit log format" (Azure SQL), "MSSQLSERVER_18456", "xp_cmdshell (server configuration option)"
-- decoders: evtx, xml, json_array, ndjson, csv, lines
-- start:    [^\t]
-- proved:   from documentation: event_time, action_id, succeeded, session_id, *_principal_name, *_name, statement, additional_information, file_name,
--           audit_file_offset, client_ip, application_name, host_name from "sys.fn_get_audit_file"; action_id codes from sys.dm_audit_actions; class_type codes from
--           sys.dm_audit_class_type_map; <address> from "SQL Server Audit records"; properties.* from "Audit log format"; [CLIENT: …] from MSSQLSERVER_18456
-- traps:    event_time is UTC without saying so, in the Windows log too; codes are padded with blanks; under EXECUTE AS the session's principal is who did
--           it and server_principal_name whom for; a role's member is the target and object_name the role; `statement` may hold lines that look like
--           fields, so names are read before it and behind the last additional_information only; "local machine" is no address; a long
--           statement comes as several records (sequence_number); DENY takes a right away
WITH
-- What each action id means; by action_id alone, but for the making of principals (see `principal`).
known AS (
  SELECT unnest(str_split(ids, ' ')) AS id, action, class_uid, activity
  FROM (VALUES
    ('LGIS DBAS LGS', 'login', 3002, 1), ('LGIF DBAF LGF', 'login', 3002, 1), ('LGO DBL DAGL', 'logout', 3002, 2),
    ('SL RC VWCT', 'read', 6005, 1), ('IN', 'create', 6005, 2), ('UP', 'update', 6005, 2), ('DL', 'delete', 6005, 2),
    ('EX BCM RCM BST RST DBCC', 'execute', 6005, 4),
    ('CR', 'create', 6005, 99), ('AL', 'update', 6005, 99), ('DR', 'delete', 6005, 99), ('RS', 'update', 6005, 99), ('BA BAL', 'export', 6005, 99),
    ('G GWG TO', 'grant', 3007, NULL), ('R RWG RWC D DWC', 'revoke', 3007, NULL), ('APRL ADDR', 'grant', 3006, 3), ('DPRL DRPR', 'revoke', 3006, 4),
    ('PWC PWCS PWPL PWEX PWMC CCLG', 'account_change', 3007, NULL), ('PWR PWRS', 'account_change', 3007, NULL), ('LGEA', 'account_change', 3007, NULL), ('LGDA', 'account_change', 3007, NULL),
    ('PWU LGDB LGLG LGNM USLG USTC NMLG CMLG', 'account_change', 3007, NULL),
    ('AUSC AUSF CNAU ALRS ALSS ALST ALCN ALTR TASA TASP TRC MNDB MNDO MNSO', 'config_change', NULL, NULL)
  ) AS t(ids, action, class_uid, activity)),
documents AS NOT MATERIALIZED (
  SELECT position, record,
         CASE WHEN fields IS NOT NULL THEN CASE WHEN fields::VARCHAR LIKE '{"@%' THEN replace(fields::VARCHAR, '"@', '"')
                                              ELSE replace(fields::VARCHAR, ':"NULL"', ':null') END  -- a grid saved as CSV spells nothing so
              WHEN record[1] = '{' AND (decoder <> 'lines' OR json_valid(record)) THEN CASE WHEN contains(record, '"action_id_s"') THEN regexp_replace(record, '("[a-z_]+)_[sdtbg]("\s*:)', '\1\2', 'g') ELSE record END
              WHEN json_valid(regexp_extract(record, '(?s)\{.*\}\s*$')) THEN regexp_extract(record, '(?s)\{.*\}\s*$') END AS doc,
         CASE WHEN fields IS NOT NULL THEN fields::VARCHAR WHEN record[1] = '{' AND (decoder <> 'lines' OR json_valid(record)) THEN record END AS source_text
  FROM (SELECT *, context.decoder AS decoder FROM raw)),
-- The audit record as text: where a Windows event carries it, and a line of ERRORLOG.
texts AS NOT MATERIALIZED (
  SELECT *,
         CASE WHEN doc IS NULL THEN record
              WHEN contains(doc, 'action_id:') OR contains(doc, 'CLIENT:') OR contains(doc, 'Login ')
              THEN list_filter(json_extract_string(doc, ['$.EventData.Data', '$.EventData.Data[0]', '$.EventData.Data."#text"', '$.EventData.Data."#text"[0]', '$.EventData.param1', '$.EventData',
                '$.Event.EventData.Data', '$.Event.EventData.Data[0]', '$.Event.EventData.Data."#text"', '$.Event.EventData.Data."#text"[0]', '$.winlog.event_data.param1', '$.event_data.param1',
                '$.EventData[0]', '$.StringInserts[0]', '$.Properties[0].Value', '$.Message', '$.message', '$.Description', '$.RenderingInfo.Message']),
                lambda x: regexp_matches(x, '(^|\n|: )action_id:|\[CLIENT: |Login (failed|succeeded)'))[1] END AS text,
         CASE WHEN doc IS NOT NULL THEN json_extract_string(doc, [
           '$.System.EventID', '$.winlog.event_id', '$.EventID', '$.event_id', '$.Id', '$.Event.System.EventID', '$.Event.System.EventID."#text"',
           '$.System.TimeCreated."@SystemTime"', '$.Event.System.TimeCreated."#attributes".SystemTime', '$.winlog.time_created', '$.@timestamp', '$.EventTime', '$.TimeCreated',
           '$.EventData.Data[0]', '$.winlog.event_data.param1', '$.Event.EventData.Data[0]', '$.Event.EventData.Data."#text"[0]', '$.event_data.param1', '$.EventData.param1']) END AS w
  FROM documents),
split AS NOT MATERIALIZED (
  SELECT *, regexp_matches(text, '(^|\n|: )action_id:') AS audited,
         regexp_extract(text, '(?s)^(.*?)(?:\r?\nstatement:|$)', 1) AS head,
         regexp_extract(text, '(?s)^.*\n(additional_information:.*)$', 1) AS tail
  FROM texts),
-- Event 33205's text as an object, so that all shapes go on as one. The first of two lines of one name counts.
objects AS NOT MATERIALIZED (
  SELECT position, record, doc, source_text, text, w, audited,
         CASE WHEN audited
              THEN '{' || list_aggregate(list_transform(list_zip(regexp_extract_all(head || chr(10) || tail, '(?:^|[\n ])([a-z_]+):([^\r\n]*)', 1),
                                                                 regexp_extract_all(head || chr(10) || tail, '(?:^|[\n ])([a-z_]+):([^\r\n]*)', 2)),
                                                        lambda p: to_json(p[1])::VARCHAR || ':' || to_json(trim(p[2]))::VARCHAR), 'string_agg', ',')
                   || ',"statement":' || to_json(regexp_extract(text, '(?s)\nstatement:(.*)\r?\nadditional_information:', 1))::VARCHAR || '}'
              WHEN doc IS NOT NULL THEN doc END AS body
  FROM split),
bodies AS NOT MATERIALIZED (
  SELECT * EXCLUDE (body), CASE WHEN json_type(body, '$.properties') = 'OBJECT' THEN coalesce(body->>'$.originalEventTimestamp', body->>'$.time') END AS envelope_clock,
         CASE WHEN json_type(body, '$.properties') = 'OBJECT' THEN json_extract(body, '$.properties')::VARCHAR ELSE body END AS body
  FROM objects),
fields AS NOT MATERIALIZED (
  SELECT * EXCLUDE (body), json_type(body) AS kind,
         TRY(from_json(body, '{"event_time":"VARCHAR","action_id":"VARCHAR","action_name":"VARCHAR","succeeded":"VARCHAR","session_id":"VARCHAR","class_type":"VARCHAR",
           "class_type_desc":"VARCHAR","securable_class_type":"VARCHAR","object_id":"VARCHAR","object_name":"VARCHAR","schema_name":"VARCHAR","database_name":"VARCHAR",
           "server_principal_name":"VARCHAR","session_server_principal_name":"VARCHAR","database_principal_name":"VARCHAR",
           "target_server_principal_name":"VARCHAR","target_database_principal_name":"VARCHAR","statement":"VARCHAR","additional_information":"VARCHAR",
           "client_ip":"VARCHAR","host_name":"VARCHAR","application_name":"VARCHAR","event_id":"VARCHAR","file_name":"VARCHAR","audit_file_offset":"VARCHAR",
           "sequence_number":"VARCHAR","originalEventTimestamp":"VARCHAR","TimeGenerated":"VARCHAR","time":"VARCHAR"}')) AS d
  FROM bodies),
-- A log-on outside the audit: the event's number and words.
plain AS NOT MATERIALIZED (
  SELECT *, trim(d.action_id) AS id, trim(d.class_type) AS class_type,
         regexp_extract(coalesce(w[1], w[2], w[3], w[4], w[5], w[6], w[7]), '\d+') AS event_number,
         coalesce(w[8], w[9], w[10], w[11], w[12], w[13]) AS event_clock,
         regexp_extract(text, '^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) +(\S+) +(?s:(.*))$', ['clock', 'process', 'words']) AS line,
         regexp_extract(text, 'Login (failed|succeeded)(?: for user ''((?:[^'']|''[^. ])*)'')?', ['result', 'account']) AS logon,
         coalesce(w[14], w[15], w[16], w[17], w[18], w[19]) AS first_value,
         -- Event 15457, and its sentence: an option of the server was changed.
         regexp_extract(CASE WHEN coalesce(audited, false) THEN NULL ELSE coalesce(doc, text) END, 'Configuration option ''([^'']+)'' changed from (\S+) to (\S+)\. ', ['name', 'before', 'after']) AS option,
         CASE WHEN doc IS NOT NULL THEN json_extract_string(doc, ['$.EventData.Data[1]', '$.Event.EventData.Data[1]', '$.Event.EventData.Data."#text"[1]', '$.winlog.event_data.param2',
                                                                  '$.EventData.Data[2]', '$.Event.EventData.Data[2]', '$.Event.EventData.Data."#text"[2]', '$.winlog.event_data.param3']) END AS values,
         trim(regexp_extract(coalesce(CASE WHEN NOT coalesce(audited, false) THEN coalesce(doc, text) END, d.statement), '\[CLIENT: ([^\]]*)\]', 1)) AS client
  FROM fields),
acted AS NOT MATERIALIZED (
  SELECT p.*, k.class_uid AS known_class, k.activity,
         -- Logins, users and roles are principals; making one is no creation of content.
         CASE WHEN k.action NOT IN ('create', 'update', 'delete', 'account_change') THEN NULL
              WHEN regexp_full_match(p.class_type, 'RL|SG|AR') THEN 'group'
              WHEN regexp_full_match(p.class_type, 'SL|WL|SU|WU|US|CL|AL|EL|EU|LX|CU|XL|XU|WG|GU') THEN 'account' END AS principal,
         CASE WHEN regexp_full_match(p.class_type, 'A|SA|DA|AU') AND k.action IN ('create', 'update', 'delete') THEN 'config_change' END AS audit_change,
         k.action AS known_action,
         CASE WHEN logon.result <> '' THEN logon.result WHEN event_number = '18456' THEN 'failed' WHEN event_number IN ('18453', '18454') THEN 'succeeded' END AS logged_on
  FROM plain AS p LEFT JOIN known AS k ON k.id = p.id),
judged AS NOT MATERIALIZED (
  SELECT *,
         CASE WHEN audit_change IS NOT NULL THEN audit_change
              WHEN principal IS NOT NULL THEN coalesce(MAP {'create': 'account_create', 'update': 'account_change', 'delete': 'account_delete'}[known_action], known_action, 'other')
              WHEN id IS NOT NULL THEN coalesce(known_action, 'other')
              WHEN logged_on IS NOT NULL THEN 'login' WHEN event_number = '15457' OR option.name <> '' THEN 'config_change' ELSE 'other' END AS did,
         CASE WHEN id IN ('LGIF', 'DBAF', 'LGF') OR logged_on = 'failed' THEN 'failure'
              WHEN lower(d.succeeded) IN ('1', 'true') OR logged_on = 'succeeded' OR id IS NULL AND (event_number = '15457' OR option.name <> '') THEN 'success'
              WHEN lower(d.succeeded) IN ('0', 'false') THEN 'failure' ELSE 'unknown' END AS result,
         coalesce(filled(d.session_server_principal_name), filled(d.server_principal_name), filled(d.database_principal_name),
                  nullif(logon.account, ''), CASE WHEN logged_on IS NOT NULL AND NOT coalesce(contains(first_value, 'CLIENT:'), false) AND NOT coalesce(contains(first_value, 'Login '), false) THEN filled(trim(first_value)) END) AS actor,
         coalesce(filled(d.event_time), filled(d.originalEventTimestamp), nullif(line.clock, ''), filled(event_clock), filled(d.TimeGenerated), filled(d.time), filled(envelope_clock)) AS clock,
         coalesce(filled(d.client_ip), filled(regexp_extract(d.additional_information, '<address>([^<]*)</address>', 1)), filled(client)) AS came_from
  FROM acted),
parted AS NOT MATERIALIZED (
  -- PowerShell: a culture's short date with AM or PM, /Date(…)/, and that inside an object.
  SELECT *, CASE WHEN regexp_matches(clock, 'Date\(|[AP]M$') THEN utc_clock(coalesce(nullif(regexp_extract(clock, '/Date\(\d+\)/'), ''), clock)) ELSE iso_zoned(regexp_replace(clock, ' ([+-]\d\d:\d\d)$', '\1')) END AS instant,
         account(actor) AS who FROM judged)
SELECT position,
       coalesce(instant, CASE WHEN clock IS NOT NULL AND line.clock IS DISTINCT FROM clock AND event_clock IS DISTINCT FROM clock THEN timezone('UTC', iso_local(clock)) END) AS time,
       CASE WHEN instant IS NULL AND (line.clock IS NOT DISTINCT FROM clock OR event_clock IS NOT DISTINCT FROM clock) THEN iso_local(clock) END AS local_time,
       clock                                                                                        AS time_original,
       CASE WHEN id IS NULL THEN NULL
            WHEN filled(d.event_id) IS NOT NULL THEN d.event_id
            WHEN filled(d.audit_file_offset) IS NOT NULL AND filled(d.file_name) IS NOT NULL THEN concat_ws('/', d.file_name, d.audit_file_offset, d.sequence_number) END AS source_event_id,
       who.name                                                                                     AS actor_account,
       who.domain                                                                                   AS actor_domain,
       CASE WHEN filled(d.session_server_principal_name) <> filled(d.server_principal_name) THEN d.server_principal_name END AS on_behalf_of,
       nullif(filled(d.session_id), '0')                                                            AS session,
       did                                                                                          AS action,
       result                                                                                       AS outcome,
       CASE WHEN option.name <> '' THEN [{'field': option.name, 'before': option.before, 'after': option.after}]
            WHEN event_number = '15457' AND id IS NULL AND first_value IS NOT NULL
            THEN [{'field': first_value, 'before': coalesce(values[1], values[2], values[3], values[4]), 'after': coalesce(values[5], values[6], values[7], values[8])}] END AS changes,
       CASE WHEN result = 'failure' THEN 'attempt'
            WHEN did IN ('login', 'logout', 'execute', 'other') THEN 'possible' ELSE 'content' END  AS proves,
       CASE WHEN principal = 'group' THEN 3006 WHEN principal = 'account' THEN 3007 WHEN audit_change IS NULL THEN coalesce(known_class, CASE WHEN did = 'login' THEN 3002 END) END AS class_uid,
       CASE WHEN audit_change IS NULL AND principal IS NULL THEN activity END                       AS activity_id,
       CASE WHEN id IS NULL OR did IN ('login', 'logout') OR principal IS NOT NULL THEN NULL
            ELSE coalesce(MAP {'U': 'table', 'V': 'view', 'P': 'procedure', 'PC': 'procedure', 'X': 'procedure', 'FN': 'function', 'IF': 'function', 'TF': 'function', 'SO': 'sequence',
                               'DB': 'database', 'SR': 'server', 'SC': 'schema', 'RL': 'role', 'SG': 'role', 'A': 'audit', 'SA': 'audit', 'DA': 'audit', 'S': 'table', 'TY': 'type', 'OB': 'object'}[class_type],
                          filled(class_type), filled(lower(coalesce(d.class_type_desc, d.securable_class_type)))) END AS object_type,
       CASE WHEN did IN ('login', 'logout') THEN NULL ELSE nullif(filled(d.object_id), '0') END      AS object_id,
       CASE WHEN id IS NULL OR did IN ('login', 'logout') OR principal IS NOT NULL THEN NULL
            ELSE nullif(concat_ws('.', filled(d.database_name), filled(d.schema_name), CASE WHEN filled(d.object_name) <> filled(d.database_name) OR filled(d.schema_name) IS NOT NULL
                                                                                            OR filled(d.database_name) IS NULL THEN filled(d.object_name) END), '') END AS object_path,
       coalesce(filled(d.target_server_principal_name), filled(d.target_database_principal_name), CASE WHEN principal = 'account' THEN filled(d.object_name) END) AS target_account,
       CASE WHEN principal = 'group' OR known_class = 3006 THEN filled(d.object_name) END             AS target_group,
       address(came_from)                                                                            AS src_ip,
       filled(d.host_name)                                                                           AS src_host,
       filled(d.application_name)                                                                    AS user_agent,
       coalesce(source_text, doc, to_json({'record': record})::VARCHAR)                              AS details,
       CASE WHEN doc IS NULL AND NOT coalesce(audited, false) AND line.clock = '' THEN 'record: neither JSON, an audit record, nor a line of ERRORLOG'
            WHEN doc IS NOT NULL AND json_type(doc) <> 'OBJECT' THEN 'json: not an object' END       AS reject
FROM parted
