-- mapping:  entra_audit
-- reads:    Entra ID's audit log: Graph's directoryAudit, the diagnostic settings' records (category AuditLogs; Event Hub, storage), Log
--           Analytics rows (AuditLogs, objects as JSON or as text), the portal's CSV and JSON downloads, and Filebeat's azure.auditlogs.
-- source:   Microsoft Graph reference, resource types directoryAudit, targetResource, modifiedProperty; Azure Monitor reference, table AuditLogs;
--           "Microsoft Entra audit log activity reference" for the names of activities; Elastic, "Azure fields" (Filebeat)
-- decoders: json_array, ndjson, csv, lines
-- proved:   from documentation
--           time: activityDateTime, Graph directoryAudit; else the envelope's time
--           actor_account: initiatedBy.user.userPrincipalName, initiatedBy.app.servicePrincipalName, displayName and ids, Graph directoryAudit
--           outcome: result (success, failure, timeout), Graph directoryAudit
--           target_account, target_group, object_*: targetResources, Graph targetResource; changes: modifiedProperties, Graph modifiedProperty
--           src_ip: initiatedBy.user.ipAddress, Graph; callerIpAddress, diagnostic settings; IPAddress, the portal's CSV
-- traps:    A row for each target resource. Adding anna to a group names two resources and is one act, so each of its rows says
--           both: target_account is the user, target_group the group or role; object_id tells which resource the row is about.
--           The role's or group's name may stand only among the member's modified properties (Role.DisplayName), new for an addition and old for a removal.
--           oldValue and newValue are JSON within text: "\"Helpdesk\"" is Helpdesk.
--           A sign-in in the same hub is a login, with its own time, account and code.
--           A role that is only requested (PIM) is not yet given: other, until the activity that says completed.
-- params:   none
WITH objects AS (
  SELECT position, json_objects(record, fields, context.decoder) AS members, fields IS NOT NULL AS cell_row FROM raw),
texts AS (
  SELECT position, unnest(members) AS text, generate_subscripts(members, 1) AS member, len(members) AS members, cell_row,
         CASE WHEN len(members) > 1 THEN list_transform(members, lambda x: greatest(1,
              len(json_extract(x, '$.targetResources[*]')), len(json_extract(x, '$.properties.targetResources[*]')), len(json_extract(x, '$.TargetResources[*]')),
              coalesce(TRY(len(json_extract(json_extract_string(x, '$.TargetResources'), '$[*]'))), 0))) END AS counts
  FROM objects),
wrapped AS (
  SELECT *, CASE WHEN NOT cell_row AND regexp_matches(text, '"([\w.]*original|result|_source|_raw|[mM]essage|log|body|data|event)" ?: ?"?\{')
                 THEN list_filter(json_extract_string(text, ['$.event.original', '$."event.original"', '$.result._raw', '$.result', '$._source.message', '$._source', '$._raw', '$.message', '$.Message', '$.log', '$.body', '$.data', '$.event']),
                                  lambda x: x LIKE '{%' AND json_valid(x) AND regexp_matches(x, '(?i)"(activityDateTime|activityDisplayName|initiatedBy)"'))[1] END AS inner_text
  FROM texts),
opened AS (
  SELECT *, coalesce(inner_text, text) AS whole,
         from_json(coalesce(inner_text, text), '{"time":"VARCHAR","category":"VARCHAR","operationName":"VARCHAR","resultType":"VARCHAR","callerIpAddress":"VARCHAR",
           "properties":"VARCHAR","id":"VARCHAR","activityDateTime":"VARCHAR","activityDisplayName":"VARCHAR","result":"VARCHAR",
           "initiatedBy":"VARCHAR","targetResources":"VARCHAR","additionalDetails":"VARCHAR","userAgent":"VARCHAR","identity":"VARCHAR",
           "@timestamp":"VARCHAR","event":{"outcome":"VARCHAR","id":"VARCHAR","action":"VARCHAR"},"source":{"ip":"VARCHAR"},"client":{"ip":"VARCHAR"},
           "azure":{"auditlogs":"VARCHAR"}}') AS o
  FROM wrapped),
inside AS (
  SELECT *,
         CASE WHEN o.properties LIKE '{%' AND json_valid(o.properties) THEN from_json(o.properties, '{"id":"VARCHAR","activityDateTime":"VARCHAR","activityDisplayName":"VARCHAR",
           "result":"VARCHAR","initiatedBy":"VARCHAR","targetResources":"VARCHAR","additionalDetails":"VARCHAR","userAgent":"VARCHAR",
           "createdDateTime":"VARCHAR","userPrincipalName":"VARCHAR","ipAddress":"VARCHAR"}') END AS p,
         CASE WHEN o.activityDateTime IS NULL AND o.properties IS NULL THEN from_json(whole, '{"TimeGenerated":"VARCHAR","ActivityDateTime":"VARCHAR","ActivityDisplayName":"VARCHAR",
           "OperationName":"VARCHAR","Category":"VARCHAR","Result":"VARCHAR","ResultType":"VARCHAR","InitiatedBy":"VARCHAR","TargetResources":"VARCHAR",
           "AdditionalDetails":"VARCHAR","Id":"VARCHAR","IPAddress":"VARCHAR","Identity":"VARCHAR"}') END AS t,
         CASE WHEN o.azure.auditlogs LIKE '{%' THEN from_json(o.azure.auditlogs, '{"category":"VARCHAR","operation_name":"VARCHAR","properties":{"id":"VARCHAR","activity_datetime":"VARCHAR",
           "activity_date_time":"VARCHAR","activity_display_name":"VARCHAR","result":"VARCHAR","initiated_by":{"user":{"id":"VARCHAR","userPrincipalName":"VARCHAR","user_principal_name":"VARCHAR","ipAddress":"VARCHAR","ip_address":"VARCHAR"},
           "app":{"displayName":"VARCHAR","display_name":"VARCHAR","servicePrincipalName":"VARCHAR","servicePrincipalId":"VARCHAR","appId":"VARCHAR"}},"target_resources":"JSON"}}') END AS b,
         CASE WHEN cell_row THEN cells(text) END AS c
  FROM opened),
-- PowerShell's objects have title case throughout; their keys are brought to Graph's.
cased AS (
  SELECT * EXCLUDE (t), CASE WHEN regexp_matches(t.InitiatedBy, '"(User|App)":') THEN struct_update(t,
           InitiatedBy := list_reduce(['IPAddress', 'IpAddress', 'User', 'App', 'Id', 'DisplayName', 'UserPrincipalName', 'AppId', 'ServicePrincipalId', 'ServicePrincipalName'],
                                      lambda text, key: replace(text, '"' || key || '":', '"' || CASE WHEN key ILIKE 'ip%' THEN 'ipAddress' ELSE lower(key[1]) || key[2:] END || '":'), t.InitiatedBy),
           TargetResources := list_reduce(['Id', 'DisplayName', 'Type', 'UserPrincipalName', 'ModifiedProperties', 'OldValue', 'NewValue'],
                                      lambda text, key: replace(text, '"' || key || '":', '"' || lower(key[1]) || key[2:] || '":'), t.TargetResources)) ELSE t END AS t
  FROM inside),
parted AS (
  SELECT *,
         TRY(from_json(CASE WHEN coalesce(p.initiatedBy, o.initiatedBy, t.InitiatedBy) LIKE '{%' THEN coalesce(p.initiatedBy, o.initiatedBy, t.InitiatedBy) END,
           '{"user":{"id":"VARCHAR","userPrincipalName":"VARCHAR","ipAddress":"VARCHAR","displayName":"VARCHAR"},
             "app":{"appId":"VARCHAR","displayName":"VARCHAR","servicePrincipalId":"VARCHAR","servicePrincipalName":"VARCHAR"}}')) AS initiated,
         TRY(from_json(CASE WHEN coalesce(p.additionalDetails, o.additionalDetails, t.AdditionalDetails) LIKE '[%' THEN coalesce(p.additionalDetails, o.additionalDetails, t.AdditionalDetails) END,
           '[{"key":"VARCHAR","value":"VARCHAR"}]')) AS additional,
         -- The portal's table has columns for each target; that of Log Analytics has them as JSON in a cell.
         CASE WHEN cell_row AND t.TargetResources IS NULL
              THEN list_filter(list_transform(range(1, 11), lambda i: {'id': c['target' || i || 'objectid'], 'displayName': c['target' || i || 'displayname'], 'type': c['target' || i || 'type'],
                     'userPrincipalName': c['target' || i || 'userprincipalname'],
                     'modifiedProperties': list_filter(list_transform(range(1, 41), lambda n: {'displayName': c['target' || i || 'modifiedproperty' || n || 'name'],
                       'oldValue': c['target' || i || 'modifiedproperty' || n || 'oldvalue'], 'newValue': c['target' || i || 'modifiedproperty' || n || 'newvalue']}), lambda m: m.displayName IS NOT NULL)}),
                   lambda r: coalesce(r.id, r.displayName, r.userPrincipalName, r.type) IS NOT NULL)
              ELSE TRY(from_json(CASE WHEN coalesce(p.targetResources, o.targetResources, t.TargetResources) LIKE '[%' THEN coalesce(p.targetResources, o.targetResources, t.TargetResources) END,
                '[{"id":"VARCHAR","displayName":"VARCHAR","type":"VARCHAR","userPrincipalName":"VARCHAR","modifiedProperties":[{"displayName":"VARCHAR","oldValue":"VARCHAR","newValue":"VARCHAR"}]}]')) END AS given_targets,
         -- Filebeat keys the list of targets by number: {"0": {…}}.
         CASE WHEN b.properties.target_resources IS NOT NULL
              THEN list_transform(coalesce(nullif(json_extract(b.properties.target_resources, '$[*]'), []), json_extract(b.properties.target_resources, '$.*')), lambda x:
                {'id': x ->> '$.id', 'displayName': x ->> '$.display_name', 'type': x ->> '$.type', 'userPrincipalName': x ->> '$.user_principal_name',
                 'modifiedProperties': list_transform(coalesce(nullif(json_extract(x, '$.modified_properties[*]'), []), json_extract(x, '$.modified_properties.*')), lambda m:
                   {'displayName': m ->> '$.display_name', 'oldValue': m ->> '$.old_value', 'newValue': m ->> '$.new_value'})}) END AS beat_targets
  FROM cased),
named AS (
  SELECT *, coalesce(nullif(given_targets, []), nullif(beat_targets, []), [NULL]) AS targets,
         coalesce(p.activityDisplayName, o.activityDisplayName, t.ActivityDisplayName, t.OperationName, o.operationName, b.properties.activity_display_name, b.operation_name, c['activity'],
                  c['activitydisplayname'], c['operationname'], o.event.action) AS activity,
         lower(coalesce(nullif(p.result, ''), nullif(o.result, ''), nullif(t.Result, ''), nullif(o.resultType, ''), nullif(t.ResultType, ''), b.properties.result, c['result'], o.event.outcome)) AS result,
         trim(coalesce(p.activityDateTime, p.createdDateTime, o.activityDateTime, t.ActivityDateTime, t.TimeGenerated, b.properties.activity_datetime, b.properties.activity_date_time,
                       c['date(utc)'], c['date'], c['activitydatetime'], c['activitydatetime[utc]'], c['timegenerated[utc]'], c['timegenerated'], o.time, o."@timestamp")) AS clock,
         coalesce(nullif(initiated.user.userPrincipalName, ''), nullif(b.properties.initiated_by.user.userPrincipalName, ''), nullif(b.properties.initiated_by.user.user_principal_name, ''),
                  c['actoruserprincipalname'], c['initiatedbyuserprincipalname'],
                  nullif(initiated.app.servicePrincipalName, ''), nullif(initiated.app.displayName, ''), nullif(b.properties.initiated_by.app.servicePrincipalName, ''),
                  nullif(b.properties.initiated_by.app.displayName, ''), nullif(b.properties.initiated_by.app.display_name, ''), c['actorserviceprincipalname'], c['actordisplayname'], c['initiatedby'],
                  nullif(initiated.app.servicePrincipalId, ''), nullif(initiated.app.appId, ''), nullif(initiated.user.id, ''), nullif(initiated.user.displayName, ''),
                  nullif(b.properties.initiated_by.user.id, ''), c['actorobjectid'], c['actorserviceprincipalid'], nullif(p.userPrincipalName, ''), nullif(t.Identity, ''), nullif(o.identity, '')) AS who,
         coalesce(nullif(initiated.user.ipAddress, ''), nullif(p.ipAddress, ''), nullif(o.callerIpAddress, ''), nullif(t.IPAddress, ''), nullif(b.properties.initiated_by.user.ipAddress, ''), nullif(b.properties.initiated_by.user.ip_address, ''),
                  c['ipaddress'], c['actoripaddress'], o.source.ip, o.client.ip) AS ip
  FROM parted),
acted AS (
  SELECT *,
         coalesce(entra_action(rtrim(lower(trim(activity)), '. ')), 'other') AS action,
         CASE WHEN result IN ('success', 'succeeded', '0') THEN 'success' WHEN result IN ('failure', 'failed', 'timeout') OR regexp_full_match(result, '-?\d+') THEN 'failure' ELSE 'unknown' END AS outcome,
         CASE WHEN clock <> '' THEN utc_clock(clock) END AS instant,
         account(nullif(trim(who), '')) AS actor, address_port(trim(ip, ' <>')) AS address,
         list_filter(targets, lambda r: r.type = 'User')[1] AS user_target,
         list_filter(targets, lambda r: r.type IN ('Group', 'Role', 'DirectoryRole', 'AdministrativeUnit'))[1] AS group_target,
         list_filter(flatten(list_transform(targets, lambda r: coalesce(r.modifiedProperties, []))), lambda m: m.displayName IN ('Role.DisplayName', 'Group.DisplayName'))[1] AS given,
         -- An application's role is given to another application, which only the properties name: the target is the one that has the role.
         CASE WHEN activity ILIKE '%app role assignment to service principal%' OR activity ILIKE '%app role assignment from service principal%'
              THEN list_filter(flatten(list_transform(targets, lambda r: coalesce(r.modifiedProperties, []))), lambda m: m.displayName = 'ServicePrincipal.DisplayName')[1] END AS application
  FROM named),
each AS (
  SELECT *, unnest(targets) AS target, generate_subscripts(targets, 1) AS number,
         json_extract_string(CASE WHEN given.newValue LIKE '"%"' AND json_valid(given.newValue) THEN given.newValue END, '$') AS given_new,
         json_extract_string(CASE WHEN given.oldValue LIKE '"%"' AND json_valid(given.oldValue) THEN given.oldValue END, '$') AS given_old
  FROM acted)
SELECT position,
       (CASE WHEN members > 1 THEN list_sum(counts[:member]) - counts[member] ELSE 0 END + number - 1)::INTEGER AS part,
       coalesce(p.id, o.id, t.Id, b.properties.id, c['id'], o.event.id) AS source_event_id,
       CASE WHEN members = 1 OR instant >= TIMESTAMPTZ '1601-01-01' AND instant < TIMESTAMPTZ '10000-01-01' THEN instant END AS time,
       CASE WHEN members = 1 OR instant >= TIMESTAMPTZ '1601-01-01' AND instant < TIMESTAMPTZ '10000-01-01' THEN nullif(clock, '') END AS time_original,
       actor.domain AS actor_domain, actor.name AS actor_account,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN action = 'other' OR action = 'login' OR action = 'search' THEN 'possible' ELSE 'content' END AS proves,
       nullif(list_transform(target.modifiedProperties, lambda m: {'field': m.displayName,
         'before': CASE WHEN m.oldValue LIKE '"%"' AND json_valid(m.oldValue) THEN json_extract_string(m.oldValue, '$') ELSE m.oldValue END,
         'after': CASE WHEN m.newValue LIKE '"%"' AND json_valid(m.newValue) THEN json_extract_string(m.newValue, '$') ELSE m.newValue END}), []) AS changes,
       CASE WHEN action LIKE 'account%' THEN 3007 WHEN action = 'grant' OR action = 'revoke' THEN 3006
            WHEN action = 'config_change' OR action = 'other' THEN 6003 WHEN action = 'login' THEN 3002 ELSE 3004 END AS class_uid,
       lower(nullif(target.type, '')) AS object_type, nullif(target.id, '') AS object_id,
       coalesce(nullif(target.displayName, ''), nullif(target.userPrincipalName, '')) AS object_path,
       CASE WHEN application IS NOT NULL THEN coalesce(nullif(trim(application.newValue, '"'), ''), nullif(trim(application.oldValue, '"'), ''))
            WHEN action IN ('grant', 'revoke') AND user_target IS NOT NULL AND target.type IS DISTINCT FROM 'User' THEN nullif(user_target.userPrincipalName, '')
            WHEN target.userPrincipalName <> '' THEN target.userPrincipalName
            WHEN action LIKE 'account%' OR (action IN ('grant', 'revoke') AND target.type IN ('User', 'ServicePrincipal', 'Device')) THEN nullif(target.displayName, '') END AS target_account,
       CASE WHEN target.type IN ('Group', 'Role', 'DirectoryRole', 'AdministrativeUnit') AND target.displayName <> '' THEN target.displayName
            WHEN action IN ('grant', 'revoke') THEN coalesce(nullif(group_target.displayName, ''), nullif(given_new, ''), nullif(given_old, ''),
                                                              nullif(nullif(given.newValue, ''), '""'), nullif(nullif(given.oldValue, ''), '""')) END AS target_group,
       address.ip AS src_ip, address.port AS src_port,
       nullif(coalesce(p.userAgent, o.userAgent, list_filter(additional, lambda x: x.key = 'User-Agent')[1].value, c['useragent']), '') AS user_agent,
       whole AS details,
       CASE WHEN text IS NULL THEN 'json: no object in the record' END AS reject
FROM each
