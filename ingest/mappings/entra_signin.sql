-- mapping:  entra_signin
-- reads:    Entra ID's sign-in logs (users, non-interactive, service principals, managed identities, AD FS): Graph's signIn, the diagnostic
--           settings' records (Event Hub, storage), Log Analytics rows (SigninLogs, AADNonInteractiveUserSignInLogs …), the
--           portal's CSV and JSON downloads, and Filebeat's azure.signinlogs.
-- source:   Microsoft Graph reference, resource type signIn; Azure Monitor reference, tables SigninLogs and AADServicePrincipalSignInLogs;
--           "Stream activity logs to an event hub"; Elastic, "Azure fields" (Filebeat)
-- decoders: json_array, ndjson, csv, lines
-- proved:   from documentation
--           time: createdDateTime, Graph signIn; else the envelope's time
--           actor_account: userPrincipalName, servicePrincipalName, signInIdentifier, userId, Graph signIn; Username, the portal's CSV
--           outcome: status.errorCode, Graph signIn (0 = success); resultType, diagnostic settings; Status, the portal's CSV
--           src_ip: ipAddress, Graph signIn; callerIpAddress, diagnostic settings; IPAddress, SigninLogs
--           object_id, object_path: appId, appDisplayName; device, src_host: deviceDetail; session: sessionId, Graph signIn
-- traps:    An interrupted sign-in (50140 "keep me signed in", 50074 and 50076 "MFA is required" …) has an error code and gave no
--           token: failure. When it is finished, another record with code 0 follows.
--           Casing differs by way of delivery (PowerShell's is title case throughout), and Log Analytics keeps objects as text.
--           The envelope's time is when the record was sent on; createdDateTime is the sign-in.
--           Another category of record in the same hub (audit, risk, provisioning) is other, not a sign-in. RiskyUsers tells of an
--           account's state: the account is the target, and nobody acted.
-- params:   none
WITH objects AS (
  SELECT position, json_objects(record, fields, context.decoder) AS members, fields IS NOT NULL AS cell_row FROM raw),
texts AS (
  SELECT position, unnest(members) AS text, generate_subscripts(members, 1) AS member, len(members) AS members, cell_row FROM objects),
wrapped AS (
  SELECT *, CASE WHEN NOT cell_row AND regexp_matches(text, '"([\w.]*original|result|_source|_raw|[mM]essage|log|body|data|event)" ?: ?"?\{')
                 THEN list_filter(json_extract_string(text, ['$.event.original', '$."event.original"', '$.result._raw', '$.result', '$._source.message', '$._source', '$._raw', '$.message', '$.Message', '$.log', '$.body', '$.data', '$.event']),
                                  lambda x: x LIKE '{%' AND json_valid(x) AND regexp_matches(x, '(?i)"(createdDateTime|userPrincipalName|callerIpAddress|azure)"'))[1] END AS inner_text
  FROM texts),
opened AS (
  SELECT *, coalesce(inner_text, text) AS whole,
         from_json(coalesce(inner_text, text), '{"time":"VARCHAR","category":"VARCHAR","operationName":"VARCHAR","resultType":"VARCHAR","resultSignature":"VARCHAR",
           "callerIpAddress":"VARCHAR","properties":"VARCHAR","id":"VARCHAR","createdDateTime":"VARCHAR","userPrincipalName":"VARCHAR","userId":"VARCHAR",
           "signInIdentifier":"VARCHAR","servicePrincipalName":"VARCHAR","servicePrincipalId":"VARCHAR","appId":"VARCHAR","appDisplayName":"VARCHAR",
           "ipAddress":"VARCHAR","userAgent":"VARCHAR","sessionId":"VARCHAR","status":"VARCHAR","deviceDetail":"VARCHAR",
           "@timestamp":"VARCHAR","event":{"outcome":"VARCHAR","id":"VARCHAR","action":"VARCHAR"},"source":{"ip":"VARCHAR","port":"VARCHAR"},"client":{"ip":"VARCHAR"},
           "user_agent":{"original":"VARCHAR"},"azure":{"signinlogs":"VARCHAR"}}') AS o
  FROM wrapped),
inside AS (
  SELECT *,
         CASE WHEN o.properties LIKE '{%' AND json_valid(o.properties) THEN from_json(o.properties, '{"id":"VARCHAR","createdDateTime":"VARCHAR","userPrincipalName":"VARCHAR",
           "userId":"VARCHAR","signInIdentifier":"VARCHAR","servicePrincipalName":"VARCHAR","servicePrincipalId":"VARCHAR","appId":"VARCHAR","appDisplayName":"VARCHAR",
           "ipAddress":"VARCHAR","userAgent":"VARCHAR","sessionId":"VARCHAR","status":"VARCHAR","deviceDetail":"VARCHAR","activityDateTime":"VARCHAR","timeGenerated":"VARCHAR","riskLastUpdatedDateTime":"VARCHAR",
           "initiatedBy":{"user":{"userPrincipalName":"VARCHAR","ipAddress":"VARCHAR"},"app":{"displayName":"VARCHAR"}},"result":"VARCHAR"}') END AS p,
         -- Log Analytics has a row's columns in title case.
         CASE WHEN o.createdDateTime IS NULL AND o.properties IS NULL THEN from_json(whole, '{"TimeGenerated":"VARCHAR","CreatedDateTime":"VARCHAR","Category":"VARCHAR","OperationName":"VARCHAR",
           "UserPrincipalName":"VARCHAR","UserId":"VARCHAR","SignInIdentifier":"VARCHAR","ServicePrincipalName":"VARCHAR","ServicePrincipalId":"VARCHAR","IPAddress":"VARCHAR",
           "ResultType":"VARCHAR","Id":"VARCHAR","AppId":"VARCHAR","AppDisplayName":"VARCHAR","UserAgent":"VARCHAR","SessionId":"VARCHAR","Status":"VARCHAR",
           "DeviceDetail":"VARCHAR","properties_s":"VARCHAR","Type":"VARCHAR"}') END AS t,
         CASE WHEN o.azure.signinlogs LIKE '{%' THEN from_json(o.azure.signinlogs, '{"category":"VARCHAR","result_type":"VARCHAR","operation_name":"VARCHAR","properties":{"id":"VARCHAR",
           "created_at":"VARCHAR","created_date_time":"VARCHAR","user_principal_name":"VARCHAR","user_id":"VARCHAR","service_principal_name":"VARCHAR","service_principal_id":"VARCHAR","sign_in_identifier":"VARCHAR",
           "app_id":"VARCHAR","app_display_name":"VARCHAR","ip_address":"VARCHAR","session_id":"VARCHAR","user_agent":"VARCHAR","status":{"error_code":"VARCHAR"},
           "device_detail":{"device_id":"VARCHAR","display_name":"VARCHAR"}}}') END AS b,
         CASE WHEN cell_row THEN cells(text) END AS c
  FROM opened),
named AS (
  SELECT *,
         coalesce(p.status, o.status, t.Status) AS status, coalesce(p.deviceDetail, o.deviceDetail, t.DeviceDetail) AS device_text,
         trim(coalesce(p.createdDateTime, p.activityDateTime, p.riskLastUpdatedDateTime, p.timeGenerated, o.createdDateTime, t.CreatedDateTime, t.TimeGenerated, b.properties.created_at, b.properties.created_date_time,
                       c['date(utc)'], c['date'], c['createddatetime'], c['createddatetime[utc]'], c['timegenerated[utc]'], c['timegenerated'], o.time, o."@timestamp")) AS clock,
         coalesce(nullif(p.initiatedBy.user.userPrincipalName, ''), nullif(p.initiatedBy.app.displayName, ''), nullif(p.userPrincipalName, ''), nullif(o.userPrincipalName, ''), nullif(t.UserPrincipalName, ''), nullif(b.properties.user_principal_name, ''), c['username'], c['userprincipalname'],
                  nullif(p.signInIdentifier, ''), nullif(o.signInIdentifier, ''), nullif(t.SignInIdentifier, ''), nullif(b.properties.sign_in_identifier, ''), c['sign-inidentifier'],
                  nullif(p.servicePrincipalName, ''), nullif(o.servicePrincipalName, ''), nullif(t.ServicePrincipalName, ''), nullif(b.properties.service_principal_name, ''), c['serviceprincipalname'],
                  nullif(p.servicePrincipalId, ''), nullif(o.servicePrincipalId, ''), nullif(t.ServicePrincipalId, ''), nullif(b.properties.service_principal_id, ''), c['serviceprincipalid'],
                  nullif(p.userId, ''), nullif(o.userId, ''), nullif(t.UserId, ''), nullif(b.properties.user_id, ''), c['userid']) AS who,
         coalesce(nullif(p.ipAddress, ''), nullif(p.initiatedBy.user.ipAddress, ''), nullif(o.ipAddress, ''), nullif(t.IPAddress, ''), CASE WHEN contains(whole, '"IpAddress"') THEN nullif(json_extract_string(whole, '$.IpAddress'), '') END,
                  nullif(o.callerIpAddress, ''), nullif(b.properties.ip_address, ''),
                  c['ipaddress'], o.source.ip, o.client.ip) AS ip,
         coalesce(o.category, t.Category, b.category, c['category'], '') AS category,
         coalesce(o.operationName, t.OperationName, b.operation_name, o.event.action, c['operationname'], '') AS operation,
         coalesce(c['status'], o.event.outcome) AS status_word, coalesce(b.result_type, b.properties.status.error_code, c['sign-inerrorcode'], c['resulttype']) AS other_code
  FROM inside),
judged AS (
  SELECT *,
         CASE WHEN category <> '' AND NOT contains(lower(category), 'signin') AND NOT contains(replace(lower(operation), '-', ''), 'sign') THEN 'other' ELSE 'login' END AS action,
         -- PowerShell's objects have title case within, too.
         nullif(regexp_extract(status, '"[eE]rrorCode" ?: ?"?(-?\d+)', 1), '') AS error_code,
         TRY(from_json(CASE WHEN coalesce(device_text, c['devicedetail']) LIKE '{%' THEN coalesce(device_text, c['devicedetail']) END, '{"deviceId":"VARCHAR","displayName":"VARCHAR"}')) AS device,
         CASE WHEN contains(device_text, '"DeviceId"') THEN TRY(json_extract_string(device_text, ['$.DeviceId', '$.DisplayName'])) END AS titled_device,
         account(CASE WHEN who IN ('00000000-0000-0000-0000-000000000000', 'Unknown', 'unknown', 'null') THEN NULL ELSE trim(who) END) AS actor,
         address_port(trim(ip)) AS address,
         CASE WHEN clock <> '' THEN utc_clock(clock) END AS instant
  FROM named),
coded AS (
  SELECT *, coalesce(error_code, o.resultType, p.result, t.ResultType, other_code) AS code FROM judged),
decided AS (
  SELECT *, lower(category) LIKE 'risky%' AS state,
         CASE WHEN code = '0' THEN 'success'
                 WHEN regexp_full_match(code, '-?\d+') THEN 'failure'
                 WHEN regexp_full_match(coalesce(nullif(code, ''), status_word, status, o.resultSignature), '(?i)success|succeeded') THEN 'success'
                 WHEN regexp_full_match(coalesce(nullif(code, ''), status_word, status, o.resultSignature), '(?i)failure|failed|interrupted') THEN 'failure'
                 ELSE 'unknown' END AS outcome
  FROM coded)
SELECT position, (member - 1)::INTEGER AS part,
       coalesce(p.id, o.id, t.Id, b.properties.id, c['requestid'], c['id'], o.event.id) AS source_event_id,
       CASE WHEN members = 1 OR instant >= TIMESTAMPTZ '1601-01-01' AND instant < TIMESTAMPTZ '10000-01-01' THEN instant END AS time,
       CASE WHEN members = 1 OR instant >= TIMESTAMPTZ '1601-01-01' AND instant < TIMESTAMPTZ '10000-01-01' THEN nullif(clock, '') END AS time_original,
       CASE WHEN NOT state THEN actor.domain END AS actor_domain, CASE WHEN NOT state THEN actor.name END AS actor_account,
       CASE WHEN state THEN actor.name END AS target_account,
       coalesce(nullif(p.sessionId, ''), nullif(o.sessionId, ''), nullif(t.SessionId, ''), nullif(b.properties.session_id, ''), c['sessionid']) AS session,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt' ELSE 'possible' END AS proves,
       CASE action WHEN 'login' THEN 3002 ELSE 6003 END AS class_uid,
       CASE WHEN coalesce(p.appId, o.appId, t.AppId, b.properties.app_id, c['applicationid'], c['appid'], p.appDisplayName, o.appDisplayName, t.AppDisplayName, b.properties.app_display_name, c['application']) <> ''
            THEN 'application' END AS object_type,
       nullif(coalesce(p.appId, o.appId, t.AppId, b.properties.app_id, c['applicationid'], c['appid']), '') AS object_id,
       nullif(coalesce(p.appDisplayName, o.appDisplayName, t.AppDisplayName, b.properties.app_display_name, c['application'], c['appdisplayname']), '') AS object_path,
       address.ip AS src_ip, coalesce(address.port, try_cast(o.source.port AS INTEGER)) AS src_port,
       nullif(coalesce(device.displayName, titled_device[2], b.properties.device_detail.display_name), '') AS src_host,
       nullif(coalesce(p.userAgent, o.userAgent, t.UserAgent, b.properties.user_agent, c['useragent'], o.user_agent.original), '') AS user_agent,
       nullif(coalesce(device.deviceId, titled_device[1], b.properties.device_detail.device_id, c['deviceid']), '') AS device,
       whole AS details,
       CASE WHEN text IS NULL THEN 'json: no object in the record' END AS reject
FROM decided
