-- mapping:  keycloak
-- reads:    Keycloak's log: `TIME LEVEL [org.keycloak.events] (thread) type="LOGIN", realmId="…", …` (quoted since 22, bare or in
--           single quotes before), admin events `operationType="CREATE", …`, the same lines as Quarkus JSON, without a prefix, behind
--           syslog or inside JSON; and events as the Admin API and event listeners give them (EventRepresentation,
--           AdminEventRepresentation), one a line or in an array. Other log lines are 'other'
-- source:   Keycloak Server Administration Guide "Auditing to track events"; JavaDoc org.keycloak.events.EventType, Details and
--           admin.{OperationType, ResourceType}; Admin REST API representations; server guide "Configuring logging"
-- decoders: json_array, ndjson, lines
-- start:    \d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|<\d|\{|[A-Z][a-z]{2} [ \d]\d \d|(type|operationType)=|\S+ +\| |\x1b
-- proved:   real program Keycloak 26.4.0: tests/programs/test_keycloak.py
-- traps:    successes are logged at debug level: by default only errors come. IMPERSONATE carries the userId of the one who is
--           impersonated: the actor is `impersonator`. In an admin event `username` is the one it was done to, and authDetails.userId who did
--           it (its name is not in the record). userId="null" is none; a failed log-on with an unknown name has only username.
--           The text log has no offset. A stack trace belongs to the line above it.
WITH unwrapped AS (
  -- An event as JSON within JSON: a listener's message, a search engine's hit.
  SELECT position, reference, coalesce(CASE WHEN record LIKE '{%' AND regexp_matches(record, '"([\w.]*original|result|_source|_raw|[mM]essage|log|body|event)" ?: ?"?\{')
           THEN list_filter(TRY(json_extract_string(record, ['$.event.original', '$.result._raw', '$.result', '$._source.message', '$._source', '$._raw', '$.message', '$.log', '$.body', '$.event'])),
                            lambda x: x LIKE '{%' AND json_valid(x) AND regexp_matches(x, '"(type|eventType|operationType|message)" ?:'))[1] END, record) AS record
  FROM raw),
carried AS (
  SELECT position, reference, record, CASE WHEN record LIKE '{%' THEN json_valid(record) ELSE false END AS is_json,
         CASE WHEN record LIKE '{%' AND json_valid(record) THEN TRY(from_json(record,
           '{"id": "VARCHAR", "eventId": "VARCHAR", "uid": "VARCHAR", "time": "VARCHAR", "timestamp": "VARCHAR", "@timestamp": "VARCHAR", "type": "VARCHAR", "eventType": "VARCHAR", "operationType": "VARCHAR",
             "realmId": "VARCHAR", "realmName": "VARCHAR", "clientId": "VARCHAR", "userId": "VARCHAR", "username": "VARCHAR", "sessionId": "VARCHAR", "ipAddress": "VARCHAR", "error": "VARCHAR",
             "resourceType": "VARCHAR", "resourceTypeAsString": "VARCHAR", "resourcePath": "VARCHAR", "representation": "VARCHAR", "details": "VARCHAR",
             "authDetails": {"realmId": "VARCHAR", "clientId": "VARCHAR", "userId": "VARCHAR", "username": "VARCHAR", "ipAddress": "VARCHAR", "sessionId": "VARCHAR"},
             "message": "VARCHAR", "log": "VARCHAR", "loggerName": "VARCHAR"}')) END AS j
  FROM unwrapped),
lines AS (
  SELECT *, regexp_replace(CASE WHEN is_json THEN coalesce(j.message, j.log, json_extract_string(record, '$.event.original'), json_extract_string(record, '$._raw')) ELSE record END, '\x1b\[[0-9;]*m', '', 'g') AS text
  FROM carried),
cut AS (
  SELECT *, regexp_extract(text, '(?s)^(.*?)(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]?\d*(?:Z|[+-]\d\d:?\d\d)?|\d\d:\d\d:\d\d,\d+) +([A-Z]+) +\[([^\]\s]+)\] (?:\(([^)]*)\) )?(.*)$',
                           ['envelope', 'timestamp', 'level', 'loggerName', 'threadName', 'message']) AS l
  FROM lines),
said AS (
  SELECT *, CASE WHEN l.message <> '' THEN l.message ELSE text END AS message FROM cut),
paired AS (
  SELECT *, CASE WHEN regexp_matches(message, '(^|[\s\]:])(type|operationType)=["'']?[A-Z]') THEN regexp_extract(message, '(?s)(?:^|[\s\]:])((?:type|operationType)=.*)$', 1) END AS pairs
  FROM said),
keyed AS (
  SELECT *, regexp_extract_all(pairs, '([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|''[^'']*''|[^,]*)', 1) AS k,
         list_transform(regexp_extract_all(pairs, '([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|''[^'']*''|[^,]*)', 2),
                        lambda v: CASE WHEN v LIKE '"%"' THEN replace(v[2:-2], '\"', '"') WHEN v LIKE '''%''' THEN v[2:-2] ELSE trim(v) END) AS v
  FROM paired),
inner_event AS (
  SELECT position, reference, record, is_json, j, l, text, message, pairs,
         CASE WHEN pairs IS NOT NULL THEN TRY(to_json(map(k, v))) END AS said,
         CASE WHEN is_json AND pairs IS NULL THEN j.details END AS details_json
  FROM keyed),
fields AS (
  SELECT *, CASE WHEN pairs IS NOT NULL
                 THEN from_json(said, '{"type": "VARCHAR", "operationType": "VARCHAR", "realmName": "VARCHAR", "clientId": "VARCHAR", "userId": "VARCHAR", "sessionId": "VARCHAR", "ipAddress": "VARCHAR", "error": "VARCHAR",
                                        "resourceType": "VARCHAR", "resourcePath": "VARCHAR"}')
                 ELSE {'type': coalesce(j.type, j.eventType), 'operationType': j.operationType, 'realmName': j.realmName, 'clientId': coalesce(j.clientId, j.authDetails.clientId),
                       'userId': CASE WHEN j.operationType IS NOT NULL THEN coalesce(j.authDetails.userId, j.userId) ELSE coalesce(j.userId, j.authDetails.userId) END,
                       'sessionId': coalesce(j.sessionId, j.authDetails.sessionId),
                       'ipAddress': coalesce(j.ipAddress, j.authDetails.ipAddress), 'error': j.error, 'resourceType': coalesce(j.resourceType, j.resourceTypeAsString), 'resourcePath': j.resourcePath} END AS e,
         from_json(CASE WHEN pairs IS NOT NULL THEN said ELSE TRY(CASE WHEN details_json LIKE '[%' -- some listeners write [{"key": …, "value": …}]
                             THEN to_json(map_from_entries(from_json(details_json, '[{"key": "VARCHAR", "value": "VARCHAR"}]'))) ELSE details_json::JSON END) END,
                   '{"username": "VARCHAR", "impersonator": "VARCHAR", "user_agent": "VARCHAR", "previous_email": "VARCHAR", "updated_email": "VARCHAR", "previous_first_name": "VARCHAR", "updated_first_name": "VARCHAR",
                     "previous_last_name": "VARCHAR", "updated_last_name": "VARCHAR", "reason": "VARCHAR", "authSessionParentId": "VARCHAR"}') AS d,
         CASE WHEN l.timestamp LIKE '____-%' THEN l.timestamp END AS clock
  FROM inner_event),
told AS (
  SELECT *, filled(e.operationType) IS NOT NULL AS admin, regexp_replace(e.type, '^(access|admin)\.', '') AS kind,
         regexp_replace(regexp_replace(e.type, '^(access|admin)\.', ''), '_ERROR$', '') AS word,
         coalesce(filled(d.username), CASE WHEN NOT is_json OR pairs IS NULL THEN filled(j.username) END, CASE WHEN filled(e.operationType) IS NULL THEN filled(j.authDetails.username) END) AS username,
         filled(e.userId) AS user_id, filled(e.clientId) AS client, filled(e.error) AS error, string_split(e.resourcePath, '/') AS path,
         CASE WHEN pairs IS NULL THEN TRY(CASE WHEN j.representation LIKE '[%' THEN from_json(j.representation, '[{"id": "VARCHAR", "name": "VARCHAR"}]')
                                               WHEN j.representation LIKE '{%' THEN [from_json(j.representation, '{"id": "VARCHAR", "name": "VARCHAR"}')] END) END AS given
  FROM fields),
named AS (
  SELECT *, CASE WHEN admin
                 THEN CASE WHEN e.resourceType IN ('REALM_ROLE_MAPPING', 'CLIENT_ROLE_MAPPING', 'GROUP_MEMBERSHIP', 'ORGANIZATION_MEMBERSHIP')
                           THEN CASE e.operationType WHEN 'CREATE' THEN 'grant' WHEN 'DELETE' THEN 'revoke' ELSE 'other' END
                           WHEN regexp_matches(e.resourcePath, '(^|/)(admin-)?events$') AND e.operationType = 'DELETE' THEN 'log_clear'
                           WHEN e.resourceType = 'USER'
                           THEN CASE WHEN regexp_matches(e.resourcePath, '/impersonation$') THEN 'login'
                                     WHEN e.operationType = 'ACTION' THEN CASE WHEN regexp_matches(e.resourcePath, '/(reset-password|reset-password-email|execute-actions-email|disable-credential-types|credentials/.*)$') THEN 'account_change' ELSE 'other' END
                                     WHEN len(path) > 2 THEN 'account_change'
                                     ELSE coalesce(MAP {'CREATE': 'account_create', 'UPDATE': 'account_change', 'DELETE': 'account_delete'}[e.operationType], 'other') END
                           WHEN e.resourceType = 'USER_LOGIN_FAILURE' THEN 'account_change'
                           WHEN e.resourceType IN ('GROUP', 'REALM_ROLE', 'CLIENT_ROLE', 'ORGANIZATION')
                           THEN coalesce(MAP {'CREATE': 'create', 'UPDATE': 'update', 'DELETE': 'delete'}[e.operationType], 'other')
                           WHEN e.resourceType = 'USER_SESSION' OR e.operationType = 'ACTION' THEN 'other' ELSE 'config_change' END
                 ELSE coalesce(MAP {'LOGIN': 'login', 'CLIENT_LOGIN': 'login', 'IMPERSONATE': 'login', 'IDENTITY_PROVIDER_LOGIN': 'login', 'IDENTITY_PROVIDER_FIRST_LOGIN': 'login', 'IDENTITY_PROVIDER_POST_LOGIN': 'login',
                        'LOGOUT': 'logout', 'USER_SESSION_DELETED': 'logout', 'REGISTER': 'account_create', 'DELETE_ACCOUNT': 'account_delete',
                        'UPDATE_PASSWORD': 'account_change', 'RESET_PASSWORD': 'account_change', 'UPDATE_EMAIL': 'account_change', 'UPDATE_PROFILE': 'account_change', 'VERIFY_EMAIL': 'account_change', 'VERIFY_PROFILE': 'account_change',
                        'UPDATE_TOTP': 'account_change', 'REMOVE_TOTP': 'account_change', 'UPDATE_CREDENTIAL': 'account_change', 'REMOVE_CREDENTIAL': 'account_change',
                        'FEDERATED_IDENTITY_LINK': 'account_change', 'FEDERATED_IDENTITY_OVERRIDE_LINK': 'account_change', 'REMOVE_FEDERATED_IDENTITY': 'account_change', 'IDENTITY_PROVIDER_LINK_ACCOUNT': 'account_change',
                        'CUSTOM_REQUIRED_ACTION': 'account_change', 'EXECUTE_ACTIONS': 'account_change', 'EXECUTE_ACTION_TOKEN': 'account_change',
                        'USER_DISABLED_BY_PERMANENT_LOCKOUT': 'account_change', 'USER_DISABLED_BY_TEMPORARY_LOCKOUT': 'account_change',
                        'GRANT_CONSENT': 'grant', 'UPDATE_CONSENT': 'grant', 'REVOKE_GRANT': 'revoke', 'USER_INFO_REQUEST': 'read',
                        'CLIENT_REGISTER': 'create', 'CLIENT_UPDATE': 'update', 'CLIENT_DELETE': 'delete', 'CLIENT_INFO': 'read', 'REGISTER_NODE': 'config_change', 'UNREGISTER_NODE': 'config_change'}[word], 'other') END AS action,
         CASE WHEN kind IS NULL AND NOT admin THEN 'unknown' WHEN error IS NOT NULL OR kind LIKE '%\_ERROR' ESCAPE '\' THEN 'failure' ELSE 'success' END AS outcome
  FROM told),
-- a role mapping may give several roles: a row for each
rows AS (
  SELECT *, unnest(CASE WHEN action IN ('grant', 'revoke') AND admin AND len(given) > 0 THEN given ELSE [NULL] END) AS role,
         unnest(range(CASE WHEN action IN ('grant', 'revoke') AND admin AND len(given) > 0 THEN len(given) ELSE 1 END)) AS part
  FROM named)
SELECT position, part::INTEGER                                                  AS part,
       CASE WHEN stamp IS NULL THEN NULL
            WHEN regexp_full_match(stamp, '\d{13}') THEN make_timestamptz(try_cast(stamp AS BIGINT) * 1000)
            WHEN regexp_full_match(stamp, '\d{10}') THEN make_timestamptz(try_cast(stamp AS BIGINT) * 1000000)
            ELSE iso_zoned(stamp) END                                           AS time,
       CASE WHEN stamp LIKE '____-%' AND iso_zoned(stamp) IS NULL THEN iso_local(stamp) END AS local_time,
       stamp                                                                    AS time_original,
       CASE WHEN pairs IS NULL THEN coalesce(filled(j.id), filled(j.eventId), filled(j.uid)) END AS source_event_id,
       CASE WHEN word = 'IMPERSONATE' THEN filled(d.impersonator)
            WHEN admin THEN coalesce(filled(j.authDetails.username), user_id)
            WHEN word LIKE 'USER\_DISABLED\_BY\_%' ESCAPE '\' OR word = 'USER_SESSION_DELETED' THEN NULL
            ELSE coalesce(username, user_id, CASE WHEN word = 'CLIENT_LOGIN' THEN client END) END AS actor_account,
       filled(e.sessionId)                                                      AS session,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN outcome = 'success' AND action NOT IN ('search', 'login', 'logout', 'connect', 'execute', 'other') THEN 'content' ELSE 'possible' END AS proves,
       nullif(list_filter([{'field': 'email', 'before': d.previous_email, 'after': d.updated_email}, {'field': 'first_name', 'before': d.previous_first_name, 'after': d.updated_first_name},
                           {'field': 'last_name', 'before': d.previous_last_name, 'after': d.updated_last_name}],
                          lambda c: c.before IS NOT NULL OR c.after IS NOT NULL), []) AS changes,
       CASE WHEN action IN ('login', 'logout') THEN 3002
            WHEN admin AND e.resourceType IN ('GROUP_MEMBERSHIP', 'GROUP', 'ORGANIZATION_MEMBERSHIP') THEN 3006
            WHEN action LIKE 'account\_%' ESCAPE '\' OR (admin AND action IN ('grant', 'revoke')) THEN 3007
            WHEN action IN ('grant', 'revoke') THEN 3003
            WHEN admin OR action IN ('create', 'read', 'update', 'delete', 'config_change') THEN 3004
            WHEN kind IS NOT NULL THEN 3002 END::INTEGER                        AS class_uid,
       CASE WHEN admin THEN e.resourceType WHEN client IS NOT NULL THEN 'client' END AS object_type,
       CASE WHEN admin THEN filled(CASE path[1] WHEN 'identity-provider' THEN path[3] ELSE path[2] END) ELSE client END                     AS object_id,
       CASE WHEN admin THEN filled(e.resourcePath) END                          AS object_path,
       CASE WHEN admin THEN CASE WHEN path[1] = 'users' OR e.resourceType LIKE '%MEMBERSHIP' THEN coalesce(username, CASE WHEN path[1] = 'users' THEN filled(path[2]) END) END
            WHEN word = 'IMPERSONATE' THEN coalesce(username, user_id)
            WHEN action LIKE 'account\_%' ESCAPE '\' OR word = 'USER_SESSION_DELETED' THEN coalesce(username, user_id) END AS target_account,
       CASE WHEN admin THEN CASE WHEN action IN ('grant', 'revoke') AND role.name IS NOT NULL THEN role.name
                                 WHEN e.resourceType = 'GROUP_MEMBERSHIP' THEN path[4]
                                 WHEN e.resourceType IN ('GROUP', 'REALM_ROLE', 'CLIENT_ROLE', 'ORGANIZATION', 'ORGANIZATION_MEMBERSHIP')
                                 THEN coalesce(given[1].name, CASE WHEN e.resourceType = 'CLIENT_ROLE' THEN path[4] ELSE path[2] END) END END AS target_group,
       address(e.ipAddress)                                                     AS src_ip,
       CASE WHEN address(e.ipAddress) IS NULL AND regexp_full_match(e.ipAddress, '[A-Za-z][A-Za-z0-9.-]*') AND lower(e.ipAddress) NOT IN ('null', 'unknown') THEN e.ipAddress END AS src_host,
       filled(d.user_agent)                                                     AS user_agent,
       CASE WHEN is_json AND pairs IS NULL THEN record
            WHEN is_json THEN json_merge_patch(record, coalesce(said, '{}'))
            ELSE json_merge_patch(coalesce(said, '{}'), to_json({'timestamp': nullif(l.timestamp, ''), 'level': nullif(l.level, ''), 'loggerName': nullif(l.loggerName, ''), 'threadName': nullif(l.threadName, ''),
                                                  'envelope': nullif(l.envelope, ''), 'message': CASE WHEN said IS NULL THEN message END})) END AS details,
       CASE WHEN NOT is_json AND record LIKE '{%' THEN 'json: not valid'
            WHEN NOT is_json AND clock IS NULL AND pairs IS NULL AND l.level = '' THEN 'line: neither a log line nor an event' END AS reject
FROM (SELECT *, CASE WHEN is_json AND pairs IS NULL THEN coalesce(j.time, j.timestamp, clock, j."@timestamp") WHEN is_json THEN coalesce(clock, j.timestamp, j.time, j."@timestamp") ELSE clock END AS stamp FROM rows)
